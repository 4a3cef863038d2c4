//! Loading: the workspace with its apps, connections, scenarios and fixtures, and every diagnostic on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Known, KnownConnection, Loaded, discover};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::fixture::Fixture;
use crate::model::report::Mode;
use crate::model::scenario::Scenario;
use crate::model::workspace::Workspace;
use crate::probe::catalog::Catalog;
use crate::runner::plan::Connections;

/// A workspace, loaded as far as its files allow.
pub(super) struct Loader {
    pub(super) workspace: Workspace,
    pub(super) catalog: Catalog,
    pub(super) connections: Connections,
    pub(super) diagnostics: Vec<Diagnostic>,
    known: BTreeMap<Arc<str>, KnownConnection>,
    standing: PathBuf,
}

impl Loader {
    /// The workspace of the first path; without a path the one that the user stands in, or else the one of `./scenarios`.
    pub(super) fn for_paths(paths: &[PathBuf]) -> Self {
        let (here, scenarios) = (Path::new("."), Path::new("scenarios"));
        let start = match paths.first() {
            Some(path) => path,
            None if document::workspace::is_marked(here) || !scenarios.is_dir() => here,
            None => scenarios,
        };
        Loader::at(start)
    }

    /// Finds the workspace at or above a path and loads its apps and connections.
    pub(super) fn at(start: &Path) -> Self {
        let standing = std::env::current_dir().unwrap_or_default();
        let Loaded { value, mut diagnostics } = document::workspace::locate(start);
        let workspace = value.unwrap_or_else(|| document::workspace::defaults(start.to_path_buf()));
        let (catalog, found) = Catalog::with_user(&workspace.apps);
        diagnostics.extend(found);
        let mut loader = Loader {
            workspace,
            catalog,
            connections: Connections::default(),
            diagnostics,
            known: BTreeMap::new(),
            standing,
        };
        loader.load_connections();
        loader
    }

    /// How a file is shown: relative to where the user stands.
    pub(super) fn shown(&self, path: &Path) -> String {
        document::read::shown(path, &self.standing)
    }

    fn load_connections(&mut self) {
        let (files, diagnostics) = discover::connections(&self.workspace.connections);
        self.diagnostics.extend(diagnostics);
        for path in files {
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let name: Arc<str> = Arc::from(stem);
            let shown = self.shown(&path);
            let loaded = document::connection::load(&path, &shown, &self.workspace, &self.catalog);
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
        let valid = self.connections.valid.values().map(AsRef::as_ref);
        self.diagnostics.extend(document::connection::several_defaults(valid));
    }

    /// Loads scenarios. What is wrong with one does not keep the others from being run.
    pub(super) fn scenarios(&mut self, paths: &[PathBuf], mode: Mode) -> Vec<Scenario> {
        let (files, diagnostics) = discover::files(paths);
        self.diagnostics.extend(diagnostics);
        let fixtures = (mode == Mode::Mocked).then(|| discover::fixtures(&self.workspace.fixtures));
        let known = Known { apps: &self.catalog, connections: &self.known, fixtures: fixtures.as_ref() };
        let mut scenarios = Vec::with_capacity(files.len());
        for path in files {
            let shown = document::read::shown(&path, &self.standing);
            let Loaded { value, diagnostics } = document::scenario::load(&path, &shown, &known);
            self.diagnostics.extend(diagnostics);
            scenarios.extend(value);
        }
        scenarios
    }

    /// Loads the fixtures that these scenarios name.
    pub(super) fn fixtures(&mut self, scenarios: &[Scenario]) -> BTreeMap<Box<str>, Arc<Fixture>> {
        let names: BTreeSet<&str> =
            scenarios.iter().flat_map(|scenario| &scenario.steps).filter_map(|step| step.fixture.as_deref()).collect();
        let mut fixtures = BTreeMap::new();
        for name in names {
            let path = discover::fixture_file(&self.workspace.fixtures, name);
            if !path.is_file() {
                continue; // The scenario's own diagnostic says so.
            }
            let shown = self.shown(&path);
            let loaded = document::fixture::load(&path, &shown);
            let broken = loaded.has_errors();
            self.diagnostics.extend(loaded.diagnostics);
            if let Some(fixture) = loaded.value.filter(|_| !broken) {
                fixtures.insert(name.into(), Arc::new(fixture));
            }
        }
        fixtures
    }

    /// Whether a file is not valid; under `--strict` a warning is enough.
    pub(super) fn invalid(&self, strict: bool) -> bool {
        self.diagnostics.iter().any(|diagnostic| strict || diagnostic.severity == Severity::Error)
    }
}
