//! Text to a tree with places, within a budget. The only file that names the YAML crate.
//!
//! The crate's event stream is used, not its serde front: events carry exact spans and tell quoted from plain scalars, which is what
//! diagnostics need, and a tree of them costs a few microseconds a file. Values are typed later, by what is wanted where they stand.

use serde_yaml::granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span as EventSpan};

use super::build::{Builder, MAX_DEPTH, Properties, too_deep};
use super::fault::{SYNTAX, SyntaxError, TOO_COMPLEX};
use super::node::{Span, Tree, Value};
use super::scalar::Scalar;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Reads a text into a tree.
///
/// # Errors
/// The first place where the text stops being YAML, or where it exceeds a budget: its length, its depth, its number of values.
pub fn parse(text: &str) -> Result<Tree, SyntaxError> {
    if text.len() > MAX_BYTES {
        let span = Span { start: 0, end: 0, line: 1, column: 1 };
        let message = "the file is longer than 1 MiB";
        return Err(SyntaxError { code: TOO_COMPLEX, span, message, help: "split the file" });
    }
    let mut options = Options::default();
    options.emit_comments = false;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut builder = Builder::default();
    let mut second_document = None;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| refused(&error, text))?;
        if builder.has_root() && matches!(event, Event::DocumentStart(..)) {
            second_document = Some(place(&span));
            break;
        }
        take(&mut builder, event, place(&span), text)?;
    }
    let aliases = builder.has_aliases();
    Ok(Tree { root: builder.into_root(), second_document, aliases })
}

fn take(builder: &mut Builder, event: Event<'_>, span: Span, text: &str) -> Result<(), SyntaxError> {
    match event {
        Event::Scalar(value, style, anchor, tag) => {
            let plain = style == ScalarStyle::Plain;
            let scalar = Scalar::new(value, plain).cut(plain && is_cut(text, span));
            builder.scalar(scalar, span, Properties { anchor, tagged: tag.is_some() })
        }
        Event::SequenceStart(_, anchor, tag) => {
            builder.start(Value::List(Vec::new()), span, Properties { anchor, tagged: tag.is_some() })
        }
        Event::MappingStart(_, anchor, tag) => {
            builder.start(Value::Map(Vec::new()), span, Properties { anchor, tagged: tag.is_some() })
        }
        Event::SequenceEnd | Event::MappingEnd => builder.end(span),
        Event::Alias(anchor) => builder.alias(anchor, span),
        _ => Ok(()),
    }
}

/// Whether a comment follows a plain scalar on its line, with no space after the `#`: `a #b`.
fn is_cut(text: &str, span: Span) -> bool {
    let rest = text.get(span.end as usize..).unwrap_or_default();
    let after = rest.trim_start_matches([' ', '\t']);
    let comment = after.strip_prefix('#').filter(|_| after.len() < rest.len() && span.start < span.end);
    comment.and_then(|comment| comment.chars().next()).is_some_and(|first| !first.is_whitespace() && first != '#')
}

/// Offsets fit: the text is at most [`MAX_BYTES`] long.
fn place(span: &EventSpan) -> Span {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let byte = |marker: &Marker| narrow(marker.byte_offset().unwrap_or_default());
    Span {
        start: byte(&span.start),
        end: byte(&span.end).max(byte(&span.start)),
        line: narrow(span.start.line()).max(1),
        column: narrow(span.start.col()).saturating_add(1),
    }
}

/// Our own words: the parser's may quote the text.
fn refused(error: &ScanError, text: &str) -> SyntaxError {
    let span = place(&EventSpan::new(*error.marker(), *error.marker()));
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(span);
    }
    let (message, help) = words(error.kind());
    let refused = SyntaxError { code: SYNTAX, span, message, help };
    match error.kind() {
        ErrorKind::MappingValueNotAllowed if ends_first_key(text, span) => SyntaxError {
            span: first_key(text, span),
            message: "this line continues the value above it, and cannot begin with a key",
            help: "indent it like the other keys; if a bracket is open above, close it",
            ..refused
        },
        ErrorKind::TabInPlainScalar | ErrorKind::TabInIndentation | ErrorKind::TabInBlockIndentation => {
            SyntaxError { span: tab(text, span).unwrap_or(span), ..refused }
        }
        _ => refused,
    }
}

/// The text of a line before a place in it.
fn before(text: &str, span: Span) -> &str {
    let until = text.get(..span.start as usize).unwrap_or_default();
    &until[until.rfind('\n').map_or(0, |newline| newline + 1)..]
}

/// Whether a colon ends the first word of its line.
fn ends_first_key(text: &str, colon: Span) -> bool {
    let line = before(text, colon);
    let word = line.trim_start();
    word.len() < line.len() && !word.is_empty() && !word.contains([' ', ':', '[', '{', '"', '\''])
}

/// The word that a colon ends.
fn first_key(text: &str, colon: Span) -> Span {
    let word = before(text, colon).trim_start();
    let (bytes, characters) = (word.len(), word.chars().count());
    let narrow = |number: usize| u32::try_from(number).unwrap_or_default();
    let column = colon.column.saturating_sub(narrow(characters)).max(1);
    Span { start: colon.start.saturating_sub(narrow(bytes)), end: colon.start, column, ..colon }
}

/// The first tab that indents a line, from a place on: the parser points to the value before it.
fn tab(text: &str, from: Span) -> Option<Span> {
    let begin = from.start as usize - before(text, from).len();
    let mut offset = begin;
    for (line, number) in text.get(begin..)?.split_inclusive('\n').zip(from.line..) {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(at) = line[..indentation].find('\t') {
            let start = u32::try_from(offset + at).ok()?;
            return Some(Span { start, end: start + 1, line: number, column: u32::try_from(at).ok()? + 1 });
        }
        offset += line.len();
    }
    None
}

const QUOTE_IT: &str = "put quotes around a value that holds `: `, ` #`, or starts with one of @ ` % * & ! | > [ ] { }";
const SEPARATE: &str =
    "put commas between entries, and quotes around a value that holds `: `, ` #`, a comma or a bracket";
const INDENT: &str = "indent with spaces, the entries of one list or mapping all alike";
const BRACKETS: &str =
    "close every bracket, and put quotes around a value that holds ` #`: the rest of its line is a comment";

fn words(kind: &ErrorKind) -> (&'static str, &'static str) {
    use ErrorKind as K;
    match kind {
        K::UnclosedFlowCollection { .. }
        | K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping => ("a bracket is opened and never closed", BRACKETS),
        K::MisplacedFlowCollectionEnd | K::MismatchedFlowCollectionEnd { .. } => {
            ("this bracket closes nothing that is open", BRACKETS)
        }
        K::ExpectedFlowMappingSeparator | K::ExpectedFlowSequenceSeparator => {
            ("a comma or a closing bracket is missing before this", SEPARATE)
        }
        K::UnclosedQuotedScalar | K::DocumentIndicatorInQuotedScalar => {
            ("a quote is opened and never closed", "close it; inside single quotes, write '' for '")
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
            ("text follows a closing quote", "put the whole value inside the quotes")
        }
        K::TabNotAllowed | K::TabInBlockIndentation | K::TabInIndentation | K::TabInPlainScalar => {
            ("a tab stands where YAML wants spaces", "indent with spaces")
        }
        K::InvalidIndentation
        | K::InvalidBlockScalarIndent
        | K::InvalidQuotedScalarIndent
        | K::InvalidFlowScalarIndent
        | K::ExpectedBlockSequenceEntry
        | K::BlockSequenceEntryNotAllowed => ("the indentation fits no line above", INDENT),
        K::MappingValueNotAllowed | K::InvalidColonPlacement | K::MappingKeyNotAllowed => {
            ("a colon stands where no key can end", QUOTE_IT)
        }
        K::ExpectedBlockMappingKey | K::SimpleKeyExpected | K::InvalidSimpleKey => (
            "`key: value` is expected here",
            "write a key, a colon and a space; check the indentation of the lines above",
        ),
        K::UnexpectedCharacter { .. } | K::PlainScalarStartsWithDashFlowIndicator => {
            ("a value cannot start with this character", QUOTE_IT)
        }
        K::UnknownAnchor => ("an alias names an anchor that is not defined above it", "write the value out"),
        K::UnknownQuotedScalarEscape | K::InvalidQuotedScalarHexEscape | K::InvalidUnicodeEscape => {
            ("an escape in double quotes is not known", "write \\\\ for a backslash, or use single quotes")
        }
        K::UnexpectedEof | K::UnexpectedEofBlockMapping | K::UnexpectedEofBlockSequence => {
            ("the file ends too early", "look at the last lines: something is not closed")
        }
        _ => ("this is not YAML", "check the quotes, brackets and indentation here"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn everything_knows_its_place() {
        let text = "app: klaviyo\nsteps:\n  - name: ä öde\n    tags: [a, 'b c']\n";
        let tree = parse(text).unwrap();
        let steps = tree.root.entry("steps").unwrap();
        assert_eq!((steps.span.line, steps.span.column), (2, 1));
        let step = &steps.value.items()[0];
        assert_eq!((step.span.line, step.span.column), (3, 5));
        assert_eq!(step.get("name").unwrap().span.slice(text), "ä öde");
        let tags = step.get("tags").unwrap();
        assert_eq!(tags.span.slice(text), "[a, 'b c']");
        assert_eq!(tags.items()[1].text(), Some("b c"));
        assert_eq!((tags.items()[1].span.line, tags.items()[1].span.column), (4, 15));
        assert!(steps.value.span.holds(&tags.span));
    }

    #[test]
    fn plain_words_keep_their_text_and_quotes_make_text() {
        let tree = parse("a: 0123\nb: no\nc: 1e5\nd: null\ne: 'null'\nf:\n").unwrap();
        let text = |key: &str| tree.root.get(key).unwrap().text();
        assert_eq!([text("a"), text("b"), text("c")], [Some("0123"), Some("no"), Some("1e5")]);
        assert_eq!([text("d"), text("e"), text("f")], [None, Some("null"), None]);
    }

    #[test]
    fn a_comment_that_cuts_is_marked() {
        let tree = parse("a: x #y\nb: x # y\nc: 'x' #y\nd: x#y\ne: [p #q\n  ]\n").unwrap();
        let cut = |key: &str| tree.root.get(key).unwrap().one_or_more()[0].scalar().unwrap().is_cut();
        assert_eq!(["a", "b", "c", "d", "e"].map(cut), [true, false, false, false, true]);
    }

    #[test]
    fn repeated_keys_and_second_documents_are_kept_apart() {
        let tree = parse("a: 1\na: 2\n---\nb: 1\n").unwrap();
        assert_eq!(tree.root.entries().len(), 2);
        assert_eq!(tree.second_document.unwrap().line, 3);
        assert!(parse("---\na: 1\n...\n").unwrap().second_document.is_none());
    }

    #[test]
    fn aliases_stand_where_they_are_used() {
        let tree = parse("a: &x {k: v}\nb: *x\n").unwrap();
        assert!(tree.aliases);
        let entry = tree.root.get("b").unwrap().entry("k").unwrap();
        assert_eq!((entry.span.line, entry.span.column, entry.value.text()), (2, 4, Some("v")));
    }

    /// Nine levels of nine: 9^9 values if it were built.
    #[test]
    fn hostile_texts_are_refused_at_once() {
        let level = |level: u32| {
            let repeated = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("a{level}: &a{level} [{repeated}]")
        };
        let bomb = format!("a0: &a0 [x]\n{}\n", (1..10).map(level).collect::<Vec<_>>().join("\n"));
        let deep_block: Vec<String> = (0..1000).map(|depth| format!("{}a:", " ".repeat(depth))).collect();
        let cases = [
            (bomb, TOO_COMPLEX),
            ("[".repeat(100_000), TOO_COMPLEX),
            ("{a: ".repeat(100_000), TOO_COMPLEX),
            (deep_block.join("\n"), TOO_COMPLEX),
            ("- a\n".repeat(20_001), TOO_COMPLEX),
            ("- ".repeat(100_000), TOO_COMPLEX),
            ("x".repeat(MAX_BYTES + 1), TOO_COMPLEX),
            ("a: &a [*a]\n".to_owned(), SYNTAX),
            ("? [a]\n: b\n".to_owned(), SYNTAX),
        ];
        for (text, code) in cases {
            let begun = Instant::now();
            let error = parse(&text).unwrap_err();
            assert_eq!(error.code, code, "{}", error.message);
            assert!(begun.elapsed() < Duration::from_secs(1), "{} took {:?}", error.message, begun.elapsed());
        }
    }

    #[test]
    fn syntax_errors_point_to_the_place() {
        let at =
            |text: &str| parse(text).map_err(|error| (error.span.line, error.span.column, error.message)).unwrap_err();
        assert_eq!(at("a: {b: c\nd: e\n").2, "a comma or a closing bracket is missing before this");
        assert_eq!(at("a: 'b\n"), (1, 4, "a quote is opened and never closed"));
        assert_eq!(at("a: b: c\n"), (1, 5, "a colon stands where no key can end"));
        assert_eq!(at("a: 1\n\tb: 2\n").2, "a tab stands where YAML wants spaces");
        assert_eq!(at("a: @b\n"), (1, 4, "a value cannot start with this character"));
        assert_eq!(at("a: *b\n"), (1, 4, "an alias names an anchor that is not defined above it"));
    }
}
