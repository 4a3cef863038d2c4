//! Values to text: what is written here is read back as the same value.

use std::fmt::Write as _;

use super::node::{Node, Value};
use super::scalar::{Kind, Scalar};

/// Text as a scalar: plain where that is safe, in quotes otherwise.
#[must_use]
pub fn text(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A JSON value, on one line.
#[must_use]
pub fn json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(string) => text(string),
        serde_json::Value::Array(items) => list(items.iter().map(json)),
        serde_json::Value::Object(entries) => map(entries.iter().map(|(key, value)| (text(key), json(value)))),
        other => other.to_string(),
    }
}

/// A value that was read, on one line. Numbers and truth values stay as they were written.
#[must_use]
pub fn node(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) if scalar.kind() == Kind::Text => text(scalar.text()),
        Value::Scalar(scalar) => scalar.text().to_owned(),
        Value::List(items) => list(items.iter().map(self::node)),
        Value::Map(entries) => map(entries.iter().map(|entry| (text(&entry.key), self::node(&entry.value)))),
    }
}

/// Lines as a literal block, for after a key; `indent` is put before each.
#[must_use]
pub fn block(text: &str, indent: &str) -> String {
    let mut block = String::from("|");
    for line in text.lines() {
        let _ = write!(block, "\n{indent}{line}");
    }
    block
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn map(entries: impl Iterator<Item = (String, String)>) -> String {
    format!("{{{}}}", entries.map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", "))
}

/// Whether text can stand without quotes, also between brackets.
fn is_plain(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || " _./@+-".contains(c);
    let address =
        text.split_once("://").map_or(text, |(scheme, rest)| if inner_all(scheme, inner) { rest } else { text });
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && !text.ends_with(' ')
        && inner_all(address, inner)
        && Scalar::new(text, true).kind() == Kind::Text
}

fn inner_all(text: &str, inner: impl Fn(char) -> bool) -> bool {
    text.chars().all(inner)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::parse;

    #[test]
    fn what_needs_no_quotes_has_none() {
        for plain in ["klaviyo-eu", "Klaviyo store", "https://a.klaviyo.com/x", "/run/secrets/key", "2026-10"] {
            assert_eq!(text(plain), plain);
        }
        for quoted in
            ["", "no#", "true", "21", "null", "a: b", "Klaviyo, EU", " a", "a ", "-", "ä", "{x}", "a:b", "1e5"]
        {
            assert!(text(quoted).starts_with('"'), "{quoted}");
        }
        assert_eq!(
            json(&serde_json::json!({"header": "X-Api-Key", "n": [1, true]})),
            "{header: X-Api-Key, n: [1, true]}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(word in any::<String>()) {
            for written in [format!("a: {}\n", text(&word)), format!("{{a: {}, b: c}}\n", text(&word))] {
                let tree = parse(&written);
                let read = tree.as_ref().ok().and_then(|tree| tree.root.get("a")).and_then(Node::text);
                prop_assert_eq!(read, Some(word.as_str()), "{}", written);
            }
        }
    }
}
