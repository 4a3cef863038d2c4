//! What a format is: something that is told what happened and answers with text for the sink.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::report::{RunHeader, ScenarioReport, StepReport, Tally};

/// A scenario of the plan, before its steps are done.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) file: Arc<str>,
    pub(super) workflow: Arc<str>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) duration: Duration,
    pub(super) tally: Tally,
    /// Labels of secrets that are too short to be masked by value.
    pub(super) short: Vec<String>,
}

/// What a format wants to know, so that nothing else is kept until its turn comes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    /// Scenarios, whole and in plan order.
    pub(super) scenarios: bool,
    /// Message, remedy, phases and scopes of steps that met their expectation.
    pub(super) details_of_met: bool,
}

/// One format. Texts are pushed onto `out` and go to the sink as they are; all text of servers and users is scrubbed when it comes in
/// here, and not yet escaped.
pub(super) trait Render: fmt::Debug + Send {
    /// What has to be kept for it.
    fn needs(&self) -> Needs;
    /// The run begins.
    fn started(&mut self, _run: &RunHeader, _out: &mut Vec<String>) {}
    /// A step is judged; in the order in which that happens.
    fn step(&mut self, _scenario: &Planned, _step: &StepReport, _out: &mut Vec<String>) {}
    /// A scenario is complete, and so are all before it in the plan.
    fn scenario(&mut self, _scenario: &ScenarioReport, _out: &mut Vec<String>) {}
    /// The run is over.
    fn finished(&mut self, ending: &Ending, out: &mut Vec<String>);
}
