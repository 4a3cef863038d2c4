//! Diagnostics as people and programs read them: in the manner of rustc, as JSON, as SARIF.
//!
//! Layout, colours and tabs are annotate-snippets' work; what is ours is order, escaping, and lines that are not shown because they may
//! hold a secret: those have a place and no source.

use std::borrow::Cow;
use std::cmp::Ordering;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use crate::model::diagnostic::{Diagnostic, Place, Severity};

const HIDDEN: &str = "the line is not shown: it may hold a secret";

/// All diagnostics, by file, line and column, each followed by an empty line.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    sorted(diagnostics).into_iter().map(|diagnostic| one(&renderer, diagnostic) + "\n\n").collect()
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by(|a, b| order(a, b));
    sorted
}

/// The order in which diagnostics are read: by file, line, column and code.
#[must_use]
pub fn order(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    let place = |diagnostic: &Diagnostic| diagnostic.place.as_ref().map(|place| (place.line, place.column));
    (&a.file, place(a), a.code).cmp(&(&b.file, place(b), b.code))
}

fn one(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&diagnostic.message);
    let file = visible(&diagnostic.file);
    let title = level.primary_title(&*message).id(diagnostic.code);
    let group = match &diagnostic.place {
        Some(place @ Place { source: Some(source), .. }) => with_source(Group::with_title(title), &file, place, source),
        Some(place) => {
            let origin = Origin::path(&*file).line(place.line as usize).char_column(place.column as usize);
            title.element(origin)
        }
        None => title.element(Origin::path(&*file)),
    };
    let hidden = diagnostic.place.as_ref().is_some_and(|place| place.source.is_none());
    let group = if hidden { group.element(Level::NOTE.message(HIDDEN)) } else { group };
    let help = diagnostic.help.as_deref().map(visible);
    let group = match &help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    };
    let message = renderer.render(&[group]);
    let shows_source = diagnostic.place.as_ref().is_some_and(|place| place.source.is_some());
    // Without a line number beside it, the arrow would stand at the margin.
    if shows_source { message } else { message.replace('\n', "\n ") }
}

fn with_source<'s>(group: Group<'s>, file: &'s str, place: &Place, source: &'s str) -> Group<'s> {
    let byte_of = |column: u32| {
        let characters = column.saturating_sub(1) as usize;
        source.char_indices().nth(characters).map_or(source.len(), |(at, _)| at)
    };
    let start = byte_of(place.column);
    let end = byte_of(place.column.saturating_add(place.width)).max(start);
    let snippet = Snippet::source(source).line_start(place.line as usize).path(file);
    group.element(snippet.annotation(AnnotationKind::Primary.span(start..end)))
}

/// Text with its control characters escaped: names of files and keys are not ours.
fn visible(text: &str) -> Cow<'_, str> {
    // Directional marks reorder what a person reads without being control characters.
    let unseen = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| if unseen(c) { c.escape_default().to_string() } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

/// How many errors and how many warnings there are.
#[must_use]
pub fn count(diagnostics: &[Diagnostic]) -> (usize, usize) {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    (errors, diagnostics.len() - errors)
}

/// The diagnostics for `check --format json`: version 1, fields are only ever added.
#[must_use]
pub fn json(diagnostics: &[Diagnostic]) -> Value {
    let (errors, warnings) = count(diagnostics);
    let rows: Vec<Value> = sorted(diagnostics).into_iter().map(row).collect();
    json!({"version": 1, "errors": errors, "warnings": warnings, "diagnostics": rows})
}

fn row(diagnostic: &Diagnostic) -> Value {
    let place = diagnostic.place.as_ref();
    json!({
        "severity": diagnostic.severity.name(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": &*diagnostic.file,
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "width": place.map(|place| place.width),
        "help": diagnostic.help,
    })
}

/// The diagnostics as SARIF 2.1.0, for code hosts that show it beside the lines.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic]) -> Value {
    let sorted = sorted(diagnostics);
    let mut codes: Vec<&str> = sorted.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.into_iter().map(|code| json!({"id": code})).collect();
    let results: Vec<Value> = sorted.into_iter().map(result).collect();
    let driver = json!({"name": "tugtest", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(diagnostic: &Diagnostic) -> Value {
    let mut location = json!({"artifactLocation": {"uri": uri(&diagnostic.file)}});
    if let Some(place) = &diagnostic.place {
        let end = place.column.saturating_add(place.width);
        location["region"] = json!({"startLine": place.line, "startColumn": place.column, "endColumn": end});
    }
    let text = match &diagnostic.help {
        Some(help) => format!("{}. {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    json!({
        "ruleId": diagnostic.code,
        "level": diagnostic.severity.name(),
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    })
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and slashes is percent-encoded.
fn uri(path: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    percent_encoding::utf8_percent_encode(path, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(line: u32, column: u32, width: u32, source: Option<&str>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: "unknown-key",
            message: "unknown key `conection`".to_owned(),
            file: "scenarios/a.yaml".into(),
            place: Some(Place { line, column, width, source: source.map(str::to_owned) }),
            help: Some("did you mean `connection`?".to_owned()),
        }
    }

    #[test]
    fn a_message_looks_like_one_of_rustc() {
        let rendered = render(&[diagnostic(4, 7, 9, Some("      conection: klaviyo-eu"))], false);
        let expected = "\
error[unknown-key]: unknown key `conection`
 --> scenarios/a.yaml:4:7
  |
4 |       conection: klaviyo-eu
  |       ^^^^^^^^^
  |
  = help: did you mean `connection`?

";
        assert_eq!(rendered, expected);
    }

    #[test]
    fn a_hidden_line_leaves_the_place() {
        let rendered = render(&[diagnostic(12, 3, 4, None)], false);
        let expected = "\
error[unknown-key]: unknown key `conection`
 --> scenarios/a.yaml:12:3
  = note: the line is not shown: it may hold a secret
  = help: did you mean `connection`?

";
        assert_eq!(rendered, expected);
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let long = format!("{}conection{}", "x".repeat(3000), "y".repeat(900));
        let rendered = render(&[diagnostic(4, 3001, 9, Some(&long))], false);
        assert!(rendered.contains(":4:3001\n") && rendered.contains("xconectiony") && rendered.contains("^^^^^^^^^\n"));
        assert!(rendered.lines().all(|line| line.chars().count() < 160), "{rendered}");
    }

    #[test]
    fn nothing_in_a_line_or_a_name_reaches_the_terminal_as_control() {
        let line = diagnostic(4, 3, 9, Some("\t\tconection: \u{1b}[31mred\u{202e}"));
        let name =
            Diagnostic { message: "a\u{1b}b\nc".to_owned(), file: "x\u{7}.yaml".into(), place: None, ..line.clone() };
        for rendered in [render(&[line], false), render(&[name], false)] {
            assert!(!rendered.contains(['\u{1b}', '\u{7}', '\t', '\u{202e}']), "{rendered}");
        }
    }

    #[test]
    fn places_that_the_line_does_not_have_are_no_trouble() {
        for place in [(900, 9, "short"), (1, 1, ""), (u32::MAX, u32::MAX, "x"), (2, 1, "日本語")] {
            assert!(render(&[diagnostic(4, place.0, place.1, Some(place.2))], true).contains("unknown key"));
        }
    }

    #[test]
    fn order_is_file_then_line_then_column() {
        let other = Diagnostic { file: "a.yaml".into(), ..diagnostic(9, 1, 1, None) };
        let all = [diagnostic(10, 1, 1, None), diagnostic(2, 5, 1, None), diagnostic(2, 1, 1, None), other];
        let json = json(&all);
        let places: Vec<_> =
            json["diagnostics"].as_array().unwrap().iter().map(|row| (&row["line"], &row["column"])).collect();
        assert_eq!(json!(places), json!([[9, 1], [2, 1], [2, 5], [10, 1]]));
        assert_eq!((&json["errors"], &json["warnings"]), (&json!(4), &json!(0)));
    }

    #[test]
    fn sarif_points_to_the_same_place() {
        let sarif = sarif(&[Diagnostic { file: "my scenarios/ä.yaml".into(), ..diagnostic(4, 7, 9, None) }]);
        let result = &sarif["runs"][0]["results"][0];
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "my%20scenarios/%C3%A4.yaml");
        assert_eq!(location["region"], json!({"startLine": 4, "startColumn": 7, "endColumn": 16}));
        assert_eq!((&result["ruleId"], &result["level"]), (&json!("unknown-key"), &json!("error")));
        assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"], json!([{"id": "unknown-key"}]));
    }
}
