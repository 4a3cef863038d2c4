//! What the verifier lets in and what it does not: each part of a signed request changed in turn.

use super::*;
use crate::model::secret::Secret;

fn credential() -> Credential {
    let mut credential = Credential::default();
    credential.public.insert("key".into(), "AKIDEXAMPLE".into());
    credential.secrets.insert("secret".into(), Secret::new("canary secret"));
    credential.secrets.insert("session_token".into(), Secret::new("canary-token"));
    credential
}

/// A request as it is sent, before it is signed.
fn unsigned(service: &str) -> Request {
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("host", "a.example"),
        ("content-type", "text/plain"),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-security-token", "canary-token"),
        ("x-amz-target", "T"),
    ] {
        headers.insert(name, value.parse().expect("a header's value"));
    }
    if keeps_paths(service) {
        headers.insert("x-amz-content-sha256", payload_hash(b"body").parse().expect("a header's value"));
    }
    Request {
        url: "http://localhost/a%20b/../c?x=1+2&a=%2B".parse().expect("a URL"),
        method: http::Method::POST,
        headers,
        body: b"body".to_vec(),
    }
}

fn signed(mut request: Request, secret: &str, region: &str, service: &str, leave_out: &str) -> Request {
    let names = request.headers.keys().map(|name| name.as_str().to_owned()).filter(|name| name != leave_out);
    let headers: Vec<(String, String)> = names.flat_map(|name| values(&request, &name)).collect();
    let payload = payload_hash(&request.body);
    let query = query(request.url.query().expect("a query"));
    let (method, path) = (request.method.as_str(), request.url.path());
    let asked = Asked { method, path, query: &query, headers: &headers, token: None, payload: &payload };
    let canonical = Canonical::of(&asked, service);
    let scope = Scope { stamp: "20150830T123600Z", region, service };
    let signature = scope.sign(&Secret::new(secret), &canonical);
    let value = scope.header("AKIDEXAMPLE", &canonical.signed_headers) + &String::from_utf8_lossy(open(&signature));
    request.headers.insert("authorization", value.parse().expect("a header's value"));
    request
}

fn said(service: &str, got: &Request) -> Option<String> {
    let want = |text: &str| Want::new(text, &credential());
    let said = difference(&want("us-east-1"), &want(service), got, &credential());
    assert!(!format!("{said:?}").contains("canary"), "{said:?}");
    said
}

#[test]
fn what_is_signed_rightly_is_let_in() {
    for service in ["sts", "s3"] {
        let got = signed(unsigned(service), "canary secret", "us-east-1", service, "");
        assert_eq!(said(service, &got), None, "{service}");
    }
}

#[test]
fn everything_else_is_refused_and_named() {
    let good = || signed(unsigned("s3"), "canary secret", "us-east-1", "s3", "");
    let with = |name: &'static str, value: &str| {
        let mut got = good();
        got.headers.insert(name, value.parse().expect("a header's value"));
        got
    };
    let other_key = good().headers["authorization"].to_str().expect("text").replace("AKIDEXAMPLE", "AKIDOTHER");
    let bodiless = Request { body: Vec::new(), ..good() };
    let moved = Request { url: "http://localhost/c?x=1+2&a=%2C".parse().expect("a URL"), ..good() };
    for (got, expected) in [
        (unsigned("s3"), "got none"),
        (signed(unsigned("s3"), "canary wrong", "us-east-1", "s3", ""), "does not match the request"),
        (signed(unsigned("s3"), "canary secret", "eu-west-1", "s3", ""), "for \"eu-west-1\" and \"s3\""),
        (signed(unsigned("sts"), "canary secret", "us-east-1", "sts", ""), "for \"us-east-1\" and \"sts\""),
        (with("authorization", &other_key), "another access key"),
        (with("x-amz-date", "20150831T000000Z"), "another day"),
        (with("x-amz-date", "20150830T123601Z"), "does not match the request"),
        (with("x-amz-security-token", "other"), "another session token"),
        (with("x-amz-acl", "private"), "leaves the header x-amz-acl out"),
        (with("host", "b.example"), "does not match the request"),
        (signed(unsigned("s3"), "canary secret", "us-east-1", "s3", "host"), "leaves the header host out"),
        (
            signed(unsigned("s3"), "canary secret", "us-east-1", "s3", "content-type"),
            "leaves the header content-type out",
        ),
        (bodiless, "another body"),
        (moved, "does not match the request"),
    ] {
        let said = said("s3", &got).unwrap_or_default();
        assert!(said.ends_with(expected), "expected {expected:?}: {said}");
    }
}
