//! The interview over HTTP: authentication first, then who it is, then what the step needs.

use std::borrow::Cow;
use std::time::SystemTime;

use serde_json::Value;

use crate::model::cause::{Cause, Class};
use crate::model::evidence::{Finding, Scopes, Warning};
use crate::model::phase::Phase;
use crate::model::probe::{HttpConditions, HttpProbe, HttpRequest, PermissionCheck, ProbeSpec};
use crate::model::verdict::Judgement;
use crate::wire::http::Response;
use crate::wire::obstacle::Obstacle;
use crate::wire::transcript::Transcript;
use crate::wire::{Wire, client_certificate};

use super::judge::{Answer, Asked, Rules, judge, quote, time};
use super::placement::{self, Prepared};
use super::{Subject, jwt, oauth1};

/// Interviews an HTTP API.
pub(crate) async fn probe(subject: &Subject<'_>, probe: &HttpProbe, wire: &Wire) -> Finding {
    let transcript = Transcript::begin(subject.scrubber);
    let heard = hear(subject, probe, wire, &transcript).await;
    heard.finding(transcript)
}

/// What an interview has brought to light, its transcript apart.
pub(super) struct Heard {
    pub(super) judgement: Judgement,
    pub(super) warnings: Vec<Warning>,
    account: Option<String>,
    scopes: Scopes,
}

impl Heard {
    /// An interview that ended before anything was asked.
    pub(super) fn nothing(subject: &Subject<'_>, judgement: Judgement) -> Self {
        let required = subject.requires.iter().map(ToString::to_string).collect();
        Heard { judgement, warnings: Vec::new(), account: None, scopes: Scopes { required, ..Scopes::default() } }
    }

    /// The finding, with what was said.
    pub(super) fn finding(self, transcript: Transcript<'_>) -> Finding {
        let (evidence, phases) = transcript.finish();
        let Heard { judgement, warnings, account, scopes } = self;
        Finding { judgement, phases, account, scopes, warnings, evidence }
    }
}

/// Holds the interview, and writes it down in this transcript.
pub(super) async fn hear(subject: &Subject<'_>, probe: &HttpProbe, wire: &Wire, transcript: &Transcript<'_>) -> Heard {
    let mut interview = Interview {
        subject,
        probe,
        wire,
        transcript,
        account: None,
        scopes: Scopes { required: subject.requires.iter().map(ToString::to_string).collect(), ..Scopes::default() },
        warnings: Vec::new(),
        correction: 0,
        signed_anew: false,
    };
    let judgement = match interview.run().await {
        Ok(evidence) => evidence,
        Err(refusal) => refusal,
    };
    let Interview { account, scopes, warnings, .. } = interview;
    Heard { judgement, warnings, account, scopes }
}

/// One interview and what it has brought to light so far.
struct Interview<'a> {
    subject: &'a Subject<'a>,
    probe: &'a HttpProbe,
    wire: &'a Wire,
    transcript: &'a Transcript<'a>,
    account: Option<String>,
    scopes: Scopes,
    warnings: Vec<Warning>,
    /// By how many seconds this machine's clock is put right in signatures.
    correction: i64,
    /// Whether a request was signed anew; that happens once.
    signed_anew: bool,
}

impl Interview<'_> {
    /// The pass, or the first thing that is in its way.
    async fn run(&mut self) -> Result<Judgement, Judgement> {
        let (answer, mut passed) = self.ask(&self.probe.request, &self.probe.accept, None).await?;
        self.identify(&answer, &mut passed.message)?;
        let checks = self.checks();
        self.compare_scopes(&answer, &checks)?;
        drop(answer);
        for check in checks {
            let (_, allowed) = self.ask(&check.request, &check.accept, Some(&check.needs)).await?;
            passed.message.extend(["; ", &allowed.message, " (`", &check.needs, "`)"]);
            passed.phase = Phase::Authz;
        }
        passed.message.push('.');
        Ok(passed)
    }

    /// Asks one question; anything but a pass ends the interview.
    async fn ask(
        &mut self,
        asked: &HttpRequest,
        accept: &HttpConditions,
        needs: Option<&str>,
    ) -> Result<(Answer, Judgement), Judgement> {
        loop {
            let (answer, judgement, signed) = self.ask_once(asked, accept, needs).await?;
            if judgement.cause.is_none() {
                return Ok((answer, judgement));
            }
            if !(signed && self.sign_anew(&answer, &judgement)) {
                return Err(self.explained(judgement));
            }
        }
    }

    /// Asks one question once. Tells, too, whether the request was signed.
    async fn ask_once(
        &mut self,
        asked: &HttpRequest,
        accept: &HttpConditions,
        needs: Option<&str>,
    ) -> Result<(Answer, Judgement, bool), Judgement> {
        let subject = self.subject;
        let moment = oauth1::moment(SystemTime::now(), self.correction);
        let Prepared { request, line, authentication } = placement::authenticated(subject, asked, &moment)?;
        let phase = if needs.is_some() { Phase::Authz } else { Phase::Auth };
        self.transcript.enter(phase);
        if let Some(signed) = &authentication.signed {
            self.transcript.note(&format!("signed: {signed}"));
        }
        let exchanged = self.wire.exchange(subject.endpoint, subject.credential, request, self.transcript).await;
        let failed = |obstacle: Obstacle| self.explained(obstacle.judgement(&subject.endpoint.declared));
        let response = exchanged.map_err(failed)?;
        let now = SystemTime::now();
        self.warn_of_skew(&response, now);
        let asked = Asked {
            line: &line,
            address: &subject.endpoint.declared,
            phase,
            authentication: &authentication,
            needs,
            connection: &subject.connection.name,
            renew: subject.recipe.and_then(|recipe| recipe.renew.as_deref()),
            scrubber: subject.scrubber,
            now,
        };
        let rules = Rules { accept, refuse: &self.probe.refuse };
        let answer = Answer::new(response);
        let judgement = judge(&asked, rules, &answer);
        Ok((answer, judgement, authentication.signed.is_some()))
    }

    /// Whether a signature that came at the wrong time, or with a number that was used, is to be made anew: once, by the server's clock.
    /// That is a change of ours, not a second try with the same.
    fn sign_anew(&mut self, answer: &Answer, judgement: &Judgement) -> bool {
        let correction = match judgement.cause {
            Some(Cause::ClockSkew) => {
                time::ahead(&answer.response, SystemTime::now()).filter(|ahead| *ahead != self.correction)
            }
            Some(Cause::NonceReused) => Some(self.correction),
            _ => None,
        };
        let Some(correction) = correction.filter(|_| !self.signed_anew) else { return false };
        if judgement.cause == Some(Cause::ClockSkew) {
            // However small the difference is: this server does not bear it.
            self.warn_of_clock(correction);
        }
        (self.correction, self.signed_anew) = (correction, true);
        true
    }

    /// A refusal, with what the credential itself says about it.
    fn explained(&self, mut judgement: Judgement) -> Judgement {
        if judgement.cause.is_some_and(|cause| cause.class() == Class::Rejected) {
            let secrets = &self.subject.credential.secrets;
            let now = jiff::Timestamp::now();
            let expired = secrets.iter().find_map(|(name, secret)| Some((name, jwt::expired_on(secret, now)?)));
            if let (Some((name, day)), Some(remedy)) = (expired, &mut judgement.remedy) {
                remedy.extend([" (`", name, "` is a JSON Web Token that expired on ", &day, ".)"]);
            }
            let shown = (judgement.cause == Some(Cause::ClientCertificateRejected)).then_some(self.subject.credential);
            let expired = shown.and_then(|shown| client_certificate::expired_on(shown, now.as_second()));
            if let (Some(day), Some(remedy)) = (expired, &mut judgement.remedy) {
                remedy.extend([" (`client_cert` expired on ", &day, ".)"]);
            }
        }
        judgement
    }

    fn warn_of_skew(&mut self, response: &Response, now: SystemTime) {
        if let Some(ahead) = time::skew(response, now) {
            self.warn_of_clock(ahead);
        }
    }

    /// By how many seconds the server's clock is ahead. Said once.
    fn warn_of_clock(&mut self, ahead: i64) {
        if !self.warnings.iter().any(|warning| warning.code == "clock-skew") {
            let direction = if ahead > 0 { "behind" } else { "ahead of" };
            let seconds = ahead.unsigned_abs();
            self.warnings.push(Warning::new(
                "clock-skew",
                format!("This machine's clock is {seconds} s {direction} the server's; signatures and certificates depend on it."),
            ));
        }
    }

    /// Whose account it is, and whether it is the one that the step wants.
    fn identify(&mut self, answer: &Answer, message: &mut String) -> Result<(), Judgement> {
        let subject = self.subject;
        let found = self.probe.account.as_ref().zip(answer.json());
        let found = found.and_then(|(path, body)| path.query(body).iter().find_map(|node| plain(node)));
        if let Some(found) = &found {
            message.extend(["; account ", &quote(found, subject.scrubber)]);
            self.account = Some(subject.scrubber.scrub(found).into_owned());
        }
        match (subject.account, found) {
            (None, _) => Ok(()),
            (Some(wanted), Some(found)) if found.trim().eq_ignore_ascii_case(wanted.trim()) => Ok(()),
            (Some(wanted), Some(found)) => Err(Judgement::of(
                Cause::WrongAccount,
                Phase::Authz,
                format!(
                    "The credential is good, and belongs to the account {}; the step expects `{wanted}`.",
                    quote(&found, subject.scrubber)
                ),
                format!("Select the connection of `{wanted}`, or correct `account` in the step."),
            )),
            (Some(wanted), None) => {
                let what = format!("The answer names no account, so nothing says that this is `{wanted}`.");
                self.warnings.push(Warning::new("account-unknown", what));
                Ok(())
            }
        }
    }

    /// The permission checks to make. Those that the step states itself, all; those of the recipe, where the step requires what they
    /// show: a key that may not do what no step wants is a good key.
    fn checks(&self) -> Vec<PermissionCheck> {
        let own = matches!(self.subject.probe, Some(ProbeSpec::Http(_)));
        let wanted = |check: &&PermissionCheck| own || self.subject.requires.contains(&check.needs);
        self.probe.then.iter().filter(wanted).cloned().collect()
    }

    /// Scopes granted against those that the step requires.
    fn compare_scopes(&mut self, answer: &Answer, checks: &[PermissionCheck]) -> Result<(), Judgement> {
        let listed = self.probe.scopes.as_ref().zip(answer.json()).and_then(|(path, body)| {
            let nodes = path.query(body);
            let scopes = |read: Reading<'_>| listed_scopes(nodes.iter().copied(), read);
            let scrubber = self.subject.scrubber;
            // What is shown is scrubbed before it is split.
            (!nodes.is_empty()).then(|| (scopes(&|text| text.into()), scopes(&|text| scrubber.scrub(text))))
        });
        let Some((granted, shown)) = listed else {
            let checked = |scope: &&String| checks.iter().any(|check| *check.needs == **scope);
            let open: Vec<_> =
                self.scopes.required.iter().filter(|scope| !checked(scope)).map(|s| format!("`{s}`")).collect();
            if !open.is_empty() {
                let what = format!("The app does not list what it granted, so {} is not confirmed.", open.join(", "));
                self.warnings.push(Warning::new("scopes-unknown", what));
            }
            return Ok(());
        };
        let missing = |scope: &&String| !granted.contains(*scope);
        self.scopes.missing = self.scopes.required.iter().filter(missing).cloned().collect();
        self.scopes.granted = shown;
        if self.scopes.missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = self.scopes.missing.iter().map(|scope| format!("`{scope}`")).collect();
        let names = names.join(", ");
        let renew = self.subject.recipe.and_then(|recipe| recipe.renew.as_deref());
        let at = renew.map_or_else(String::new, |renew| format!(" at {renew}"));
        Err(Judgement::of(
            Cause::PermissionMissing,
            Phase::Authz,
            format!("The credential is good, and lacks {names}, which the step requires."),
            format!("Grant {names} to it{at}."),
        ))
    }
}

/// How a text is read: as it is, or scrubbed.
type Reading<'r> = &'r dyn Fn(&str) -> Cow<'_, str>;

/// The scopes in some nodes, sorted: lists are opened, and one text with spaces or commas is a list (RFC 6749 section 3.3).
fn listed_scopes<'v>(nodes: impl Iterator<Item = &'v Value>, read: Reading<'_>) -> Vec<String> {
    let mut scopes = Vec::new();
    let mut add =
        |text: &str| scopes.extend(read(text).split([' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned));
    for node in nodes {
        match node {
            Value::Array(items) => items.iter().filter_map(Value::as_str).for_each(&mut add),
            node => node.as_str().into_iter().for_each(&mut add),
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// A text or a number as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scopes_are_read_from_lists_and_from_texts() {
        let read = |value: Value| listed_scopes(std::iter::once(&value), &|text| text.into());
        assert_eq!(read(json!(["b", "a", "a"])), ["a", "b"]);
        assert_eq!(read(json!("read write")), ["read", "write"]);
        assert_eq!(read(json!("read_orders,write_orders")), ["read_orders", "write_orders"]);
        assert_eq!(read(json!("read, write")), ["read", "write"]);
        assert_eq!(read(json!([])), Vec::<String>::new());
        assert_eq!(read(json!({"a": 1})), Vec::<String>::new());
    }
}
