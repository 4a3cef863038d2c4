//! Clients that obtain a token themselves.

use super::{STEP, is_token, provider, token_requests};
use crate::cli::server::{OK, Reply, Server};
use crate::cli::workspace::{Ended, Workspace, run};
use crate::leaks::scanner::{Wanted, scan};

/// Characters that mean something in a form, in HTTP Basic and in a URL.
const SECRET: &str = "canary p%: +/=&\u{e4}";

fn workspace(server: &Server, more: &str) -> Workspace {
    let url = server.url();
    let fields = format!(
        "  base_url: {url}\n  token_url: {url}/token\n  client_id: \"weird:id\"\n  client_secret: {{env: CANARY_SECRET}}\n{more}"
    );
    Workspace::new()
        .with("connections/eu.yaml", &format!("app: http\ntype: oauth2\nfields:\n{fields}"))
        .with_steps("a", [STEP, STEP])
}

fn live(workspace: &Workspace, words: &str) -> Ended {
    run(workspace.tool(&format!("run --live --format json {words}")).env("CANARY_SECRET", SECRET))
}

#[test]
fn id_and_secret_are_form_encoded_before_they_are_joined() {
    let server = provider();
    let ended = live(&workspace(&server, ""), "").ends_with(0);
    assert_eq!(ended.causes(), ["pass", "pass"]);
    let request = &token_requests(&server)[0].head;
    // RFC 6749 section 2.3.1 and appendix B: base64 of `weird%3Aid:canary+p%25%3A+%2B%2F%3D%26%C3%A4`.
    let expected = "authorization: Basic d2VpcmQlM0FpZDpjYW5hcnkrcCUyNSUzQSslMkIlMkYlM0QlMjYlQzMlQTQ=";
    assert!(request.contains(expected), "{request}");
    assert!(request.ends_with("\r\n\r\ngrant_type=client_credentials"), "{request}");
}

#[test]
fn steps_that_share_a_client_share_its_token() {
    let server = provider();
    live(&workspace(&server, ""), "").ends_with(0);
    assert_eq!((token_requests(&server).len(), server.requests().len()), (1, 3));
}

#[test]
fn a_client_may_prove_itself_in_the_form_or_not_at_all() {
    let server = provider();
    live(&workspace(&server, "  client_auth: post\n  scopes: [read, write]\n"), "").ends_with(0);
    live(&workspace(&server, "  client_auth: none\n"), "").ends_with(0);
    let bodies: Vec<String> = token_requests(&server)
        .iter()
        .map(|request| request.head.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
        .collect();
    let posted = "grant_type=client_credentials&scope=read+write&client_id=weird%3Aid&client_secret=canary+p%25%3A+%2B%2F%3D%26%C3%A4";
    assert_eq!(bodies, [posted, "grant_type=client_credentials&client_id=weird%3Aid"]);
    assert!(token_requests(&server).iter().all(|request| !request.head.contains("authorization:")));
}

#[test]
fn a_refused_client_is_sent_once() {
    let server = Server::start(|_| Reply::Status(401, "", r#"{"error": "invalid_client"}"#));
    let ended = live(&workspace(&server, ""), "--retries 5").ends_with(1);
    assert_eq!(ended.causes(), ["client-rejected", "already-rejected"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_token_that_nobody_has_seen_before_is_masked_wherever_it_comes_again() {
    let server = Server::start(|request| match () {
        () if is_token(request) => Reply::Status(
            200,
            "",
            r#"{"access_token": "canary-fresh/token+1", "id_token": "canary-id-token", "authed_user": {"access_token": "canary-user-token"}, "blob": "canary-blob", "list": ["canary-list"], "expires_in": 60}"#,
        ),
        () => Reply::Status(
            403,
            "",
            r#"{"error": "no scope for canary-fresh/token+1", "url": "/x?t=canary-fresh%2Ftoken%2B1", "id": "canary-id-token", "user": "canary-user-token"}"#,
        ),
    });
    for format in ["human", "json", "jsonl", "junit"] {
        let workspace = workspace(&server, "");
        let ended = run(workspace.tool(&format!("run --live --trace --format {format}")).env("CANARY_SECRET", SECRET));
        let secrets =
            ["canary-fresh/token+1", "canary-id-token", "canary-user-token", "canary-blob", "canary-list", SECRET];
        let wanted = secrets.map(|secret| Wanted::new("token", secret));
        for text in [&ended.stdout, &ended.stderr] {
            assert_eq!(scan(format, text.as_bytes(), &wanted), [""; 0], "{text}");
        }
        assert!(ended.stdout.contains("secret:eu.access_token"), "{}", ended.stdout);
    }
}

#[test]
fn a_token_answer_in_no_known_form_is_not_quoted() {
    let server = Server::start(|_| Reply::Status(200, "", "canary-raw-token"));
    let ended = live(&workspace(&server, ""), "--trace").ends_with(1);
    assert_eq!(ended.causes()[0], "unexpected-response");
    assert!(!ended.stdout.contains("canary-raw"), "{}", ended.stdout);
}

#[test]
fn a_slow_server_is_no_refusal() {
    let server = Server::start(|request| if is_token(request) { Reply::Silence } else { OK });
    let ended = live(&workspace(&server, ""), "--timeout 300ms --retries 0").ends_with(3);
    assert_eq!(ended.causes()[0], "response-timeout");
}

/// The published key of RFC 8037 appendix A.1, as PKCS#8.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

/// The claims of the assertion in a request.
fn claims(request: &crate::cli::server::Request) -> serde_json::Value {
    use base64::Engine as _;
    let (_, rest) = request.head.split_once("client_assertion=").expect("an assertion");
    let claims = rest.split('.').nth(1).expect("three parts");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("base64");
    serde_json::from_slice(&claims).expect("claims")
}

#[test]
fn an_assertion_is_made_anew_once_by_the_servers_clock() {
    // An hour ahead of the tests' own clock would do; a date of its own makes it plain.
    let dated = |status, body| Reply::Status(status, "date: Fri, 01 Jan 2100 00:00:00 GMT\r\n", body);
    for (good, expected, requests) in [(true, "pass", 3), (false, "client-rejected", 2)] {
        let server = Server::start(move |request| match request.number {
            _ if !is_token(request) => Reply::Status(200, "", r#"{"id": 7}"#),
            2 if good => dated(200, r#"{"access_token": "canary-access-1", "expires_in": 60}"#),
            _ => dated(401, r#"{"error": "invalid_client"}"#),
        });
        let url = server.url();
        let fields = format!(
            "  base_url: {url}\n  token_url: {url}/token\n  client_id: acme\n  private_key: {{env: CANARY_KEY}}\n"
        );
        let workspace = Workspace::new()
            .with("connections/eu.yaml", &format!("app: http\ntype: oauth2\nfields:\n{fields}"))
            .with_steps("a", [STEP]);
        let ended = run(workspace.tool("run --live --format json --retries 5").env("CANARY_KEY", KEY));
        let step = ended.step();
        assert_eq!(step["cause"].as_str().unwrap_or("pass"), expected, "{step}");
        assert_eq!(server.requests().len(), requests);
        let asked = token_requests(&server);
        let made = |at: usize| claims(&asked[at])["iat"].as_u64().expect("a time");
        assert!(made(1) - made(0) > 1_000_000_000 && made(1) >= 4_102_444_700, "{} {}", made(0), made(1));
        if good {
            assert_eq!(step["warnings"][0]["code"], "clock-skew", "{step}");
        }
    }
}
