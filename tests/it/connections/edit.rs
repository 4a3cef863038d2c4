//! Editing: what changes, what stays, who may.

use super::{CANARY, OTHER, Store};

#[test]
fn a_label_changes_one_line_and_takes_no_key() {
    let store = Store::with_one();
    let before = store.file("eu");
    std::fs::remove_dir_all(store.workspace.path("home")).unwrap();
    store.run("connections edit eu --label Europe --no-probe").ends_with(0);
    assert_eq!(store.file("eu"), before.replace("sealed:", "label: Europe\nsealed:"));
}

#[test]
fn a_new_secret_is_sealed_and_comments_stay() {
    let store = Store::with_one();
    let text =
        store.file("eu").replace("type: api-key\n", "type: api-key # ours\n\n# call Kim before you change this\n");
    store.workspace.write("connections/eu.yaml", &text);
    let print = store.key("eu");
    let given = format!(r#"{{"fields": {{"api_key": "{OTHER}"}}}}"#);
    store.feed("connections edit eu --stdin --no-probe", &given).ends_with(0);
    let after = store.file("eu");
    assert!(
        after.starts_with("app: klaviyo\ntype: api-key # ours\n\n# call Kim before you change this\nsealed: |\n"),
        "{after}"
    );
    assert_ne!(after, text);
    assert_ne!(store.key("eu"), print);
    store.add("same", OTHER).ends_with(0);
    assert_eq!(store.key("eu"), store.key("same"), "fingerprints tell that two are the same");
}

#[test]
fn a_secret_in_clear_is_sealed_by_the_next_edit() {
    let store = Store::new();
    store.workspace.write("connections/c.yaml", &format!("app: klaviyo\nfields: {{api_key: {CANARY}}}\n"));
    let listed = store.run("connections list --format json").ends_with(0).json();
    assert_eq!(listed["connections"][0]["state"], "clear");
    let given = r#"{"fields": {"base_url": "https://sandbox.example.com"}}"#;
    store.feed("connections edit c --stdin --no-probe", given).ends_with(0);
    let file = store.file("c");
    assert!(!file.contains("canary"), "{file}");
    assert!(file.starts_with("app: klaviyo\nfields:\n  base_url: https://sandbox.example.com\nsealed: |\n"), "{file}");
    store.add("same", CANARY).ends_with(0);
    assert_eq!(store.key("c"), store.key("same"));
}

#[test]
fn a_file_that_leads_elsewhere_is_refused_until_it_is_bound_anew() {
    let store = Store::with_one();
    let text = store.file("eu").replace("sealed:", "fields: {base_url: \"https://evil.example\"}\nsealed:");
    store.workspace.write("connections/eu.yaml", &text);
    let shown = store.run("connections show eu").ends_with(2);
    assert!(
        shown.stderr.contains("sealed for https://a.klaviyo.com, and the file now leads to https://evil.example"),
        "{}",
        shown.stderr
    );
    let given = r#"{"fields": {"allow_cleartext": false}}"#;
    let refused = store.feed("connections edit eu --stdin --no-probe", given).ends_with(2);
    assert!(refused.stderr.contains("--rebind"), "{}", refused.stderr);
    assert_eq!(store.file("eu"), text);
    let probed = store.run("probe eu --format json").ends_with(1);
    assert_eq!(probed.step()["cause"], "destination-refused");
    store.run("connections edit eu --rebind --no-probe").ends_with(0);
    assert!(store.key("eu").is_some(), "bound to the new place by somebody who can open it");
}

#[test]
fn a_damaged_block_can_be_replaced_by_new_secrets() {
    let store = Store::with_one();
    let text = store.file("eu");
    let damaged: Vec<&str> = text.lines().filter(|line| !line.contains("-----END")).collect();
    let damaged = damaged.join("\n") + "\n";
    store.workspace.write("connections/eu.yaml", &damaged);
    let shown = store.run("connections show eu").ends_with(2);
    assert!(shown.stderr.contains("damaged"), "{}", shown.stderr);
    store.feed("connections edit eu --stdin --no-probe", r#"{"fields": {"allow_cleartext": true}}"#).ends_with(2);
    assert_eq!(store.file("eu"), damaged, "nothing is lost by trying");
    store
        .feed("connections edit eu --stdin --no-probe", &format!(r#"{{"fields": {{"api_key": "{OTHER}"}}}}"#))
        .ends_with(0);
    assert!(store.key("eu").is_some());
}

#[test]
fn fields_are_taken_out_and_exchanged_for_references() {
    let store = Store::with_one();
    let refused = store.run("connections edit eu --unset api_key --no-probe").ends_with(2);
    assert!(refused.stderr.contains("lacks `api_key`"), "{}", refused.stderr);
    let given = r#"{"fields": {"api_key": {"env": "CANARY_API_KEY"}}}"#;
    store.feed("connections edit eu --stdin --no-probe", given).ends_with(0);
    assert_eq!(store.file("eu"), "app: klaviyo\ntype: api-key\nfields:\n  api_key: {env: CANARY_API_KEY}\n");
}

#[test]
fn nothing_to_do_and_nobody_to_ask_is_said() {
    let store = Store::with_one();
    let ended = store.run("connections edit eu").ends_with(2);
    assert!(ended.stderr.contains("nothing is given to change"), "{}", ended.stderr);
    let ended = store.run("connections edit ue --label x").ends_with(2);
    assert!(ended.stderr.contains("did you mean `eu`?"), "{}", ended.stderr);
}
