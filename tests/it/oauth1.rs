//! OAuth 1.0a through the built tool: what is sent once, what is sent anew, and what an echo gives away.

use crate::cli::server::{Reply, Request, Server};
use crate::cli::workspace::{Ended, Workspace, run};
use crate::leaks::scanner::{Wanted, scan};

/// Secrets that every encoding makes something else of.
const CONSUMER_SECRET: &str = "canary&consumer/secret+1%2F";
const TOKEN_SECRET: &str = "canary token=secret\u{e4}2";

/// A workspace whose one step is signed for this server, with further lines under `fields`.
fn workspace(server: &Server, more: &str) -> Workspace {
    let fields = format!(
        "  base_url: {}\n  consumer_key: acme-consumer\n  consumer_secret: {{env: CANARY_CONSUMER}}\n  token: acme-token\n  \
         token_secret: {{env: CANARY_TOKEN}}\n{more}",
        server.url()
    );
    Workspace::new().with("connections/signed.yaml", &format!("app: http\ntype: oauth1\nfields:\n{fields}")).with_steps(
        "a",
        ["{name: X, app: http, probe: {http: {request: GET /me, query: {q: a b}, accept: {status: 200}}}}"],
    )
}

fn live(workspace: &Workspace, words: &str) -> Ended {
    let mut tool = workspace.tool(&format!("run --live {words}"));
    run(tool.env("CANARY_CONSUMER", CONSUMER_SECRET).env("CANARY_TOKEN", TOKEN_SECRET))
}

/// A parameter of the `Authorization` header.
fn parameter(request: &Request, name: &str) -> String {
    let begin = format!("{name}=\"");
    let (_, rest) = request.head.split_once(&begin).unwrap_or_else(|| panic!("no {name} in {}", request.head));
    rest.split('"').next().expect("a value").to_owned()
}

fn refusal(problem: &'static str) -> impl Fn(&Request) -> Reply + Send + Sync {
    move |_| match problem {
        "nonce_used" => Reply::Status(401, "www-authenticate: OAuth oauth_problem=\"nonce_used\"\r\n", "{}"),
        "timestamp_refused" => {
            Reply::Status(401, "www-authenticate: OAuth oauth_problem=\"timestamp_refused\"\r\n", "{}")
        }
        _ => Reply::Status(401, "www-authenticate: OAuth oauth_problem=\"signature_invalid\"\r\n", "{}"),
    }
}

#[test]
fn a_used_nonce_is_exchanged_once_and_no_more() {
    let server = Server::start(refusal("nonce_used"));
    let step = live(&workspace(&server, ""), "--retries 5 --format json").ends_with(3).step();
    assert_eq!((&step["verdict"], &step["cause"]), (&"inconclusive".into(), &"nonce-reused".into()));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_ne!(parameter(&requests[0], "oauth_nonce"), parameter(&requests[1], "oauth_nonce"));
    assert_ne!(parameter(&requests[0], "oauth_signature"), parameter(&requests[1], "oauth_signature"));
    let nonce = parameter(&requests[0], "oauth_nonce");
    assert!((20..=30).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{nonce}");
}

#[test]
fn a_refused_signature_is_sent_once() {
    let server = Server::start(refusal("signature_invalid"));
    let step = live(&workspace(&server, ""), "--retries 5 --format json").ends_with(1).step();
    assert_eq!((&step["cause"], &step["attempts"]), (&"signature-invalid".into(), &1.into()));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_refused_time_is_mended_only_by_the_servers_own() {
    let server = Server::start(refusal("timestamp_refused"));
    let step = live(&workspace(&server, ""), "--retries 5 --format json").ends_with(1).step();
    assert_eq!(step["cause"], "clock-skew");
    assert_eq!(server.requests().len(), 1, "its answer has no date, so nothing could be put right");
}

#[test]
fn what_was_signed_is_in_the_trace_and_nothing_that_signed() {
    for (method, place) in
        [("PLAINTEXT", "header"), ("PLAINTEXT", "query"), ("HMAC-SHA256", "header"), ("HMAC-SHA1", "query")]
    {
        // The signature is said again, at the beginning, where nothing is cut off.
        let server = Server::start(|request| {
            let echo: &'static str = {
                let (_, signature) = request.head.split_once("oauth_signature=").expect("a signature");
                Box::leak(serde_json::json!({"echo": signature}).to_string().into_boxed_str())
            };
            Reply::Status(401, "www-authenticate: OAuth oauth_problem=\"signature_invalid\"\r\n", echo)
        });
        let more = format!("  signature_method: {method}\n  place: {{oauth1: {place}}}\n");
        let workspace = workspace(&server, &more);
        let wanted = [Wanted::new("consumer", CONSUMER_SECRET), Wanted::new("token", TOKEN_SECRET)];
        for words in ["--trace", "--trace --format json", "--trace --format junit"] {
            let ended = live(&workspace, words).ends_with(1);
            let text = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
            assert_eq!(scan(words, &text, &wanted), Vec::<String>::new(), "{method} {place}: {}", ended.stdout);
            // PLAINTEXT encodes each secret, and the header or the query both of them once more.
            for twice in ["canary%2526consumer", "canary%2520token", "consumer%252Fsecret"] {
                assert!(!ended.stdout.contains(twice), "{method} {place}: {}", ended.stdout);
            }
            assert!(
                ended.stdout.contains("signed: GET&amp;http%3A") || ended.stdout.contains("signed: GET&http%3A"),
                "{}",
                ended.stdout
            );
        }
    }
}

#[test]
fn a_connection_without_anything_to_sign_with_is_a_mistake_in_its_file() {
    let lacking = Workspace::new().with(
        "connections/a.yaml",
        "app: http\ntype: oauth1\nfields: {base_url: \"https://x.example\", consumer_key: k}\n",
    );
    assert!(lacking.run("check").ends_with(2).stdout.contains("lacks `consumer_secret`, or `private_key`"));
    let misplaced = Workspace::new().with(
        "connections/a.yaml",
        "app: http\ntype: api-key\nfields: {base_url: \"https://x.example\", place: {oauth1: header}, api_key: {env: X}}\n",
    );
    assert!(misplaced.run("check").ends_with(2).stdout.contains("has nothing to sign with"));
    let bad = Server::start(|_| Reply::Status(200, "", "{}"));
    let step =
        live(&workspace(&bad, "  signature_method: RSA-SHA1\n  private_key: {env: CANARY_TOKEN}\n"), "--format json");
    let step = step.ends_with(1).step();
    assert_eq!((&step["cause"], &step["phase"]), (&"field-format".into(), &"resolve".into()));
    assert_eq!(bad.requests().len(), 0);
}
