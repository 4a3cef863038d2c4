//! `--list`: the steps of a plan with their connections and states, without a packet.

use std::fmt::Write;

use crate::report::escape::escape;
use crate::runner::Plan;

/// One line a step, grouped by scenario.
pub(super) fn list(plan: &Plan) -> String {
    let mut text = String::new();
    let mut current = None;
    for (scenario, header) in plan.headers() {
        if current != Some(scenario) {
            current = Some(scenario);
            let planned = &plan.scenarios[scenario];
            let (file, workflow) = (escape(&planned.file), escape(&planned.workflow));
            let _ = writeln!(text, "{file}: {workflow}");
        }
        let connection = escape(header.connection.name.as_deref().unwrap_or("-"));
        let state = header.connection.state.name();
        let (name, app) = (escape(&header.name), escape(&header.app));
        let _ = writeln!(text, "  {state:<13} {app:<16} {connection:<20} {name}");
    }
    text
}
