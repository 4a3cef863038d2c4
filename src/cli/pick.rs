//! `--filter` and `--tag`: which steps of which scenarios are run.

use globset::{GlobBuilder, GlobMatcher};

use crate::model::scenario::Scenario;
use crate::report::escape::escape;

/// What the user picks.
pub(super) struct Pick<'a> {
    filter: Option<GlobMatcher>,
    tags: &'a [String],
}

impl<'a> Pick<'a> {
    /// Reads the options. An error is what to say of a filter that is not a glob.
    pub(super) fn new(filter: Option<&str>, tags: &'a [String]) -> Result<Self, String> {
        let matcher = |pattern: &str| {
            let glob = GlobBuilder::new(pattern).literal_separator(false).build();
            glob.map(|glob| glob.compile_matcher())
                .map_err(|_| format!("error: `--filter {}` is not a glob; `*` matches anything", escape(pattern)))
        };
        Ok(Pick { filter: filter.map(matcher).transpose()?, tags })
    }

    /// What is left of a scenario: a matching file or workflow keeps all of its steps. None when nothing is.
    pub(super) fn keep(&self, mut scenario: Scenario) -> Option<Scenario> {
        let tagged = |wanted: &String| scenario.tags.iter().any(|tag| **tag == **wanted);
        if !self.tags.is_empty() && !self.tags.iter().any(tagged) {
            return None;
        }
        if let Some(filter) = &self.filter {
            if !filter.is_match(&*scenario.file) && !filter.is_match(&*scenario.workflow) {
                scenario.steps.retain(|step| filter.is_match(&*step.name));
            }
            if scenario.steps.is_empty() {
                return None;
            }
        }
        Some(scenario)
    }
}
