//! The forms that a secret is looked for in: as it is, and as servers, libraries and our own reports write it.
//!
//! Not looked for: encodings laid over each other, UTF-16, compressed or encrypted text, and parts of a secret.

use zeroize::Zeroizing;

use super::SHORTEST;
use super::encode::{
    self, ALPHABETS, Case, Ending, JsonStyle, MarkupStyle, PercentStyle, base64, debugged, hex, json, markup, percent,
};
use super::index::{Arena, Place};

/// Derived forms below this length say too little to be masked. The base64 of four bytes in the middle of a text has no more than four
/// characters that are its own.
const SHORTEST_DERIVED: usize = SHORTEST;
/// Lines of a multi-line secret below this length, in characters, are left alone: `}` or `-----` are in every text.
const SHORTEST_LINE: usize = 8;

/// `'` in HTML and XML, as different writers have it.
const SINGLES: [&str; 5] = ["'", "&#39;", "&#x27;", "&apos;", "&#039;"];
/// `"` in HTML and XML, as different writers have it.
const DOUBLES: [&str; 3] = ["\"", "&quot;", "&#34;"];
/// What JSON writers guard for the sake of HTML: nothing; Go and Rails; .NET.
const GUARDED: [&str; 3] = ["", "<>&", "<>&'\"+`\u{7f}"];

/// Collects the forms of one secret in an arena, each once.
pub(super) struct Forms<'a> {
    arena: &'a mut Arena,
    /// Where the forms of this secret are.
    found: Vec<Place>,
    scratch: Zeroizing<String>,
}

impl<'a> Forms<'a> {
    /// An empty collection for a secret of this length.
    pub(super) fn new(arena: &'a mut Arena, length: usize) -> Self {
        // No encoding makes more than six bytes of one, so that the scratch never moves and leaves no copy behind.
        Forms { arena, found: Vec::with_capacity(32), scratch: Zeroizing::new(String::with_capacity(6 * length + 64)) }
    }

    /// Where the forms are.
    pub(super) fn into_places(self) -> Vec<Place> {
        self.found
    }

    fn keep(&mut self, form: &[u8], shortest: usize) {
        if form.len() >= shortest && !self.found.iter().any(|&place| self.arena.form(place) == form) {
            self.found.push(self.arena.push(form));
        }
    }

    fn derive(&mut self, encode: impl FnOnce(&mut String)) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        encode(&mut scratch);
        self.keep(scratch.as_bytes(), SHORTEST_DERIVED);
        self.scratch = scratch;
    }

    /// Everything that a secret is looked for in.
    pub(super) fn whole(&mut self, value: &[u8]) {
        self.written(value);
        self.coded(value);
        let trimmed = value.trim_ascii();
        // Servers and our own readers of lines trim more than ASCII's white space.
        let text = std::str::from_utf8(trimmed).map_or(trimmed, |text| text.trim().as_bytes());
        for less in [trimmed, text] {
            if less.len() < value.len() && less.len() >= SHORTEST {
                self.written(less);
                self.coded(less);
            }
        }
        if trimmed.contains(&b'\n') {
            for line in trimmed.split(|&byte| byte == b'\n' || byte == b'\r').map(<[u8]>::trim_ascii) {
                if String::from_utf8_lossy(line).chars().count() >= SHORTEST_LINE {
                    self.written(line);
                }
            }
        }
    }

    /// The credentials of HTTP Basic (RFC 7617), whole.
    pub(super) fn basic(&mut self, compound: &[u8]) {
        for alphabet in ALPHABETS {
            for ending in Ending::ALL {
                self.derive(|out| base64(out, compound, alphabet, 0, ending));
            }
        }
    }

    /// As it is, and with single characters escaped.
    fn written(&mut self, value: &[u8]) {
        self.keep(value, SHORTEST);
        // Most secrets are of these, which no writer escapes.
        if value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte)) {
            return;
        }
        for style in PercentStyle::ALL {
            for case in Case::BOTH {
                self.derive(|out| percent(out, value, style, case));
            }
        }
        let text = Zeroizing::new(String::from_utf8_lossy(value).into_owned());
        self.keep(text.as_bytes(), SHORTEST);
        self.derive(|out| encode::shown(out, &text));
        self.derive(|out| debugged(out, &text));
        self.quoted(&text);
        self.marked_up(&text);
    }

    /// Inside JSON strings. Ways of writing that differ in nothing for this text are not gone through.
    fn quoted(&mut self, text: &str) {
        for &guarded in either(&GUARDED, text.contains(|c| GUARDED[2].contains(c))) {
            for &slash in either(&[false, true], text.contains('/')) {
                for &ascii in either(&[false, true], !text.is_ascii()) {
                    for case in Case::BOTH {
                        self.derive(|out| json(out, text, JsonStyle { case, slash, ascii, guarded }));
                    }
                }
            }
        }
    }

    /// In HTML and XML.
    fn marked_up(&mut self, text: &str) {
        for &single in either(&SINGLES, text.contains('\'')) {
            for &double in either(&DOUBLES, text.contains('"')) {
                for &greater in either(&[true, false], text.contains('>')) {
                    for &more in either(&[false, true], text.contains(['/', '`', '='])) {
                        self.derive(|out| markup(out, text, MarkupStyle { double, single, greater, more }));
                    }
                }
            }
        }
    }

    /// Encoded as a whole.
    fn coded(&mut self, value: &[u8]) {
        for case in Case::BOTH {
            self.derive(|out| hex(out, value, case));
        }
        for alphabet in ALPHABETS {
            for ending in Ending::ALL {
                self.derive(|out| base64(out, value, alphabet, 0, ending));
            }
            for before in 1..3 {
                self.derive(|out| base64(out, value, alphabet, before, Ending::Inside));
            }
        }
    }
}

/// All ways, or only the first where the others would not differ from it.
fn either<T>(all: &[T], they_differ: bool) -> &[T] {
    if they_differ { all } else { &all[..1] }
}
