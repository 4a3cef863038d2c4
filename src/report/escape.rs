//! Text of servers and users, made safe to show: nothing in it can steer a terminal or command a CI system.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::model::scrub::visible::{is_hidden, visible};

/// What begins a command for a CI system anywhere in a line: GitHub's `##[error]`, Azure's `##vso[...]`, `TeamCity`'s `##teamcity[...]`.
const COMMANDS: [&str; 3] = ["[", "vso", "teamcity"];

/// The text as it can be shown in a line of a report: hidden characters are written out (`\n`, `\u{1b}`), and what would be a command
/// to a CI system loses its first character to the same form (`\u{23}#[error]`, `\u{3a}:add-mask::`).
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let shown = visible(text);
    if !shown.contains("##") && !shown.contains("::") {
        return shown;
    }
    let mut safe = String::with_capacity(shown.len() + 16);
    let mut rest = shown.as_ref();
    if rest.trim_start().starts_with("::") {
        let spaces = rest.len() - rest.trim_start().len();
        safe.push_str(&rest[..spaces]);
        safe.push_str("\\u{3a}");
        rest = &rest[spaces + 1..];
    }
    while let Some(at) = rest.find("##") {
        safe.push_str(&rest[..at]);
        safe.push_str(if commands(&rest[at + 2..]) { "\\u{23}" } else { "#" });
        rest = &rest[at + 1..];
    }
    safe.push_str(rest);
    Cow::Owned(safe)
}

/// Whether `##` before this text makes a command of it.
fn commands(after: &str) -> bool {
    COMMANDS.iter().any(|word| after.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word)))
}

/// The inside of a JSON string, from what a JSON writer has made of it so far: hidden characters and the second `#` of `##` become
/// `\uXXXX`. A JSON reader sees the very same text; a terminal or a CI log sees nothing that acts.
#[must_use]
pub fn escape_json(fragment: &str) -> Cow<'_, str> {
    if !fragment.contains("##") && !fragment.chars().any(is_hidden) {
        return Cow::Borrowed(fragment);
    }
    let mut safe = String::with_capacity(fragment.len() + 16);
    let mut before = '\0';
    for c in fragment.chars() {
        if is_hidden(c) || (c == '#' && before == '#') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(safe, "\\u{unit:04x}").expect("a String takes all writes");
            }
        } else {
            safe.push(c);
        }
        before = c;
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_of_ci_systems_lose_their_power() {
        for (text, shown) in [
            ("::set-output name=a::b", "\\u{3a}:set-output name=a::b"),
            ("  ::error::x", "  \\u{3a}:error::x"),
            ("a ::error::x", "a ::error::x"),
            ("x ##[error]y", "x \\u{23}#[error]y"),
            ("###[group]", "#\\u{23}#[group]"),
            ("##vso[task.x]", "\\u{23}#vso[task.x]"),
            ("##TeamCity[x]", "\\u{23}#TeamCity[x]"),
            ("## a heading", "## a heading"),
            ("x\n::stop-commands::y", "x\\n::stop-commands::y"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_acts(text in "(\\PC|\\p{C}|::|##\\[|##vso|##teamcity|\n| ){0,20}") {
            let shown = escape(&text);
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert!(!shown.trim_start().starts_with("::"));
            let lower = shown.to_ascii_lowercase();
            prop_assert!(!lower.contains("##[") && !lower.contains("##vso") && !lower.contains("##teamcity"));
        }

        #[test]
        fn json_says_the_same(text in "(\\PC|\\p{C}|##|\u{10ffff}|\"){0,20}") {
            let json = serde_json::to_string(&text).unwrap();
            let safe = escape_json(&json[1..json.len() - 1]).into_owned();
            prop_assert!(!safe.chars().any(is_hidden) && !safe.contains("##"));
            prop_assert_eq!(serde_json::from_str::<String>(&format!("\"{safe}\"")).unwrap(), text);
        }
    }
}
