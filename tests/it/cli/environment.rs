//! Settings: the command line wins over the environment, that over `tugtest.yaml`, that over the defaults.

use clap::{ArgAction, CommandFactory};
use tugtest::cli::args::Cli;

use super::server::{Reply, Server};
use super::workspace::{Ended, Workspace, api, run, step};

/// A run here with these variables.
fn with(workspace: &Workspace, variables: &[(&str, &str)], words: &str) -> Ended {
    run(workspace.tool(words).envs(variables.iter().copied()))
}

/// A workspace over a server that is down, so that each attempt is one request.
fn down() -> (Server, Workspace) {
    let server = Server::start(|_| Reply::Status(503, "retry-after: 0\r\n", "{}"));
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with_steps("steps", [step("A", "").as_str()]);
    (server, workspace)
}

#[test]
fn every_option_of_run_has_a_twin_in_the_environment() {
    let mut command = Cli::command();
    command.build();
    let run = command.find_subcommand("run").expect("a subcommand");
    let options: Vec<_> =
        run.get_arguments().filter(|option| option.get_long().is_some_and(|long| long != "help")).collect();
    assert!(options.len() >= 16, "{}", options.len());
    for option in options {
        let long = option.get_long().expect("filtered");
        let twin = format!("TUGTEST_{}", long.replace('-', "_").to_uppercase());
        assert_eq!(option.get_env().and_then(|name| name.to_str()), Some(twin.as_str()), "--{long}");
        let shown = run.clone().render_long_help().to_string();
        assert!(shown.contains(&twin) && option.get_help().is_some(), "--{long} is not explained");
    }
}

#[test]
fn twins_do_what_their_options_do() {
    let (server, workspace) = down();
    let attempts = |variables: &[(&str, &str)], words: &str| {
        let ended = with(&workspace, variables, &format!("run --format json {words}"));
        ended.step()["attempts"].as_u64().expect("a number")
    };
    let live = ("TUGTEST_LIVE", "1");
    assert_eq!(attempts(&[live], ""), 2, "the default is one retry");
    assert_eq!(attempts(&[live, ("TUGTEST_RETRIES", "2")], ""), 3);
    assert_eq!(attempts(&[live, ("TUGTEST_RETRIES", "2")], "--retries 0"), 1, "the command line wins");
    workspace.write("tugtest.yaml", "run: {retries: 0}\n");
    assert_eq!(attempts(&[live], ""), 1, "tugtest.yaml wins over the default");
    assert_eq!(attempts(&[live, ("TUGTEST_RETRIES", "2")], ""), 3, "the environment wins over tugtest.yaml");
    assert_eq!(attempts(&[live, ("TUGTEST_RETRIES", "2")], "--retries 1"), 2);
    assert_eq!(server.requests().len(), 2 + 3 + 1 + 1 + 3 + 2);
}

#[test]
fn lists_and_words_can_come_from_the_environment() {
    let workspace = Workspace::mocked()
        .with("connections/other.yaml", &api("https://two.example.com", ""))
        .with_steps("steps", [step("A", "fixture: accepted").as_str(), step("B", "fixture: accepted").as_str()]);
    let variables = [
        ("TUGTEST_FORMAT", "json"),
        ("TUGTEST_CONNECTION", "nobody=x,http=other"),
        ("TUGTEST_FILTER", "B"),
        ("TUGTEST_OUTPUT", "junit=a.xml,jsonl=a.jsonl"),
    ];
    let ended = with(&workspace, &variables, "run").ends_with(0);
    let step = ended.step();
    assert_eq!((&step["name"], &step["connection"]["name"]), (&"B".into(), &"other".into()));
    assert!(workspace.read("a.xml").contains("<testsuites"));
    assert_eq!(workspace.read("a.jsonl").lines().count(), 1);
    with(&workspace, &[("TUGTEST_TAG", "x,y")], "run").ends_with(4);
}

#[test]
fn a_flag_in_the_environment_is_on_unless_it_says_no() {
    let workspace = Workspace::new().with_steps("steps", ["{name: Wait, app: delay}"]);
    for (value, on) in [
        ("1", true),
        ("true", true),
        ("yes", true),
        ("on", true),
        ("0", false),
        ("false", false),
        ("no", false),
        ("", false),
    ] {
        let ended = with(&workspace, &[("TUGTEST_LIST", value)], "run").ends_with(0);
        assert_eq!(!ended.stdout.contains("Summary"), on, "TUGTEST_LIST={value:?}: {}", ended.stdout);
        for flag in ["LIVE", "FAIL_FAST", "STRICT", "TRACE", "NO_PROGRESS"] {
            with(&workspace, &[(&format!("TUGTEST_{flag}"), value)], "run").ends_with(0);
        }
        with(&workspace, &[("TUGTEST_STRICT", value)], "check").ends_with(0);
    }
}

#[test]
fn an_empty_variable_is_no_setting() {
    // What a pipeline makes of an input that nobody gave.
    let workspace = Workspace::mocked().with_steps("steps", [step("A", "fixture: accepted").as_str()]);
    let mut command = Cli::command();
    command.build();
    let subcommand = command.find_subcommand("run").expect("a subcommand");
    let names: Vec<_> = subcommand.get_arguments().filter_map(|option| option.get_env()?.to_str()).collect();
    let variables: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    let ended = with(&workspace, &variables, "run").ends_with(0);
    assert!(ended.stdout.contains("1 step: 1 met"), "{}", ended.stdout);
    with(&workspace, &[("TUGTEST_WORKSPACE", "")], "probe nobody").ends_with(2);
}

#[test]
fn a_wrong_value_names_its_option() {
    let workspace = Workspace::mocked().with_steps("steps", [step("A", "fixture: accepted").as_str()]);
    let valued = |option: &&clap::Arg| matches!(option.get_action(), ArgAction::Set);
    let command = Cli::command();
    let run = command.find_subcommand("run").expect("a subcommand");
    let wrong = [
        "TUGTEST_JOBS",
        "TUGTEST_PER_HOST",
        "TUGTEST_TIMEOUT",
        "TUGTEST_CONNECT_TIMEOUT",
        "TUGTEST_RETRIES",
        "TUGTEST_FORMAT",
    ];
    for name in wrong {
        let option = run.get_arguments().filter(valued).find(|option| option.get_env().is_some_and(|env| env == name));
        let long = option.and_then(clap::Arg::get_long).expect("an option with a value");
        let ended = with(&workspace, &[(name, "canary")], "run").ends_with(2);
        assert!(ended.stderr.contains(&format!("--{long}")), "{name}: {}", ended.stderr);
    }
}

#[test]
fn the_workspace_sets_times_too() {
    let server = Server::start(|_| Reply::Silence);
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with("tugtest.yaml", "run: {timeout: 200ms, retries: 0}\n")
        .with_steps("steps", [step("A", "").as_str()]);
    let ended = workspace.run("run --live --format json").ends_with(3);
    assert_eq!(ended.step()["cause"], "response-timeout");
    let took = ended.step()["duration_ms"].as_u64().expect("a number");
    assert!((200..1200).contains(&took), "{took} ms");
}
