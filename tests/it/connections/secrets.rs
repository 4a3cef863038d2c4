//! Where secrets must not be: arguments, environments of children, core dumps, local state, traces.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{CANARY, Store};
use crate::leaks::scanner::{Wanted, scan};

/// Every file below a folder, with its bytes.
fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(bytes) = fs::read(&path) {
            found.push((path.display().to_string(), bytes));
        }
    }
    found
}

#[test]
fn nothing_that_is_written_or_printed_holds_a_secret() {
    let store = Store::with_one();
    let wanted = [Wanted::new("key", CANARY)];
    store.workspace.write("scenarios/a.yaml", "workflow: A\nsteps:\n  - {name: X, app: klaviyo}\n");
    let mut texts = Vec::new();
    for words in [
        "connections list",
        "connections show eu",
        "connections show eu --format json",
        "connections doctor",
        "connections export",
        "connections rename eu europe --yes",
        "probe europe --trace --timeout 2s",
        "run --live --trace --format json --timeout 2s",
        "connections rekey --yes",
        "connections delete europe --yes",
    ] {
        let mut tool = store.tool(words);
        let ended = crate::cli::workspace::run(tool.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full"));
        texts.push((words.to_owned(), [ended.stdout, ended.stderr].concat().into_bytes()));
    }
    assert!(texts.iter().all(|(_, text)| !text.is_empty()));
    texts.extend(files(store.workspace.root()));
    assert!(texts.iter().any(|(name, _)| name.ends_with("verdicts.json")), "there is a state to look at");
    let found: Vec<String> = texts.iter().flat_map(|(place, text)| scan(place, text, &wanted)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn programs_that_are_started_see_no_secret_and_a_crash_leaves_no_core() {
    let store = Store::with_one();
    let spy = "#!/bin/sh\nenv > seen.txt\ncat /proc/$PPID/limits > limits.txt\ntr '\\0' ' ' < /proc/$PPID/cmdline > argv.txt\necho pk_spied_spied_spied_spied_1\n";
    store.workspace.write("spy.sh", spy);
    store.workspace.write("connections/spied.yaml", "app: klaviyo\nfields: {api_key: {command: [sh, spy.sh]}}\n");
    store.workspace.write("connections/env.yaml", "app: klaviyo\nfields: {api_key: {env: CANARY_SECRET}}\n");
    let key = store.workspace.read("home/config/tugtest/identity.txt");
    let key = key.lines().last().expect("the secret key").to_owned();
    let mut tool = store.tool("probe --all --timeout 2s");
    tool.env("CANARY_SECRET", CANARY).env("TUGTEST_AGE_KEY", &key).env("HARMLESS", "yes");
    crate::cli::workspace::run(&mut tool);
    let seen = store.workspace.read("seen.txt");
    assert!(seen.contains("HARMLESS=yes") && seen.contains("PATH="), "the rest of the environment is theirs: {seen}");
    for hidden in ["CANARY_SECRET", CANARY, "TUGTEST_AGE_KEY", key.as_str()] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
    let limits = store.workspace.read("limits.txt");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    assert!(!store.workspace.read("argv.txt").contains("canary"));
}

#[test]
fn no_argument_ever_holds_what_was_given_on_standard_input() {
    let store = Store::new();
    let mut tool = store.tool("connections add eu --app klaviyo --stdin --no-probe");
    let mut child = tool.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let text = format!(r#"{{"fields": {{"api_key": "{CANARY}"}}}}"#);
    let mut stdin = child.stdin.take().expect("it is piped");
    let begun = Instant::now();
    let mut looks = 0;
    std::io::Write::write_all(&mut stdin, text.as_bytes()).expect("it reads");
    drop(stdin);
    while child.try_wait().expect("it can be asked").is_none() && begun.elapsed() < Duration::from_secs(20) {
        let argv = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&argv).contains("canary"));
        looks += 1;
    }
    assert!(looks > 0 && store.workspace.path("connections/eu.yaml").exists());
}

#[test]
fn the_identity_itself_is_sent_nowhere() {
    let server = crate::cli::server::Server::start(|_| crate::cli::server::OK);
    let store = Store::with_one();
    let file = store.workspace.path("home/config/tugtest/identity.txt");
    let key = fs::read_to_string(&file).expect("the identity").lines().last().expect("a key").to_owned();
    std::os::unix::fs::symlink(&file, store.workspace.path("innocent")).expect("a link");
    for reference in ["{env: TUGTEST_AGE_KEY}", "{file: home/config/tugtest/identity.txt}", "{file: innocent}"] {
        store.workspace.write(
            "connections/evil.yaml",
            &format!(
                "app: http\ntype: api-key\nfields: {{base_url: \"{}\", place: {{header: X}}, api_key: {reference}}}\n",
                server.url()
            ),
        );
        store.workspace.write(
            "scenarios/a.yaml",
            "workflow: A\nsteps:\n  - {name: X, app: http, connection: evil, probe: {http: {request: GET /, accept: {status: 200}}}}\n",
        );
        let mut tool = store.tool("run --live --format json");
        let ended = crate::cli::workspace::run(tool.env("TUGTEST_AGE_KEY", &key)).ends_with(1);
        assert_eq!(ended.step()["cause"], "destination-refused", "{reference}");
        assert!(!ended.stdout.contains(&key));
    }
    assert_eq!(server.requests().len(), 0);
}
