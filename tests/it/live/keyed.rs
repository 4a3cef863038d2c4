//! Requests signed by a keyed hash and sessions, before a server that shares nothing with ours: Python's own `hmac`, in the ways of vendors.

use serde_json::{Value, json};

use super::row::{Row, basic, key_secret};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [signed(), wrong(), times(), sessions()].concat()
}

const BASE: &str = "http://127.0.0.1:$keyed";

/// A probe of this request, with these rules.
fn ask(request: &str, refuse: &Value) -> Value {
    json!({"http": {
        "request": request, "query": {"q": "ä &=+~*'()", "a": "2", "empty": ""}, "accept": {"status": 200, "json": {"$.ok": true}},
        "refuse": refuse,
    }})
}

fn signing(name: &'static str, path: &'static str, hmac: &Value) -> Row {
    key_secret(name, BASE, path).secret("$api_key").set("key", "canary-key-id").set("place", json!({ "hmac": hmac }))
}

/// In the query, as exchanges do it.
fn query(name: &'static str, at: &str) -> Row {
    let place = json!({
        "sign": "{query}{body}", "timestamp": "milliseconds", "headers": {"X-Key": "{key}"},
        "query": {"timestamp": "{timestamp}", "signature": "{signature}"},
    });
    let refuse = json!([
        {"status": 400, "json": {"$.code": -1022}, "cause": "signature-invalid"},
        {"status": 400, "json": {"$.code": -1021}, "cause": "clock-skew"},
        {"status": 401, "json": {"$.code": -2015}, "cause": "credential-rejected"},
    ]);
    signing(name, "/", &place).probe(ask(&format!("GET {at}"), &refuse))
}

/// In a header, with a key in base64.
fn header(name: &'static str, at: &str) -> Row {
    let place = json!({
        "key_encoding": "base64", "sign": "{timestamp}{method}{target}{body}", "encoding": "base64",
        "headers": {"X-Access-Key": "{key}", "X-Access-Timestamp": "{timestamp}", "X-Access-Sign": "{signature}"},
    });
    let refuse = json!([
        {"status": 401, "json": {"$.message": "invalid signature"}, "cause": "signature-invalid"},
        {"status": 401, "json": {"$.message": "request timestamp expired"}, "cause": "clock-skew"},
    ]);
    let mut probe = ask(&format!("POST {at}"), &refuse);
    probe["http"]["body"] = json!({"json": {"ä": [1, {"b": "c\"d"}]}});
    signing(name, "/", &place).secret("$api_key_base64").probe(probe)
}

/// As the password of HTTP Basic.
fn password(name: &'static str, at: &str) -> Row {
    let place = json!({
        "hash": "sha1", "sign": "{timestamp}\n{method}\n{host}\n{path}\n{sorted_query}", "timestamp": "http-date",
        "headers": {"Date": "{timestamp}"}, "basic": {"username": "{key}", "password": "{signature}"},
    });
    let refuse = json!([
        {"status": 401, "json": {"$.code": 40103}, "cause": "signature-invalid"},
        {"status": 401, "json": {"$.code": 40104}, "cause": "clock-skew"},
    ]);
    signing(name, "/", &place).probe(ask(&format!("GET {at}"), &refuse))
}

/// Over every part of the request, with a nonce.
fn lines(name: &'static str, at: &str) -> Row {
    let place = json!({
        "hash": "sha512", "encoding": "hex-upper", "timestamp": "rfc3339", "nonce": "uuid",
        "sign": "{timestamp}\n{nonce}\n{method}\n{target}\n{body_sha256}\n{body_md5}\n{content_type}\n{key}",
        "headers": {"Authorization": "LIVE id=\"{key}\", ts=\"{timestamp}\", nonce=\"{nonce}\", mac=\"{signature}\""},
    });
    let refuse = json!([
        {"status": 401, "json": {"$.error": "signature"}, "cause": "signature-invalid"},
        {"status": 401, "json": {"$.error": "time"}, "cause": "clock-skew"},
        {"status": 401, "json": {"$.error": "nonce"}, "cause": "nonce-reused"},
    ]);
    let mut probe = ask(&format!("PUT {at}"), &refuse);
    probe["http"]["body"] = json!({"form": {"a": "b c", "d": "ä&="}});
    signing(name, "/", &place).probe(probe)
}

fn signed() -> Vec<Row> {
    vec![
        query("keyed: signature in the query", "/query"),
        header("keyed: signature in a header, key in base64", "/v1/header"),
        password("keyed: signature as a password", "/basic"),
        lines("keyed: signature over every part", "/v1/caf\u{e9}/a^b/lines"),
    ]
}

fn wrong() -> Vec<Row> {
    let wrong = "canary-wrong-8Hd5";
    vec![
        query("keyed: secret wrong, in the query", "/query").secret(wrong).fails("signature-invalid", "auth"),
        header("keyed: secret wrong, in a header", "/header")
            .secret("Y2FuYXJ5LXdyb25n")
            .fails("signature-invalid", "auth"),
        header("keyed: secret that is no base64", "/header")
            .secret("canary-no_base+64")
            .fails("field-format", "resolve"),
        password("keyed: secret wrong, as a password", "/basic").secret(wrong).fails("signature-invalid", "auth"),
        lines("keyed: secret wrong, over every part", "/lines").secret(wrong).fails("signature-invalid", "auth"),
        query("keyed: key wrong", "/query").set("key", "canary-other").fails("credential-rejected", "auth"),
        lines("keyed: key wrong, and no rule for it", "/lines")
            .set("key", "canary-other")
            .fails("credential-rejected", "auth"),
    ]
}

fn times() -> Vec<Row> {
    vec![
        query("keyed: a clock that is behind, in milliseconds", "/ahead/query").warns("clock-skew"),
        header("keyed: a clock that is behind, in seconds", "/ahead/header").warns("clock-skew"),
        password("keyed: a clock that is behind, as a date", "/ahead/basic").warns("clock-skew"),
        lines("keyed: a clock that is behind, as RFC 3339", "/ahead/lines").warns("clock-skew"),
        lines("keyed: a nonce that was used", "/replay/lines"),
    ]
}

/// A session of this user, whose login says this and whose token goes there.
fn session(name: &'static str, user: &'static str, login: &Value, there: &Value) -> Row {
    let mut session =
        json!({"login": {"request": "POST /login", "body": login}, "logout": {"request": "DELETE /session"}});
    let members = session.as_object_mut().expect("a mapping");
    members.extend(there.as_object().expect("a mapping").clone());
    basic(name, BASE, "/")
        .set("username", user)
        .set("place", json!({ "session": session }))
        .probe(ask("GET /me", &json!([])))
}

fn sessions() -> Vec<Row> {
    let json_body = json!({"json": {"user": "{username}", "password": "{password}"}});
    let form = json!({"form": {"user": "{username}", "password": "{password}"}});
    let bearer = json!({"token": "$.session.token", "header": "Authorization", "value": "Bearer {session_token}"});
    let cookie = json!({"token": {"cookie": "LIVE"}, "cookie": "LIVE"});
    let elsewhere = json!({"token": "$.token", "header": "Authorization"});
    let bare = json!({"token": "$.session.more", "header": "Authorization"});
    let usual = |name, user| session(name, user, &json_body, &bearer);
    // The server refuses a second login while a session is open: a row that leaves one open fails the next time. Those without the
    // right token cannot end theirs.
    vec![
        usual("session: by JSON, with a bearer token", "ann"),
        session("session: by a form, with a cookie", "bea", &form, &cookie),
        usual("session: password wrong", "cat").secret("canary-wrong-8Hd5").fails("credential-rejected", "auth"),
        usual("session: not allowed", "dot")
            .probe(ask("GET /denied/me", &json!([])))
            .fails("permission-missing", "authz"),
        session("session: the token has another place", "many-eve", &json_body, &elsewhere)
            .fails("unexpected-response", "assert"),
        session("session: not the token", "many-fay", &json_body, &bare)
            .fails("config-invalid", "auth")
            .warns("logout-failed"),
    ]
}
