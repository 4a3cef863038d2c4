//! The words of HTTP judgements: what a cause means, and what to do about it.

use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

use super::answer::Answer;
use super::{Asked, Rules};

/// Headers by which providers find a request in their logs.
const REQUEST_IDS: [&str; 8] = [
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-correlation-id",
    "x-trace-id",
    "x-shopify-request-id",
    "intuit_tid",
    "cf-ray",
];

impl Asked<'_> {
    /// A judgement in the usual words for its cause.
    pub(super) fn judgement(&self, cause: Cause, answer: &Answer) -> Judgement {
        self.saying(cause, answer, &self.meaning(cause), self.remedy(cause, answer))
    }

    /// A judgement in these words: what was asked and answered is put before them.
    pub(super) fn saying(&self, cause: Cause, answer: &Answer, meaning: &str, remedy: String) -> Judgement {
        Judgement::of(cause, self.phase_of(cause), format!("{}: {meaning}.", self.observed(answer)), remedy)
    }

    /// The same where the server's words are in `meaning`: they are not quoted twice.
    pub(super) fn quoting(&self, cause: Cause, answer: &Answer, meaning: &str, remedy: String) -> Judgement {
        let message = format!("`{}` answered {}: {meaning}.", self.line, answer.status());
        Judgement::of(cause, self.phase_of(cause), message, remedy)
    }

    /// What was asked and what was answered.
    pub(super) fn observed(&self, answer: &Answer) -> String {
        let observed = format!("`{}` answered {}", self.line, answer.status());
        match answer.quote(self.scrubber) {
            Some(quote) => format!("{observed} with {quote}"),
            None => observed,
        }
    }

    /// The phase that a cause belongs to, given what was asked.
    fn phase_of(&self, cause: Cause) -> Phase {
        match cause {
            Cause::PermissionMissing | Cause::Forbidden | Cause::WrongAccount => Phase::Authz,
            Cause::UnexpectedResponse | Cause::NotFound => Phase::Assert,
            Cause::ProtocolMismatch => Phase::Banner,
            Cause::ClientCertificateRequired | Cause::ClientCertificateRejected => Phase::Tls,
            Cause::ProxyFailed => Phase::Connect,
            _ => self.phase,
        }
    }

    fn meaning(&self, cause: Cause) -> String {
        let host = &self.address.host;
        match cause {
            Cause::CredentialRejected => format!("{host} refused the credential"),
            Cause::CredentialExpired => "the credential was good once and has expired".to_owned(),
            Cause::CredentialMissing => format!("{host} saw no credential of the kind that it wants"),
            Cause::ClientRejected => format!("{host} refused the client, not the person"),
            Cause::PermissionMissing => format!("the credential is good, and may not do this{}", self.lacking()),
            Cause::Forbidden => {
                "either the credential or a permission is to blame, and the answer does not say which".to_owned()
            }
            Cause::AccountSuspended => "the account is suspended, unpaid or locked".to_owned(),
            Cause::IpBlocked => format!("{host} blocks the address of this machine; the credential was not judged"),
            Cause::RateLimited => "too many requests; the credential was not judged".to_owned(),
            Cause::ProviderError => "a fault of the provider's; the credential was not judged".to_owned(),
            Cause::NotFound => format!("{host} knows no such path; the credential was not judged"),
            Cause::ConfigInvalid => {
                "the request itself is wrong for this API; the credential was not judged".to_owned()
            }
            Cause::TlsRequired => format!("{host} wants TLS here, and the connection says `http`"),
            Cause::ProtocolMismatch => "this port wants TLS, and the connection says `http`".to_owned(),
            Cause::ClientCertificateRequired => format!("{host} wants a client certificate and got none"),
            Cause::ClientCertificateRejected => format!("{host} refused the client certificate"),
            Cause::ProxyFailed => "the proxy wants a login of its own".to_owned(),
            Cause::InteractionRequired => "a person has to finish signing in".to_owned(),
            Cause::WrongAccount => "the credential is good, but for another account".to_owned(),
            Cause::ClockSkew => "the clocks of this machine and of the server disagree too much".to_owned(),
            Cause::SignatureInvalid => "the signature did not match".to_owned(),
            Cause::UnexpectedResponse => "this is not what the API answers".to_owned(),
            other => format!("the recipe reads this as `{other}`"),
        }
    }

    /// What is missing, in the provider's words.
    fn lacking(&self) -> String {
        self.needs.map_or_else(String::new, |needs| format!(" (needs `{needs}`)"))
    }

    /// What to do about a cause.
    pub(super) fn remedy(&self, cause: Cause, answer: &Answer) -> String {
        let connection = self.connection;
        let at = self.renew.map_or_else(String::new, |renew| format!(" at {renew}"));
        match cause {
            Cause::CredentialRejected | Cause::CredentialExpired => {
                format!("Make a new one{at} and update the connection `{connection}`.")
            }
            Cause::CredentialMissing => format!(
                "It was sent as {}. Check that place against the app's documentation, and the credential too.",
                self.authentication.place
            ),
            Cause::PermissionMissing => match self.needs {
                Some(needs) => format!("Grant `{needs}` to it{at}."),
                None => format!("Grant it what the step needs{at}."),
            },
            Cause::Forbidden => {
                "Ask something that needs no permission, or say in a `refuse` rule what 403 means here.".to_owned()
            }
            Cause::AccountSuspended => "The owner of the account has to log in and settle that.".to_owned(),
            Cause::IpBlocked => "Ask for this machine's address to be allowed, or run from an allowed one.".to_owned(),
            Cause::RateLimited => {
                let when = self
                    .wait(answer)
                    .map_or_else(|| "later".to_owned(), |wait| format!("in {} s", wait.as_secs_f64().ceil()));
                format!("Come back {when}, or ask less at once (`--per-host`).")
            }
            Cause::ProviderError => match request_id(answer) {
                Some((name, id)) => format!("Try again later; the provider finds this request by `{name}: {id}`."),
                None => "Try again later.".to_owned(),
            },
            Cause::NotFound => {
                "Check base URL, API version and the account's name in the connection, and the probe's path.".to_owned()
            }
            Cause::TlsRequired | Cause::ProtocolMismatch => "Write `https://` in `base_url`.".to_owned(),
            Cause::ClientCertificateRequired => "Add `client_cert` and `client_key` to the connection.".to_owned(),
            Cause::ClientCertificateRejected => {
                "Check its issuer and its expiry, or get a new one from the owner of the server.".to_owned()
            }
            Cause::ProxyFailed => "Use a proxy that needs no login, or none.".to_owned(),
            Cause::SignatureInvalid => format!(
                "The secret of `{connection}` is wrong, or something else is signed than {} signs: compare, with --trace, what was.",
                self.address.host
            ),
            Cause::ClockSkew => "Set this machine's clock; signatures carry its time.".to_owned(),
            Cause::ConfigInvalid => "Correct the probe's request: method, path, headers and body.".to_owned(),
            other => format!("See `tugtest explain {other}`."),
        }
    }

    /// The judgement when what was accepted is not there.
    pub(super) fn unexpected(&self, rules: &Rules<'_>, answer: &Answer) -> Judgement {
        if answer.is_page() && (rules.wants_no_page() || answer.json().is_none()) {
            let remedy = "Check the base URL; a login page means that the credential was not even looked at, and some \
                          networks put a page of their own before everything.";
            let meaning = "a page for people came where an API should answer";
            return self.saying(Cause::UnexpectedResponse, answer, meaning, remedy.to_owned());
        }
        let meaning = super::conditions::first_unmet(rules.accept, answer, self.scrubber).map_or_else(
            || self.meaning(Cause::UnexpectedResponse),
            |unmet| format!("expected {}, found {}", unmet.expected, unmet.actual),
        );
        let remedy = "Check base URL and credential; if this answer is good, say so in the probe's `accept`.";
        self.saying(Cause::UnexpectedResponse, answer, &meaning, remedy.to_owned())
    }
}

/// The header and its value by which the provider can find this request.
fn request_id(answer: &Answer) -> Option<(&'static str, &str)> {
    REQUEST_IDS.iter().find_map(|name| answer.response.header(name).map(|id| (*name, id)))
}
