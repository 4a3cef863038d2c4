//! Conditions on an answer: `status`, `header`, `json`, `text`.

use crate::model::query::JsonQuery;

use super::address::header_name;
use super::code;
use super::page::{Page, Refusal};
use crate::model::probe::{HttpConditions, StatusMatch, ValueMatch};
use crate::yaml::secrecy::quoted;
use crate::yaml::{Field, Node, Shape, Words};

const MATCHES: &[Field] =
    &[Field::required("matches", &Shape::Text, "A regular expression that has to match somewhere in the value.")];

/// Text that has to be equal, `exists`, or a pattern.
const TEXT_MATCH: Shape = Shape::ByType(&[Shape::Map(MATCHES), Shape::Text]);

const FAMILIES: Words = Words {
    noun: "status",
    code: code::BAD_STATUS,
    list: || vec!["1xx", "2xx", "3xx", "4xx", "5xx"],
    help: Some("write a number from 100 to 599, or a family such as 2xx, without quotes"),
};

const STATUS: Shape = Shape::OneOrMore(&Shape::ByType(&[Shape::Whole(100, 599), Shape::Word(&FAMILIES)]));

/// A status: a number, a family such as `2xx`, or a list of them.
pub(super) const STATUS_FIELD: Field =
    Field::optional("status", &STATUS, "A status, a family such as 2xx, or a list of them.");

/// Headers of the answer.
pub(super) const HEADER_FIELD: Field =
    Field::optional("header", &Shape::MapOf(&TEXT_MATCH), "Headers: a value, `exists`, or {matches: REGEX}.");

/// Values in the JSON body.
pub(super) const JSON_FIELD: Field = Field::optional(
    "json",
    &Shape::MapOf(&Shape::Json),
    "JSONPath (RFC 9535) to a value, `exists`, or {matches: REGEX}.",
);

/// The body as text.
pub(super) const TEXT_FIELD: Field =
    Field::optional("text", &TEXT_MATCH, "The body as text: a value, or {matches: REGEX}.");

/// Conditions and nothing else.
pub(super) const CONDITIONS: Shape = Shape::Map(&[STATUS_FIELD, HEADER_FIELD, JSON_FIELD, TEXT_FIELD]);

/// Reads the conditions of a mapping; other keys are left alone.
pub(super) fn conditions(page: &mut Page<'_>, node: &Node) -> HttpConditions {
    let mut conditions = HttpConditions::default();
    let statuses = node.get("status").into_iter().flat_map(Node::one_or_more);
    conditions.status = statuses.filter_map(|item| status(item.text()?)).collect();
    for entry in node.get("header").into_iter().flat_map(Node::entries) {
        page.accept(entry.span, header_name(&entry.key));
        if let Some(wanted) = value(page, &entry.value) {
            conditions.headers.push((entry.key.to_ascii_lowercase().into(), wanted));
        }
    }
    for entry in node.get("json").into_iter().flat_map(Node::entries) {
        let path = page.accept(entry.span, json_path(&entry.key));
        if let (Some(path), Some(wanted)) = (path, value(page, &entry.value)) {
            conditions.json.push((path, wanted));
        }
    }
    conditions.text = node.get("text").and_then(|text| value(page, text)).map(Box::new);
    conditions.status.shrink_to_fit();
    conditions.headers.shrink_to_fit();
    conditions.json.shrink_to_fit();
    conditions
}

/// A number or a family; anything else has been reported by the checker.
fn status(text: &str) -> Option<StatusMatch> {
    match text.as_bytes() {
        [digit @ b'1'..=b'5', b'x', b'x'] => Some(StatusMatch::Family(digit - b'0')),
        _ => text.parse().ok().map(StatusMatch::Code),
    }
}

/// A wanted value: `exists`, `{matches: REGEX}`, or anything that has to be equal.
fn value(page: &mut Page<'_>, node: &Node) -> Option<ValueMatch> {
    if node.text() == Some("exists") {
        return Some(ValueMatch::Exists);
    }
    if let [only] = node.entries()
        && &*only.key == "matches"
        && let Some(pattern) = only.value.text()
    {
        page.accept(only.value.span, regular_expression(pattern))?;
        return Some(ValueMatch::Matches(pattern.into()));
    }
    Some(ValueMatch::Equals(node.to_json()))
}

/// A JSONPath. Its parser tries nested filters over and over, so their number is bounded before it sees them.
pub(super) fn json_path(text: &str) -> Result<JsonQuery, Refusal> {
    const LONGEST: usize = 512;
    const FILTERS: usize = 4;
    const BRACKETS: usize = 32;
    let count = |sign: char| text.matches(sign).count();
    if text.len() > LONGEST || count('?') > FILTERS || count('(') + count('!') > BRACKETS {
        let message = format!("{} is longer, or holds more filters, than a JSONPath may", quoted(text));
        let help = format!("at most {LONGEST} characters and {FILTERS} filters: look at a simpler value");
        return Err(Refusal::new(code::BAD_JSON_PATH, message, help));
    }
    JsonQuery::parse(text).map_err(|position| {
        let message = format!("{} is no JSONPath: it is understood up to character {position}", quoted(text));
        let help = if text.starts_with('$') {
            "RFC 9535 says how to write one: $.data[0].id, $.scopes[*], $['a key']"
        } else {
            "a JSONPath begins with $: $.data[0].id"
        };
        Refusal::new(code::BAD_JSON_PATH, message, help)
    })
}

/// A regular expression; it is compiled here only to see that it can be.
pub(super) fn regular_expression(pattern: &str) -> Result<(), Refusal> {
    let compiled = regex::Regex::new(pattern);
    compiled.map(drop).map_err(|error| {
        let (means, help) = match error {
            regex::Error::CompiledTooBig(_) => {
                ("is too large a regular expression", "repeat less: {1,1000} and the like add up")
            }
            _ => (
                "is no regular expression",
                "put a backslash before characters that are meant as they are: \\. \\( \\[ \\*",
            ),
        };
        Refusal::new(code::BAD_PATTERN, format!("{} {means}", quoted(pattern)), help)
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn hostile_paths_and_patterns_are_refused_at_once() {
        let begun = Instant::now();
        for text in [
            format!("$[?{}@.a{}]", "$[?".repeat(40), "]".repeat(40)),
            format!("$[?{}@.a{}]", "(".repeat(5000), ")".repeat(5000)),
            "$.a".repeat(10_000),
        ] {
            assert_eq!(json_path(&text).unwrap_err().code, code::BAD_JSON_PATH);
        }
        for pattern in
            ["(a{1000}){1000}".to_owned(), "(".repeat(5000), format!("{}{}", "(".repeat(5000), ")".repeat(5000))]
        {
            assert_eq!(regular_expression(&pattern).unwrap_err().code, code::BAD_PATTERN);
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert!(json_path("$.data[?@.name == 'a' && (@.id > 3)].id").is_ok());
    }
}
