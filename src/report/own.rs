//! The words that reports are made of. Where a secret happens to be such a word (a password `password`, `pass` or `2026`), its place
//! in a finished report is no leak: the same secret in text of a server or a user was masked before, by itself.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::{human, json, junit};
use crate::model::cause::Cause;
use crate::model::evidence::Direction;
use crate::model::phase::Phase;
use crate::model::report::{AuthState, Mode};
use crate::model::scheme::Scheme;
use crate::model::verdict::{Outcome, Verdict};

/// Single words, cut from everything that formats write by themselves.
static WORDS: LazyLock<HashSet<&'static [u8]>> = LazyLock::new(|| {
    let verdicts = [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive, Verdict::Skip].map(Verdict::name);
    let outcomes = [Outcome::Met, Outcome::Unmet, Outcome::Untested].map(Outcome::name);
    let states = [AuthState::Authenticated, AuthState::Authenticate, AuthState::NotNeeded].map(AuthState::name);
    let directions = [Direction::Sent, Direction::Received, Direction::Note].map(Direction::name);
    let texts = Cause::ALL.iter().map(|cause| cause.code());
    let texts = texts.chain(Phase::ALL.map(Phase::name)).chain(Scheme::ALL.map(Scheme::name));
    let texts = texts.chain(verdicts).chain(outcomes).chain(states).chain(directions);
    let texts = texts.chain([Mode::Mocked, Mode::Live].map(Mode::name));
    let texts = texts.chain(["tugtest", human::WORDS, json::WORDS, junit::WORDS]);
    texts.flat_map(|text| text.as_bytes().split(|byte| !is_word(*byte))).collect()
});

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether every word that a hit touches is one of the report's own, or a number such as reports are full of.
pub(super) fn is_own(text: &[u8], hit: Range<usize>) -> bool {
    let before = text[..hit.start].iter().rev().take_while(|byte| is_word(**byte)).count();
    let after = text[hit.end..].iter().take_while(|byte| is_word(**byte)).count();
    // Only when the hit's own edge is in a word does that word go on beyond it.
    let start = if is_word(text[hit.start]) { hit.start - before } else { hit.start };
    let end = if is_word(text[hit.end - 1]) { hit.end + after } else { hit.end };
    text[start..end].split(|byte| !is_word(*byte)).all(|word| WORDS.contains(word) || is_number(word))
}

/// Digits with at most a unit: `120`, `125ms`, `24T20`, `00Z`. Longer ones are not ours.
fn is_number(word: &[u8]) -> bool {
    word.is_empty()
        || (word.len() <= 8
            && word[0].is_ascii_digit()
            && word.iter().filter(|byte| byte.is_ascii_digit()).count() <= 6
            && word.iter().all(|byte| byte.is_ascii_digit() || b"msTZ".contains(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str, secret: &str) -> bool {
        let at = text.find(secret).unwrap();
        is_own(text.as_bytes(), at..at + secret.len())
    }

    #[test]
    fn own_words_and_numbers_are_no_leak() {
        assert!(own("\"verdict\":\"pass\"", "pass"));
        assert!(own("\"verdict\":\"pass\"", "verdict\":\"pass"));
        assert!(own("12 met (10 passed)", "pass"));
        assert!(own("\"started_at\":\"2026-11-24T20:29:00Z\"", "2026"));
        assert!(own("\"duration_ms\":1234", "1234"));
        assert!(own("----", "----"));
    }

    #[test]
    fn anything_else_is() {
        assert!(!own("the canary sings", "canary"));
        assert!(!own("passé", "pass"));
        assert!(!own("my password", "password"));
        assert!(!own("id 12345678", "12345678"));
        assert!(!own("pass canary", "pass canary"));
    }
}
