//! Airflow's three ways to write a connection, and what has no counterpart here.

use serde_json::json;

use crate::import::Form;
use crate::import::samples::{Want, because, clear, expect, imported, left};
use crate::model::scheme::Scheme;

const BASIC: &str = r#"{"basic": {"username": "{key}", "password": "{secret}"}}"#;

fn basic() -> Want {
    clear(serde_json::from_str::<serde_json::Value>(BASIC).unwrap())
}

fn bearer() -> Want {
    clear(json!({"header": "Authorization", "value": "Bearer {api_key}"}))
}

#[test]
fn an_export_becomes_connections() {
    let digest = format!("SHA256:{}", "a".repeat(43));
    let extra = json!({"private_key": "-----BEGIN X-----\ncanary-2\n-----END X-----", "host_key": digest}).to_string();
    let export = json!({
        "My FTP": {"conn_type": "ftp", "description": "Nightly files", "login": "u", "password": "ca\"n'a#r=y\u{e9}%40",
            "host": "a.example", "port": 21, "schema": "", "extra": null},
        "keys": {"conn_type": "ssh", "login": "v", "password": null, "host": "b.example", "port": "2222", "extra": extra},
        "basic": {"conn_type": "http", "login": "k", "password": "canary-3", "host": "c.example", "schema": "https", "port": 8443},
        "bearer": {"conn_type": "http", "password": "canary-4", "host": "https://d.example/v1", "extra": "{}"},
        "login": {"conn_type": "https", "login": "canary-5", "host": "e.example"},
        "chat": {"conn_type": "slack", "password": "canary-6", "extra": {"extra__slack__timeout": 1}},
        "uri": "sftp://w:canary%2F7@f.example:22",
    });
    let imported = imported(Form::Airflow, &export.to_string());
    assert_eq!(left(&imported), ["chat"]);
    let [ftp, keys, basic_, bearer_, login, chat, uri] = &imported.drafts[..] else { panic!("{imported:#?}") };
    let of = ("ftp", Scheme::Ftp);
    let account = |protocol, host, user, port| {
        [("protocol", clear(protocol)), ("host", clear(host)), ("username", clear(user)), ("port", clear(port))]
    };
    let with = |account: [(&'static str, Want); 4], more: Vec<(&'static str, Want)>| -> Vec<_> {
        account.into_iter().chain(more).collect()
    };
    let fields = with(account("ftp", "a.example", "u", 21), vec![("password", Want::Secret("ca\"n'a#r=y\u{e9}%40"))]);
    expect(ftp, "my-ftp", of, &fields);
    assert_eq!(ftp.label.as_deref(), Some("Nightly files"));
    let key = Want::Secret("-----BEGIN X-----\ncanary-2\n-----END X-----");
    let fields = with(account("sftp", "b.example", "v", 2222), vec![("private_key", key), ("host_key", clear(digest))]);
    expect(keys, "keys", of, &fields);
    let fields = [
        ("base_url", clear("https://c.example:8443")),
        ("place", basic()),
        ("key", clear("k")),
        ("secret", Want::Secret("canary-3")),
    ];
    expect(basic_, "basic", ("http", Scheme::KeySecret), &fields);
    let fields =
        [("base_url", clear("https://d.example/v1")), ("place", bearer()), ("api_key", Want::Secret("canary-4"))];
    expect(bearer_, "bearer", ("http", Scheme::ApiKey), &fields);
    let place = clear(json!({"basic": {"username": "{api_key}", "password": ""}}));
    let fields = [("base_url", clear("https://e.example")), ("place", place), ("api_key", Want::Secret("canary-5"))];
    expect(login, "login", ("http", Scheme::ApiKey), &fields);
    expect(chat, "chat", ("slack", Scheme::ApiKey), &[("api_key", Want::Secret("canary-6"))]);
    let fields = with(account("sftp", "f.example", "w", 22), vec![("password", Want::Secret("canary/7"))]);
    expect(uri, "uri", of, &fields);
}

#[test]
fn variables_and_lines_become_connections() {
    let json = r#"{"conn_type": "http", "login": "k", "password": "ca n=a#r'y", "host": "a.example"}"#;
    for (form, text, what) in [
        (Form::Airflow, format!("AIRFLOW_CONN_MY_API={json}\n"), "my_api"),
        (Form::Airflow, format!("my_api={json}\n"), "my_api"),
        (Form::Dotenv, format!("export AIRFLOW_CONN_MY_API={json}\n"), "my_api"),
        (Form::Dotenv, "AIRFLOW_CONN_MY_API=http://k:ca%20n%3Da%23r%27y@a.example/http\n".to_owned(), "my_api"),
        (
            Form::Dotenv,
            "AIRFLOW_CONN_MY_API='http://k:ca%20n%3Da%23r%27y@http%3A%2F%2Fa.example'\n".to_owned(),
            "my_api",
        ),
    ] {
        let imported = imported(form, &text);
        assert_eq!(left(&imported), [""; 0], "{text} {imported:?}");
        let fields = [
            ("base_url", clear("http://a.example")),
            ("place", basic()),
            ("key", clear("k")),
            ("secret", Want::Secret("ca n=a#r'y")),
        ];
        expect(&imported.drafts[0], what, ("http", Scheme::KeySecret), &fields);
    }
}

#[test]
fn what_has_no_counterpart_is_left_out() {
    for (connection, words) in [
        (json!({"conn_type": "postgres", "password": "canary"}), "of the type `postgres`"),
        (json!({"conn_type": "canary", "password": "canary"}), "of its type"),
        (json!({"conn_type": "delay", "password": "canary"}), "of its type"),
        (json!({"password": "canary"}), "no `conn_type`"),
        (json!({"conn_type": "http", "password": "canary"}), "no host"),
        (json!({"conn_type": "http", "host": "a.example"}), "nothing to test"),
        (
            json!({"conn_type": "http", "host": "a.example", "schema": "canary", "password": "canary"}),
            "neither http nor https",
        ),
        (json!({"conn_type": "http", "host": "a.example", "port": "canary", "password": "canary"}), "port"),
        (json!({"conn_type": "http", "host": "can ary", "password": "canary"}), "no URL"),
        (
            json!({"conn_type": "http", "host": "http://a.example", "schema": "canary", "login": "canary"}),
            "states its own",
        ),
        (json!({"conn_type": "http", "host": "a.example", "password": {"command": ["canary"]}}), "as text"),
        (json!({"conn_type": "http", "host": "ftp://canary", "password": "canary"}), "no URL"),
        (json!({"conn_type": "http", "host": "https://canary:x@a.example", "password": "canary"}), "login before"),
        (json!({"conn_type": "http", "host": "a.example", "login": "a\nb", "password": "canary"}), "several lines"),
        (json!({"conn_type": "ftp", "host": "a.example", "login": "canary"}), "`password` is missing"),
        (json!({"conn_type": "ftp", "host": "a.example", "password": "canary"}), "`username` is missing"),
        (json!({"conn_type": "slack"}), "nothing but its type"),
        (json!("canary"), "neither JSON nor a URI"),
        (json!("{canary"), "no JSON object"),
        (json!(["canary"]), "neither an object nor a URI"),
    ] {
        let imported = imported(Form::Airflow, &json!({ "a": connection }).to_string());
        assert_eq!(left(&imported), ["a"], "{connection} {imported:?}");
        because(&imported, "a", words);
        assert!(imported.drafts.is_empty() && !format!("{imported:?}").contains("canary"), "{imported:?}");
    }
}

#[test]
fn parts_without_a_counterpart_are_named() {
    for (part, words) in [
        (json!({"extra": {"X-Canary": "canary"}}), "`X-Canary` looks like a header"),
        (json!({"extra": {"timeout": "canary"}}), "`timeout` is an option"),
        (json!({"extra": "canary"}), "`extra` is no JSON object"),
        (json!({"extra": {"shpat_canary": 1}}), "not shown"),
        (json!({"description": "shpat_canary"}), "`description`"),
        (json!({"tea_name": "canary"}), "`tea_name` is nothing"),
        (json!({"conn_type": "sftp", "extra": {"key_file": "canary"}}), "`key_file` names a file"),
        (json!({"conn_type": "sftp", "extra": {"host_key": "ssh-rsa canary"}}), "`host_key` is no SHA-256"),
        (json!({"conn_type": "sftp", "extra": {"compress": "canary"}}), "`compress` is no field"),
        (json!({"conn_type": "ftp", "schema": "canary"}), "`schema` is no field"),
        (json!({"conn_type": "ftp", "port": "canary"}), "`port` is no port"),
    ] {
        let mut connection = json!({"conn_type": "http", "host": "a.example", "login": "u", "password": "canary"});
        connection.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        let imported = imported(Form::Airflow, &json!({ "a": connection }).to_string());
        assert_eq!((left(&imported), imported.drafts.len()), (vec!["a"], 1), "{part} {imported:?}");
        because(&imported, "a", words);
        assert!(!format!("{imported:?}").contains("canary"), "{imported:?}");
    }
}

#[test]
fn two_ids_that_become_one_name() {
    let one = json!({"conn_type": "slack", "password": "canary"});
    let imported =
        imported(Form::Airflow, &json!({"Chat 1": one, "chat-1": one, "shpat_canary": one, "#": one}).to_string());
    assert_eq!(imported.drafts.iter().map(|draft| &*draft.name).collect::<Vec<_>>(), ["chat-1", "shpat_canary"]);
    because(&imported, "chat-1", "second connection named `chat-1`");
    because(&imported, "#", "letter or digit");
}
