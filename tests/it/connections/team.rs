//! A team: a colleague, a CI job, somebody who leaves.

use super::{CANARY, Store};
use crate::cli::workspace::run;

/// The public key of the user, as `init` prints it.
fn public_key(store: &Store, root: &str) -> String {
    let ended = store.run(&format!("init {root}")).ends_with(0);
    let line = ended.stderr.lines().find_map(|line| line.strip_prefix("your public key: ")).expect("a public key");
    line.to_owned()
}

#[test]
fn a_colleague_is_let_in_and_out_again() {
    let ann = Store::with_one();
    let bob = ann.other_user("bob");
    let shown = bob.run("connections show eu").ends_with(2);
    assert!(
        shown.stderr.contains("there is none here") && shown.stderr.contains("TUGTEST_IDENTITY"),
        "{}",
        shown.stderr
    );
    // Bob makes a key elsewhere and sends it.
    let key = public_key(&bob, "elsewhere");
    let shown = bob.run("connections show eu").ends_with(2);
    assert!(shown.stderr.contains("sealed for others"), "{}", shown.stderr);
    let ann = bob.other_user("home");
    let mut rekey = ann.tool("connections rekey --yes --owner bob --add");
    let ended = run(rekey.arg(&key)).ends_with(0);
    assert!(
        ended.stderr.contains(&format!("+ bob {key}"))
            && ended.stderr.contains("sealed 1 connection anew, for home, bob"),
        "{}",
        ended.stderr
    );
    let print = ann.key("eu");
    assert!(print.is_some());
    let bob = ann.other_user("bob");
    assert!(bob.key("eu").is_some(), "bob opens what ann sealed");
    bob.add("us", CANARY).ends_with(0);
    let ann = bob.other_user("home");
    assert_eq!(ann.key("us"), print, "and ann what bob sealed");
    let refused = ann.run("connections rekey --yes --remove nobody").ends_with(2);
    assert!(refused.stderr.contains("listed are: home, bob"), "{}", refused.stderr);
    let ended = ann.run("connections rekey --yes --remove bob").ends_with(0);
    assert!(ended.stderr.contains("Change the secrets themselves"), "{}", ended.stderr);
    assert!(ann.key("eu").is_some() && ann.key("us").is_some());
    let bob = ann.other_user("bob");
    assert!(bob.key("eu").is_none() && bob.key("us").is_none());
    let doctor = bob.run("connections doctor").ends_with(2);
    assert!(
        doctor.stdout.contains("error[not-for-you]") && doctor.stdout.contains("you hold none of the keys"),
        "{}",
        doctor.stdout
    );
}

#[test]
fn a_ci_job_opens_with_a_key_in_its_environment() {
    let ann = Store::with_one();
    let ci = ann.other_user("ci");
    let key = public_key(&ci, "elsewhere");
    let secret = ci.workspace.read("ci/config/tugtest/identity.txt");
    std::fs::remove_dir_all(ci.workspace.path("ci")).unwrap();
    let ann = ci.other_user("home");
    let mut rekey = ann.tool("connections rekey --yes --owner ci --add");
    run(rekey.arg(&key)).ends_with(0);
    let ci = ann.other_user("ci");
    let mut show = ci.tool("connections show eu");
    run(show.env("TUGTEST_AGE_KEY", secret.lines().last().unwrap())).ends_with(0);
    assert!(!ci.workspace.path("ci").exists(), "no identity was made");
    // A file works too, and a command that prints the key: a keychain's, for one.
    ci.workspace.write("key", &secret);
    #[cfg(unix)]
    std::fs::set_permissions(ci.workspace.path("key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut show = ci.tool("connections show eu");
    run(show.env("TUGTEST_IDENTITY", "key")).ends_with(0);
    let mut show = ci.tool("connections show eu");
    run(show.env("TUGTEST_IDENTITY_COMMAND", "cat key")).ends_with(0);
    let mut show = ci.tool("connections show eu");
    let ended = run(show.env("TUGTEST_AGE_KEY", "AGE-SECRET-KEY-1CANARY")).ends_with(2);
    assert!(
        ended.stderr.contains("TUGTEST_AGE_KEY holds no identity") && !ended.stderr.contains("1CANARY"),
        "{}",
        ended.stderr
    );
}

#[test]
fn mocked_runs_need_no_key_and_live_ones_say_what_to_set() {
    let store = Store::with_one();
    store.workspace.write("fixtures/ok.yaml", "http:\n  - request: {method: GET, path: /api/accounts}\n    response: {status: 200, json: {data: [{id: a}]}}\n");
    store.workspace.write("scenarios/a.yaml", "workflow: A\nsteps:\n  - {name: X, app: klaviyo, fixture: ok}\n");
    let other = store.other_user("nobody");
    other.run("run").ends_with(0);
    let live = other.run("run --live --format json").ends_with(1);
    let step = live.step();
    assert_eq!((&step["verdict"], &step["cause"]), (&"fail".into(), &"secret-unavailable".into()));
    assert!(step["remedy"].as_str().unwrap().contains("TUGTEST_AGE_KEY"), "{step}");
    assert!(!other.workspace.path("nobody").exists(), "a run makes no identity");
}

#[test]
fn an_own_identity_is_exchanged_and_the_old_one_opens_nothing() {
    let store = Store::with_one();
    store.add("us", CANARY).ends_with(0);
    let old = store.workspace.read("home/config/tugtest/identity.txt");
    store.run("connections rekey --new-identity --yes").ends_with(0);
    let new = store.workspace.read("home/config/tugtest/identity.txt");
    assert_ne!(old, new);
    assert_eq!(new.lines().count(), 2, "the old one is gone: {}", new.lines().count());
    assert!(store.key("eu").is_some() && store.key("us").is_some());
    assert_eq!(store.workspace.read("connections/.recipients").matches("age1").count(), 1);
    store.workspace.write("home/config/tugtest/identity.txt", &old);
    let shown = store.run("connections show eu").ends_with(2);
    assert!(shown.stderr.contains("sealed for others"), "{}", shown.stderr);
}

#[test]
fn rekey_changes_nothing_when_something_cannot_be_opened() {
    let store = Store::with_one();
    let text = store.file("eu");
    store.workspace.write("connections/bad.yaml", &text.replace("-----END", "----END"));
    let recipients = store.workspace.read("connections/.recipients");
    let key = public_key(&Store::new(), ".");
    let mut rekey = store.tool("connections rekey --yes --add");
    let ended = run(rekey.arg(&key)).ends_with(2);
    assert!(
        ended.stderr.contains("nothing was changed: The sealed block of connection `bad` is damaged"),
        "{}",
        ended.stderr
    );
    assert_eq!(store.file("eu"), text);
    assert_eq!(store.workspace.read("connections/.recipients"), recipients);
    let mut rekey = store.tool("connections rekey --yes --add");
    let ended = run(rekey.arg("AGE-SECRET-KEY-1CANARY")).ends_with(2);
    assert!(ended.stderr.contains("that is a secret key") && !ended.stderr.contains("1CANARY"), "{}", ended.stderr);
}

#[test]
fn a_recipient_that_cannot_be_read_stops_sealing() {
    let store = Store::with_one();
    let recipients = store.workspace.read("connections/.recipients");
    store.workspace.write("connections/.recipients", &format!("{recipients}age1typo\n"));
    let ended = store.add("us", CANARY).ends_with(2);
    assert!(ended.stderr.contains("line 5 of connections/.recipients is no public key"), "{}", ended.stderr);
    assert!(!store.workspace.path("connections/us.yaml").exists());
    let doctor = store.run("connections doctor").ends_with(2);
    assert!(
        doctor.stdout.contains("error[recipient]: this is no public key\n  --> connections/.recipients:5"),
        "{}",
        doctor.stdout
    );
}

#[test]
fn the_doctor_finds_what_is_risky() {
    let store = Store::with_one();
    store.workspace.write("scenarios/a.yaml", "workflow: A\nsteps:\n  - {name: X, app: klaviyo, connection: gone}\n");
    store.workspace.write("connections/clear.yaml", &format!("app: klaviyo\nfields: {{api_key: {CANARY}}}\n"));
    store.workspace.write("apps/grants.yaml", "app: grants\ntitle: Grants\ntypes: {oauth2: {fields: {access_token: {label: Token}}, base_url: \"https://x.example\", place: {header: Authorization, value: \"Bearer {access_token}\"}}}\n");
    store.workspace.write(
        "connections/grant.yaml",
        "app: grants\nfields: {expires_at: 2020-01-01T00:00:00Z, access_token: {env: CANARY_API_KEY}}\n",
    );
    let text = store.file("eu");
    store.workspace.write("connections/moved.yaml", &text);
    store.workspace.write("connections/.tugtest-x.tmp", "rest");
    store.workspace.write(
        "connections/.recipients",
        &format!("{}\n{}\n", store.workspace.read("connections/.recipients"), public_key(&Store::new(), ".")),
    );
    let ended = store.run("connections doctor").ends_with(2);
    for expected in [
        "warning[clear]: `api_key` is written in clear\n  --> connections/clear.yaml",
        "error[mode]: others may read this file, and a secret is in it in clear",
        "chmod 600 connections/clear.yaml",
        "error[expired]: its grant has expired",
        "error[destination-refused]: its secrets are refused: they were sealed for the connection `eu`, and stand in `moved`",
        "warning[left-behind]",
        "warning[recipient]: nobody is named as the owner of this key",
        "warning[recipients-changed]: it is not sealed yet for every key that is listed\n  --> connections/eu.yaml",
        "warning[unused]: no scenario uses it\n  --> connections/eu.yaml",
        "error[missing]: step `X` selects the connection `gone`, which is not there\n  --> scenarios/a.yaml:3",
    ] {
        assert!(ended.stdout.contains(expected), "{expected}\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains("canary_canary"));
    let found = store.run("connections doctor --format json").ends_with(2).json();
    assert!(
        found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| finding["code"].is_string() && finding["help"].is_string())
    );
    let healthy = Store::with_one();
    healthy.workspace.write("scenarios/a.yaml", "workflow: A\nsteps:\n  - {name: X, app: klaviyo}\n");
    assert_eq!(
        healthy.run("connections doctor --strict").ends_with(0).stdout,
        "1 connection; nothing is wrong with the store.\n"
    );
}
