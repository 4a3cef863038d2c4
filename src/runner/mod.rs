//! Floor 3: the runner. Plans, stages, runs; emits events and knows no format.

mod execute;
mod gate;
pub mod plan;
mod queue;
mod resolve;
mod retry;
mod run;
mod select;
mod stage;
pub mod tokens;

use std::time::Duration;

pub use self::plan::{Plan, Terms};
pub use self::run::{Equipment, Stop, run};
pub use self::select::Override;

/// How a run is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many probes at once.
    pub jobs: usize,
    /// How many probes at once for one host and port.
    pub per_host: usize,
    /// How often to try again what may pass.
    pub retries: u32,
    /// End the run at the first step that is unmet.
    pub fail_fast: bool,
    /// Warnings fail, and untested steps are unmet.
    pub strict: bool,
    /// Tokens that have expired may be refreshed.
    pub allow_refresh: bool,
    /// Seeds the jitter of pauses, so that a run can be repeated exactly.
    pub seed: u64,
    /// How long steps that run may go on after the first request to stop.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            jobs: 32,
            per_host: 4,
            retries: 1,
            fail_fast: false,
            strict: false,
            allow_refresh: false,
            seed: 0,
            drain: Duration::from_secs(5),
        }
    }
}
