//! Reports of hostile servers and of awkward secrets: nothing leaks, nothing acts, every format stays well-formed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use proptest::prelude::*;
use tugtest::model::cause::Cause;
use tugtest::model::event::Event;
use tugtest::model::evidence::{Direction, Warning};
use tugtest::model::phase::Phase;
use tugtest::model::scheme::Scheme;
use tugtest::model::scrub::Scrubber;
use tugtest::model::scrub::visible::is_hidden;
use tugtest::model::secret::Secret;
use tugtest::model::verdict::Judgement;
use tugtest::report::Format;

use super::events::{self, evidence, step};
use super::reports::report_of;
use super::scrub::{awkward, forms, leak};

/// A run of one failed and one passed step, with a text wherever a server's or a user's text can be.
fn run_with(text: &str) -> Vec<Event> {
    let mut events = events::run(true);
    let connection = Some((text, Scheme::ApiKey));
    let judgement = Judgement::of(Cause::Forbidden, Phase::Auth, format!("It said: {text}"), text);
    let mut unmet = step(text, text, connection, judgement, 1);
    unmet.header.key = Some(text.into());
    unmet.header.operation = Some(text.into());
    unmet.header.target = Some(text.to_owned());
    unmet.finding.account = Some(text.to_owned());
    unmet.finding.scopes.granted = vec![text.to_owned()];
    unmet.finding.scopes.required = vec![text.to_owned()];
    unmet.finding.scopes.missing = vec![text.to_owned()];
    unmet.finding.warnings = vec![Warning::new("hostile", text)];
    unmet.finding.evidence = evidence(Phase::Auth, &[(Direction::Sent, text), (Direction::Received, text)]);
    let mut passed = step(text, text, connection, Judgement::pass(Phase::Auth, text), 1);
    passed.finding.evidence.clone_from(&unmet.finding.evidence);
    events.retain(|event| matches!(event, Event::RunStarted(_)));
    events.push(Event::ScenarioPlanned { scenario: 0, file: text.into(), workflow: text.into(), steps: 2 });
    for (step, report) in [unmet, passed].into_iter().enumerate() {
        events.push(Event::StepFinished { scenario: 0, step, report: Box::new(report) });
    }
    events
}

fn reports_with(text: &str, scrubber: &Arc<Scrubber>) -> Vec<(Format, String)> {
    let report = |format| {
        let (report, finished) = report_of(format, run_with(text), scrubber);
        finished.expect("the report is written");
        (format, report)
    };
    Format::ALL.map(report).into()
}

/// Whether all characters are what XML 1.0 calls `Char`.
fn is_xml(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}

fn assert_harmless(text: &str) -> Result<(), TestCaseError> {
    for (format, report) in reports_with(text, &Arc::new(Scrubber::new())) {
        prop_assert!(!report.chars().any(|c| c != '\n' && is_hidden(c)), "{}: {:?}", format, report);
        prop_assert!(!report.lines().any(|line| line.trim_start().starts_with("::")), "{}: {}", format, report);
        let lower = report.to_ascii_lowercase();
        prop_assert!(
            !["##[", "##vso", "##teamcity"].iter().any(|command| lower.contains(command)),
            "{}: {}",
            format,
            report
        );
        match format {
            Format::Human => {}
            Format::Json => {
                let json: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
                prop_assert_eq!(json["scenarios"][0]["steps"][0]["evidence"][1]["text"].as_str(), Some(text));
            }
            Format::Jsonl => prop_assert_eq!(report.lines().count(), 2),
            Format::Junit => {
                prop_assert!(is_xml(&report));
                let read = quick_junit::Report::deserialize_from_str(&report).expect("it is JUnit");
                prop_assert_eq!((read.tests, read.failures, read.errors), (2, 0, 1));
                let cases: BTreeSet<_> =
                    read.test_suites[0].test_cases.iter().map(|case| (&case.classname, &case.name)).collect();
                prop_assert_eq!(cases.len(), 2);
            }
        }
    }
    Ok(())
}

const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}]52;c;Y2FuYXJ5\u{7}\u{1b}]8;;http://x\u{1b}\\",
    "\u{9b}2J\u{85}\u{7f}\u{0}\u{8}\r",
    "\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{2028}",
    "\n::set-output name=a::b\n  ::error file=x::y",
    "a ##[error]b ##vso[task.setvariable]c ##teamcity[testFailed]",
    "]]><script>alert(1)</script><![CDATA[",
    "\u{fffe}\u{ffff}\u{1fffe}\u{fdd0}",
    "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e \"&e;&e;\">]>&e;",
    "\"}],\"verdict\":\"pass\"",
    "' \" & < > &amp; &#0;",
    "\u{1}\u{b}\u{c}\u{e}\u{1f}",
    "🦀 e\u{301} 日本 ﷽ \u{e0041}",
];

#[test]
fn known_tricks_do_nothing() {
    for text in HOSTILE {
        assert_harmless(text).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_report(text in prop_oneof![any::<String>(), "(\\PC|\\p{C}|\u{fffe}|\u{ffff}|##|\\[|::|\n|]]>|&#x0;){0,16}"]) {
        assert_harmless(&text)?;
    }
}

/// Python's reader is not lenient; where there is no Python, Rust's has to do.
#[test]
fn another_xml_reader_reads_it_too() {
    let mut documents = String::new();
    for text in HOSTILE.into_iter().chain(["plain"]) {
        let (_, report) = reports_with(text, &Arc::new(Scrubber::new())).pop().expect("JUnit is the last");
        write!(documents, "{report}\0").expect("a String takes all writes");
    }
    let program = "import sys, xml.etree.ElementTree as e\n\
        documents = sys.stdin.buffer.read().split(b'\\0')[:-1]\n\
        print([len(e.fromstring(d).findall('testsuite/testcase')) for d in documents])";
    let python = Command::new("python3").args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else { return };
    python.stdin.take().expect("it is piped").write_all(documents.as_bytes()).expect("it reads");
    let output = python.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), format!("{:?}", [2; HOSTILE.len() + 1]));
}

#[test]
fn no_awkward_secret_leaks_into_any_format() {
    let scrubber = Arc::new(Scrubber::new());
    for (label, secret) in awkward() {
        scrubber.learn(label, &Secret::new(secret));
    }
    let echo: Vec<String> = awkward().iter().flat_map(|(_, secret)| forms(secret)).map(|(_, form)| form).collect();
    for (format, report) in reports_with(&echo.join(" | "), &scrubber) {
        let secrets = awkward();
        // `secret` is in every mask, and `[secret:mask]` is one.
        let secrets =
            secrets.iter().map(|(_, secret)| secret.as_str()).filter(|secret| !"[secret:mask]".contains(secret));
        assert_eq!(leak(&report, secrets), None, "{format}");
    }
}

/// Passwords such as `password`, `steps` or `1234`: every word that reports are made of, as a secret.
#[test]
fn a_secret_that_is_a_word_of_the_report_breaks_nothing() {
    let plain = reports_with("text", &Arc::new(Scrubber::new()));
    let words: BTreeSet<String> = plain
        .iter()
        .flat_map(|(_, report)| report.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.len() >= 4)
        .map(str::to_owned)
        .collect();
    assert!(words.len() > 60);
    for word in words {
        let scrubber = Arc::new(Scrubber::new());
        scrubber.learn(&format!("c.{word}"), &Secret::new(word.as_str()));
        for ((format, report), (_, before)) in reports_with(&format!("text {word}"), &scrubber).iter().zip(&plain) {
            assert!(report.contains("[secret:c."), "{format}: {word}");
            if *format == Format::Json {
                let json: serde_json::Value = serde_json::from_str(report).expect("it is JSON");
                let before: serde_json::Value = serde_json::from_str(before).expect("it is JSON");
                assert_eq!(json["summary"], before["summary"], "{word}");
                assert_eq!(json["scenarios"][0]["steps"][0]["verdict"], "inconclusive");
            }
        }
    }
}

#[test]
fn a_secret_too_short_to_be_masked_is_named() {
    let scrubber = Arc::new(Scrubber::new());
    scrubber.learn("ftp.password", &Secret::new("xyz"));
    let (report, finished) = report_of(Format::Human, run_with("text"), &scrubber);
    finished.expect("the report is written");
    assert!(
        report.contains("warning secret-too-short: `ftp.password` is too short to be masked in text of servers."),
        "{report}"
    );
}
