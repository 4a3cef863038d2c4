//! The shipped examples: they load without a remark, cover every app, and end as they say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tugtest::document::{self, Known, KnownConnection, Loaded, discover};
use tugtest::model::app::AppKind;
use tugtest::model::connection::Connection;
use tugtest::model::diagnostic::Diagnostic;
use tugtest::model::scenario::{Scenario, Step};
use tugtest::model::verdict::{Expectation, Verdict};
use tugtest::probe::catalog::Catalog;

/// The workspace of the examples, loaded.
struct Examples {
    catalog: Catalog,
    connections: BTreeMap<Arc<str>, Connection>,
    fixtures: BTreeSet<Box<str>>,
    scenarios: Vec<Scenario>,
    diagnostics: Vec<Diagnostic>,
}

impl Examples {
    fn load() -> Examples {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let Loaded { value, mut diagnostics } = document::workspace::locate(&root);
        let workspace = value.expect("the examples are a workspace");
        let (catalog, found) = Catalog::with_user(&workspace.apps);
        diagnostics.extend(found);
        let mut keep = |loaded: Loaded<_>| {
            diagnostics.extend(loaded.diagnostics);
            loaded.value
        };
        let (files, _) = discover::connections(&workspace.connections);
        let load = |path: &PathBuf| document::connection::load(path, &path.display().to_string(), &workspace, &catalog);
        let connections: BTreeMap<_, _> =
            files.iter().filter_map(|path| keep(load(path))).map(|found| (Arc::clone(&found.name), found)).collect();
        let known = |one: &Connection| KnownConnection { app: Some(Arc::clone(&one.app)), scheme: Some(one.scheme) };
        let known: BTreeMap<_, _> = connections.iter().map(|(name, one)| (Arc::clone(name), known(one))).collect();
        let fixtures = discover::fixtures(&workspace.fixtures);
        let known = Known { apps: &catalog, connections: &known, fixtures: Some(&fixtures) };
        let (files, _) = discover::files(std::slice::from_ref(&workspace.scenarios));
        let mut scenarios = Vec::new();
        for path in files {
            let loaded = document::scenario::load(&path, &path.display().to_string(), &known);
            diagnostics.extend(loaded.diagnostics);
            scenarios.extend(loaded.value);
        }
        Examples { catalog, connections, fixtures, scenarios, diagnostics }
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.scenarios.iter().flat_map(|scenario| &scenario.steps)
    }
}

#[test]
fn the_examples_load_without_a_remark() {
    let examples = Examples::load();
    assert_eq!(examples.diagnostics, []);
    assert!(examples.scenarios.len() >= 12, "{} scenarios", examples.scenarios.len());
}

#[test]
fn every_app_is_shown_working_and_failing() {
    let examples = Examples::load();
    let shown = |app: &str, verdict: Verdict| {
        examples.steps().filter(|step| *step.app == *app).any(|step| match step.expect {
            Expectation::Pass => verdict == Verdict::Pass && step.fixture.is_some(),
            Expectation::Cause(cause) => cause.verdict() == verdict,
        })
    };
    for name in examples.catalog.names() {
        let kind = examples.catalog.kind(name).unwrap();
        if matches!(kind, AppKind::Connected | AppKind::SameStore) {
            assert!(shown(name, Verdict::Pass), "no example passes for {name}");
            assert!(shown(name, Verdict::Fail), "no example fails for {name}");
        } else {
            assert!(examples.steps().any(|step| step.app == *name), "no example has a step of {name}");
        }
    }
}

#[test]
fn every_fixture_and_connection_is_used() {
    let examples = Examples::load();
    let used: BTreeSet<&str> = examples.steps().filter_map(|step| step.fixture.as_deref()).collect();
    let unused: Vec<_> = examples.fixtures.iter().filter(|name| !used.contains(&***name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
    for name in examples.connections.keys() {
        let named = examples.steps().any(|step| step.connection.as_deref() == Some(name));
        assert!(named, "no example selects {name}");
    }
}

#[test]
fn every_step_ends_as_it_says_with_no_secret_at_hand() {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_tugtest"));
    let run = tool.args(["run", "scenarios", "--no-progress", "--trace"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = run.env_clear().output().expect("the tool starts");
    let (report, remarks) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{report}{remarks}");
    assert!(!report.contains("canary") && !remarks.contains("canary"), "a secret is shown:\n{report}");
}
