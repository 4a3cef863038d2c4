//! The tree: what was written, and where.

use super::scalar::{Kind, Scalar};

/// A part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// The line of the first byte, from 1.
    pub line: u32,
    /// The column of the first byte in characters, from 1.
    pub column: u32,
}

impl Span {
    /// Whether another span begins in this one.
    #[must_use]
    pub const fn holds(&self, other: &Span) -> bool {
        self.start <= other.start && other.start < self.end
    }

    /// The text that it covers.
    #[must_use]
    pub fn slice<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A whole file.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Its first document. An empty file is a null.
    pub root: Node,
    /// Where a second document begins, which no file of ours may have.
    pub second_document: Option<Span>,
    /// Whether an alias copies a part of the text to another place.
    pub aliases: bool,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands; for everything that an alias brings in, the alias.
    pub span: Span,
    /// What stands there.
    pub value: Value,
    /// Whether it carries a tag such as `!!str`, which no file of ours may have.
    pub tagged: bool,
}

/// What stands at a place.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text, as written; how it is read depends on what is wanted there.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, every entry in order, repeated keys included.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Box<str>,
    /// Where the key stands.
    pub span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A null, for a place where nothing is written.
    #[must_use]
    pub fn nothing(span: Span) -> Self {
        Node { span, value: Value::Scalar(Scalar::new("", true)), tagged: false }
    }

    /// The scalar that it is.
    #[must_use]
    pub const fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Any scalar but null, as written: `0123`, `no` and `1e5` are themselves.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| scalar.kind() != Kind::Null).map(Scalar::text)
    }

    /// Whether it is null: nothing, `~` or `null`, unquoted.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.kind() == Kind::Null)
    }

    /// The entries of a mapping; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Scalar(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Map(_) => &[],
        }
    }

    /// The items of a list, or the one value that stands in place of a list.
    #[must_use]
    pub fn one_or_more(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(self),
        }
    }

    /// The entry with this key; the first where it is repeated.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The value under this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The same as JSON, typed by the core schema. Of a repeated key the last one counts.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) => scalar.to_json(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// What it is, for messages: `text`, `a list`, `nothing`, ...
    #[must_use]
    pub fn described(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => scalar.kind().described(),
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}
