//! Reports: each format over one run with everything in it, through the sink, as it is shipped.

use std::fs;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tugtest::model::event::Event;
use tugtest::model::report::Tally;
use tugtest::model::scrub::Scrubber;
use tugtest::model::secret::Secret;
use tugtest::report::json::SCHEMA;
use tugtest::report::{Destination, Format, Output, Progress, Reporter, SinkError};

use super::events::{self, CANARY};

/// A scrubber that knows the secret of the hand-made run.
pub(crate) fn scrubber() -> Arc<Scrubber> {
    let scrubber = Scrubber::new();
    scrubber.learn("klaviyo-eu.api_key", &Secret::new(CANARY));
    Arc::new(scrubber)
}

/// A finished report in a format, as it is in its file.
pub(crate) fn report_of(
    format: Format,
    events: Vec<Event>,
    scrubber: &Arc<Scrubber>,
) -> (String, Result<Tally, SinkError>) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("report");
    let output = Output { format, destination: Destination::File(path.clone()) };
    let mut reporter = Reporter::open(&[output], true, scrubber, Progress::hidden()).expect("the file can be made");
    for event in events {
        reporter.event(event);
    }
    let finished = reporter.finish();
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), usize::from(path.exists()), "nothing else is left");
    (fs::read_to_string(path).unwrap_or_default(), finished)
}

/// A report of the hand-made run.
pub(crate) fn report(format: Format, trace: bool) -> String {
    let (text, finished) = report_of(format, events::run(trace), &scrubber());
    finished.expect("the report is written");
    text
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the report is JSON")
}

#[test]
fn human() {
    insta::assert_snapshot!(report(Format::Human, false));
}

#[test]
fn human_with_trace() {
    insta::assert_snapshot!(report(Format::Human, true));
}

#[test]
fn json() {
    insta::assert_snapshot!(report(Format::Json, false));
}

#[test]
fn jsonl_with_trace() {
    insta::assert_snapshot!(report(Format::Jsonl, true));
}

#[test]
fn junit() {
    insta::assert_snapshot!(report(Format::Junit, false));
}

#[test]
fn junit_with_trace_holds_transcripts() {
    let text = report(Format::Junit, true);
    assert!(text.contains("<system-out>\n0.001s &gt; GET /api/accounts\n"), "{text}");
}

#[test]
fn the_tally_counts_verdicts_and_outcomes() {
    let (_, tally) = report_of(Format::Json, events::run(false), &scrubber());
    let expected = Tally {
        steps: 14,
        pass: 2,
        fail: 4,
        inconclusive: 3,
        skip: 5,
        met: 6,
        unmet: 6,
        untested: 2,
        unmet_inconclusive: 2,
    };
    assert_eq!(tally, Ok(expected));
}

/// The fields of INTERFACE section 6, in its order.
#[test]
fn json_has_the_fields_of_the_contract_in_its_order() {
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    let report = parsed(&report(Format::Json, true));
    assert_eq!(keys(&report), "version tool mode started_at duration_ms summary scenarios");
    assert_eq!(keys(&report["summary"]), "steps pass fail inconclusive skip met unmet untested");
    assert_eq!(keys(&report["scenarios"][0]), "file workflow steps");
    let step = &report["scenarios"][0]["steps"][1];
    assert_eq!(
        keys(step),
        "key name app operation connection verdict cause phase message remedy retryable expected outcome attempts duration_ms \
         phases target account scopes warnings evidence"
    );
    assert_eq!(keys(&step["connection"]), "name type state");
    assert_eq!(keys(&step["phases"][0]), "name ms");
    assert_eq!(keys(&step["scopes"]), "granted required missing");
    assert_eq!(keys(&report["scenarios"][0]["steps"][3]["warnings"][0]), "code message");
    assert_eq!(
        step["phases"],
        json!([{"name": "dns", "ms": 0}, {"name": "connect", "ms": 2}, {"name": "auth", "ms": 10}])
    );
}

#[test]
fn evidence_is_there_with_trace_alone() {
    let lines = |trace| {
        let report = parsed(&report(Format::Json, trace));
        report["scenarios"][0]["steps"][3]["evidence"].as_array().expect("a list").len()
    };
    assert_eq!((lines(false), lines(true)), (0, 5));
}

fn schema() -> Value {
    parsed(SCHEMA)
}

#[test]
fn the_schema_is_one_and_reports_fit_it() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    let validator = jsonschema::validator_for(&schema()).expect("the schema is valid");
    for trace in [false, true] {
        let report = parsed(&report(Format::Json, trace));
        let faults: Vec<String> = validator.iter_errors(&report).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
    }
    let mut step = schema();
    step["$ref"] = json!("#/$defs/step");
    for key in ["required", "properties", "type", "additionalProperties"] {
        step.as_object_mut().expect("an object").remove(key);
    }
    let validator = jsonschema::validator_for(&step).expect("the schema is valid");
    for line in report(Format::Jsonl, true).lines() {
        assert!(validator.is_valid(&parsed(line)), "{line}");
    }
    assert!(!validator.is_valid(&json!({"file": "a", "workflow": "b"})));
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is valid");
    let good = parsed(&report(Format::Json, true));
    let refuses = |path: &str, change: &dyn Fn(&mut Value)| {
        let mut wrong = good.clone();
        change(wrong.pointer_mut(path).unwrap_or_else(|| panic!("{path} is there")));
        assert!(!validator.is_valid(&wrong), "{path}: {}", wrong.pointer(path).expect("it is there"));
    };
    for path in ["", "/summary", "/scenarios/0", "/scenarios/0/steps/1", "/scenarios/0/steps/1/connection"] {
        let object = good.pointer(path).and_then(Value::as_object).expect("an object");
        for key in object.keys() {
            refuses(path, &|value| drop(value.as_object_mut().expect("an object").remove(key)));
            refuses(path, &|value| value[key] = json!(-1));
        }
    }
    let step = "/scenarios/0/steps/1";
    refuses(step, &|step| step["cause"] = json!("credential-rejected"));
    refuses(step, &|step| step["verdict"] = json!("fail"));
    refuses(step, &|step| step["verdict"] = json!("passed"));
    refuses(step, &|step| step["expected"] = json!("fail"));
    refuses(step, &|step| step["message"] = json!(""));
    refuses(step, &|step| step["connection"]["secret"] = json!("x"));
    refuses(step, &|step| step["evidence"][0]["direction"] = json!("up"));
    let mut grown = good.clone();
    grown["scenarios"][0]["steps"][1]["new"] = json!("a field of a later release");
    assert!(validator.is_valid(&grown), "fields may be added");
}

/// The events of the hand-made run with its steps finishing in another order.
fn shuffled(keys: &[u32]) -> Vec<Event> {
    let (mut steps, mut others): (Vec<_>, Vec<_>) =
        events::run(true).into_iter().partition(|event| matches!(event, Event::StepFinished { .. }));
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&at| keys[at]);
    let last = others.pop();
    let mut taken: Vec<Option<Event>> = steps.drain(..).map(Some).collect();
    others.extend(order.into_iter().filter_map(|at| taken[at].take()));
    others.extend(last);
    others
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reports_are_in_plan_order_whatever_finishes_first(keys in prop::collection::vec(any::<u32>(), 14)) {
        for format in [Format::Human, Format::Json, Format::Junit] {
            prop_assert_eq!(report_of(format, shuffled(&keys), &scrubber()).0, report(format, true));
        }
    }

    #[test]
    fn a_run_that_is_broken_off_leaves_complete_reports(keys in prop::collection::vec(any::<u32>(), 14), cut in 1_usize..18) {
        let mut events = shuffled(&keys);
        events.retain(|event| !matches!(event, Event::StepStarted { .. } | Event::StepRetried { .. }));
        events.truncate(cut);
        let done = events.iter().filter(|event| matches!(event, Event::StepFinished { .. })).count();
        for format in Format::ALL {
            let (text, tally) = report_of(format, events.clone(), &scrubber());
            prop_assert_eq!(tally.expect("it is written").steps, done);
            match format {
                Format::Human => prop_assert!(text.contains(&format!("] {done} step")), "{}", text),
                Format::Jsonl => prop_assert_eq!(text.lines().map(parsed).count(), done),
                Format::Json => {
                    let report = parsed(&text);
                    let steps = report["scenarios"].as_array().expect("a list").iter().map(|all| all["steps"].as_array().expect("a list").len());
                    prop_assert_eq!(steps.sum::<usize>(), done);
                    prop_assert!(jsonschema::is_valid(&schema(), &report));
                }
                Format::Junit => prop_assert_eq!(text.matches("<testcase").count(), done),
            }
        }
    }
}
