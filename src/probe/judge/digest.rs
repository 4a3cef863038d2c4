//! What is different where HTTP Digest authenticates: the first request carries no credential, so its answer judges none; a server may
//! call a number stale; and it can prove that it knows the password too.

use super::answer::{Answer, quote};
use super::conditions;
use super::status::found_challenges;
use super::{Asked, Rules};
use crate::model::cause::{Cause, Class};
use crate::model::challenge::without_scheme;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::authentication::Digest;
use crate::sign::digest::{Proof, Unusable, choose};

impl Asked<'_> {
    /// The judgement on what stands in the way of an answer to a challenge.
    pub(super) fn before_digest(&self, rules: &Rules<'_>, answer: &Answer) -> Option<Judgement> {
        match self.authentication.digest.as_ref()? {
            Digest::Asking => Some(self.unasked(rules, answer)),
            Digest::Answering(_) if answer.status() == 401 => self.stale_again(answer),
            Digest::Answering(_) => None,
        }
    }

    /// No challenge has come, so nothing was answered: the credential was never sent.
    fn unasked(&self, rules: &Rules<'_>, answer: &Answer) -> Judgement {
        match answer.status() {
            200..=299 if rules.wants_no_page() && answer.is_page() => self.unexpected(rules, answer),
            200..=299 => self.saying(
                Cause::ProbeNotDiscriminating,
                answer,
                "no credential was sent, and none was asked for, so this says nothing of it",
                "Ask for something that wants a login, or correct `place` in the connection: this may not be HTTP Digest.".to_owned(),
            ),
            401 => self.no_challenge(answer),
            _ => self.unrelated(rules, answer),
        }
    }

    /// A 401 without a challenge that could be answered.
    fn no_challenge(&self, answer: &Answer) -> Judgement {
        let (host, found) = (&self.address.host, found_challenges(answer, self.scrubber));
        if let Some(Err(unusable)) = choose(&found) {
            let offered: Vec<String> = unusable.iter().map(Unusable::to_string).collect();
            let offered = quote(&offered.join(", "), self.scrubber);
            let meaning = format!(
                "{host} offers HTTP Digest with {offered}, which is not spoken here; the credential was not sent"
            );
            let remedy =
                "Have it offer MD5, SHA-256 or SHA-512-256 with the protection `auth`, or another kind of login.";
            return self.saying(Cause::ConfigInvalid, answer, &meaning, remedy.to_owned());
        }
        let mut offered: Vec<&str> = found.iter().map(|challenge| challenge.scheme.as_str()).collect();
        offered.dedup();
        let wanted = if offered.is_empty() {
            "says not how".to_owned()
        } else {
            format!("takes {}", quote(&offered.join(", "), self.scrubber))
        };
        let meaning = format!("{host} wants a login, and {wanted}, not HTTP Digest; the credential was not sent");
        let place = match offered.first() {
            Some(&"basic") => "`place: {basic: {username: ..., password: ...}}`",
            Some(&"bearer") => "`place: {header: Authorization, value: \"Bearer ...\"}`",
            _ => "another `place`",
        };
        self.saying(
            Cause::ConfigInvalid,
            answer,
            &meaning,
            format!("Write {place} in the connection `{}`.", self.connection),
        )
    }

    /// Any other answer, judged as always, but for the credential's part in it.
    fn unrelated(&self, rules: &Rules<'_>, answer: &Answer) -> Judgement {
        let blames = |cause: Cause| {
            matches!(cause.class(), Class::Rejected | Class::Limited) && cause != Cause::ClientCertificateRejected
                || cause == Cause::Forbidden
        };
        let refusal = rules.refuse.iter().find(|rule| conditions::hold(&rule.when, answer, self.scrubber));
        let judgement = match refusal.filter(|rule| !blames(rule.cause)) {
            Some(refusal) => self.refused(refusal, answer),
            None => self.by_status(answer),
        };
        if !judgement.cause.is_some_and(blames) {
            return judgement;
        }
        let meaning = format!("{} says no before it asks for a login; the credential was not sent", self.address.host);
        self.saying(Cause::Forbidden, answer, &meaning, self.remedy(Cause::Forbidden, answer))
    }

    /// The number of an answer is stale, and so was the one before it: going on would never end.
    fn stale_again(&self, answer: &Answer) -> Option<Judgement> {
        let challenge = choose(&found_challenges(answer, self.scrubber))?.ok()?;
        let meaning =
            format!("{} calls each of its own numbers stale; the credential was not judged", self.address.host);
        let remedy = "See whether several servers answer there that do not know each other's numbers, or look into its settings.";
        challenge.stale.then(|| self.saying(Cause::NonceReused, answer, &meaning, remedy.to_owned()))
    }

    /// A good answer of a server that shows another proof than one who knows the password (RFC 7616 section 3.5). Most show none.
    pub(super) fn server_without_proof(&self, answer: &Answer) -> Option<Judgement> {
        let Some(Digest::Answering(proof)) = &self.authentication.digest else { return None };
        if is_proved(proof, answer)? {
            return None;
        }
        let meaning = format!(
            "{} accepted the answer, and its own proof (`rspauth`) is not that of one who knows the password",
            self.address.host
        );
        let remedy = "Something in between may have changed the answer, or answer in its place: look into that before you trust it.";
        Some(self.saying(Cause::UnexpectedResponse, answer, &meaning, remedy.to_owned()))
    }
}

/// Whether the server has proved that it knows the password; none where it shows no proof, or one that cannot be checked.
fn is_proved(proof: &Proof, answer: &Answer) -> Option<bool> {
    let info = without_scheme(answer.header("authentication-info")?);
    let shown = info.parameter("rspauth")?;
    let protected = info.parameter("qop").unwrap_or_else(|| proof.qop.map_or("", |qop| qop.name()));
    let checkable =
        !answer.response.truncated && proof.qop.map_or("", |qop| qop.name()).eq_ignore_ascii_case(protected);
    checkable.then(|| proof.response("", &answer.response.body) == Secret::new(shown.to_ascii_lowercase()))
}
