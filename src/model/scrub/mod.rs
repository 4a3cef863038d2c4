//! The scrubber: masks every secret of a run, in every form it is known to take.
//!
//! A text is read once from left to right. Where a form of a secret begins, the longest one that fits is masked; where another
//! one overlaps its end, that is masked too, so that no rest stays. Masks that are in the text already are left as they are and
//! never read, so that scrubbing twice changes nothing.
//!
//! Secrets under [`SHORTEST`] bytes are not masked by value. Their labels are in [`Scrubber::short`]; fields that hold them are
//! hidden by whoever shows the field.

mod encode;
mod forms;
mod index;
mod masked;
pub mod visible;

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use zeroize::Zeroizing;

use self::forms::Forms;
use self::index::Index;
use self::masked::Masked;
use super::secret::Secret;

/// Secrets of fewer bytes are not masked by value: they would blot out half of every text.
pub const SHORTEST: usize = 4;

const MASK_BEGINS: &str = "[secret:";

/// What stands in place of a secret. It tells neither length nor form, and can stand in any format: characters of the label other
/// than letters, digits, `.`, `_`, `-` and `/` are replaced.
#[must_use]
pub fn mask(label: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-/".contains(c) { c } else { '_' };
    let label: String = label.chars().map(plain).collect();
    format!("{MASK_BEGINS}{label}]")
}

/// Whether a hit is no leak, because the words at this place are the report's own. Takes the text and the place of the hit.
pub type Own<'a> = &'a dyn Fn(&[u8], Range<usize>) -> bool;

/// Masks secrets in text. Shared by reference; secrets are learned as they become known, tokens met at run time among them.
#[derive(Default)]
pub struct Scrubber {
    state: RwLock<State>,
    hasher: RandomState,
}

#[derive(Default)]
struct State {
    index: Index,
    /// Learned, and not in the index yet: it is brought up to date when it is needed next.
    pending: Vec<Learned>,
    /// Hashes of what was learned, so that a connection that many steps share is learned once.
    seen: HashSet<u64>,
    /// The masks of all labels.
    masks: HashSet<Box<str>>,
    /// Which number a value has: one that several connections share is kept once, under the label that sorts first.
    values: HashMap<u64, u32>,
    short: Vec<Box<str>>,
}

struct Learned {
    label: u32,
    value: Zeroizing<Vec<u8>>,
    basic: bool,
}

impl Scrubber {
    /// A scrubber that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Scrubber::default()
    }

    /// Learns a secret and its derived forms; `label` names it in masks: `[secret:LABEL]`. Cheap, also when it is known already.
    /// Empty secrets are ignored; those under [`SHORTEST`] bytes are only remembered by their label.
    pub fn learn(&self, label: &str, secret: &Secret) {
        self.remember(label, Zeroizing::new(bytes(secret).to_vec()), false);
    }

    /// Learns the compound `user:secret` of HTTP Basic in base64, whole. Does not learn the secret itself.
    pub fn learn_basic(&self, label: &str, user: &str, secret: &Secret) {
        let mut compound = Zeroizing::new(Vec::with_capacity(user.len() + 1 + secret.len()));
        compound.extend_from_slice(user.as_bytes());
        compound.push(b':');
        compound.extend_from_slice(bytes(secret));
        if !secret.is_empty() {
            self.remember(label, compound, true);
        }
    }

    fn remember(&self, label: &str, value: Zeroizing<Vec<u8>>, basic: bool) {
        if value.is_empty() {
            return;
        }
        let hash = self.hasher.hash_one((label, value.as_slice(), basic));
        let mut guard = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        if !state.seen.insert(hash) {
            return;
        }
        if value.len() < SHORTEST && !basic {
            state.short.push(label.into());
            return;
        }
        let label: Box<str> = mask(label).into();
        state.masks.insert(label.clone());
        let next = u32::try_from(state.index.labels.len()).unwrap_or(u32::MAX);
        let number = *state.values.entry(self.hasher.hash_one((value.as_slice(), basic))).or_insert(next);
        if number == next {
            state.index.labels.push(label);
            state.pending.push(Learned { label: number, value, basic });
        } else if label < state.index.labels[number as usize] {
            state.index.labels[number as usize] = label;
        }
    }

    /// The labels of secrets that are too short to be masked by value (under [`SHORTEST`] bytes), sorted. Whoever shows a field
    /// that holds one of them shows [`mask`] in its place, and says so.
    #[must_use]
    pub fn short(&self) -> Vec<String> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let mut labels: Vec<String> = state.short.iter().map(ToString::to_string).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// The text with every known secret masked.
    #[must_use]
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.scrub_beyond(text, &|_, _| false)
    }

    /// The same for a finished report: hits that are `own` are left.
    #[must_use]
    pub fn scrub_beyond<'t>(&self, text: &'t str, own: Own<'_>) -> Cow<'t, str> {
        self.ready().masked(Masked::new(text), text, own)
    }

    /// About the first `limit` bytes of a longer text, with every secret masked that begins in them. A secret that lies across the
    /// end is masked like any other: cut first and scrubbed then, its first part would be shown. Bytes that are no text are replaced.
    #[must_use]
    pub fn scrub_beginning<'t>(&self, bytes: &'t [u8], limit: usize) -> Cow<'t, str> {
        let state = self.ready();
        let window = bytes.len().min(limit.saturating_add(state.index.longest_form()));
        match String::from_utf8_lossy(&bytes[..window]) {
            Cow::Borrowed(text) => state.beginning(text, limit),
            Cow::Owned(text) => Cow::Owned(state.beginning(&text, limit).into_owned()),
        }
    }

    /// Whether any known secret is in these bytes, in any form. Masks are no secrets, whatever their labels are.
    #[must_use]
    pub fn finds(&self, output: &[u8]) -> bool {
        self.finds_beyond(output, &|_, _| false)
    }

    /// The same for a finished report: hits that are `own` do not count.
    #[must_use]
    pub fn finds_beyond(&self, output: &[u8], own: Own<'_>) -> bool {
        let state = self.ready();
        let mut masks: Option<Vec<Range<usize>>> = None;
        let mut from = 0;
        while let Some(hit) = state.index.next(output, from) {
            let masks = masks.get_or_insert_with(|| state.masks(output));
            let inside = |mask: &Range<usize>| mask.start <= hit.start && hit.end <= mask.end;
            if !masks.iter().any(inside) && !own(output, hit.start..hit.end) {
                return true;
            }
            from = hit.start + 1;
        }
        false
    }

    /// The state with its index up to date.
    fn ready(&self) -> RwLockReadGuard<'_, State> {
        loop {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if state.pending.is_empty() {
                return state;
            }
            drop(state);
            self.state.write().unwrap_or_else(PoisonError::into_inner).catch_up();
        }
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Scrubber({} secrets, {} forms)", state.seen.len(), state.index.len())
    }
}

#[expect(clippy::disallowed_methods, reason = "the scrubber derives forms of secrets and looks for them")]
fn bytes(secret: &Secret) -> &[u8] {
    secret.expose()
}

impl State {
    /// Brings the index up to date.
    fn catch_up(&mut self) {
        let mut tier = Vec::with_capacity(8 * self.pending.len());
        for learned in std::mem::take(&mut self.pending) {
            let mut forms = Forms::new(&mut self.index.arena, learned.value.len());
            if learned.basic {
                forms.basic(&learned.value);
            } else {
                forms.whole(&learned.value);
            }
            let places = forms.into_places();
            tier.extend(places.into_iter().map(|place| self.index.entry(place, learned.label)));
        }
        self.index.take_in(tier);
    }

    fn beginning<'t>(&self, text: &'t str, limit: usize) -> Cow<'t, str> {
        let end = (0..=limit.min(text.len())).rfind(|&at| text.is_char_boundary(at)).unwrap_or(0);
        self.masked(Masked::beginning(text, end), text, &|_, _| false)
    }

    fn masked<'t>(&self, mut masked: Masked<'t>, text: &str, own: Own<'_>) -> Cow<'t, str> {
        let mut gap = 0;
        for mask in self.masks(text.as_bytes()) {
            masked.gap(&self.index, gap..mask.start, own);
            gap = mask.end;
        }
        masked.gap(&self.index, gap..text.len(), own);
        masked.finish()
    }

    /// Where masks of known labels are in a text.
    fn masks(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut masks = Vec::new();
        let mut from = 0;
        if self.index.is_empty() {
            return masks;
        }
        while let Some(at) = text[from..].iter().position(|&byte| byte == b'[').map(|at| from + at) {
            from = at + 1;
            let Some(inside) = text[at..].strip_prefix(MASK_BEGINS.as_bytes()) else { continue };
            let length = inside.iter().position(|&byte| byte == b']').map(|length| MASK_BEGINS.len() + length + 1);
            let mask = length.and_then(|length| std::str::from_utf8(&text[at..at + length]).ok());
            if let Some(mask) = mask.filter(|&mask| self.masks.contains(mask)) {
                from = at + mask.len();
                masks.push(at..from);
            }
        }
        masks
    }
}

#[cfg(test)]
mod tests;
