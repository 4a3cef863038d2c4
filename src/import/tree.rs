//! JSON in. A key that stands twice is refused: one of its two values would be lost.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::NotRead;
use super::tray::{Label, is_showable};

/// Reads JSON. What is wrong with it is said in our own words, as the parser's may quote it.
pub(super) fn read(text: &str) -> Result<Value, NotRead> {
    let parsed: Result<Tree, _> = serde_json::from_str(text);
    parsed.map(|Tree(value)| value).map_err(|error| {
        let why = match error.classify() {
            Category::Eof => "the JSON ends too early: a bracket, a brace or a quote is not closed",
            Category::Data => "a name stands twice in one JSON object; rename one of the two, or take it out",
            Category::Syntax | Category::Io => {
                "this is no JSON: look for a missing comma, quote or bracket here or before it"
            }
        };
        NotRead { line: error.line().max(1), column: error.column().max(1), why }
    })
}

/// One entry of a list or a mapping of connections.
pub(super) struct Named {
    /// The name, from the key or from the entry itself.
    pub(super) name: Option<String>,
    pub(super) label: Label,
    pub(super) value: Value,
}

/// The entries of a mapping NAME to value, or of a list whose entries state their own names. None where it is neither.
pub(super) fn entries(value: Value, name: impl Fn(&Map<String, Value>) -> Option<String>) -> Option<Vec<Named>> {
    let named: Vec<(Option<String>, Value)> = match value {
        Value::Object(map) => map.into_iter().map(|(key, value)| (Some(key), value)).collect(),
        Value::Array(list) => list.into_iter().map(|value| (value.as_object().and_then(&name), value)).collect(),
        _ => return None,
    };
    let entry = |(at, (name, value)): (usize, (Option<String>, Value))| {
        let shown = name.as_deref().filter(|name| is_showable(name));
        let label = Label::of(shown.map_or_else(|| format!("entry {}", at + 1), str::to_owned), None);
        Named { name, label, value }
    };
    Some(named.into_iter().enumerate().map(entry).collect())
}

/// A text of an object.
pub(super) fn text<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    map.get(key).and_then(Value::as_str)
}

/// A JSON value without keys that stand twice.
struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree(flag.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(Tree(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree(Value::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut read = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if read.contains_key(&key) {
                return Err(A::Error::custom("twice"));
            }
            let Tree(value) = map.next_value()?;
            read.insert(key, value);
        }
        Ok(Tree(Value::Object(read)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_it_is_and_refused_with_its_place() {
        let text = r#"{"a": [1, -2, 1.5, null, true, "q\"\u00e9\ud83d\ude00"]}"#;
        assert_eq!(read(text), Ok(serde_json::from_str(text).unwrap()));
        for (text, line, words) in [
            ("{\n\"a\": \"canary", 2, "too early"),
            ("{\"a\": 1,\n \"a\": 2}", 2, "twice"),
            ("{\"a\":\n\ncanary}", 3, "no JSON"),
            ("", 1, "too early"),
            ("{} {}", 1, "no JSON"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.line == line && refused.why.contains(words), "{text}: {refused:?}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
    }
}
