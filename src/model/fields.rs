//! Fields by name: a small sorted list, shared by its clones.
//!
//! A connection has a handful of fields and a run may have ten thousand connections; a tree would keep half a kilobyte for each of
//! them, mostly empty. A credential has the public fields of its connection, so they are kept once.

use std::sync::Arc;

/// Values by field name, in the order of the names.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields<V>(Option<Arc<[Field<V>]>>);

/// A field's name and its value.
type Field<V> = (Box<str>, V);

impl<V> Clone for Fields<V> {
    fn clone(&self) -> Self {
        Fields(self.0.clone())
    }
}

impl<V> Default for Fields<V> {
    fn default() -> Self {
        Fields::new()
    }
}

impl<V> Fields<V> {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Fields(None)
    }

    fn list(&self) -> &[Field<V>] {
        self.0.as_deref().unwrap_or_default()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.list().binary_search_by(|(known, _)| (**known).cmp(name))
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        self.place(name).ok().map(|at| &self.list()[at].1)
    }

    /// Whether there is such a field.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// The names, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.list().iter().map(|(name, _)| &**name)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.list().iter().map(|(name, value)| (&**name, value))
    }

    /// The values, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.list().iter().map(|(_, value)| value)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list().is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list().len()
    }
}

impl<V: Clone> Fields<V> {
    /// Sets a field; returns the value that it had.
    pub fn insert(&mut self, name: Box<str>, value: V) -> Option<V> {
        let mut list = self.list().to_vec();
        let before = match self.place(&name) {
            Ok(at) => Some(std::mem::replace(&mut list[at].1, value)),
            Err(at) => {
                list.insert(at, (name, value));
                None
            }
        };
        self.0 = Some(list.into());
        before
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<V> {
        let at = self.place(name).ok()?;
        let mut list = self.list().to_vec();
        let (_, value) = list.remove(at);
        self.0 = Some(list.into());
        Some(value)
    }
}

impl<V: Clone> Extend<(Box<str>, V)> for Fields<V> {
    fn extend<I: IntoIterator<Item = (Box<str>, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.insert(name, value);
        }
    }
}

impl<V: Clone> FromIterator<(Box<str>, V)> for Fields<V> {
    fn from_iter<I: IntoIterator<Item = (Box<str>, V)>>(fields: I) -> Self {
        let mut collected = Fields::new();
        collected.extend(fields);
        collected
    }
}

impl<V: Clone, const N: usize> From<[(Box<str>, V); N]> for Fields<V> {
    fn from(fields: [(Box<str>, V); N]) -> Self {
        fields.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_and_unique() {
        let mut fields: Fields<u8> = [("b".into(), 1), ("a".into(), 2)].into();
        assert_eq!(fields.insert("b".into(), 3), Some(1));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", &2), ("b", &3)]);
        assert_eq!(fields.get("c"), None);
        assert_eq!(fields.remove("a"), Some(2));
        assert_eq!(fields.len(), 1);
    }
}
