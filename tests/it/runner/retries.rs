//! What is tried again, how often, and after what pause.

use std::time::{Duration, Instant};

use crate::cli::server::{OK, Reply, Server};
use crate::cli::workspace::{Ended, Workspace, api, step};

/// Runs one live step against a server.
fn probe(server: &Server, words: &str) -> Ended {
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with_steps("steps", [step("A", "").as_str()]);
    workspace.run(&format!("run --live --format json {words}"))
}

#[test]
fn a_server_that_asks_for_a_second_gets_it() {
    let server = Server::start(|request| match request.number {
        1 => Reply::Status(429, "retry-after: 1\r\n", "{}"),
        _ => OK,
    });
    let ended = probe(&server, "").ends_with(0);
    assert_eq!((&ended.step()["verdict"], &ended.step()["attempts"]), (&"pass".into(), &2.into()));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let gap = requests[1].at - requests[0].at;
    assert!(gap >= Duration::from_millis(950) && gap <= Duration::from_millis(1600), "{gap:?}");
}

#[test]
fn strange_wishes_neither_hang_nor_break_anything() {
    for (wish, most) in [
        ("retry-after: 999999\r\n", 1),
        ("retry-after: 99999999999999999999999999\r\n", 2),
        ("retry-after: -1\r\n", 2),
        ("retry-after: x\r\n", 2),
        ("retry-after: \r\n", 2),
        ("retry-after: 0\r\n", 2),
        ("retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 2),
        ("retry-after: Mon, 21 Oct 2115 07:28:00 GMT\r\n", 1),
    ] {
        let server = Server::start(move |_| Reply::Status(429, wish, "{}"));
        let started = Instant::now();
        let ended = probe(&server, "--retries 1").ends_with(3);
        let step = ended.step();
        assert_eq!(step["cause"], "rate-limited", "{wish}");
        assert!(started.elapsed() < Duration::from_secs(3), "{wish} took {:?}", started.elapsed());
        let sent = server.requests().len();
        assert!((1..=most).contains(&sent), "{wish} {sent} requests");
        assert_eq!(step["attempts"], sent, "{wish}");
    }
}

#[test]
fn refusals_are_asked_once() {
    for status in [400, 401, 403, 404, 301] {
        let server = Server::start(move |_| Reply::Status(status, "", "{}"));
        let ended = probe(&server, "--retries 5");
        assert_eq!(server.requests().len(), 1, "{status}");
        let step = ended.step();
        assert_eq!((&step["attempts"], &step["retryable"]), (&1.into(), &false.into()), "{status}: {step}");
    }
}

#[test]
fn a_reset_is_tried_again() {
    let server = Server::start(|request| if request.number == 1 { Reply::Reset } else { OK });
    let ended = probe(&server, "--retries 1").ends_with(0);
    assert_eq!(ended.step()["attempts"], 2);
    let server = Server::start(|_| Reply::Reset);
    let ended = probe(&server, "--retries 9").ends_with(3);
    assert_eq!(ended.step()["cause"], "connection-reset");
    assert_eq!(server.requests().len(), 3, "a transport failure is tried again twice at most");
    let server = Server::start(|_| Reply::Reset);
    probe(&server, "--retries 0").ends_with(3);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn provider_faults_are_tried_again_as_often_as_asked() {
    let server =
        Server::start(|request| if request.number <= 3 { Reply::Status(503, "retry-after: 0\r\n", "") } else { OK });
    let ended = probe(&server, "--retries 3").ends_with(0);
    assert_eq!(ended.step()["attempts"], server.requests().len());
}
