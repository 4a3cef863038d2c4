//! Whose token it is, by GraphQL: there, refusals come with status 200 and a code inside.

use std::time::Duration;

use serde_json::Value;

use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

use super::answer::Heard;
use super::errors;

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shop {
    /// The store's name.
    pub(crate) name: String,
    /// Its `.myshopify.com` domain.
    pub(crate) domain: String,
}

/// The shop that a token is for, by GraphQL. Its errors come with status 200.
pub(crate) fn judge_identity(heard: &Heard<'_>) -> Result<Shop, Judgement> {
    if heard.answer.status() != 200 {
        return Err(heard.refusal());
    }
    let json = heard.answer.json().ok_or_else(|| heard.unexpected("no GraphQL answer"))?;
    let shop = json.pointer("/data/shop").and_then(|shop| {
        let text = |key| shop.get(key).and_then(Value::as_str).map(|text| heard.scrubber.scrub(text).into_owned());
        Some(Shop { name: text("name").unwrap_or_default(), domain: text("myshopifyDomain")?.to_ascii_lowercase() })
    });
    shop.ok_or_else(|| heard.graphql_error(json))
}

impl Heard<'_> {
    /// GraphQL's own refusals, told by their code.
    fn graphql_error(&self, json: &Value) -> Judgement {
        let error = json.pointer("/errors/0");
        let code =
            error.and_then(|error| error.pointer("/extensions/code")).and_then(Value::as_str).unwrap_or_default();
        let said = self.said();
        let shop = self.shop;
        let judge = |cause, message: String, remedy: &str| Judgement::of(cause, Phase::Authz, message, remedy);
        match code {
            "THROTTLED" => judge(
                Cause::RateLimited,
                format!("{shop} accepted the token, but throttled the question whose it is{said}."),
                "Try again later.",
            )
            .with_retry_after(throttled_for(json)),
            "ACCESS_DENIED" => match error.and_then(|error| errors::required_access(error.get("message")?.as_str()?)) {
                Some(scope) => self.lacks(scope, &said),
                None => judge(
                    Cause::PermissionMissing,
                    format!("{shop} accepted the token, but not for this question{said}."),
                    "Check the custom app's Admin API scopes, and install the app again after a change.",
                ),
            },
            "SHOP_INACTIVE" => judge(
                Cause::AccountSuspended,
                format!("{shop} is not active{said}."),
                "The store's owner has to log in and open it again.",
            ),
            "INTERNAL_SERVER_ERROR" => judge(
                Cause::ProviderError,
                format!("{shop} accepted the token, then had a fault of its own{said}{}.", self.request_id()),
                "Try again later.",
            ),
            _ => self.unexpected("no shop"),
        }
    }
}

/// How long until the bucket holds what the query costs: `(requested - available) / restoreRate`.
fn throttled_for(json: &Value) -> Option<Duration> {
    let number = |path| json.pointer(&format!("/extensions/cost/{path}")).and_then(Value::as_f64);
    let short = number("requestedQueryCost")? - number("throttleStatus/currentlyAvailable")?;
    Duration::try_from_secs_f64(short.max(0.0) / number("throttleStatus/restoreRate")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scrub::Scrubber;
    use crate::probe::judge::Answer;
    use crate::wire::http::Response;

    fn judge(body: &str) -> Result<Shop, Judgement> {
        let body = body.as_bytes().to_vec();
        let response = Response { status: 200, headers: http::HeaderMap::new(), body, truncated: false };
        judge_identity(&Heard {
            shop: "acme.myshopify.com",
            phase: Phase::Authz,
            answer: &Answer::new(response),
            hint: None,
            scrubber: &Scrubber::new(),
        })
    }

    #[test]
    fn the_shop_is_named() {
        let shop = judge(r#"{"data":{"shop":{"name":"Acme","myshopifyDomain":"Acme.myshopify.com"}}}"#).unwrap();
        assert_eq!(shop, Shop { name: "Acme".to_owned(), domain: "acme.myshopify.com".to_owned() });
    }

    #[test]
    fn a_throttled_question_says_when_to_come_back() {
        // Recorded from Shopify's community forum, thread 254776, with the costs of this case.
        let limited = judge(
            r#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED","documentation":"https://shopify.dev/api/usage/rate-limits"}}],
            "extensions":{"cost":{"requestedQueryCost":752,"actualQueryCost":null,
            "throttleStatus":{"maximumAvailable":1000.0,"currentlyAvailable":652,"restoreRate":50.0}}}}"#,
        )
        .unwrap_err();
        assert_eq!(limited.cause, Some(Cause::RateLimited));
        assert_eq!(limited.retry_after, Some(Duration::from_secs(2)));
        let bare = judge(r#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}]}"#).unwrap_err();
        assert_eq!((bare.cause, bare.retry_after), (Some(Cause::RateLimited), None));
    }

    #[test]
    fn refusals_inside_of_200_are_told_by_their_code() {
        let cause = |code: &str, message: &str| {
            let json =
                serde_json::json!({"errors": [{"message": message, "extensions": {"code": code}}], "data": null});
            judge(&json.to_string()).unwrap_err()
        };
        let denied =
            cause("ACCESS_DENIED", "Access denied for themes field. Required access: `read_themes` access scope.");
        assert_eq!(denied.cause, Some(Cause::PermissionMissing));
        assert!(denied.remedy.unwrap().contains("Add read_themes "));
        assert_eq!(cause("ACCESS_DENIED", "no").cause, Some(Cause::PermissionMissing));
        assert_eq!(cause("SHOP_INACTIVE", "x").cause, Some(Cause::AccountSuspended));
        assert_eq!(cause("INTERNAL_SERVER_ERROR", "x").cause, Some(Cause::ProviderError));
        assert_eq!(cause("SOMETHING_NEW", "x").cause, Some(Cause::UnexpectedResponse));
        assert_eq!(judge("<html>Opening soon</html>").unwrap_err().cause, Some(Cause::UnexpectedResponse));
        assert_eq!(judge(r#"{"data":{"shop":null}}"#).unwrap_err().cause, Some(Cause::UnexpectedResponse));
    }
}
