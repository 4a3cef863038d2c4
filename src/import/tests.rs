//! Properties of every form: no message holds a value, nothing panics, what comes out can be named.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::samples::apps;
use super::{Form, Imported, NotRead, import};
use crate::model::connection::is_name;

/// Names that mean something to an importer, and some that do not.
const NAMES: [&str; 44] = [
    "KLAVIYO_API_KEY",
    "SLACK_EU_TOKEN",
    "FTP_HOST",
    "SFTP_USER",
    "FTPS_PORT",
    "HTTP_PLACE",
    "HTTP_BASE_URL",
    "HTTP_USER",
    "AIRFLOW_CONN_X",
    "AIRFLOW_CONN_Y",
    "NODE_ENV",
    "SHOPIFY_STORE",
    "SHOPIFY_TOKEN",
    "ZENDESK_DOMAIN",
    "connections",
    "secrets",
    "config",
    "app",
    "type",
    "label",
    "default",
    "fields",
    "sealed",
    "conn_type",
    "login",
    "password",
    "host",
    "port",
    "schema",
    "extra",
    "description",
    "api_key",
    "secret",
    "base_url",
    "place",
    "header",
    "value",
    "metadata",
    "private_key",
    "host_key",
    "is_default",
    "env",
    "username",
    "scopes",
];
const APPS: [&str; 7] = ["klaviyo", "ftp", "http", "shopify", "slack", "delay", "zendesk"];
const TYPES: [&str; 9] = ["ftp", "sftp", "http", "slack", "api-key", "Text", "Key / Secret", "api_key", "key-secret"];

/// A value that no message may hold.
fn canary() -> impl Strategy<Value = String> {
    let tail = "[ -~\u{e9}\u{1f600}]{0,12}";
    prop_oneof![
        tail.prop_map(|tail| format!("canary{tail}")),
        tail.prop_map(|tail| format!("x://canary:canary{tail}@canary/canary?canary=canary")),
        tail.prop_map(|tail| format!("http://canary{tail}")),
        Just("{\"conn_type\": \"canary\", \"password\": \"canary\"}".to_owned()),
        Just("-----BEGIN X-----\ncanary=\n-----END X-----\n".to_owned()),
    ]
}

/// Any JSON whose leaves are canaries, or words that lead an importer on.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => canary().prop_map(Value::from),
        2 => prop::sample::select(&APPS[..]).prop_map(Value::from),
        2 => prop::sample::select(&TYPES[..]).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(Value::from(918_273_645)),
        1 => Just(Value::from(true)),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        let map = prop::collection::vec((prop::sample::select(&NAMES[..]), inner.clone()), 0..8);
        let map = map.prop_map(|list| {
            let list = list.into_iter().map(|(name, value)| (name.to_owned(), value));
            Value::Object(list.collect::<Map<String, Value>>())
        });
        prop_oneof![3 => map, 1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array)]
    })
}

fn quoted(value: &str, style: u8) -> String {
    match style {
        0 => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")),
        1 => format!("'{}'", value.replace('\'', "")),
        2 => format!("\"{}\"", value.replace(['\\', '"'], "")),
        _ => value.replace('\n', ""),
    }
}

fn clean(result: &Result<Imported, NotRead>) -> bool {
    let messages = match result {
        Ok(imported) => imported.left_out.iter().flat_map(|left| [&*left.what, &*left.why]).collect(),
        Err(refused) => vec![refused.why],
    };
    messages.iter().all(|message| !message.contains("canary") && !message.contains("918273645"))
}

fn valid(result: &Result<Imported, NotRead>) -> bool {
    let Ok(imported) = result else { return true };
    let mut names: Vec<&str> = imported.drafts.iter().map(|draft| &*draft.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    names.len() == count && names.into_iter().all(is_name)
}

proptest! {
    #[test]
    fn no_message_holds_a_value_of_json(tree in tree(), cut in 0..400_usize, app in prop::option::of(prop::sample::select(&APPS[..]))) {
        let whole = tree.to_string();
        let part: String = whole.chars().take(cut).collect();
        for form in Form::ALL.into_iter().filter(|form| *form != Form::Dotenv) {
            let result = import(form, &whole, &apps(), app);
            prop_assert!(clean(&result) && valid(&result), "{:?}", result);
            if part.starts_with(['{', '[']) {
                prop_assert!(clean(&import(form, &part, &apps(), app)));
            }
        }
    }

    #[test]
    fn no_message_holds_a_value_of_a_variable(
        lines in prop::collection::vec((prop::sample::select(&NAMES[..]), canary(), 0..4_u8), 0..12),
        app in prop::option::of(prop::sample::select(&APPS[..])),
    ) {
        let lines: Vec<String> = lines.iter().map(|(name, value, style)| format!("{name}={}\n", quoted(value, *style))).collect();
        let text = lines.concat();
        for form in [Form::Dotenv, Form::Airflow] {
            let result = import(form, &text, &apps(), app);
            prop_assert!(clean(&result) && valid(&result), "{}\n{:?}", text, result);
        }
    }

    #[test]
    fn every_variable_is_kept_or_named(
        names in prop::collection::btree_set(prop::sample::select(&NAMES[..]), 0..12),
        value in "canary[a-z]{0,8}",
    ) {
        let text = names.iter().map(|name| format!("{name}={value}\n")).collect::<Vec<_>>().concat();
        let result = import(Form::Dotenv, &text, &apps(), None).unwrap();
        let kept: usize = result.drafts.iter().map(|draft| draft.fields.keys().filter(|name| *name != "protocol").count()).sum();
        prop_assert_eq!(kept + result.left_out.len(), names.len(), "{:?}", result);
    }

    #[test]
    fn nothing_panics(text in any::<String>(), lines in "([ -~\u{e9}\r\n]|=|\"|'|\\$\\{){0,80}", file in any::<String>()) {
        for text in [&text, &lines] {
            let _ = Form::guess(text, &file);
            for form in Form::ALL {
                prop_assert!(valid(&import(form, text, &apps(), Some("klaviyo"))));
            }
        }
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    for (form, text) in [
        (Form::Dotenv, "KLAVIYO_API_KEY=canary"),
        (Form::Json, r#"{"klaviyo": {"app": "klaviyo", "fields": {"api_key": "canary"}}}"#),
        (Form::Airflow, r#"{"klaviyo": {"conn_type": "klaviyo", "password": "canary"}}"#),
        (Form::Mesa, r#"[{"name": "klaviyo", "type": "text", "app": "klaviyo", "value": "canary"}]"#),
    ] {
        let text = format!("\u{feff}{text}");
        let imported = import(form, &text, &apps(), None).unwrap();
        assert_eq!(imported.drafts.len(), 1, "{}", form.name());
        assert_eq!(Form::guess(&text, "x"), Some(form));
    }
}
