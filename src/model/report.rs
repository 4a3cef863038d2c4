//! Run reports: what happened to every step, and the tally.

use std::sync::Arc;
use std::time::Duration;

use super::cause::Class;
use super::evidence::Finding;
use super::last::LastVerdict;
use super::scheme::Scheme;
use super::verdict::{Expectation, Outcome, Verdict};

pub use super::mode::Mode;

/// Whether a step is authenticated: the words of the builder's submenu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthState {
    /// A connection is selected.
    Authenticated,
    /// A connection is needed and none is selected.
    Authenticate,
    /// No connection is needed.
    NotNeeded,
}

impl AuthState {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AuthState::Authenticated => "authenticated",
            AuthState::Authenticate => "authenticate",
            AuthState::NotNeeded => "not-needed",
        }
    }
}

/// The connection of a step, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepConnection {
    /// Its name.
    pub name: Option<Arc<str>>,
    /// Its kind of authentication.
    pub scheme: Option<Scheme>,
    /// The state of the step.
    pub state: AuthState,
    /// What was found when it was last tested live, before this run.
    pub last: Option<Box<LastVerdict>>,
}

/// What is known of a step before it is probed.
#[derive(Debug, Clone)]
pub struct StepHeader {
    /// The step's key in the workflow.
    pub key: Option<Box<str>>,
    /// The name for people.
    pub name: Box<str>,
    /// The app.
    pub app: Arc<str>,
    /// What the step does there.
    pub operation: Option<Box<str>>,
    /// Its connection.
    pub connection: StepConnection,
    /// What was expected.
    pub expected: Expectation,
    /// The declared address, e.g. `https://a.klaviyo.com`.
    pub target: Option<String>,
    /// The line in the scenario file, from 1.
    pub line: u32,
}

/// What happened to a step.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// What was known of it before.
    pub header: StepHeader,
    /// What the probe found.
    pub finding: Finding,
    /// Whether that met the expectation.
    pub outcome: Outcome,
    /// How many attempts were made.
    pub attempts: u32,
    /// From the first attempt's start to the last one's end.
    pub duration: Duration,
}

impl StepReport {
    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.finding.judgement.verdict()
    }
}

/// What a report says before its scenarios.
#[derive(Debug, Clone)]
pub struct RunHeader {
    /// The tool and its version: `tugtest 0.1.0`.
    pub tool: String,
    /// Mocked or live.
    pub mode: Mode,
    /// When the run began, RFC 3339 in UTC.
    pub started_at: String,
    /// How many steps were planned.
    pub steps: usize,
    /// How many scenarios were planned.
    pub scenarios: usize,
    /// Whether reports hold the evidence of every step (`--trace`).
    pub trace: bool,
}

/// A scenario with all its steps done.
#[derive(Debug, Clone)]
pub struct ScenarioReport {
    /// The file, as messages show it.
    pub file: Arc<str>,
    /// The workflow's name.
    pub workflow: Arc<str>,
    /// Its steps, in the order of the file.
    pub steps: Vec<StepReport>,
}

/// How many steps ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All steps.
    pub steps: usize,
    /// Verdict pass.
    pub pass: usize,
    /// Verdict fail.
    pub fail: usize,
    /// Verdict inconclusive.
    pub inconclusive: usize,
    /// Verdict skip.
    pub skip: usize,
    /// Outcome met.
    pub met: usize,
    /// Outcome unmet.
    pub unmet: usize,
    /// Outcome untested.
    pub untested: usize,
    /// Unmet, although nothing was refused: only inconclusive verdicts. Not in the JSON report; decides between exit codes 1 and 3.
    pub unmet_inconclusive: usize,
}

impl Tally {
    /// Counts one more step.
    pub fn add(&mut self, step: &StepReport) {
        self.steps += 1;
        match step.verdict() {
            Verdict::Pass => self.pass += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Skip => self.skip += 1,
        }
        match step.outcome {
            Outcome::Met => self.met += 1,
            Outcome::Unmet => {
                self.unmet += 1;
                let class = step.finding.judgement.cause.map(super::cause::Cause::class);
                if matches!(class, Some(Class::Unreachable | Class::Unknown)) {
                    self.unmet_inconclusive += 1;
                }
            }
            Outcome::Untested => self.untested += 1,
        }
    }
}
