//! Export and import.

use std::process::{Command, Stdio};

use super::{CANARY, OTHER, Store};

#[test]
fn what_is_exported_sealed_can_be_imported_where_the_recipients_are() {
    let store = Store::with_one();
    store.run("connections edit eu --label Europe --no-probe").ends_with(0);
    store.workspace.write("connections/ref.yaml", "app: stripe\nfields: {api_key: {env: CANARY_API_KEY}}\n");
    let exported = store.run("connections export").ends_with(0).stdout;
    assert!(!exported.contains("canary_canary"));
    let document: serde_json::Value = serde_json::from_str(&exported).expect("JSON");
    assert_eq!(document["connections"]["ref"]["fields"], serde_json::json!({"api_key": {"env": "CANARY_API_KEY"}}));
    let print = store.key("eu");
    // Into an empty workspace of the same user.
    store.run("init elsewhere").ends_with(0);
    let ended = store.feed("connections --workspace elsewhere import - --yes", &exported).ends_with(0);
    assert!(ended.stderr.contains("+ eu  klaviyo api-key: secrets, sealed already"), "{}", ended.stderr);
    let shown = store.run("connections --workspace elsewhere show eu --format json").ends_with(0).json();
    assert_eq!(shown["label"], "Europe");
    assert!(shown["fields"]["api_key"]["fingerprint"].is_string());
    assert_ne!(
        shown["fields"]["api_key"]["fingerprint"].as_str(),
        print.as_deref(),
        "another workspace has another key"
    );
    let again = store.feed("connections --workspace elsewhere import - --yes", &exported).ends_with(2);
    assert!(again.stderr.contains("left out: eu: there is a connection `eu` already"), "{}", again.stderr);
    store.feed("connections --workspace elsewhere import - --yes --replace", &exported).ends_with(0);
}

#[test]
fn nothing_is_revealed_but_on_a_terminal() {
    let store = Store::with_one();
    let ended = store.run("connections export --reveal").ends_with(2);
    assert!(ended.stderr.contains("on a terminal only"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    // `script` gives it a terminal.
    let tool = store.tool("connections export --reveal");
    let mut script = Command::new("script");
    let words: Vec<_> =
        std::iter::once(tool.get_program()).chain(tool.get_args()).map(|word| word.to_string_lossy()).collect();
    script.args(["-qec", &words.join(" "), "/dev/null"]).stdin(Stdio::null());
    script.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(store.workspace.root());
    if let Ok(output) = script.output() {
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains(CANARY), "{shown}");
    }
    store.workspace.write("connections/c.yaml", &format!("app: klaviyo\nfields: {{api_key: {OTHER}}}\n"));
    let ended = store.run("connections export c").ends_with(2);
    assert!(
        ended.stderr.contains("is written in clear, and is not exported like that") && !ended.stderr.contains(OTHER)
    );
}

#[test]
fn an_environment_file_becomes_connections() {
    let store = Store::new();
    let env = format!(
        "# ours\nexport KLAVIYO_EU_API_KEY='{CANARY}'\nKLAVIYO_US_API_KEY=\"{OTHER}\" # us\nFTP_HOST=ftp.example.com\nFTP_USER=deploy\n\
         FTP_PASSWORD=\"canary # pass\"\nLOG_LEVEL=debug\n"
    );
    store.workspace.write(".env", &env);
    let asked = store.run("connections import .env").ends_with(2);
    assert!(asked.stderr.contains("--yes"), "{}", asked.stderr);
    let ended = store.run("connections import .env --yes").ends_with(0);
    assert!(ended.stderr.contains("left out: LOG_LEVEL (line 7)"), "{}", ended.stderr);
    for hidden in [CANARY, OTHER, "canary # pass"] {
        assert!(!ended.stderr.contains(hidden), "{}", ended.stderr);
    }
    let listed = store.run("connections list --format json").ends_with(0).json();
    let rows: Vec<_> = listed["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["state"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [("ftp", "sealed"), ("klaviyo-eu", "sealed"), ("klaviyo-us", "sealed")]);
    assert!(store.file("ftp").contains("  host: ftp.example.com\n"), "{}", store.file("ftp"));
    store.run("check").ends_with(0);
}

#[test]
fn airflows_connections_become_ours() {
    let store = Store::new();
    let uri = "AIRFLOW_CONN_ERP=http://canary-user:canary%20pass@erp.example.com/https\nAIRFLOW_CONN_FILES='sftp://deploy:canary-pass@files.example.com:2222'\nAIRFLOW_CONN_DB=postgres://u:canary-db@db/x\n";
    let ended = store.feed("connections import - --from airflow --yes", uri).ends_with(0);
    assert!(
        ended.stderr.contains("+ erp  http key-secret") && ended.stderr.contains("+ files  ftp ftp"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("left out: ") && !ended.stderr.contains("canary-db"), "{}", ended.stderr);
    assert!(
        store.file("files").contains("protocol: sftp") && store.file("files").contains("port: 2222"),
        "{}",
        store.file("files")
    );
    assert!(store.file("erp").contains("base_url: https://erp.example.com"), "{}", store.file("erp"));
    store.run("check").ends_with(0);
}

#[test]
fn a_file_that_is_nothing_is_said_without_its_words() {
    let store = Store::new();
    for (text, words) in
        [("canary-word canary-word", ""), ("{\"canary-word\": ", ""), ("", ""), ("A=\"canary-word", "--from dotenv")]
    {
        let ended = store.feed(&format!("connections import - --yes {words}"), text).ends_with(2);
        assert!(!ended.stderr.contains("canary-word"), "{text}: {}", ended.stderr);
    }
    let ended = store.run("connections import nothing.env --yes").ends_with(2);
    assert!(ended.stderr.contains("nothing.env cannot be opened"), "{}", ended.stderr);
}
