//! Scenarios and their steps, as they are after validation.

use std::sync::Arc;

use super::probe::ProbeSpec;
use super::verdict::Expectation;

/// A workflow with the steps whose connections are to be tested.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file, as messages show it: relative to where the user stands.
    pub file: Arc<str>,
    /// The workflow's name.
    pub workflow: Arc<str>,
    /// Tags to select by.
    pub tags: Vec<Box<str>>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a workflow.
#[derive(Debug, Clone)]
pub struct Step {
    /// The step's key in the workflow.
    pub key: Option<Box<str>>,
    /// The name for people.
    pub name: Box<str>,
    /// The app, an entry of the catalogue.
    pub app: Arc<str>,
    /// What the step does there.
    pub operation: Option<Box<str>>,
    /// The connection it selects.
    pub connection: Option<Box<str>>,
    /// Scopes that it needs beyond logging in.
    pub requires: Vec<Box<str>>,
    /// The fixture for mocked runs: a path below the fixtures folder, without `.yaml`.
    pub fixture: Option<Box<str>>,
    /// What to ask in place of the catalogue's probe.
    pub probe: Option<ProbeSpec>,
    /// The account that it has to be.
    pub account: Option<Box<str>>,
    /// What is expected.
    pub expect: Expectation,
    /// Switched off in its workflow.
    pub disabled: bool,
    /// The line in the file where it begins, from 1.
    pub line: u32,
}
