//! What a browser brings back from an authorization server in place of a code (RFC 6749 section 4.1.2.1).

use super::answer::quote;
use super::token::{Problem, Wanted, cause, normalised};
use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;

/// Somebody came back from a page for people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned<'a> {
    /// The host of the page.
    pub(crate) host: &'a str,
    /// The connection's name.
    pub(crate) connection: &'a str,
    /// Masks secrets in quotes.
    pub(crate) scrubber: &'a Scrubber,
}

impl Returned<'_> {
    /// With an error.
    pub(crate) fn refused(&self, code: &str, description: Option<&str>) -> Judgement {
        let problem = Problem { code: normalised(code), description: description.map(str::to_owned) };
        let said = description.filter(|text| !text.is_empty() && *text != code);
        let said = said.map(|text| format!(" ({})", quote(text, self.scrubber))).unwrap_or_default();
        let message = format!("{} says {}{said}.", self.host, quote(&problem.code, self.scrubber));
        let connection = self.connection;
        let (cause, remedy) = match &*problem.code {
            "access_denied" => return denied(&message),
            "invalid_scope" => {
                (Cause::ConfigInvalid, format!("Ask for other scopes: `--scope`, or `scopes` of `{connection}`."))
            }
            "unauthorized_client" | "unsupported_response_type" => (
                Cause::ClientRejected,
                "Allow the client the authorization code grant where it is registered, or use another client."
                    .to_owned(),
            ),
            "invalid_request" => (
                Cause::ConfigInvalid,
                "Compare the client, its redirect address and the scopes with what is registered at the app."
                    .to_owned(),
            ),
            _ => match cause(&problem, Wanted::Code) {
                Some(cause @ Cause::ProviderError) => (cause, "Try again in a while.".to_owned()),
                Some(cause) => (cause, "Finish what the app asks for, and connect again.".to_owned()),
                // Words that nobody has listed prove nothing.
                None => (Cause::Forbidden, "Look the word up in the app's documentation.".to_owned()),
            },
        };
        Judgement::of(cause, Phase::Auth, message, remedy)
    }

    /// With nothing: `what` was to be there.
    pub(crate) fn empty_handed(&self, what: &str) -> Judgement {
        Judgement::of(
            Cause::UnexpectedResponse,
            Phase::Auth,
            format!("{} sent the browser back with neither `{what}` nor `error`.", self.host),
            "Check `authorize_url`: another page than the one for consent may answer there.",
        )
    }
}

/// Somebody said no, or may not say yes. `message` is what was observed.
pub(crate) fn denied(message: &str) -> Judgement {
    Judgement::of(
        Cause::InteractionRequired,
        Phase::Auth,
        format!("{message} Access was not granted."),
        "Connect again, and allow it. Where the app has to be approved first, ask whoever administers the account.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::Verdict;

    #[test]
    fn every_word_has_its_cause() {
        let scrubber = Scrubber::new();
        let returned = Returned { host: "login.example", connection: "eu", scrubber: &scrubber };
        for (word, expected, verdict) in [
            ("access_denied", Cause::InteractionRequired, Verdict::Fail),
            ("invalid_scope", Cause::ConfigInvalid, Verdict::Fail),
            ("invalid_request", Cause::ConfigInvalid, Verdict::Fail),
            ("unauthorized_client", Cause::ClientRejected, Verdict::Fail),
            ("unsupported_response_type", Cause::ClientRejected, Verdict::Fail),
            ("server_error", Cause::ProviderError, Verdict::Inconclusive),
            ("temporarily_unavailable", Cause::ProviderError, Verdict::Inconclusive),
            ("login_required", Cause::InteractionRequired, Verdict::Fail),
            ("quota_of_tuesdays", Cause::Forbidden, Verdict::Inconclusive),
        ] {
            let judgement = returned.refused(word, Some("it says so"));
            assert_eq!((judgement.cause, judgement.verdict()), (Some(expected), verdict), "{word}");
            assert!(judgement.message.contains("it says so"), "{}", judgement.message);
        }
        scrubber.learn("eu.code", &crate::model::secret::Secret::new("canary-code"));
        assert!(!returned.refused("x", Some("canary-code")).message.contains("canary"), "what is quoted is scrubbed");
    }
}
