//! Exit codes: each of them once, and which one wins.

use super::server::{OK, Reply, Server};
use super::workspace::{RECIPE, Workspace, api, step};

/// Steps by how they end in a mocked run.
fn ending(how: &str) -> String {
    match how {
        "met" => step("Met", "fixture: accepted"),
        "unmet" => step("Unmet", "fixture: refused"),
        "inconclusive" => step("Inconclusive", "fixture: down"),
        "untested" => step("Untested", ""),
        "not-needed" => "{name: Not needed, app: delay}".to_owned(),
        other => panic!("{other}"),
    }
}

/// The exit code of a mocked run over steps that end in these ways.
fn code(ways: &[&str], words: &str) -> i32 {
    let steps: Vec<String> = ways.iter().map(|how| ending(how)).collect();
    let workspace = Workspace::mocked().with_steps("steps", steps.iter().map(String::as_str));
    workspace.run(&format!("run --retries 0 {words}")).code
}

#[test]
fn zero_one_three_and_four_say_what_became_of_the_steps() {
    for (ways, expected) in [
        (&["met"][..], 0),
        (&["not-needed"], 0),
        (&["met", "untested"], 0),
        (&["unmet"], 1),
        (&["met", "unmet", "inconclusive", "untested"], 1),
        (&["inconclusive"], 3),
        (&["met", "inconclusive", "untested"], 3),
        (&["untested"], 4),
        (&["untested", "not-needed"], 4),
    ] {
        assert_eq!(code(ways, ""), expected, "{ways:?}");
    }
}

#[test]
fn strict_lets_untested_steps_and_warnings_fail() {
    assert_eq!(code(&["met"], "--strict"), 0);
    assert_eq!(code(&["not-needed"], "--strict"), 0);
    assert_eq!(code(&["untested"], "--strict"), 1);
    assert_eq!(code(&["met", "untested"], "--strict"), 1);

    let dear = "connections/api.yaml";
    let literal = "app: http\ntype: api-key\nfields: {base_url: \"https://api.example.com\", place: {header: X-Api-Key}, api_key: canary-in-clear}\n";
    let met = ending("met");
    let workspace = Workspace::mocked().with_steps("steps", [met.as_str()]).with(dear, literal);
    let lenient = workspace.run("run").ends_with(0);
    assert!(lenient.stderr.contains("warning") && !lenient.stderr.contains("canary-in-clear"), "{}", lenient.stderr);
    workspace.run("run --strict").ends_with(2);
    workspace.run("check").ends_with(0);
    workspace.run("check --strict").ends_with(2);
}

#[test]
fn a_warning_of_a_probe_fails_under_strict() {
    let ftp = "app: ftp\ntype: ftp\nfields: {protocol: ftp, host: 127.0.0.1, port: 2121, username: acme, password: {env: CANARY_API_KEY}}\n";
    let fixture = r#"
ftp:
  dialogue:
    - send: 220 ready
    - {expect: "USER *", send: 331 password please}
    - {expect: "PASS *", send: 230 in}
    - {expect: PWD, send: '257 "/"'}
    - {expect: EPSV, send: 500 unknown}
    - {expect: PASV, send: "227 Entering Passive Mode (192,168,1,10,{{data_port}})."}
    - {expect: NLST, send: 150 here, data: [a]}
"#;
    let workspace = Workspace::new()
        .with("connections/files.yaml", ftp)
        .with("fixtures/ftp.yaml", fixture)
        .with_steps("steps", ["{name: Look, app: ftp, fixture: ftp}"]);
    let lenient = workspace.run("run --format json");
    let step = lenient.step();
    assert_eq!(step["warnings"][0]["code"], "passive-address-ignored", "{}{}", lenient.stdout, lenient.stderr);
    assert_eq!((lenient.code, &step["outcome"]), (0, &"met".into()));
    let strict = workspace.run("run --strict --format json").ends_with(1);
    assert_eq!(strict.step()["verdict"], "pass", "the verdict stays what it is");
    assert_eq!(strict.step()["outcome"], "unmet");
}

#[test]
fn two_is_a_mistake_in_a_file_or_on_the_command_line() {
    let met = ending("met");
    let workspace = Workspace::mocked().with_steps("steps", [met.as_str()]);
    for words in [
        "",
        "walk",
        "run --no-such-option",
        "run --jobs many",
        "run --format xml",
        "run --output xml=report",
        "run --output json=",
        "run --connection klaviyo",
        "run --filter [",
        "probe",
        "probe --all api",
        "schema letter",
        "explain no-such-cause",
        "run scenarios/none.yaml",
    ] {
        let ended = workspace.run(words).ends_with(2);
        assert!(!ended.stderr.is_empty(), "`{words}` is refused without a word");
    }
    workspace.run("run").ends_with(0);
    workspace.write("scenarios/broken.yaml", "workflow: Broken\nsteps: [{name: A, app: http, conection: api}]\n");
    let ended = workspace.run("run --format json").ends_with(2);
    assert!(ended.stderr.contains("scenarios/broken.yaml:2"), "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["met"], 1, "everything else goes on");
}

#[test]
fn nothing_to_test_is_four() {
    let met = ending("met");
    let workspace = Workspace::mocked().with_steps("steps", [met.as_str()]);
    for words in ["run --filter nothing", "run --tag nothing"] {
        let ended = workspace.run(words).ends_with(4);
        assert!(ended.stdout.contains("nothing was tested"), "{}", ended.stdout);
    }
}

#[test]
fn a_connection_that_is_unknown_to_probe_is_two_and_the_known_ones_are_named() {
    let ended = Workspace::mocked().run("probe ap").ends_with(2);
    assert!(ended.stderr.contains("`ap`") && ended.stderr.contains("known: api"), "{}", ended.stderr);
    let ended = Workspace::new().run("probe ap").ends_with(2);
    assert!(ended.stderr.contains("known: none"), "{}", ended.stderr);
}

#[test]
fn five_is_a_report_that_cannot_be_written() {
    let met = ending("met");
    let workspace = Workspace::mocked().with_steps("steps", [met.as_str()]);
    for place in ["none/report.json", "scenarios", "tugtest.yaml/report"] {
        let ended = workspace.run(&format!("run --output json={place}")).ends_with(5);
        assert!(ended.stderr.contains(place) && ended.stdout.is_empty(), "{}{}", ended.stdout, ended.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn five_is_a_full_disk_too() {
    let met = ending("met");
    let workspace = Workspace::mocked().with_steps("steps", [met.as_str()]);
    for words in ["run --output json=/dev/full", "run --output /dev/full"] {
        let ended = workspace.run(words).ends_with(5);
        assert!(ended.stderr.contains("no space left"), "{}", ended.stderr);
    }
    for words in
        ["run", "run --format json", "check", "explain", "schema report", "man", "completions bash", "run --list"]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a device of every Linux");
        let status = workspace.tool(words).stdout(full).stderr(std::process::Stdio::null()).status();
        assert_eq!(status.expect("the tool starts").code(), Some(5), "{words}");
    }
}

#[test]
fn a_report_is_withheld_rather_than_let_a_secret_out() {
    // Masking one secret puts the next one together, twice: more than the passes over a report undo.
    let server = Server::start(|_| Reply::Status(401, "", r#"{"error":"canary-one-0001-canary-tail"}"#));
    let connection =
        |secret: &str| api(&server.url(), "").replace("{env: CANARY_API_KEY}", &format!("{{file: {secret}}}"));
    let workspace = Workspace::new()
        .with("connections/a.yaml", &connection("a.key"))
        .with("connections/b.yaml", &connection("b.key"))
        .with("connections/c.yaml", &connection("c.key"))
        .with("a.key", "canary-one-0001")
        .with("b.key", "api_key]-canary")
        .with("c.key", "key]-tail")
        .with_steps(
            "steps",
            [step("A", "connection: a"), step("B", "connection: b"), step("C", "connection: c")]
                .iter()
                .map(String::as_str),
        );
    let ended = workspace.run("run --live --format json --output junit=report.xml").ends_with(5);
    assert!(ended.stderr.contains("withheld"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "one document is withheld as a whole");
    assert!(!workspace.path("report.xml").exists());
}

#[test]
fn the_first_of_5_2_1_3_4_is_the_code() {
    let broken = "workflow: Broken\nsteps: [{name: A, app: http, conection: api}]\n";
    let steps = ["unmet", "inconclusive", "untested"].map(ending);
    let workspace = |from: usize| Workspace::mocked().with_steps("steps", steps[from..].iter().map(String::as_str));
    let all = workspace(0).with("scenarios/broken.yaml", broken);
    all.run("run --retries 0 --output json=none/report").ends_with(5);
    all.run("run --retries 0").ends_with(2);
    workspace(0).run("run --retries 0").ends_with(1);
    workspace(1).run("run --retries 0").ends_with(3);
    workspace(2).run("run --retries 0").ends_with(4);
    workspace(2).with("scenarios/broken.yaml", broken).run("run").ends_with(2);
}

#[test]
fn probe_ends_like_run() {
    let server = Server::start(|request| match request.head.split(' ').nth(1) {
        Some("/good/me") => OK,
        Some("/refused/me") => Reply::Status(401, "", "{}"),
        _ => Reply::Status(503, "", "{}"),
    });
    let connection = |path: &str| {
        format!(
            "app: canary\ntype: api-key\nfields: {{base_url: \"{}/{path}\", api_key: {{env: CANARY_API_KEY}}}}\n",
            server.url()
        )
    };
    let workspace = Workspace::new()
        .with("apps/canary.yaml", RECIPE)
        .with("connections/good.yaml", &connection("good"))
        .with("connections/refused.yaml", &connection("refused"))
        .with("connections/down.yaml", &connection("down"));
    for (names, code) in [("good", 0), ("refused", 1), ("good down", 3), ("--all", 1)] {
        workspace.run(&format!("probe {names} --retries 0")).ends_with(code);
    }
    workspace.write("connections/broken.yaml", "app: canary\nfields: {api_key: {env: A}, colour: red}\n");
    let broken = workspace.run("probe broken --format json").ends_with(2);
    assert_eq!(broken.step()["cause"], "connection-invalid");
    Workspace::new().run("probe --all").ends_with(4);
}

#[test]
fn the_help_lists_the_codes() {
    let help = Workspace::new().run("--help").ends_with(0);
    for code in ["0 all met", "1 unmet", "2 usage", "3 only inconclusive", "4 nothing tested", "70 a bug", "130/143"] {
        assert!(help.stdout.contains(code), "the help does not say `{code}`");
    }
}
