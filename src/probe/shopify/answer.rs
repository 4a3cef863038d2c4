//! Reading Shopify's answers: statuses, and what `errors` says.

use std::time::SystemTime;

use serde_json::Value;
use url::{ParseError, Url};

use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;
use crate::probe::judge::{Answer, quote, time};

use super::errors;

/// An answer of a store, with what is needed to speak of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard<'a> {
    /// The store, `name.myshopify.com`.
    pub(crate) shop: &'a str,
    /// The phase of the question.
    pub(crate) phase: Phase,
    /// The answer.
    pub(crate) answer: &'a Answer,
    /// What the form of the token says, should it be refused.
    pub(crate) hint: Option<&'static str>,
    /// Masks secrets in what is quoted.
    pub(crate) scrubber: &'a Scrubber,
}

/// The scopes that the token has, by `GET /admin/oauth/access_scopes.json`. Needs no scope itself, so a list is a proof of the token.
pub(crate) fn judge_scopes(heard: &Heard<'_>) -> Result<Vec<String>, Judgement> {
    if heard.answer.status() != 200 {
        return Err(heard.refusal());
    }
    let json = heard.answer.json().ok_or_else(|| heard.unexpected("no list of scopes"))?;
    let list =
        json.get("access_scopes").and_then(Value::as_array).ok_or_else(|| heard.unexpected("no list of scopes"))?;
    let handles = list.iter().filter_map(|scope| scope.get("handle")?.as_str());
    Ok(handles.map(|handle| heard.scrubber.scrub(handle).into_owned()).collect())
}

impl Heard<'_> {
    /// What an answer other than 200 means. Source: <https://shopify.dev/docs/api/usage/response-codes>.
    pub(super) fn refusal(&self) -> Judgement {
        let (shop, status, said) = (self.shop, self.answer.status(), self.said());
        let judge = |cause, message: String, remedy: &str| {
            let phase = if cause == Cause::NotFound { Phase::Assert } else { self.phase };
            Judgement::of(cause, phase, message, remedy)
        };
        match status {
            300..=399 => self.redirected(),
            401 => judge(
                Cause::CredentialRejected,
                format!("{shop} refused the token (401){said}: it was revoked, belongs to another store, or its app was uninstalled."),
                &self.with_hint("Install the custom app in this store again and put its new Admin API access token into the connection."),
            ),
            402 => judge(
                Cause::AccountSuspended,
                format!("{shop} is frozen (402){said}: its plan is not paid."),
                "The store's owner has to log in and settle the plan; the token was not judged.",
            ),
            403 => self.forbidden(&said),
            404 if self.answer.is_page() => judge(
                Cause::NotFound,
                format!("No store answers at {shop} (404, a page of Shopify's own)."),
                "Check the store's name in the connection.",
            ),
            404 => judge(
                Cause::NotFound,
                format!("{shop} knows no such path (404){said}: the API version of the step does not exist, most likely."),
                "Check `api_version` (YYYY-MM, or leave it out), then the store's name.",
            ),
            423 => judge(
                Cause::AccountSuspended,
                format!("{shop} is locked (423){said}: Shopify saw too many requests, or signs of fraud."),
                "The store's owner has to ask Shopify's support to unlock it.",
            ),
            429 => judge(
                Cause::RateLimited,
                format!("{shop} limits the rate of requests (429){said}; the token was not judged."),
                "Try again later, or give the workflow's other users of this app more room.",
            )
            .with_retry_after(time::retry_after(&self.answer.response, SystemTime::now())),
            430 => judge(
                Cause::IpBlocked,
                format!("Shopify's security rejected the request to {shop} (430){said}; the token was not judged."),
                "Run from another address, or ask Shopify's support why this one is rejected.",
            ),
            500..=599 => judge(
                Cause::ProviderError,
                format!("{shop} has a fault of its own ({status}){said}{}; the token was not judged.", self.request_id()),
                "Try again later; Shopify's status is at https://www.shopifystatus.com.",
            )
            .with_retry_after(time::retry_after(&self.answer.response, SystemTime::now())),
            400..=499 | 783 => judge(
                Cause::ConfigInvalid,
                format!("{shop} does not take the request ({status}){said}; the token was not judged."),
                "Leave `api_version` out; if that does not help, this is a fault of tugtest's probe.",
            ),
            _ => self.unexpected("no answer of Shopify's API"),
        }
    }

    /// 403 is a missing scope, a kind of token that is no longer taken, or unknown.
    fn forbidden(&self, said: &str) -> Judgement {
        let (shop, errors) = (self.shop, errors::text(self.answer).unwrap_or_default());
        if errors.contains("Non-expiring access tokens are no longer accepted") {
            return Judgement::of(
                Cause::CredentialRejected,
                self.phase,
                format!("{shop} no longer takes this kind of token (403){said}."),
                "Have the app ask for expiring offline tokens, or use the token of a custom app, which may be a lasting one.",
            );
        }
        if let Some(scope) = errors::scope_in(&errors) {
            return self.lacks(scope, said);
        }
        Judgement::of(
            Cause::Forbidden,
            self.phase,
            format!("{shop} answered 403{said}, which blames neither the token nor a scope."),
            "Check in the store's admin whether the custom app is still installed and which scopes it has.",
        )
    }

    pub(super) fn lacks(&self, scope: &str, said: &str) -> Judgement {
        Judgement::of(
            Cause::PermissionMissing,
            Phase::Authz,
            format!("{} accepted the token, but it lacks {scope}{said}.", self.shop),
            format!("Add {scope} to the custom app's Admin API scopes, and install the app again."),
        )
    }

    fn redirected(&self) -> Judgement {
        // Scrubbed before it is taken apart: a URL writes its host in lower case, and a secret in it would no longer be known.
        let location = self.answer.header("location").map(|location| self.scrubber.scrub(location));
        let host = location.and_then(|location| match Url::parse(&location) {
            Ok(url) => url.host_str().map(str::to_owned),
            Err(ParseError::RelativeUrlWithoutBase) => None,
            Err(_) => Some("what is no URL".to_owned()),
        });
        let elsewhere = host.filter(|host| host != self.shop);
        let to = elsewhere.as_deref().map_or("another path of its own", |host| host);
        let remedy = if elsewhere.as_deref().is_some_and(|host| host.ends_with(".myshopify.com")) {
            "The store was renamed: put this domain into the connection."
        } else {
            "Put the store's .myshopify.com domain into the connection; the admin shows it under Settings > Domains."
        };
        Judgement::of(
            Cause::Redirected,
            self.phase,
            format!("{} redirects to {to} ({}). The token did not follow.", self.shop, self.answer.status()),
            remedy,
        )
    }

    pub(super) fn unexpected(&self, lacks: &str) -> Judgement {
        let (what, remedy) = if self.answer.is_page() {
            ("a web page", "Check the store's domain: a page in place of an answer comes from something in between.")
        } else {
            ("an answer", "Look at the answer with --trace; if it is Shopify's, tugtest does not know it yet.")
        };
        Judgement::of(
            Cause::UnexpectedResponse,
            Phase::Assert,
            format!("{} gave {what} ({}) with {lacks} in it{}.", self.shop, self.answer.status(), self.said()),
            remedy,
        )
    }

    /// `, saying ...`: the errors as messages quote them; nothing without any.
    pub(super) fn said(&self) -> String {
        let errors = errors::text(self.answer).map(|errors| quote(&errors, self.scrubber));
        errors.map(|errors| format!(", saying {errors}")).unwrap_or_default()
    }

    pub(super) fn request_id(&self) -> String {
        let id = self.answer.header("x-request-id").map(|id| quote(id, self.scrubber));
        id.map(|id| format!(", request {id}")).unwrap_or_default()
    }

    fn with_hint(&self, remedy: &str) -> String {
        self.hint.map_or_else(|| remedy.to_owned(), |hint| format!("{hint} {remedy}"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::secret::Secret;
    use crate::wire::http::Response;

    /// Bodies are those of section 2.4 in the reference: recorded from Shopify, or samples of its documentation.
    fn judge(status: u16, headers: &[(&'static str, &str)], body: &str) -> Result<Vec<String>, Judgement> {
        judge_scrubbed(&Scrubber::new(), status, headers, body)
    }

    fn judge_scrubbed(
        scrubber: &Scrubber,
        status: u16,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Result<Vec<String>, Judgement> {
        let headers = headers.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()));
        let response =
            Response { status, headers: headers.collect(), body: body.as_bytes().to_vec(), truncated: false };
        judge_scopes(&Heard {
            shop: "acme.myshopify.com",
            phase: Phase::Auth,
            answer: &Answer::new(response),
            hint: Some("HINT."),
            scrubber,
        })
    }

    fn refused(status: u16, headers: &[(&'static str, &str)], body: &str) -> Judgement {
        let judgement = judge(status, headers, body).unwrap_err();
        assert!(!judgement.message.is_empty() && judgement.remedy.is_some());
        judgement
    }

    #[test]
    fn a_list_of_scopes_is_proof_even_when_empty() {
        let scopes = judge(200, &[], r#"{"access_scopes":[{"handle":"read_products"},{"handle":"write_orders"}]}"#);
        assert_eq!(scopes.unwrap(), ["read_products", "write_orders"]);
        assert_eq!(judge(200, &[], r#"{"access_scopes":[]}"#).unwrap(), [""; 0]);
    }

    #[test]
    fn every_status_has_its_cause() {
        let errors = |text: &str| serde_json::json!({ "errors": text }).to_string();
        for (status, body, cause) in [
            (
                401,
                errors("[API] Invalid API key or access token (unrecognized login or wrong password)"),
                Cause::CredentialRejected,
            ),
            (402, errors("This shop's plan does not have access to this feature"), Cause::AccountSuspended),
            (402, errors("Unavailable Shop"), Cause::AccountSuspended),
            (403, errors("User does not have access"), Cause::Forbidden),
            (
                403,
                errors("[API] This action requires merchant approval for read_orders scope."),
                Cause::PermissionMissing,
            ),
            (404, errors("Not Found"), Cause::NotFound),
            (406, errors("x"), Cause::ConfigInvalid),
            (414, String::new(), Cause::ConfigInvalid),
            (415, r#"{"errors":["x"]}"#.to_owned(), Cause::ConfigInvalid),
            (422, r#"{"errors":{"title":["can't be blank"]}}"#.to_owned(), Cause::ConfigInvalid),
            (423, String::new(), Cause::AccountSuspended),
            (430, String::new(), Cause::IpBlocked),
            (500, errors("An unexpected error occurred"), Cause::ProviderError),
            (501, String::new(), Cause::ProviderError),
            (502, "<html>".to_owned(), Cause::ProviderError),
            (503, String::new(), Cause::ProviderError),
            (504, String::new(), Cause::ProviderError),
            (530, String::new(), Cause::ProviderError),
            (540, String::new(), Cause::ProviderError),
            (783, String::new(), Cause::ConfigInvalid),
            (204, String::new(), Cause::UnexpectedResponse),
        ] {
            assert_eq!(refused(status, &[], &body).cause, Some(cause), "{status} {body}");
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let body = r#"{"errors":"[API] This action requires merchant approval for read_orders scope."}"#;
        let judgement = refused(403, &[], body);
        assert!(judgement.remedy.unwrap().starts_with("Add read_orders to"));
        let odd = refused(403, &[], r#"{"errors":"merchant approval for \u0007<script> scope"}"#);
        assert_eq!(odd.cause, Some(Cause::Forbidden));
    }

    #[test]
    fn a_token_that_may_no_longer_last_is_another_matter_than_a_scope() {
        let body = r#"{"errors":"[API] Non-expiring access tokens are no longer accepted for the Admin API. Start using expiring offline tokens: https://shopify.dev/docs"}"#;
        let judgement = refused(403, &[], body);
        assert_eq!(judgement.cause, Some(Cause::CredentialRejected));
        assert!(judgement.remedy.unwrap().contains("expiring offline tokens"));
    }

    #[test]
    fn a_limit_says_when_to_come_back_in_fractions() {
        let body = r#"{"errors":"Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}"#;
        let judgement = refused(429, &[("retry-after", "2.0")], body);
        assert_eq!((judgement.cause, judgement.retry_after), (Some(Cause::RateLimited), Some(Duration::from_secs(2))));
        for odd in ["-1", "NaN", "inf", "soon"] {
            assert_eq!(refused(429, &[("retry-after", odd)], body).retry_after, None, "{odd}");
        }
    }

    #[test]
    fn pages_are_told_from_answers() {
        let html = [("content-type", "text/html; charset=utf-8")];
        assert!(refused(404, &html, "<!doctype html><title>Store unavailable").message.contains("No store answers"));
        let password = refused(200, &html, "<!doctype html><title>Opening soon");
        assert_eq!(password.cause, Some(Cause::UnexpectedResponse));
        assert!(password.message.contains("a web page"));
        assert_eq!(refused(200, &[], r#"{"ok":true}"#).cause, Some(Cause::UnexpectedResponse));
    }

    #[test]
    fn a_redirect_names_the_host_and_no_more() {
        let renamed = refused(301, &[("location", "https://acme-new.myshopify.com/admin?token=canary")], "");
        assert_eq!(renamed.cause, Some(Cause::Redirected));
        assert!(renamed.message.contains("acme-new.myshopify.com") && !renamed.message.contains("canary"));
        assert!(renamed.remedy.unwrap().contains("renamed"));
        let own = refused(302, &[("location", "/password")], "");
        assert!(own.message.contains("another path"));
    }

    #[test]
    fn a_token_in_the_host_of_a_redirect_is_masked_before_urls_change_its_case() {
        let scrubber = Scrubber::new();
        scrubber.learn("acme.access_token", &Secret::new("CanaryToken-4711"));
        let location = [("location", "https://CanaryToken-4711.evil.example/")];
        let judgement = judge_scrubbed(&scrubber, 302, &location, "").unwrap_err();
        assert!(!judgement.message.to_ascii_lowercase().contains("canarytoken"), "{}", judgement.message);
        assert!(!judgement.message.contains("of its own"), "{}", judgement.message);
    }

    #[test]
    fn what_the_server_said_and_what_the_token_looks_like_are_told() {
        let judgement = refused(401, &[], r#"{"errors":"[API] Invalid API key"}"#);
        assert!(judgement.message.contains("saying `[API] Invalid API key`"), "{}", judgement.message);
        assert!(judgement.remedy.unwrap().starts_with("HINT. "));
        let keyed = refused(422, &[], r#"{"errors":{"title":["can't be blank","is odd"]}}"#);
        assert!(keyed.message.contains("title: can't be blank, is odd"), "{}", keyed.message);
        let listed = refused(500, &[("x-request-id", "abc-1")], r#"{"errors":[{"message":"a"},"b"]}"#);
        assert!(listed.message.contains("`a; b`") && listed.message.contains("request `abc-1`"), "{}", listed.message);
    }
}
