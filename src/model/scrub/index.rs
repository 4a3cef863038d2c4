//! The index: finds the longest form that begins at a place in a text, for tens of thousands of forms, in little memory.
//!
//! An automaton over all forms would take hundreds of megabytes. Three simple parts do instead:
//!
//! 1. **A filter.** Every form has at least four bytes. A bitmap holds a hash of the first four bytes of each; a place in the text
//!    whose four bytes are not in it starts no form. That settles about 97 places in 100 with one look at memory near at hand.
//! 2. **Sorted forms.** All forms stand in one arena; arrays of their places are sorted by their bytes. At a place that passed
//!    the filter, a binary search finds the greatest form `F` that is not greater than the text from there on.
//! 3. **Parents.** Each form knows its parent: the longest other form that is a proper prefix of it. Every form `P` that the text
//!    begins with is `F` or an ancestor of `F`: forms that begin with `P` stand side by side in the array, from `P` on, and the text
//!    belongs among them, so what stands just before the text begins with `P` too. Hence the longest such `P` is the first one in
//!    the line `F`, parent of `F`, ... that is no longer than what `F` and the text have in common.
//!
//! Secrets are also learned while a run goes on. To sort everything anew each time would be quadratic, so there are several arrays
//! (tiers), each more than twice as long as the next; a new one swallows those before it that are not. A search asks all of them,
//! which are few: the logarithm of the number of secrets at most.

use std::cmp::Ordering;

use zeroize::Zeroizing;

/// The bytes of all forms, one after the other. Wiped when dropped, and when it moves to grow.
#[derive(Default)]
pub(super) struct Arena(Zeroizing<Vec<u8>>);

impl Arena {
    /// Appends a form and tells where it is.
    pub(super) fn push(&mut self, form: &[u8]) -> Place {
        if self.0.capacity() - self.0.len() < form.len() {
            let mut grown = Zeroizing::new(Vec::with_capacity((2 * self.0.capacity()).max(self.0.len() + form.len())));
            grown.extend_from_slice(&self.0);
            self.0 = grown;
        }
        let number = |length| u32::try_from(length).expect("the forms of all secrets are far below 4 GiB");
        let place = Place { start: number(self.0.len()), length: number(form.len()) };
        self.0.extend_from_slice(form);
        place
    }

    /// A form's bytes.
    pub(super) fn form(&self, place: Place) -> &[u8] {
        &self.0[place.start as usize..][..place.length as usize]
    }
}

/// Where a form is in the arena.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    start: u32,
    length: u32,
}

/// A form in a tier, and what it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// Its first eight bytes, so that most comparisons need not look into the arena.
    head: u64,
    place: Place,
    label: u32,
    /// The number of its parent in the same tier, or [`NONE`].
    parent: u32,
}

const NONE: u32 = u32::MAX;

/// The first eight bytes as a number that sorts like them; zeros where there are fewer.
fn head(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or_else(
        || bytes.iter().fold((0, 56), |(head, shift), &byte| (head | u64::from(byte) << shift, shift - 8)).0,
        |chunk| u64::from_be_bytes(*chunk),
    )
}

/// A form found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Where it begins.
    pub(super) start: usize,
    /// Where the text goes on after it.
    pub(super) end: usize,
    /// The number of its label.
    pub(super) label: u32,
}

/// All forms of all secrets.
#[derive(Default)]
pub(super) struct Index {
    pub(super) arena: Arena,
    /// The labels, by number.
    pub(super) labels: Vec<Box<str>>,
    tiers: Vec<Vec<Entry>>,
    filter: Filter,
    /// The length of the longest form.
    longest: usize,
}

impl Index {
    /// An entry for a form that is in the arena already.
    pub(super) fn entry(&self, place: Place, label: u32) -> Entry {
        Entry { head: head(self.arena.form(place)), place, label, parent: NONE }
    }

    /// Takes in new entries.
    pub(super) fn take_in(&mut self, mut tier: Vec<Entry>) {
        self.longest = tier.iter().map(|entry| entry.place.length as usize).fold(self.longest, usize::max);
        while self.tiers.last().is_some_and(|last| last.len() <= 2 * tier.len()) {
            let mut older = self.tiers.pop().unwrap_or_default();
            older.append(&mut tier);
            tier = older;
        }
        self.order(&mut tier);
        tier.shrink_to_fit();
        let forms = tier.len() + self.tiers.iter().map(Vec::len).sum::<usize>();
        self.tiers.push(tier);
        if self.filter.is_too_small(forms) {
            self.filter = Filter::for_forms(forms);
            for entry in self.tiers.iter().flatten() {
                self.filter.add(entry.head);
            }
        } else if let Some(newest) = self.tiers.last() {
            for entry in newest {
                self.filter.add(entry.head);
            }
        }
    }

    /// Sorts, drops doubles (the least label stays, whatever the order of learning), and finds parents.
    fn order(&self, tier: &mut Vec<Entry>) {
        let bytes = |entry: &Entry| self.arena.form(entry.place);
        let label = |entry: &Entry| &self.labels[entry.label as usize];
        // The stable sort sees that a grown tier is made of sorted runs, and only merges them.
        tier.sort_by(|a, b| {
            a.head
                .cmp(&b.head)
                .then_with(|| bytes(a).cmp(bytes(b)))
                .then_with(|| if a.label == b.label { Ordering::Equal } else { label(a).cmp(label(b)) })
        });
        tier.dedup_by(|next, kept| next.head == kept.head && bytes(next) == bytes(kept));
        let mut line: Vec<usize> = Vec::new();
        for at in 0..tier.len() {
            while line.last().is_some_and(|&top| !bytes(&tier[at]).starts_with(bytes(&tier[top]))) {
                line.pop();
            }
            tier[at].parent = line.last().map_or(NONE, |&top| u32::try_from(top).unwrap_or(NONE));
            line.push(at);
        }
    }

    /// Whether there is nothing to find.
    pub(super) fn is_empty(&self) -> bool {
        self.tiers.is_empty()
    }

    /// The length of the longest form, in bytes.
    pub(super) const fn longest_form(&self) -> usize {
        self.longest
    }

    /// How many forms there are.
    pub(super) fn len(&self) -> usize {
        self.tiers.iter().map(Vec::len).sum()
    }

    /// The first hit at or after a place: the leftmost, and of those that begin there the longest.
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<Hit> {
        let windows = text.get(from..)?.windows(4);
        for (at, window) in windows.enumerate() {
            if let &[a, b, c, d] = window
                && self.filter.may_begin([a, b, c, d])
                && let Some((length, label)) = self.longest(&text[from + at..])
            {
                return Some(Hit { start: from + at, end: from + at + length, label });
            }
        }
        None
    }

    /// The longest form that the text begins with: its length and the number of its label.
    pub(super) fn longest(&self, text: &[u8]) -> Option<(usize, u32)> {
        let found = self.tiers.iter().filter_map(|tier| self.longest_in(tier, text));
        found.reduce(|best, next| {
            let name = |(_, label): (usize, u32)| &self.labels[label as usize];
            match next.0.cmp(&best.0) {
                Ordering::Greater => next,
                Ordering::Equal if name(next) < name(best) => next,
                _ => best,
            }
        })
    }

    fn longest_in(&self, tier: &[Entry], text: &[u8]) -> Option<(usize, u32)> {
        let begin = head(text);
        let bytes = |entry: &Entry| self.arena.form(entry.place);
        let below = tier.partition_point(|entry| match entry.head.cmp(&begin) {
            Ordering::Equal => bytes(entry) <= text,
            order => order == Ordering::Less,
        });
        let mut entry = tier.get(below.checked_sub(1)?)?;
        let shared = bytes(entry).iter().zip(text).take_while(|(a, b)| a == b).count();
        while entry.place.length as usize > shared {
            entry = tier.get(entry.parent as usize)?;
        }
        Some((entry.place.length as usize, entry.label))
    }
}

/// A bitmap of the first four bytes of forms. It may say yes where the answer is no, never the reverse.
#[derive(Default)]
struct Filter {
    bits: Vec<u64>,
    /// How far a 32-bit hash is shifted to become the number of a bit.
    shift: u32,
}

impl Filter {
    /// At least 32 bits a form, up to 128 KiB.
    fn for_forms(forms: usize) -> Filter {
        let width = (64 * forms).next_power_of_two().ilog2().clamp(12, 20);
        Filter { bits: vec![0; 1 << (width - 6)], shift: 32 - width }
    }

    fn is_too_small(&self, forms: usize) -> bool {
        self.bits.is_empty() || self.bits.len() < (forms / 2).min(1 << 14)
    }

    fn place(&self, begin: [u8; 4]) -> (usize, u64) {
        let bit = u32::from_le_bytes(begin).wrapping_mul(0x9e37_79b1) >> self.shift;
        ((bit >> 6) as usize, 1 << (bit & 63))
    }

    fn add(&mut self, head: u64) {
        let [a, b, c, d, ..] = head.to_be_bytes();
        let (word, bit) = self.place([a, b, c, d]);
        self.bits[word] |= bit;
    }

    fn may_begin(&self, begin: [u8; 4]) -> bool {
        let (word, bit) = self.place(begin);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0)
    }
}
