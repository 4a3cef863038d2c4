//! The interview over HTTP: authentication first, then who it is, then what the step needs.

use std::time::SystemTime;

use serde_json::Value;

use crate::model::cause::{Cause, Class};
use crate::model::phase::Phase;
use crate::model::probe::{HttpConditions, HttpProbe, HttpRequest, PermissionCheck, ProbeSpec};
use crate::model::verdict::Judgement;
use crate::wire::http::Response;
use crate::wire::obstacle::Obstacle;
use crate::wire::transcript::Transcript;
use crate::wire::{Wire, client_certificate};

use super::digest::Conversation;
use super::found::Found;
use super::judge::{Answer, Asked, Rules, judge, time};
use super::placement::{self, Prepared};
use super::scopes::{self, Listed};
use super::{Subject, account, jwt, oauth1};

/// Interviews an HTTP API. `granted` are the scopes of the token, where whoever issued it lists them.
pub(crate) async fn probe(
    subject: &Subject<'_>,
    probe: &HttpProbe,
    wire: &Wire,
    transcript: &Transcript<'_>,
    granted: Option<&Listed>,
    found: &mut Found,
) -> Judgement {
    found.scopes.required = subject.requires.iter().map(ToString::to_string).collect();
    let mut interview = Interview {
        subject,
        probe,
        wire,
        transcript,
        granted,
        found,
        correction: 0,
        signed_anew: false,
        conversation: Conversation::default(),
    };
    match interview.run().await {
        Ok(evidence) => evidence,
        Err(refusal) => refusal,
    }
}

/// One interview and what it has brought to light so far.
struct Interview<'a> {
    subject: &'a Subject<'a>,
    probe: &'a HttpProbe,
    wire: &'a Wire,
    transcript: &'a Transcript<'a>,
    granted: Option<&'a Listed>,
    found: &'a mut Found,
    /// By how many seconds this machine's clock is put right in signatures.
    correction: i64,
    /// Whether a request was signed anew; that happens once.
    signed_anew: bool,
    /// What was heard of HTTP Digest.
    conversation: Conversation,
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
        self.conversation.next_question();
        loop {
            let Some((answer, judgement, signed)) = self.ask_once(asked, accept, needs).await? else { continue };
            if judgement.cause.is_none() {
                return Ok((answer, judgement));
            }
            if !(signed && self.sign_anew(&answer, &judgement)) {
                return Err(self.explained(judgement));
            }
        }
    }

    /// Asks one question once. Tells, too, whether the request was signed. Nothing where the answer is a challenge, to be answered by
    /// asking again; there is an end to challenges.
    async fn ask_once(
        &mut self,
        asked: &HttpRequest,
        accept: &HttpConditions,
        needs: Option<&str>,
    ) -> Result<Option<(Answer, Judgement, bool)>, Judgement> {
        let subject = self.subject;
        let moment = oauth1::moment(SystemTime::now(), self.correction);
        let prepared = placement::authenticated(subject, asked, &moment, &mut self.conversation)?;
        let Prepared { request, line, authentication } = prepared;
        let phase = if needs.is_some() { Phase::Authz } else { Phase::Auth };
        self.transcript.enter(phase);
        authentication.signed.iter().for_each(|line| self.transcript.note(line));
        let exchanged = self.wire.exchange(subject.endpoint, subject.credential, request, self.transcript).await;
        let failed = |obstacle: Obstacle| self.explained(obstacle.judgement(&subject.endpoint.declared));
        let response = exchanged.map_err(failed)?;
        let now = SystemTime::now();
        self.warn_of_skew(&response, now);
        if self.conversation.is_challenged(&authentication, &response, phase, subject.scrubber) {
            return Ok(None);
        }
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
        Ok(Some((answer, judgement, !authentication.signed.is_empty())))
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
            self.found.warn_of_clock(correction);
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
            self.found.warn_of_clock(ahead);
        }
    }

    /// Whose account it is, and whether it is the one that the step wants.
    fn identify(&mut self, answer: &Answer, message: &mut String) -> Result<(), Judgement> {
        let named = self.probe.account.as_ref().zip(answer.json());
        let named = named.and_then(|(path, body)| path.query(body).iter().find_map(|node| plain(node)));
        account::identify(self.subject, named.as_deref(), message, self.found)
    }

    /// The permission checks to make. Those that the step states itself, all; those of the recipe, where the step requires what they
    /// show: a key that may not do what no step wants is a good key.
    fn checks(&self) -> Vec<PermissionCheck> {
        let own = matches!(self.subject.probe, Some(ProbeSpec::Http(_)));
        let wanted = |check: &&PermissionCheck| own || self.subject.requires.contains(&check.needs);
        self.probe.then.iter().filter(wanted).cloned().collect()
    }

    /// Scopes granted against those that the step requires: as this answer lists them, else as whoever issued the token does.
    fn compare_scopes(&mut self, answer: &Answer, checks: &[PermissionCheck]) -> Result<(), Judgement> {
        let listed = self.probe.scopes.as_ref().zip(answer.json()).and_then(|(path, body)| {
            let nodes = path.query(body);
            Listed::of(nodes.iter().copied(), self.subject.scrubber)
        });
        scopes::compare(self.subject, listed.as_ref().or(self.granted), checks, self.found)
    }
}

/// A text or a number as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
