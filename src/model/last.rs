//! The last verdict of a connection: what this machine remembers of it.

use std::time::Duration;

use super::cause::Cause;
use super::mode::Mode;
use super::verdict::Verdict;

/// What was found when a connection was last tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// The cause, unless it passed.
    pub cause: Option<Cause>,
    /// Whose account it was.
    pub account: Option<Box<str>>,
    /// When the run began, RFC 3339 in UTC.
    pub at: Box<str>,
    /// How long ago that is; a clock that was set back since makes it nothing.
    pub age: Duration,
    /// How the run reached it.
    pub mode: Mode,
}
