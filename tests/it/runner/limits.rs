//! What is sent at once, and what is never sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cli::server::{Latch, OK, Reply, Server};
use crate::cli::workspace::{Workspace, api, step};

#[test]
fn a_rejected_key_is_sent_once_whatever_the_number_of_steps() {
    let server = Server::start(|_| Reply::Status(401, "", r#"{"error":"invalid key"}"#));
    let steps: Vec<String> = (0..50).map(|number| step(&format!("Step {number}"), "")).collect();
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with_steps("a", steps[..30].iter().map(String::as_str))
        .with_steps("b", steps[30..].iter().map(String::as_str));
    let ended = workspace.run("run --live --jobs 16 --per-host 16 --retries 5 --format json").ends_with(1);
    assert_eq!(server.requests().len(), 1);
    let causes = ended.causes();
    assert_eq!(causes.iter().filter(|cause| *cause == "credential-rejected").count(), 1);
    assert_eq!(causes.iter().filter(|cause| *cause == "already-rejected").count(), 49);
    for step in ended.steps().iter().filter(|step| step["cause"] == "already-rejected") {
        assert_eq!((&step["attempts"], &step["verdict"]), (&0.into(), &"fail".into()));
        assert!(step["message"].as_str().is_some_and(|message| message.contains("Step 0")), "{step}");
    }
}

#[test]
fn every_connection_is_judged_by_itself() {
    // The same key in two connections is two credentials: each is sent once.
    let server = Server::start(|_| Reply::Status(401, "", "{}"));
    let steps = ["one", "two", "one", "two"].map(|connection| step("A", &format!("connection: {connection}")));
    let workspace = Workspace::new()
        .with("connections/one.yaml", &api(&server.url(), ""))
        .with("connections/two.yaml", &api(&server.url(), ""))
        .with_steps("steps", steps.iter().map(String::as_str));
    let causes = workspace.run("run --live --format json").ends_with(1).causes();
    assert_eq!(causes, ["credential-rejected", "credential-rejected", "already-rejected", "already-rejected"]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_failure_that_rejects_nothing_lets_the_others_try() {
    for (status, cause) in [(403, "forbidden"), (404, "not-found"), (500, "provider-error")] {
        let server = Server::start(move |_| Reply::Status(status, "", "{}"));
        let steps = [step("A", ""), step("B", ""), step("C", "")];
        let workspace = Workspace::new()
            .with("connections/api.yaml", &api(&server.url(), ""))
            .with_steps("steps", steps.iter().map(String::as_str));
        let ended = workspace.run("run --live --retries 0 --format json");
        assert_eq!(ended.causes(), [cause; 3]);
        assert_eq!(server.requests().len(), 3, "{status}");
        assert_eq!(server.most_in_flight(), 1, "{status}: until it was accepted, one at a time");
    }
}

#[test]
fn the_limit_for_a_host_holds_and_holds_up_no_other_host() {
    let (latch, quick_ones) = (Latch::default(), Arc::new(AtomicUsize::new(0)));
    let (held, opener) = (latch.clone(), latch);
    // The busy server answers nobody until the other one has answered everybody.
    let busy = Server::start(move |_| {
        held.pass();
        std::thread::sleep(std::time::Duration::from_millis(10)); // time for one too many to come
        OK
    });
    let quick = Server::start(move |_| {
        if quick_ones.fetch_add(1, Ordering::SeqCst) + 1 == 12 {
            opener.open();
        }
        OK
    });
    let mut workspace = Workspace::new();
    let mut steps = Vec::new();
    for number in 0..12 {
        for (name, server) in [("busy", &busy), ("quick", &quick)] {
            let connection = format!("{name}-{number}");
            workspace = workspace.with(&format!("connections/{connection}.yaml"), &api(&server.url(), ""));
            steps.push(step(&connection, &format!("connection: {connection}")));
        }
    }
    steps.sort(); // all busy ones first
    let workspace = workspace.with_steps("steps", steps.iter().map(String::as_str));
    workspace.run("run --live --jobs 8 --per-host 3").ends_with(0);
    assert_eq!((busy.requests().len(), quick.requests().len()), (12, 12));
    assert_eq!(busy.most_in_flight(), 3, "as many as allowed, and not one more");
    assert!(quick.most_in_flight() <= 3, "{}", quick.most_in_flight());
}

#[test]
fn jobs_bound_the_whole_run() {
    let server = Server::start(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10)); // time for one too many to come
        OK
    });
    let mut workspace = Workspace::new();
    let steps: Vec<String> = (0..10).map(|number| step("A", &format!("connection: c{number}"))).collect();
    for number in 0..10 {
        workspace = workspace.with(&format!("connections/c{number}.yaml"), &api(&server.url(), ""));
    }
    let workspace = workspace.with_steps("steps", steps.iter().map(String::as_str));
    workspace.run("run --live --jobs 2 --per-host 100").ends_with(0);
    assert_eq!(server.most_in_flight(), 2);
}
