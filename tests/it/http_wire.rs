//! The wire over HTTP, against servers that answer exact bytes.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the right answer")]

mod confidential;

use std::io::Write;
use std::time::{Duration, Instant};

use tugtest::model::credential::Credential;
use tugtest::model::endpoint::{Address, Endpoint, StandIn};
use tugtest::model::evidence::{Direction, EvidenceLine, PhaseTime};
use tugtest::model::phase::Phase;
use tugtest::model::scrub::Scrubber;
use tugtest::model::secret::Secret;
use tugtest::wire::http::{Content, Request, Response};
use tugtest::wire::obstacle::Obstacle;
use tugtest::wire::tcp::Reach;
use tugtest::wire::tls::TlsObstacle;
use tugtest::wire::transcript::Transcript;
use tugtest::wire::{Limits, Wire};

use crate::http_server::{Act, Identity, Server, answer, json};

fn wire() -> Wire {
    let limits = Limits { connect: Duration::from_secs(2), total: Duration::from_millis(2500), ..Limits::default() };
    Wire::new(Reach::Anywhere, limits)
}

fn at(scheme: &str, host: &str, port: u16) -> Endpoint {
    Endpoint::real(Address { scheme: scheme.into(), host: host.into(), port })
}

fn plain(server: &Server) -> Endpoint {
    at("http", "127.0.0.1", server.address.port())
}

fn secret(value: &str) -> Content {
    Content::Secret { value: Secret::new(value), shown: "[secret:api_key]".to_owned() }
}

fn get(path: &str) -> Request {
    let (path, query, headers) = (path.to_owned(), Vec::new(), Vec::new());
    Request { method: "GET".into(), path, query, headers, body: None, confidential: false }
}

fn with_key(value: &str) -> Request {
    Request { headers: vec![("x-api-key".into(), secret(value))], ..get("/me") }
}

type Told = (Result<Response, Obstacle>, Vec<EvidenceLine>, Vec<PhaseTime>);

async fn told(wire: &Wire, endpoint: &Endpoint, credential: &Credential, request: Request) -> Told {
    let scrubber = Scrubber::new();
    let transcript = Transcript::begin(&scrubber);
    transcript.enter(Phase::Auth);
    let result = wire.exchange(endpoint, credential, request, &transcript).await;
    let (lines, phases) = transcript.finish();
    (result, lines, phases)
}

async fn exchange(wire: &Wire, endpoint: &Endpoint, request: Request) -> Result<Response, Obstacle> {
    told(wire, endpoint, &Credential::default(), request).await.0
}

async fn fails(act: Act) -> Obstacle {
    let server = Server::start(move |_| act.clone()).await;
    exchange(&wire(), &plain(&server), with_key("canary-key")).await.expect_err("no answer")
}

fn names(phases: &[PhaseTime]) -> Vec<&'static str> {
    phases.iter().map(|entry| entry.phase.name()).collect()
}

#[tokio::test]
async fn a_credential_is_sent_and_not_shown() {
    let server = Server::start(|_| Act::Answer(json("{}"))).await;
    let mut request = with_key("canary-header");
    request.query =
        vec![("page[size]".into(), Content::Open("1 2".to_owned())), ("key".into(), secret("canary+query&/="))];
    request.body = Some(Content::Open("hello".to_owned()));
    let (result, lines, _) = told(&wire(), &plain(&server), &Credential::default(), request).await;
    assert_eq!(result.unwrap().status, 200);
    let asked = &server.requests()[0];
    assert!(asked.starts_with("GET /me?page%5Bsize%5D=1%202&key=canary%2Bquery%26%2F%3D HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("\r\nx-api-key: canary-header\r\n") && asked.ends_with("\r\n\r\nhello"), "{asked}");
    assert!(!asked.contains("referer"), "{asked}");
    let sent: Vec<_> = lines.iter().filter(|line| line.direction == Direction::Sent).map(|line| &*line.text).collect();
    let host = format!("host: {}", server.address);
    assert_eq!(sent, ["GET /me?page[size]=1 2&key=[secret:api_key]", &*host, "x-api-key: [secret:api_key]", "hello"]);
    assert!(!format!("{lines:?}").contains("canary"));
}

#[tokio::test]
async fn connections_are_reused_and_phases_measured() {
    let server = Server::start(|_| Act::Answer(json("{}"))).await;
    let (wire, endpoint) = (wire(), at("http", "localhost", server.address.port()));
    let (_, _, first) = told(&wire, &endpoint, &Credential::default(), get("/")).await;
    assert_eq!(names(&first), ["dns", "connect", "auth"]);
    let (_, _, second) = told(&wire, &endpoint, &Credential::default(), get("/")).await;
    assert_eq!(names(&second), ["auth"]);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
    let (_, _, literal) = told(&wire, &plain(&server), &Credential::default(), get("/")).await;
    assert_eq!(names(&literal), ["connect", "auth"]);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let sink = Server::start(|_| Act::Answer(json("{}"))).await;
    let location = format!("{}/stolen", sink.url());
    for status in [301, 302, 303, 307, 308] {
        let location = location.clone();
        let server = Server::start(move |_| Act::Answer(answer(status, &[("location", &location)], ""))).await;
        let response = exchange(&wire(), &plain(&server), with_key("canary-key")).await.unwrap();
        assert_eq!(response.status, status);
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn a_double_is_reached_in_place_of_the_declared_host() {
    let double = Server::start(|_| Act::Answer(json("{}"))).await;
    let declared = Address { scheme: "https".into(), host: "a.klaviyo.com".into(), port: 443 };
    let effective = Some(StandIn { socket: double.address, certificate: None });
    let wire = Wire::new(Reach::LoopbackOnly, Limits::default());
    for _ in 0..2 {
        exchange(&wire, &Endpoint { declared: declared.clone(), effective: effective.clone() }, get("/api/accounts"))
            .await
            .unwrap();
    }
    assert!(double.requests()[0].starts_with("GET /api/accounts HTTP/1.1\r\n"));
    assert!(double.requests()[0].contains("\r\nhost: a.klaviyo.com\r\n"), "{}", double.requests()[0]);
    // A later double may get the same port, so its connections are not kept.
    assert_eq!(double.connections(), 2);
}

#[tokio::test]
async fn a_double_with_tls_shows_a_certificate_for_the_declared_host() {
    let identity = Identity::of(&["api.example.com"]);
    let double = Server::start_tls(identity.server(None, &["http/1.1"]), |_| Act::Answer(json("{}"))).await;
    let declared = Address { scheme: "https".into(), host: "api.example.com".into(), port: 443 };
    let wire = Wire::new(Reach::LoopbackOnly, Limits::default());
    let certificate = Some(identity.certificate.to_vec());
    let endpoint = Endpoint { declared, effective: Some(StandIn { socket: double.address, certificate }) };
    exchange(&wire, &endpoint, get("/")).await.unwrap();
    assert!(double.requests()[0].contains("\r\nhost: api.example.com\r\n"), "{}", double.requests()[0]);
    let stranger =
        Some(StandIn { socket: double.address, certificate: Some(Identity::of(&["x"]).certificate.to_vec()) });
    let obstacle = exchange(&wire, &Endpoint { effective: stranger, ..endpoint }, get("/")).await.unwrap_err();
    assert!(matches!(obstacle, Obstacle::Tls(TlsObstacle::Untrusted { .. })), "{obstacle:?}");
}

#[tokio::test]
async fn a_mocked_run_cannot_leave_loopback() {
    let wire = Wire::new(Reach::LoopbackOnly, Limits::default());
    for host in ["10.0.0.1", "example.com", "0x0a000001", "::ffff:10.0.0.1"] {
        let obstacle = exchange(&wire, &at("http", host, 80), get("/")).await.unwrap_err();
        assert!(matches!(obstacle, Obstacle::DestinationRefused(_)), "{host}: {obstacle:?}");
    }
    let stand_in = StandIn { socket: "10.0.0.1:80".parse().unwrap(), certificate: None };
    let endpoint = Endpoint { effective: Some(stand_in), ..at("http", "example.com", 80) };
    assert!(matches!(exchange(&wire, &endpoint, get("/")).await, Err(Obstacle::DestinationRefused(_))));
}

#[tokio::test]
async fn metadata_addresses_are_refused_in_every_spelling() {
    for host in ["169.254.169.254", "0xa9fea9fe", "2852039166", "::ffff:a9fe:a9fe", "0.0.0.0"] {
        let obstacle = exchange(&wire(), &at("http", host, 80), get("/")).await.unwrap_err();
        assert!(matches!(obstacle, Obstacle::DestinationRefused(_)), "{host}: {obstacle:?}");
    }
}

#[tokio::test]
async fn transport_trouble_is_typed() {
    assert_eq!(fails(Act::Silence).await, Obstacle::ResponseTimeout(Phase::Auth, Duration::from_millis(2500)));
    assert_eq!(fails(Act::Reset).await, Obstacle::Closed(Phase::Auth));
    assert_eq!(fails(Act::AnswerAndClose(Vec::new())).await, Obstacle::Closed(Phase::Auth));
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec();
    assert_eq!(fails(Act::AnswerAndClose(cut)).await, Obstacle::Closed(Phase::Auth));
    let cut = b"HTTP/1.1 200 OK\r\ncontent-le".to_vec();
    assert_eq!(fails(Act::AnswerAndClose(cut)).await, Obstacle::Closed(Phase::Auth));
    let closed = at("http", "127.0.0.1", 1);
    assert_eq!(exchange(&wire(), &closed, get("/")).await.unwrap_err(), Obstacle::ConnectRefused);
    let unknown = at("https", "shop.invalid", 443);
    assert_eq!(exchange(&wire(), &unknown, get("/")).await.unwrap_err(), Obstacle::HostNotFound);
}

#[tokio::test]
async fn other_protocols_are_named_and_never_see_the_credential() {
    let ssh = Server::start(|_| Act::Greet(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n".to_vec())).await;
    let obstacle = exchange(&wire(), &plain(&ssh), with_key("canary-key")).await.unwrap_err();
    assert_eq!(obstacle, Obstacle::Protocol("SSH".to_owned()));
    let ftp = Server::start(|head| match head {
        "" => Act::Greet(b"220 (vsFTPd 3.0.3)\r\n".to_vec()),
        _ => Act::Answer(b"530 Please login with USER and PASS.\r\n".to_vec()),
    })
    .await;
    let obstacle = exchange(&wire(), &plain(&ftp), get("/")).await.unwrap_err();
    assert_eq!(obstacle, Obstacle::Protocol("FTP or SMTP".to_owned()));
    let garbage = fails(Act::AnswerAndClose(b"\x00\x01\x02 what\r\n\r\n".to_vec())).await;
    assert!(matches!(garbage, Obstacle::Malformed(_)), "{garbage:?}");
    let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n".to_vec();
    let garbage = fails(Act::Answer(chunks)).await;
    assert!(matches!(&garbage, Obstacle::Malformed(what) if what.contains("body")), "{garbage:?}");
}

#[tokio::test]
async fn tls_on_a_plain_port_and_the_reverse_are_seen() {
    let identity = Identity::of(&["localhost"]);
    let tls = Server::start_tls(identity.server(None, &[]), |_| Act::Answer(json("{}"))).await;
    let obstacle = exchange(&wire(), &plain(&tls), with_key("canary-key")).await.unwrap_err();
    assert!(matches!(&obstacle, Obstacle::Protocol(name) if name.starts_with("TLS")), "{obstacle:?}");
    let plain = Server::start(|_| Act::Greet(answer(400, &[], "bad"))).await;
    let endpoint = at("https", "127.0.0.1", plain.address.port());
    let (result, _, phases) = told(&wire(), &endpoint, &Credential::default(), with_key("canary-key")).await;
    assert_eq!(result.unwrap_err(), Obstacle::Tls(TlsObstacle::NotTls));
    assert_eq!(names(&phases), ["connect", "tls"]);
    assert!(plain.requests().is_empty());
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_cannot_prove_itself() {
    for identity in [Identity::of(&["localhost"]), Identity::authority(&["localhost"])] {
        let server = Server::start_tls(identity.server(None, &[]), |_| Act::Answer(json("{}"))).await;
        let endpoint = at("https", "localhost", server.address.port());
        let obstacle = exchange(&wire(), &endpoint, with_key("canary-key")).await.unwrap_err();
        assert!(matches!(obstacle, Obstacle::Tls(TlsObstacle::Untrusted { self_signed: true, .. })), "{obstacle:?}");
        assert!(server.requests().is_empty());
    }
}

/// A credential with files for TLS.
fn with_files(files: &[(&str, &str)], folder: &tempfile::TempDir) -> Credential {
    let mut credential = Credential::default();
    for (field, pem) in files {
        let path = folder.path().join(field);
        std::fs::write(&path, pem).unwrap();
        credential.public.insert((*field).into(), path.to_str().unwrap().into());
    }
    credential
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_for_its_name() {
    let (identity, folder) = (Identity::of(&["localhost"]), tempfile::tempdir().unwrap());
    let server = Server::start_tls(identity.server(None, &["http/1.1"]), |_| Act::Answer(json("{}"))).await;
    let credential = with_files(&[("ca_file", &identity.pem)], &folder);
    let (wire, port) = (wire(), server.address.port());
    let (result, _, phases) = told(&wire, &at("https", "localhost", port), &credential, with_key("canary-key")).await;
    assert_eq!(result.unwrap().status, 200);
    assert_eq!(names(&phases), ["dns", "connect", "tls", "auth"]);
    let (result, ..) = told(&wire, &at("https", "127.0.0.1", port), &credential, with_key("canary-key")).await;
    assert_eq!(result.unwrap_err(), Obstacle::Tls(TlsObstacle::NameMismatch(vec!["localhost".to_owned()])));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_missing_client_certificate_is_named() {
    let (identity, client, folder) =
        (Identity::of(&["localhost"]), Identity::of(&["client"]), tempfile::tempdir().unwrap());
    let server = Server::start_tls(identity.server(Some(&client), &[]), |_| Act::Answer(json("{}"))).await;
    let credential = with_files(&[("ca_file", &identity.pem)], &folder);
    let endpoint = at("https", "localhost", server.address.port());
    let (result, ..) = told(&wire(), &endpoint, &credential, with_key("canary-key")).await;
    assert_eq!(result.unwrap_err(), Obstacle::Tls(TlsObstacle::ClientCertificateRequired));
}

#[tokio::test]
async fn a_secret_that_no_header_can_carry_is_described_and_not_sent() {
    let server = Server::start(|_| Act::Answer(json("{}"))).await;
    for (value, flaw) in [
        ("canary\nx", "a line break"),
        ("canary\r\nx: y", "a line break"),
        ("canary\0", "a NUL byte"),
        ("canary\u{85}", "a character beyond ASCII"),
        ("canary\u{1b}", "a control character"),
    ] {
        let obstacle = exchange(&wire(), &plain(&server), with_key(value)).await.unwrap_err();
        let Obstacle::Setting(what, _) = &obstacle else { panic!("{obstacle:?}") };
        assert!(what.contains(flaw) && what.contains(&format!("{} bytes", value.len())), "{what}");
        assert!(!what.contains("canary"), "{what}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_bomb_is_cut_at_the_limit() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..64 {
        bomb.write_all(&zeros).unwrap();
    }
    let bomb = answer(200, &[("content-encoding", "gzip")], bomb.finish().unwrap());
    assert!(bomb.len() < 1 << 20);
    let server = Server::start(move |_| Act::Answer(bomb.clone())).await;
    let response = exchange(&wire(), &plain(&server), get("/")).await.unwrap();
    assert_eq!((response.body.len(), response.truncated), (8 << 20, true));
}

#[tokio::test]
async fn a_broken_encoding_is_malformed() {
    let server = Server::start(|_| Act::Answer(answer(200, &[("content-encoding", "gzip")], "no gzip at all"))).await;
    let obstacle = exchange(&wire(), &plain(&server), get("/")).await.unwrap_err();
    assert!(matches!(&obstacle, Obstacle::Malformed(what) if what.contains("content-encoding")), "{obstacle:?}");
}

#[tokio::test]
async fn heads_are_bounded() {
    let filler = "x".repeat(1000);
    let long: Vec<_> = (0..70).map(|_| ("x-filler", filler.as_str())).collect();
    let many: Vec<_> = (0..2000).map(|_| ("x-many", "1")).collect();
    for headers in [long, many] {
        let head = answer(200, &headers, "{}");
        let server = Server::start(move |_| Act::Answer(head.clone())).await;
        let obstacle = exchange(&wire(), &plain(&server), get("/")).await.unwrap_err();
        assert!(matches!(&obstacle, Obstacle::Malformed(what) if what.contains("head")), "{obstacle:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_ends_at_the_deadline() {
    let server = Server::start(|_| Act::Answer(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec())).await;
    let begun = Instant::now();
    let obstacle = exchange(&wire(), &plain(&server), get("/")).await.unwrap_err();
    assert!(matches!(obstacle, Obstacle::ResponseTimeout(Phase::Auth, _)), "{obstacle:?}");
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn only_a_named_proxy_is_used() {
    let proxy = Server::start(|_| Act::AnswerAndClose(answer(407, &[], ""))).await;
    let mut credential = Credential::default();
    credential.public.insert("proxy".into(), proxy.url().into());
    let (result, ..) = told(&wire(), &at("http", "shop.example", 80), &credential, get("/me")).await;
    assert_eq!(result.unwrap().status, 407);
    assert!(proxy.requests()[0].starts_with("GET http://shop.example/me HTTP/1.1\r\n"), "{}", proxy.requests()[0]);
    let (result, ..) = told(&wire(), &at("https", "shop.example", 443), &credential, with_key("canary-key")).await;
    assert!(matches!(result.unwrap_err(), Obstacle::Proxy(_)));
    assert!(proxy.requests()[1].starts_with("CONNECT shop.example:443 HTTP/1.1\r\n"));
    assert!(!proxy.requests()[1].contains("canary"));
    credential.public.insert("proxy".into(), "http://127.0.0.1:1".into());
    let (result, ..) = told(&wire(), &at("https", "shop.example", 443), &credential, get("/")).await;
    assert!(matches!(result.unwrap_err(), Obstacle::Proxy(what) if what.contains("nothing listens")));
    for refused in ["http://user:canary@127.0.0.1:1", "socks5://127.0.0.1:1", "nonsense"] {
        credential.public.insert("proxy".into(), refused.into());
        let (result, ..) = told(&wire(), &at("https", "shop.example", 443), &credential, get("/")).await;
        assert!(matches!(result.unwrap_err(), Obstacle::Setting(what, _) if !what.contains("canary")), "{refused}");
    }
}
