//! Verdict, judgement, expectation, outcome: what a probe says, and whether that met the scenario.

use std::fmt;
use std::time::Duration;

use super::cause::Cause;
use super::phase::Phase;

// Defined beside the classes that lead to it, so that causes need nothing from here.
pub use super::cause::Verdict;

/// A verdict with its reasons: what was observed, what that means, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The cause; none for a pass.
    pub cause: Option<Cause>,
    /// Where the judgement fell.
    pub phase: Phase,
    /// What was observed and what it means. Never empty, already scrubbed, not yet escaped.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// How long the server asks us to wait before the next try.
    pub retry_after: Option<Duration>,
}

impl Judgement {
    /// A pass, with the positive evidence in words.
    #[must_use]
    pub fn pass(phase: Phase, message: impl Into<String>) -> Self {
        Judgement { cause: None, phase, message: message.into(), remedy: None, retry_after: None }
    }

    /// Anything but a pass.
    #[must_use]
    pub fn of(cause: Cause, phase: Phase, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Judgement { cause: Some(cause), phase, message: message.into(), remedy: Some(remedy.into()), retry_after: None }
    }

    /// Anything but a pass that there is nothing to mend about: the step needed nothing, or was left out.
    #[must_use]
    pub fn without_remedy(cause: Cause, phase: Phase, message: impl Into<String>) -> Self {
        Judgement { cause: Some(cause), phase, message: message.into(), remedy: None, retry_after: None }
    }

    /// The same judgement with the server's wish for when to come back.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The verdict that follows from the cause.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self.cause {
            None => Verdict::Pass,
            Some(cause) => cause.verdict(),
        }
    }
}

/// What a scenario expects of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expectation {
    /// The connection works.
    #[default]
    Pass,
    /// Exactly this cause (its class says which verdict).
    Cause(Cause),
}

impl Expectation {
    /// Whether this judgement is the expected one.
    ///
    /// A step that needs no connection, or is switched off, is met whatever was expected; a step that nothing probed is untested.
    #[must_use]
    pub fn outcome(self, judgement: &Judgement) -> Outcome {
        match (self, judgement.cause) {
            (Expectation::Cause(expected), Some(actual)) if expected == actual => Outcome::Met,
            (_, Some(cause)) if cause.untested() => Outcome::Untested,
            (Expectation::Pass, None) | (_, Some(Cause::NotRequired | Cause::Disabled)) => Outcome::Met,
            _ => Outcome::Unmet,
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expectation::Pass => f.write_str("pass"),
            Expectation::Cause(cause) => write!(f, "{}: {cause}", cause.verdict()),
        }
    }
}

/// Whether a verdict met the expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As expected.
    Met,
    /// Not as expected.
    Unmet,
    /// Nothing was probed, so nothing was met.
    Untested,
}

impl Outcome {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Met => "met",
            Outcome::Unmet => "unmet",
            Outcome::Untested => "untested",
        }
    }
}
