//! The grammar of environment files: comments, `export`, quotes of both kinds, values of several lines. Nothing is expanded.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::NotRead;
use super::tray::{Label, Tray, is_showable};

/// An assignment.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: Zeroizing<String>,
    pub(super) label: Label,
}

/// A value as it is written.
struct Written {
    value: Zeroizing<String>,
    /// Why it cannot be taken.
    fault: Option<&'static str>,
}

const EXPANDS: &str = "refers to another variable or command in ${...} or $(...), which is not expanded; write the value out, or put it \
                       into single quotes if it is meant as it stands";
const PEM: &str = "has several lines without quotes; put the whole value into double quotes";
const TRAILING: &str = "has text after its closing quote; put all of the value into one pair of quotes";
const EMPTY: &str = "is empty; fill it in";

/// Reads the assignments that can be taken; the others are left out. Of several to one name, the last one counts, as in a shell.
pub(super) fn variables(text: &str, tray: &mut Tray<'_>) -> Result<Vec<Variable>, NotRead> {
    let mut scan = Scan { rest: text, line: 1 };
    let mut variables: Vec<Variable> = Vec::new();
    let mut latest: BTreeMap<String, usize> = BTreeMap::new();
    while !scan.rest.is_empty() {
        let line = scan.line;
        let first = scan.first();
        let begin = first.trim_start();
        let unnamed = Label::of(format!("line {line}"), Some(line));
        if begin.is_empty() || begin.starts_with('#') {
            scan.advance(first.len());
            continue;
        }
        let Some(equals) = first.find('=') else {
            tray.leave(
                &unnamed,
                "is no assignment; write NAME=value, and put values of several lines into double quotes",
            );
            scan.advance(first.len());
            continue;
        };
        let name = name(&first[..equals]);
        scan.advance(equals + 1);
        let Written { value, fault } = scan.value(first.chars().count())?;
        let Some(name) = name else {
            tray.leave(&unnamed, "has no name of a variable before its `=`; write NAME=value");
            continue;
        };
        let label = Label::of(shown(name, line), Some(line));
        if let Some(fault) = fault.or(value.is_empty().then_some(EMPTY)) {
            tray.leave(&label, fault);
            continue;
        }
        if let Some(before) = latest.insert(name.to_owned(), variables.len()) {
            let label = variables[before].label.clone();
            tray.leave(
                &label,
                format!("is assigned again in line {line}, and the last assignment counts; take this one out"),
            );
        }
        variables.push(Variable { name: name.to_owned(), value, label });
    }
    let mut at = 0..;
    variables.retain(|variable| at.next() == latest.get(&variable.name).copied());
    Ok(variables)
}

/// The name before an equals sign, `export` left out.
fn name(before: &str) -> Option<&str> {
    let before = before.trim();
    let exported = before.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    let name = exported.unwrap_or(before).trim_start();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (!name.is_empty() && name.len() <= 250 && name.bytes().all(fits)).then_some(name)
}

/// A name, unless it may be a piece of a value that lost its quotes: base64 mixes its letters, names of variables do not.
fn shown(name: &str, line: usize) -> String {
    let has = |case: fn(&u8) -> bool| name.as_bytes().iter().any(case);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    if mixed || !is_showable(name) { format!("line {line}") } else { name.to_owned() }
}

/// What is left of the text, and the line that it begins in.
struct Scan<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Scan<'t> {
    /// The rest of the line, with its line break.
    fn first(&self) -> &'t str {
        self.rest.split_inclusive('\n').next().unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }

    /// Reads a value up to the end of its last line. `width` is how long the whole first line is, to tell the column.
    fn value(&mut self, width: usize) -> Result<Written, NotRead> {
        let first = self.first();
        let blank = first.len() - first.trim_start_matches([' ', '\t']).len();
        let quote = first[blank..].chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else { return Ok(self.unquoted(first)) };
        let column = width - first[blank..].chars().count() + 1;
        let line = self.line;
        self.advance(blank + 1);
        let quoted = quoted(self.rest, quote);
        let Some((value, length, expands)) = quoted else {
            return Err(NotRead { line, column, why: "a quote is opened here and never closed" });
        };
        self.advance(length + 1);
        let after = self.first();
        self.advance(after.len());
        let after = after.trim();
        let trailing = !after.is_empty() && !after.starts_with('#');
        let fault = if trailing { Some(TRAILING) } else { expands.then_some(EXPANDS) };
        Ok(Written { value, fault })
    }

    fn unquoted(&mut self, first: &'t str) -> Written {
        self.advance(first.len());
        let comment = first.match_indices('#').find(|(at, _)| first[..*at].ends_with(char::is_whitespace));
        let value = first[..comment.map_or(first.len(), |(at, _)| at)].trim();
        let mut fault = (value.contains("${") || value.contains("$(")).then_some(EXPANDS);
        // The rest of a key without quotes is skipped with it: its lines are no variables.
        if value.starts_with("-----BEGIN") && !value.contains("-----END") {
            fault = Some(PEM);
            self.advance(rest_of_key(self.rest).unwrap_or_default());
        }
        Written { value: Zeroizing::new(value.to_owned()), fault }
    }
}

/// How long the rest of a PEM block is, its last line included. None where other lines stand in between.
fn rest_of_key(text: &str) -> Option<usize> {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        let line = line.trim();
        if line.starts_with("-----END") {
            return Some(length);
        }
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if !line.trim_end_matches('=').bytes().all(word) && !line.contains(": ") {
            return None;
        }
    }
    None
}

/// Reads up to the closing quote: the value, how long it is as written, and whether a shell would expand something in it.
fn quoted(text: &str, quote: char) -> Option<(Zeroizing<String>, usize, bool)> {
    let end = end_of(text, quote)?;
    let written = &text[..end];
    // Room for all of it from the beginning: a buffer that grows leaves copies behind.
    let mut value = Zeroizing::new(String::with_capacity(written.len()));
    let mut expands = false;
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\r', Some('\n')) => {}
            ('\\', Some(escaped)) if quote == '"' => {
                chars.next();
                match escaped {
                    'n' => value.push('\n'),
                    'r' => value.push('\r'),
                    't' => value.push('\t'),
                    '\\' | '"' | '$' => value.push(escaped),
                    // No escape of this grammar: both characters are meant.
                    other => value.extend(['\\', other]),
                }
            }
            (c, next) => {
                expands |= quote == '"' && c == '$' && matches!(next, Some('{' | '('));
                value.push(c);
            }
        }
    }
    Some((value, end, expands))
}

fn end_of(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let end = c == quote && !escaped;
        escaped = quote == '"' && c == '\\' && !escaped;
        end.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Imported, samples};

    fn read(text: &str) -> (Vec<(String, String)>, Imported) {
        let mut tray = Tray::new(&[], None);
        let variables = variables(text, &mut tray).unwrap();
        (variables.into_iter().map(|v| (v.name, v.value.to_string())).collect(), tray.into())
    }

    #[test]
    fn values_are_read_as_the_grammar_says() {
        for (text, value) in [
            ("A=canary", "canary"),
            ("A=canary\r\nB=x\r\n", "canary"),
            ("export A=canary", "canary"),
            ("  export\tA = canary  ", "canary"),
            ("A=canary # comment", "canary"),
            ("A=canary#1=2", "canary#1=2"),
            ("A=#canary", "#canary"),
            ("A=can'a\"ry", "can'a\"ry"),
            ("A='can\"ary # \\n ${X} $Y'", "can\"ary # \\n ${X} $Y"),
            ("A=\"can'ary # \\n\\r\\t\\\\\\\"\\$ \\x\" # comment", "can'ary # \n\r\t\\\"$ \\x"),
            (
                "A=\"-----BEGIN X-----\r\nYWJj+/=\r\n-----END X-----\"\nB=x",
                "-----BEGIN X-----\nYWJj+/=\n-----END X-----",
            ),
            ("A='canary\nsecond'", "canary\nsecond"),
            ("A=pa$$word", "pa$$word"),
            ("A=\"\u{fc}n\u{ef}\u{1f600}\"", "\u{fc}n\u{ef}\u{1f600}"),
        ] {
            let (variables, imported) = read(text);
            assert_eq!(variables[0], ("A".to_owned(), value.to_owned()), "{text}");
            assert_eq!(imported.left_out, [], "{text}");
        }
    }

    #[test]
    fn what_cannot_be_taken_is_left_out_and_the_rest_is_read() {
        for (text, what, line, words) in [
            ("A=x${canary}", "A", 1, "not expanded"),
            ("A=\"x $(canary)\"", "A", 1, "not expanded"),
            ("\nA=\"canary\" canary", "A", 2, "closing quote"),
            ("A=", "A", 1, "empty"),
            ("A=''", "A", 1, "empty"),
            ("A= # canary", "A", 1, "empty"),
            ("# canary\n\ncanary", "line 3", 3, "no assignment"),
            ("can ary=x", "line 1", 1, "no name"),
            ("Y2FuYXJ5=", "line 1", 1, "empty"),
            ("A=-----BEGIN X-----\nY2FuYXJ5\nY2Fu=\n-----END X-----", "A", 1, "double quotes"),
            ("A=-----BEGIN X-----\r\nProc-Type: 4,CANARY\r\n\r\nY2Fu\r\n-----END X-----\r", "A", 1, "double quotes"),
            ("A=canary\nA=2", "A", 1, "in line 2"),
        ] {
            let (variables, imported) = read(&format!("{text}\nZ=26"));
            assert_eq!(variables.last().map(|(name, value)| (&**name, &**value)), Some(("Z", "26")), "{text}");
            samples::because(&imported, what, words);
            assert_eq!((imported.left_out.len(), imported.left_out[0].line), (1, Some(line)), "{text}");
        }
        let open = "A=-----BEGIN X-----\nB=2\nC='-----BEGIN X-----\nY2Fu\n-----END X-----'";
        assert_eq!(read(open).0.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["B", "C"]);
        assert_eq!(read("A=1\nB=2\nA=3").0, [("B".to_owned(), "2".to_owned()), ("A".to_owned(), "3".to_owned())]);
    }

    #[test]
    fn an_open_quote_is_refused_with_its_place() {
        let mut tray = Tray::new(&[], None);
        for (text, line, column) in
            [("A=\"canary", 1, 3), ("B=1\n\u{e4} A = 'canary\nC=2", 2, 7), ("A=\"canary\\\"", 1, 3)]
        {
            let refused = variables(text, &mut tray).err().unwrap();
            assert_eq!((refused.line, refused.column), (line, column), "{text}");
        }
    }
}
