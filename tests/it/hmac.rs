//! Requests signed by a keyed hash, through the built tool: what a verifier of another make sees of them, what is sent anew, what is shown.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the right answer")]

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cli::workspace::{Ended, Workspace, run};
use crate::http_server::{Act, Server, answer, json};
use crate::leaks::scanner::{Wanted, scan};

/// Every encoding makes something else of it.
const SECRET: &str = "canary&signing/secret+1%2F\u{e4}";

/// A workspace with one step, whose requests are signed as `place` says.
fn workspace(server: &Server, place: &str, probe: &str) -> Workspace {
    let fields = format!(
        "  base_url: {}/base\n  key: acme key\n  secret: {{env: CANARY_SECRET}}\n  place: {{hmac: {place}}}\n",
        server.url()
    );
    Workspace::new()
        .with("connections/signed.yaml", &format!("app: http\ntype: key-secret\nfields:\n{fields}"))
        .with_steps("a", [&*format!("{{name: X, app: http, probe: {{http: {probe}}}}}")])
}

fn live(workspace: &Workspace, words: &str, secret: &str) -> Ended {
    let mut tool = workspace.tool(&format!("run --live {words}"));
    run(tool.env("CANARY_SECRET", secret))
}

/// A server that answers each request.
async fn server(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
    // It is asked once before anything came, whether it has a greeting.
    Server::start(move |request| Act::Answer(if request.is_empty() { Vec::new() } else { answer(request) })).await
}

/// The value of a header of a request.
fn header<'r>(request: &'r str, name: &str) -> &'r str {
    let line = request.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {request}"))
}

/// Method, target and body of a request.
fn parts(request: &str) -> (&str, &str, &str) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut words = head.split(' ');
    (words.next().unwrap(), words.next().unwrap(), body)
}

fn is_signed(algorithm: hmac::Algorithm, text: &str, tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(algorithm, SECRET.as_bytes()), text.as_bytes(), tag).is_ok()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

const OK: &str = r#"{"ok": true}"#;
const REFUSED: &str = r#"{"code": "SIGNATURE"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_what_arrives() {
    // Line by line, as the receiver sees it: no template of ours is used.
    let server = server(|request| {
        let (method, target, body) = parts(request);
        let (time, nonce) = (header(request, "x-time"), header(request, "x-nonce"));
        let host = header(request, "host");
        let text = format!("{time}\n{nonce}\n{method}\n{host}\n{target}\n{body}\nacme key");
        let signature = header(request, "x-signature").strip_prefix("sha512=").unwrap();
        let right = is_signed(hmac::HMAC_SHA512, &text, &STANDARD.decode(signature).unwrap());
        let problem = [("www-authenticate", r#"HMAC error="signature_invalid""#)];
        if right { json(OK) } else { answer(401, &problem, REFUSED) }
    })
    .await;
    let place = r#"{hash: sha512, encoding: base64, timestamp: rfc3339, nonce: 8,
        sign: "{timestamp}\n{nonce}\n{method}\n{host}\n{target}\n{body}\n{key}",
        headers: {X-Time: "{timestamp}", X-Nonce: "{nonce}", X-Signature: "sha512={signature}"}}"#;
    for probe in [
        "{request: GET /me, accept: {status: 200}}",
        "{request: GET /caf\u{e9}/a^b/%2F, query: {q: \"\u{e4} &=+~*'()/?\", empty: \"\"}, accept: {status: 200}}",
        "{request: POST /me, body: {json: {\u{e4}: [1, \"x\\\"\"]}}, accept: {status: 200}}",
        "{request: PUT /me, body: {form: {a: \"b c\", d: \"\u{e4}&\"}}, accept: {status: 200}}",
        "{request: DELETE /me, body: {text: \"line\\nline\"}, accept: {status: 200}}",
    ] {
        let workspace = workspace(&server, place, probe);
        let step = live(&workspace, "--format json", SECRET).ends_with(0).step();
        assert_eq!(step["verdict"], "pass", "{step}");
        let step = live(&workspace, "--format json", "another-secret").ends_with(1).step();
        assert_eq!(step["cause"], "credential-rejected", "only a rule of the recipe says that it is the signature");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 10);
    let nonces: std::collections::BTreeSet<_> = requests.iter().map(|request| header(request, "x-nonce")).collect();
    assert_eq!(nonces.len(), 10, "{nonces:?}");
    assert!(nonces.iter().all(|nonce| nonce.len() == 16), "{nonces:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_in_the_query_covers_all_but_itself() {
    let server = server(|request| {
        let (_, target, body) = parts(request);
        let (query, signature) = target.split_once('?').unwrap().1.split_once("&signature=").unwrap();
        let time: u128 = query.rsplit_once("&timestamp=").unwrap().1.parse().unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let right = is_signed(hmac::HMAC_SHA256, &format!("{query}{body}"), &unhex(signature));
        if right && now.abs_diff(time) < 5000 { json(OK) } else { answer(400, &[], REFUSED) }
    })
    .await;
    let place = r#"{sign: "{query}{body}", timestamp: milliseconds, headers: {X-Key: "{key}"},
        query: {signature: "{signature}", timestamp: "{timestamp}"}}"#;
    let refuse = r#"refuse: [{status: 400, json: {"$.code": SIGNATURE}, cause: signature-invalid}]"#;
    let probe =
        format!("{{request: GET /orders, query: {{a: \"1 2\", b: \"\u{e4}\"}}, accept: {{status: 200}}, {refuse}}}");
    let workspace = workspace(&server, place, &probe);
    assert_eq!(live(&workspace, "--format json", SECRET).ends_with(0).step()["verdict"], "pass");
    let step = live(&workspace, "--format json --retries 5", "another-secret").ends_with(1).step();
    assert_eq!((&step["cause"], &step["attempts"]), (&"signature-invalid".into(), &1.into()));
    assert_eq!(server.requests().len(), 2);
}

/// The time of a request, and how far it is from now.
fn drift(request: &str) -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    header(request, "x-time").parse::<i64>().unwrap() - i64::try_from(now).unwrap()
}

const TIMED: &str =
    r#"{sign: "{timestamp}{nonce}", headers: {X-Time: "{timestamp}", X-Nonce: "{nonce}", X-Signature: "{signature}"}}"#;
const RULES: &str = r#"{request: GET /me, accept: {status: 200}, refuse: [
    {status: 401, json: {"$.code": TIME}, cause: clock-skew}, {status: 401, json: {"$.code": NONCE}, cause: nonce-reused}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_refused_is_put_right_by_the_servers_once() {
    for (ahead, tolerated, passes) in [(3600, 300, true), (-3600, 300, true), (60, 30, true), (3600, -1, false)] {
        let server = server(move |request| {
            let now = SystemTime::now();
            let shift = Duration::from_secs(i64::unsigned_abs(ahead));
            let date = httpdate::fmt_http_date(if ahead > 0 { now + shift } else { now - shift });
            let off = (drift(request) - ahead).abs();
            let (status, body) = if off <= tolerated { (200, OK) } else { (401, r#"{"code": "TIME"}"#) };
            answer(status, &[("date", &date)], body)
        })
        .await;
        let ended = live(&workspace(&server, TIMED, RULES), "--format json --retries 5", SECRET);
        let step = ended.ends_with(i32::from(!passes)).step();
        assert_eq!(step["cause"], if passes { serde_json::Value::Null } else { "clock-skew".into() });
        assert_eq!(step["warnings"][0]["code"], "clock-skew", "{ahead}: {step}");
        assert_eq!(step["warnings"].as_array().map(Vec::len), Some(1), "{step}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{ahead}");
        assert!(drift(&requests[0]).abs() <= 5 && (drift(&requests[1]) - ahead).abs() <= 5, "{requests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_not_put_right_where_the_server_shows_none() {
    let server = server(|_| answer(401, &[], r#"{"code": "TIME"}"#)).await;
    let step = live(&workspace(&server, TIMED, RULES), "--format json", SECRET).ends_with(1).step();
    assert_eq!((&step["cause"], server.requests().len()), (&"clock-skew".into(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_nonce_is_exchanged_once() {
    let seen = Mutex::new(0);
    let server = server(move |_| {
        let mut seen = seen.lock().unwrap();
        *seen += 1;
        if *seen == 2 { json(OK) } else { answer(401, &[], r#"{"code": "NONCE"}"#) }
    })
    .await;
    let workspace = workspace(&server, TIMED, RULES);
    assert_eq!(live(&workspace, "--format json", SECRET).ends_with(0).step()["warnings"], serde_json::json!([]));
    let step = live(&workspace, "--format json --retries 5", SECRET).ends_with(3).step();
    assert_eq!(step["cause"], "nonce-reused");
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert_ne!(header(&requests[0], "x-nonce"), header(&requests[1], "x-nonce"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_another_encoding_is_told_and_not_sent() {
    let server = server(|_| json(OK)).await;
    for (encoding, secret) in [("hex", "canary-no-hex"), ("base64", "canary no base64!")] {
        let place =
            format!(r#"{{key_encoding: {encoding}, sign: "{{body}}", headers: {{X-Signature: "{{signature}}"}}}}"#);
        let ended =
            live(&workspace(&server, &place, "{request: GET /me}"), "--format json --trace", secret).ends_with(1);
        assert!(!ended.stdout.contains("canary") && !ended.stderr.contains("canary"), "{}", ended.stdout);
        let step = ended.step();
        assert_eq!((&step["cause"], &step["phase"]), (&"field-format".into(), &"resolve".into()));
        let message = step["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("`secret` ({} bytes)", secret.len()))
                && message.contains(encoding.trim_end_matches("64"))
        );
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_is_shown_and_neither_key_nor_signature() {
    // An echo of everything that was sent, where nothing is cut off.
    let server = server(|request| {
        let signature = header(request, "x-signature").to_owned();
        answer(401, &[], serde_json::json!({"code": "SIGNATURE", "echo": signature}).to_string())
    })
    .await;
    let place = r#"{sign: "{method}\n{target}\n{key}", encoding: base64url, headers: {X-Signature: "{signature}"}}"#;
    let workspace = workspace(&server, place, "{request: GET /me, query: {q: a b}}");
    for words in ["--trace", "--trace --format json", "--trace --format junit"] {
        let ended = live(&workspace, words, SECRET).ends_with(1);
        let text = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
        assert_eq!(scan(words, &text, &[Wanted::new("secret", SECRET)]), Vec::<String>::new(), "{}", ended.stdout);
        let signed = r"signed: GET\n/base/me?q=a%20b\nacme key";
        assert!(ended.stdout.contains(signed) && ended.stdout.contains("x-signature: ***"), "{}", ended.stdout);
    }
}

#[test]
fn a_double_refuses_what_is_not_signed_as_the_connection_says() {
    let connection = |place: &str| {
        format!(
            "app: http\ntype: key-secret\nfields: {{base_url: \"https://api.example\", key: acme, secret: {{env: X}}, place: {place}}}\n"
        )
    };
    let fixture = "http:\n  - request: {path: /me, hmac: true}\n    response: {status: 200, json: {}}\n";
    let signed = r#"{hmac: {key_encoding: hex, sign: "{timestamp}{target}", nonce: uuid, headers: {X-T: "{timestamp}", X-S: "{signature}", X-N: "{nonce}"}}}"#;
    let workspace = Workspace::new()
        .with("connections/signed.yaml", &connection(signed))
        .with("fixtures/signed.yaml", fixture)
        .with_steps("a", ["{name: X, app: http, fixture: signed, probe: {http: {request: GET /me?a=1}}}"]);
    assert_eq!(workspace.run("run --format json").ends_with(0).step()["verdict"], "pass");
    workspace.write("connections/signed.yaml", &connection("{header: X-S}"));
    let step = workspace.run("run --format json").ends_with(1).step();
    assert_eq!(step["cause"], "fixture-unmatched");
    assert!(step["message"].as_str().unwrap().contains("the connection's `place` makes none"), "{step}");
}
