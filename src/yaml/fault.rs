//! Faults: what is wrong in a text, before it is known which file that is.

use super::node::Span;

/// A text that is no YAML, or more of it than we read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// `syntax`, or `too-complex` for what exceeds a budget.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// What is wrong. Ours, so that no part of the text is in it.
    pub message: &'static str,
    /// The way out.
    pub help: &'static str,
}

/// Something that may not be written where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable kebab-case code, one of the constants here.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// What is wrong. Never holds a value.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// The text is no YAML.
pub const SYNTAX: &str = "syntax";
/// The text is too deep, too long or too often repeated by aliases.
pub const TOO_COMPLEX: &str = "too-complex";
/// A key that is not known here.
pub const UNKNOWN_KEY: &str = "unknown-key";
/// A key that stands twice in one mapping.
pub const DUPLICATE_KEY: &str = "duplicate-key";
/// A required key is missing, or holds nothing.
pub const MISSING_FIELD: &str = "missing-field";
/// A value of another type than the one that is wanted.
pub const WRONG_TYPE: &str = "wrong-type";
/// A number outside its range.
pub const OUT_OF_RANGE: &str = "out-of-range";
/// A word that is none of those that are allowed.
pub const UNKNOWN_WORD: &str = "unknown-word";
/// A duration that is not written like `30s`.
pub const BAD_DURATION: &str = "bad-duration";
/// Several of a set of keys of which only one may be there, or none of them.
pub const ONE_OF: &str = "one-of";
/// A tag such as `!!binary`.
pub const TAG: &str = "tag";
/// Nothing stands where a secret is wanted.
pub const NULL_SECRET: &str = "null-secret";
/// A secret reference that cannot be followed.
pub const BAD_REFERENCE: &str = "bad-reference";

/// Every code that stands here.
pub const ALL: [&str; 13] = [
    SYNTAX,
    TOO_COMPLEX,
    UNKNOWN_KEY,
    DUPLICATE_KEY,
    MISSING_FIELD,
    WRONG_TYPE,
    OUT_OF_RANGE,
    UNKNOWN_WORD,
    BAD_DURATION,
    ONE_OF,
    TAG,
    NULL_SECRET,
    BAD_REFERENCE,
];
