//! Loading: the workspace with its apps, connections, scenarios and fixtures, and every diagnostic on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Known, KnownConnection, Loaded, discover};
use crate::model::connection::SecretReference;
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::fixture::Fixture;
use crate::model::report::Mode;
use crate::model::scenario::Scenario;
use crate::model::workspace::Workspace;
use crate::probe::catalog::Catalog;
use crate::runner::plan::Connections;
use crate::vault::Vault;
use crate::vault::identity::Source;

use super::ask::Person;

/// A workspace, loaded as far as its files allow.
pub(super) struct Loader {
    pub(super) workspace: Workspace,
    pub(super) catalog: Arc<Catalog>,
    pub(super) connections: Connections,
    pub(super) diagnostics: Vec<Diagnostic>,
    known: BTreeMap<Arc<str>, KnownConnection>,
    /// The fixtures that exist; none in live runs, which use none.
    fixture_names: Option<BTreeSet<Box<str>>>,
    /// Those that were asked for; none where one cannot be used.
    fixtures: BTreeMap<Box<str>, Option<Arc<Fixture>>>,
    standing: PathBuf,
}

impl Loader {
    /// The workspace of the first path; without a path the one that the user stands in.
    pub(super) fn for_paths(paths: &[PathBuf]) -> Self {
        Loader::at(paths.first().map_or(Path::new("."), PathBuf::as_path))
    }

    /// Finds the workspace at or above a path and loads its apps and connections.
    pub(super) fn at(start: &Path) -> Self {
        let mut loader = Loader::bare(start);
        loader.load_connections();
        loader
    }

    /// The same without the connections. Whoever stands in no workspace is taken to mean that of `./scenarios`.
    pub(super) fn bare(start: &Path) -> Self {
        let scenarios = Path::new("scenarios");
        let here = start == Path::new(".");
        let start =
            if here && !document::workspace::is_marked(start) && scenarios.is_dir() { scenarios } else { start };
        let standing = std::env::current_dir().unwrap_or_default();
        let Loaded { value, mut diagnostics } = document::workspace::locate(start);
        let workspace = value.unwrap_or_else(|| document::workspace::defaults(start.to_path_buf()));
        let (catalog, found) = Catalog::with_user(&workspace.apps);
        diagnostics.extend(found);
        Loader {
            workspace,
            catalog: Arc::new(catalog),
            connections: Connections::default(),
            diagnostics,
            known: BTreeMap::new(),
            fixture_names: None,
            fixtures: BTreeMap::new(),
            standing,
        }
    }

    /// The vault for its connections, with the identities of the environment.
    pub(super) fn vault(&self) -> Vault {
        Vault::new(Source::of_environment(), Box::new(Person), self.variables())
    }

    /// The variables that its connections refer to.
    pub(super) fn variables(&self) -> BTreeSet<Box<str>> {
        let references = self.connections.valid.values().flat_map(|connection| connection.secrets.values());
        references.filter_map(SecretReference::variable).map(Into::into).collect()
    }

    /// How a file is shown: relative to where the user stands.
    pub(super) fn shown(&self, path: &Path) -> String {
        document::read::shown(path, &self.standing)
    }

    fn load_connections(&mut self) {
        let (files, diagnostics) = discover::connections(&self.workspace.connections);
        self.diagnostics.extend(diagnostics);
        for path in files {
            self.load_connection(&path);
        }
        let valid = self.connections.valid.values().map(AsRef::as_ref);
        self.diagnostics.extend(document::connection::several_defaults(valid));
    }

    /// Loads one connection, valid or not.
    pub(super) fn load_connection(&mut self, path: &Path) {
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { return };
        let name: Arc<str> = Arc::from(stem);
        let loaded = document::connection::load(path, &self.shown(path), &self.workspace, &*self.catalog);
        let broken = loaded.has_errors();
        let known = loaded.value.as_ref().map(|connection| KnownConnection {
            app: Some(Arc::clone(&connection.app)),
            scheme: Some(connection.scheme),
        });
        self.known.insert(Arc::clone(&name), known.unwrap_or_default());
        self.diagnostics.extend(loaded.diagnostics);
        match loaded.value.filter(|_| !broken) {
            Some(connection) => drop(self.connections.valid.insert(name, Arc::new(connection))),
            None => self.connections.broken.push(name),
        }
    }

    /// The scenario files behind these paths; for mocked runs the fixtures are looked at too.
    pub(super) fn scenario_files(&mut self, paths: &[PathBuf], mode: Mode) -> Vec<PathBuf> {
        let (files, diagnostics) = discover::files(paths);
        self.diagnostics.extend(diagnostics);
        // Once: `check` comes here for each file that it is given.
        if mode == Mode::Mocked && self.fixture_names.is_none() {
            self.fixture_names = Some(discover::fixtures(&self.workspace.fixtures));
        }
        files
    }

    /// Loads a scenario. What is wrong with one does not keep the others from being run.
    pub(super) fn scenario(&mut self, path: &Path) -> Option<Scenario> {
        let known = Known { apps: &*self.catalog, connections: &self.known, fixtures: self.fixture_names.as_ref() };
        let Loaded { value, diagnostics } = document::scenario::load(path, &self.shown(path), &known);
        self.diagnostics.extend(diagnostics);
        value
    }

    /// Loads a fixture, once. One that does not exist is in the diagnostics of the scenario that names it.
    pub(super) fn fixture(&mut self, name: &str) -> Option<Arc<Fixture>> {
        if let Some(known) = self.fixtures.get(name) {
            return known.clone();
        }
        let path = discover::fixture_file(&self.workspace.fixtures, name);
        let fixture = if path.is_file() { self.fixture_at(&path) } else { None };
        self.fixtures.insert(name.into(), fixture.clone());
        fixture
    }

    /// Loads the fixture in a file.
    pub(super) fn fixture_at(&mut self, path: &Path) -> Option<Arc<Fixture>> {
        let loaded = document::fixture::load(path, &self.shown(path));
        let broken = loaded.has_errors();
        self.diagnostics.extend(loaded.diagnostics);
        loaded.value.filter(|_| !broken).map(Arc::new)
    }

    /// Whether a file is not valid; under `--strict` a warning is enough.
    pub(super) fn invalid(&self, strict: bool) -> bool {
        self.diagnostics.iter().any(|diagnostic| strict || diagnostic.severity == Severity::Error)
    }
}
