//! `connections/.recipients`: whom secrets are sealed for, one public key a line.
//!
//! The file is one that `age -R` takes: keys, and comments that begin with `#`. The comment above a key names its owner.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::crypt::{BadRecipient, Recipient};

/// The name of the file in the folder of connections.
pub const FILE: &str = ".recipients";

/// A line with a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The key.
    pub recipient: Recipient,
    /// Whose it is: the comment after an SSH key, after ` #`, or on the line above.
    pub owner: Option<Box<str>>,
    /// The line, from 1.
    pub line: usize,
}

/// A line that is neither a key nor a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: BadRecipient,
}

/// Everything that the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recipients {
    /// The keys, in order.
    pub listed: Vec<Listed>,
    /// Lines that cannot be read.
    pub bad: Vec<BadLine>,
}

impl Recipients {
    /// Reads the text of the file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut recipients = Recipients::default();
        let mut above = None;
        for (number, line) in text.lines().enumerate() {
            let (line, number) = (line.trim(), number + 1);
            if let Some(comment) = line.strip_prefix('#') {
                above = Some(comment.trim()).filter(|comment| !comment.is_empty());
                continue;
            }
            if line.is_empty() {
                above = None;
                continue;
            }
            let (key, beside) = key_and_owner(line);
            match Recipient::parse(key) {
                Ok(recipient) => {
                    let owner = Some(beside).filter(|beside| !beside.is_empty()).or(above).map(Into::into);
                    recipients.listed.push(Listed { recipient, owner, line: number });
                }
                Err(why) => recipients.bad.push(BadLine { line: number, why }),
            }
            above = None;
        }
        recipients
    }

    /// The keys alone, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<Recipient> {
        let mut keys: Vec<Recipient> = Vec::new();
        for listed in &self.listed {
            if !keys.contains(&listed.recipient) {
                keys.push(listed.recipient.clone());
            }
        }
        keys
    }

    /// Whether a key is listed.
    #[must_use]
    pub fn holds(&self, key: &str) -> bool {
        self.listed.iter().any(|listed| listed.recipient.text() == key)
    }

    /// Those whom a word means: an owner, or a key by its beginning.
    #[must_use]
    pub fn named(&self, word: &str) -> Vec<&Listed> {
        let by_key = |listed: &&Listed| word.len() >= 8 && listed.recipient.text().starts_with(word);
        let by_owner = |listed: &&Listed| listed.owner.as_deref() == Some(word);
        self.listed.iter().filter(|listed| by_owner(listed) || by_key(listed)).collect()
    }
}

/// The file in a folder of connections.
#[must_use]
pub fn file(connections: &Path) -> PathBuf {
    connections.join(FILE)
}

/// The text with one more key, its owner in a comment above.
#[must_use]
pub fn with(text: &str, recipient: &Recipient, owner: &str) -> String {
    let mut text = if text.trim().is_empty() {
        String::from(
            "# Secrets in this folder are sealed for these public keys. After a change: tugtest connections rekey\n",
        )
    } else {
        text.to_owned()
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let owner: String = owner.chars().filter(|c| !c.is_control()).collect();
    let _ = write!(text, "\n# {owner}\n{}\n", recipient.text());
    text
}

/// The text without these lines, and without the comment right above each.
#[must_use]
pub fn without(text: &str, lines: &[usize]) -> String {
    let all: Vec<&str> = text.lines().collect();
    let is_owner = |number: usize| {
        let below = lines.contains(&(number + 1));
        below && all.get(number - 1).is_some_and(|line| line.trim_start().starts_with('#'))
    };
    let kept = (1..=all.len()).filter(|number| !lines.contains(number) && !is_owner(*number));
    kept.flat_map(|number| [all[number - 1], "\n"]).collect()
}

/// Cuts a line into the key and what is written after it.
fn key_and_owner(line: &str) -> (&str, &str) {
    // An SSH key is two words, a native one is one.
    let words = if line.starts_with("age1") { 1 } else { 2 };
    let end = line.match_indices(char::is_whitespace).nth(words - 1).map_or(line.len(), |(at, _)| at);
    let (key, rest) = line.split_at(end);
    (key, rest.trim().trim_start_matches('#').trim())
}

#[cfg(test)]
mod tests {
    use super::super::crypt::Identity;
    use super::*;

    fn key() -> Recipient {
        Identity::generate().0.recipient().unwrap().clone()
    }

    #[test]
    fn keys_have_owners_beside_or_above() {
        let (one, two, three) = (key(), key(), key());
        let text = format!("# ours\n\n# alice\n{}\n{} # ci\n{}\n", one.text(), two.text(), three.text());
        let read = Recipients::parse(&text);
        let owners: Vec<_> = read.listed.iter().map(|listed| listed.owner.as_deref()).collect();
        assert_eq!(owners, [Some("alice"), Some("ci"), None]);
        assert_eq!(read.named("alice").len(), 1);
        assert_eq!(read.named(&two.text()[..12])[0].recipient, two);
        let left = without(&text, &[read.named("alice")[0].line]);
        assert_eq!(left, format!("# ours\n\n{} # ci\n{}\n", two.text(), three.text()));
        assert_eq!(Recipients::parse(&with(&left, &one, "alice")).named("alice").len(), 1);
    }

    #[test]
    fn what_is_no_public_key_is_named_by_its_line() {
        let text = "age1nonsense\nAGE-SECRET-KEY-1CANARY\necdsa-sha2-nistp256 AAAA x\nhello\n";
        let bad: Vec<_> = Recipients::parse(text).bad.iter().map(|bad| (bad.line, bad.why)).collect();
        let unknown = BadRecipient::Unknown;
        assert_eq!(bad[0], (1, unknown));
        assert_eq!(bad[1], (2, BadRecipient::Secret));
        assert_eq!(bad[3], (4, unknown));
    }
}
