//! Events: what the runner tells, and all that formats and progress see of a run.

use std::sync::Arc;
use std::time::Duration;

use super::report::{RunHeader, StepReport};

/// Something that happened in a run. Events come in the order in which things happen, not in the order of the plan.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins.
    RunStarted(RunHeader),
    /// A scenario of the plan, in plan order, before any of its steps.
    ScenarioPlanned {
        /// Its place in the plan, from 0.
        scenario: usize,
        /// The file, as messages show it.
        file: Arc<str>,
        /// The workflow's name.
        workflow: Arc<str>,
        /// How many of its steps are in the plan.
        steps: usize,
    },
    /// A step's first attempt begins.
    StepStarted {
        /// The place of its scenario in the plan.
        scenario: usize,
        /// Its own place in the scenario, from 0.
        step: usize,
        /// Its name.
        name: Box<str>,
    },
    /// An attempt ended in something that may pass; another follows after a pause.
    StepRetried {
        /// The place of its scenario in the plan.
        scenario: usize,
        /// Its own place in the scenario, from 0.
        step: usize,
        /// How many attempts were made so far.
        attempts: u32,
        /// The pause before the next.
        pause: Duration,
    },
    /// A step is judged.
    StepFinished {
        /// The place of its scenario in the plan.
        scenario: usize,
        /// Its own place in the scenario, from 0.
        step: usize,
        /// What happened.
        report: Box<StepReport>,
    },
    /// The run is over: every planned step has finished.
    RunFinished {
        /// How long it took.
        duration: Duration,
    },
}
