//! What the doctor finds, and how it tells.

use serde_json::{Value, json};

use super::super::args::connections::{DoctorOptions, ListFormat};
use super::super::console;
use super::super::exit::Exit;
use crate::model::diagnostic::Severity;
use crate::report::escape::escape;
use crate::report::json::to_json;
use crate::report::plural;

struct Finding {
    severity: Severity,
    code: &'static str,
    place: String,
    what: String,
    help: String,
}

/// Everything that was found, in the order of finding.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Something that has to be mended.
    pub(super) fn error(&mut self, code: &'static str, place: &str, what: &str, help: String) {
        let (place, what) = (place.to_owned(), what.to_owned());
        self.0.push(Finding { severity: Severity::Error, code, place, what, help });
    }

    /// Something that may be meant.
    pub(super) fn warn(&mut self, code: &'static str, place: &str, what: &str, help: String) {
        let (place, what) = (place.to_owned(), what.to_owned());
        self.0.push(Finding { severity: Severity::Warning, code, place, what, help });
    }

    /// Prints the findings; errors make the exit code 2, and warnings do under `--strict`.
    pub(super) fn report(&self, options: &DoctorOptions, connections: usize) -> Exit {
        let errors = self.0.iter().filter(|finding| finding.severity == Severity::Error).count();
        let text = match options.format {
            ListFormat::Human => self.human(errors, connections),
            ListFormat::Json => {
                let findings: Vec<Value> = self.0.iter().map(Finding::json).collect();
                to_json(&json!({ "findings": findings })) + "\n"
            }
        };
        let printed = console::print(text.as_bytes());
        let bad = errors > 0 || (options.strict && !self.0.is_empty());
        if bad { Exit::Invalid } else { printed }
    }

    fn human(&self, errors: usize, connections: usize) -> String {
        let text: String = self.0.iter().map(Finding::human).collect();
        let warnings = self.0.len() - errors;
        let (errors, warnings) = (plural(errors, "error"), plural(warnings, "warning"));
        let end = match self.0.len() {
            0 => format!("{}; nothing is wrong with the store.", plural(connections, "connection")),
            _ => format!("{errors}, {warnings}."),
        };
        text + &end + "\n"
    }
}

impl Finding {
    const fn severity(&self) -> &'static str {
        match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }

    fn human(&self) -> String {
        let Finding { code, place, what, help, .. } = self;
        format!(
            "{}[{code}]: {}\n  --> {}\n  = help: {}\n\n",
            self.severity(),
            escape(what),
            escape(place),
            escape(help)
        )
    }

    fn json(&self) -> Value {
        let Finding { code, place, what, help, .. } = self;
        json!({"severity": self.severity(), "code": code, "place": place, "message": what, "help": help})
    }
}
