//! Tokens that are given back when their connection is deleted.

use serde_json::json;

use crate::cli::server::{Reply, Request, Server};
use crate::connections::Store;

/// A store with a sealed grant whose issuer takes tokens back here.
fn store(server: &Server) -> Store {
    let store = Store::new();
    let url = server.url();
    let fields = json!({
        "base_url": url, "token_url": format!("{url}/token"), "revocation_url": format!("{url}/revoke"), "grant": "authorization-code",
        "client_id": "acme", "client_secret": "canary-client-secret", "access_token": "canary-access", "refresh_token": "canary-refresh",
    });
    let text = json!({"fields": fields}).to_string();
    store.feed("connections add eu --app http --type oauth2 --stdin --no-probe", &text).ends_with(0);
    store
}

fn body(request: &Request) -> &str {
    request.head.split("\r\n\r\n").nth(1).unwrap_or_default()
}

fn is_there(store: &Store) -> bool {
    store.workspace.path("connections/eu.yaml").exists()
}

#[test]
fn the_refresh_token_goes_back_first_and_then_the_file_goes() {
    let server = Server::start(|_| Reply::Status(200, "", ""));
    let store = store(&server);
    let ended = store.run("connections delete eu --revoke --yes").ends_with(0);
    let requests = server.requests();
    let bodies: Vec<&str> = requests.iter().map(body).collect();
    assert_eq!(
        bodies,
        ["token=canary-refresh&token_type_hint=refresh_token", "token=canary-access&token_type_hint=access_token"]
    );
    assert!(
        requests
            .iter()
            .all(|request| request.head.starts_with("POST /revoke ") && request.head.contains("authorization: Basic "))
    );
    assert!(!is_there(&store) && !ended.stderr.contains("canary"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_given_back_is_not_deleted() {
    for (reply, code) in [
        (Reply::Status(401, "", r#"{"error": "invalid_client"}"#), 1),
        (Reply::Status(503, "", ""), 3),
        (Reply::Reset, 3),
    ] {
        let reply = move |_: &Request| match reply {
            Reply::Status(status, headers, body) => Reply::Status(status, headers, body),
            _ => Reply::Reset,
        };
        let server = Server::start(reply);
        let store = store(&server);
        let ended = store.run("connections delete eu --revoke --yes").ends_with(code);
        assert!(is_there(&store) && ended.stderr.contains("leave `--revoke` away"), "{}", ended.stderr);
        store.run("connections delete eu --yes").ends_with(0);
    }
}

/// RFC 7009 section 2.2.1: a server may take back refresh tokens alone, and the grant ends with those.
#[test]
fn a_server_that_takes_back_refresh_tokens_alone_does_enough() {
    let server = Server::start(|request| {
        if body(request).contains("access_token") {
            Reply::Status(400, "", r#"{"error": "unsupported_token_type"}"#)
        } else {
            Reply::Status(200, "", "")
        }
    });
    let store = store(&server);
    store.run("connections delete eu --revoke --yes").ends_with(0);
    assert!(!is_there(&store));
}

#[test]
fn what_has_no_token_has_none_to_give_back() {
    let store = Store::with_one();
    let ended = store.run("connections delete eu --revoke --yes").ends_with(2);
    assert!(ended.stderr.contains("no token that could be given back") && is_there(&store), "{}", ended.stderr);
}
