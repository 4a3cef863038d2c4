//! Quoted strings of HTTP headers (RFC 9110 section 5.6.4).

/// What stands between the quotes that a text begins with, its backslashes undone, and what follows. A string that is never closed goes on to
/// the end. None for a text that begins otherwise.
#[must_use]
pub fn quoted_string(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &inner[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    Some((value, ""))
}

/// A text as a quoted string.
#[must_use]
pub fn quote_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_are_undone() {
        assert_eq!(quoted_string(r#""a \"b\" \\", rest"#), Some((r#"a "b" \"#.to_owned(), ", rest")));
        assert_eq!(quoted_string("\"never closed"), Some(("never closed".to_owned(), "")));
        assert_eq!(quoted_string("bare"), None);
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(text in any::<String>(), rest in "[ ,a-z]*") {
            let written = format!("{}{rest}", quote_string(&text));
            prop_assert_eq!(quoted_string(&written), Some((text, rest.as_str())));
        }
    }
}
