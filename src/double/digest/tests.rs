//! What the verifier lets in and what it does not: each part of an answer wrong in turn, each count once.

use super::*;
use crate::model::secret::Secret;

fn credential() -> Credential {
    let mut credential = Credential::default();
    credential.public.insert("username".into(), "J\u{e4}s\u{f8}n \"D\"".into());
    credential.secrets.insert("password".into(), Secret::new("canary password"));
    credential
}

fn login(algorithm: &str, qop: &str) -> Login {
    let expected = ExpectedLogin {
        username: "{{username}}".into(),
        password: "{{password}}".into(),
        realm: Some("a \"realm\"".into()),
        algorithm: Some(algorithm.into()),
        qop: Some(qop.into()),
    };
    Login::new(&expected, &credential())
}

/// Answers a challenge as a client does, and lets a test change what it states.
fn answered(challenge: &str, count: u32, change: impl Fn(&mut Vec<(&str, String)>)) -> Request {
    let found = challenges(challenge);
    let challenge = Challenge::read(&found[0]).expect("it can be answered");
    let (user, password) = (Secret::new("J\u{e4}s\u{f8}n \"D\""), Secret::new("canary password"));
    let login = digest::Login { user: &user, password: &password };
    let proof = Proof {
        algorithm: challenge.algorithm,
        qop: challenge.qop,
        key: login.key(challenge.algorithm, &challenge.realm, &challenge.nonce, "ours"),
        nonce: challenge.nonce.clone(),
        cnonce: "ours".to_owned(),
        count,
        uri: "/a?b=%20".to_owned(),
    };
    let response = String::from_utf8_lossy(open(&proof.response("POST", b"body"))).into_owned();
    let mut parameters = vec![
        ("username*", "UTF-8''J%C3%A4s%C3%B8n%20%22D%22".to_owned()),
        ("realm", quote_string(&challenge.realm)),
        ("nonce", quote_string(&proof.nonce)),
        ("uri", quote_string(&proof.uri)),
        ("opaque", quote_string(&challenge.opaque.unwrap_or_default())),
        ("algorithm", challenge.algorithm.name().to_owned()),
        ("response", quote_string(&response)),
    ];
    if let Some(qop) = challenge.qop {
        let more = [("qop", qop.name().to_owned()), ("nc", proof.counted()), ("cnonce", "\"ours\"".to_owned())];
        parameters.extend(more);
    } else if challenge.algorithm.session {
        parameters.push(("cnonce", "\"ours\"".to_owned()));
    }
    change(&mut parameters);
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    request(&format!("Digest {}", parameters.join(", ")))
}

fn request(authorization: &str) -> Request {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", authorization.parse().expect("a header's value"));
    Request {
        url: "http://localhost/a?b=%20".parse().expect("a URL"),
        method: http::Method::POST,
        headers,
        body: b"body".to_vec(),
    }
}

#[test]
fn every_algorithm_and_protection_is_verified() {
    for algorithm in Algorithm::ALL {
        for qop in ["auth", "auth-int", "none"] {
            let (login, mut issued) = (login(algorithm.name(), qop), Issued::default());
            let challenge = login.challenge();
            issued.remember(&challenge);
            let good = answered(&challenge, 1, |_| {});
            assert_eq!(login.difference(&good, &issued), None, "{} {qop}", algorithm.name());
            let other = Request { method: http::Method::GET, ..good };
            assert!(login.difference(&other, &issued).is_some_and(|said| said.ends_with("does not match")));
        }
    }
}

#[test]
fn each_part_that_is_wrong_is_named() {
    let (login, mut issued) = (login("MD5", "auth"), Issued::default());
    let challenge = login.challenge();
    issued.remember(&challenge);
    let set = |name: &'static str, value: &'static str| {
        let got = answered(&challenge, 1, |parameters| {
            let known = parameters.iter_mut().find(|(known, _)| *known == name).expect("it is stated");
            value.clone_into(&mut known.1);
        });
        login.difference(&got, &issued).unwrap_or_default()
    };
    for (name, value, expected) in [
        ("nonce", "\"other\"", "never made"),
        ("realm", "\"other\"", "another realm"),
        ("opaque", "\"other\"", "another opaque"),
        ("algorithm", "SHA-256", "another algorithm"),
        ("qop", "auth-int", "another qop"),
        ("uri", "\"/a\"", "another uri"),
        ("nc", "1", "used before"),
        ("nc", "00000000", "used before"),
        ("username*", "UTF-8''Jason", "another user"),
        ("cnonce", "\"\"", "lacks something"),
        ("cnonce", "\"other\"", "does not match"),
        ("response", "\"0\"", "does not match"),
    ] {
        let said = set(name, value);
        assert!(said.ends_with(expected) && !said.contains("canary"), "{name}={value}: {said}");
    }
    let said = login.difference(&request("Basic YTpi"), &issued).unwrap_or_default();
    assert!(said.ends_with("got none"), "{said}");
}

#[test]
fn a_count_is_good_once_and_only_upwards() {
    let (login, mut issued) = (login("SHA-256", "auth"), Issued::default());
    let challenge = login.challenge();
    issued.remember(&challenge);
    for (count, expected) in [(1, true), (1, false), (3, true), (2, false), (3, false), (4, true)] {
        let got = answered(&challenge, count, |_| {});
        assert_eq!(login.difference(&got, &issued).is_none(), expected, "{count}");
        if expected {
            issued.count(&got);
        }
    }
}

#[test]
fn challenges_differ() {
    let login = login("MD5", "none");
    assert_ne!(login.challenge(), login.challenge());
    assert!(!login.challenge().contains("qop"));
}

#[test]
fn a_field_that_the_connection_lacks_is_named() {
    let expected = ExpectedLogin { username: "{{user}}".into(), password: "x".into(), ..ExpectedLogin::default() };
    let (login, mut issued) = (Login::new(&expected, &credential()), Issued::default());
    let challenge = login.challenge();
    issued.remember(&challenge);
    let said = login.difference(&answered(&challenge, 1, |_| {}), &issued).unwrap_or_default();
    assert!(said.contains("no field `user`"), "{said}");
}
