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
    /// The finding, when the interview has ended.
    pub(crate) fn finding(self, judgement: Judgement, transcript: Transcript<'_>) -> Finding {
        let (evidence, phases) = transcript.finish();
        let Found { account, scopes, warnings } = self;
        Finding { judgement, phases, account, scopes, warnings, evidence }
    }
}
