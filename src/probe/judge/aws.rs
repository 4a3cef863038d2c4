//! Why AWS refused a signed request: its error codes, in the XML, the JSON and the header that its services put them into, and those of
//! stores that speak S3's protocol.

use serde_json::Value;

use super::Asked;
use super::answer::{Answer, quote};
use crate::model::cause::Cause;
use crate::model::verdict::Judgement;

/// An error as a service states it, scrubbed.
#[derive(Debug, Default)]
struct Stated {
    code: String,
    message: String,
    /// The region that the request belongs to.
    region: Option<String>,
    /// The host that the request belongs to.
    endpoint: Option<String>,
}

impl Asked<'_> {
    /// The judgement on a refusal that names its problem.
    pub(super) fn aws_problem(&self, answer: &Answer) -> Option<Judgement> {
        if self.authentication.scheme.as_deref() != Some("aws4-hmac-sha256") {
            return None;
        }
        let stated = self.stated(answer)?;
        let cause = cause(&stated)?;
        let judgement =
            self.quoting(cause, answer, &self.aws_meaning(cause, &stated), self.aws_remedy(cause, &stated, answer));
        let wait = (cause == Cause::RateLimited).then(|| self.wait(answer)).flatten();
        Some(judgement.with_retry_after(wait))
    }

    /// The error of an answer.
    fn stated(&self, answer: &Answer) -> Option<Stated> {
        // Scrubbed before it is taken apart: what is unescaped has another form.
        let text = self.scrubber.scrub(&answer.text()).into_owned();
        let mut stated = match serde_json::from_str::<Value>(text.trim()) {
            Ok(json) => in_json(&json),
            Err(_) => in_xml(&text),
        };
        if let (true, Some(kind)) = (stated.code.is_empty(), answer.header("x-amzn-errortype")) {
            stated.code = bare(kind);
        }
        let region = answer.header("x-amz-bucket-region").map(str::to_owned);
        stated.region = stated.region.or_else(|| named_region(&stated.message)).or(region);
        (!stated.code.is_empty()).then_some(stated)
    }

    fn aws_meaning(&self, cause: Cause, stated: &Stated) -> String {
        let shown = |text: &str| quote(text, self.scrubber);
        let key = shown(self.authentication.key.as_deref().unwrap_or_default());
        let said = if stated.message.is_empty() { String::new() } else { format!(" ({})", shown(&stated.message)) };
        let says = format!("{} says {}{said}", self.address.host, shown(&stated.code));
        match (cause, &stated.region, &stated.endpoint) {
            (Cause::CredentialRejected, ..) => format!("{says}: it does not accept the access key {key}"),
            (Cause::CredentialExpired, ..) => format!("{says}: the session of {key} is over"),
            (Cause::PermissionMissing, ..) => format!("{says}: the access key {key} is good, and may not do this"),
            (Cause::ConfigInvalid, Some(region), _) => format!("{says}: this belongs to the region {}", shown(region)),
            (Cause::Redirected, _, Some(endpoint)) => format!("{says}: the right host is {}", shown(endpoint)),
            (Cause::ClockSkew, ..) => format!("{says}: the clocks of this machine and of the server disagree too much"),
            (Cause::ConfigInvalid | Cause::RateLimited, ..) => format!("{says}; the credential was not judged"),
            _ => says,
        }
    }

    fn aws_remedy(&self, cause: Cause, stated: &Stated, answer: &Answer) -> String {
        let (connection, key) = (self.connection, self.authentication.key.as_deref().unwrap_or_default());
        match (cause, &stated.region) {
            // Keys of AWS say by their first letters whether they are temporary.
            (Cause::CredentialRejected, _) if key.starts_with("ASIA") => format!(
                "A key that begins with ASIA is temporary: `session_token` of `{connection}` has to be the one that came with it. \
                 Otherwise make a new key."
            ),
            (Cause::SignatureInvalid, _) => format!(
                "`secret` of `{connection}` is not that of the access key {}, or something changes the request on its way: compare \
                 with --trace what was signed.",
                quote(key, self.scrubber)
            ),
            (Cause::CredentialExpired, _) => {
                format!(
                    "Get temporary credentials anew, and store `key`, `secret` and `session_token` of `{connection}`."
                )
            }
            (Cause::ClockSkew, _) => "Set this machine's clock; signatures carry its time.".to_owned(),
            (Cause::CredentialMissing, _) => {
                "Something on the way drops the header `authorization`, or the service takes another kind of login."
                    .to_owned()
            }
            (Cause::ConfigInvalid | Cause::Redirected, Some(region)) => format!(
                "Make {} the region of `{connection}`, in its `place`, its `base_url` or its field `region`.",
                quote(region, self.scrubber)
            ),
            (Cause::ConfigInvalid, None) => {
                format!("Check region and service in `place` of `{connection}`, and the access key.")
            }
            (Cause::Redirected, None) => format!("Put the right host into `{connection}`."),
            _ => self.remedy(cause, answer),
        }
    }
}

/// What the codes mean (AWS "Common error types" and the list of S3's error codes).
fn cause(stated: &Stated) -> Option<Cause> {
    let message = stated.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    Some(match stated.code.strip_suffix("Exception").unwrap_or(&stated.code) {
        "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClient" | "InvalidToken" | "AuthFailure" => {
            Cause::CredentialRejected
        }
        "SignatureDoesNotMatch" | "InvalidSignature" if says(&["signature expired", "signature not yet current"]) => {
            Cause::ClockSkew
        }
        "SignatureDoesNotMatch" | "InvalidSignature" if says(&["credential should be scoped"]) => Cause::ConfigInvalid,
        "SignatureDoesNotMatch" | "InvalidSignature" => Cause::SignatureInvalid,
        "ExpiredToken" | "TokenRefreshRequired" => Cause::CredentialExpired,
        "AccessDenied" | "UnauthorizedOperation" | "AuthorizationError" => Cause::PermissionMissing,
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => Cause::ClockSkew,
        "MissingAuthenticationToken" | "MissingSecurityHeader" => Cause::CredentialMissing,
        "IncompleteSignature" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraint" => Cause::ConfigInvalid,
        "PermanentRedirect" | "TemporaryRedirect" => Cause::Redirected,
        "SlowDown" | "Throttling" | "Throttled" | "RequestLimitExceeded" | "TooManyRequests" => Cause::RateLimited,
        "AccountProblem" => Cause::AccountSuspended,
        _ => return None,
    })
}

/// `com.amazon.coral.service#UnrecognizedClientException`, or with a colon and a URL behind it: the code alone.
fn bare(code: &str) -> String {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().trim().to_owned()
}

fn in_json(json: &Value) -> Stated {
    let inner = json.get("Error").unwrap_or(json);
    let text = |names: [&str; 3]| names.iter().find_map(|name| inner.get(name)?.as_str()).unwrap_or_default();
    Stated {
        code: bare(text(["Code", "__type", "code"])),
        message: text(["Message", "message", "errorMessage"]).to_owned(),
        ..Stated::default()
    }
}

fn in_xml(text: &str) -> Stated {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(unescaped(inner.trim()))
    };
    Stated {
        code: element("Code").unwrap_or_default(),
        message: element("Message").unwrap_or_default(),
        region: element("Region"),
        endpoint: element("Endpoint"),
    }
}

fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// `... the region 'us-east-1' is wrong; expecting 'eu-west-1'`, for answers that say it in words alone.
fn named_region(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("expecting ")?;
    let word = rest.trim_start_matches(['\'', '"']).split(['\'', '"', ' ', '.']).next()?;
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests;
