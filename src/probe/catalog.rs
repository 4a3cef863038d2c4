//! The app catalogue: one recipe file an app, built in, and the user's own beside them.
//!
//! Recipes are listed by `build.rs` and read when they are first asked for: a run touches few of them.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::document::{self, Apps, Loaded};
use crate::model::app::{App, AppKind};
use crate::model::diagnostic::Diagnostic;

/// Name, kind and text of every built-in recipe, in the order of names.
const RECIPES: &[(&str, AppKind, &str)] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The apps that steps and connections may name.
#[derive(Debug)]
pub struct Catalog {
    entries: BTreeMap<Arc<str>, Entry>,
}

#[derive(Debug)]
enum Entry {
    BuiltIn {
        kind: AppKind,
        text: &'static str,
        app: OnceLock<Option<Arc<App>>>,
    },
    /// The user's own; none when its file is broken. A broken one hides a built-in one of its name: it was meant to replace it.
    Own(Option<Arc<App>>),
}

impl Catalog {
    /// What comes with tugtest.
    #[must_use]
    pub fn builtin() -> Self {
        let entry = |&(name, kind, text)| (Arc::from(name), Entry::BuiltIn { kind, text, app: OnceLock::new() });
        Catalog { entries: RECIPES.iter().map(entry).collect() }
    }

    /// The same with the user's own recipes, `*.yaml` in a folder, which replace built-in ones of the same name. A folder that
    /// does not exist holds none.
    #[must_use]
    pub fn with_user(folder: &Path) -> (Self, Vec<Diagnostic>) {
        let mut catalog = Catalog::builtin();
        let (files, mut diagnostics) = document::discover::apps(folder);
        let standing = env::current_dir().unwrap_or_default();
        for path in files {
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let shown = document::read::shown(&path, &standing);
            let loaded = match document::read::read(&path, &shown) {
                Ok(text) => document::app::load(&text, &shown),
                Err(diagnostic) => Loaded::refused(*diagnostic),
            };
            diagnostics.extend(loaded.diagnostics);
            catalog.entries.insert(name.into(), Entry::Own(loaded.value.map(Arc::new)));
        }
        (catalog, diagnostics)
    }

    /// An app with its recipes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<App>> {
        match self.entries.get_key_value(name)? {
            (name, Entry::BuiltIn { text, app, .. }) => app.get_or_init(|| read(name, text)).clone(),
            (_, Entry::Own(app)) => app.clone(),
        }
    }

    /// What a step of an app needs, without reading its recipe.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<AppKind> {
        match self.entries.get(name)? {
            Entry::BuiltIn { kind, .. } => Some(*kind),
            Entry::Own(app) => app.as_ref().map(|app| app.kind),
        }
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.entries.keys()
    }
}

impl Apps for Catalog {
    fn app(&self, name: &str) -> Option<Arc<App>> {
        self.get(name)
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.entries.keys().cloned().collect()
    }
}

fn read(name: &str, text: &str) -> Option<Arc<App>> {
    document::app::load(text, &format!("catalog/{name}.yaml")).value.map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scheme::Scheme;

    #[test]
    fn every_recipe_loads_without_a_remark() {
        for (name, kind, text) in RECIPES {
            let loaded = document::app::load(text, &format!("catalog/{name}.yaml"));
            assert_eq!(loaded.diagnostics, [], "{name}");
            let app = loaded.value.unwrap_or_else(|| panic!("{name} is not there"));
            assert_eq!((&*app.name, app.kind), (*name, *kind));
            assert_eq!(app.recipes.is_empty(), matches!(app.kind, AppKind::BuiltIn | AppKind::Shoppad), "{name}");
        }
    }

    #[test]
    fn every_recipe_asks_for_positive_evidence() {
        let catalog = Catalog::builtin();
        for app in catalog.names().filter_map(|name| catalog.get(name)) {
            for recipe in &app.recipes {
                let Some(probe) = &recipe.probe else {
                    let own = matches!(recipe.scheme, Scheme::Ftp | Scheme::ShopifyCustomApp);
                    assert!(own || &*app.name == "http", "{} has no probe", app.name);
                    continue;
                };
                let looks_inside = !probe.accept.json.is_empty() || probe.accept.text.is_some();
                assert!(looks_inside, "{}: a status alone proves nothing", app.name);
                assert!(!probe.refuse.is_empty(), "{} never refuses", app.name);
                assert!(recipe.place.is_some(), "{} places no secret", app.name);
            }
        }
    }

    #[test]
    fn what_is_verified_names_its_sources() {
        let catalog = Catalog::builtin();
        for app in catalog.names().filter_map(|name| catalog.get(name)) {
            for recipe in app.recipes.iter().filter(|recipe| recipe.verified) {
                assert!(!recipe.sources.is_empty(), "{}", app.name);
            }
        }
    }

    #[test]
    fn the_users_own_recipe_replaces_a_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stripe.yaml"), "app: stripe\ntitle: Ours\nkind: built-in\n").unwrap();
        std::fs::write(folder.path().join("slack.yaml"), "app: slack\ntitel: Oops\n").unwrap();
        std::fs::write(folder.path().join("acme.yaml"), "app: acme\ntitle: Acme\nkind: shoppad\n").unwrap();
        let (catalog, diagnostics) = Catalog::with_user(folder.path());
        assert_eq!(catalog.get("stripe").unwrap().title.as_ref(), "Ours");
        assert_eq!(catalog.kind("stripe"), Some(AppKind::BuiltIn));
        assert_eq!(catalog.kind("acme"), Some(AppKind::Shoppad));
        assert!(catalog.get("slack").is_none() && Apps::names(&catalog).iter().any(|name| &**name == "slack"));
        assert!(!diagnostics.is_empty() && diagnostics.iter().all(|fault| fault.file.ends_with("slack.yaml")));
        assert!(catalog.get("klaviyo").is_some() && catalog.get("nothing").is_none());
    }

    #[test]
    fn a_folder_that_is_not_there_holds_no_recipes() {
        let (catalog, diagnostics) = Catalog::with_user(Path::new("not-there"));
        assert_eq!(diagnostics, []);
        assert_eq!(catalog.names().count(), RECIPES.len());
    }
}
