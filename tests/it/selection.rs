//! Which connection a step uses, and the three states that this leads to, as the JSON report tells it.

use serde_json::{Value, json};

use crate::cli::workspace::{Ended, Workspace, api, step};

/// A workspace with three connections of the app `http`, one of `klaviyo`, one of `ftp`, one of `shopify`.
fn workspace() -> Workspace {
    let klaviyo = "app: klaviyo\ntype: api-key\nfields: {api_key: {env: CANARY_API_KEY}}\n";
    let ftp = "app: ftp\ntype: ftp\nfields: {protocol: ftps, host: files.example.com, username: acme, password: {env: CANARY_API_KEY}}\n";
    let shop = "app: shopify\ntype: shopify-custom-app\nfields: {shop: canary.myshopify.com, access_token: {env: CANARY_API_KEY}}\n";
    let login = "app: http\ntype: domain-login\nfields: {domain: erp.example.com, username: acme, password: {env: CANARY_API_KEY}}\n";
    Workspace::mocked()
        .with("connections/api.yaml", &api("https://one.example.com", ""))
        .with("connections/other.yaml", &api("https://two.example.com", ""))
        .with("connections/login.yaml", login)
        .with("connections/klaviyo-eu.yaml", klaviyo)
        .with("connections/files.yaml", ftp)
        .with("connections/copy-of-shop.yaml", shop)
}

/// Runs these steps in a workspace and gives the report.
fn run(workspace: Workspace, steps: &[&str], words: &str) -> Ended {
    workspace.with_steps("steps", steps.iter().copied()).run(&format!("run --format json {words}"))
}

/// Runs one step and gives what the report says of it.
fn one(workspace: Workspace, step: &str, words: &str) -> Value {
    run(workspace, &[step], words).step()
}

/// The connection of a step: its name, or why there is none.
fn selected(step: &Value) -> &str {
    step["connection"]["name"].as_str().unwrap_or_else(|| step["cause"].as_str().expect("a cause"))
}

fn text<'s>(step: &'s Value, field: &str) -> &'s str {
    step[field].as_str().unwrap_or_else(|| panic!("no {field} in {step}"))
}

#[test]
fn the_command_line_wins_over_the_step_and_that_over_the_default() {
    let with_default =
        || workspace().with("connections/other.yaml", &api("https://two.example.com", "default: true\n"));
    let plain = step("A", "key: first, fixture: accepted");
    let naming = step("A", "key: first, connection: login, fixture: accepted");
    assert_eq!(selected(&one(with_default(), &plain, "")), "other", "the default");
    assert_eq!(selected(&one(with_default(), &naming, "")), "login", "the step");
    for target in ["first", "http"] {
        let words = format!("--connection {target}=api");
        assert_eq!(selected(&one(with_default(), &naming, &words)), "api", "the command line, by {target}");
        assert_eq!(selected(&one(with_default(), &plain, &words)), "api");
    }
    assert_eq!(selected(&one(with_default(), &naming, "--connection second=api")), "login", "another step's key");
    let both = "--connection http=other --connection first=api";
    assert_eq!(selected(&one(workspace(), &plain, both)), "api");
    assert_eq!(
        selected(&one(workspace(), &plain, "--connection first=api --connection http=other")),
        "api",
        "the key is nearer than the app"
    );
    let twice = "--connection http=other --connection http=api";
    assert_eq!(selected(&one(workspace(), &plain, twice)), "api", "the last one holds");
}

#[test]
fn a_selection_applies_to_every_step_that_has_the_key_or_the_app() {
    let steps = [
        step("A", "key: first, fixture: accepted"),
        step("B", "key: second, connection: api, fixture: accepted"),
        step("C", "key: first, fixture: accepted"),
    ];
    let workspace = workspace().with_steps("one", steps[..2].iter().map(String::as_str));
    let workspace = workspace.with_steps("two", [steps[2].as_str()]);
    let names = |words: &str| {
        let steps = workspace.run(&format!("run --format json {words}")).steps();
        steps.iter().map(|step| selected(step).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("--connection first=other"), ["other", "api", "other"]);
    assert_eq!(names("--connection http=other"), ["other", "other", "other"]);
    assert_eq!(names("--connection first=other,second=login"), ["other", "login", "other"]);
    let files: Vec<_> = workspace.run("run --format json").json()["scenarios"].as_array().expect("a list").clone();
    assert_eq!(
        files.iter().map(|scenario| &scenario["file"]).collect::<Vec<_>>(),
        ["scenarios/one.yaml", "scenarios/two.yaml"]
    );
}

#[test]
fn the_only_connection_of_the_app_is_taken() {
    let step = one(workspace(), "{name: A, app: klaviyo}", "");
    assert_eq!(step["connection"], json!({"name": "klaviyo-eu", "type": "api-key", "state": "authenticated"}));
    assert_eq!(step["cause"], "no-fixture");
    // A broken file of the same app is no candidate, and is told of.
    let workspace = workspace().with("connections/klaviyo-us.yaml", "app: klaviyo\nfields: {api_kee: {env: A}}\n");
    let ended = run(workspace, &["{name: A, app: klaviyo}"], "").ends_with(2);
    assert_eq!(selected(&ended.step()), "klaviyo-eu");
}

#[test]
fn several_that_fit_are_ambiguous_and_named() {
    let ended = run(workspace(), &[&step("A", "fixture: accepted")], "").ends_with(1);
    let step = ended.step();
    assert_eq!(step["cause"], "connection-ambiguous");
    assert_eq!(step["connection"], json!({"name": null, "type": null, "state": "authenticate"}));
    assert!(text(&step, "message").contains("`api`, `login`, `other`"), "{step}");
    assert!(text(&step, "remedy").contains("default: true"), "{step}");
    assert_eq!((&step["attempts"], &step["target"], &step["phase"]), (&json!(0), &Value::Null, &json!("resolve")));
}

#[test]
fn two_defaults_are_a_mistake_and_decide_nothing() {
    let default = "default: true\n";
    let workspace = workspace()
        .with("connections/api.yaml", &api("https://one.example.com", default))
        .with("connections/other.yaml", &api("https://two.example.com", default));
    let ended = run(workspace, &[&step("A", "fixture: accepted")], "").ends_with(2);
    assert_eq!(ended.step()["cause"], "connection-ambiguous");
}

#[test]
fn one_that_does_not_exist_is_missing_and_those_that_fit_are_named() {
    for words in ["--connection http=nobody", "--connection first=nobody"] {
        let step = one(workspace(), &step("A", "key: first, connection: api, fixture: accepted"), words);
        assert_eq!(step["cause"], "connection-missing");
        assert_eq!(step["connection"], json!({"name": "nobody", "type": null, "state": "authenticate"}));
        assert!(text(&step, "message").contains("`nobody`"), "{step}");
        assert!(text(&step, "remedy").contains("`api`, `login`, `other`"), "{step}");
        assert!(!text(&step, "remedy").contains("klaviyo-eu"), "{step}");
    }
    // In the file itself, it is a mistake with a place, too.
    let ended = run(workspace(), &[&step("A", "connection: aip, fixture: accepted")], "").ends_with(2);
    assert_eq!(ended.step()["cause"], "connection-missing");
    assert!(ended.stderr.contains("scenarios/steps.yaml:3") && ended.stderr.contains("`api`"), "{}", ended.stderr);
    let none = one(Workspace::new(), "{name: A, app: klaviyo}", "");
    assert_eq!(none["cause"], "connection-missing");
    assert!(text(&none, "remedy").contains("connections add --app klaviyo"), "{none}");
}

#[test]
fn a_connection_of_another_app_or_type_is_not_taken() {
    let other_app = one(workspace(), &step("A", "fixture: accepted"), "--connection http=klaviyo-eu");
    assert_eq!(other_app["cause"], "connection-missing");
    let message = text(&other_app, "message");
    assert!(
        message.contains("`klaviyo-eu`") && message.contains("app `klaviyo`") && message.contains("`http`"),
        "{message}"
    );
    assert!(text(&other_app, "remedy").contains("`api`, `login`, `other`"), "{other_app}");

    let files = one(workspace(), "{name: A, app: ftp}", "--connection ftp=api");
    assert!(
        text(&files, "message").contains("type `api-key`") && text(&files, "remedy").contains("`files`"),
        "{files}"
    );
}

#[test]
fn a_broken_file_fails_the_steps_that_select_it_and_no_others() {
    let workspace = workspace().with("connections/broken.yaml", "app: http\ntype: api-key\nfields: {base_uri: x}\n");
    let steps = [step("A", "connection: broken, fixture: accepted"), step("B", "connection: api, fixture: accepted")];
    let ended = run(workspace, &[&steps[0], &steps[1]], "").ends_with(2);
    assert_eq!(ended.causes(), ["connection-invalid", "pass"]);
    let broken = &ended.steps()[0];
    assert_eq!(broken["connection"], json!({"name": "broken", "type": null, "state": "authenticate"}));
    assert_eq!((&broken["verdict"], &broken["outcome"]), (&json!("fail"), &json!("unmet")));
    assert!(ended.stderr.contains("connections/broken.yaml:3"), "{}", ended.stderr);
}

#[test]
fn four_kinds_of_step_need_no_connection() {
    let steps = [
        "{name: Built in, app: delay}",
        "{name: Built in too, app: filter}",
        "{name: ShopPad, app: infiniteoptions}",
        "{name: The store itself, app: shopify}",
        "{name: Without authentication, app: http, operation: no_auth}",
    ];
    let ended = run(workspace(), &steps, "").ends_with(0);
    for step in ended.steps() {
        assert_eq!(step["connection"], json!({"name": null, "type": null, "state": "not-needed"}), "{step}");
        assert_eq!((&step["verdict"], &step["cause"]), (&json!("skip"), &json!("not-required")));
        assert_eq!((&step["outcome"], &step["remedy"]), (&json!("met"), &Value::Null));
        assert!(text(&step, "message").contains("no connection"), "{step}");
    }
    assert_eq!(ended.json()["summary"]["met"], 5);
}

#[test]
fn they_need_none_whatever_connections_there_are_unless_one_is_selected() {
    let copy = one(workspace(), "{name: The copy, app: shopify, connection: copy-of-shop}", "");
    assert_eq!(
        copy["connection"],
        json!({"name": "copy-of-shop", "type": "shopify-custom-app", "state": "authenticated"})
    );
    let by_command_line = one(workspace(), "{name: The copy, app: shopify}", "--connection shopify=copy-of-shop");
    assert_eq!(by_command_line["connection"]["state"], "authenticated");
    let needs = one(workspace(), "{name: An API, app: http, operation: no_auth, connection: api}", "");
    assert_eq!(needs["connection"]["state"], "authenticated");
    let delay = one(workspace(), "{name: Delay, app: delay}", "--connection delay=api");
    assert_eq!(delay["connection"]["state"], "not-needed");
}

#[test]
fn a_step_that_is_switched_off_is_skipped_and_keeps_its_connection() {
    let step = one(workspace(), "{name: A, app: klaviyo, disabled: true, fixture: accepted}", "");
    assert_eq!((&step["verdict"], &step["cause"]), (&json!("skip"), &json!("disabled")));
    assert_eq!(step["connection"]["name"], "klaviyo-eu");
}
