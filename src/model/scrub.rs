//! The scrubber: masks every secret of a run, in every form it is known to take.

use std::borrow::Cow;

use super::secret::Secret;

/// Secrets of fewer bytes are not masked by value: they would blot out half of every text.
pub const SHORTEST: usize = 4;

/// What stands in place of a secret. It tells neither length nor form.
#[must_use]
pub fn mask(label: &str) -> String {
    format!("[secret:{label}]")
}

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

    /// The labels of secrets that are too short to be masked by value (under [`SHORTEST`] bytes). Whoever shows a field that holds
    /// one of them shows [`mask`] in its place, and says so.
    #[must_use]
    pub fn short(&self) -> Vec<String> {
        Vec::new()
    }

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
