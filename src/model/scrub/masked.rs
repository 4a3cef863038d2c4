//! Masking: one pass over a text, from hit to hit.

use std::borrow::Cow;
use std::ops::Range;

use super::Own;
use super::index::{Hit, Index};

/// A text while it is being masked.
pub(super) struct Masked<'t> {
    text: &'t str,
    /// Where the text ends that is asked for; what begins before it is masked to its own end.
    limit: usize,
    /// What is written so far; it goes on at `kept` in the text.
    out: String,
    kept: usize,
}

impl<'t> Masked<'t> {
    /// Nothing is masked yet.
    pub(super) fn new(text: &'t str) -> Self {
        Masked::beginning(text, text.len())
    }

    /// The same for the first `limit` bytes, a character's border, of a text.
    pub(super) fn beginning(text: &'t str, limit: usize) -> Self {
        Masked { text, limit, out: String::new(), kept: 0 }
    }

    /// Masks what is found in one stretch between masks.
    pub(super) fn gap(&mut self, index: &Index, gap: Range<usize>, own: Own<'_>) {
        let text = &self.text.as_bytes()[..gap.end];
        let mut from = gap.start;
        while let Some(hit) = index.next(text, from).filter(|hit| hit.start < self.limit) {
            if own(text, hit.start..hit.end) {
                from = hit.start + 1;
                continue;
            }
            self.replace(index, hit);
            from = self.overlaps(index, text, hit);
        }
    }

    /// Masks forms that begin within a hit and reach beyond it, and tells where the text goes on.
    fn overlaps(&mut self, index: &Index, text: &[u8], hit: Hit) -> usize {
        let Hit { start, mut end, mut label } = hit;
        let mut at = start + 1;
        while at < end {
            if let Some((length, other)) = index.longest(&text[at..]).filter(|(length, _)| at + length > end) {
                end = at + length;
                if other != label {
                    label = other;
                    self.out.push_str(&index.labels[label as usize]);
                }
            }
            at += 1;
        }
        // A secret that is not text may end within a character; the whole character goes.
        self.kept = (end..self.text.len()).find(|&at| self.text.is_char_boundary(at)).unwrap_or(self.text.len());
        self.kept
    }

    fn replace(&mut self, index: &Index, hit: Hit) {
        let start = (self.kept..=hit.start).rfind(|&at| self.text.is_char_boundary(at)).unwrap_or(self.kept);
        self.out.push_str(&self.text[self.kept..start]);
        self.out.push_str(&index.labels[hit.label as usize]);
        self.kept = hit.end;
    }

    /// The masked text; the very same where nothing was masked.
    pub(super) fn finish(mut self) -> Cow<'t, str> {
        if self.kept == 0 {
            return Cow::Borrowed(&self.text[..self.limit]);
        }
        self.out.push_str(self.text.get(self.kept..self.limit).unwrap_or_default());
        Cow::Owned(self.out)
    }
}
