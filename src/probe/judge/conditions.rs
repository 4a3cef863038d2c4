//! Conditions on an answer: whether all hold, and which is the first that does not.

use std::borrow::Cow;

use regex::RegexBuilder;
use serde_json::Value;

use crate::model::probe::{HttpConditions, StatusMatch, ValueMatch};
use crate::model::scrub::Scrubber;

use super::answer::Answer;

/// The largest compiled expression, in bytes; one that is larger does not match.
const EXPRESSION: usize = 1 << 20;

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unmet {
    /// What was wanted: `` `$.data[0].id` to be there ``.
    pub(crate) expected: String,
    /// What there is instead, scrubbed: `nothing`.
    pub(crate) actual: String,
}

/// Whether all conditions hold. None at all hold for nothing.
pub(crate) fn hold(conditions: &HttpConditions, answer: &Answer, scrubber: &Scrubber) -> bool {
    !conditions.is_empty() && first_unmet(conditions, answer, scrubber).is_none()
}

/// The first condition that does not hold.
pub(crate) fn first_unmet(conditions: &HttpConditions, answer: &Answer, scrubber: &Scrubber) -> Option<Unmet> {
    status(&conditions.status, answer)
        .or_else(|| conditions.headers.iter().find_map(|(name, wanted)| header(name, wanted, answer, scrubber)))
        .or_else(|| conditions.json.iter().find_map(|(path, wanted)| json(path, wanted, answer, scrubber)))
        .or_else(|| conditions.text.as_ref().and_then(|wanted| text(wanted, answer, scrubber)))
}

fn status(wanted: &[StatusMatch], answer: &Answer) -> Option<Unmet> {
    if wanted.is_empty() || wanted.iter().any(|wanted| wanted.matches(answer.status())) {
        return None;
    }
    let names: Vec<_> = wanted
        .iter()
        .map(|wanted| match wanted {
            StatusMatch::Code(code) => code.to_string(),
            StatusMatch::Family(digit) => format!("{digit}xx"),
        })
        .collect();
    Some(Unmet { expected: format!("status {}", names.join(" or ")), actual: answer.status().to_string() })
}

fn header(name: &str, wanted: &ValueMatch, answer: &Answer, scrubber: &Scrubber) -> Option<Unmet> {
    let values = answer.response.headers.get_all(name);
    let mut values = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).peekable();
    let actual = values.peek().map(|first| answer.quote_value(first, scrubber));
    let met = values.any(|value| match wanted {
        ValueMatch::Exists => true,
        ValueMatch::Equals(wanted) => is_header(&value, &plain(wanted)),
        ValueMatch::Matches(pattern) => matches(pattern, &value),
    });
    unmet(met, &format!("header `{name}`"), wanted, actual)
}

/// Whether a header's value is this one, its parameters left aside (RFC 9110 section 8.3.1: `application/json; charset=utf-8`).
fn is_header(value: &str, wanted: &str) -> bool {
    let without_parameters = value.split(';').next().unwrap_or_default().trim();
    value.trim() == wanted || without_parameters.eq_ignore_ascii_case(wanted)
}

fn json(
    path: &crate::model::query::JsonQuery,
    wanted: &ValueMatch,
    answer: &Answer,
    scrubber: &Scrubber,
) -> Option<Unmet> {
    let Some(body) = answer.json() else {
        let what = if answer.response.truncated { "more than may be read, cut in the middle" } else { "no JSON" };
        return unmet(false, &format!("`{path}`"), wanted, Some(what.to_owned()));
    };
    let nodes = path.query(body);
    let met = nodes.iter().any(|node| match wanted {
        ValueMatch::Exists => !node.is_null(),
        ValueMatch::Equals(wanted) => equal(node, wanted),
        ValueMatch::Matches(pattern) => matches(pattern, &plain(node)),
    });
    let actual = nodes.first().map(|node| answer.quote_value(&plain(node), scrubber));
    unmet(met, &format!("`{path}`"), wanted, actual)
}

fn text(wanted: &ValueMatch, answer: &Answer, scrubber: &Scrubber) -> Option<Unmet> {
    let text = answer.text();
    let met = match wanted {
        ValueMatch::Exists => !text.trim().is_empty(),
        ValueMatch::Equals(wanted) => text.trim() == plain(wanted).trim(),
        ValueMatch::Matches(pattern) => matches(pattern, &text),
    };
    unmet(met, "the body", wanted, answer.quote(scrubber))
}

fn unmet(met: bool, what: &str, wanted: &ValueMatch, actual: Option<String>) -> Option<Unmet> {
    let expected = match wanted {
        ValueMatch::Exists => format!("{what} to be there"),
        ValueMatch::Equals(wanted) => format!("{what} to be `{}`", plain(wanted)),
        ValueMatch::Matches(pattern) => format!("{what} to match `{pattern}`"),
    };
    (!met).then(|| Unmet { expected, actual: actual.unwrap_or_else(|| "nothing".to_owned()) })
}

/// A value as text: strings without their quotes.
fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Equality of JSON values; 1 and 1.0 are the same number.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    RegexBuilder::new(pattern).size_limit(EXPRESSION).build().is_ok_and(|expression| expression.is_match(text))
}
