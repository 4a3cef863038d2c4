//! What a request differs in from those that a fixture expects.

use serde_json::json;

use super::*;
use crate::model::secret::Secret;

fn credential() -> Credential {
    let mut credential = Credential::default();
    credential.public.insert("username".into(), "ann@example.com".into());
    credential.secrets.insert("api_key".into(), Secret::new("canary-key"));
    credential
}

fn expected() -> ExpectedRequest {
    ExpectedRequest {
        method: "GET".into(),
        path: "/api/accounts".into(),
        query: vec![("limit".into(), "1".into())],
        headers: vec![("Authorization".into(), "Klaviyo-API-Key {{api_key}}".into())],
        ..ExpectedRequest::default()
    }
}

fn got(method: &str, target: &str, authorization: &str, body: &str) -> Request {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", authorization.parse().unwrap());
    Request {
        url: format!("http://localhost{target}").parse().unwrap(),
        method: method.parse().unwrap(),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

fn differences(expected: &ExpectedRequest, got: &Request) -> Vec<String> {
    Expected::new(expected, &credential(), None).differences(got, &credential(), &Issued::default())
}

#[test]
fn a_request_may_have_more_than_is_stated() {
    let got = got("GET", "/api/accounts?x=2&limit=1", "Klaviyo-API-Key canary-key", "");
    assert_eq!(differences(&expected(), &got), [""; 0]);
}

#[test]
fn every_difference_is_named_and_no_secret_shown() {
    let got = got("POST", "/api/canary-key?limit=2", "Bearer canary-key", "");
    assert_eq!(
        differences(&expected(), &got),
        [
            "method: expected GET, got POST",
            "path: expected /api/accounts, got /api/{{api_key}}",
            r#"query limit: expected "1", got "2""#,
            r#"header Authorization: expected "Klaviyo-API-Key {{api_key}}", got "Bearer {{api_key}}""#,
        ]
    );
}

#[test]
fn a_field_that_the_connection_lacks_is_named() {
    let mut expected = expected();
    expected.headers = vec![("authorization".into(), "Bearer {{token}}".into())];
    let found = differences(&expected, &got("GET", "/api/accounts?limit=1", "Bearer x", ""));
    assert_eq!(
        found,
        [r#"header authorization: expected "Bearer {{token}}" (the connection has no field `token`), got "Bearer x""#]
    );
}

#[test]
fn basic_credentials_are_compared_decoded() {
    let expected = ExpectedRequest {
        query: vec![],
        headers: vec![],
        basic: Some(("{{username}}/token".into(), "{{api_key}}".into())),
        ..expected()
    };
    let good = format!("Basic {}", STANDARD.encode("ann@example.com/token:canary-key"));
    assert_eq!(differences(&expected, &got("GET", "/api/accounts", &good, "")), [""; 0]);
    let bad = format!("Basic {}", STANDARD.encode("ann@example.com:canary-key"));
    assert_eq!(
        differences(&expected, &got("GET", "/api/accounts", &bad, "")),
        [r#"basic: expected "{{username}}/token" and "{{api_key}}", got "ann@example.com" and "{{api_key}}""#]
    );
}

#[test]
fn bodies_are_compared_by_meaning() {
    let with = |body| ExpectedRequest { query: vec![], headers: vec![], body: Some(body), ..expected() };
    let json = with(HttpBody::Json(json!({"a": {"key": "{{api_key}}", "n": 1}})));
    let same = got("GET", "/api/accounts", "x", r#"{"a": {"n": 1, "key": "canary-key"}}"#);
    assert_eq!(differences(&json, &same), [""; 0]);
    let other = got("GET", "/api/accounts", "x", r#"{"a": {"key": "{canary-key}", "n": 1}}"#);
    assert_eq!(differences(&json, &other), [r#"body $.a.key: expected "{{api_key}}", got "{{{api_key}}}""#]);
    let more = got("GET", "/api/accounts", "x", r#"{"a": {"key": "canary-key", "n": 1, "m": 2}}"#);
    assert_eq!(differences(&json, &more), ["body $.a.m: not expected"]);

    let form = with(HttpBody::Form(vec![("grant".into(), "a b".into()), ("key".into(), "{{api_key}}".into())]));
    assert_eq!(differences(&form, &got("GET", "/api/accounts", "x", "key=canary%2Dkey&grant=a+b")), [""; 0]);
    let missing = differences(&form, &got("GET", "/api/accounts", "x", "key=canary-key"));
    assert_eq!(missing, [r#"form grant: expected "a b", got nothing"#]);
}

#[test]
fn the_nearest_has_the_same_path_first() {
    let there = Expected::new(&expected(), &credential(), None);
    let elsewhere = ExpectedRequest { path: "/x".into(), query: vec![], headers: vec![], ..expected() };
    let elsewhere = Expected::new(&elsewhere, &credential(), None);
    let got = got("GET", "/api/accounts?key=canary-key", "Bearer canary-key", "");
    let found = mismatch(&got, [&elsewhere, &there].into_iter(), &credential(), &Issued::default());
    assert_eq!(found.request, "GET /api/accounts?key={{api_key}}");
    assert_eq!(found.nearest.as_deref(), Some("GET /api/accounts"));
    assert_eq!(found.differences.len(), 2);
    assert!(!found.to_string().contains("canary"), "{found}");
}
