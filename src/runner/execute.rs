//! One step: stage, attempts with pauses between them, and what was found.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::model::cause::Cause;
use crate::model::event::Event;
use crate::model::evidence::Finding;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;
use crate::probe::oauth2::keep::Keeper;
use crate::probe::oauth2::renew::PATIENCE;
use crate::probe::{Subject, interview};
use crate::wire::Wire;

use super::plan::ProbeJob;
use super::retry;
use super::stage::Stage;

/// What became of a step.
#[derive(Debug)]
pub(super) struct Executed {
    pub(super) finding: Finding,
    pub(super) attempts: u32,
    pub(super) duration: Duration,
}

impl Executed {
    /// A step that needed no attempt.
    pub(super) fn settled(judgement: Judgement) -> Self {
        Executed { finding: Finding::without_evidence(judgement), attempts: 0, duration: Duration::ZERO }
    }
}

/// What carrying a step out takes, besides the step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) wire: &'a Wire,
    pub(super) scrubber: &'a Scrubber,
    pub(super) keeper: &'a dyn Keeper,
    /// Whether expired tokens may be refreshed.
    pub(super) may_refresh: bool,
    /// How often to try again.
    pub(super) retries: u32,
    /// Who is told of pauses.
    pub(super) events: &'a mpsc::Sender<Event>,
    /// The step's place: scenario, and step in it.
    pub(super) place: (usize, usize),
}

impl Means<'_> {
    async fn tell(&self, attempts: u32, pause: Duration) {
        let (scenario, step) = self.place;
        // The receiver is gone only when the reporter has given up.
        let _ = self.events.send(Event::StepRetried { scenario, step, attempts, pause }).await;
    }
}

/// Carries a step out: as many attempts as it takes, and allows.
pub(super) async fn execute(job: &ProbeJob, means: Means<'_>, random: &mut fastrand::Rng) -> Executed {
    let started = Instant::now();
    let stage = match Stage::set(job).await {
        Ok(stage) => stage,
        Err(judgement) => return Executed::settled(judgement),
    };
    let mut attempts = 1;
    let mut finding = attempt(job, &stage, &means).await;
    while let Some(pause) = retry::pause(&finding.judgement, attempts, means.retries, random) {
        means.tell(attempts, pause).await;
        tokio::time::sleep(pause).await;
        attempts += 1;
        finding = attempt(job, &stage, &means).await;
    }
    if let Some(mismatch) = stage.strike() {
        finding.judgement = mismatch;
    }
    finding.warnings.splice(0..0, job.warnings.iter().cloned());
    Executed { finding, attempts, duration: started.elapsed() }
}

/// One attempt. Every await below has its own deadline; this one only guards against a mistake in those.
async fn attempt(job: &ProbeJob, stage: &Stage, means: &Means<'_>) -> Finding {
    let subject = Subject {
        app: &job.app,
        recipe: job.recipe(),
        connection: &job.connection,
        credential: &job.credential,
        endpoint: &stage.endpoint,
        base_path: &job.target.base_path,
        probe: job.probe.as_ref(),
        requires: &job.requires,
        account: job.account.as_deref(),
        scrubber: means.scrubber,
        may_refresh: means.may_refresh,
        keeper: means.keeper,
    };
    // A refresh has a time of its own, and what is asked with the new token comes after it.
    let guard = means.wire.limits.total + PATIENCE + Duration::from_secs(30);
    match tokio::time::timeout(guard, interview(&subject, means.wire)).await {
        Ok(finding) => finding,
        Err(_) => Finding::without_evidence(Judgement::of(
            Cause::ResponseTimeout,
            Phase::Auth,
            format!("The interview with {} did not end within {} s.", stage.endpoint.declared, guard.as_secs()),
            "Try again, or raise --timeout.",
        )),
    }
}
