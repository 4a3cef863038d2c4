//! Scalars: text as written, and what it means to the core schema of YAML 1.2 (section 10.3).

use std::fmt;

use zeroize::Zeroizing;

/// A scalar. Its text is wiped when it is dropped: in a connection file it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    text: Zeroizing<Box<str>>,
    plain: bool,
    cut: bool,
}

/// What a scalar is when nothing is known of what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `false`.
    Bool,
    /// `12`, `-3`, `0x1f`, `0o17`.
    Whole,
    /// `1.5`, `1e5`, `.inf`.
    Number,
    /// Everything else, and everything in quotes.
    Text,
}

impl Kind {
    /// The words for messages.
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            Kind::Null => "nothing",
            Kind::Bool => "true or false",
            Kind::Whole => "a whole number",
            Kind::Number => "a number",
            Kind::Text => "text",
        }
    }
}

impl Scalar {
    /// A scalar; `plain` when it is written without quotes and not as a block.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>, plain: bool) -> Self {
        Scalar { text: Zeroizing::new(text.into()), plain, cut: false }
    }

    /// Marks that ` #` follows directly with no space after it, as in `a #b`: the rest may well have been meant as a part of the value.
    #[must_use]
    pub fn cut(mut self, cut: bool) -> Self {
        self.cut = cut;
        self
    }

    /// Whether a comment seems to cut the value.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The text, escapes resolved.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it is to the core schema.
    #[must_use]
    pub fn kind(&self) -> Kind {
        if !self.plain {
            return Kind::Text;
        }
        match self.text() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Bool,
            text if whole(text).is_some() => Kind::Whole,
            text if number(text).is_some() => Kind::Number,
            _ => Kind::Text,
        }
    }

    /// The truth value of `true` and `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| matches!(self.text.as_bytes()[0], b't' | b'T'))
    }

    /// The whole number, when it is one that fits.
    #[must_use]
    pub fn as_whole(&self) -> Option<i64> {
        whole(&self.text).filter(|_| self.plain)
    }

    /// The value for JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool => Value::from(self.as_bool()),
            Kind::Whole => Value::from(self.as_whole()),
            Kind::Number => self.number_to_json(),
            Kind::Text => Value::from(self.text()),
        }
    }
}

impl Scalar {
    /// Whole numbers beyond `i64` stay exact as far as JSON numbers are; there is no infinity: such a word stays the text that it is.
    fn number_to_json(&self) -> serde_json::Value {
        if let Ok(large) = self.text.parse::<u64>() {
            return large.into();
        }
        let number = number(&self.text).and_then(serde_json::Number::from_f64);
        number.map_or_else(|| self.text().into(), serde_json::Value::Number)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scalar({} bytes)", self.text.len())
    }
}

fn whole(text: &str) -> Option<i64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with(['+', '-']));
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().filter(|_| !octal.starts_with(['+', '-']));
    }
    text.parse().ok()
}

fn number(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    // Rust also reads `inf`, `nan` and `infinity`, which are words here.
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let allowed = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    if digits && allowed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of YAML 1.2.2, section 10.3.2.
    #[test]
    fn the_core_schema_decides_plain_scalars() {
        let kinds = |words: &[&str]| words.iter().map(|word| Scalar::new(*word, true).kind()).collect::<Vec<_>>();
        assert_eq!(kinds(&["", "~", "null", "NULL"]), [Kind::Null; 4]);
        assert_eq!(kinds(&["true", "False"]), [Kind::Bool; 2]);
        assert_eq!(kinds(&["0", "0o14", "0x3A", "-19", "+12"]), [Kind::Whole; 5]);
        assert_eq!(kinds(&["0.", "-0.0", ".5", "+12e03", "-2E+05", ".inf", "-.Inf", ".NAN"]), [Kind::Number; 8]);
        assert_eq!(
            kinds(&["no", "yes", "on", "inf", "nan", "e", "1.2.3", "2026-10", "0x", "220 ready"]),
            [Kind::Text; 10]
        );
    }

    #[test]
    fn quotes_make_text_of_anything() {
        assert_eq!(Scalar::new("null", false).kind(), Kind::Text);
        assert_eq!(Scalar::new("21", false).as_whole(), None);
    }

    #[test]
    fn json_keeps_the_type() {
        assert_eq!(Scalar::new("1.5", true).to_json(), serde_json::json!(1.5));
        assert_eq!(Scalar::new("0x10", true).to_json(), serde_json::json!(16));
        assert_eq!(
            Scalar::new("12345678901234567890", true).to_json(),
            serde_json::json!(12_345_678_901_234_567_890_u64)
        );
        assert_eq!(Scalar::new(".inf", true).to_json(), serde_json::json!(".inf"));
        assert_eq!(Scalar::new("true", false).to_json(), serde_json::json!("true"));
    }
}
