//! JSON lines: one step object a line, in the order in which steps finish, each flushed. A step object is that of the JSON report
//! with its scenario's file and workflow before it.

use super::json::{StepTwin, to_json};
use super::render::{Ending, Needs, Planned, Render};
use crate::model::report::{RunHeader, StepReport};

/// The renderer.
#[derive(Debug, Default)]
pub(super) struct Jsonl {
    trace: bool,
}

impl Render for Jsonl {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn started(&mut self, run: &RunHeader, _out: &mut Vec<String>) {
        self.trace = run.trace;
    }

    fn step(&mut self, scenario: &Planned, step: &StepReport, out: &mut Vec<String>) {
        let mut twin = StepTwin::of(step, self.trace);
        twin.file = Some(&scenario.file);
        twin.workflow = Some(&scenario.workflow);
        let mut line = to_json(&twin);
        line.push('\n');
        out.push(line);
    }

    fn finished(&mut self, _ending: &Ending, _out: &mut Vec<String>) {}
}
