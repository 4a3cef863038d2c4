//! HTTP Digest, before three verifiers. httpbin knows three algorithms, both protections, and numbers that grow old; it takes any user's name.
//! Apache proves that it knows the password too, and has numbers that are good once. lighttpd hides user names.

use serde_json::{Value, json};

use super::row::{Row, digest, get};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [right(), wrong(), stale(), other(), apache(), lighttpd()].concat()
}

fn at(path: &str) -> Value {
    json!({"http": {"request": format!("GET {path}"), "accept": {"status": 200, "json": {"$.authenticated": true}}}})
}

fn right() -> Vec<Row> {
    let algorithms = [
        ("MD5", "auth"),
        ("SHA-256", "auth"),
        ("SHA-512", "auth"),
        ("MD5", "auth-int"),
        ("SHA-256", "auth-int"),
        ("SHA-512", "auth-int"),
    ];
    let row = |(algorithm, qop): (&str, &str)| {
        let name: &'static str = Box::leak(format!("httpbin: Digest, {algorithm}, {qop}").into_boxed_str());
        digest(name).probe(at(&format!("/digest-auth/{qop}/alice/$alice/{algorithm}")))
    };
    let mut rows: Vec<Row> = algorithms.into_iter().map(row).collect();
    rows.push(
        digest("httpbin: Digest, both protections on offer").probe(at("/digest-auth/auth,auth-int/alice/$alice/MD5")),
    );
    rows
}

fn wrong() -> Vec<Row> {
    let refused = |name: &'static str, path: &str| {
        digest(name).probe(at(&format!("/digest-auth/{path}"))).fails("credential-rejected", "auth")
    };
    vec![
        refused("httpbin: Digest, wrong password", "auth/alice/$alice/MD5").secret("canary-wrong-8Hd5"),
        refused("httpbin: Digest, wrong password, SHA-256", "auth/alice/$alice/SHA-256").secret("canary-wrong-8Hd5"),
        refused("httpbin: Digest, wrong password, auth-int", "auth-int/alice/$alice/SHA-256")
            .secret("canary-wrong-8Hd5"),
        refused("httpbin: Digest, wrong password, SHA-512", "auth/alice/$alice/SHA-512").secret("canary-wrong-8Hd5"),
    ]
}

fn stale() -> Vec<Row> {
    let twice = json!({"http": {
        "request": "GET /digest-auth/auth/alice/$alice/MD5/1", "accept": {"status": 200, "json": {"$.authenticated": true}},
        "then": [{"request": "GET /digest-auth/auth/alice/$alice/MD5/1", "needs": "once more"}],
    }});
    vec![
        digest("httpbin: Digest, a number that is good once").probe(twice),
        digest("httpbin: Digest, numbers that are always stale")
            .probe(at("/digest-auth/auth/alice/$alice/SHA-256/0"))
            .unknown("nonce-reused", "auth"),
    ]
}

fn other() -> Vec<Row> {
    vec![
        digest("httpbin: Digest where nothing is asked for")
            .probe(json!({"http": {"request": "GET /headers", "accept": {"status": 200}}}))
            .unknown("probe-not-discriminating", "auth"),
        digest("httpbin: Digest where Basic is wanted")
            .probe(at("/basic-auth/alice/$alice"))
            .fails("config-invalid", "auth"),
        digest("httpbin: Digest where a token is wanted").probe(at("/bearer")).fails("config-invalid", "auth"),
        digest("httpbin: Digest, no such path").probe(at("/nosuch")).fails("not-found", "assert"),
        digest("httpbin: Digest, a redirect").probe(at("/redirect/1")).fails("redirected", "auth"),
        digest("httpbin: Digest, 503").probe(at("/status/503")).unknown("provider-error", "auth"),
    ]
}

fn apache() -> Vec<Row> {
    let base = "http://127.0.0.1:$apache";
    let row = |name: &'static str| digest(name).set("base_url", base).probe(get("/ok.json?q=a%20b"));
    let often = json!({"http": {
        "request": "GET /once/ok.json", "accept": {"status": 200, "json": {"$.ok": true}},
        "then": [{"request": "GET /once/ok.json?a", "needs": "a"}, {"request": "GET /once/ok.json?b", "needs": "b"}],
    }});
    vec![
        row("Apache: Digest, right, and so is its proof"),
        row("Apache: Digest, right, a password of odd characters").set("username", "bob").secret("$bob"),
        row("Apache: Digest, numbers that are good once").probe(often),
        row("Apache: Digest, wrong password").secret("canary-wrong-8Hd5").fails("credential-rejected", "auth"),
        row("Apache: Digest, wrong user").set("username", "alicia").fails("credential-rejected", "auth"),
        row("Apache: Digest, no such file").probe(get("/nosuch")).fails("not-found", "assert"),
    ]
}

fn lighttpd() -> Vec<Row> {
    let base = "http://127.0.0.1:$lighttpd";
    let row = |name: &'static str, path: &str| digest(name).set("base_url", base).probe(get(path));
    let named = |row: Row| row.set("username", "J\u{e4}s\u{f8}n \"D\"").secret("$bob");
    vec![
        row("lighttpd: Digest, SHA-256", "/named/ok.json"),
        row("lighttpd: Digest, a hidden user", "/hidden/ok.json"),
        named(row("lighttpd: Digest, a name beyond ASCII", "/named/ok.json")),
        named(row("lighttpd: Digest, a hidden name beyond ASCII", "/hidden/ok.json")),
        row("lighttpd: Digest, wrong password", "/named/ok.json")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        row("lighttpd: Digest, wrong hidden user", "/hidden/ok.json")
            .set("username", "alicia")
            .fails("credential-rejected", "auth"),
    ]
}
