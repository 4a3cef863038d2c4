//! `explain`, `completions` and `man` as the binary prints them.

use std::io::Write;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use tugtest::cli::args::Cli;
use tugtest::model::cause::Cause;

use super::workspace::{run, tool};

fn subcommands() -> Vec<String> {
    let command = Cli::command();
    let names: Vec<_> = command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    assert!(names.len() >= 7, "{names:?}");
    names
}

#[test]
fn every_cause_is_explained() {
    for cause in Cause::ALL {
        let page = run(tool().args(["explain", cause.code()])).ends_with(0).stdout;
        assert!(page.starts_with(&format!("{}: {}", cause.code(), cause.verdict())), "{page}");
        for part in ["\nHow it is recognised:\n", "\nWhat to do:\n  1. ", "\nWhat it is not:\n", "\nTrying again: "] {
            assert!(page.contains(part), "{cause}: no `{}` in\n{page}", part.trim());
        }
        let wide = page.lines().find(|line| line.chars().count() > 100 && line.trim().contains(' '));
        assert_eq!(wide, None, "{cause}");
    }
}

#[test]
fn without_a_cause_all_are_listed_each_on_a_line() {
    let listed = run(tool().arg("explain")).ends_with(0).stdout;
    let first: Vec<_> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(first, Cause::ALL.iter().map(|cause| cause.code()).collect::<Vec<_>>());
}

#[test]
fn an_unknown_cause_is_refused_with_the_nearest_one() {
    let ended = run(tool().args(["explain", "credential-rejcted"])).ends_with(2);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("`credential-rejected`"), "{}", ended.stderr);
    let ended = run(tool().args(["explain", "zzzzzzzz"])).ends_with(2);
    assert!(ended.stderr.contains("`tugtest explain` lists all causes"), "{}", ended.stderr);
}

#[test]
fn completions_know_every_subcommand() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(tool().args(["completions", shell])).ends_with(0).stdout;
        for name in subcommands() {
            assert!(script.contains(&name), "{shell}: {name}");
        }
        for option in ["per-host", "fail-fast", "connect-timeout"] {
            assert!(script.contains(option), "{shell}: {option}");
        }
    }
    run(tool().args(["completions", "ash"])).ends_with(2);
}

#[test]
fn bash_accepts_its_completions() {
    let script = run(tool().args(["completions", "bash"])).ends_with(0).stdout;
    let Ok(mut bash) = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() else {
        return; // No bash on this machine.
    };
    bash.stdin.take().expect("it is piped").write_all(script.as_bytes()).expect("bash reads");
    assert!(bash.wait().expect("it ends").success());
}

#[test]
fn the_manual_has_a_section_for_every_subcommand() {
    let page = run(tool().arg("man")).ends_with(0).stdout;
    for name in subcommands() {
        assert!(page.contains(&format!("tugtest\\-{name}")) || page.contains(&format!("tugtest-{name}")), "{name}");
    }
    assert!(page.starts_with(".ie") || page.starts_with(".TH") || page.contains("\n.TH "), "roff");
    assert!(page.contains("Exit codes"), "the codes");
}

#[test]
fn the_version_is_the_package_s() {
    let printed = run(tool().arg("--version")).ends_with(0).stdout;
    assert_eq!(printed.trim(), concat!("tugtest ", env!("CARGO_PKG_VERSION")));
}
