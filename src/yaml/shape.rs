//! Shapes: what may be written, as data. The checker compares a tree with one; the schema prints one.

use super::fault::UNKNOWN_WORD;

/// What a value may look like.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any scalar but null, taken as written: `0123` and `no` are themselves.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number within these bounds, both included.
    Whole(i64, i64),
    /// A duration such as `30s`.
    Duration,
    /// One word of a list.
    Word(&'static Words),
    /// Anything: JSON in YAML clothes.
    Json,
    /// A secret: a reference to where it is kept, or the value itself. Its contents are in no message.
    Secret,
    /// A list.
    List(&'static Shape),
    /// A list, or one value in place of a list of one.
    OneOrMore(&'static Shape),
    /// A mapping with keys of the user's own.
    MapOf(&'static Shape),
    /// A mapping with known keys.
    Map(&'static [Field]),
    /// A mapping with exactly one of the known keys.
    OneKey(&'static [Field]),
    /// The first of these that takes this kind of value.
    ByType(&'static [Shape]),
}

/// A known key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// Its value.
    pub shape: &'static Shape,
    /// Whether the mapping is not valid without it.
    pub required: bool,
    /// What it is for: one sentence for the reader of the schema.
    pub doc: &'static str,
}

impl Field {
    /// A key that has to be there.
    #[must_use]
    pub const fn required(name: &'static str, shape: &'static Shape, doc: &'static str) -> Self {
        Field { name, shape, required: true, doc }
    }

    /// A key that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, shape: &'static Shape, doc: &'static str) -> Self {
        Field { name, shape, required: false, doc }
    }
}

/// A list of allowed words.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// What such a word is called: `cause`, `protocol`.
    pub noun: &'static str,
    /// The code of a diagnostic about an unknown one.
    pub code: &'static str,
    /// The words; listed when they are needed, so that they may come from a table.
    pub list: fn() -> Vec<&'static str>,
    /// The way out for an unknown one, where a suggestion would not do.
    pub help: Option<&'static str>,
}

impl Words {
    /// A list whose unknown words have the usual code, and are met with a suggestion.
    #[must_use]
    pub const fn new(noun: &'static str, list: fn() -> Vec<&'static str>) -> Self {
        Words { noun, code: UNKNOWN_WORD, list, help: None }
    }
}

impl Shape {
    /// What is wanted, for messages.
    #[must_use]
    pub fn wanted(&self) -> String {
        match self {
            Shape::Text => "text".to_owned(),
            Shape::Flag => "true or false".to_owned(),
            Shape::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Shape::Duration => "a duration such as 30s".to_owned(),
            Shape::Word(words) => format!("a {}", words.noun),
            Shape::Json => "any value".to_owned(),
            Shape::Secret => "a secret".to_owned(),
            Shape::List(_) => "a list".to_owned(),
            Shape::OneOrMore(inner) => format!("{}, or a list", inner.wanted()),
            Shape::MapOf(_) | Shape::Map(_) | Shape::OneKey(_) => "a mapping".to_owned(),
            Shape::ByType(shapes) => shapes.iter().map(Shape::wanted).collect::<Vec<_>>().join(", or "),
        }
    }
}
