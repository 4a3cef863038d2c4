//! The app catalogue: one recipe file an app, built in, and the user's own beside them.
//!
//! Recipes are listed by `build.rs` and read when they are first asked for: a run touches few of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::document::{self, Apps};
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
    BuiltIn { kind: AppKind, text: &'static str, app: OnceLock<Option<Arc<App>>> },
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
        for (path, shown) in files {
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let loaded = document::app::load_file(&path, &shown);
            let broken = loaded.has_errors();
            diagnostics.extend(loaded.diagnostics);
            catalog.entries.insert(name.into(), Entry::Own(loaded.value.filter(|_| !broken).map(Arc::new)));
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
