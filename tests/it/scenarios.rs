//! The shipped scenarios, frozen: what each format says of them, whatever the number of jobs, and with no network at all.
//!
//! `INSTA_UPDATE=always cargo test --test it scenarios` accepts a change; read it first.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::thread;

use regex::Regex;
use serde_json::Value;

/// One run in every format.
struct Run {
    human: String,
    json: String,
    jsonl: String,
    junit: String,
}

/// The runs: the usual one, one step at a time, and all at once.
struct Runs {
    usual: Run,
    one_by_one: Run,
    at_once: Run,
}

static RUNS: LazyLock<Runs> = LazyLock::new(|| {
    let others =
        [&["--jobs", "1", "--per-host", "1"][..], &["--jobs", "32"]].map(|options| thread::spawn(move || run(options)));
    let usual = run(&[]);
    let [one_by_one, at_once] = others.map(|other| other.join().expect("it runs"));
    Runs { usual, one_by_one, at_once }
});

fn run(options: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tool = Command::new(env!("CARGO_BIN_EXE_tugtest"));
    tool.env_clear().current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", "scenarios", "--no-progress"]).args(options);
    let place = |format: &str| folder.path().join(format);
    for format in ["json", "jsonl", "junit"] {
        tool.arg("--output").arg(format!("{format}={}", place(format).display()));
    }
    let Output { status, stdout, stderr } = tool.output().expect("the tool starts");
    let (human, remarks) = (String::from_utf8(stdout).expect("text"), String::from_utf8_lossy(&stderr));
    assert_eq!((status.code(), &*remarks), (Some(0), ""), "{human}");
    let read = |format: &str| std::fs::read_to_string(place(format)).expect("a report");
    Run { human: calm(&human), json: read("json"), jsonl: read("jsonl"), junit: calm(&read("junit")) }
}

/// What differs from run to run, in fixed-width words: times, dates, ports.
fn calm(text: &str) -> String {
    static TIMES: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
        let rule = |pattern: &str, word: &'static str| (Regex::new(pattern).expect("a pattern"), word);
        [
            rule(r"\[ *\d+\.\d{3}s\]", "[ T.TTTs]"),
            rule(r"\btime=.\d+\.\d{3}.", "time=\"T.TTT\""),
            rule(r"timestamp=.[^ ]*[^/> ]", "timestamp=\"DATE\""),
            rule(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^ \x22]*", "DATE"),
            rule(r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT"),
            rule(concat!("tugtest ", env!("CARGO_PKG_VERSION")), "tugtest VERSION"),
        ]
    });
    TIMES.iter().fold(text.to_owned(), |text, (pattern, word)| pattern.replace_all(&text, *word).into_owned())
}

/// A report with every time taken for the same.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(entries) => {
            for (key, value) in entries.iter_mut() {
                *value = match key.as_str() {
                    "duration_ms" | "ms" | "at_ms" => Value::from("TIME"),
                    "started_at" => Value::from("DATE"),
                    "tool" => Value::from("tugtest VERSION"),
                    _ => timeless(value.take()),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        Value::String(text) => *text = calm(text),
        _ => {}
    }
    value
}

fn document(run: &Run) -> Value {
    timeless(serde_json::from_str(&run.json).expect("JSON"))
}

/// The lines, each with where its scenario and it stand; steps are written as they finish.
fn lines(run: &Run) -> Vec<String> {
    let value = |line| timeless(serde_json::from_str(line).expect("JSON in each line"));
    let mut lines: Vec<String> = run.jsonl.lines().map(value).map(|line| line.to_string()).collect();
    lines.sort();
    lines
}

fn stem(file: &str) -> &str {
    Path::new(file).file_stem().and_then(|stem| stem.to_str()).expect("a name")
}

#[test]
fn json_by_scenario() {
    let mut report = document(&RUNS.usual);
    for scenario in report["scenarios"].take().as_array().expect("scenarios") {
        let file = scenario["file"].as_str().expect("a file");
        insta::assert_snapshot!(format!("json_{}", stem(file)), format!("{scenario:#}"));
    }
    insta::assert_snapshot!("json", format!("{report:#}"));
}

#[test]
fn human_by_scenario() {
    let mut parts: Vec<(String, String)> = vec![("human".to_owned(), String::new())];
    for line in RUNS.usual.human.lines() {
        if let Some((file, _)) = line.split_once("  ").filter(|(file, _)| file.starts_with("scenarios/")) {
            parts.push((format!("human_{}", stem(file)), String::new()));
        } else if line.starts_with('─') {
            parts.push(("human_summary".to_owned(), String::new()));
        }
        let (_, text) = parts.last_mut().expect("there is one");
        text.push_str(line);
        text.push('\n');
    }
    let entries = std::fs::read_dir("scenarios").expect("the examples").flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "yaml")).count();
    assert_eq!(parts.len(), 2 + files - 1, "one for each file");
    for (name, text) in parts {
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn jsonl_and_junit() {
    insta::assert_snapshot!("jsonl", lines(&RUNS.usual).join("\n"));
    insta::assert_snapshot!("junit", RUNS.usual.junit);
}

#[test]
fn runs_differ_in_nothing_but_time() {
    let Runs { usual, one_by_one, at_once } = &*RUNS;
    for other in [one_by_one, at_once] {
        assert_eq!(document(usual), document(other));
        assert_eq!(lines(usual), lines(other));
        assert_eq!(usual.human, other.human);
        assert_eq!(usual.junit, other.junit);
    }
}

/// A network of its own with nothing in it but loopback.
#[cfg(target_os = "linux")]
#[test]
fn no_network_is_needed() {
    let inside = |script: &str| {
        let mut unshare = Command::new("unshare");
        unshare
            .args(["-rn", "sh", "-c", &format!("ip link set lo up && {script}")])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        unshare.env("TUGTEST", env!("CARGO_BIN_EXE_tugtest")).output()
    };
    if !inside("true").is_ok_and(|output| output.status.success()) {
        let skipped = "skipped: no network of its own can be had here\n";
        std::io::Write::write_all(&mut std::io::stderr(), skipped.as_bytes()).expect("standard error");
        return;
    }
    let output = inside("exec \"$TUGTEST\" run scenarios --no-progress").expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(calm(&text), RUNS.usual.human);
}
