//! The judge of HTTP answers: pure functions from what was asked and what was answered to a judgement.
//!
//! The laws: the recipe's refusals speak first; positive evidence alone passes; what a status proves is taken from RFC 9110 and
//! RFC 6750; what proves nothing is inconclusive.

mod answer;
mod aws;
mod conditions;
pub(crate) mod consent;
mod digest;
mod oauth1;
mod status;
pub(crate) mod time;
pub(crate) mod token;
mod words;

use std::time::SystemTime;

use crate::model::cause::{Cause, Class};
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::probe::{HttpConditions, HttpRefusal, StatusMatch};
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;

pub(crate) use self::answer::{Answer, quote};
use super::authentication::Authentication;

/// The facts of a request that its answer is judged by.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Method, path and query as they may be shown.
    pub(crate) line: &'a str,
    /// The declared address.
    pub(crate) address: &'a Address,
    /// [`Phase::Auth`], or [`Phase::Authz`] for a permission check after a passed authentication.
    pub(crate) phase: Phase,
    /// How we authenticated.
    pub(crate) authentication: &'a Authentication,
    /// What a permission check asks for.
    pub(crate) needs: Option<&'a str>,
    /// The connection's name.
    pub(crate) connection: &'a str,
    /// Where a person gets a new credential.
    pub(crate) renew: Option<&'a str>,
    /// Masks secrets in quotes.
    pub(crate) scrubber: &'a Scrubber,
    /// The time, for dates in answers.
    pub(crate) now: SystemTime,
}

/// The rules that an answer is read by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// All must hold for a pass.
    pub(crate) accept: &'a HttpConditions,
    /// The first that holds decides.
    pub(crate) refuse: &'a [HttpRefusal],
}

impl Rules<'_> {
    /// Whether a page for people is no evidence: nothing but a status was asked for, if that.
    fn wants_no_page(&self) -> bool {
        self.accept.headers.is_empty() && self.accept.json.is_empty() && self.accept.text.is_none()
    }

    /// Whether the answer is the positive evidence that was asked for. Where no status is named, it has to be a success.
    fn accept(&self, answer: &Answer, scrubber: &Scrubber) -> bool {
        let named = !self.accept.status.is_empty();
        let success = StatusMatch::Family(2).matches(answer.status());
        (named || success)
            && !(self.wants_no_page() && answer.is_page())
            && conditions::first_unmet(self.accept, answer, scrubber).is_none()
    }
}

/// Whether a rule reads this answer as a refusal.
pub(crate) fn refuses(rules: Rules<'_>, answer: &Answer, scrubber: &Scrubber) -> bool {
    rules.refuse.iter().any(|rule| conditions::hold(&rule.when, answer, scrubber))
}

/// Judges an answer.
pub(crate) fn judge(asked: &Asked<'_>, rules: Rules<'_>, answer: &Answer) -> Judgement {
    if let Some(judgement) = asked.before_digest(&rules, answer) {
        return judgement;
    }
    if let Some(refusal) = rules.refuse.iter().find(|rule| conditions::hold(&rule.when, answer, asked.scrubber)) {
        return asked.refused(refusal, answer);
    }
    if rules.accept(answer, asked.scrubber) {
        let passed = || Judgement::pass(asked.phase, asked.evidence(rules.accept, answer));
        return asked.server_without_proof(answer).unwrap_or_else(passed);
    }
    if let Some(judgement) = asked.oauth1_problem(answer).or_else(|| asked.aws_problem(answer)) {
        return judgement;
    }
    match answer.status() {
        200..=299 => asked.unexpected(&rules, answer),
        _ => asked.by_status(answer),
    }
}

impl Asked<'_> {
    /// A rule of the recipe has spoken. After a passed authentication it cannot be the credential that is refused, unless a 401 says
    /// so: what the rule calls a refusal is a missing permission then.
    fn refused(&self, refusal: &HttpRefusal, answer: &Answer) -> Judgement {
        let blames = matches!(refusal.cause.class(), Class::Rejected) || refusal.cause == Cause::Forbidden;
        let cause = if self.phase == Phase::Authz && answer.status() != 401 && blames {
            Cause::PermissionMissing
        } else {
            refusal.cause
        };
        let mut judgement = self.judgement(cause, answer);
        if let Some(remedy) = refusal.remedy.as_ref().filter(|_| cause == refusal.cause) {
            judgement.remedy = Some(remedy.to_string());
        }
        let wait = (cause == Cause::RateLimited).then(|| self.wait(answer)).flatten();
        judgement.with_retry_after(wait)
    }

    /// The positive evidence in words.
    fn evidence(&self, accept: &HttpConditions, answer: &Answer) -> String {
        let paths: Vec<_> = accept.json.iter().map(|(path, _)| format!("`{path}`")).collect();
        let headers = accept.headers.iter().map(|(name, _)| format!("header `{name}`"));
        let held: Vec<_> =
            paths.into_iter().chain(headers).chain(accept.text.iter().map(|_| "the text".to_owned())).collect();
        let with = if held.is_empty() { String::new() } else { format!(" with {} as expected", held.join(", ")) };
        format!("`{}` answered {}{with}", self.line, answer.status())
    }
}

#[cfg(test)]
mod tests;
