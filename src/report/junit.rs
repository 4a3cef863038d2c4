//! `JUnit` XML, for everything that shows test results: a suite is a scenario file, a case is a step.
//!
//! Not met is a failure where something was refused and an error where nothing could be judged. What XML cannot hold, or what a
//! log viewer could take for a command, is escaped before it gets here: quick-junit lets U+FFFE and line breaks in names pass.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::age::in_words;
use super::details::{details, evidence_line};
use super::escape::escape;
use super::render::{Ending, Needs, Render};
use crate::model::cause::Cause;
use crate::model::report::{RunHeader, ScenarioReport, StepReport};
use crate::model::verdict::{Outcome, Verdict};

/// The words that the report itself is made of.
pub(super) const WORDS: &str = "xml encoding UTF testsuites testsuite testcase properties property name value classname tests skipped \
    errors failures time timestamp failure error message type system out file line app connection cause expected workflow unexpected last_live last live ago just now minute minutes hour hours day days month months year years \
    quot amp lt gt apos";

/// The renderer. Suites are turned into text when their scenario's turn comes; the text is all that is kept.
#[derive(Debug)]
pub(super) struct Junit {
    /// What stands around the suites: their counts, never the suites themselves.
    frame: Report,
    suites: Vec<String>,
    trace: bool,
    /// Hashes of class and name of all cases: together they have to be unique, or viewers drop one of two.
    taken: HashSet<u64>,
}

impl Junit {
    /// An empty report.
    pub(super) fn new() -> Self {
        Junit { frame: Report::new("tugtest"), suites: Vec::new(), trace: false, taken: HashSet::new() }
    }
}

impl Render for Junit {
    fn needs(&self) -> Needs {
        Needs { scenarios: true, details_of_met: false }
    }

    fn started(&mut self, run: &RunHeader, _out: &mut Vec<String>) {
        self.trace = run.trace;
        self.frame.timestamp = run.started_at.parse().ok();
    }

    fn scenario(&mut self, scenario: &ScenarioReport, _out: &mut Vec<String>) {
        let file = escape(&scenario.file).into_owned();
        let class = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml")).unwrap_or(&file);
        let mut suite = TestSuite::new(file.as_str());
        suite.set_time(scenario.steps.iter().map(|step| step.duration).sum());
        suite.add_property(Property::new("workflow", escape(&scenario.workflow)));
        for step in &scenario.steps {
            let name = self.unique(class, &escape(&step.header.name));
            suite.add_test_case(case(&file, class, &name, step, self.trace));
        }
        self.frame.tests += suite.tests;
        self.frame.skipped += suite.skipped;
        self.frame.failures += suite.failures;
        self.frame.errors += suite.errors;
        let mut alone = Report::unnamed();
        alone.add_test_suite(suite);
        let [_, suite, _] = cut(&xml(&alone));
        self.suites.push(suite);
    }

    fn finished(&mut self, ending: &Ending, out: &mut Vec<String>) {
        self.frame.set_time(ending.duration);
        let [head, _, tail] = cut(&xml(&self.frame));
        out.push(head);
        out.append(&mut self.suites);
        out.push(tail);
    }
}

fn xml(report: &Report) -> String {
    report.to_string().expect("a String takes all writes")
}

/// A document in three: up to the end of the outermost opening tag and its line, what is within, the closing tag.
fn cut(document: &str) -> [String; 3] {
    let opened = document.find("<testsuites").and_then(|at| Some(at + document[at..].find(">\n")? + 2));
    let closed = document.rfind("</testsuites>");
    let (opened, closed) = opened.zip(closed).expect("quick-junit writes one outermost element");
    [&document[..opened], &document[opened..closed], &document[closed..]].map(str::to_owned)
}

impl Junit {
    /// The name, or the name with a number where it is taken.
    fn unique(&mut self, class: &str, name: &str) -> String {
        let mut unique = name.to_owned();
        let mut number = 2;
        loop {
            let mut hasher = DefaultHasher::new();
            (class, unique.as_str()).hash(&mut hasher);
            if self.taken.insert(hasher.finish()) {
                return unique;
            }
            unique = format!("{name} ({number})");
            number += 1;
        }
    }
}

fn case(file: &str, class: &str, name: &str, step: &StepReport, trace: bool) -> TestCase {
    let mut case = TestCase::new(name, status(step));
    case.set_classname(class).set_time(step.duration);
    case.extra.insert("file".into(), file.into());
    case.add_property(Property::new("file", file));
    case.add_property(Property::new("line", step.header.line.to_string()));
    case.add_property(Property::new("app", escape(&step.header.app)));
    if let Some(connection) = &step.header.connection.name {
        case.add_property(Property::new("connection", escape(connection)));
    }
    if let Some(last) = &step.header.connection.last {
        case.add_property(Property::new("last_live", escape(&in_words(last))));
    }
    if let Some(cause) = step.finding.judgement.cause {
        case.add_property(Property::new("cause", cause.code()));
    }
    case.add_property(Property::new("expected", step.header.expected.to_string()));
    if trace && !step.finding.evidence.is_empty() {
        case.set_system_out(transcript(step));
    }
    case
}

fn status(step: &StepReport) -> TestCaseStatus {
    let judgement = &step.finding.judgement;
    let mut status = match (step.outcome, step.verdict()) {
        (Outcome::Met, Verdict::Skip) | (Outcome::Untested, _) => TestCaseStatus::skipped(),
        (Outcome::Met, _) => return TestCaseStatus::success(),
        (Outcome::Unmet, Verdict::Inconclusive) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (Outcome::Unmet, _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status.set_message(escape(&judgement.message));
    status.set_type(judgement.cause.map_or("unexpected-pass", Cause::code));
    if step.outcome == Outcome::Unmet {
        let mut description = String::new();
        for (label, text) in details(step) {
            for (at, line) in text.iter().enumerate() {
                let label = if at == 0 { label } else { "" };
                write!(description, "\n{label:>12}  {line}").expect("a String takes all writes");
            }
        }
        description.push('\n');
        status.set_description(description);
    }
    status
}

fn transcript(step: &StepReport) -> String {
    let lines = step.finding.evidence.iter().map(evidence_line);
    lines.fold(String::from("\n"), |all, line| all + &line + "\n")
}
