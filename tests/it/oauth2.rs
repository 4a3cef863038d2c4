//! OAuth 2.0 through the built tool: what is asked of a token endpoint and when, what is kept of its answer, and what is never sent twice.

mod client;
mod discovery;
mod refresh;
mod revoke;

use crate::cli::server::{Reply, Request, Server};

/// An authorization server with an API behind it. Tokens are `canary-access-N`, `canary-refresh-N`, counted from 1; only the newest are good.
pub(crate) fn provider() -> Server {
    Server::start(|request| if is_token(request) { issue(request.number) } else { api(request) })
}

/// Whether a request is one for a token.
pub(crate) fn is_token(request: &Request) -> bool {
    request.head.starts_with("POST /token")
}

/// New tokens with this number.
pub(crate) fn issue(number: usize) -> Reply {
    let text = format!(
        r#"{{"access_token": "canary-access-{number}", "refresh_token": "canary-refresh-{number}", "token_type": "Bearer", "expires_in": 3600, "scope": "read"}}"#
    );
    // A few dozen bytes a test: the replies of this server live as long as the test does.
    Reply::Status(200, "", text.leak())
}

/// An API that takes every token but the stored one, which has expired.
pub(crate) fn api(request: &Request) -> Reply {
    if request.head.contains("Bearer canary-access-") {
        return Reply::Status(200, "", r#"{"id": 7, "name": "Acme"}"#);
    }
    Reply::Status(
        401,
        "www-authenticate: Bearer error=\"invalid_token\", error_description=\"The token expired\"\r\n",
        "{}",
    )
}

/// The requests for tokens among all that a server got.
pub(crate) fn token_requests(server: &Server) -> Vec<Request> {
    server.requests().into_iter().filter(is_token).collect()
}

/// A step that asks who one is.
pub(crate) const STEP: &str = "{name: X, app: http, connection: eu, probe: {http: {request: GET /me, accept: {status: 200, json: {\"$.id\": exists}}}}}";
