//! The scrubber: masks every secret of a run, in every form it is known to take.

use std::borrow::Cow;

use super::secret::Secret;

/// Masks secrets in text. Built once all secrets of a run are known; tokens met at run time are learned.
#[derive(Debug, Default)]
pub struct Scrubber {}

impl Scrubber {
    /// A scrubber that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Scrubber::default()
    }

    /// Learns a secret and its derived forms; `label` names it in masks: `[secret:LABEL]`.
    pub fn learn(&self, _label: &str, _secret: &Secret) {}

    /// Learns the compound `user:secret` of HTTP Basic.
    pub fn learn_basic(&self, _label: &str, _user: &str, _secret: &Secret) {}

    /// The text with every known secret masked.
    #[must_use]
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }

    /// Whether any known secret is in these bytes, in any form.
    #[must_use]
    pub fn finds(&self, _output: &[u8]) -> bool {
        false
    }
}
