//! HTTP: nginx and httpbin with right and wrong credentials, and everything that is no yes.

use serde_json::json;

use super::row::{Row, at, basic, bearer, get, key_secret};
use super::world::Before;

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [keys(), logins(), answers(), pages(), httpbin(), elsewhere()].concat()
}

/// A key in a header of its own.
fn key(name: &'static str) -> Row {
    bearer(name, "/key").set("place", json!({"header": "X-Api-Key"})).secret("$api_key")
}

/// A key in the query string.
fn query(name: &'static str) -> Row {
    bearer(name, "/query").set("place", json!({"query": "api_key"})).secret("$api_key")
}

fn keys() -> Vec<Row> {
    vec![
        key("nginx: key in a header, right"),
        key("nginx: key in a header, wrong, a 403 without a rule")
            .secret("canary-wrong-8Hd5")
            .unknown("forbidden", "authz"),
        key("nginx: key in a header, wrong, a 403 with a rule")
            .secret("canary-wrong-8Hd5")
            .probe(json!({"http": {
                "request": "GET /key",
                "accept": {"status": 200, "json": {"$.account.id": 42}},
                "refuse": [{"status": 403, "json": {"$.error": "bad key"}, "cause": "credential-rejected"}],
            }}))
            .fails("credential-rejected", "auth"),
        query("nginx: key in the query, right"),
        query("nginx: key in the query, wrong").secret("canary-wrong-8Hd5").fails("credential-rejected", "auth"),
        bearer("nginx: bearer, right", "/bearer"),
        bearer("nginx: bearer, wrong", "/bearer").secret("canary-wrong-8Hd5").fails("credential-rejected", "auth"),
        bearer("nginx: bearer under another header's name", "/bearer")
            .set("place", json!({"header": "X-Token"}))
            .fails("credential-missing", "auth"),
        bearer("nginx: bearer, expired", "/expired").fails("credential-expired", "auth"),
        bearer("nginx: bearer, scope missing", "/scope").fails("permission-missing", "authz"),
    ]
}

fn logins() -> Vec<Row> {
    let nginx = "http://127.0.0.1:$nginx";
    vec![
        basic("nginx: login, right", nginx, "/basic/ok.json"),
        basic("nginx: login, right, a password of odd characters", nginx, "/basic/ok.json")
            .set("username", "bob")
            .secret("$bob"),
        basic("nginx: login, wrong password", nginx, "/basic/ok.json")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        basic("nginx: login, wrong user", nginx, "/basic/ok.json")
            .set("username", "alicia")
            .fails("credential-rejected", "auth"),
        key_secret("nginx: key and secret, right", nginx, "/basic/ok.json"),
        key_secret("nginx: key and secret, wrong secret", nginx, "/basic/ok.json")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        key_secret("nginx: key and secret, wrong key", nginx, "/basic/ok.json")
            .set("key", "alicia")
            .fails("credential-rejected", "auth"),
    ]
}

fn answers() -> Vec<Row> {
    vec![
        bearer("nginx: 400", "/bad-request").fails("config-invalid", "auth"),
        bearer("nginx: 402", "/frozen").fails("account-suspended", "auth"),
        bearer("nginx: 403, a page that says nothing", "/forbidden").unknown("forbidden", "authz"),
        bearer("nginx: 403, HTTPS required", "/https-only").fails("tls-required", "auth"),
        bearer("nginx: 404", "/nosuch").fails("not-found", "assert"),
        bearer("nginx: 426", "/upgrade").fails("tls-required", "auth"),
        bearer("nginx: 429 with Retry-After", "/limited")
            .after(Before::Get("nginx", "/limited"))
            .unknown("rate-limited", "auth"),
        bearer("nginx: 451", "/legal").fails("ip-blocked", "auth"),
        bearer("nginx: 500", "/broken").unknown("provider-error", "auth"),
        bearer("nginx: 502, the server behind it is dead", "/dead").unknown("provider-error", "auth"),
        bearer("nginx: 503 with Retry-After", "/maintenance").unknown("rate-limited", "auth"),
    ]
}

fn pages() -> Vec<Row> {
    vec![
        bearer("nginx: redirect to a login page", "/needs-login").fails("redirected", "auth"),
        bearer("nginx: redirect to another host", "/moved").fails("redirected", "auth"),
        bearer("nginx: HTML in place of JSON", "/login").fails("unexpected-response", "assert"),
        bearer("nginx: 200 with a failure inside", "/false").fails("unexpected-response", "assert"),
        bearer("nginx: JSON that breaks off", "/truncated").fails("unexpected-response", "assert"),
        bearer("nginx: 204, nothing", "/nothing").fails("unexpected-response", "assert"),
        at("nginx: closed without an answer", "http://127.0.0.1:$nginx_empty", "/").unknown("connection-reset", "auth"),
    ]
}

fn httpbin() -> Vec<Row> {
    let base = "http://127.0.0.1:$httpbin";
    let authenticated = |path: &str| json!({"http": {"request": format!("GET {path}"), "accept": {"status": 200, "json": {"$.authenticated": true}}}});
    vec![
        at("httpbin: bearer, right", base, "/bearer").probe(authenticated("/bearer")),
        at("httpbin: bearer without its word", base, "/bearer")
            .set("place", json!({"header": "Authorization"}))
            .probe(authenticated("/bearer"))
            .fails("credential-missing", "auth"),
        basic("httpbin: login, right", base, "/").probe(authenticated("/basic-auth/alice/$alice")),
        basic("httpbin: login, wrong password", base, "/")
            .secret("canary-wrong-8Hd5")
            .probe(authenticated("/basic-auth/alice/$alice"))
            .fails("credential-rejected", "auth"),
        basic("httpbin: login, wrong, and a 404 for an answer", base, "/")
            .secret("canary-wrong-8Hd5")
            .probe(authenticated("/hidden-basic-auth/alice/$alice"))
            .fails("not-found", "assert"),
        at("httpbin: the answer repeats our secret", base, "/").probe(
            json!({"http": {"request": "GET /headers", "accept": {"status": 200, "json": {"$.headers": "exists"}}}}),
        ),
        at("httpbin: gzip", base, "/")
            .probe(json!({"http": {"request": "GET /gzip", "accept": {"status": 200, "json": {"$.gzipped": true}}}})),
        at("httpbin: an answer that takes too long", base, "/delay/9").unknown("response-timeout", "auth"),
        at("httpbin: 418", base, "/status/418").fails("unexpected-response", "assert"),
        at("httpbin: redirect", base, "/redirect/1").fails("redirected", "auth"),
        at("httpbin: XML in place of JSON", base, "/xml").fails("unexpected-response", "assert"),
    ]
}

fn elsewhere() -> Vec<Row> {
    vec![
        at("HTTP: closed port", "http://127.0.0.1:$dead", "/").unknown("connect-refused", "connect"),
        at("HTTP: nobody answers the handshake", "http://127.0.0.1:$odd_full", "/")
            .unknown("connect-timeout", "connect"),
        at("HTTP: silent port", "http://127.0.0.1:$odd_silent", "/").unknown("response-timeout", "auth"),
        at("HTTP: reset", "http://127.0.0.1:$odd_reset", "/").unknown("connection-reset", "auth"),
        at("HTTP: closed", "http://127.0.0.1:$odd_close", "/").unknown("connection-reset", "auth"),
        at("HTTP: a port that speaks nothing known", "http://127.0.0.1:$odd_garbage", "/")
            .fails("unexpected-response", "assert"),
        at("HTTP: a port that speaks SSH", "http://127.0.0.1:$odd_ssh", "/").fails("protocol-mismatch", "banner"),
        at("HTTP: a port that speaks FTP", "http://127.0.0.1:$vsftpd_plain", "/").fails("protocol-mismatch", "banner"),
        at("HTTP: a body without an end", "http://127.0.0.1:$odd_slow_body", "/").unknown("response-timeout", "auth"),
        at("HTTP: a body that is too large", "http://127.0.0.1:$odd_endless", "/")
            .fails("unexpected-response", "assert"),
        at("HTTP: wrong host", "https://nowhere.invalid", "/").fails("host-not-found", "dns"),
        at("HTTP: a name without an address", "https://nodata.test", "/").private().fails("host-not-found", "dns"),
        at("HTTP: resolver fails", "https://servfail.test", "/").private().unknown("dns-unavailable", "dns"),
        at("HTTP: no route", "https://192.0.2.1", "/").private().unknown("network-unreachable", "connect"),
        at("HTTP: in clear to somewhere else", "http://192.0.2.1", "/")
            .private()
            .fails("destination-refused", "resolve"),
        at("HTTP: the metadata address", "https://169.254.169.254", "/")
            .private()
            .fails("destination-refused", "resolve"),
        at("HTTP: a name that leads to the metadata address", "https://metadata.test", "/")
            .private()
            .fails("destination-refused", "dns"),
        at("HTTP: right login, by name", "http://localhost:$nginx", "/bearer").probe(get("/bearer")),
    ]
}
