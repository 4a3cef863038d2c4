//! What kind of document a text is, by the keys that it has on top. For files whose place does not say it.

use crate::yaml;

/// The kinds of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A workflow with its steps.
    Scenario,
    /// Stored login information.
    Connection,
    /// What a double plays.
    Fixture,
    /// A recipe.
    App,
}

impl Kind {
    /// The kind that most of the top keys speak for; none when the text cannot be read or has no telling key.
    #[must_use]
    pub fn of(text: &str) -> Option<Kind> {
        let tree = yaml::parse(text).ok()?;
        let has = |keys: &[&str]| keys.iter().filter(|key| tree.root.get(key).is_some()).count();
        let votes = [
            (has(&["workflow", "steps"]), Kind::Scenario),
            (has(&["fields", "sealed"]), Kind::Connection),
            (has(&["http", "ftp", "sftp"]), Kind::Fixture),
            (has(&["types", "title", "kind"]), Kind::App),
        ];
        let (count, kind) = votes.into_iter().rev().max_by_key(|(count, _)| *count)?;
        (count > 0).then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_keys_tell() {
        for (text, kind) in [
            ("workflow: a\nsteps: []\n", Some(Kind::Scenario)),
            ("steps: []\n", Some(Kind::Scenario)),
            ("app: ftp\ntype: ftp\nfields: {}\n", Some(Kind::Connection)),
            ("http: []\n", Some(Kind::Fixture)),
            ("app: a\ntitle: A\ntypes: {}\n", Some(Kind::App)),
            ("app: a\n", None),
            ("[", None),
        ] {
            assert_eq!(Kind::of(text), kind, "{text}");
        }
    }
}
