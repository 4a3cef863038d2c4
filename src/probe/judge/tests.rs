//! Answers of real servers and APIs, and what they prove. Bodies are from `servers`, `apps` and `shopify` of the reference material.

mod acceptance;
mod sessions;

use std::time::Duration;

use crate::model::query::JsonQuery;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::probe::ValueMatch;
use crate::model::verdict::Verdict;
use crate::probe::authentication::Bearer;
use crate::wire::http::Response;

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let pair = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
    };
    let headers: HeaderMap = headers.iter().map(pair).collect();
    Answer::new(Response { status, headers, body: body.into(), truncated: false })
}

/// How the request of a case was asked.
#[derive(Clone, Copy)]
struct Way {
    url: &'static str,
    scheme: Option<&'static str>,
    needs: Option<&'static str>,
    bearer: Bearer,
}

/// A bearer token over TLS, no permission in question.
const BEARER: Way = Way { url: "https", scheme: Some("bearer"), needs: None, bearer: Bearer::Credential };
const PLAIN: Way = Way { url: "http", ..BEARER };
const KEY: Way = Way { scheme: None, ..BEARER };
const CHECK: Way = Way { needs: Some("lists:read"), ..BEARER };

fn judged(way: Way, accept: &HttpConditions, refuse: &[HttpRefusal], answer: &Answer) -> Judgement {
    let authentication = Authentication {
        scheme: way.scheme.map(str::to_owned),
        place: "header `x`".to_owned(),
        bearer: way.bearer,
        ..Authentication::default()
    };
    let asked = Asked {
        line: "GET /me",
        address: &Address { scheme: way.url.into(), host: "api.example.com".into(), port: 443 },
        phase: if way.needs.is_some() { Phase::Authz } else { Phase::Auth },
        authentication: &authentication,
        needs: way.needs,
        connection: "it",
        renew: Some("https://example.com/keys"),
        scrubber: &Scrubber::new(),
        now: SystemTime::UNIX_EPOCH,
    };
    let judgement = judge(&asked, Rules { accept, refuse }, answer);
    assert!(!judgement.message.is_empty());
    assert_eq!(judgement.remedy.is_none(), judgement.cause.is_none(), "{judgement:?}");
    judgement
}

fn cause(way: Way, answer: &Answer) -> Option<Cause> {
    judged(way, &HttpConditions::default(), &[], answer).cause
}

fn path(text: &str) -> JsonQuery {
    JsonQuery::parse(text).expect("a JSONPath")
}

fn json_is(text: &str, wanted: ValueMatch) -> HttpConditions {
    HttpConditions { json: vec![(path(text), wanted)], ..HttpConditions::default() }
}

#[test]
fn a_401_is_read_by_its_challenge() {
    let with = |challenge: &str| answer(401, &[("www-authenticate", challenge)], "");
    // servers.md, sections 3 to 5.
    for (way, challenge, expected) in [
        (BEARER, r#"Bearer realm="api", error="invalid_token""#, Cause::CredentialRejected),
        (
            BEARER,
            r#"Bearer error="invalid_token", error_description="The access token expired""#,
            Cause::CredentialExpired,
        ),
        (
            BEARER,
            r#"Bearer error="invalid_token", error_description="Invalid token: expired on 2026-01-01""#,
            Cause::CredentialExpired,
        ),
        // Whoever names several reasons says of none that it is the one: the RFC's own sentence, and its like.
        (
            BEARER,
            r#"Bearer error="invalid_token", error_description="The access token provided is expired, revoked, malformed, or invalid for other reasons.""#,
            Cause::CredentialRejected,
        ),
        (
            BEARER,
            r#"Bearer error="invalid_token", error_description="The access token is invalid or has expired""#,
            Cause::CredentialRejected,
        ),
        (
            BEARER,
            r#"Bearer error="invalid_token", error_description="Token has been expired or revoked.""#,
            Cause::CredentialRejected,
        ),
        (BEARER, r#"Bearer error="insufficient_scope", scope="api:write""#, Cause::PermissionMissing),
        (BEARER, r#"Bearer error="invalid_request""#, Cause::ConfigInvalid),
        (BEARER, r#"Bearer realm="api""#, Cause::CredentialRejected),
        (BEARER, r#"Basic realm="Fake Realm""#, Cause::CredentialMissing),
        (BEARER, r#"Basic realm="x", Bearer realm="y""#, Cause::CredentialRejected),
        (KEY, r#"Bearer realm="api""#, Cause::CredentialMissing),
        (
            BEARER,
            r#"OAuth realm="1", error="token_rejected", error_description="Invalid login attempt""#,
            Cause::CredentialRejected,
        ),
        (BEARER, r#"=,"\"#, Cause::CredentialRejected),
        (CHECK, r#"Bearer realm="api""#, Cause::PermissionMissing),
        (CHECK, r#"Bearer error="invalid_token""#, Cause::CredentialRejected),
    ] {
        assert_eq!(cause(way, &with(challenge)), Some(expected), "{challenge}");
    }
    assert_eq!(cause(KEY, &answer(401, &[], r#"{"error":"missing key"}"#)), Some(Cause::CredentialRejected));
}

#[test]
fn two_challenges_in_two_lines_are_both_read() {
    let challenges = [("www-authenticate", "Negotiate"), ("www-authenticate", "Bearer error=\"invalid_token\"")];
    assert_eq!(cause(KEY, &answer(401, &challenges, "")), Some(Cause::CredentialRejected));
}

#[test]
fn a_403_says_no_more_than_what_stands_beside_it() {
    let cloudflare =
        [("cf-ray", "8a1b2c3d4e5f-FRA"), ("content-type", "text/html; charset=UTF-8"), ("server", "cloudflare")];
    let page = "<!DOCTYPE html><title>Access denied | api.example.com used Cloudflare to restrict access</title>";
    let scope = [("www-authenticate", r#"Bearer realm="api", error="insufficient_scope", scope="api:write""#)];
    for (way, answer, expected) in [
        (BEARER, answer(403, &[], r#"{"error":"bad key"}"#), Cause::Forbidden),
        (CHECK, answer(403, &[], r#"{"error":"bad key"}"#), Cause::PermissionMissing),
        (BEARER, answer(403, &scope, ""), Cause::PermissionMissing),
        (BEARER, answer(403, &cloudflare, page), Cause::IpBlocked),
        (CHECK, answer(403, &cloudflare, page), Cause::IpBlocked),
        (BEARER, answer(403, &[("cf-ray", "8a1b")], r#"{"detail":"access denied"}"#), Cause::Forbidden),
        (BEARER, answer(403, &[], page), Cause::Forbidden),
        (CHECK, answer(403, &[("retry-after", "7")], ""), Cause::RateLimited),
        (PLAIN, answer(403, &[], "SSL is required"), Cause::TlsRequired),
        (BEARER, answer(451, &[], ""), Cause::IpBlocked),
    ] {
        assert_eq!(cause(way, &answer), Some(expected), "{answer:?}");
    }
    let judgement = judged(BEARER, &HttpConditions::default(), &[], &answer(403, &scope, ""));
    assert!(judgement.message.contains("`api:write`") && judgement.remedy.is_some_and(|r| r.contains("`api:write`")));
}

#[test]
fn nginx_says_in_a_400_what_is_wrong_with_tls() {
    let page = |title: &str| {
        let body = format!(
            "<html>\r\n<head><title>400 {title}</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>"
        );
        answer(400, &[("content-type", "text/html"), ("server", "nginx/1.22.1")], &body)
    };
    for (title, expected) in [
        ("The plain HTTP request was sent to HTTPS port", Cause::ProtocolMismatch),
        ("No required SSL certificate was sent", Cause::ClientCertificateRequired),
        ("The SSL certificate error", Cause::ClientCertificateRejected),
        ("Bad Request", Cause::ConfigInvalid),
    ] {
        assert_eq!(cause(PLAIN, &page(title)), Some(expected), "{title}");
    }
}

#[test]
fn every_status_has_a_cause_and_only_successes_pass() {
    for (status, expected) in [
        (400, Cause::ConfigInvalid),
        (402, Cause::AccountSuspended),
        (404, Cause::NotFound),
        (405, Cause::ConfigInvalid),
        (406, Cause::ConfigInvalid),
        (407, Cause::ProxyFailed),
        (408, Cause::ProviderError),
        (410, Cause::NotFound),
        (415, Cause::ConfigInvalid),
        (418, Cause::UnexpectedResponse),
        (422, Cause::ConfigInvalid),
        (423, Cause::AccountSuspended),
        (426, Cause::TlsRequired),
        (429, Cause::RateLimited),
        (500, Cause::ProviderError),
        (502, Cause::ProviderError),
        (503, Cause::ProviderError),
    ] {
        assert_eq!(cause(BEARER, &answer(status, &[], "")), Some(expected), "{status}");
    }
    for status in (100..200).chain(300..600) {
        let judgement = judged(BEARER, &HttpConditions::default(), &[], &answer(status, &[], ""));
        assert_ne!(judgement.verdict(), Verdict::Pass, "{status}");
    }
    assert_eq!(cause(BEARER, &answer(204, &[], "")), None);
}

#[test]
fn limits_carry_the_servers_wish() {
    let wait = |status, value: &str| {
        let judgement = judged(BEARER, &HttpConditions::default(), &[], &answer(status, &[("retry-after", value)], ""));
        (judgement.cause, judgement.retry_after)
    };
    assert_eq!(wait(429, "2.0"), (Some(Cause::RateLimited), Some(Duration::from_secs(2))));
    assert_eq!(wait(503, "30"), (Some(Cause::RateLimited), Some(Duration::from_secs(30))));
    assert_eq!(wait(403, "1"), (Some(Cause::RateLimited), Some(Duration::from_secs(1))));
    assert_eq!(wait(429, "soon"), (Some(Cause::RateLimited), None));
}

#[test]
fn a_redirect_is_a_finding_that_names_where_it_leads() {
    let to =
        |way, location: &str| judged(way, &HttpConditions::default(), &[], &answer(302, &[("location", location)], ""));
    for (way, location, said, remedy) in [
        (
            BEARER,
            "https://login.example.net/start?token=canary",
            "`https://login.example.net/start`",
            "`login.example.net`",
        ),
        (BEARER, "//login.example.net/", "`https://login.example.net/`", "`login.example.net`"),
        (BEARER, "/users/login?next=%2Fme", "`https://api.example.com/users/login`", "login page"),
        (BEARER, "/v2/me", "`https://api.example.com/v2/me`", "that path"),
    ] {
        let judgement = to(way, location);
        assert_eq!(judgement.cause, Some(Cause::Redirected), "{location}");
        assert!(judgement.message.contains(said), "{}", judgement.message);
        assert!(judgement.remedy.as_ref().is_some_and(|text| text.contains(remedy)), "{judgement:?}");
        assert!(!judgement.message.contains("canary"), "{}", judgement.message);
    }
    let upgrade = to(PLAIN, "https://api.example.com/me");
    assert!(upgrade.remedy.is_some_and(|remedy| remedy.contains("https://")));
    assert_eq!(cause(BEARER, &answer(304, &[], "")), Some(Cause::UnexpectedResponse));
    assert_eq!(to(BEARER, "http://[").cause, Some(Cause::Redirected));
}

#[test]
fn the_first_rule_that_holds_decides() {
    let rule = |status, json: Option<(&str, serde_json::Value)>, cause, remedy: Option<&str>| HttpRefusal {
        when: HttpConditions {
            status: vec![StatusMatch::Code(status)],
            json: json.map(|(at, value)| (path(at), ValueMatch::Equals(value))).into_iter().collect(),
            ..HttpConditions::default()
        },
        cause,
        remedy: remedy.map(Into::into),
    };
    let rules = [
        rule(
            403,
            Some(("$.errors[0].code", json!("permission_denied"))),
            Cause::PermissionMissing,
            Some("Ask the owner."),
        ),
        rule(403, None, Cause::CredentialRejected, None),
        rule(200, Some(("$.ok", json!(false))), Cause::CredentialRejected, None),
    ];
    let says = |way, status, body: &str| judged(way, &HttpConditions::default(), &rules, &answer(status, &[], body));
    let klaviyo = r#"{"errors":[{"status":403,"code":"permission_denied"}]}"#;
    let judgement = says(BEARER, 403, klaviyo);
    assert_eq!(
        (judgement.cause, judgement.remedy.as_deref()),
        (Some(Cause::PermissionMissing), Some("Ask the owner."))
    );
    assert_eq!(says(BEARER, 403, "{}").cause, Some(Cause::CredentialRejected));
    // Slack and others answer 200 with the failure inside.
    assert_eq!(says(BEARER, 200, r#"{"ok":false,"error":"invalid_auth"}"#).cause, Some(Cause::CredentialRejected));
    // After a passed authentication, that cannot be the credential's fault.
    assert_eq!(says(CHECK, 403, "{}").cause, Some(Cause::PermissionMissing));
    assert_eq!(says(CHECK, 200, r#"{"ok":false,"error":"missing_scope"}"#).cause, Some(Cause::PermissionMissing));
}

#[test]
fn a_fault_names_the_request_for_the_provider() {
    let fault = answer(502, &[("x-request-id", "b7c1")], "upstream");
    let judgement = judged(BEARER, &HttpConditions::default(), &[], &fault);
    assert!(judgement.remedy.is_some_and(|remedy| remedy.contains("`x-request-id: b7c1`")));
}

#[test]
fn quotes_are_short_and_one_line() {
    let long = "x\n".repeat(5000);
    let judgement = judged(BEARER, &HttpConditions::default(), &[], &answer(500, &[], &long));
    assert!(judgement.message.len() < 400 && !judgement.message.contains('\n'), "{}", judgement.message);
}

proptest! {
    #[test]
    fn no_answer_panics_or_passes_by_accident(
        status in prop_oneof![100u16..200, 300u16..600],
        name in prop_oneof!["www-authenticate", "location", "retry-after", "server", "content-type"],
        value in "[ -~]{0,60}",
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut answer = answer(status, &[], "");
        answer.response.headers.insert(
            HeaderName::from_bytes(name.as_bytes()).expect("a name"),
            HeaderValue::from_str(&value).expect("a value"),
        );
        answer.response.body = body;
        for way in [BEARER, KEY, CHECK, PLAIN] {
            prop_assert!(cause(way, &answer).is_some());
        }
    }
}
