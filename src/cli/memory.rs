//! What a run found of each connection, for the workspace's local state.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::model::cause::Cause;
use crate::model::event::Event;
use crate::model::last::LastVerdict;
use crate::model::report::{Mode, RunHeader, StepReport};
use crate::model::scrub::Scrubber;
use crate::model::verdict::Verdict;
use crate::vault::last;

/// Listens to a run. Of several steps that share a connection, the gravest verdict counts.
pub(super) struct Memory {
    scrubber: Arc<Scrubber>,
    mode: Mode,
    at: Box<str>,
    found: BTreeMap<String, LastVerdict>,
}

impl Memory {
    pub(super) fn new(header: &RunHeader, scrubber: &Arc<Scrubber>) -> Self {
        Memory {
            scrubber: Arc::clone(scrubber),
            mode: header.mode,
            at: header.started_at.as_str().into(),
            found: BTreeMap::new(),
        }
    }

    pub(super) fn note(&mut self, event: &Event) {
        if let Event::StepFinished { report, .. } = event {
            self.step(report);
        }
    }

    fn step(&mut self, report: &StepReport) {
        let Some(name) = report.header.connection.name.as_deref() else { return };
        let (judgement, account) = (&report.finding.judgement, &report.finding.account);
        // What was not sent says nothing new: the first refusal has.
        if judgement.cause.is_some_and(Cause::untested)
            || judgement.verdict() == Verdict::Skip
            || report.header.connection.scheme.is_none()
            || judgement.cause == Some(Cause::AlreadyRejected)
        {
            return;
        }
        let grave = |verdict| match verdict {
            Verdict::Skip => 0,
            Verdict::Pass => 1,
            Verdict::Inconclusive => 2,
            Verdict::Fail => 3,
        };
        let verdict = judgement.verdict();
        if self.found.get(name).is_some_and(|known| grave(known.verdict) >= grave(verdict)) {
            return;
        }
        let account = account.as_deref().map(|account| self.scrubber.scrub(account).into());
        let last = LastVerdict {
            verdict,
            cause: judgement.cause,
            account,
            at: self.at.clone(),
            age: Duration::ZERO,
            mode: self.mode,
        };
        self.found.insert(name.to_owned(), last);
    }

    /// Keeps it.
    pub(super) fn keep(self, root: &Path) {
        if !self.found.is_empty() {
            last::remember(root, self.found);
        }
    }
}
