//! Answers to a login, and to the token that it brought.

use super::*;

const LOGIN: Way = Way { scheme: None, bearer: Bearer::Login, ..BEARER };
const TOKEN: Way = Way { bearer: Bearer::Token, ..BEARER };

#[test]
fn a_login_is_refused_whatever_the_server_would_rather_see() {
    for challenge in [r#"Bearer realm="api""#, r#"Basic realm="x""#, "Negotiate"] {
        let refusal = answer(401, &[("www-authenticate", challenge)], r#"{"error":"wrong password"}"#);
        assert_eq!(cause(LOGIN, &refusal), Some(Cause::CredentialRejected), "{challenge}");
    }
    assert_eq!(cause(LOGIN, &answer(401, &[], "")), Some(Cause::CredentialRejected));
    assert_eq!(cause(LOGIN, &answer(403, &[], "")), Some(Cause::Forbidden));
    assert_eq!(cause(LOGIN, &answer(429, &[], "")), Some(Cause::RateLimited));
    assert_eq!(cause(LOGIN, &answer(500, &[], "")), Some(Cause::ProviderError));
}

#[test]
fn a_fresh_token_that_is_refused_says_nothing_against_the_credential() {
    let with = |challenge: &str| answer(401, &[("www-authenticate", challenge)], "");
    for refusal in [
        answer(401, &[], r#"{"error":"no token"}"#),
        with(r#"Bearer realm="api""#),
        with(r#"Bearer error="invalid_token", error_description="expired""#),
        with(r#"Basic realm="x""#),
    ] {
        let judgement = judged(TOKEN, &HttpConditions::default(), &[], &refusal);
        assert_eq!(judgement.cause, Some(Cause::ConfigInvalid));
        assert!(judgement.message.contains("does not take it in header `x`"), "{}", judgement.message);
    }
    let scope = with(r#"Bearer error="insufficient_scope", scope="api:write""#);
    assert_eq!(cause(TOKEN, &scope), Some(Cause::PermissionMissing));
    assert_eq!(cause(TOKEN, &answer(403, &[], "")), Some(Cause::PermissionMissing));
}

#[test]
fn a_veiled_answer_shows_its_keys_and_nothing_else() {
    let body = r#"{"data":{"access":"canary-token","pin":1234,"ok":true},"list":["canary"]}"#;
    let mut issued = answer(200, &[("x-session", "canary")], body);
    issued.veil();
    let outline = r#"{"data":{"access":"***","pin":"***","ok":true},"list":["***"]}"#;
    assert_eq!(issued.outline().as_deref(), Some(outline));
    for accept in [
        json_is("$.data.access", ValueMatch::Equals("other".into())),
        json_is("$.data.pin", ValueMatch::Equals(1.into())),
        HttpConditions { text: Some(Box::new(ValueMatch::Equals("x".into()))), ..HttpConditions::default() },
        HttpConditions {
            headers: vec![("x-session".into(), ValueMatch::Equals("x".into()))],
            ..HttpConditions::default()
        },
    ] {
        let judgement = judged(LOGIN, &accept, &[], &issued);
        assert_eq!(judgement.cause, Some(Cause::UnexpectedResponse));
        let told = format!("{} {:?}", judgement.message, judgement.remedy);
        assert!(!told.contains("canary") && !told.contains("1234"), "{told}");
        assert!(told.contains(outline), "{told}");
    }
    let mut plain = answer(200, &[], "canary-token");
    plain.veil();
    assert_eq!(plain.quote(&Scrubber::new()).as_deref(), Some("12 bytes that may hold secrets"));
}
