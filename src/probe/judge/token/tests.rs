//! Answers of token endpoints that real servers give, and what they mean.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::*;
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::probe::authentication::Authentication;
use crate::wire::http::Response;

fn refused(status: u16, headers: &[(&'static str, &str)], body: &str, wanted: Wanted) -> Refusal {
    let pair = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
    };
    let headers: HeaderMap = headers.iter().map(pair).collect();
    let answer = Answer::new(Response { status, headers, body: body.into(), truncated: false });
    let authentication = Authentication { place: "HTTP Basic".to_owned(), ..Authentication::default() };
    let asked = Asked {
        line: "POST https://login.example.com/token",
        address: &Address { scheme: "https".into(), host: "login.example.com".into(), port: 443 },
        phase: Phase::Auth,
        authentication: &authentication,
        needs: None,
        connection: "it",
        renew: None,
        scrubber: &Scrubber::new(),
        now: SystemTime::UNIX_EPOCH,
    };
    let members = crate::probe::oauth2::answer::members(&answer);
    let refusal = asked.no_token(&answer, members.as_ref(), wanted);
    let judgement = &refusal.judgement;
    assert!(!judgement.message.is_empty() && judgement.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()));
    refusal
}

fn cause_of(status: u16, body: &str, wanted: Wanted) -> Option<Cause> {
    refused(status, &[], body, wanted).judgement.cause
}

#[test]
fn the_codes_of_the_rfc_have_the_causes_of_the_table() {
    // RFC 6749 section 5.2; the descriptions are oidc-provider's (servers.md, section 4).
    for (status, code, description, wanted, expected) in [
        (401, "invalid_client", "client authentication failed", Wanted::Client, Cause::ClientRejected),
        (
            400,
            "unauthorized_client",
            "requested grant type is not allowed for this client",
            Wanted::Client,
            Cause::ClientRejected,
        ),
        (400, "invalid_grant", "grant request is invalid", Wanted::Refresh, Cause::GrantInvalid),
        (400, "invalid_request", "no client authentication mechanism provided", Wanted::Client, Cause::ConfigInvalid),
        (400, "unsupported_grant_type", "unsupported grant_type requested", Wanted::Client, Cause::ConfigInvalid),
        (400, "invalid_scope", "requested scope is not allowed", Wanted::Client, Cause::ConfigInvalid),
        (400, "invalid_scope", "refresh token missing requested scope", Wanted::Refresh, Cause::PermissionMissing),
        (
            400,
            "authorization_pending",
            "authorization request is still pending",
            Wanted::Code,
            Cause::InteractionRequired,
        ),
        (400, "slow_down", "", Wanted::Code, Cause::RateLimited),
        (400, "expired_token", "device code is expired", Wanted::Code, Cause::GrantInvalid),
        (400, "interaction_required", "", Wanted::Refresh, Cause::InteractionRequired),
        (400, "redirect_uri_mismatch", "", Wanted::Code, Cause::ConfigInvalid),
        (500, "server_error", "oops! something went wrong", Wanted::Client, Cause::ProviderError),
        (503, "temporarily_unavailable", "", Wanted::Client, Cause::ProviderError),
        (403, "access_denied", "", Wanted::Client, Cause::Forbidden),
        // RFC 7523 section 3.1, and a clock that is off.
        (401, "invalid_client", "client assertion signature is invalid", Wanted::Client, Cause::SignatureInvalid),
        (401, "invalid_client", "jwt issued in the future", Wanted::Client, Cause::ClockSkew),
        // Codes that nobody has listed, by their status.
        (400, "strange", "", Wanted::Client, Cause::ConfigInvalid),
        (401, "strange", "", Wanted::Client, Cause::ClientRejected),
        (429, "strange", "", Wanted::Client, Cause::RateLimited),
    ] {
        let body = json!({"error": code, "error_description": description}).to_string();
        assert_eq!(cause_of(status, &body, wanted), Some(expected), "{status} {code} {description}");
    }
}

/// Status, body, what was asked for, and what it means.
type Row = (u16, &'static str, Wanted, Cause);

const FORMS: &[Row] = &[
    // Google, Salesforce, Amazon (apps.md).
    (
        400,
        r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
        Wanted::Refresh,
        Cause::GrantInvalid,
    ),
    (400, r#"{"error":"invalid_grant","error_description":"inactive user"}"#, Wanted::Refresh, Cause::AccountSuspended),
    (400, r#"{"error":"invalid_grant","error_description":"ip restricted"}"#, Wanted::Password, Cause::IpBlocked),
    (
        400,
        r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#,
        Wanted::Client,
        Cause::ClientRejected,
    ),
    // Spelt otherwise.
    (400, r#"{"error":"Invalid Grant"}"#, Wanted::Refresh, Cause::GrantInvalid),
    // Slack answers 200; GitHub too, and as a form unless JSON is asked for.
    (200, r#"{"ok":false,"error":"invalid_client_id"}"#, Wanted::Client, Cause::ClientRejected),
    (200, r#"{"ok":false,"error":"bad_client_secret"}"#, Wanted::Client, Cause::ClientRejected),
    (
        200,
        "error=bad_refresh_token&error_description=The+refresh+token+passed+is+incorrect+or+expired.",
        Wanted::Refresh,
        Cause::GrantInvalid,
    ),
    (200, r#"{"error":"incorrect_client_credentials"}"#, Wanted::Client, Cause::ClientRejected),
    // Facebook has an object, and numbers.
    (
        400,
        r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}"#,
        Wanted::Refresh,
        Cause::GrantInvalid,
    ),
    (
        400,
        r#"{"error":{"message":"Error validating client secret.","type":"OAuthException","code":101}}"#,
        Wanted::Client,
        Cause::ClientRejected,
    ),
    // HubSpot has its word elsewhere.
    (
        400,
        r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#,
        Wanted::Refresh,
        Cause::GrantInvalid,
    ),
    (
        400,
        r#"{"status":"BAD_CLIENT_ID","message":"missing or invalid client id"}"#,
        Wanted::Client,
        Cause::ClientRejected,
    ),
    // Shopify answers with a page (shopify.md, section 2.7).
    (
        400,
        "<html><head><title>400 - Oauth error shop_not_permitted: Client credentials cannot be performed on this shop.</title></head></html>",
        Wanted::Client,
        Cause::ClientRejected,
    ),
    (
        400,
        "<title>400 - Oauth error application_cannot_be_found: Could not find Shopify API application with api_key x</title>",
        Wanted::Client,
        Cause::ClientRejected,
    ),
    (400, "<title>400 - Oauth error app_not_installed</title>", Wanted::Client, Cause::ClientRejected),
    (400, "<title>400 - Oauth error invalid_request</title>", Wanted::Client, Cause::ConfigInvalid),
];

#[test]
fn answers_in_forms_of_their_own_are_understood() {
    for (status, body, wanted, expected) in FORMS {
        assert_eq!(cause_of(*status, body, *wanted), Some(*expected), "{status} {body}");
    }
}

#[test]
fn each_of_shopifys_codes_has_a_remedy_of_its_own() {
    let remedy = |code: &str| {
        let body = format!("<title>400 - Oauth error {code}</title>");
        refused(400, &[], &body, Wanted::Client).judgement.remedy.expect("a way out")
    };
    assert!(remedy("shop_not_permitted").contains("same organisation"));
    assert!(remedy("app_not_installed").contains("Install the app"));
    assert!(remedy("application_cannot_be_found").contains("wait a minute"));
}

#[test]
fn an_answer_without_a_code_is_judged_by_its_status() {
    for (status, headers, body, expected) in [
        (401, &[][..], "", Cause::ClientRejected),
        (404, &[], "Not Found", Cause::NotFound),
        (403, &[], "", Cause::Forbidden),
        (429, &[("retry-after", "7")], "", Cause::RateLimited),
        (502, &[], "<html>Bad Gateway</html>", Cause::ProviderError),
        (302, &[("location", "https://other.example/token")], "", Cause::Redirected),
        (415, &[], "", Cause::ConfigInvalid),
        (200, &[("content-type", "text/html")], "<!doctype html><title>Sign in</title>", Cause::UnexpectedResponse),
        (200, &[], r#"{"token":"x"}"#, Cause::UnexpectedResponse),
    ] {
        let refusal = refused(status, headers, body, Wanted::Client);
        assert_eq!(refusal.judgement.cause, Some(expected), "{status} {body}");
    }
    assert_eq!(
        refused(429, &[("retry-after", "7")], "", Wanted::Client).judgement.retry_after.map(|wait| wait.as_secs()),
        Some(7)
    );
}

#[test]
fn a_success_without_a_token_is_not_quoted() {
    for body in
        [r#"{"data":{"value":"canary-token"}}"#, "canary-token", r#"["canary-token"]"#, "<html>canary-token</html>"]
    {
        let judgement = refused(200, &[], body, Wanted::Client).judgement;
        assert!(!format!("{judgement:?}").contains("canary"), "{judgement:?}");
    }
}

/// Whether a refresh may be sent again depends on it: only where the server has said no is the token as it was.
#[test]
fn only_a_clear_no_leaves_a_token_unspent() {
    for (status, body, clear) in [
        (400, r#"{"error":"invalid_grant"}"#, true),
        (401, "", true),
        (429, "", true),
        (302, "", true),
        (500, r#"{"error":"server_error"}"#, true),
        (200, r#"{"ok":false,"error":"invalid_refresh_token"}"#, true),
        (200, "", false),
        (200, r#"{"token_type":"Bearer"}"#, false),
        (500, "", false),
        (502, "<html>Bad Gateway</html>", false),
        (504, r#"{"error":"timeout"}"#, false),
    ] {
        assert_eq!(refused(status, &[], body, Wanted::Refresh).clear, clear, "{status} {body}");
    }
}
