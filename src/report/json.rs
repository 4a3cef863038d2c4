//! The JSON report, version 1. Frozen: fields are only ever added (see `report.schema.json`).
//!
//! The types here are twins of those in `model`, so that a change over there cannot change the report by accident.

use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::ser::Formatter;

use super::escape::escape_json;
use super::render::{Ending, Needs, Render};
use crate::model::cause::Cause;
use crate::model::evidence::{EvidenceLine, PhaseTime, Warning};
use crate::model::last::LastVerdict;
use crate::model::report::{RunHeader, ScenarioReport, StepReport, Tally};
use crate::model::scheme::Scheme;

/// The JSON Schema (2020-12) of the report, as `tugtest schema report` prints it.
pub const SCHEMA: &str = include_str!("report.schema.json");

/// The words that the report itself is made of.
pub(super) const WORDS: &str = "version tool mode started_at duration_ms summary steps pass fail inconclusive skip met unmet untested \
    scenarios file workflow key name app operation connection type state last at age_s verdict cause phase message remedy retryable expected \
    outcome attempts phases ms target account scopes granted required missing warnings code evidence at direction text \
    null true false";

/// The renderer. Steps are turned into text when their scenario's turn comes; the text is all that is kept.
#[derive(Debug, Default)]
pub(super) struct Json {
    run: Option<RunHeader>,
    scenarios: Vec<String>,
}

impl Render for Json {
    fn needs(&self) -> Needs {
        Needs { scenarios: true, details_of_met: true }
    }

    fn started(&mut self, run: &RunHeader, _out: &mut Vec<String>) {
        self.run = Some(run.clone());
    }

    fn scenario(&mut self, scenario: &ScenarioReport, _out: &mut Vec<String>) {
        let trace = self.run.as_ref().is_some_and(|run| run.trace);
        let head = to_json(&ScenarioHead { file: &scenario.file, workflow: &scenario.workflow });
        let steps: Vec<String> = scenario.steps.iter().map(|step| to_json(&StepTwin::of(step, trace))).collect();
        let comma = if self.scenarios.is_empty() { "" } else { ",\n" };
        // One step a line: short enough to read, and steady in a diff.
        let text = format!("{comma}{},\"steps\":[\n{}]}}", &head[..head.len() - 1], steps.join(",\n"));
        self.scenarios.push(text);
    }

    fn finished(&mut self, ending: &Ending, out: &mut Vec<String>) {
        let head = to_json(&Head::of(self.run.as_ref(), ending));
        out.push(format!("{},\"scenarios\":[\n", &head[..head.len() - 1]));
        out.append(&mut self.scenarios);
        out.push("]}\n".to_owned());
    }
}

/// Whole milliseconds, rounded.
fn ms(duration: Duration) -> u64 {
    u64::try_from((duration.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}

/// What stands before the scenarios.
#[derive(Debug, Serialize)]
struct Head<'a> {
    version: u32,
    tool: &'a str,
    mode: &'a str,
    started_at: &'a str,
    duration_ms: u64,
    summary: Summary,
}

impl<'a> Head<'a> {
    fn of(run: Option<&'a RunHeader>, ending: &Ending) -> Self {
        Head {
            version: 1,
            tool: run.map_or(concat!("tugtest ", env!("CARGO_PKG_VERSION")), |run| &run.tool),
            mode: run.map_or("mocked", |run| run.mode.name()),
            started_at: run.map_or("1970-01-01T00:00:00Z", |run| &run.started_at),
            duration_ms: ms(ending.duration),
            summary: Summary::of(&ending.tally),
        }
    }
}

#[derive(Debug, Serialize)]
struct Summary {
    steps: usize,
    pass: usize,
    fail: usize,
    inconclusive: usize,
    skip: usize,
    met: usize,
    unmet: usize,
    untested: usize,
}

impl Summary {
    const fn of(tally: &Tally) -> Self {
        let &Tally { steps, pass, fail, inconclusive, skip, met, unmet, untested, unmet_inconclusive: _ } = tally;
        Summary { steps, pass, fail, inconclusive, skip, met, unmet, untested }
    }
}

#[derive(Debug, Serialize)]
struct ScenarioHead<'a> {
    file: &'a str,
    workflow: &'a str,
}

/// A step, field by field as the contract has it.
#[derive(Debug, Serialize)]
pub(super) struct StepTwin<'a> {
    /// Only in JSON lines, where no scenario stands around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<&'a str>,
    /// Only in JSON lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workflow: Option<&'a str>,
    key: Option<&'a str>,
    name: &'a str,
    app: &'a str,
    operation: Option<&'a str>,
    connection: ConnectionTwin<'a>,
    verdict: &'static str,
    cause: Option<&'static str>,
    phase: Option<&'static str>,
    message: &'a str,
    remedy: Option<&'a str>,
    retryable: bool,
    expected: String,
    outcome: &'static str,
    attempts: u32,
    duration_ms: u64,
    phases: Vec<PhaseTwin>,
    target: Option<&'a str>,
    account: Option<&'a str>,
    scopes: ScopesTwin<'a>,
    warnings: Vec<WarningTwin<'a>>,
    evidence: Vec<EvidenceTwin<'a>>,
}

#[derive(Debug, Serialize)]
struct ConnectionTwin<'a> {
    name: Option<&'a str>,
    r#type: Option<&'static str>,
    state: &'static str,
    /// Only where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<LastTwin<'a>>,
}

/// What was found when a connection was last tested.
#[derive(Debug, Serialize)]
pub(crate) struct LastTwin<'a> {
    verdict: &'static str,
    cause: Option<&'static str>,
    account: Option<&'a str>,
    at: &'a str,
    age_s: u64,
    mode: &'static str,
}

impl<'a> LastTwin<'a> {
    /// The twin of a last verdict.
    pub(crate) fn of(last: &'a LastVerdict) -> Self {
        LastTwin {
            verdict: last.verdict.name(),
            cause: last.cause.map(Cause::code),
            account: last.account.as_deref(),
            at: &last.at,
            age_s: last.age.as_secs(),
            mode: last.mode.name(),
        }
    }
}

#[derive(Debug, Serialize)]
struct PhaseTwin {
    name: &'static str,
    ms: u64,
}

#[derive(Debug, Serialize)]
struct ScopesTwin<'a> {
    granted: &'a [String],
    required: &'a [String],
    missing: &'a [String],
}

#[derive(Debug, Serialize)]
struct WarningTwin<'a> {
    code: &'static str,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct EvidenceTwin<'a> {
    at_ms: u64,
    phase: &'static str,
    direction: &'static str,
    text: &'a str,
}

impl<'a> StepTwin<'a> {
    /// The twin of a step; with its evidence if asked for.
    pub(super) fn of(step: &'a StepReport, trace: bool) -> Self {
        let StepReport { header, finding, .. } = step;
        let judgement = &finding.judgement;
        let evidence = if trace { finding.evidence.as_slice() } else { &[] };
        StepTwin {
            file: None,
            workflow: None,
            key: header.key.as_deref(),
            name: &header.name,
            app: &header.app,
            operation: header.operation.as_deref(),
            connection: ConnectionTwin {
                name: header.connection.name.as_deref(),
                r#type: header.connection.scheme.map(Scheme::name),
                state: header.connection.state.name(),
                last: header.connection.last.as_deref().map(LastTwin::of),
            },
            verdict: step.verdict().name(),
            cause: judgement.cause.map(Cause::code),
            phase: Some(judgement.phase.name()),
            message: &judgement.message,
            remedy: judgement.remedy.as_deref().filter(|remedy| !remedy.is_empty()),
            retryable: judgement.cause.is_some_and(Cause::retryable),
            expected: header.expected.to_string(),
            outcome: step.outcome.name(),
            attempts: step.attempts,
            duration_ms: ms(step.duration),
            phases: finding.phases.iter().map(PhaseTwin::of).collect(),
            target: header.target.as_deref(),
            account: finding.account.as_deref(),
            scopes: ScopesTwin {
                granted: &finding.scopes.granted,
                required: &finding.scopes.required,
                missing: &finding.scopes.missing,
            },
            warnings: finding.warnings.iter().map(WarningTwin::of).collect(),
            evidence: evidence.iter().map(EvidenceTwin::of).collect(),
        }
    }
}

impl PhaseTwin {
    fn of(time: &PhaseTime) -> Self {
        PhaseTwin { name: time.phase.name(), ms: ms(time.time) }
    }
}

impl<'a> WarningTwin<'a> {
    fn of(warning: &'a Warning) -> Self {
        WarningTwin { code: warning.code, message: &warning.message }
    }
}

impl<'a> EvidenceTwin<'a> {
    fn of(line: &'a EvidenceLine) -> Self {
        let EvidenceLine { at, phase, direction, text } = line;
        EvidenceTwin { at_ms: ms(*at), phase: phase.name(), direction: direction.name(), text }
    }
}

/// JSON on one line, with everything escaped that could act on whatever shows it.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    let mut json = Vec::with_capacity(1024);
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, Careful);
    value.serialize(&mut serializer).expect("twins have only string keys, and a Vec takes all writes");
    String::from_utf8(json).expect("JSON is text")
}

/// The compact format, with [`escape_json`] over all strings.
struct Careful;

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        writer.write_all(escape_json(fragment).as_bytes())
    }
}
