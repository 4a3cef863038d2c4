//! What is taken for positive evidence.

use super::*;

#[test]
fn acceptance_needs_every_condition() {
    let accept = HttpConditions {
        status: vec![StatusMatch::Code(200)],
        headers: vec![("content-type".into(), ValueMatch::Equals(json!("application/json")))],
        json: vec![(path("$.user.id"), ValueMatch::Exists), (path("$.user.plan"), ValueMatch::Matches("^pro".into()))],
        text: None,
    };
    let kind = [("content-type", "application/json; charset=utf-8")];
    let good = judged(BEARER, &accept, &[], &answer(200, &kind, r#"{"user":{"id":7,"plan":"pro-2"}}"#));
    assert_eq!(good.cause, None);
    assert_eq!(
        good.message,
        "`GET /me` answered 200 with `$.user.id`, `$.user.plan`, header `content-type` as expected"
    );
    for (answer, said) in [
        (answer(201, &kind, r#"{"user":{"id":7,"plan":"pro"}}"#), "expected status 200, found 201"),
        (
            answer(200, &[], r#"{"user":{"id":7,"plan":"pro"}}"#),
            "expected header `content-type` to be `application/json`, found nothing",
        ),
        (answer(200, &kind, r#"{"user":{"id":null,"plan":"pro"}}"#), "expected `$.user.id` to be there, found `null`"),
        (
            answer(200, &kind, r#"{"user":{"id":7,"plan":"free"}}"#),
            "expected `$.user.plan` to match `^pro`, found `free`",
        ),
        (answer(200, &kind, "oops"), "expected `$.user.id` to be there, found no JSON"),
    ] {
        let judgement = judged(BEARER, &accept, &[], &answer);
        assert_eq!(judgement.cause, Some(Cause::UnexpectedResponse));
        assert!(judgement.message.contains(said), "{}", judgement.message);
    }
}

#[test]
fn a_page_is_no_evidence_unless_one_was_asked_for() {
    let page = answer(200, &[("content-type", "text/html")], "<html><title>Sign in</title><form action=/login>");
    let status_only = HttpConditions { status: vec![StatusMatch::Code(200)], ..HttpConditions::default() };
    let exists = json_is("$.id", ValueMatch::Exists);
    for accept in [&HttpConditions::default(), &status_only, &exists] {
        let judgement = judged(BEARER, accept, &[], &page);
        assert_eq!(judgement.cause, Some(Cause::UnexpectedResponse));
        assert!(judgement.message.contains("the HTML page `Sign in`"), "{}", judgement.message);
    }
    let text =
        HttpConditions { text: Some(Box::new(ValueMatch::Matches("Sign in".into()))), ..HttpConditions::default() };
    assert_eq!(judged(BEARER, &text, &[], &page).cause, None);
    // JSON that is declared as a page is JSON all the same.
    let mislabelled = answer(200, &[("content-type", "text/html")], r#"{"id":1}"#);
    assert_eq!(judged(BEARER, &exists, &[], &mislabelled).cause, None);
}

#[test]
fn an_anonymous_answer_is_not_taken_for_a_login() {
    // Zendesk answers 200 with an anonymous user to requests without a credential.
    let accept = json_is("$.user.id", ValueMatch::Exists);
    let anonymous = answer(200, &[], r#"{"user":{"id":null,"name":"Anonymous user"}}"#);
    assert_eq!(judged(BEARER, &accept, &[], &anonymous).cause, Some(Cause::UnexpectedResponse));
}

#[test]
fn a_status_that_was_asked_for_is_evidence() {
    let accept =
        HttpConditions { status: vec![StatusMatch::Code(200), StatusMatch::Code(403)], ..HttpConditions::default() };
    assert_eq!(judged(BEARER, &accept, &[], &answer(403, &[], "{}")).cause, None);
    // Without one, only a success is.
    let accept = json_is("$.id", ValueMatch::Exists);
    assert_eq!(judged(BEARER, &accept, &[], &answer(404, &[], r#"{"id":1}"#)).cause, Some(Cause::NotFound));
}

#[test]
fn values_are_compared_as_json() {
    let holds = |wanted: serde_json::Value, body: &str| {
        let accept = json_is("$.v", ValueMatch::Equals(wanted));
        judged(BEARER, &accept, &[], &answer(200, &[], body)).cause.is_none()
    };
    assert!(holds(json!(1), r#"{"v":1.0}"#));
    assert!(holds(json!("a"), "\u{feff}{\"v\":\"a\"}"));
    assert!(!holds(json!(1), r#"{"v":"1"}"#));
    assert!(!holds(json!(true), r#"{"v":"true"}"#));
}
