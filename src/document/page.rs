//! The page: one file while it is being read, and what is wrong with it so far.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{Loaded, code};
use crate::model::diagnostic::{Diagnostic, Place, Severity};
use crate::yaml::secrecy::line_may_hold_secret;
use crate::yaml::{self, Fault, Name, Node, Shape, Span, Tree, Value};

/// More mistakes than this in one file are counted, not listed.
const MOST: usize = 200;
/// A longer source line is not shown at all, in bytes.
const LONGEST_LINE: usize = 4096;

/// What ends a line in YAML 1.2.
const BREAKS: [char; 2] = ['\n', '\r'];

/// How many lines a text goes on for after its first.
fn line_breaks(text: &str) -> u32 {
    let all = text.matches(BREAKS).count() - text.matches("\r\n").count();
    u32::try_from(all).unwrap_or(u32::MAX)
}

/// A line up to the first comment after a place in it.
fn without_comment(line: &str, from: usize) -> &str {
    let rest = &line[from..];
    let comment = rest.match_indices('#').find(|(at, _)| rest[..*at].ends_with([' ', '\t'])).map(|(at, _)| from + at);
    comment.map_or(line, |at| line[..at].trim_end())
}

/// Which source lines a message may show.
#[derive(Debug)]
enum Shown {
    /// None: the file holds secrets, and it is not known where.
    Nothing,
    /// All but those that look as if they held a secret.
    Cautiously,
    /// The same, but neither these lines nor comments.
    AllBut(Vec<RangeInclusive<u32>>),
}

/// A mistake that a check of a single text found; the page knows where.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Refusal { code, message: message.into(), help: help.into() }
    }
}

/// Whether a help names a known word that was meant.
fn is_hint(help: &str) -> bool {
    help.starts_with("did you mean")
}

/// One file while it is being read.
#[derive(Debug)]
pub(super) struct Page<'t> {
    file: Arc<str>,
    text: &'t str,
    shown: Shown,
    /// Whether a key that nobody knows may be a secret that lost its own.
    secret: bool,
    diagnostics: Vec<Diagnostic>,
    /// Where errors are, in bytes.
    errors: Vec<u32>,
    unlisted: usize,
}

impl<'t> Page<'t> {
    /// A page whose lines may be shown, with care.
    pub(super) fn new(text: &'t str, file: &str) -> Self {
        let shown = Shown::Cautiously;
        Page { file: file.into(), text, shown, secret: false, diagnostics: Vec::new(), errors: Vec::new(), unlisted: 0 }
    }

    /// A page that shows none of its lines until [`Page::hide_all_but`] says which it may.
    pub(super) fn secret(text: &'t str, file: &str) -> Self {
        Page { shown: Shown::Nothing, secret: true, ..Page::new(text, file) }
    }

    pub(super) const fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Reads the text. What stands in the way of that is reported; so are tags and values that a comment seems to cut.
    pub(super) fn parse(&mut self) -> Option<Tree> {
        let tree = match yaml::parse(self.text) {
            Ok(tree) => tree,
            Err(error) => {
                self.error(error.code, error.span, error.message, error.help);
                return None;
            }
        };
        if let Some(second) = tree.second_document {
            let message = "a second document begins here, and is not read";
            self.error(code::SEVERAL_DOCUMENTS, second, message, "put it into a file of its own");
        }
        if tree.root.is_null() {
            self.error_of_file(code::EMPTY_FILE, "the file holds nothing", "write something, or delete the file");
            return None;
        }
        Some(tree)
    }

    /// Hides every line that an entry of the root stands on, unless its key is one of these.
    pub(super) fn hide_all_but(&mut self, tree: &Tree, open: &[&str]) {
        if tree.aliases || !matches!(tree.root.value, Value::Map(_)) {
            return;
        }
        let closed = tree.root.entries().iter().filter(|entry| !open.contains(&&*entry.key));
        let lines = closed.map(|entry| {
            let covered = Span { start: entry.span.start, end: entry.value.span.end, ..entry.span }.slice(self.text);
            entry.span.line..=entry.span.line.saturating_add(line_breaks(covered.trim_end()))
        });
        self.shown = Shown::AllBut(lines.collect());
    }

    /// Checks a value against its shape.
    pub(super) fn check(&mut self, node: &Node, shape: &Shape, name: Name<'_>) {
        let mut faults = Vec::new();
        yaml::check(node, shape, name, &mut faults);
        for fault in faults {
            self.fault(fault);
        }
    }

    /// Reports what the checker found. On a page with secrets a key is quoted only when it resembles a known one.
    pub(super) fn fault(&mut self, mut fault: Fault) {
        if self.secret && fault.code == yaml::fault::UNKNOWN_KEY && !fault.help.as_deref().is_some_and(is_hint) {
            fault.message = String::from("this key is not known here");
        } else if self.secret
            && fault.code == yaml::fault::DUPLICATE_KEY
            && let Some((_, rest)) = fault.message.split_once(" stands here")
        {
            fault.message = format!("this key stands here{rest}");
        }
        self.report(Severity::Error, fault.code, Some(fault.span), fault.message, fault.help);
    }

    /// Reports an error.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Severity::Error, code, Some(span), message.into(), Some(help.into()));
    }

    /// Reports an error on a line that holds what may be a secret: the place is said, and nothing of the line is shown.
    pub(super) fn error_unseen(&mut self, code: &'static str, span: Span, message: &str, help: &str) {
        let shown = std::mem::replace(&mut self.shown, Shown::Nothing);
        self.error(code, span, message, help);
        self.shown = shown;
    }

    /// Reports an error of the file as a whole.
    pub(super) fn error_of_file(&mut self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.report(Severity::Error, code, None, message.into(), Some(help.into()));
    }

    /// Reports something that works but should not stay.
    pub(super) fn warn(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.report(Severity::Warning, code, Some(span), message.into(), Some(help.into()));
    }

    /// The value, or a report of why there is none.
    pub(super) fn accept<V>(&mut self, span: Span, checked: Result<V, Refusal>) -> Option<V> {
        match checked {
            Ok(value) => Some(value),
            Err(Refusal { code, message, help }) => {
                self.error(code, span, message, help);
                None
            }
        }
    }

    /// Whether something in this part of the file is wrong.
    pub(super) fn is_broken(&self, span: &Span) -> bool {
        self.errors.iter().any(|at| (span.start..=span.end).contains(at))
    }

    /// Whether more mistakes than are listed have been found: no more effort is worth it.
    pub(super) fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST
    }

    /// Whether anything is wrong.
    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Warns of plain values that a comment seems to cut, and refuses tags, anywhere below.
    pub(super) fn lint(&mut self, node: &Node) {
        if node.tagged {
            let help = "take the tag away: what a value is follows from where it stands";
            self.error(yaml::fault::TAG, node.span, "this value carries a tag, and tags are not read", help);
        }
        match &node.value {
            Value::Scalar(scalar) if scalar.is_cut() => {
                let message = "the value ends before ` #`, where a comment begins";
                let help = "put quotes around the whole value, or a space after the # of a comment";
                self.warn(code::CUT_VALUE, node.span, message, help);
            }
            Value::Scalar(_) => {}
            Value::List(items) => items.iter().for_each(|item| self.lint(item)),
            Value::Map(entries) => entries.iter().for_each(|entry| self.lint(&entry.value)),
        }
    }

    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Option<Span>,
        message: String,
        help: Option<String>,
    ) {
        if severity == Severity::Error {
            self.errors.push(span.map_or(0, |span| span.start));
        }
        if self.is_full() {
            self.unlisted += 1;
            return;
        }
        let place = span.map(|span| self.place(span));
        // Two checks may come upon the same mistake.
        let known = |other: &Diagnostic| other.code == code && other.place == place && other.message == message;
        if self.diagnostics.iter().any(known) {
            return;
        }
        self.diagnostics.push(Diagnostic { severity, code, message, file: Arc::clone(&self.file), place, help });
    }

    /// A part of the page, as a diagnostic points to it.
    pub(super) fn place(&self, span: Span) -> Place {
        let source = self.source_line(span);
        let first_line = span.slice(self.text).split(BREAKS).next().unwrap_or_default().trim_end();
        // The length of what is not shown is nobody's business either.
        let shown = source.as_ref().map_or(1, |_| first_line.chars().count());
        let width = u32::try_from(shown).unwrap_or(u32::MAX).max(1);
        Place { line: span.line, column: span.column, width, source }
    }

    fn source_line(&self, span: Span) -> Option<String> {
        let at = (span.start as usize).min(self.text.len());
        let begin = self.text[..at].rfind(BREAKS).map_or(0, |found| found + 1);
        let end = self.text[at..].find(BREAKS).map_or(self.text.len(), |found| at + found);
        let line = match &self.shown {
            Shown::Nothing => return None,
            Shown::AllBut(hidden) if hidden.iter().any(|lines| lines.contains(&span.line)) => return None,
            Shown::AllBut(_) => without_comment(&self.text[begin..end], at - begin),
            Shown::Cautiously => &self.text[begin..end],
        };
        let line = line.trim_start_matches('\u{feff}');
        (line.len() <= LONGEST_LINE && !line_may_hold_secret(line)).then(|| line.to_owned())
    }

    /// Puts the page down.
    pub(super) fn finish<V>(mut self, value: Option<V>) -> Loaded<V> {
        if self.unlisted > 0 {
            let message = format!("{} more mistakes are not listed", self.unlisted);
            self.unlisted = 0;
            let (code, file) = (code::TOO_MANY, Arc::clone(&self.file));
            let help = Some("mend the first ones and check again".to_owned());
            self.diagnostics.push(Diagnostic { severity: Severity::Error, code, message, file, place: None, help });
        }
        let order = |diagnostic: &Diagnostic| {
            diagnostic.place.as_ref().map_or((u32::MAX, 0), |place| (place.line, place.column))
        };
        self.diagnostics.sort_by_key(order);
        Loaded { value, diagnostics: self.diagnostics }
    }
}

/// The texts of a list, or the one text in its place.
pub(super) fn texts(node: Option<&Node>) -> Vec<Box<str>> {
    node.into_iter().flat_map(Node::one_or_more).filter_map(Node::text).map(Into::into).collect()
}
