//! Interviews over HTTP, from the connection to the finding.

use serde_json::json;
use tugtest::model::app::Placement;
use tugtest::model::cause::Cause;
use tugtest::model::phase::Phase;
use tugtest::model::probe::{FtpProbe, HttpBody, HttpRequest, ProbeSpec};
use tugtest::model::scheme::Scheme;
use tugtest::model::secret::Secret;
use tugtest::probe::{Subject, interview};
use tugtest::wire::Wire;

use crate::http_case::{Case, Written, acme, basic, check, get, header};
use crate::http_server::{Act, Server, answer, json as ok};

fn header_of<'r>(request: &'r str, name: &str) -> Vec<&'r str> {
    let prefix = format!("{name}: ");
    request.lines().filter_map(|line| line.strip_prefix(prefix.as_str())).collect()
}

#[tokio::test]
async fn a_pass_states_its_evidence() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.requires = vec!["orders:read".into()];
    case.account = Some("acme ltd");
    let finding = case.finding().await;
    assert_eq!(finding.judgement.cause, None);
    assert_eq!(finding.judgement.message, "`GET /v1/me` answered 200 with `$.id` as expected; account `Acme Ltd`.");
    assert_eq!(finding.account.as_deref(), Some("Acme Ltd"));
    assert_eq!(finding.scopes.granted, ["orders:read", "orders:write"]);
    assert_eq!((finding.scopes.required, finding.scopes.missing), (vec!["orders:read".to_owned()], vec![]));
    assert_eq!(finding.warnings, []);
    assert_eq!(finding.phases.last().map(|entry| entry.phase), Some(Phase::Auth));
    assert_eq!(header_of(&server.requests()[0], "x-api-key"), ["canary-api-key"]);
}

#[tokio::test]
async fn every_placement_puts_the_credential_in_one_place() {
    let key = |place| (Scheme::ApiKey, &[][..], &[("api_key", "canary-api-key")][..], Some(place));
    let query = Placement::Query { name: "key".into(), value: "{api_key}".into() };
    let pair: Written = (&[("key", "ck_1")], &[("secret", "canary-secret")]);
    let login: Written = (&[("domain", "acme"), ("username", "joe@example.com")], &[("password", "canary-password")]);
    for ((scheme, public, secrets, place), authorization, line) in [
        (
            key(header("Authorization", "Klaviyo-API-Key {api_key}")),
            Some("Klaviyo-API-Key canary-api-key"),
            "GET /v1/me ",
        ),
        (key(query), None, "GET /v1/me?key=canary-api-key "),
        // Base64 of `canary-api-key:`, of `anystring:canary-api-key`, and so on (RFC 7617 section 2).
        (key(basic("{api_key}", "")), Some("Basic Y2FuYXJ5LWFwaS1rZXk6"), "GET /v1/me "),
        (key(basic("anystring", "{api_key}")), Some("Basic YW55c3RyaW5nOmNhbmFyeS1hcGkta2V5"), "GET /v1/me "),
        ((Scheme::KeySecret, pair.0, pair.1, None), Some("Basic Y2tfMTpjYW5hcnktc2VjcmV0"), "GET /v1/me "),
        (
            (Scheme::DomainLogin, login.0, login.1, Some(basic("{username}/token", "{password}"))),
            Some("Basic am9lQGV4YW1wbGUuY29tL3Rva2VuOmNhbmFyeS1wYXNzd29yZA=="),
            "GET /v1/me ",
        ),
    ] {
        let server = acme().await;
        let mut case = Case::of(&server, scheme, public, secrets);
        case.connection.place = place.map(Box::new);
        assert_eq!(case.finding().await.judgement.cause, None);
        let asked = &server.requests()[0];
        assert!(asked.starts_with(line), "{asked}");
        assert_eq!(header_of(asked, "authorization"), authorization.into_iter().collect::<Vec<_>>(), "{asked}");
    }
}

#[tokio::test]
async fn a_request_is_filled_from_public_fields() {
    let server = Server::start(|_| Act::Answer(ok(r#"{"id": 1}"#))).await;
    let mut case = Case::of(&server, Scheme::KeySecret, &[("key", "AC/1?")], &[("secret", "canary-secret")]);
    case.probe().request = HttpRequest {
        method: "POST".into(),
        path: "/Accounts/{key}.json".into(),
        query: vec![("of".into(), "{key}".into())],
        headers: vec![("X-Account".into(), "{key}".into())],
        body: Some(Box::new(HttpBody::Json(json!({"account": "{key}", "n": [1, "\"{key}\""]})))),
    };
    assert_eq!(case.finding().await.judgement.cause, None);
    let asked = &server.requests()[0];
    assert!(asked.starts_with("POST /v1/Accounts/AC%2F1%3F.json?of=AC%2F1%3F HTTP/1.1\r\n"), "{asked}");
    assert_eq!(header_of(asked, "x-account"), ["AC/1?"]);
    assert_eq!(header_of(asked, "content-type"), ["application/json"]);
    assert!(asked.ends_with(r#"{"account":"AC/1?","n":[1,"\"AC/1?\""]}"#), "{asked}");
    case.probe().request = get("/{secret}");
    assert_eq!(case.finding().await.judgement.cause, Some(Cause::ConfigInvalid));
    case.probe().request = get("/{nothing}");
    assert_eq!(case.finding().await.judgement.cause, Some(Cause::FieldMissing));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn two_authentications_are_refused() {
    let server = acme().await;
    for name in ["x-api-key", "Authorization"] {
        let mut case = Case::new(&server);
        case.probe().request.headers = vec![(name.into(), "Bearer other".into())];
        let finding = case.finding().await;
        assert_eq!(finding.judgement.cause, Some(Cause::ConfigInvalid));
        assert!(finding.judgement.message.contains("two authentications"), "{}", finding.judgement.message);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_refusal_says_where_to_get_a_new_credential() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.credential.secrets.insert("api_key".into(), Secret::new("wrong"));
    let judgement = case.finding().await.judgement;
    assert_eq!((judgement.cause, judgement.phase), (Some(Cause::CredentialRejected), Phase::Auth));
    assert!(
        judgement
            .message
            .starts_with("`GET /v1/me` answered 401 with `{\"error\":\"missing key\"}`: 127.0.0.1 refused")
    );
    assert_eq!(
        judgement.remedy.unwrap(),
        "Make a new one at https://acme.example/keys and update the connection `it`."
    );
}

#[tokio::test]
async fn an_expired_token_is_pointed_out_when_it_is_refused() {
    let server = acme().await;
    let mut case = Case::new(&server);
    // The claims of the example in RFC 7519 section 3.1.
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    case.credential.secrets.insert("api_key".into(), Secret::new(format!("eyJhbGciOiJub25lIn0.{claims}.c2ln")));
    let remedy = case.finding().await.judgement.remedy.unwrap();
    assert!(remedy.contains("expired on 2011-03-22"), "{remedy}");
}

#[tokio::test]
async fn another_account_is_not_a_pass() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.account = Some("Other Inc");
    let judgement = case.finding().await.judgement;
    assert_eq!((judgement.cause, judgement.phase), (Some(Cause::WrongAccount), Phase::Authz));
    assert!(judgement.message.contains("`Acme Ltd`") && judgement.message.contains("`Other Inc`"));
    case.probe().account = None;
    let finding = case.finding().await;
    assert_eq!((finding.judgement.cause, finding.warnings[0].code), (None, "account-unknown"));
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.requires = vec!["orders:read".into(), "lists:read".into()];
    let finding = case.finding().await;
    assert_eq!(finding.judgement.cause, Some(Cause::PermissionMissing));
    assert!(finding.judgement.message.contains("lacks `lists:read`,"), "{}", finding.judgement.message);
    assert_eq!(finding.scopes.missing, ["lists:read"]);
}

#[tokio::test]
async fn scopes_that_nobody_confirms_are_a_warning() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.probe().scopes = None;
    case.probe().then = vec![check("/orders", "orders:read")];
    case.requires = vec!["orders:read".into(), "lists:read".into()];
    let finding = case.finding().await;
    assert_eq!(finding.judgement.cause, None);
    let warning = &finding.warnings[0];
    assert_eq!((warning.code, warning.message.contains("`lists:read`")), ("scopes-unknown", true));
    assert!(!warning.message.contains("orders:read"), "{}", warning.message);
}

#[tokio::test]
async fn a_403_after_authentication_is_a_missing_permission() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.probe().scopes = None;
    case.probe().then = vec![check("/orders", "orders:read"), check("/lists", "lists:read")];
    // No step wants lists, so the recipe's check of them is not made.
    assert_eq!(case.finding().await.judgement.cause, None);
    assert_eq!(server.requests().len(), 1);
    case.requires = vec!["orders:read".into(), "lists:read".into()];
    let finding = case.finding().await;
    assert_eq!((finding.judgement.cause, finding.judgement.phase), (Some(Cause::PermissionMissing), Phase::Authz));
    assert!(finding.judgement.message.contains("needs `lists:read`"), "{}", finding.judgement.message);
    assert_eq!(
        finding.phases.iter().map(|entry| entry.phase).collect::<Vec<_>>(),
        [Phase::Connect, Phase::Auth, Phase::Authz]
    );
    // A step's own checks are always made.
    case.requires = Vec::new();
    case.step = Some(ProbeSpec::Http(Box::new(case.recipe.probe.clone().unwrap())));
    assert_eq!(case.finding().await.judgement.cause, Some(Cause::PermissionMissing));
}

#[tokio::test]
async fn a_wrong_clock_is_a_warning() {
    let server =
        Server::start(|_| Act::Answer(answer(200, &[("date", "Sun, 06 Nov 1994 08:49:37 GMT")], r#"{"id": 1}"#))).await;
    let finding = Case::new(&server).finding().await;
    assert_eq!((finding.judgement.cause, finding.warnings[0].code), (None, "clock-skew"));
    assert!(finding.warnings[0].message.contains("ahead of the server's"), "{}", finding.warnings[0].message);
}

#[tokio::test]
async fn an_obstacle_is_the_verdict_when_there_is_no_answer() {
    let server = Server::start(|_| Act::Reset).await;
    let finding = Case::new(&server).finding().await;
    assert_eq!((finding.judgement.cause, finding.judgement.phase), (Some(Cause::ConnectionReset), Phase::Auth));
    assert_eq!(finding.evidence.last().map(|line| &*line.text), Some("connection-reset"));
}

#[tokio::test]
async fn what_nobody_knows_how_to_ask_is_skipped() {
    let server = acme().await;
    let mut case = Case::new(&server);
    case.recipe.probe = None;
    assert_eq!(case.finding().await.judgement.cause, Some(Cause::NoProbe));
    case.step = Some(ProbeSpec::Ftp(FtpProbe::default()));
    assert_eq!(case.finding().await.judgement.cause, Some(Cause::ConfigInvalid));
    // A client without an address to obtain a token from.
    let case = Case::of(&server, Scheme::Oauth2, &[], &[]);
    assert_eq!(case.finding().await.judgement.cause, Some(Cause::FieldMissing));
    assert_eq!(server.connections(), 0);
}

/// The runner moves interviews between threads.
#[expect(dead_code, reason = "only compiled")]
fn interviews_can_be_moved(subject: &Subject<'_>, wire: &Wire) {
    fn movable(_: impl Send) {}
    movable(interview(subject, wire));
}
