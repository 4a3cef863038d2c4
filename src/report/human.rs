//! The report for people: a status column, what was not met repeated at the end in full, one summary line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use console::{Style, measure_text_width};

use super::age::in_words;
use super::details::{details, evidence_line, plural, seconds};
use super::escape::escape;
use super::render::{Ending, Needs, Render};
use crate::model::report::{RunHeader, ScenarioReport, StepReport, Tally};
use crate::model::verdict::{Expectation, Outcome, Verdict};

/// The words that the report itself is made of.
pub(super) const WORDS: &str = "Starting steps scenarios mocked live PASS MET FAIL INCONCLUSIVE UNMET SKIP UNTESTED passed failed \
    skipped inconclusive as expected warning attempts attempt Summary met unmet untested nothing was tested of at got message target \
    missing wait evidence remedy explain tugtest in phase after second seconds the server asks for needs step scenario \
    secret too short is be masked text servers last ago just now minute minutes hour hours day days month months year years";

/// Names are padded to a common width up to this; longer ones stick out.
const WIDEST: usize = 44;

/// The renderer.
#[derive(Debug)]
pub(super) struct Human {
    color: bool,
    trace: bool,
    /// Everything about steps that were not met, for the end.
    unmet: Vec<String>,
    /// Warnings that were shown: one that many steps share is said once.
    said: BTreeSet<String>,
    /// How many warnings there were, those that are not repeated included.
    warnings: usize,
    /// How many were met although their verdict is not pass.
    failed_as_expected: usize,
    inconclusive_as_expected: usize,
    skipped: usize,
}

impl Human {
    /// A report, coloured or plain.
    pub(super) fn new(color: bool) -> Self {
        Human {
            color,
            trace: false,
            unmet: Vec::new(),
            said: BTreeSet::new(),
            warnings: 0,
            failed_as_expected: 0,
            inconclusive_as_expected: 0,
            skipped: 0,
        }
    }

    fn paint(&self, style: fn(Style) -> Style, text: &str) -> String {
        if self.color { style(Style::new()).force_styling(true).apply_to(text).to_string() } else { text.to_owned() }
    }

    /// `        PASS [   0.012s] klaviyo  Subscribe profile  (klaviyo-eu, Canary Shop)`
    fn line(&self, step: &StepReport, app_width: usize, name_width: usize) -> String {
        let (word, style) = status(step);
        let idle = step.attempts == 0 || step.verdict() == Verdict::Skip;
        let time = if idle { " ".repeat(9) } else { seconds(step.duration, 8) };
        let app = padded(&escape(&step.header.app), app_width);
        let name = padded(&escape(&step.header.name), name_width);
        let mut line = format!(
            "{} [{time}] {}  {}",
            self.paint(style, &format!("{word:>12}")),
            self.paint(Style::cyan, &app),
            self.paint(Style::bold, &name),
        );
        let who = [step.header.connection.name.as_deref(), step.finding.account.as_deref()];
        let last = step.header.connection.last.as_deref().map(|last| format!("last live: {}", in_words(last)));
        let who: Vec<_> = who.into_iter().flatten().chain(last.as_deref()).map(escape).collect();
        if !who.is_empty() {
            line.push_str(&self.paint(Style::dim, &format!("  ({})", who.join(", "))));
        }
        if let Some(remark) = remark(step) {
            line.push_str("  ");
            line.push_str(&self.paint(style, &remark));
        }
        line.truncate(line.trim_end().len());
        line
    }

    fn count(&mut self, step: &StepReport) {
        match (step.outcome, step.verdict()) {
            (Outcome::Met, Verdict::Fail) => self.failed_as_expected += 1,
            (Outcome::Met, Verdict::Inconclusive) => self.inconclusive_as_expected += 1,
            (Outcome::Met, Verdict::Skip) => self.skipped += 1,
            _ => {}
        }
    }

    /// The warnings of a step that no step before it had.
    fn warnings(&mut self, step: &StepReport) -> String {
        let mut text = String::new();
        for warning in &step.finding.warnings {
            self.warnings += 1;
            let code = self.paint(Style::yellow, &format!("{:>12} {}", "warning", escape(warning.code)));
            let line = format!("{code}: {}\n", escape(&warning.message));
            if self.said.insert(line.clone()) {
                text.push_str(&line);
            }
        }
        text
    }

    /// A step that was not met, in full.
    fn in_full(&self, scenario: &ScenarioReport, step: &StepReport) -> String {
        let mut text = self.line(step, 0, 0);
        let place = format!("{}:{}, {}", escape(&scenario.file), step.header.line, escape(&scenario.workflow));
        for (label, lines) in std::iter::once(("at", vec![place])).chain(details(step)) {
            for (at, line) in lines.iter().enumerate() {
                let label = if at == 0 { label } else { "" };
                let label = self.paint(Style::dim, &format!("{label:>12}"));
                write!(text, "\n{label}  {line}").expect("a String takes all writes");
            }
        }
        text + "\n"
    }

    fn summary(&self, ending: &Ending) -> String {
        let Tally { steps, pass, met, unmet, untested, unmet_inconclusive, .. } = ending.tally;
        let passed = met.saturating_sub(self.failed_as_expected + self.inconclusive_as_expected + self.skipped);
        debug_assert!(passed <= pass);
        let parts = [
            (passed, "passed"),
            (self.failed_as_expected, "failed as expected"),
            (self.inconclusive_as_expected, "inconclusive as expected"),
            (self.skipped, "skipped"),
        ];
        let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let mut ends = Vec::new();
        if met > 0 {
            ends.push(self.paint(Style::green, &format!("{met} met ({})", parts.join(", "))));
        }
        if unmet > 0 {
            let inconclusive =
                if unmet_inconclusive > 0 { format!(" ({unmet_inconclusive} inconclusive)") } else { String::new() };
            ends.push(self.paint(|style| style.red().bold(), &format!("{unmet} unmet{inconclusive}")));
        }
        if untested > 0 {
            ends.push(self.paint(Style::yellow, &format!("{untested} untested")));
        }
        if self.warnings > 0 {
            ends.push(self.paint(Style::yellow, &plural(self.warnings, "warning")));
        }
        if met + unmet == 0 {
            ends.insert(0, "nothing was tested".to_owned());
        }
        let style: fn(Style) -> Style = match (unmet, met) {
            (0, 1..) => |style| style.green().bold(),
            (0, 0) => |style| style.yellow().bold(),
            _ => |style| style.red().bold(),
        };
        let word = self.paint(style, &format!("{:>12}", "Summary"));
        format!("{word} [{}] {}: {}\n", seconds(ending.duration, 8), plural(steps, "step"), ends.join(", "))
    }
}

impl Render for Human {
    fn needs(&self) -> Needs {
        Needs { scenarios: true, details_of_met: false }
    }

    fn started(&mut self, run: &RunHeader, out: &mut Vec<String>) {
        self.trace = run.trace;
        let word = self.paint(|style| style.green().bold(), &format!("{:>12}", "Starting"));
        let (steps, scenarios) = (plural(run.steps, "step"), plural(run.scenarios, "scenario"));
        out.push(format!("{word} {steps} in {scenarios}, {} ({})\n", run.mode.name(), escape(&run.tool)));
    }

    fn scenario(&mut self, scenario: &ScenarioReport, out: &mut Vec<String>) {
        let width = |text: &str| measure_text_width(&escape(text));
        let app_width = scenario.steps.iter().map(|step| width(&step.header.app)).max().unwrap_or(0).min(WIDEST);
        let name_width = scenario.steps.iter().map(|step| width(&step.header.name)).max().unwrap_or(0).min(WIDEST);
        let workflow = self.paint(Style::bold, &escape(&scenario.workflow));
        let mut text = format!("{}  {workflow}\n", self.paint(Style::dim, &escape(&scenario.file)));
        for step in &scenario.steps {
            self.count(step);
            text.push_str(&self.line(step, app_width, name_width));
            text.push('\n');
            text.push_str(&self.warnings(step));
            // Of a step that was not met, the end of the report has the whole transcript.
            if self.trace && step.outcome != Outcome::Unmet {
                for line in &step.finding.evidence {
                    writeln!(text, "{:>14}{}", "", self.paint(Style::dim, &evidence_line(line)))
                        .expect("a String takes all writes");
                }
            }
            if step.outcome == Outcome::Unmet {
                self.unmet.push(self.in_full(scenario, step));
            }
        }
        out.push(text);
    }

    fn finished(&mut self, ending: &Ending, out: &mut Vec<String>) {
        let all = self.unmet.len();
        for (at, text) in std::mem::take(&mut self.unmet).into_iter().enumerate() {
            let head = self.paint(|style| style.red().bold(), &format!("unmet {} of {all}", at + 1));
            out.push(format!("\n{head}\n{text}"));
        }
        out.push(format!("{}\n", "─".repeat(12)));
        for label in &ending.short {
            let code = self.paint(Style::yellow, &format!("{:>12} secret-too-short", "warning"));
            out.push(format!("{code}: `{}` is too short to be masked in text of servers.\n", escape(label)));
        }
        out.push(self.summary(ending));
    }
}

/// The word in the status column. `PASS`, `MET` and `SKIP` are as expected, all others are not.
fn status(step: &StepReport) -> (&'static str, fn(Style) -> Style) {
    match (step.outcome, step.verdict()) {
        (Outcome::Met, Verdict::Pass) => ("PASS", |style| style.green().bold()),
        (Outcome::Met, Verdict::Fail | Verdict::Inconclusive) => ("MET", Style::green),
        (Outcome::Met, Verdict::Skip) => ("SKIP", Style::dim),
        (Outcome::Untested, _) => ("UNTESTED", Style::yellow),
        (Outcome::Unmet, Verdict::Fail) => ("FAIL", |style| style.red().bold()),
        (Outcome::Unmet, Verdict::Inconclusive) => ("INCONCLUSIVE", |style| style.yellow().bold()),
        (Outcome::Unmet, Verdict::Pass | Verdict::Skip) => ("UNMET", |style| style.red().bold()),
    }
}

/// What stands at the end of a line: the cause, and what it is measured against.
fn remark(step: &StepReport) -> Option<String> {
    let expected = step.header.expected;
    let cause = step.finding.judgement.cause;
    let mut remark = match (step.outcome, cause) {
        (Outcome::Met, None) => String::new(),
        (Outcome::Met, Some(cause)) => match (cause.verdict(), expected) {
            (Verdict::Fail, _) => format!("failed as expected: {cause}"),
            (Verdict::Inconclusive, _) => format!("inconclusive as expected: {cause}"),
            (_, Expectation::Cause(expected)) if expected == cause => format!("skipped as expected: {cause}"),
            _ => cause.to_string(),
        },
        (Outcome::Untested, cause) => cause.map_or_else(String::new, |cause| cause.to_string()),
        (Outcome::Unmet, None) => format!("passed, expected {expected}"),
        (Outcome::Unmet, Some(cause)) if expected == Expectation::Pass => cause.to_string(),
        (Outcome::Unmet, Some(cause)) => format!("{cause}, expected {expected}"),
    };
    if step.attempts > 1 {
        let comma = if remark.is_empty() { "" } else { ", " };
        write!(remark, "{comma}{} attempts", step.attempts).expect("a String takes all writes");
    }
    (!remark.is_empty()).then_some(remark)
}

fn padded(text: &str, width: usize) -> String {
    let fill = width.saturating_sub(measure_text_width(text));
    format!("{text}{:fill$}", "")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::cause::Cause;
    use crate::model::evidence::Finding;
    use crate::model::phase::Phase;
    use crate::model::report::{AuthState, StepConnection, StepHeader};
    use crate::model::verdict::Judgement;

    fn scenario() -> ScenarioReport {
        let step = |judgement: Judgement| StepReport {
            header: StepHeader {
                key: None,
                name: "Send\u{1b}[31m".into(),
                app: "slack".into(),
                operation: None,
                connection: StepConnection { name: None, scheme: None, state: AuthState::NotNeeded, last: None },
                expected: Expectation::Pass,
                target: None,
                line: 1,
            },
            outcome: Expectation::Pass.outcome(&judgement),
            finding: Finding::without_evidence(judgement),
            attempts: 1,
            duration: Duration::from_millis(12),
        };
        let fail = Judgement::of(Cause::CredentialRejected, Phase::Auth, "It was refused.", "Mend it.");
        let steps = vec![step(Judgement::pass(Phase::Auth, "It was accepted.")), step(fail)];
        ScenarioReport { file: "a.yaml".into(), workflow: "A".into(), steps }
    }

    fn rendered(color: bool) -> String {
        let mut human = Human::new(color);
        let mut out = Vec::new();
        human.scenario(&scenario(), &mut out);
        let tally = Tally { steps: 2, pass: 1, fail: 1, met: 1, unmet: 1, ..Tally::default() };
        human.finished(&Ending { duration: Duration::from_millis(20), tally, short: Vec::new() }, &mut out);
        out.concat()
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let (plain, coloured) = (rendered(false), rendered(true));
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[31m\u{1b}[1m        FAIL\u{1b}[0m"), "{coloured:?}");
        assert_eq!(console::strip_ansi_codes(&coloured), plain);
        assert!(!coloured.contains("Send\u{1b}"), "a name brings no colour of its own");
    }
}
