//! What messages call a value.

use super::secrecy::quoted;

/// What messages call a value: its key, an item of the list that has this key, or words of ours.
#[derive(Debug, Clone, Copy)]
pub struct Name<'n> {
    name: &'n str,
    kind: NameKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Key,
    Item,
    Words,
}

impl<'n> Name<'n> {
    /// The value of this key.
    #[must_use]
    pub const fn of(key: &'n str) -> Self {
        Name { name: key, kind: NameKind::Key }
    }

    /// A value without a key, in words: `the scenario`.
    #[must_use]
    pub const fn words(words: &'n str) -> Self {
        Name { name: words, kind: NameKind::Words }
    }

    pub(super) const fn item(self) -> Self {
        Name { name: self.name, kind: NameKind::Item }
    }

    /// The words for a message.
    #[must_use]
    pub fn called(self) -> String {
        match self.kind {
            NameKind::Key => quoted(self.name),
            NameKind::Item => format!("an item of {}", quoted(self.name)),
            NameKind::Words => self.name.to_owned(),
        }
    }
}
