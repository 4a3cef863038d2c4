//! Listing, showing, renaming, deleting, choosing the default one.

use super::{CANARY, OTHER, Store};
use crate::cli::server::{OK, Server};
use crate::cli::workspace::{RECIPE, scenario};

fn with_scenarios(store: &Store) {
    let steps = ["{name: Subscribe, app: klaviyo, connection: eu}", "{name: Orders, app: klaviyo}"];
    store.workspace.write("scenarios/a.yaml", &scenario("A", steps));
    store.workspace.write(
        "scenarios/b.yaml",
        "# ours\nworkflow: B\nsteps:\n  - name: X # x\n    app: klaviyo\n    connection: \"eu\" # eu\n",
    );
}

#[test]
fn the_list_tells_what_there_is_and_who_uses_it() {
    let store = Store::with_one();
    with_scenarios(&store);
    store.workspace.write("connections/broken.yaml", "app: nonsense\n");
    store
        .workspace
        .write("connections/ref.yaml", "app: stripe\nlabel: Cards\nfields: {api_key: {env: CANARY_API_KEY}}\n");
    let listed = store.run("connections list --format json").ends_with(0).json();
    let rows = listed["connections"].as_array().unwrap();
    let states: Vec<_> =
        rows.iter().map(|row| (row["name"].as_str().unwrap(), row["state"].as_str().unwrap())).collect();
    assert_eq!(states, [("broken", "invalid"), ("eu", "sealed"), ("ref", "references")]);
    let used: Vec<_> =
        rows[1]["used_by"].as_array().unwrap().iter().map(|used| used["step"].as_str().unwrap()).collect();
    assert_eq!(used, ["Subscribe", "Orders", "X"], "named, and taken because it is the only one");
    assert_eq!(rows[1]["last"], serde_json::Value::Null);
    let text = store.run("connections list").ends_with(0).stdout;
    let expected = "NAME    APP      TYPE     STATE       LAST VERDICT  USED BY                      LABEL
broken  ?        ?        invalid     never tested  -                            -
eu      klaviyo  api-key  sealed      never tested  scenarios/a.yaml and 1 more  -
ref     stripe   api-key  references  never tested  -                            Cards
";
    assert_eq!(text, expected);
    assert_eq!(
        Store::new().run("connections list").ends_with(0).stdout,
        "No connections in connections. Add one: tugtest connections add\n"
    );
}

#[test]
fn what_was_last_found_is_remembered_and_shown_with_its_age() {
    let server = Server::start(|_| OK);
    let store = Store::new();
    store.workspace.write("apps/canary.yaml", RECIPE);
    let given = serde_json::json!({"fields": {"api_key": CANARY, "base_url": server.url()}}).to_string();
    store.feed("connections add c --app canary --stdin --no-probe", &given).ends_with(0);
    store
        .workspace
        .write("fixtures/no.yaml", "http:\n  - request: {method: GET, path: /me}\n    response: {status: 401}\n");
    store.workspace.write(
        "scenarios/a.yaml",
        &scenario("A", ["{name: Ask, app: canary, fixture: no, expect: {fail: credential-rejected}}"]),
    );
    store.run("run").ends_with(0);
    let last = |store: &Store| {
        store.run("connections list --format json").ends_with(0).json()["connections"][0]["last"].clone()
    };
    assert_eq!((&last(&store)["verdict"], &last(&store)["mode"]), (&"fail".into(), &"mocked".into()));
    let first = store.run("run --live --format json").ends_with(1);
    assert_eq!(first.step()["connection"].get("last"), None, "a mocked verdict says nothing of the server");
    assert_eq!((&last(&store)["verdict"], &last(&store)["mode"]), (&"pass".into(), &"live".into()));
    store.run("run").ends_with(0);
    assert_eq!(last(&store)["mode"], "live", "a mocked one does not hide it");
    // Made older by hand.
    let state = store.workspace.read(".tugtest/verdicts.json");
    let at = last(&store)["at"].as_str().unwrap().to_owned();
    store.workspace.write(".tugtest/verdicts.json", &state.replace(&at, "2020-01-01T00:00:00Z"));
    assert!(
        store.run("connections list").stdout.contains("pass, 6 years ago"),
        "{}",
        store.run("connections list").stdout
    );
    let again = store.run("run --format json").ends_with(0).step();
    assert_eq!(again["connection"]["last"]["verdict"], "pass");
    assert!(again["connection"]["last"]["age_s"].as_u64().unwrap() > 100_000_000);
    assert!(store.run("run").stdout.contains("(c, last live: pass, 6 years ago)"), "{}", store.run("run").stdout);
    assert!(store.run("run --format junit").stdout.contains(r#"name="last_live" value="pass, 6 years ago""#));
    assert!(!store.workspace.read(".tugtest/verdicts.json").contains("canary_canary"));
    // Losing the state loses nothing else.
    std::fs::remove_dir_all(store.workspace.path(".tugtest")).unwrap();
    store.run("probe c").ends_with(0);
}

#[test]
fn a_connection_is_shown_with_its_secrets_masked() {
    let store = Store::with_one();
    with_scenarios(&store);
    let shown = store.run("connections show eu").ends_with(0);
    assert!(shown.stdout.contains("[secret:eu.api_key]  sealed, fingerprint "), "{}", shown.stdout);
    assert!(shown.stdout.contains("used by         scenarios/a.yaml:3  Subscribe"), "{}", shown.stdout);
    assert!(shown.stdout.contains("scenarios/a.yaml:4  Orders"), "{}", shown.stdout);
    let print = store.key("eu").expect("a fingerprint");
    assert!(print.len() == 8 && print.bytes().all(|byte| byte.is_ascii_hexdigit()), "{print}");
    // Of the same form whatever the length.
    store.add("long", &format!("{CANARY}{OTHER}")).ends_with(0);
    let line = |name: &str| {
        store
            .run(&format!("connections show {name}"))
            .stdout
            .lines()
            .find(|line| line.contains("api_key"))
            .map(str::len)
    };
    assert_eq!(line("eu").unwrap() + 2, line("long").unwrap(), "only the name is longer");
}

#[test]
fn a_rename_reaches_the_scenarios_and_the_sealed_block() {
    let store = Store::with_one();
    with_scenarios(&store);
    let asked = store.run("connections rename eu europe").ends_with(2);
    assert!(asked.stderr.contains("scenarios/a.yaml:3: connection: eu -> europe"), "{}", asked.stderr);
    assert!(asked.stderr.contains("--yes"), "{}", asked.stderr);
    let print = store.key("eu").expect("it opens");
    store.run("connections rename eu europe --yes").ends_with(0);
    assert!(!store.workspace.path("connections/eu.yaml").exists());
    assert_eq!(store.key("europe"), Some(print));
    let b = store.workspace.read("scenarios/b.yaml");
    assert_eq!(b, "# ours\nworkflow: B\nsteps:\n  - name: X # x\n    app: klaviyo\n    connection: europe # eu\n");
    let listed = store.run("run --list").stdout;
    assert_eq!(listed.matches("europe").count(), 3, "{listed}");
    store.add("second", CANARY).ends_with(0);
    store.run("connections rename europe second --yes").ends_with(2);
}

#[test]
fn a_delete_names_the_scenarios_that_use_it() {
    let store = Store::with_one();
    with_scenarios(&store);
    let asked = store.run("connections delete eu").ends_with(2);
    assert!(asked.stderr.contains("`eu` is used by scenarios/a.yaml:3, step `Subscribe`"), "{}", asked.stderr);
    assert!(store.workspace.path("connections/eu.yaml").exists());
    store.run("connections delete eu nothing --yes").ends_with(2);
    assert!(store.workspace.path("connections/eu.yaml").exists(), "all or none");
    store.run("connections delete eu --yes").ends_with(0);
    assert!(!store.workspace.path("connections/eu.yaml").exists());
}

#[test]
fn one_connection_of_an_app_is_the_default_one() {
    let store = Store::with_one();
    store.add("us", OTHER).ends_with(0);
    store.workspace.write("scenarios/a.yaml", &scenario("A", ["{name: Orders, app: klaviyo}"]));
    let cause = |store: &Store| store.run("run --list").stdout;
    assert!(cause(&store).contains("authenticate "), "{}", cause(&store));
    store.run("connections default us").ends_with(0);
    assert!(cause(&store).contains("authenticated"), "{}", cause(&store));
    let ended = store.run("connections default eu").ends_with(0);
    assert!(ended.stderr.contains("`us` is no longer the default connection"), "{}", ended.stderr);
    assert!(!store.file("us").contains("default"));
    assert!(store.file("eu").contains("default: true\nsealed:"), "{}", store.file("eu"));
    store.run("connections default eu --unset").ends_with(0);
    assert!(!store.file("eu").contains("default"));
    assert!(store.key("eu").is_some());
    store.run("check").ends_with(0);
}

#[test]
fn init_makes_what_is_missing_and_leaves_what_is_there() {
    let store = Store::new();
    store.workspace.write("tugtest.yaml", "scenarios: mine\n");
    let ended = store.run("init").ends_with(0);
    assert!(
        ended.stderr.contains("tugtest.yaml is there already") && ended.stderr.contains("made mine/first-steps.yaml"),
        "{}",
        ended.stderr
    );
    assert_eq!(store.workspace.read("tugtest.yaml"), "scenarios: mine\n");
    store.run("check --strict").ends_with(0);
    store.run("run").ends_with(0);
    let state = || {
        ["mine/first-steps.yaml", "connections/.recipients", "home/config/tugtest/identity.txt"]
            .map(|file| store.workspace.read(file))
    };
    let before = state();
    store.run("init").ends_with(0);
    assert_eq!(state(), before);
    store.run("init new/folder").ends_with(0);
    store.run("run new/folder/scenarios").ends_with(0);
    let ended = store.run("init tugtest.yaml").ends_with(2);
    assert!(ended.stderr.contains("is a file, and a workspace is a folder"), "{}", ended.stderr);
}
