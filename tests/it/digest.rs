//! HTTP Digest through the built tool: what is asked and answered, how often, and what an echo gives away.

mod answers;
mod begins;
mod ends;

use tugtest::model::challenge::{Challenge, challenges};
use tugtest::model::secret::Secret;
use tugtest::sign::digest::{self, Login, Proof};

use crate::cli::server::{Reply, Request, Server};
use crate::cli::workspace::{Ended, Workspace, run};

/// A password that every encoding makes something else of.
const PASSWORD: &str = "canary&pass/w\u{f6}rd+1%2F";

/// A workspace whose one step asks this server, with further lines under `fields`, and a probe.
fn workspace(server: &Server, more: &str, probe: &str) -> Workspace {
    let fields = format!(
        "  base_url: {}\n  domain: localhost\n  username: ann\n  password: {{env: CANARY_PASSWORD}}\n{more}",
        server.url()
    );
    Workspace::new()
        .with(
            "connections/login.yaml",
            &format!("app: http\ntype: domain-login\nfields:\n  place: {{digest: {{}}}}\n{fields}"),
        )
        .with_steps("a", [format!("{{name: X, app: http, probe: {{http: {probe}}}}}").as_str()])
}

/// The probe that most tests ask.
const GET: &str = r#"{request: GET /me, query: {q: "a b"}, accept: {status: 200}}"#;

fn live(workspace: &Workspace, words: &str) -> Ended {
    let mut tool = workspace.tool(&format!("run --live {words}"));
    run(tool.env("CANARY_PASSWORD", PASSWORD))
}

/// A refusal with these header lines.
fn refused(lines: &str) -> Reply {
    Reply::Status(401, Box::leak(lines.to_owned().into_boxed_str()), "{}")
}

/// A challenge with this number, and more parameters.
fn challenge(nonce: &str, more: &str) -> String {
    format!("www-authenticate: Digest realm=\"a \\\"realm\\\"\", nonce=\"{nonce}\", opaque=\"o\\\\o\"{more}\r\n")
}

/// An answer with these header lines.
fn accepted(lines: &str) -> Reply {
    Reply::Status(200, Box::leak(lines.to_owned().into_boxed_str()), r#"{"ok":true}"#)
}

/// A server that gives out these challenges until somebody has answered rightly for this user.
fn asking(user: &'static str, lines: String) -> Server {
    Server::start(move |request| if is_right(request, user, PASSWORD) { accepted("") } else { refused(&lines) })
}

/// A line of a request's head.
fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let line = |line: &&str| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
    request.head.lines().find(line).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
}

/// The answer in a request, unless it carries none.
fn answer(request: &Request) -> Option<Challenge> {
    header(request, "authorization").map(|value| challenges(value).remove(0))
}

fn parameter(request: &Request, name: &str) -> String {
    let answer = answer(request).unwrap_or_else(|| panic!("no answer in {}", request.head));
    answer.parameter(name).unwrap_or_else(|| panic!("no {name} in {}", request.head)).to_owned()
}

/// What a request has to prove for this user and password, worked out from what it states.
fn proof(request: &Request, user: &str, password: &str) -> Proof {
    let (user, password) = (Secret::new(user), Secret::new(password));
    let answer = answer(request).expect("an answer");
    let challenge = digest::Challenge::read(&answer).expect("an answer repeats the challenge");
    let stated = |name: &str| answer.parameter(name).unwrap_or_default().to_owned();
    let login = Login { user: &user, password: &password };
    Proof {
        algorithm: challenge.algorithm,
        qop: challenge.qop,
        key: login.key(challenge.algorithm, &challenge.realm, &challenge.nonce, &stated("cnonce")),
        nonce: challenge.nonce,
        cnonce: stated("cnonce"),
        count: u32::from_str_radix(&stated("nc"), 16).unwrap_or_default(),
        uri: stated("uri"),
    }
}

/// Whether a request carries the right answer.
fn is_right(request: &Request, user: &str, password: &str) -> bool {
    let Some(stated) = answer(request).and_then(|answer| answer.parameter("response").map(str::to_owned)) else {
        return false;
    };
    let (head, body) = request.head.split_once("\r\n\r\n").expect("a whole head");
    let mut line = head.split(' ');
    let (method, target) = (line.next().expect("a method"), line.next().expect("a target"));
    let proof = proof(request, user, password);
    proof.uri == target && proof.response(method, body.as_bytes()) == Secret::new(stated)
}
