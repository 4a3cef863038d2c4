//! Where output goes: results to standard output or files, everything else to standard error; lines at once; colour only where it is asked for.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use super::server::{Latch, OK, Server};
use super::workspace::{Workspace, api, run, step};

fn met() -> Workspace {
    Workspace::mocked().with_steps("steps", [step("A", "fixture: accepted").as_str()])
}

#[test]
fn each_form_of_output_takes_its_place() {
    let workspace = met();
    let human = |text: &str| text.contains("Summary [");
    let ended = workspace.run("run").ends_with(0);
    assert!(human(&ended.stdout), "{}", ended.stdout);

    let ended = workspace.run("run --output report.txt").ends_with(0);
    assert!(ended.stdout.is_empty() && human(&workspace.read("report.txt")), "a plain file takes the report");

    let ended = workspace.run("run --format json --output report.json").ends_with(0);
    assert!(ended.stdout.is_empty() && workspace.read("report.json").starts_with('{'));

    let words = "run --output junit=r.xml --output json=r.json --output jsonl=r.jsonl --output human=r.txt";
    let ended = workspace.run(words).ends_with(0);
    assert!(human(&ended.stdout), "several at once, and the human one on standard output");
    assert!(workspace.read("r.xml").contains("<testcase") && human(&workspace.read("r.txt")));
    let json: serde_json::Value = serde_json::from_str(&workspace.read("r.json")).expect("JSON");
    assert_eq!(json["summary"]["met"], 1);
    assert_eq!(workspace.read("r.jsonl").lines().count(), 1);

    let ended = workspace.run("run --output json=-").ends_with(0);
    assert_eq!(ended.step()["verdict"], "pass", "`-` is standard output, and then nothing else goes there");
    let ended = workspace.run("run --output json=r.json --output junit=r.json").ends_with(2);
    assert!(ended.stderr.contains("r.json"), "{}", ended.stderr);
}

#[test]
fn an_old_report_is_replaced_as_a_whole_or_not_at_all() {
    let workspace = met().with("r.json", "old");
    workspace.run("run --output json=r.json --format jsonl").ends_with(0);
    assert!(workspace.read("r.json").starts_with('{'));
    let workspace = met().with("r.json", "old");
    workspace.run("run --output json=r.json --output junit=none/r.xml").ends_with(5);
    assert_eq!(workspace.read("r.json"), "old");
    let names: Vec<_> =
        std::fs::read_dir(workspace.root()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("tmp")), "{names:?}");
}

#[test]
fn standard_output_holds_results_only() {
    let workspace = met().with("scenarios/broken.yaml", "workflow: A\nsteps: [{name: A, app: htpt}]\n");
    let ended = workspace.run("run --format json").ends_with(2);
    ended.json();
    assert!(ended.stderr.contains("broken.yaml") && ended.stderr.contains("help"), "{}", ended.stderr);
    for line in workspace.run("run --format jsonl").ends_with(2).stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
    }
    assert!(workspace.run("run --format junit").ends_with(2).stdout.starts_with("<?xml"));
    assert_eq!(workspace.run("run --output json=none/x").ends_with(5).stdout, "");
    // A run without a remark says nothing there; with or without progress, since nobody looks.
    for words in ["run", "run --no-progress", "run --format json"] {
        assert_eq!(met().run(words).ends_with(0).stderr, "", "{words}");
    }
    let quiet = met();
    for words in ["check", "explain", "schema report", "man", "completions bash", "--help", "--version", "run --help"] {
        let ended = quiet.run(words).ends_with(0);
        assert!(!ended.stdout.is_empty() && ended.stderr.is_empty(), "{words}: {}", ended.stderr);
    }
}

#[test]
fn a_line_is_out_as_soon_as_its_step_is_done() {
    let latch = Latch::default();
    let held = latch.clone();
    let server = Server::start(move |request| {
        if request.number == 2 {
            held.pass();
        }
        OK
    });
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with_steps("steps", [step("First", "").as_str(), step("Second", "").as_str()]);
    let mut child =
        workspace.tool("run --live --format jsonl").stdout(Stdio::piped()).spawn().expect("the tool starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut next = || {
        let line = lines.next().expect("a line").expect("text");
        let step: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        (step["name"].as_str().expect("a name").to_owned(), step["file"].as_str().expect("a file").to_owned())
    };
    // Only then may the second step go on: a buffered line would never come.
    assert_eq!(next(), ("First".to_owned(), "scenarios/steps.yaml".to_owned()));
    latch.open();
    assert_eq!(next().0, "Second");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_reader_that_leaves_is_no_reason_to_complain() {
    let steps: Vec<String> = (0..200).map(|n| format!("{{name: Step {n}, app: delay}}")).collect();
    let workspace = Workspace::new().with_steps("steps", steps.iter().map(String::as_str));
    for words in [
        "run --format jsonl",
        "run",
        "run --format json",
        "run --list",
        "explain",
        "schema report",
        "man",
        "completions zsh",
        "check",
    ] {
        let mut tool = workspace.tool(words);
        let mut child = tool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool starts");
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("text");
        let status = child.wait().expect("it ends");
        assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{words}");
    }
}

#[test]
fn colour_only_on_a_terminal_or_when_asked_for() {
    let workspace = met().with("scenarios/broken.yaml", "workflow: A\nsteps: [{name: A, app: htpt}]\n");
    let coloured = |words: &str, variables: &[(&str, &str)]| {
        let ended = run(workspace.tool(words).envs(variables.iter().copied()));
        (ended.stdout.contains('\u{1b}'), ended.stderr.contains('\u{1b}'))
    };
    assert_eq!(coloured("run", &[]), (false, false));
    assert_eq!(coloured("run --color never", &[]), (false, false));
    assert_eq!(coloured("run --color always", &[]), (true, true));
    assert_eq!(coloured("--color always run", &[]), (true, true), "before the subcommand, too");
    assert_eq!(coloured("run --color always", &[("NO_COLOR", "1")]), (true, true), "asked for is asked for");
    assert_eq!(coloured("run", &[("TUGTEST_COLOR", "always")]), (true, true));
    assert_eq!(coloured("run --color never", &[("TUGTEST_COLOR", "always")]), (false, false));
    assert_eq!(coloured("run", &[("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1")]), (false, false));
    assert_eq!(coloured("check --color always", &[]), (true, false), "findings are the result of `check`");
    assert!(!coloured("run --format json --color always", &[]).0, "JSON is never coloured");
    assert!(coloured("run --color always --output human=- --output junit=r.xml", &[]).0);
    workspace.run("run --color always --output human=r.txt").ends_with(2);
    assert!(!workspace.read("r.txt").contains('\u{1b}'), "a file is never coloured");
}

#[test]
fn words_that_steer_terminals_are_written_out() {
    let workspace = met();
    for words in [
        &["explain", "\u{1b}[31mred"][..],
        &["probe", "\u{1b}[31mred"],
        &["run", "--filter", "[\u{1b}[31mred"],
        &["run", "--output", "xml=\u{1b}[31mred"],
        &["run", "--output", "json=none/\u{1b}[31mred"],
        &["run", "\u{1b}[31mred"],
        &["run", "--connection", "http=\u{1b}[31mred"],
        &["run", "--list", "--connection", "http=\u{1b}[31mred"],
    ] {
        let ended = run(workspace.tool("").args(words));
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.contains('\u{1b}') && said.contains("red"), "{words:?}: {said:?}");
    }
}
