//! Signals: the first lets running probes finish and completes the reports, the second ends at once.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::server::{Latch, OK, Reply, Server};
use crate::cli::workspace::{REPORT, Workspace, api, step};

/// A run under way: JSON lines on its standard output, a JSON and a JUnit report to come.
struct Running {
    workspace: Workspace,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// A run of three steps, one at a time, in this workspace.
    fn start(workspace: Workspace) -> Running {
        let words =
            "run --live --jobs 1 --retries 0 --format jsonl --output json=report.json --output junit=report.xml";
        let mut tool = workspace.tool(words);
        let mut child = tool.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the tool starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Running { workspace, child, lines }
    }

    /// The same against this server.
    fn against(server: &Server) -> Running {
        let steps = [step("First", ""), step("Second", ""), step("Third", "")];
        Running::start(
            Workspace::new()
                .with("connections/api.yaml", &api(&server.url(), ""))
                .with_steps("steps", steps.iter().map(String::as_str)),
        )
    }

    /// Sends the child a signal.
    fn signal(&self, name: &str) {
        let mut kill = Command::new("sh");
        kill.args(["-c", "kill \"$0\" \"$1\"", &format!("-{name}"), &self.child.id().to_string()]);
        assert!(kill.status().expect("a shell").success());
    }

    /// The name and the cause of the next step that is done.
    fn next(&mut self) -> (String, Value) {
        let line = self.lines.next().expect("a line").expect("text");
        let step: Value = serde_json::from_str(&line).expect("JSON");
        (step["name"].as_str().expect("a name").to_owned(), step["cause"].clone())
    }

    /// Waits for the end; gives the exit code and the causes in the JSON report, after a look at both reports.
    fn end(mut self) -> (Option<i32>, Vec<Value>) {
        let code = self.child.wait().expect("it ends").code();
        let report: Value = serde_json::from_str(&self.workspace.read("report.json")).expect("a complete report");
        assert!(REPORT.is_valid(&report), "{report}");
        let steps = report["scenarios"][0]["steps"].as_array().expect("steps").clone();
        let junit = self.workspace.read("report.xml");
        assert_eq!(junit.matches("<testcase").count(), steps.len(), "{junit}");
        assert!(junit.trim_end().ends_with("</testsuites>"), "{junit}");
        (code, steps.iter().map(|step| step["cause"].clone()).collect())
    }
}

/// Cancelled steps that are told of while the first one still runs.
fn await_cancelled(running: &mut Running) {
    for name in ["Second", "Third"] {
        assert_eq!(running.next(), (name.to_owned(), "cancelled".into()));
    }
}

fn drained(signal: &str) -> (Option<i32>, Vec<Value>) {
    let latch = Latch::default();
    let held = latch.clone();
    let server = Server::start(move |_| {
        held.pass();
        OK
    });
    let mut running = Running::against(&server);
    server.await_requests(1);
    running.signal(signal);
    await_cancelled(&mut running);
    latch.open();
    assert_eq!(running.next(), ("First".to_owned(), Value::Null));
    let ended = running.end();
    assert_eq!(server.requests().len(), 1, "nothing new was begun");
    ended
}

#[test]
fn the_first_interrupt_lets_the_running_step_finish() {
    assert_eq!(drained("INT"), (Some(130), vec![Value::Null, "cancelled".into(), "cancelled".into()]));
}

#[test]
fn terminated_is_143() {
    assert_eq!(drained("TERM"), (Some(143), vec![Value::Null, "cancelled".into(), "cancelled".into()]));
}

#[test]
fn the_second_interrupt_ends_at_once() {
    for second in ["INT", "TERM"] {
        let server = Server::start(|_| Reply::Silence);
        let mut running = Running::against(&server);
        server.await_requests(1);
        running.signal("INT");
        await_cancelled(&mut running);
        let signalled = Instant::now();
        running.signal(second);
        assert_eq!(running.next(), ("First".to_owned(), "cancelled".into()));
        let (code, causes) = running.end();
        assert_eq!((code, causes), (Some(130), vec![Value::from("cancelled"); 3]), "the first signal gives the code");
        assert!(signalled.elapsed() < Duration::from_secs(1), "{:?}", signalled.elapsed());
    }
}

#[test]
fn a_step_that_does_not_finish_is_waited_for_for_five_seconds() {
    let server = Server::start(|_| Reply::Silence);
    let mut running = Running::against(&server);
    server.await_requests(1);
    let signalled = Instant::now();
    running.signal("INT");
    await_cancelled(&mut running);
    let (code, causes) = running.end();
    assert_eq!((code, causes), (Some(130), vec![Value::from("cancelled"); 3]));
    let took = signalled.elapsed();
    assert!(took >= Duration::from_millis(4900) && took < Duration::from_millis(6500), "{took:?}");
}

#[test]
fn an_interrupt_while_secrets_are_resolved_sends_nothing() {
    let server = Server::start(|_| OK);
    // The command says that it runs, and then waits for somebody to unlock something.
    let slow =
        api(&server.url(), "").replace("{env: CANARY_API_KEY}", "{command: [sh, -c, \"echo > asked; exec sleep 60\"]}");
    let steps = [step("First", ""), step("Second", ""), step("Third", "")];
    let workspace =
        Workspace::new().with("connections/api.yaml", &slow).with_steps("steps", steps.iter().map(String::as_str));
    let asked = workspace.path("asked");
    let mut running = Running::start(workspace);
    let started = Instant::now();
    while !asked.exists() {
        assert!(started.elapsed() < Duration::from_secs(20), "the command was never run");
        std::thread::sleep(Duration::from_millis(5));
    }
    let signalled = Instant::now();
    running.signal("INT");
    assert_eq!(running.next(), ("First".to_owned(), "cancelled".into()));
    let ended = running.end();
    assert_eq!(ended, (Some(130), vec![Value::from("cancelled"); 3]));
    assert!(signalled.elapsed() < Duration::from_secs(1), "{:?}", signalled.elapsed());
    assert_eq!(server.requests().len(), 0);
}
