//! The transcript of one attempt: who said what, in which phase, and how long each phase took. Scrubbed as it is written.

use std::cell::RefCell;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::evidence::{Direction, EvidenceLine, PhaseTime};
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;

/// The longest line that is kept, in characters, after scrubbing.
const LINE_LIMIT: usize = 400;
/// The most lines that are kept of one attempt.
const LINES_LIMIT: usize = 200;

/// Writes down one attempt. Cheap to share: the resolver and the TLS layer of an HTTP client write into it too.
#[derive(Debug)]
pub struct Transcript<'s> {
    scrubber: &'s Scrubber,
    clock: Arc<PhaseClock>,
    lines: Mutex<Vec<EvidenceLine>>,
}

impl<'s> Transcript<'s> {
    /// Begins an attempt.
    #[must_use]
    pub fn begin(scrubber: &'s Scrubber) -> Self {
        Transcript { scrubber, clock: Arc::new(PhaseClock::begin()), lines: Mutex::new(Vec::new()) }
    }

    /// The clock of this attempt.
    #[must_use]
    pub fn clock(&self) -> &Arc<PhaseClock> {
        &self.clock
    }

    /// Masks secrets.
    #[must_use]
    pub const fn scrubber(&self) -> &'s Scrubber {
        self.scrubber
    }

    /// Enters a phase; the one before ends.
    pub fn enter(&self, phase: Phase) {
        self.clock.enter(phase);
    }

    /// Something that we sent.
    pub fn sent(&self, text: &str) {
        self.line(Direction::Sent, text);
    }

    /// Something that the server sent.
    pub fn received(&self, text: &str) {
        self.line(Direction::Received, text);
    }

    /// The beginning of a body that the server sent, in bytes; what is no text in it is replaced.
    pub fn received_beginning(&self, body: &[u8], limit: usize) {
        self.line(Direction::Received, &self.scrubber.scrub_beginning(body, limit));
    }

    /// A remark of ours.
    pub fn note(&self, text: &str) {
        self.line(Direction::Note, text);
    }

    fn line(&self, direction: Direction, text: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < LINES_LIMIT {
            let text = excerpt(&self.scrubber.scrub(text), LINE_LIMIT);
            lines.push(EvidenceLine { at: self.clock.elapsed(), phase: self.clock.current(), direction, text });
        }
    }

    /// Ends the attempt: the lines, and the time in each phase.
    #[must_use]
    pub fn finish(self) -> (Vec<EvidenceLine>, Vec<PhaseTime>) {
        (self.lines.into_inner().unwrap_or_else(PoisonError::into_inner), self.clock.phases())
    }
}

/// The first `limit` characters of a text that was scrubbed before.
#[must_use]
pub fn excerpt(scrubbed: &str, limit: usize) -> String {
    match scrubbed.char_indices().nth(limit) {
        None => scrubbed.to_owned(),
        Some((cut, _)) => format!("{}…", &scrubbed[..cut]),
    }
}

/// Measures phases on the monotonic clock.
#[derive(Debug)]
pub struct PhaseClock {
    started: Instant,
    spans: Mutex<Vec<(Phase, Instant)>>,
    /// Whether a server has asked for a client certificate.
    certificate_asked: AtomicBool,
}

impl PhaseClock {
    fn begin() -> Self {
        let spans = Mutex::new(Vec::with_capacity(6));
        PhaseClock { started: Instant::now(), spans, certificate_asked: AtomicBool::new(false) }
    }

    /// Enters a phase; the one before ends. Entering the current phase again changes nothing.
    pub fn enter(&self, phase: Phase) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if spans.last().is_none_or(|(current, _)| *current != phase) {
            spans.push((phase, Instant::now()));
        }
    }

    /// Takes back that the current phase was entered, if it is this one: something else has to come first.
    pub(super) fn retract(&self, phase: Phase) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if spans.last().is_some_and(|(current, _)| *current == phase) {
            spans.pop();
        }
    }

    /// The phase that the attempt is in.
    #[must_use]
    pub fn current(&self) -> Phase {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.last().map_or(Phase::Resolve, |(phase, _)| *phase)
    }

    /// Whether a server has asked for a client certificate during this attempt.
    pub(super) fn certificate_asked(&self) -> bool {
        self.certificate_asked.load(Ordering::Relaxed)
    }

    /// Time since the attempt began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The time in each phase so far, in the order in which they were first entered.
    #[must_use]
    pub fn phases(&self) -> Vec<PhaseTime> {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let mut phases: Vec<PhaseTime> = Vec::with_capacity(spans.len());
        for (index, (phase, from)) in spans.iter().enumerate() {
            let until = spans.get(index + 1).map_or_else(Instant::now, |(_, next)| *next);
            let time = until.duration_since(*from);
            match phases.iter_mut().find(|known| known.phase == *phase) {
                Some(known) => known.time += time,
                None => phases.push(PhaseTime { phase: *phase, time }),
            }
        }
        phases
    }
}

tokio::task_local! {
    static CLOCK: RefCell<Option<Arc<PhaseClock>>>;
}

/// Runs a future with a clock that [`enter_current`] finds. For layers that an HTTP client calls without our context.
pub(super) async fn with_clock<F: Future>(clock: &Arc<PhaseClock>, future: F) -> F::Output {
    CLOCK.scope(RefCell::new(Some(Arc::clone(clock))), future).await
}

/// Enters a phase on the clock of the current task, if it has one. A connection that the client opens in the background has none.
pub(super) fn enter_current(phase: Phase) {
    // An error only means that no clock is set here.
    let _ = CLOCK.try_with(|clock| {
        if let Some(clock) = clock.borrow().as_ref() {
            clock.enter(phase);
        }
    });
}

/// Notes on the clock of the current task, if it has one, that a server has asked for a client certificate.
pub(super) fn note_certificate_asked() {
    if let Some(clock) = current_clock() {
        clock.certificate_asked.store(true, Ordering::Relaxed);
    }
}

/// The clock of the current task, if it has one.
pub(super) fn current_clock() -> Option<Arc<PhaseClock>> {
    CLOCK.try_with(|clock| clock.borrow().clone()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_summed_in_the_order_of_first_entry() {
        let clock = PhaseClock::begin();
        for phase in [Phase::Dns, Phase::Connect, Phase::Auth, Phase::Connect, Phase::Auth, Phase::Authz] {
            clock.enter(phase);
        }
        let order: Vec<_> = clock.phases().iter().map(|entry| entry.phase).collect();
        assert_eq!(order, [Phase::Dns, Phase::Connect, Phase::Auth, Phase::Authz]);
        assert_eq!(clock.current(), Phase::Authz);
    }

    #[test]
    fn excerpts_cut_between_characters() {
        assert_eq!(excerpt("grün", 3), "grü…");
        assert_eq!(excerpt("grün", 4), "grün");
    }
}
