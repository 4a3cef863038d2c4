//! Everything that there is to say about a step that was not met, for every format that people read.

use std::time::Duration;

use super::escape::escape;
use crate::model::evidence::EvidenceLine;
use crate::model::report::StepReport;
use crate::model::verdict::Expectation;

/// Everything about a step that was not met, by label, in the order in which a person asks: what was expected, what came, why, what
/// to do. Escaped.
pub(super) fn details(step: &StepReport) -> Vec<(&'static str, Vec<String>)> {
    let judgement = &step.finding.judgement;
    let attempts = if step.attempts > 1 { format!(", after {} attempts", step.attempts) } else { String::new() };
    let got = match judgement.cause {
        None => format!("pass, in phase {}{attempts}", judgement.phase),
        Some(cause) => {
            format!("{}: {cause} ({}), in phase {}{attempts}", cause.verdict(), cause.class().name(), judgement.phase)
        }
    };
    let mut details = vec![("expected", vec![step.header.expected.to_string()]), ("got", vec![got])];
    details.push(("message", vec![escape(&judgement.message).into_owned()]));
    if let Some(target) = &step.header.target {
        details.push(("target", vec![escape(target).into_owned()]));
    }
    if !step.finding.scopes.missing.is_empty() {
        let missing: Vec<_> = step.finding.scopes.missing.iter().map(|scope| escape(scope)).collect();
        details.push(("missing", vec![missing.join(", ")]));
    }
    if !step.finding.evidence.is_empty() {
        details.push(("evidence", step.finding.evidence.iter().map(evidence_line).collect()));
    }
    for warning in &step.finding.warnings {
        details.push(("warning", vec![format!("{}: {}", escape(warning.code), escape(&warning.message))]));
    }
    if let Some(wait) = judgement.retry_after {
        details.push((
            "wait",
            vec![format!(
                "the server asks for {}",
                plural(usize::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(usize::MAX), "second")
            )],
        ));
    }
    let mut remedies: Vec<String> = judgement.remedy.iter().map(|remedy| escape(remedy).into_owned()).collect();
    remedies.retain(|remedy| !remedy.is_empty());
    if step.header.expected != Expectation::Pass {
        remedies.push("Where this is right by now, change `expect:` of the step.".to_owned());
    }
    if !remedies.is_empty() {
        details.push(("remedy", remedies));
    }
    if let Some(cause) = judgement.cause {
        details.push(("explain", vec![format!("tugtest explain {cause}")]));
    }
    details
}

/// `0.002s < 220 ready`, escaped.
pub(super) fn evidence_line(line: &EvidenceLine) -> String {
    format!("{} {} {}", seconds(line.at, 0), line.direction.mark(), escape(&line.text)).trim_end().to_owned()
}

/// Seconds with milliseconds, right-aligned: `   0.012s`.
pub(super) fn seconds(duration: Duration, width: usize) -> String {
    format!("{:>width$.3}s", duration.as_secs_f64())
}

/// `1 step`, `2 steps`.
pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
