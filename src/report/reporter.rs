//! The reporter: takes events in the order in which things happen and hands whole scenarios to formats in plan order.

use std::sync::Arc;

use super::output::Output;
use super::progress::Progress;
use super::sink::{Sink, SinkError};
use crate::model::event::Event;
use crate::model::report::Tally;
use crate::model::scrub::Scrubber;

/// Writes all reports of a run.
#[derive(Debug)]
pub struct Reporter {
    sinks: Vec<Sink>,
    progress: Progress,
    tally: Tally,
}

impl Reporter {
    /// Opens every output, so that a path that cannot be written fails before the run.
    /// `color` is for standard output alone; files are never coloured.
    pub fn open(
        outputs: &[Output],
        color: bool,
        scrubber: &Arc<Scrubber>,
        progress: Progress,
    ) -> Result<Reporter, SinkError> {
        let _ = color;
        let open = |output: &Output| Sink::open(&output.destination, Arc::clone(scrubber), progress.clone());
        let sinks = outputs.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Reporter { sinks, progress, tally: Tally::default() })
    }

    /// Takes an event, shows it as progress, and writes what can be written by now. Faults of a sink are kept for [`Reporter::finish`].
    pub fn event(&mut self, event: Event) {
        self.progress.event(&event);
        if let Event::StepFinished { report, .. } = event {
            self.tally.add(&report);
        }
    }

    /// How many steps ended how, up to now.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Completes every report, also that of a run which was broken off, and puts each in its place.
    /// The first fault is returned, after all reports were tried.
    pub fn finish(self) -> Result<Tally, SinkError> {
        self.progress.finish();
        let closed: Vec<_> = self.sinks.into_iter().map(Sink::close).collect();
        closed.into_iter().collect::<Result<Vec<()>, _>>().map(|_| self.tally)
    }
}
