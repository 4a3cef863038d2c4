//! Text made visible: characters that steer a terminal, hide, or turn the reading order are written out as `\u{..}`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character cannot be seen, or changes how its neighbours are seen: control characters (C0, DEL, C1), bidirectional
/// controls, zero-width and invisible ones, line separators, tags, and non-characters.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    c.is_ascii_control()
        || matches!(c,
            '\u{80}'..='\u{9f}'
            | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || c as u32 & 0xfffe == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// The text with every hidden character written out: line breaks and tabs as `\n`, `\r`, `\t`, all others as `\u{1b}`.
/// A backslash stays as it is, so that paths can be read.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for c in text[first..].chars() {
        push_visible(&mut shown, c);
    }
    Cow::Owned(shown)
}

/// Appends one character as [`visible`] shows it.
pub fn push_visible(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        c if is_hidden(c) => write!(shown, "\\u{{{:x}}}", u32::from(c)).expect("a String takes all writes"),
        c => shown.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(visible("\u{1b}[2J\u{9b}1m\u{7f}"), "\\u{1b}[2J\\u{9b}1m\\u{7f}");
        assert_eq!(visible("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(visible("\u{202e}abc\u{200b}\u{2028}\u{ffff}"), "\\u{202e}abc\\u{200b}\\u{2028}\\u{ffff}");
    }

    #[test]
    fn what_can_be_read_is_left_alone() {
        let text = "C:\\temp, naïve, 日本語, 🦀 \u{65}\u{301}";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }
}
