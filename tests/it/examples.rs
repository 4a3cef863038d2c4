//! The shipped examples: they load without a remark, cover every app, and end as they say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tugtest::document::{self, Known, KnownConnection, Loaded, discover};
use tugtest::double;
use tugtest::model::app::AppKind;
use tugtest::model::cause::Cause;
use tugtest::model::connection::Connection;
use tugtest::model::diagnostic::Diagnostic;
use tugtest::model::endpoint::Endpoint;
use tugtest::model::scenario::{Scenario, Step};
use tugtest::model::scrub::Scrubber;
use tugtest::model::verdict::{Expectation, Judgement, Verdict};
use tugtest::model::workspace::Workspace;
use tugtest::probe::catalog::Catalog;
use tugtest::probe::{Subject, interview, target};
use tugtest::vault;
use tugtest::wire::tcp::Reach;
use tugtest::wire::{Limits, Wire};

/// The workspace of the examples, loaded.
struct Examples {
    workspace: Workspace,
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
        Examples { workspace, catalog, connections, fixtures, scenarios, diagnostics }
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.scenarios.iter().flat_map(|scenario| &scenario.steps)
    }

    /// The connection that a step selects: its own, the only one of its app, or the default.
    fn selected(&self, step: &Step) -> Option<&Connection> {
        if let Some(name) = &step.connection {
            return self.connections.get(&**name);
        }
        let fitting: Vec<_> = self.connections.values().filter(|one| one.app == step.app).collect();
        if fitting.len() == 1 { Some(fitting[0]) } else { fitting.into_iter().find(|one| one.default) }
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

/// What a step's fixture leads to, by itself: without the retries and the memory of a run.
async fn judge(examples: &Examples, connection: &Connection, step: &Step, wire: &Wire) -> Judgement {
    let name = step.fixture.as_deref().expect("only steps with a fixture are judged");
    let file = discover::fixture_file(&examples.workspace.fixtures, name);
    let loaded = document::fixture::load(&file, name);
    assert_eq!(loaded.diagnostics, []);
    let fixture = loaded.value.expect("a fixture without a fault");
    let app = examples.catalog.get(&step.app).expect("the scenario was loaded with this catalogue");
    let recipe = app.recipe(connection.scheme);
    let credential = vault::canary(connection);
    let scrubber = Scrubber::new();
    credential.secrets.iter().for_each(|(field, secret)| scrubber.learn(field, secret));
    let target = target(&app, recipe, connection).expect("the examples lead somewhere");
    let double = double::raise(&fixture, &credential).await.expect("loopback has a port left");
    let endpoint = Endpoint { declared: target.address.clone(), effective: Some(double.stand_in()) };
    let subject = Subject {
        app: &app,
        recipe,
        connection,
        credential: &credential,
        endpoint: &endpoint,
        base_path: &target.base_path,
        probe: step.probe.as_ref(),
        requires: &step.requires,
        account: step.account.as_deref(),
        scrubber: &scrubber,
    };
    let mut judgement = interview(&subject, wire).await.judgement;
    // A pass that waits for a second try is given one.
    if step.expect == Expectation::Pass && judgement.cause.is_some_and(Cause::retryable) {
        judgement = interview(&subject, wire).await.judgement;
    }
    let mismatch = double.finish().await;
    assert_eq!(mismatch.map(|mismatch| mismatch.to_string()), None, "{name}");
    judgement
}

#[tokio::test]
async fn every_fixture_leads_to_what_its_step_expects() {
    let examples = Examples::load();
    let limits = Limits { total: Duration::from_millis(1500), ..Limits::default() };
    let wire = Wire::new(Reach::LoopbackOnly, limits);
    let tested = examples.steps().filter(|step| step.fixture.is_some()).filter_map(|step| {
        let selection = [Cause::ConnectionAmbiguous, Cause::AlreadyRejected].map(Expectation::Cause);
        let connection = examples.selected(step).filter(|_| !selection.contains(&step.expect))?;
        let judged = judge(&examples, connection, step, &wire);
        Some(async move { (step, judged.await) })
    });
    let judged = join_all(tested).await;
    for (step, judgement) in &judged {
        let expected = match step.expect {
            Expectation::Pass => None,
            Expectation::Cause(cause) => Some(cause),
        };
        assert_eq!(judgement.cause, expected, "{}: {}", step.name, judgement.message);
        assert!(!judgement.message.is_empty() && !judgement.message.contains("canary"), "{}", judgement.message);
    }
    assert!(judged.len() > 100, "{} steps", judged.len());
}
