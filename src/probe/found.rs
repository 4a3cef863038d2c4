//! What an interview has brought to light besides its verdict.

use crate::model::evidence::{Finding, Scopes, Warning};
use crate::model::verdict::Judgement;
use crate::wire::transcript::Transcript;

/// What has come to light so far.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Whose account it is, scrubbed.
    pub(crate) account: Option<String>,
    /// Scopes granted, required, missing.
    pub(crate) scopes: Scopes,
    /// Remarks that do not change the verdict.
    pub(crate) warnings: Vec<Warning>,
}

impl Found {
    /// By how many seconds the server's clock is ahead. Said once.
    pub(crate) fn warn_of_clock(&mut self, ahead: i64) {
        if !self.warnings.iter().any(|warning| warning.code == "clock-skew") {
            let direction = if ahead > 0 { "behind" } else { "ahead of" };
            let seconds = ahead.unsigned_abs();
            self.warnings.push(Warning::new(
                "clock-skew",
                format!("This machine's clock is {seconds} s {direction} the server's; signatures and certificates depend on it."),
            ));
        }
    }

    /// The finding, when the interview has ended.
    pub(crate) fn finding(self, judgement: Judgement, transcript: Transcript<'_>) -> Finding {
        let (evidence, phases) = transcript.finish();
        let Found { account, scopes, warnings } = self;
        Finding { judgement, phases, account, scopes, warnings, evidence }
    }
}
