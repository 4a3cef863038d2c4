//! Adding: what is given, what is refused, what is written.

use super::{CANARY, Store, feed};
use crate::cli::server::{OK, Reply, Server};

#[test]
fn the_first_add_makes_an_identity_and_seals() {
    let store = Store::new();
    let ended = store.feed(
        "connections add klaviyo-eu --app klaviyo --stdin --no-probe",
        &format!(r#"{{"label": "Klaviyo, EU store", "fields": {{"api_key": "{CANARY}"}}}}"#),
    );
    let ended = ended.ends_with(0);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("made an identity"), "{}", ended.stderr);
    let file = store.file("klaviyo-eu");
    let (clear, sealed) = file.split_once("sealed: |\n  -----BEGIN AGE ENCRYPTED FILE-----\n").expect("a sealed block");
    assert_eq!(clear, "app: klaviyo\ntype: api-key\nlabel: \"Klaviyo, EU store\"\n");
    assert!(sealed.ends_with("\n  -----END AGE ENCRYPTED FILE-----\n"), "{sealed}");
    assert!(!file.contains("canary"));
    let identity = store.workspace.read("home/config/tugtest/identity.txt");
    let public = identity.lines().next().and_then(|line| line.strip_prefix("# public key: ")).expect("the public key");
    assert!(store.workspace.read("connections/.recipients").lines().any(|line| line == public));
    let again = store.add("second", CANARY).ends_with(0);
    assert!(!again.stderr.contains("made an identity"), "{}", again.stderr);
    assert_eq!(store.workspace.read("home/config/tugtest/identity.txt"), identity);
}

#[test]
fn fields_come_from_files_and_variables_and_never_from_arguments() {
    let store = Store::new();
    store.workspace.write("key.txt", &format!("{CANARY}\n"));
    store.run("connections add a --app klaviyo --from-file api_key=key.txt --no-probe").ends_with(0);
    let mut tool = store.tool("connections add b --app klaviyo --from-env api_key=CANARY_KEY --no-probe");
    crate::cli::workspace::run(tool.env("CANARY_KEY", CANARY)).ends_with(0);
    assert_eq!(store.key("a"), store.key("b"), "the final line break is no part of the key");
    let missing = store.run("connections add c --app klaviyo --from-env api_key=CANARY_ABSENT --no-probe").ends_with(2);
    assert!(missing.stderr.contains("not set"), "{}", missing.stderr);
    // Somebody who gives the secret itself by mistake does not see it again.
    let mistaken = store.run(&format!("connections add d --app klaviyo --from-env {CANARY} --no-probe")).ends_with(2);
    assert!(mistaken.stderr.contains("FIELD=WHERE"), "{}", mistaken.stderr);
    let help = store.run("connections add --help").ends_with(0).stdout;
    for word in ["--password", "--api-key", "--secret", "--token"] {
        assert!(!help.contains(word), "{help}");
    }
}

#[test]
fn references_stay_references() {
    let store = Store::new();
    let text = r#"{"fields": {"api_key": {"env": "CANARY_API_KEY"}}}"#;
    store.feed("connections add ref --app klaviyo --stdin --no-probe", text).ends_with(0);
    assert_eq!(store.file("ref"), "app: klaviyo\ntype: api-key\nfields:\n  api_key: {env: CANARY_API_KEY}\n");
    assert!(!store.workspace.path("connections/.recipients").exists(), "nothing was sealed, so no key was made");
}

#[test]
fn what_cannot_be_right_is_refused_with_its_length_and_never_its_value() {
    let cases: [(&str, &str, &str); 8] = [
        ("klaviyo", "api_key", "pk_canary \n"),
        ("klaviyo", "api_key", " pk_canary"),
        ("klaviyo", "api_key", "\"pk_canary\""),
        ("klaviyo", "api_key", "Bearer pk_canary"),
        ("klaviyo", "api_key", "<your key canary>"),
        ("klaviyo", "api_key", "pk_canary\u{e4}"),
        ("klaviyo", "api_key", ""),
        ("shopify", "access_token", "shpss_canary"),
    ];
    let words = ["line break", "a space", "quotes", "Bearer", "placeholder", "ASCII", "empty", "app's secret"];
    for ((app, field, value), word) in cases.into_iter().zip(words) {
        let store = Store::new();
        let mut fields = serde_json::json!({ field: value });
        if app == "shopify" {
            fields["shop"] = "canary-shop".into();
        }
        let given = serde_json::json!({ "fields": fields }).to_string();
        let ended = store.feed(&format!("connections add x --app {app} --stdin --no-probe"), &given).ends_with(2);
        assert!(ended.stderr.contains(word), "{value:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("pk_canary") && !ended.stderr.contains("shpss_canary"), "{}", ended.stderr);
        assert!(!store.workspace.path("connections/x.yaml").exists());
    }
    let store = Store::new();
    let ended =
        store.feed("connections add x --app klaviyo --stdin --no-probe", r#"{"fields": {"api_key": "short-canary"}}"#);
    let ended = ended.ends_with(0);
    let expected =
        "`api_key` has 12 characters of small letters and punctuation, and does not look like a Private API key";
    assert!(ended.stderr.contains(expected), "formats change, so this is a remark: {}", ended.stderr);
}

#[test]
fn mistakes_are_named_and_leave_nothing_behind() {
    let store = Store::with_one();
    let key = format!(r#"{{"fields": {{"api_key": "{CANARY}"}}}}"#);
    let cases = [
        ("connections add eu --app klaviyo", key.as_str(), "connections edit eu"),
        ("connections add Bad_Name! --app klaviyo", key.as_str(), "small letters"),
        ("connections add x --app klavio", key.as_str(), "did you mean `klaviyo`?"),
        ("connections add x --app delay", key.as_str(), "needs no connection"),
        ("connections add x", key.as_str(), "--app"),
        ("connections add x --app http", key.as_str(), "--type"),
        ("connections add x --app klaviyo --type oauth2", key.as_str(), "it offers: api-key"),
        ("connections add x --app klaviyo", r#"{"fields": {}}"#, "lacks `api_key`"),
        ("connections add x --app klaviyo", r#"{"fields": {"api_kee": "canary-value"}}"#, "did you mean `api_key`?"),
        ("connections add x --app klaviyo", r#"{"canary-value": 1}"#, "not known here"),
        ("connections add x --app klaviyo", r#"{"fields": {"api_key": "canary-value"#, "line 1, column"),
        ("connections add x --app klaviyo", r#"["canary-value"]"#, "no JSON object"),
        (
            "connections add x --app klaviyo",
            r#"{"fields": {"api_key": "canary-value", "base_url": "canary-value"}}"#,
            "base_url",
        ),
    ];
    for (words, given, expected) in cases {
        let ended = store.feed(&format!("{words} --stdin --no-probe"), given).ends_with(2);
        assert!(ended.stderr.contains(expected), "{words} {given}: {}", ended.stderr);
        assert!(!ended.stderr.contains("canary-value"), "{words}: {}", ended.stderr);
        assert!(!store.workspace.path("connections/x.yaml").exists(), "{words}");
    }
}

#[test]
fn only_if_pass_saves_what_passes_and_nothing_else() {
    let server =
        Server::start(|request| if request.head.contains("canary-good") { OK } else { Reply::Status(401, "", "{}") });
    let store = Store::new();
    store.workspace.write("apps/canary.yaml", crate::cli::workspace::RECIPE);
    let given = |key: &str| serde_json::json!({"fields": {"api_key": key, "base_url": server.url()}}).to_string();
    let words = "connections add c --app canary --stdin --only-if-pass";
    let refused = store.feed(words, &given("canary-bad-key")).ends_with(1);
    assert!(refused.stdout.contains("credential-rejected"), "{}", refused.stdout);
    assert!(!store.workspace.path("connections/c.yaml").exists());
    assert!(!refused.stdout.contains("canary-bad-key") && !refused.stderr.contains("canary-bad-key"));
    let passed = store.feed(words, &given("canary-good-key")).ends_with(0);
    assert!(passed.stderr.contains("saved connections/c.yaml"), "{}", passed.stderr);
    let listed = store.run("connections list --format json").ends_with(0).json();
    assert_eq!(listed["connections"][0]["last"]["verdict"], "pass");
    assert_eq!(listed["connections"][0]["last"]["mode"], "live");
    // An edit that fails changes nothing, and what is remembered stays.
    let file = store.file("c");
    store.feed("connections edit c --stdin --only-if-pass", &given("canary-bad-key")).ends_with(1);
    assert_eq!(store.file("c"), file);
    // Another secret, saved unprobed: nothing is known of it.
    store.feed("connections edit c --stdin --no-probe", &given("canary-bad-key")).ends_with(0);
    let listed = store.run("connections list --format json").ends_with(0).json();
    assert_eq!(listed["connections"][0]["last"], serde_json::Value::Null);
    // With --yes it is probed, and saved whatever that finds; the exit code tells.
    store.feed("connections add d --app canary --stdin --yes", &given("canary-bad-key")).ends_with(1);
    assert!(store.workspace.path("connections/d.yaml").exists());
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let store = Store::new();
    let ended = feed(&mut store.tool("connections add x --app klaviyo"), b"").ends_with(2);
    assert!(ended.stderr.contains("lacks `api_key`"), "{}", ended.stderr);
    let ended =
        store.feed("connections add x --app klaviyo --stdin", &format!(r#"{{"fields": {{"api_key": "{CANARY}"}}}}"#));
    assert!(ended.ends_with(0).stderr.contains("not probed; `tugtest probe x` does that"));
}

#[test]
fn an_app_that_only_steps_can_ask_is_saved_untested() {
    let store = Store::new();
    let given = format!(
        r#"{{"fields": {{"base_url": "https://api.example.com", "place": {{"header": "X-Key"}}, "api_key": "{CANARY}"}}}}"#
    );
    let ended = store.feed("connections add erp --app http --type api-key --stdin --yes", &given).ends_with(0);
    assert!(ended.stderr.contains("nothing was tested"), "{}", ended.stderr);
    assert!(store.file("erp").contains("  place: {header: X-Key}\n"), "{}", store.file("erp"));
    let ended = store.feed("connections add two --app http --type api-key --stdin --only-if-pass", &given).ends_with(4);
    assert!(ended.stderr.contains("nothing was saved"), "{}", ended.stderr);
}
