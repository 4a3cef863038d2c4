//! Evidence: what was said on the wire, line by line, scrubbed.

use std::time::Duration;

use super::phase::Phase;
use super::verdict::Judgement;

/// Who said a line of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// We sent it.
    Sent,
    /// The server sent it.
    Received,
    /// A remark of ours, such as "TLS 1.3 with `TLS13_AES_256_GCM_SHA384`".
    Note,
}

impl Direction {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Sent => "sent",
            Direction::Received => "received",
            Direction::Note => "note",
        }
    }

    /// The mark in transcripts, as curl writes them.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Direction::Sent => ">",
            Direction::Received => "<",
            Direction::Note => "*",
        }
    }
}

/// One line of an interview's transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    /// Time since the attempt began.
    pub at: Duration,
    /// The phase it belongs to.
    pub phase: Phase,
    /// Who said it.
    pub direction: Direction,
    /// The words: scrubbed, cut to a bounded length, not yet escaped.
    pub text: String,
}

/// Time spent in one phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseTime {
    /// The phase.
    pub phase: Phase,
    /// How long it took.
    pub time: Duration,
}

/// A remark that does not change the verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable kebab-case code.
    pub code: &'static str,
    /// What was observed and what to do.
    pub message: String,
}

impl Warning {
    /// A warning with its code.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Warning { code, message: message.into() }
    }
}

/// Scopes that a credential has, against those that a step needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// What the server says was granted.
    pub granted: Vec<String>,
    /// What the step requires.
    pub required: Vec<String>,
    /// Required, and not granted.
    pub missing: Vec<String>,
}

/// Everything that one interview brought to light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The verdict with its reasons.
    pub judgement: Judgement,
    /// Time per phase, in the order of the interview.
    pub phases: Vec<PhaseTime>,
    /// Whose account it is, in the provider's words.
    pub account: Option<String>,
    /// Scopes granted, required, missing.
    pub scopes: Scopes,
    /// Remarks that do not change the verdict.
    pub warnings: Vec<Warning>,
    /// The transcript.
    pub evidence: Vec<EvidenceLine>,
}

impl Finding {
    /// A finding that rests on no conversation at all.
    #[must_use]
    pub fn without_evidence(judgement: Judgement) -> Self {
        Finding {
            judgement,
            phases: Vec::new(),
            account: None,
            scopes: Scopes::default(),
            warnings: Vec::new(),
            evidence: Vec::new(),
        }
    }
}
