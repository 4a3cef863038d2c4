//! Encodings that a secret may come back in. Each function appends one encoded form of `value` to `out`.

use std::fmt::Write as _;

use super::visible::push_visible;

/// Upper-case or lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
}

impl Case {
    pub(super) const BOTH: [Case; 2] = [Case::Lower, Case::Upper];

    const fn digits(self) -> &'static [u8; 16] {
        match self {
            Case::Lower => b"0123456789abcdef",
            Case::Upper => b"0123456789ABCDEF",
        }
    }
}

/// Appends one byte as two digits.
fn push_hex(out: &mut String, byte: u8, case: Case) {
    let digits = case.digits();
    out.push(char::from(digits[usize::from(byte >> 4)]));
    out.push(char::from(digits[usize::from(byte & 15)]));
}

/// Hexadecimal digits without anything between them.
pub(super) fn hex(out: &mut String, value: &[u8], case: Case) {
    for &byte in value {
        push_hex(out, byte, case);
    }
}

/// Which characters a percent encoder leaves alone, beside letters and digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct PercentStyle {
    keeps: &'static [u8],
    space_is_plus: bool,
}

impl PercentStyle {
    /// RFC 3986 unreserved; JavaScript's `encodeURIComponent`; its `encodeURI`, near what URL parsers do; HTML forms.
    pub(super) const ALL: [PercentStyle; 4] = [
        PercentStyle { keeps: b"-._~", space_is_plus: false },
        PercentStyle { keeps: b"-._~!'()*", space_is_plus: false },
        PercentStyle { keeps: b"-._~!'()*;,/?:@&=+$#", space_is_plus: false },
        PercentStyle { keeps: b"-._*", space_is_plus: true },
    ];
}

/// Percent encoding.
pub(super) fn percent(out: &mut String, value: &[u8], style: PercentStyle, case: Case) {
    for &byte in value {
        if byte.is_ascii_alphanumeric() || style.keeps.contains(&byte) {
            out.push(char::from(byte));
        } else if byte == b' ' && style.space_is_plus {
            out.push('+');
        } else {
            out.push('%');
            push_hex(out, byte, case);
        }
    }
}

/// How a JSON writer escapes beyond what it must.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonStyle {
    /// Digits of `\u00xx`.
    pub(super) case: Case,
    /// `/` as `\/` (PHP).
    pub(super) slash: bool,
    /// Everything beyond ASCII as `\uXXXX` (Python, PHP).
    pub(super) ascii: bool,
    /// These as `\uXXXX` too, for the sake of HTML (`<>&` in Go and Rails, more in .NET).
    pub(super) guarded: &'static str,
}

/// The inside of a JSON string.
pub(super) fn json(out: &mut String, text: &str, style: JsonStyle) {
    let mut units = [0; 2];
    for c in text.chars() {
        let short = match c {
            c if style.guarded.contains(c) => None,
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            '/' if style.slash => Some("\\/"),
            _ => None,
        };
        if let Some(short) = short {
            out.push_str(short);
        } else if c < ' ' || style.guarded.contains(c) || (style.ascii && !c.is_ascii()) {
            for unit in c.encode_utf16(&mut units) {
                out.push_str("\\u");
                let [high, low] = unit.to_be_bytes();
                push_hex(out, high, style.case);
                push_hex(out, low, style.case);
            }
        } else {
            out.push(c);
        }
    }
}

/// How an HTML or XML writer escapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct MarkupStyle {
    /// `"` becomes this.
    pub(super) double: &'static str,
    /// `'` becomes this.
    pub(super) single: &'static str,
    /// Whether `>` is escaped; in text it need not be.
    pub(super) greater: bool,
    /// `/`, `` ` `` and `=` too (mustache).
    pub(super) more: bool,
}

/// Text of HTML or XML.
pub(super) fn markup(out: &mut String, text: &str, style: MarkupStyle) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if style.greater => out.push_str("&gt;"),
            '"' => out.push_str(style.double),
            '\'' => out.push_str(style.single),
            '/' if style.more => out.push_str("&#x2F;"),
            '`' if style.more => out.push_str("&#x60;"),
            '=' if style.more => out.push_str("&#x3D;"),
            c => out.push(c),
        }
    }
}

/// Control characters written out as our reports do it.
pub(super) fn shown(out: &mut String, text: &str) {
    for c in text.chars() {
        push_visible(out, c);
    }
}

/// As Rust programs print it with `{:?}`, without the quotes around it.
pub(super) fn debugged(out: &mut String, text: &str) {
    for (at, part) in text.split('\'').enumerate() {
        if at > 0 {
            out.push('\'');
        }
        write!(out, "{}", part.escape_debug()).expect("a String takes all writes");
    }
}

/// The alphabets of base64 (RFC 4648, sections 4 and 5).
pub(super) const ALPHABETS: [&[u8; 64]; 2] = [
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
];

/// How far a base64 form goes at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Only the characters that no following byte can change.
    Inside,
    /// The value is the last thing encoded; the padding is left out.
    Last,
    /// The value is the last thing encoded, padding included.
    Padded,
}

impl Ending {
    pub(super) const ALL: [Ending; 3] = [Ending::Inside, Ending::Last, Ending::Padded];
}

/// Base64 of the value as it stands `before` bytes (0 to 2) into a group of three. The first characters are left out
/// as far as bytes before the value take part in them.
pub(super) fn base64(out: &mut String, value: &[u8], alphabet: &[u8; 64], before: usize, ending: Ending) {
    let bits = 8 * (before + value.len());
    let first = (8 * before).div_ceil(6);
    let last = if ending == Ending::Inside { bits / 6 } else { bits.div_ceil(6) };
    let byte = |at: usize| at.checked_sub(before).and_then(|at| value.get(at)).copied().unwrap_or(0);
    for place in first..last {
        let bit = place * 6;
        let pair = u16::from_be_bytes([byte(bit / 8), byte(bit / 8 + 1)]);
        let six = (pair >> (10 - bit % 8)) & 63;
        out.push(char::from(alphabet[usize::from(six)]));
    }
    if ending == Ending::Padded {
        out.extend(std::iter::repeat_n('=', (4 - last % 4) % 4));
    }
}

#[cfg(test)]
mod tests {
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

    use super::*;

    fn encoded(value: &[u8], alphabet: usize, before: usize, ending: Ending) -> String {
        let mut out = String::new();
        base64(&mut out, value, ALPHABETS[alphabet], before, ending);
        out
    }

    #[test]
    fn base64_agrees_with_another_implementation() {
        for length in 0_u8..40 {
            let value: Vec<u8> = (0..length).map(|at| at.wrapping_mul(89).wrapping_add(200)).collect();
            assert_eq!(encoded(&value, 0, 0, Ending::Padded), STANDARD.encode(&value));
            assert_eq!(encoded(&value, 0, 0, Ending::Last), STANDARD_NO_PAD.encode(&value));
            assert_eq!(encoded(&value, 1, 0, Ending::Padded), URL_SAFE.encode(&value));
            for before in 0..3 {
                let inside = encoded(&value, 0, before, Ending::Inside);
                for filler in [0_u8, 0xff] {
                    let mut around = vec![filler; before];
                    around.extend(&value);
                    assert!(STANDARD.encode(&around).contains(&encoded(&value, 0, before, Ending::Padded)));
                    around.extend([filler; 5]);
                    assert!(STANDARD.encode(&around).contains(&inside));
                }
            }
        }
    }

    #[test]
    fn base64_of_rfc_7617_and_rfc_4648() {
        assert_eq!(encoded(b"Aladdin:open sesame", 0, 0, Ending::Padded), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(encoded(b"foob", 0, 0, Ending::Inside), "Zm9vY");
    }

    #[test]
    fn percent_and_form() {
        let shown = |style: usize, case| {
            let mut out = String::new();
            percent(&mut out, "a b/é~*".as_bytes(), PercentStyle::ALL[style], case);
            out
        };
        assert_eq!(shown(0, Case::Upper), "a%20b%2F%C3%A9~%2A");
        assert_eq!(shown(0, Case::Lower), "a%20b%2f%c3%a9~%2a");
        assert_eq!(shown(1, Case::Upper), "a%20b%2F%C3%A9~*");
        assert_eq!(shown(2, Case::Upper), "a%20b/%C3%A9~*");
        assert_eq!(shown(3, Case::Upper), "a+b%2F%C3%A9%7E*");
    }

    #[test]
    fn json_is_read_back_by_a_parser() {
        let text = "q\" b\\ s/ é 🦀 \u{1} \u{8}\n <&>'";
        for (slash, ascii) in [(false, false), (true, false), (false, true), (true, true)] {
            for case in Case::BOTH {
                for guarded in ["", "<>&", "<>&'\"+`\u{7f}"] {
                    let mut out = String::from("\"");
                    json(&mut out, text, JsonStyle { case, slash, ascii, guarded });
                    out.push('"');
                    assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text, "{out}");
                    assert_eq!(out.contains("\\/"), slash);
                    assert_eq!(out.is_ascii(), ascii);
                }
            }
        }
    }
}
