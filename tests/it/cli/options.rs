//! Options of `run`: what they pick, bound and stop.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::server::{OK, Reply, Server};
use super::workspace::{Workspace, api, step};

/// Two workflows with tags, and names that overlap.
fn picked(words: &str) -> Vec<String> {
    let orders = "workflow: Send orders\ntags: [orders, nightly]\nsteps: [{name: Filter big ones, app: filter}, {name: Wait, app: delay}]\n";
    let stock = "workflow: Count stock\ntags: [stock, nightly]\nsteps: [{name: Wait for orders, app: delay}, {name: Count, app: loop}]\n";
    let plain = "workflow: Plain\nsteps: [{name: Wait, app: delay}]\n";
    let workspace = Workspace::new()
        .with("scenarios/a/orders.yaml", orders)
        .with("scenarios/b/stock.yaml", stock)
        .with("scenarios/plain.yaml", plain);
    let ended = workspace.run(&format!("run --format json {words}"));
    ended.steps().iter().map(|step| step["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn filter_matches_files_workflows_and_steps() {
    assert_eq!(picked(""), ["Filter big ones", "Wait", "Wait for orders", "Count", "Wait"]);
    assert_eq!(picked("--filter scenarios/a/*"), ["Filter big ones", "Wait"], "a file");
    assert_eq!(picked("--filter *stock"), ["Wait for orders", "Count"], "a workflow keeps all of its steps");
    assert_eq!(picked("--filter Wait"), ["Wait", "Wait"], "a step, by its whole name");
    assert_eq!(picked("--filter *orders*"), ["Filter big ones", "Wait", "Wait for orders"], "each of them");
    assert_eq!(picked("--filter wait"), Vec::<String>::new(), "case counts");
    assert_eq!(picked("--filter {Count,Wait}"), ["Wait", "Count", "Wait"]);
}

#[test]
fn tags_pick_scenarios() {
    assert_eq!(picked("--tag orders"), ["Filter big ones", "Wait"]);
    assert_eq!(picked("--tag nightly").len(), 4);
    assert_eq!(picked("--tag orders --tag stock").len(), 4, "one of them is enough");
    assert_eq!(picked("--tag orders,stock").len(), 4);
    assert_eq!(picked("--tag nightly --filter Wait"), ["Wait"], "both have to hold");
    assert_eq!(picked("--tag order"), Vec::<String>::new());
}

#[test]
fn paths_pick_files_and_folders() {
    assert_eq!(picked("scenarios/plain.yaml"), ["Wait"]);
    assert_eq!(picked("scenarios/b scenarios/a"), ["Wait for orders", "Count", "Filter big ones", "Wait"], "as given");
    assert_eq!(picked("scenarios/b scenarios").len(), 5, "nothing twice");
}

#[test]
fn a_list_of_nothing_says_so_by_its_code() {
    let workspace = Workspace::new();
    workspace.write("scenarios/a.yaml", "workflow: A\nsteps: [{name: Wait, app: delay}]\n");
    workspace.run("run --list --filter Nobody").ends_with(4);
    workspace.run("run --list").ends_with(0);
}

#[test]
fn a_workspace_without_scenarios_is_told_what_to_write() {
    let workspace = Workspace::unmarked();
    let ended = workspace.run("run").ends_with(2);
    assert!(ended.stderr.contains("write one as scenarios/NAME.yaml"), "{}", ended.stderr);
    workspace.run("check").ends_with(4);
    let connection = "app: ftp\ntype: ftp\nfields: {host: files.example.com, username: u, password: {env: P}}\n";
    workspace.write("connections/c.yaml", connection);
    assert_eq!(workspace.run("check").ends_with(0).stdout, "Every file is valid.\n");
}

#[test]
fn slow_secrets_are_fetched_side_by_side() {
    let workspace = Workspace::new();
    let mut steps = String::new();
    for number in 0..4 {
        let fields = "{base_url: \"http://127.0.0.1:9\", place: {header: X-Key}, api_key: {command: [sleep, \"0.4\"]}}";
        let connection = format!("app: http\ntype: api-key\nfields: {fields}\n");
        workspace.write(&format!("connections/c{number}.yaml"), &connection);
        writeln!(steps, "  - {{name: S{number}, app: http, connection: c{number}}}")
            .expect("a String takes all writes");
    }
    workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n{steps}"));
    let begun = Instant::now();
    let ended = workspace.run("run --live --format json").ends_with(1);
    assert_eq!(ended.causes(), ["field-missing"; 4], "sleep prints nothing");
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
}

#[test]
fn a_file_that_is_named_twice_is_run_once() {
    let workspace = Workspace::new();
    workspace.write("scenarios/a.yaml", "workflow: A\nsteps: [{name: Wait, app: delay}]\n");
    let ended = workspace.run("run --format json ./scenarios scenarios/a.yaml").ends_with(0);
    assert_eq!(ended.steps().len(), 1);
    workspace.run("run --output json=r --output junit=./r").ends_with(2);
}

#[test]
fn list_shows_connections_and_states_and_opens_no_socket() {
    let server = Server::start(|_| OK);
    let workspace = Workspace::new().with("connections/api.yaml", &api(&server.url(), "")).with_steps(
        "steps",
        [step("Read", "").as_str(), "{name: Wait, app: delay}", "{name: Subscribe, app: klaviyo}"],
    );
    let ended = workspace.run("run --live --list").ends_with(0);
    let rows: Vec<Vec<&str>> = ended.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["scenarios/steps.yaml:", "steps"]);
    assert_eq!(rows[1], ["authenticated", "http", "api", "Read"]);
    assert_eq!(rows[2], ["not-needed", "delay", "-", "Wait"]);
    assert_eq!(rows[3], ["authenticate", "klaviyo", "-", "Subscribe"]);
    assert_eq!(rows.len(), 4);
    assert_eq!(server.requests().len(), 0);
    let filtered = workspace.run("run --list --filter Wait --connection http=nobody").ends_with(0);
    assert_eq!(filtered.stdout.lines().count(), 2, "{}", filtered.stdout);
    workspace.write("scenarios/broken.yaml", "workflow: A\n");
    assert_eq!(workspace.run("run --list").ends_with(2).stdout, ended.stdout);
}

#[test]
fn numbers_and_times_have_bounds() {
    let workspace = Workspace::mocked().with_steps("steps", [step("A", "fixture: accepted").as_str()]);
    for good in [
        "--jobs 1",
        "--jobs 4096",
        "--per-host 1",
        "--retries 0",
        "--retries 10",
        "--timeout 2s",
        "--timeout 1m",
        "--connect-timeout 900ms",
    ] {
        workspace.run(&format!("run {good}")).ends_with(0);
    }
    for bad in [
        "--jobs 0",
        "--jobs 4097",
        "--jobs=-1",
        "--per-host 0",
        "--per-host 4097",
        "--retries 11",
        "--retries=-1",
        "--timeout 30",
        "--timeout s",
        "--timeout 1d",
        "--timeout 0s",
        "--connect-timeout 0ms",
        "--timeout=-1s",
    ] {
        let ended = workspace.run(&format!("run {bad}")).ends_with(2);
        let option = bad.split([' ', '=']).next().expect("a word");
        assert!(ended.stderr.contains(option), "`{bad}`: {}", ended.stderr);
    }
}

#[test]
fn fail_fast_stops_at_the_first_unmet_step() {
    let server = Server::start(|request| Reply::Status(if request.number == 2 { 401 } else { 200 }, "", "{}"));
    let steps: Vec<String> =
        (0..5).map(|number| step(&format!("Step {number}"), &format!("connection: c{number}"))).collect();
    let mut workspace = Workspace::new().with_steps("steps", steps.iter().map(String::as_str));
    for number in 0..5 {
        workspace = workspace.with(&format!("connections/c{number}.yaml"), &api(&server.url(), ""));
    }
    let ended = workspace.run("run --live --jobs 1 --fail-fast --format json").ends_with(1);
    assert_eq!(ended.causes(), ["pass", "credential-rejected", "cancelled", "cancelled", "cancelled"]);
    assert_eq!(server.requests().len(), 2);
    assert_eq!(ended.json()["summary"]["untested"], 3);
}

#[test]
fn a_step_that_fails_without_a_packet_stops_a_fail_fast_run_before_its_first() {
    let server = Server::start(|_| OK);
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with_steps("steps", [step("A", "").as_str(), "{name: B, app: klaviyo}", &step("C", "")]);
    let ended = workspace.run("run --live --fail-fast --format json").ends_with(1);
    assert_eq!(ended.causes(), ["cancelled", "connection-missing", "cancelled"]);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn an_expected_failure_does_not_stop_a_fail_fast_run() {
    let steps = [step("A", "fixture: refused, expect: {fail: credential-rejected}"), step("B", "fixture: accepted")];
    let workspace = Workspace::mocked().with_steps("steps", steps.iter().map(String::as_str));
    let ended = workspace.run("run --jobs 1 --fail-fast --format json").ends_with(0);
    assert_eq!(ended.causes(), ["credential-rejected", "pass"]);
}

#[test]
fn trace_adds_the_scrubbed_transcript() {
    let server = Server::start(|_| OK);
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with_steps("steps", [step("A", "").as_str()]);
    assert_eq!(workspace.run("run --live --format json").step()["evidence"], serde_json::json!([]));
    let traced = workspace.run("run --live --format json --trace").ends_with(0);
    let evidence = traced.step()["evidence"].to_string();
    assert!(evidence.contains("GET /me") && evidence.contains("200"), "{evidence}");
    assert!(!traced.stdout.contains(super::workspace::KEY), "{}", traced.stdout);
    assert!(server.requests()[0].head.contains(super::workspace::KEY), "the server was sent the key");
}

#[test]
fn a_workspace_file_among_the_paths_is_no_scenario() {
    let workspace = Workspace::mocked()
        .with_steps("a", [step("A", "connection: api, fixture: accepted").as_str()])
        .with("scenarios/tugtest.yaml", "connections: ../connections\nfixtures: ../fixtures\n")
        .with("other/tugtest.yaml", "connection: typo\n");
    let both = "scenarios/a.yaml scenarios/tugtest.yaml";
    assert_eq!(workspace.run(&format!("check {both}")).ends_with(0).stdout, "Every file is valid.\n");
    workspace.run(&format!("run {both}")).ends_with(0);
    let other = workspace.run(&format!("check {both} other/tugtest.yaml")).ends_with(2).stdout;
    assert!(other.contains("other/tugtest.yaml:1:1") && other.contains("unknown-key"), "{other}");
    let missing = workspace.run("check fixtures/tugtest.yaml").ends_with(2).stdout;
    assert!(missing.contains("there is no such file"), "{missing}");
}
