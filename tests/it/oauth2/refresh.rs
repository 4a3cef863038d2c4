//! Grants that a person has given: refreshed only where that is needed and allowed, by one at a time, and never twice.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{STEP, api, is_token, issue, provider, token_requests};
use crate::cli::server::{Reply, Server};
use crate::connections::Store;

const PAST: &str = "2026-01-31T12:00:00Z";

/// A store with a sealed grant whose access token is of no use any more.
fn store(server: &Server, expires_at: Option<&str>) -> Store {
    let store = Store::new();
    store.workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n  - {STEP}\n"));
    add(&store, server, expires_at, "canary-refresh-0");
    store
}

fn add(store: &Store, server: &Server, expires_at: Option<&str>, refresh_token: &str) {
    let url = server.url();
    let mut fields = json!({
        "base_url": url, "token_url": format!("{url}/token"), "grant": "authorization-code", "client_id": "acme",
        "client_secret": "canary-client-secret", "access_token": "canary-old-token", "refresh_token": refresh_token,
    });
    if let Some(at) = expires_at {
        fields["expires_at"] = at.into();
    }
    let text = json!({"fields": fields}).to_string();
    store.feed("connections add eu --app http --type oauth2 --stdin --no-probe", &text).ends_with(0);
}

fn causes(store: &Store, words: &str) -> Vec<String> {
    store.run(&format!("run --live --format json {words}")).causes()
}

#[test]
fn nothing_is_refreshed_unless_it_is_allowed() {
    let server = provider();
    for expires_at in [None, Some(PAST)] {
        let store = store(&server, expires_at);
        let before = store.file("eu");
        assert_eq!(causes(&store, ""), ["credential-expired"]);
        assert_eq!(store.file("eu"), before);
    }
    assert_eq!(token_requests(&server).len(), 0);
}

#[test]
fn new_tokens_are_kept_before_they_are_used_and_used_next_time() {
    let server = provider();
    let store = store(&server, Some(PAST));
    assert_eq!(causes(&store, "--allow-refresh"), ["pass"]);
    assert_eq!(causes(&store, "--allow-refresh"), ["pass"], "the new access token is in the store");
    let requests = server.requests();
    let line = |at: usize| requests[at].head.split(" HTTP").next().unwrap_or_default().to_owned();
    assert_eq!(
        (requests.len(), line(0), line(1), line(2)),
        (3, "POST /token".into(), "GET /me".into(), "GET /me".into())
    );
    assert!(
        requests[0].head.ends_with("grant_type=refresh_token&refresh_token=canary-refresh-0"),
        "{}",
        requests[0].head
    );
    assert!(!store.file("eu").contains(PAST) && store.file("eu").contains("expires_at: "));
    let shown = store.run("connections show eu --format json").ends_with(0).json();
    assert_eq!(shown["fields"]["refresh"], serde_json::Value::Null);
}

#[test]
fn a_refusal_by_the_server_counts_where_no_date_is_known() {
    let server = provider();
    let store = store(&server, None);
    assert_eq!(causes(&store, "--allow-refresh"), ["pass"]);
    assert_eq!((token_requests(&server).len(), server.requests().len()), (1, 3));
}

#[test]
fn a_token_that_was_revoked_before_its_time_is_not_refreshed() {
    let server = provider();
    let store = store(&server, Some("2099-01-31T12:00:00Z"));
    server_says(&store, &["credential-expired"]);
    let server = Server::start(|_| Reply::Status(401, "www-authenticate: Bearer error=\"invalid_token\"\r\n", "{}"));
    let store = self::store(&server, Some("2099-01-31T12:00:00Z"));
    assert_eq!(causes(&store, "--allow-refresh"), ["credential-rejected"]);
    assert_eq!(token_requests(&server).len(), 0);
}

/// What is found when nothing is allowed.
fn server_says(store: &Store, expected: &[&str]) {
    assert_eq!(causes(store, ""), expected);
}

#[test]
fn the_connection_itself_may_allow_it_or_forbid_it() {
    let server = provider();
    let store = store(&server, Some(PAST));
    let set = |word: &str| {
        let text = json!({"fields": {"refresh": word}}).to_string();
        store.feed("connections edit eu --stdin --no-probe", &text).ends_with(0);
    };
    set("forbidden");
    assert_eq!(causes(&store, "--allow-refresh"), ["credential-expired"]);
    set("allowed");
    assert_eq!(causes(&store, ""), ["pass"]);
    assert_eq!(token_requests(&server).len(), 1);
}

#[test]
fn a_refresh_of_unknown_outcome_is_never_sent_again() {
    for reply in [Reply::Reset, Reply::Status(502, "", "<html>"), Reply::Status(200, "", "canary-cut-off")] {
        let reply = move |number: usize| match reply {
            _ if number > 1 => issue(number),
            Reply::Reset => Reply::Reset,
            Reply::Status(status, headers, body) => Reply::Status(status, headers, body),
            Reply::Silence => Reply::Silence,
        };
        let server = Server::start(move |request| if is_token(request) { reply(request.number) } else { api(request) });
        let store = store(&server, Some(PAST));
        let before = store.file("eu");
        assert_eq!(causes(&store, "--allow-refresh --retries 5"), ["refresh-unfinished"]);
        assert_eq!(causes(&store, "--allow-refresh --retries 5"), ["refresh-unfinished"]);
        assert_eq!((token_requests(&server).len(), store.file("eu") == before), (1, true));
        // Somebody has connected anew.
        let text = json!({"fields": {"refresh_token": "canary-refresh-new"}}).to_string();
        store.feed("connections edit eu --stdin --no-probe", &text).ends_with(0);
        assert_eq!(causes(&store, "--allow-refresh"), ["pass"]);
    }
}

#[test]
fn a_refused_refresh_changes_nothing_and_may_be_tried_again() {
    let server = Server::start(|request| match () {
        () if !is_token(request) => api(request),
        () if request.number == 1 => Reply::Status(401, "", r#"{"error": "invalid_client"}"#),
        () if request.number == 2 => Reply::Status(400, "", r#"{"error": "invalid_grant"}"#),
        () => issue(request.number),
    });
    let store = store(&server, Some(PAST));
    let before = store.file("eu");
    assert_eq!(causes(&store, "--allow-refresh"), ["client-rejected"]);
    assert_eq!(causes(&store, "--allow-refresh"), ["grant-invalid"]);
    assert_eq!(store.file("eu"), before);
    assert_eq!(causes(&store, "--allow-refresh"), ["pass"]);
}

#[test]
fn tokens_that_could_not_be_kept_are_not_exchanged() {
    let server = provider();
    let url = server.url();
    let store = Store::new();
    store.workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n  - {STEP}\n"));
    let fields = format!(
        "  base_url: {url}\n  token_url: {url}/token\n  client_id: acme\n  client_secret: {{env: A}}\n  access_token: {{env: A}}\n  refresh_token: {{env: A}}\n"
    );
    store.workspace.write("connections/eu.yaml", &format!("app: http\ntype: oauth2\nfields:\n{fields}"));
    let mut tool = store.tool("run --live --format json --allow-refresh");
    let step = crate::cli::workspace::run(tool.env("A", "canary-in-the-environment")).ends_with(1).step();
    assert_eq!(step["cause"], "credential-expired");
    assert!(step["remedy"].as_str().is_some_and(|remedy| remedy.contains("connections edit eu")), "{step}");
    assert_eq!(token_requests(&server).len(), 0);
}

#[test]
fn the_parameters_of_a_refresh_may_stand_in_the_query() {
    let server = provider();
    let store = store(&server, Some(PAST));
    let text = json!({"fields": {"refresh_in": "query", "client_auth": "post"}}).to_string();
    store.feed("connections edit eu --stdin --no-probe", &text).ends_with(0);
    assert_eq!(causes(&store, "--allow-refresh"), ["pass"]);
    let head = &token_requests(&server)[0].head;
    let line = "POST /token?grant_type=refresh_token&refresh_token=canary-refresh-0&client_id=acme&client_secret=canary-client-secret HTTP/1.1\r\n";
    assert!(head.starts_with(line), "{head}");
}

#[test]
fn a_run_that_outlives_a_new_token_refreshes_again() {
    let server = Server::start(|request| {
        if is_token(request) {
            let text = format!(
                r#"{{"access_token": "canary-access-{0}", "refresh_token": "canary-refresh-{0}", "expires_in": 1}}"#,
                request.number
            );
            return Reply::Status(200, "", text.leak());
        }
        thread::sleep(Duration::from_millis(1200));
        api(request)
    });
    let store = store(&server, Some(PAST));
    store.workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n  - {STEP}\n  - {STEP}\n"));
    assert_eq!(causes(&store, "--allow-refresh"), ["pass", "pass"]);
    let sent: Vec<_> =
        token_requests(&server).iter().map(|request| request.head.ends_with("canary-refresh-0")).collect();
    assert_eq!(sent, [true, false]);
}

#[test]
fn twenty_at_once_refresh_once() {
    let server = Server::start(|request| {
        if is_token(request) {
            thread::sleep(Duration::from_millis(300));
            issue(request.number)
        } else {
            api(request)
        }
    });
    let store = store(&server, Some(PAST));
    let start = || {
        let mut tool = store.tool("run --live --allow-refresh --no-progress");
        tool.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool starts")
    };
    let running: Vec<_> = (0..20).map(|_| start()).collect();
    for child in running {
        let output = child.wait_with_output().expect("the tool ends");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(token_requests(&server).len(), 1);
}

#[test]
fn a_step_that_wants_a_token_obtained_gets_one_where_it_may() {
    let server = provider();
    let store = store(&server, Some("2099-01-31T12:00:00Z"));
    let step = "{name: X, app: http, connection: eu, probe: {oauth-token: {}}}";
    store.workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n  - {step}\n"));
    assert_eq!(causes(&store, ""), ["no-probe"], "only a refresh could tell");
    let step = store.run("run --live --format json --allow-refresh").ends_with(0).step();
    assert_eq!(step["message"], "The token endpoint issued an access token, good for 3600 s.");
    assert_eq!((token_requests(&server).len(), server.requests().len()), (1, 1));
}

/// The API has the last word on a token; that its issuer will not speak of it is no fault of the token.
#[test]
fn an_issuer_that_does_not_answer_leaves_scopes_unknown() {
    let server = Server::start(|request| {
        if request.head.starts_with("POST /introspect") {
            return Reply::Status(403, "", r#"{"error": "unauthorized_client"}"#);
        }
        Reply::Status(200, "", r#"{"id": 7}"#)
    });
    let store = store(&server, None);
    let text = json!({"fields": {"introspection_url": format!("{}/introspect", server.url())}}).to_string();
    store.feed("connections edit eu --stdin --no-probe", &text).ends_with(0);
    let step = STEP.replace("connection: eu", "connection: eu, requires: [\"read\"]");
    store.workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n  - {step}\n"));
    let step = store.run("run --live --format json").ends_with(0).step();
    assert_eq!(step["warnings"][0]["code"], "scopes-unknown", "{step}");
    let asked = "{name: X, app: http, connection: eu, probe: {oauth-token: {}}}";
    store.workspace.write("scenarios/a.yaml", &format!("workflow: A\nsteps:\n  - {asked}\n"));
    assert_eq!(causes(&store, ""), ["client-rejected"], "there it is the question");
}

/// Who gives up on a refresh that the server carries out loses the grant, so it has a time of its own.
#[test]
fn a_short_time_for_an_attempt_does_not_cut_a_refresh_off() {
    let server = Server::start(|request| {
        if is_token(request) {
            thread::sleep(Duration::from_millis(900));
            issue(request.number)
        } else {
            api(request)
        }
    });
    let store = store(&server, Some(PAST));
    let causes = causes(&store, "--allow-refresh --timeout 400ms --retries 0");
    // What is left of the attempt is too short for the API; the new tokens are stored all the same.
    assert_ne!(causes, ["refresh-unfinished"]);
    assert_eq!(self::causes(&store, ""), ["pass"]);
    assert_eq!(token_requests(&server).len(), 1);
}
