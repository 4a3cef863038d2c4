//! What a status means when no rule of the recipe has said it (RFC 9110 section 15, RFC 6750 section 3.1).

use std::time::Duration;

use url::Url;

use crate::model::cause::Cause;
use crate::model::challenge::{Challenge, challenges};
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;
use crate::probe::authentication::Bearer;

use super::Asked;
use super::answer::{Answer, quote};
use super::time::retry_after;

impl Asked<'_> {
    /// Judges an answer that is no success.
    pub(super) fn by_status(&self, answer: &Answer) -> Judgement {
        match answer.status() {
            300..=399 => self.redirected(answer),
            400 => self.bad_request(answer),
            401 => self.unauthorised(answer),
            402 | 423 => self.judgement(Cause::AccountSuspended, answer),
            403 => self.forbidden(answer),
            404 | 410 => self.judgement(Cause::NotFound, answer),
            405 | 406 | 411 | 413 | 414 | 415 | 417 | 422 | 431 => self.judgement(Cause::ConfigInvalid, answer),
            407 => self.judgement(Cause::ProxyFailed, answer),
            426 => self.judgement(Cause::TlsRequired, answer),
            429 => self.limited(answer),
            451 => self.judgement(Cause::IpBlocked, answer),
            503 if answer.header("retry-after").is_some() => self.limited(answer),
            408 | 500..=599 => self.judgement(Cause::ProviderError, answer),
            _ => self.saying(
                Cause::UnexpectedResponse,
                answer,
                "a status that says nothing about the credential",
                "Say in the probe's `accept` or `refuse` what this answer means.".to_owned(),
            ),
        }
    }

    fn limited(&self, answer: &Answer) -> Judgement {
        self.judgement(Cause::RateLimited, answer).with_retry_after(self.wait(answer))
    }

    /// How long the server asks us to wait.
    pub(super) fn wait(&self, answer: &Answer) -> Option<Duration> {
        retry_after(&answer.response, self.now)
    }

    /// 3xx: nothing was followed. `304` and its like without a `Location` are no redirects (RFC 9110 section 15.4).
    fn redirected(&self, answer: &Answer) -> Judgement {
        // Scrubbed before it is taken apart: a URL writes itself anew, and a secret in it would have another form.
        let location = answer.header("location").map(|location| self.scrubber.scrub(location));
        let Some(location) = location.as_deref() else {
            let meaning = "a redirect that leads nowhere";
            return self.saying(Cause::UnexpectedResponse, answer, meaning, "Check base URL and path.".to_owned());
        };
        let base = Url::parse(&self.address.to_string()).ok();
        let Some(to) = base.as_ref().and_then(|base| base.join(location).ok()) else {
            let shown = location.split(['?', '#']).next().unwrap_or_default();
            let meaning = format!("it points to {}, which is no URL", quote(shown, self.scrubber));
            return self.saying(Cause::Redirected, answer, &meaning, "Check base URL and path.".to_owned());
        };
        // A redirect's parameters may carry tokens (`;jsessionid=` too), so only where it leads is shown.
        let path = to.path().split(';').next().unwrap_or_default();
        let shown = quote(&format!("{}{path}", to.origin().ascii_serialization()), self.scrubber);
        let meaning = format!("it points to {shown}; the credential was not sent there");
        let host = to.host_str().unwrap_or_default();
        let remedy = if base.as_ref().and_then(Url::host_str) != Some(host) {
            format!("If {} is the right server, put it into the connection.", quote(host, self.scrubber))
        } else if to.scheme() == "https" && *self.address.scheme == *"http" {
            "Write `https://` in `base_url`.".to_owned()
        } else if ["login", "signin", "sign_in", "sign-in", "auth"].iter().any(|word| to.path().contains(word)) {
            "That looks like a login page: the base path may be that of the pages for people, or the credential was not seen."
                .to_owned()
        } else {
            "Put that path into the probe or the base URL.".to_owned()
        };
        self.saying(Cause::Redirected, answer, &meaning, remedy)
    }

    /// 400: nginx answers so when TLS is amiss, before it has looked at anything.
    fn bad_request(&self, answer: &Answer) -> Judgement {
        if answer.mentions("the plain http request was sent to https port") {
            return self.judgement(Cause::ProtocolMismatch, answer);
        }
        if answer.mentions("no required ssl certificate was sent") {
            return self.judgement(Cause::ClientCertificateRequired, answer);
        }
        if answer.mentions("the ssl certificate error") {
            return self.judgement(Cause::ClientCertificateRejected, answer);
        }
        if self.wants_https(answer) {
            return self.judgement(Cause::TlsRequired, answer);
        }
        let found = found_challenges(answer, self.scrubber);
        match error(&found) {
            Some((challenge, "invalid_token")) => self.invalid_token(challenge, answer),
            _ => self.judgement(Cause::ConfigInvalid, answer),
        }
    }

    fn wants_https(&self, answer: &Answer) -> bool {
        *self.address.scheme == *"http"
            && ["https required", "https is required", "ssl required", "ssl is required", "requires https", "use https"]
                .iter()
                .any(|text| answer.mentions(text))
    }

    /// 401, with the reason where the server gives one.
    fn unauthorised(&self, answer: &Answer) -> Judgement {
        let found = found_challenges(answer, self.scrubber);
        match error(&found) {
            Some((challenge, "insufficient_scope")) => return self.insufficient_scope(challenge, answer),
            _ if self.authentication.bearer == Bearer::Token => return self.misplaced(answer),
            Some((challenge, "invalid_token")) => return self.invalid_token(challenge, answer),
            Some((_, "invalid_request")) => return self.judgement(Cause::ConfigInvalid, answer),
            Some(_) => return self.judgement(Cause::CredentialRejected, answer),
            None => {}
        }
        if self.phase == Phase::Authz {
            // The same credential was accepted a moment ago: what it lacks is the right to do this.
            return self.judgement(Cause::PermissionMissing, answer);
        }
        // RFC 6750 section 3.1: a server that saw no credential gives no error code. One that asks for a scheme other than ours
        // did not take what we sent for a credential.
        // Of a login, the server knows where to look.
        let ours = self.authentication.scheme.as_deref();
        let is_login = self.authentication.bearer == Bearer::Login;
        if is_login || found.is_empty() || found.iter().any(|challenge| Some(challenge.scheme.as_str()) == ours) {
            return self.judgement(Cause::CredentialRejected, answer);
        }
        let wanted: Vec<_> = found.iter().map(|challenge| challenge.scheme.as_str()).collect();
        let meaning = format!(
            "{} asks for {}, and saw no credential in {}",
            self.address.host,
            quote(&wanted.join(", "), self.scrubber),
            self.authentication.place
        );
        self.saying(Cause::CredentialMissing, answer, &meaning, self.remedy(Cause::CredentialMissing, answer))
    }

    /// A token that was issued a moment ago, to a credential that was accepted: it is not that which is refused.
    fn misplaced(&self, answer: &Answer) -> Judgement {
        let meaning = format!(
            "{} issued a token a moment ago, and does not take it in {}",
            self.address.host, self.authentication.place
        );
        let remedy = "Compare the place of the token, and the word before it, with the app's documentation.";
        self.saying(Cause::ConfigInvalid, answer, &meaning, remedy.to_owned())
    }

    /// RFC 6750 section 3.1 has one code for "expired, revoked, malformed, or invalid"; only the description may tell.
    fn invalid_token(&self, challenge: &Challenge, answer: &Answer) -> Judgement {
        let description = challenge.parameter("error_description").unwrap_or_default();
        let expired = tells_expiry(description);
        let cause = if expired { Cause::CredentialExpired } else { Cause::CredentialRejected };
        if description.is_empty() {
            return self.judgement(cause, answer);
        }
        let meaning =
            format!("{} refused the credential, saying {}", self.address.host, quote(description, self.scrubber));
        self.saying(cause, answer, &meaning, self.remedy(cause, answer))
    }

    fn insufficient_scope(&self, challenge: &Challenge, answer: &Answer) -> Judgement {
        let Some(scope) = challenge.parameter("scope") else {
            return self.judgement(Cause::PermissionMissing, answer);
        };
        let scope = quote(scope, self.scrubber);
        let meaning = format!("the credential is good, and lacks the scope {scope}");
        let at = self.renew.map_or_else(String::new, |renew| format!(" at {renew}"));
        self.saying(Cause::PermissionMissing, answer, &meaning, format!("Grant {scope} to it{at}."))
    }

    /// 403: says no without saying why, unless something around it does.
    fn forbidden(&self, answer: &Answer) -> Judgement {
        let found = found_challenges(answer, self.scrubber);
        match error(&found) {
            Some((challenge, "insufficient_scope")) => return self.insufficient_scope(challenge, answer),
            Some((challenge, "invalid_token")) => return self.invalid_token(challenge, answer),
            _ => {}
        }
        if answer.header("retry-after").is_some() {
            return self.limited(answer);
        }
        if self.wants_https(answer) {
            return self.judgement(Cause::TlsRequired, answer);
        }
        if is_firewall(answer) {
            return self.judgement(Cause::IpBlocked, answer);
        }
        let accepted = self.phase == Phase::Authz || self.authentication.bearer == Bearer::Token;
        let cause = if accepted { Cause::PermissionMissing } else { Cause::Forbidden };
        self.judgement(cause, answer)
    }
}

/// The page of a firewall in front of the API: it never reached the API.
fn is_firewall(answer: &Answer) -> bool {
    let server = answer.header("server").unwrap_or_default().to_ascii_lowercase();
    let known = answer.header("cf-ray").is_some()
        || ["cloudflare", "akamaighost", "sucuri", "imperva", "ddos-guard", "awselb", "cloudfront"]
            .iter()
            .any(|name| server.contains(name));
    let says = [
        "access denied",
        "attention required",
        "you have been blocked",
        "request blocked",
        "request could not be satisfied",
    ];
    known && answer.is_page() && says.iter().any(|text| answer.mentions(text))
}

/// The challenges, scrubbed before they are taken apart: an escape that is undone gives a secret another form.
pub(super) fn found_challenges(answer: &Answer, scrubber: &Scrubber) -> Vec<Challenge> {
    let lines = answer.response.headers.get_all("www-authenticate");
    let lines = lines.iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.flat_map(|line| challenges(&scrubber.scrub(&line))).collect()
}

/// The first challenge with an error code, and the code.
fn error(found: &[Challenge]) -> Option<(&Challenge, &str)> {
    found.iter().find_map(|challenge| challenge.parameter("error").map(|error| (challenge, error)))
}

/// Whether a description says that a token has expired, and not that it may have: servers that quote the RFC name every reason at once.
fn tells_expiry(description: &str) -> bool {
    let text = description.to_ascii_lowercase();
    let says = |word: &str| text.split(|c: char| !c.is_ascii_alphabetic()).any(|other| other == word);
    says("expired") && !says("or")
}
