//! Edits of a text: some entries of a mapping change, and everything else stays as a person wrote it, comments and order too.

use std::ops::Range;

use super::node::{Node, Value};

/// A change of one entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: String,
    /// The entry's new lines, key and all, without indentation before the first; none to take it out.
    pub lines: Option<String>,
}

impl Change {
    /// Sets a key to a value that is written on the same line, or begins there.
    #[must_use]
    pub fn set(key: &str, value: &str) -> Self {
        Change { key: key.to_owned(), lines: Some(format!("{}: {value}", super::write::text(key))) }
    }

    /// Takes a key out.
    #[must_use]
    pub fn unset(key: &str) -> Self {
        Change { key: key.to_owned(), lines: None }
    }
}

/// A mapping in block style, as lines of a text.
#[derive(Debug)]
pub struct Block<'t> {
    text: &'t str,
    /// Key and lines of every entry, in order.
    entries: Vec<(&'t str, Range<usize>)>,
    indent: &'t str,
}

impl<'t> Block<'t> {
    /// The lines of a mapping. None for one that is not in block style, or that shares its lines with something else.
    #[must_use]
    pub fn of(text: &'t str, map: &'t Node) -> Option<Self> {
        let Value::Map(written) = &map.value else { return None };
        let mut entries: Vec<(&str, Range<usize>)> = Vec::with_capacity(written.len());
        let mut indent = None;
        for entry in written {
            let key = entry.span.start as usize;
            let start = text[..key].rfind('\n').map_or(0, |at| at + 1);
            let before = text.get(start..key)?;
            let blank = before.bytes().all(|byte| byte == b' ');
            let last = text.get(key..entry.value.span.end as usize)?.trim_end().len() + key;
            let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
            if !blank
                || *indent.get_or_insert(before) != before
                || entries.last().is_some_and(|(_, lines)| lines.end > start)
            {
                return None;
            }
            entries.push((&entry.key, start..end));
        }
        Some(Block { text, entries, indent: indent? })
    }

    /// The whole text, changed. New entries come after the last one, before one whose key is `last`.
    #[must_use]
    pub fn changed(&self, changes: &[Change], last: &str) -> String {
        let mut text = String::with_capacity(self.text.len() + 256);
        let known = |key: &str| self.entries.iter().any(|(known, _)| *known == key);
        let new: Vec<&Change> = changes.iter().filter(|change| !known(&change.key)).collect();
        let place = self.entries.iter().position(|(key, _)| *key == last).unwrap_or(self.entries.len());
        let mut done = 0;
        for (number, (key, lines)) in self.entries.iter().enumerate() {
            text.push_str(&self.text[done..lines.start]);
            if number == place {
                self.add(&mut text, new.iter().filter(|change| change.key != last));
            }
            match changes.iter().find(|change| change.key == *key) {
                None => text.push_str(&self.text[lines.clone()]),
                Some(change) => self.add(&mut text, [&change]),
            }
            done = lines.end;
        }
        let rest = new.iter().filter(|change| place == self.entries.len() || change.key == last);
        self.add(&mut text, rest);
        text.push_str(&self.text[done..]);
        text
    }

    fn add<'c>(&self, text: &mut String, changes: impl IntoIterator<Item = &'c &'c Change>) {
        for lines in changes.into_iter().filter_map(|change| change.lines.as_deref()) {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            for line in lines.lines() {
                text.push_str(self.indent);
                text.push_str(line);
                text.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn changed(text: &str, changes: &[Change]) -> Option<String> {
        let tree = parse(text).unwrap();
        Block::of(text, &tree.root).map(|block| block.changed(changes, "sealed"))
    }

    #[test]
    fn comments_order_and_other_entries_stay() {
        let text = "# ours\napp: klaviyo # theirs\n\n# the label\nlabel: old\nfields:\n  a: 1\n  # in it\nsealed: |\n  AAA\n  BBB\n# end\n";
        let changes = [Change::set("label", "new"), Change::set("default", "true"), Change::set("sealed", "|\n  CCC")];
        let expected = "# ours\napp: klaviyo # theirs\n\n# the label\nlabel: new\nfields:\n  a: 1\n  # in it\ndefault: true\nsealed: |\n  CCC\n# end\n";
        assert_eq!(changed(text, &changes).as_deref(), Some(expected));
        let expected = "# ours\napp: klaviyo # theirs\n\n# the label\nfields:\n  a: 1\n  # in it\nsealed: |\n  AAA\n  BBB\n# end\n";
        assert_eq!(changed(text, &[Change::unset("label")]).as_deref(), Some(expected));
    }

    #[test]
    fn nested_mappings_keep_their_indentation() {
        let text = "fields:\n    a: 1 # one\n    b: [1,\n        2]\nx: y";
        let tree = parse(text).unwrap();
        let block = Block::of(text, tree.root.get("fields").unwrap()).unwrap();
        let changes = [Change::set("b", "3"), Change::set("c", "4")];
        assert_eq!(block.changed(&changes, ""), "fields:\n    a: 1 # one\n    b: 3\n    c: 4\nx: y");
        assert_eq!(changed(text, &[Change::set("z", "1")]).unwrap(), format!("{text}\nz: 1\n"));
    }

    #[test]
    fn what_is_not_in_block_style_is_left_to_the_caller() {
        assert_eq!(changed("{a: 1, b: 2}\n", &[Change::set("a", "2")]), None);
        assert_eq!(changed("- a: 1\n", &[]), None);
    }
}
