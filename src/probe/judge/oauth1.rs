//! Why a server refused a request that OAuth 1.0a signed: the words of the Problem Reporting extension, wherever servers put them.

use super::Asked;
use super::answer::{Answer, quote};
use super::status::found_challenges;
use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

/// The word for a problem, and what is said of it.
struct Problem {
    word: String,
    advice: Option<String>,
}

impl Asked<'_> {
    /// The judgement on a refusal that names its problem.
    pub(super) fn oauth1_problem(&self, answer: &Answer) -> Option<Judgement> {
        if self.authentication.scheme.as_deref() != Some("oauth") || self.authentication.signed.is_empty() {
            return None;
        }
        let Problem { word, advice } = self.named(answer)?;
        let cause = cause(&word)?;
        let said =
            advice.filter(|advice| *advice != word).map(|advice| format!(" ({})", quote(&advice, self.scrubber)));
        let meaning = format!("{} says {}{}", self.address.host, quote(&word, self.scrubber), said.unwrap_or_default());
        Some(self.saying(cause, answer, &meaning, self.remedy_of(cause, answer)))
    }

    /// Judges an answer that was to bring a token and brought none. `granted` is whether temporary credentials and a verifier were sent.
    pub(crate) fn no_signed_token(&self, answer: &Answer, granted: bool) -> Judgement {
        if let Some(judgement) = self.oauth1_problem(answer) {
            return judgement;
        }
        match answer.status() {
            // What a success brought instead may hold a token in a form that nobody knows, so it is not quoted.
            200..=299 => Judgement::of(
                Cause::UnexpectedResponse,
                Phase::Assert,
                format!("`{}` answered {} without `oauth_token` and its secret.", self.line, answer.status()),
                "Check the `oauth1` block of the recipe: another page may answer there.",
            ),
            // Where the temporary credentials came from, the consumer and its signature were accepted a moment ago (section 2.3).
            401 if granted => {
                let host = &self.address.host;
                let meaning = format!("{host} refused the verifier, or the temporary credentials that it belongs to");
                let remedy = "Connect again. A verifier is good once and not for long; a PIN has to be typed just as the page shows it.";
                self.saying(Cause::GrantInvalid, answer, &meaning, remedy.to_owned())
            }
            401 => {
                let meaning = format!("{} refused the consumer, or its signature", self.address.host);
                self.saying(Cause::ClientRejected, answer, &meaning, self.remedy_of(Cause::ClientRejected, answer))
            }
            _ => self.by_status(answer),
        }
    }

    /// In the challenge (`oauth_problem`, or `error` as `NetSuite` has it), or in a body that is a form.
    fn named(&self, answer: &Answer) -> Option<Problem> {
        for challenge in found_challenges(answer, self.scrubber) {
            let named = ["oauth_problem", "error"].into_iter().find_map(|name| challenge.parameter(name));
            let advised = ["oauth_problem_advice", "error_description"];
            if let Some(word) = named {
                let advice = advised.into_iter().find_map(|name| challenge.parameter(name)).map(str::to_owned);
                return Some(Problem { word: word.to_owned(), advice });
            }
        }
        let body = answer.text();
        let body = body.contains("oauth_problem=").then(|| self.scrubber.scrub(&body))?;
        let fields: Vec<_> = url::form_urlencoded::parse(body.trim().as_bytes()).into_owned().collect();
        let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        Some(Problem { word: field("oauth_problem")?, advice: field("oauth_problem_advice") })
    }

    fn remedy_of(&self, cause: Cause, answer: &Answer) -> String {
        let connection = self.connection;
        match cause {
            Cause::ClientRejected => {
                format!(
                    "Check `consumer_key` and `consumer_secret` of `{connection}`: they are the app's, not the person's."
                )
            }
            Cause::SignatureInvalid => format!(
                "One of the secrets of `{connection}` is wrong, or the server signs in another way: compare `signature_method`, and \
                 with --trace what was signed."
            ),
            Cause::CredentialRejected | Cause::CredentialExpired => {
                format!(
                    "`token` and `token_secret` of `{connection}` are of no use any more: connect anew, and store the new ones."
                )
            }
            Cause::NonceReused => {
                "It was sent once more with a new one; if that repeats, something in between sends requests twice."
                    .to_owned()
            }
            Cause::ClockSkew => "Set this machine's clock; signatures carry its time.".to_owned(),
            _ => self.remedy(cause, answer),
        }
    }
}

/// What the words of the extension mean (OAuth wiki, Problem Reporting), and those that providers have added.
fn cause(word: &str) -> Option<Cause> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "token_rejected" | "token_revoked" | "token_used" | "user_refused" | "verifier_invalid" => {
            Cause::CredentialRejected
        }
        "token_expired" => Cause::CredentialExpired,
        "consumer_key_unknown" | "consumer_key_rejected" | "consumer_key_refused" | "consumer_key_invalid" => {
            Cause::ClientRejected
        }
        "signature_invalid" => Cause::SignatureInvalid,
        "nonce_used" | "nonce_rejected" => Cause::NonceReused,
        "timestamp_refused" => Cause::ClockSkew,
        "permission_denied" | "permission_unknown" => Cause::PermissionMissing,
        "parameter_absent" => Cause::CredentialMissing,
        "parameter_rejected" | "version_rejected" | "signature_method_rejected" => Cause::ConfigInvalid,
        "additional_authorization_required" => Cause::InteractionRequired,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_the_cause_of_the_table() {
        for (word, expected) in [
            ("token_rejected", Cause::CredentialRejected),
            ("TOKEN_EXPIRED", Cause::CredentialExpired),
            ("consumer_key_unknown", Cause::ClientRejected),
            ("signature_invalid", Cause::SignatureInvalid),
            ("nonce_used", Cause::NonceReused),
            ("timestamp_refused", Cause::ClockSkew),
            ("permission_denied", Cause::PermissionMissing),
            ("parameter_absent", Cause::CredentialMissing),
            ("signature_method_rejected", Cause::ConfigInvalid),
            ("additional_authorization_required", Cause::InteractionRequired),
        ] {
            assert_eq!(cause(word), Some(expected), "{word}");
        }
        assert_eq!(cause("invalid_token"), None, "words of OAuth 2.0 are read elsewhere");
    }
}
