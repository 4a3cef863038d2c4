//! What an import has gathered so far, and the names in it.

use std::collections::BTreeSet;

use super::app::Known;
use super::{Imported, LeftOut};
use crate::model::connection::LONGEST_NAME;
use crate::vault::draft::Draft;
use crate::yaml::secrecy::may_be_secret;

/// The catalogue beside what was found.
pub(super) struct Tray<'t> {
    pub(super) apps: &'t [Known<'t>],
    /// The app of what states none.
    pub(super) app: Option<&'t str>,
    names: BTreeSet<String>,
    imported: Imported,
}

/// What something is called in the text that it stands in.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// The variable or the connection, as it may be shown.
    pub(super) what: String,
    /// A part of it, as it may be shown.
    pub(super) part: Option<String>,
    pub(super) line: Option<usize>,
}

impl Label {
    pub(super) fn of(what: impl Into<String>, line: Option<usize>) -> Self {
        Label { what: what.into(), part: None, line }
    }

    /// A part of what this is the label of.
    pub(super) fn part(&self, name: &str) -> Self {
        let part = if is_showable(name) { format!("`{name}`") } else { "a field, whose name is not shown,".to_owned() };
        Label { part: Some(part), ..self.clone() }
    }
}

impl<'t> Tray<'t> {
    pub(super) fn new(apps: &'t [Known<'t>], app: Option<&'t str>) -> Self {
        Tray { apps, app, names: BTreeSet::new(), imported: Imported::default() }
    }

    /// The app of this name that a connection can be for. Case and separators do not matter.
    pub(super) fn known(&self, name: &str) -> Option<&'t Known<'t>> {
        let fold = |name: &str| -> String {
            name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
        };
        let usable = || self.apps.iter().filter(|app| !app.schemes.is_empty());
        usable().find(|app| app.name == name).or_else(|| usable().find(|app| fold(app.name) == fold(name)))
    }

    /// The app of what states none, or why there is none.
    pub(super) fn fallback(&self) -> Result<&'t Known<'t>, &'static str> {
        let name = self.app.ok_or("states no app; say which app: --app NAME")?;
        self.known(name)
            .ok_or("states no app, and the one given for it is no app of the catalogue that takes connections")
    }

    /// Leaves something out.
    pub(super) fn leave(&mut self, label: &Label, why: impl Into<String>) {
        let why = why.into();
        let why = label.part.as_ref().map_or_else(|| why.clone(), |part| format!("its part {part} {why}"));
        self.imported.left_out.push(LeftOut { what: label.what.clone(), why, line: label.line });
    }

    /// Keeps a connection, unless there is one of that name.
    pub(super) fn keep(&mut self, label: &Label, mut draft: Draft) {
        if !self.names.insert(draft.name.clone()) {
            let why = format!("would be the second connection named `{}`; rename one of the two", draft.name);
            return self.leave(label, why);
        }
        let first = self.imported.drafts.iter().find(|other| draft.default && other.default && other.app == draft.app);
        if let Some(name) = first.map(|other| other.name.clone()) {
            draft.default = false;
            self.leave(
                &label.part("default"),
                format!("was not taken over: `{name}` is the default of its app already"),
            );
        }
        self.imported.drafts.push(draft);
    }
}

impl From<Tray<'_>> for Imported {
    fn from(tray: Tray<'_>) -> Self {
        tray.imported
    }
}

/// Makes a name for a connection out of a name from elsewhere; none where nothing of it is left.
pub(super) fn name_of(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '_' || c == '.' { c.to_ascii_lowercase() } else { '-' };
        let first = name.is_empty() && !c.is_ascii_alphanumeric();
        let again = c == '-' && name.ends_with('-');
        if !first && !again && name.len() < LONGEST_NAME {
            name.push(c);
        }
    }
    name.truncate(name.trim_end_matches(['-', '_', '.']).len());
    (!name.is_empty()).then_some(name)
}

/// Whether a name can be a line's `what`: one line, of a name's length, and nothing that may be a secret.
pub(super) fn is_showable(name: &str) -> bool {
    !name.is_empty() && name.len() <= 250 && !name.contains(char::is_control) && !may_be_secret(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::is_name;

    #[test]
    fn names_from_elsewhere_become_names_of_connections() {
        for (text, name) in [
            ("my_conn", Some("my_conn")),
            ("My Store (EU)", Some("my-store-eu")),
            ("--a//b--", Some("a-b")),
            ("M\u{fc}nchen", Some("m-nchen")),
            ("#", None),
            ("", None),
        ] {
            assert_eq!(name_of(text).as_deref(), name, "{text}");
            assert!(name.is_none_or(is_name), "{text}");
        }
        assert_eq!(name_of(&"a".repeat(100)).map(|name| name.len()), Some(63));
        assert!(is_name("a--b-") && !is_name("-a") && !is_name("A") && !is_name("") && !is_name(&"a".repeat(64)));
    }

    #[test]
    fn a_second_of_the_same_name_and_a_second_default_are_left_out() {
        let mut tray = Tray::new(&[], None);
        let draft =
            |name: &str| Draft { name: name.to_owned(), app: "slack".to_owned(), default: true, ..Draft::default() };
        for name in ["a", "a", "b"] {
            tray.keep(&Label::of(name.to_uppercase(), None), draft(name));
        }
        let imported = Imported::from(tray);
        assert_eq!(
            imported.drafts.iter().map(|draft| (&*draft.name, draft.default)).collect::<Vec<_>>(),
            [("a", true), ("b", false)]
        );
        let whats: Vec<_> = imported.left_out.iter().map(|left| (&*left.what, left.why.contains("`a`"))).collect();
        assert_eq!(whats, [("A", true), ("B", true)]);
    }

    #[test]
    fn names_that_may_be_secrets_are_not_shown() {
        assert!(is_showable("My Store (EU)") && is_showable("KLAVIYO_API_KEY"));
        assert!(!is_showable("shpat_canary") && !is_showable("a\nb") && !is_showable(""));
    }
}
