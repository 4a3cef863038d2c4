//! Authorization servers that are known by their issuer alone.

use super::{STEP, api, is_token, issue, token_requests};
use crate::cli::server::{Reply, Server};
use crate::cli::workspace::{Ended, Workspace, run};

/// A server whose metadata are what this text makes of its own URL.
fn publisher(metadata: &'static str) -> Server {
    Server::start(move |request| {
        let host = request.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let own = format!("http://{host}");
        match () {
            () if is_token(request) => issue(request.number),
            () if request.head.starts_with("GET /.well-known/oauth-authorization-server ") => {
                Reply::Status(200, "", metadata.replace("OWN", &own).leak())
            }
            () => api(request),
        }
    })
}

fn live(server: &Server) -> Ended {
    let url = server.url();
    let fields =
        format!("  base_url: {url}\n  issuer: {url}\n  client_id: acme\n  client_secret: {{env: CANARY_SECRET}}\n");
    let workspace = Workspace::new()
        .with("connections/eu.yaml", &format!("app: http\ntype: oauth2\nfields:\n{fields}"))
        .with_steps("a", [STEP]);
    run(workspace.tool("run --live --format json").env("CANARY_SECRET", "canary-secret"))
}

#[test]
fn the_metadata_of_an_issuer_say_where_tokens_are() {
    let server = publisher(r#"{"issuer": "OWN", "token_endpoint": "OWN/token"}"#);
    assert_eq!(live(&server).ends_with(0).causes(), ["pass"]);
}

#[test]
fn metadata_of_another_issuer_are_not_believed() {
    let server = publisher(r#"{"issuer": "https://other.example", "token_endpoint": "OWN/token"}"#);
    assert_eq!(live(&server).ends_with(1).causes(), ["config-invalid"]);
    assert_eq!(token_requests(&server).len(), 0);
}

#[test]
fn secrets_do_not_follow_metadata_to_another_place() {
    let server = publisher(r#"{"issuer": "OWN", "token_endpoint": "http://127.0.0.1:9/token"}"#);
    let step = live(&server).ends_with(1).step();
    assert_eq!((&step["cause"], &step["phase"]), (&"destination-refused".into(), &"resolve".into()));
    assert!(step["remedy"].as_str().is_some_and(|remedy| remedy.contains("`token_url`")), "{step}");
}

#[test]
fn an_issuer_without_metadata_judges_nobody() {
    let server = Server::start(|_| Reply::Status(404, "", "{}"));
    assert_eq!(live(&server).ends_with(1).causes(), ["not-found"]);
}
