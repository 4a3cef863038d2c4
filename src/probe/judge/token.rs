//! Why a token endpoint gave no token: the error codes of RFC 6749 section 5.2 and of the extensions, wherever servers put them.

use serde_json::Value;

use super::Asked;
use super::answer::{Answer, quote};
use crate::model::cause::Cause;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

/// A code, and what is said of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) description: Option<String>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A token by the client's own credentials.
    Client,
    /// A token for a person's user name and password.
    Password,
    /// A token for a refresh token.
    Refresh,
    /// A token for a code that a person's consent has brought.
    Code,
    /// A token for a code that a person enters on another device, or that code itself.
    Device,
    /// What is known of a token.
    Introspection,
    /// That a token is taken back.
    Revocation,
}

/// A judgement on a refusal, and whether the server has said clearly that it did nothing.
pub(crate) struct Refusal {
    pub(crate) judgement: Judgement,
    pub(crate) clear: bool,
}

impl Asked<'_> {
    /// Judges an answer that brought no token. `members` is its body as far as it can be read.
    pub(crate) fn no_token(&self, answer: &Answer, members: Option<&Value>, wanted: Wanted) -> Refusal {
        let status = answer.status();
        if let Some(problem) = problem(answer, members) {
            let cause = match (&*problem.code, wanted) {
                // After a person was asked, it is their answer.
                ("access_denied", Wanted::Device) => Cause::InteractionRequired,
                _ => cause(&problem, wanted).unwrap_or_else(|| unknown(status)),
            };
            return Refusal { judgement: self.problem(&problem, cause, answer, wanted), clear: status != 504 };
        }
        let judgement = match status {
            200..=299 => self.success_without_token(answer, members, wanted),
            // RFC 6749 section 5.2: a 401 is about the client, which has no other credential to be refused.
            401 => self.client_refused(answer),
            _ => self.by_status(answer),
        };
        Refusal { judgement, clear: (300..500).contains(&status) }
    }

    /// A success that brought nothing. What it brought instead may hold a token in a form that nobody knows, so it is not quoted.
    fn success_without_token(&self, answer: &Answer, members: Option<&Value>, wanted: Wanted) -> Judgement {
        let names =
            members.and_then(Value::as_object).map(|members| members.keys().map(String::as_str).collect::<Vec<_>>());
        let with = match names {
            _ if answer.is_page() => "a page for people".to_owned(),
            Some(names) => format!("the members {}", quote(&names.join(", "), self.scrubber)),
            None => format!("{} bytes in another form", answer.response.body.len()),
        };
        let (what, field) = match wanted {
            Wanted::Introspection => ("nothing about the token", "introspection_url"),
            Wanted::Device => ("neither a code to enter nor an access token", "device_url` and `token_url"),
            _ => ("no access token", "token_url"),
        };
        let message = format!("`{}` answered {} with {with}, and {what}.", self.line, answer.status());
        let remedy = format!(
            "Check `{field}`: a login page, or another API, may answer there. If the app answers in a form of its own, its recipe can say where \
             the token stands (`access_token`)."
        );
        Judgement::of(Cause::UnexpectedResponse, Phase::Assert, message, remedy)
    }

    fn client_refused(&self, answer: &Answer) -> Judgement {
        let meaning = format!("{} refused the client", self.address.host);
        self.saying(Cause::ClientRejected, answer, &meaning, self.client_remedy())
    }

    fn problem(&self, problem: &Problem, cause: Cause, answer: &Answer, wanted: Wanted) -> Judgement {
        let Problem { code, description } = problem;
        let said = description.as_ref().filter(|text| *text != code);
        let said = said.map(|text| format!(" ({})", quote(text, self.scrubber))).unwrap_or_default();
        let meaning = format!("{} says {}{said}", self.address.host, quote(code, self.scrubber));
        let mut judgement = self.saying(cause, answer, &meaning, self.token_remedy(problem, cause, answer, wanted));
        // The code is quoted once, not with the whole body before it.
        judgement.message = format!("`{}` answered {}: {meaning}.", self.line, answer.status());
        let wait = (cause == Cause::RateLimited).then(|| self.wait(answer)).flatten();
        judgement.with_retry_after(wait)
    }

    fn client_remedy(&self) -> String {
        let (connection, place) = (self.connection, &self.authentication.place);
        format!(
            "Check `client_id` and `client_secret` of `{connection}`: they are the app's, not a person's. They were sent in {place}; if the app \
             wants them elsewhere, say so with `client_auth`."
        )
    }

    fn token_remedy(&self, problem: &Problem, cause: Cause, answer: &Answer, wanted: Wanted) -> String {
        let connection = self.connection;
        let at = self.renew.map_or_else(String::new, |renew| format!(" at {renew}"));
        match (cause, &*problem.code) {
            (Cause::ClientRejected, "shop_not_permitted") => {
                "App and store have to belong to the same organisation of the Dev Dashboard; otherwise the app needs the authorization code grant."
                    .to_owned()
            }
            (Cause::ClientRejected, "app_not_installed") => {
                "Install the app in this store, then try again.".to_owned()
            }
            (Cause::ClientRejected, "application_cannot_be_found") => {
                format!("Check `client_id` of `{connection}`. An app that was made a moment ago is not known everywhere yet: wait a minute.")
            }
            (Cause::ClientRejected, "unauthorized_client" | "unsupported_client") => {
                format!("Allow this grant for the client{at}, or state another `grant` in `{connection}`.")
            }
            (Cause::ClientRejected, _) => self.client_remedy(),
            (Cause::GrantInvalid, _) if wanted == Wanted::Password => {
                format!("Correct `username` and `password` of `{connection}`, and look whether the account may log in this way.")
            }
            (Cause::GrantInvalid, _) if wanted == Wanted::Code => {
                "A code is good once and for a few minutes: begin anew. If it repeats, the redirect address differs from the registered one."
                    .to_owned()
            }
            (Cause::GrantInvalid, _) if wanted == Wanted::Device => {
                "The code was not entered in time, or is no longer good: begin anew.".to_owned()
            }
            (Cause::Forbidden | Cause::InteractionRequired, "access_denied") => {
                "Connect again, and allow it. Where the app has to be approved first, ask whoever administers the account.".to_owned()
            }
            (Cause::GrantInvalid, _) => format!(
                "The refresh token was revoked, used before, or is past its life: somebody has to connect `{connection}` anew{at}."
            ),
            (Cause::SignatureInvalid, _) => format!(
                "Check `private_key` of `{connection}` against the public key that the app has, and `key_id` if it has several."
            ),
            (Cause::InteractionRequired, _) => format!("A person has to finish signing in{at}, then connect `{connection}` anew."),
            (Cause::ConfigInvalid, "invalid_scope") => format!("Correct `scopes` of `{connection}`."),
            (Cause::ConfigInvalid, "unsupported_grant_type") => format!("State another `grant` in `{connection}`."),
            (Cause::ConfigInvalid, _) => {
                format!("Compare `token_url`, `grant`, `client_auth` and `scopes` of `{connection}` with the app's documentation.")
            }
            (Cause::ClockSkew, _) => "Set this machine's clock; assertions carry its time.".to_owned(),
            (Cause::PermissionMissing, _) => format!("Connect `{connection}` anew with the scopes that it needs{at}."),
            _ => self.remedy(cause, answer),
        }
    }
}

/// The code of the problem that an answer names, if it names one.
pub(crate) fn error_code(answer: &Answer, members: Option<&Value>) -> Option<String> {
    problem(answer, members).map(|problem| problem.code)
}

/// The problem that an answer names: as JSON or as a form, as the text of an HTML page (Shopify), in the challenge.
fn problem(answer: &Answer, members: Option<&Value>) -> Option<Problem> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(body) = members {
        let described = ["error_description", "message", "error_message", "detail"];
        let description = described.into_iter().find_map(|name| text(body.get(name)));
        let refused = !(200..300).contains(&answer.status());
        let code = match body.get("error") {
            // Graph APIs put an object there, with a number that decides.
            Some(Value::Object(error)) => {
                let number =
                    error.get("code").map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
                let description = text(error.get("message"));
                return Some(Problem { code: number.or_else(|| text(error.get("type")))?, description });
            }
            error => text(error),
        };
        let named = || ["errorCode", "error_code", "code", "status"].into_iter().find_map(|name| text(body.get(name)));
        if let Some(code) = code.or_else(|| named().filter(|_| refused)) {
            return Some(Problem { code: normalised(&code), description });
        }
    }
    let page = answer.text();
    let (_, after) = page.split_once("Oauth error ")?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = after.find(|c| !word(c)).unwrap_or(after.len());
    let said = after[end..].trim_start_matches([':', ' ']).split('<').next().unwrap_or_default().trim();
    let description = (!said.is_empty()).then(|| said.to_owned());
    (end > 0).then(|| Problem { code: normalised(&after[..end]), description })
}

/// A code as the RFC writes it, from what servers make of that: `Invalid Grant`.
pub(super) fn normalised(code: &str) -> String {
    code.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

/// A code that nobody has listed, by the status that it came with.
const fn unknown(status: u16) -> Cause {
    match status {
        401 => Cause::ClientRejected,
        403 => Cause::Forbidden,
        404 => Cause::NotFound,
        429 => Cause::RateLimited,
        500..=599 => Cause::ProviderError,
        200..=299 => Cause::UnexpectedResponse,
        _ => Cause::ConfigInvalid,
    }
}

/// What the codes mean: RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5, `OpenID` Connect Core section 3.1.2.6, and what providers
/// have added.
pub(super) fn cause(problem: &Problem, wanted: Wanted) -> Option<Cause> {
    let mentions = |words: &[&str]| {
        let said = problem.description.as_deref().unwrap_or_default().to_ascii_lowercase();
        words.iter().any(|word| said.contains(word))
    };
    Some(match &*problem.code {
        "invalid_client" if mentions(&["signature", "jws", "key not found"]) => Cause::SignatureInvalid,
        "invalid_client" if mentions(&["in the future", "iat", "nbf"]) => Cause::ClockSkew,
        // After the three of the RFCs: GitHub, Slack, HubSpot, Salesforce, Shopify, Facebook.
        "invalid_client"
        | "unauthorized_client"
        | "unsupported_client"
        | "incorrect_client_credentials"
        | "invalid_client_id"
        | "bad_client_id"
        | "bad_client_secret"
        | "invalid_client_secret"
        | "application_cannot_be_found"
        | "shop_not_permitted"
        | "app_not_installed"
        | "101" => Cause::ClientRejected,
        "invalid_grant" if mentions(&["inactive user", "user is disabled", "account is disabled"]) => {
            Cause::AccountSuspended
        }
        "invalid_grant" if mentions(&["ip restricted"]) => Cause::IpBlocked,
        "invalid_grant"
        | "expired_token"
        | "invalid_token"
        | "invalid_refresh_token"
        | "bad_refresh_token"
        | "token_revoked"
        | "token_expired"
        | "invalid_code"
        | "code_already_used"
        | "bad_verification_code"
        | "bad_auth_code"
        | "190" => Cause::GrantInvalid,
        "invalid_assertion" => Cause::SignatureInvalid,
        "invalid_scope" if wanted == Wanted::Refresh => Cause::PermissionMissing,
        "invalid_request"
        | "unsupported_grant_type"
        | "invalid_scope"
        | "invalid_target"
        | "unsupported_token_type"
        | "unsupported_response_type"
        | "redirect_uri_mismatch"
        | "use_dpop_nonce"
        | "invalid_dpop_proof" => Cause::ConfigInvalid,
        "interaction_required"
        | "consent_required"
        | "login_required"
        | "account_selection_required"
        | "mfa_required"
        | "authorization_pending" => Cause::InteractionRequired,
        "slow_down" | "rate_limit_exceeded" | "ratelimited" => Cause::RateLimited,
        "server_error" | "temporarily_unavailable" => Cause::ProviderError,
        "account_disabled" | "account_inactive" | "inactive_user" | "inactive_org" | "user_suspended" => {
            Cause::AccountSuspended
        }
        "access_denied" => Cause::Forbidden,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
