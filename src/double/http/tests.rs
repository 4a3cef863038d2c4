//! The HTTP double, asked as curl would ask.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::model::challenge::challenges;
use crate::model::fixture::{ExpectedLogin, ExpectedRequest, Fault};
use crate::model::secret::Secret;
use crate::sign::digest::Proof;

async fn raise(exchanges: &[HttpExchange], credential: &Credential) -> io::Result<HttpDouble> {
    super::raise(exchanges, credential, None).await
}

fn credential() -> Credential {
    let mut credential = Credential::default();
    credential.secrets.insert("api_key".into(), Secret::new("canary-key"));
    credential
}

fn exchange(path: &str, status: u16, body: CannedBody) -> HttpExchange {
    HttpExchange {
        request: ExpectedRequest {
            method: "GET".into(),
            path: path.into(),
            query: vec![],
            headers: vec![("authorization".into(), "Bearer {{api_key}}".into())],
            ..ExpectedRequest::default()
        },
        response: CannedResponse { status, headers: vec![], body, delay: None, fault: None },
    }
}

fn faulty(fault: Fault) -> HttpExchange {
    let mut exchange = exchange("/", 200, CannedBody::Text("all of it".into()));
    exchange.response.fault = Some(fault);
    exchange
}

/// Asks as curl would and reads everything that comes.
async fn get(double: &HttpDouble, path: &str) -> io::Result<String> {
    ask(double, path, "authorization: Bearer canary-key\r\n").await
}

async fn ask(double: &HttpDouble, path: &str, lines: &str) -> io::Result<String> {
    #[expect(clippy::disallowed_methods, reason = "the test is the client")]
    let mut client = TcpStream::connect(double.stand_in().socket).await?;
    let head = format!("GET {path} HTTP/1.1\r\nhost: a.test\r\n{lines}");
    client.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn exchanges_are_used_in_order_and_the_last_repeats() {
    let exchanges =
        [exchange("/a", 503, CannedBody::Empty), exchange("/a", 200, CannedBody::Json(json!({"ok": true})))];
    let double = raise(&exchanges, &credential()).await.unwrap();
    assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 503"));
    for _ in 0..2 {
        let answer = get(&double, "/a").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("content-type: application/json") && answer.ends_with(r#"{"ok":true}"#), "{answer}");
    }
    assert_eq!(double.finish(), None);
}

#[tokio::test]
async fn an_unmatched_request_is_answered_404_and_told_at_the_end() {
    let double = raise(&[exchange("/a", 200, CannedBody::Empty)], &credential()).await.unwrap();
    let answer = get(&double, "/b").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("not in the fixture"), "{answer}");
    assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 200"));
    let mismatch = double.finish().unwrap();
    assert_eq!(mismatch.request, "GET /b");
    assert_eq!(mismatch.differences, ["path: expected /a, got /b"]);
}

#[tokio::test]
async fn the_next_double_remembers_nothing() {
    let double = raise(&[], &credential()).await.unwrap();
    get(&double, "/a").await.unwrap();
    assert_eq!(double.finish().unwrap().nearest, None);
    let double = raise(&[exchange("/a", 200, CannedBody::Empty)], &credential()).await.unwrap();
    assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(double.finish(), None);
}

#[tokio::test]
async fn an_answer_may_echo_a_field_and_keeps_its_own_type() {
    let mut echo = exchange("/a", 401, CannedBody::Text("bad key {{api_key}}".into()));
    echo.response.headers = vec![("Content-Type".into(), "text/html".into()), ("Content-Length".into(), "3".into())];
    let double = raise(&[echo], &credential()).await.unwrap();
    let answer = get(&double, "/a").await.unwrap();
    assert!(answer.ends_with("bad key canary-key") && answer.contains("content-type: text/html\r\n"), "{answer}");
}

#[tokio::test]
async fn faults_reach_the_client() {
    let reset = raise(&[faulty(Fault::Reset)], &credential()).await.unwrap();
    assert_eq!(get(&reset, "/").await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    let close = raise(&[faulty(Fault::Close)], &credential()).await.unwrap();
    assert_eq!(get(&close, "/").await.unwrap(), "");
    let garbage = raise(&[faulty(Fault::Garbage)], &credential()).await.unwrap();
    assert!(!get(&garbage, "/").await.unwrap().contains("HTTP"));
    let truncate = raise(&[faulty(Fault::Truncate)], &credential()).await.unwrap();
    let cut = get(&truncate, "/").await.unwrap();
    assert!(cut.contains("content-length: 9\r\n") && cut.ends_with("all "), "{cut}");
    let slow = raise(&[faulty(Fault::Slow)], &credential()).await.unwrap();
    let began = Instant::now();
    let whole = get(&slow, "/").await.unwrap();
    assert!(whole.ends_with("all of it") && !whole.contains(gate::MARK), "{whole}");
    assert!(began.elapsed() > Duration::from_millis(500));
}

#[tokio::test]
async fn a_gate_passes_what_has_no_fault_and_silence_waits() {
    let mut other = exchange("/fine", 200, CannedBody::Text("fine".into()));
    other.response.delay = Some(Duration::from_millis(60));
    let double = raise(&[faulty(Fault::Silence), other], &credential()).await.unwrap();
    let began = Instant::now();
    assert!(get(&double, "/fine").await.unwrap().ends_with("fine"));
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert!(get(&double, "/gone").await.unwrap().starts_with("HTTP/1.1 404"));
    let silent = tokio::time::timeout(Duration::from_millis(100), get(&double, "/")).await;
    assert!(silent.is_err());
}

#[tokio::test]
async fn what_cannot_be_served_is_an_error_not_a_panic() {
    let mut broken = exchange("/a", 200, CannedBody::Empty);
    broken.response.headers = vec![("x".into(), "a\r\nb".into())];
    assert_eq!(raise(&[broken], &credential()).await.err().map(|e| e.kind()), Some(io::ErrorKind::InvalidInput));
    let early = exchange("/a", 101, CannedBody::Empty);
    assert_eq!(raise(&[early], &credential()).await.err().map(|e| e.kind()), Some(io::ErrorKind::InvalidInput));
}

/// An exchange that wants HTTP Digest.
fn guarded(path: &str, status: u16) -> HttpExchange {
    let login = ExpectedLogin {
        username: "ann".into(),
        password: "{{api_key}}".into(),
        algorithm: Some("MD5".into()),
        ..ExpectedLogin::default()
    };
    let mut exchange = exchange(path, status, CannedBody::Empty);
    exchange.request.headers.clear();
    exchange.request.digest = Some(login);
    exchange
}

/// The header that answers the challenge of an answer.
fn answer_to(answer: &str, path: &str, count: u32) -> String {
    let line = answer.lines().find_map(|line| line.strip_prefix("www-authenticate: ")).expect("a challenge");
    let challenge = crate::sign::digest::choose(&challenges(line)).expect("one").expect("a usable one");
    let (user, password) = (Secret::new("ann"), Secret::new("canary-key"));
    let proof = Proof {
        algorithm: challenge.algorithm,
        qop: challenge.qop,
        key: crate::sign::digest::Login { user: &user, password: &password }.key(
            challenge.algorithm,
            &challenge.realm,
            &challenge.nonce,
            "c",
        ),
        nonce: challenge.nonce,
        cnonce: "c".to_owned(),
        count,
        uri: path.to_owned(),
    };
    let response = String::from_utf8_lossy(super::super::template::open(&proof.response("GET", b""))).into_owned();
    format!(
        "authorization: Digest username=\"ann\", realm=\"{}\", nonce=\"{}\", uri=\"{path}\", opaque=\"{}\", algorithm=MD5, qop=auth, \
         nc={}, cnonce=\"c\", response=\"{response}\"\r\n",
        challenge.realm,
        proof.nonce,
        challenge.opaque.unwrap_or_default(),
        proof.counted()
    )
}

#[tokio::test]
async fn a_challenge_is_given_out_and_each_answer_taken_once() {
    let busy = exchange("/a", 503, CannedBody::Empty);
    let double = raise(&[busy, guarded("/a", 200), guarded("/b", 401)], &credential()).await.unwrap();
    assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 503"), "what comes before comes first");
    let challenge = ask(&double, "/a", "").await.unwrap();
    assert!(challenge.starts_with("HTTP/1.1 401"), "{challenge}");
    let answer = answer_to(&challenge, "/a", 1);
    let taken = ask(&double, "/a", &answer).await.unwrap();
    assert!(taken.starts_with("HTTP/1.1 200") && taken.contains("authentication-info: rspauth="), "{taken}");
    assert!(ask(&double, "/a", &answer_to(&challenge, "/a", 2)).await.unwrap().starts_with("HTTP/1.1 200"));
    let refused = ask(&double, "/b", &answer_to(&challenge, "/b", 3)).await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 401") && refused.contains("www-authenticate: Digest"), "{refused}");
    assert!(ask(&double, "/b", &answer_to(&refused, "/b", 1)).await.unwrap().starts_with("HTTP/1.1 401"));
    assert!(ask(&double, "/a", &answer).await.unwrap().starts_with("HTTP/1.1 404"), "the same answer again");
    assert_eq!(double.finish().unwrap().request, "GET /a");
}
