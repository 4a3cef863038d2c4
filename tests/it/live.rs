//! The live suite: a table of server x (right, or one thing wrong) x verdict, cause and phase, through the built binary, against
//! real servers on loopback. `tests/live/run` starts them and runs this; nothing else does.

mod digest;
mod ftp;
mod grant1;
mod http;
mod keyed;
mod leak;
mod oauth1;
mod oauth2;
mod refresh;
mod row;
mod sigv4;
mod tls;
mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

use self::row::{Expected, Row};
use self::world::World;

/// One attempt may take this long; rows that run into it are few.
const TIMEOUT: &str = "4s";
/// Rows under way at a time.
const AT_A_TIME: usize = 8;
/// Below this the table has lost rows.
const ROWS_AT_LEAST: usize = 200;

fn rows(world: &World) -> Vec<Row> {
    let rows = [digest::rows(), ftp::rows(), http::rows(), keyed::rows(), oauth1::rows(), oauth2::rows()].concat();
    let rows = [rows, sigv4::rows(), tls::rows()].concat();
    assert!(rows.len() >= ROWS_AT_LEAST, "only {} rows", rows.len());
    rows.into_iter().filter(|row| world.is_private() || !row.private).collect()
}

fn workspace() -> tempfile::TempDir {
    let workspace = tempfile::tempdir().expect("a folder");
    for folder in ["connections", "scenarios", "fixtures"] {
        fs::create_dir(workspace.path().join(folder)).expect("a folder in it");
    }
    let text = format!("run: {{timeout: {TIMEOUT}, connect-timeout: 2s, retries: 0}}\n");
    fs::write(workspace.path().join("tugtest.yaml"), text).expect("a workspace file");
    workspace
}

fn tugtest(workspace: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tugtest"));
    command.current_dir(workspace).args(arguments).arg("--no-progress").env("RUST_LOG", "trace").env("NO_COLOR", "1");
    command.timeout(Duration::from_secs(120));
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is wrong with a step's report: nothing, when the row came out as it has to.
fn differences(row: &Row, step: &Value) -> Vec<String> {
    let said = |field: &str| step[field].as_str().unwrap_or("null").to_owned();
    let mut wrong = Vec::new();
    let (is, has_to_be) = match row.expected {
        Expected::Pass => (said("verdict"), "pass".to_owned()),
        Expected::Not(verdict, cause, phase) => {
            (format!("{} {} {}", said("verdict"), said("cause"), said("phase")), format!("{verdict} {cause} {phase}"))
        }
    };
    if is != has_to_be {
        wrong.push(format!("is `{is}` ({} in {}), has to be `{has_to_be}`", said("cause"), said("phase")));
    }
    let warnings = step["warnings"].as_array().cloned().unwrap_or_default();
    if let Some(code) = row.warning.filter(|code| !warnings.iter().any(|warning| warning["code"] == *code)) {
        wrong.push(format!("lacks the warning {code}; has {warnings:?}"));
    }
    if let Some(account) = row.account.filter(|account| *account != said("account")) {
        wrong.push(format!("is the account of {}, has to be that of {account}", said("account")));
    }
    if said("message").trim().is_empty() || step["message"].is_null() {
        wrong.push("has no message".to_owned());
    }
    if row.expected != Expected::Pass && step["remedy"].is_null() {
        wrong.push("has no remedy".to_owned());
    }
    if !wrong.is_empty() {
        wrong.push(format!("said: {} / {}", said("message"), said("remedy")));
    }
    wrong
}

/// Runs one row in a workspace and a process of its own.
fn run_alone(world: &World, index: usize, row: &Row) -> Vec<String> {
    let workspace = workspace();
    let name = format!("row-{index:03}");
    let (variable, secret) = row.write(world, workspace.path(), &name, index.is_multiple_of(2), false);
    let held = world.prepare(row.before);
    let output = tugtest(workspace.path(), &["run", "--live", "--trace", "--format", "json"])
        .env(variable, &secret)
        .output()
        .expect("the tool runs");
    drop(held);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let report: Value = serde_json::from_str(&stdout).unwrap_or(Value::Null);
    let step = &report["scenarios"][0]["steps"][0];
    if step.is_null() {
        return vec![format!("gave no report; exit {:?}\n{stdout}\n{stderr}", output.status.code())];
    }
    let mut wrong = differences(row, step);
    let exit = match row.expected {
        Expected::Pass => 0,
        Expected::Not("inconclusive", ..) => 3,
        Expected::Not(..) => 1,
    };
    if wrong.is_empty() && output.status.code() != Some(exit) {
        wrong.push(format!("exits with {:?}, has to exit with {exit}", output.status.code()));
    }
    for (stream, text) in [("stdout", &stdout), ("stderr", &stderr)] {
        wrong.extend(leak::search(text, &secret).into_iter().map(|found| format!("LEAKS on {stream}: {found}")));
    }
    wrong
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn each_row_alone_has_the_verdict_of_the_table() {
    let world = World::load();
    let rows = rows(&world);
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(String::new()));
    let work = || {
        while let Some((index, row)) = {
            let i = next.fetch_add(1, Ordering::Relaxed);
            rows.get(i).map(|row| (i, row))
        } {
            let found = run_alone(&world, index, row);
            let mut wrong = wrong.lock().expect("no row panics");
            for line in found {
                writeln!(wrong, "{}: {line}", row.name).expect("a string takes text");
            }
        }
    };
    std::thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work))));
    let wrong = wrong.into_inner().expect("no row panics");
    assert!(wrong.is_empty(), "of {} rows, these are wrong:\n{wrong}", rows.len());
    assert_eq!(left_over(&world), Vec::<String>::new(), "the write probe leaves files behind");
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn all_rows_in_one_run_meet_what_their_scenarios_expect() {
    let world = World::load();
    let rows = rows(&world);
    let workspace = workspace();
    let outputs = ["json=report.json", "jsonl=report.jsonl", "junit=report.xml"];
    let mut arguments = vec!["run", "--live", "--trace", "--format", "human", "--jobs", "16"];
    for output in outputs {
        arguments.extend(["--output", output]);
    }
    let mut command = tugtest(workspace.path(), &arguments);
    let mut secrets = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let (variable, secret) = row.write(&world, workspace.path(), &format!("row-{index:03}"), index % 2 == 1, true);
        command.env(variable, &secret);
        secrets.push(secret);
    }
    let held: Vec<_> = rows.iter().filter_map(|row| world.prepare(row.before)).collect();
    let output = command.output().expect("the tool runs");
    drop(held);

    let written =
        ["report.json", "report.jsonl", "report.xml"].map(|name| fs::read_to_string(workspace.path().join(name)));
    let written = written.map(|file| file.expect("every report is written"));
    let mut wrong = String::new();
    let report: Value = serde_json::from_str(&written[0]).expect("the report is JSON");
    let scenarios = report["scenarios"].as_array().expect("it has scenarios");
    assert_eq!(scenarios.len(), rows.len(), "{}", text(&output.stderr));
    for (row, scenario) in rows.iter().zip(scenarios) {
        for line in differences(row, &scenario["steps"][0]) {
            writeln!(wrong, "{}: {line}", row.name).expect("a string takes text");
        }
    }
    secrets.extend(world.tokens()); // those that were met on the way, too
    secrets.sort();
    secrets.dedup();
    let streams = [&text(&output.stdout), &text(&output.stderr), &written[0], &written[1], &written[2]];
    for (stream, secret) in streams.iter().flat_map(|stream| secrets.iter().map(move |secret| (stream, secret))) {
        for found in leak::search(stream, secret) {
            writeln!(wrong, "LEAKS: {found}").expect("a string takes text");
        }
    }
    assert!(wrong.is_empty(), "these are wrong:\n{wrong}");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(written[1].lines().count(), rows.len(), "one JSON line a step");
}

/// Files that a write probe has left in the folders that it may write to.
fn left_over(world: &World) -> Vec<String> {
    let incoming = Path::new(world.get("home")).join("alice/incoming");
    let files = fs::read_dir(incoming).expect("alice's folder for uploads");
    files.map(|file| file.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// How many lines of vsftpd's log hold all of these.
fn log_lines(world: &World, words: &[&str]) -> usize {
    let log = fs::read_to_string(Path::new(world.get("log")).join("vsftpd_plain.ftp.log")).expect("the server's log");
    log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_refused_password_is_sent_once_in_a_run() {
    let world = World::load();
    let workspace = workspace();
    let row = row::ftp("refused", "$vsftpd_plain").set("username", "ghost-once").secret("canary-wrong-8Hd5");
    let (variable, secret) = row.write(&world, workspace.path(), "ghost", true, false);
    let step = "  - {name: again, app: ftp, connection: ghost}\n";
    for name in ["a", "b", "c"] {
        let text = format!("workflow: {name}\nsteps:\n{step}{step}");
        fs::write(workspace.path().join(format!("scenarios/{name}.yaml")), text).expect("a scenario");
    }
    let output = tugtest(workspace.path(), &["run", "--live", "--format", "json", "--retries", "2"])
        .env(variable, secret)
        .output()
        .expect("the tool runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let causes: Vec<_> = report["scenarios"]
        .as_array()
        .expect("it has scenarios")
        .iter()
        .flat_map(|scenario| scenario["steps"].as_array().expect("it has steps").iter())
        .map(|step| step["cause"].as_str().unwrap_or("null"))
        .collect();
    assert_eq!(causes.len(), 7);
    assert_eq!(causes.iter().filter(|cause| **cause == "credential-rejected").count(), 1, "{causes:?}");
    assert_eq!(causes.iter().filter(|cause| **cause == "already-rejected").count(), 6, "{causes:?}");
    assert_eq!(log_lines(&world, &["FTP command", "USER ghost-once"]), 1, "the server was asked once");
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn without_tls_on_offer_neither_user_nor_password_is_sent() {
    let world = World::load();
    let row = row::ftps("no TLS here", "ftps", "$vsftpd_plain").set("username", "ghost-tls");
    let wrong = run_alone(&world, 0, &row.fails("tls-not-offered", "tls"));
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(log_lines(&world, &["USER ghost-tls"]), 0, "the user's name went over the wire in clear");
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn sessions_side_by_side_resume_their_own_tls() {
    // Both servers refuse a data connection that does not resume the TLS session of just its own control connection. That is never
    // retried; a port that another session still holds is.
    let world = World::load();
    let workspace = workspace();
    let mut command = tugtest(
        workspace.path(),
        &["run", "--live", "--format", "json", "--jobs", "24", "--per-host", "12", "--retries", "2"],
    );
    for index in 0..24 {
        let (port, directory) =
            if index % 2 == 0 { ("$vsftpd_tls", "incoming") } else { ("$proftpd_tls", "/incoming") };
        let probe = serde_json::json!({"ftp": {"directory": directory, "write": true}});
        let row = row::ftps("side by side", "ftps", port).probe(probe);
        let (variable, secret) = row.write(&world, workspace.path(), &format!("side-{index:02}"), true, false);
        command.env(variable, secret);
    }
    let output = command.output().expect("the tool runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(left_over(&world), Vec::<String>::new(), "the write probe leaves files behind");
}
