//! Fields by name: a small sorted list.
//!
//! A connection has a handful of fields and a run may have ten thousand connections; a tree would keep half a kilobyte for each of
//! them, mostly empty.

/// Values by field name, in the order of the names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<V>(Vec<(Box<str>, V)>);

impl<V> Default for Fields<V> {
    fn default() -> Self {
        Fields(Vec::new())
    }
}

impl<V> Fields<V> {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Fields(Vec::new())
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name))
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        self.place(name).ok().map(|at| &self.0[at].1)
    }

    /// Whether there is such a field.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Sets a field; returns the value that it had.
    pub fn insert(&mut self, name: Box<str>, value: V) -> Option<V> {
        match self.place(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<V> {
        self.place(name).ok().map(|at| self.0.remove(at).1)
    }

    /// The names, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The values, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<V> Extend<(Box<str>, V)> for Fields<V> {
    fn extend<I: IntoIterator<Item = (Box<str>, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.insert(name, value);
        }
    }
}

impl<V> FromIterator<(Box<str>, V)> for Fields<V> {
    fn from_iter<I: IntoIterator<Item = (Box<str>, V)>>(fields: I) -> Self {
        let mut collected = Fields::new();
        collected.extend(fields);
        collected
    }
}

impl<V, const N: usize> From<[(Box<str>, V); N]> for Fields<V> {
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
