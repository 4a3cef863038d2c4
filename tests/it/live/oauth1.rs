//! OAuth 1.0a, before a verifier that shares nothing with ours: oauthlib. Each of the four secrets wrong in turn, every method and place.

use serde_json::json;

use super::row::{Row, get, signed};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [methods(), places(), wrong(), refused()].concat()
}

fn methods() -> Vec<Row> {
    let hmac = |name: &'static str, method: &'static str| signed(name).set("signature_method", method);
    let rsa = |name: &'static str, method: &'static str| hmac(name, method).keyed("private_key", "$pki/rsa.key");
    vec![
        signed("oauthlib: nothing stated, HMAC-SHA1"),
        hmac("oauthlib: HMAC-SHA256", "HMAC-SHA256").set("realm", "live \"shop\""),
        hmac("oauthlib: HMAC-SHA512", "HMAC-SHA512"),
        hmac("oauthlib: PLAINTEXT", "PLAINTEXT"),
        rsa("oauthlib: RSA-SHA1", "RSA-SHA1"),
        rsa("oauthlib: RSA-SHA256", "RSA-SHA256"),
    ]
}

fn places() -> Vec<Row> {
    let post = || {
        json!({"http": {
            "request": "POST /ok", "query": {"a": "1 +", "b": "ä/="}, "body": {"form": {"c": "x y&z", "a": "2"}},
            "accept": {"status": 200, "json": {"$.ok": true}},
        }})
    };
    let with_query = json!({"http": {"request": "GET /ok", "query": {"q": "a b+c", "oauth": ""}, "accept": {"json": {"$.ok": true}}}});
    vec![
        signed("oauthlib: header, with a query to sign").probe(with_query.clone()),
        signed("oauthlib: header, with a form to sign").probe(post()),
        signed("oauthlib: query").set("place", json!({"oauth1": "query"})).probe(with_query),
        signed("oauthlib: form").set("place", json!({"oauth1": "form"})).probe(post()),
        signed("oauthlib: a form that the protocol fills alone")
            .set("place", json!({"oauth1": "form"}))
            .probe(json!({"http": {"request": "POST /ok", "accept": {"status": 200, "json": {"$.ok": true}}}})),
    ]
}

fn wrong() -> Vec<Row> {
    vec![
        signed("oauthlib: consumer key wrong").set("consumer_key", "canary-other").fails("client-rejected", "auth"),
        signed("oauthlib: consumer secret wrong").secret("canary-wrong-8Hd5").fails("signature-invalid", "auth"),
        signed("oauthlib: token wrong").set("token", "canary-other").fails("credential-rejected", "auth"),
        signed("oauthlib: token secret wrong")
            .with("token_secret", "canary-wrong-8Hd5")
            .fails("signature-invalid", "auth"),
        signed("oauthlib: RSA, by another key")
            .set("signature_method", "RSA-SHA256")
            .keyed("private_key", "$pki/rsa_other.key")
            .fails("signature-invalid", "auth"),
    ]
}

fn refused() -> Vec<Row> {
    vec![
        signed("oauthlib: a nonce that was used").probe(get("/replay")),
        signed("oauthlib: a clock that is behind").probe(get("/ahead")).warns("clock-skew"),
        signed("oauthlib: not allowed").probe(get("/denied")).fails("permission-missing", "authz"),
    ]
}
