//! `tugtest probe NAME...`: saved connections, live, without a scenario.

use std::sync::Arc;

use clap::FromArgMatches;
use jiff::Timestamp;

use crate::model::connection::Connection;
use crate::model::report::Mode;
use crate::model::scenario::{Scenario, Step};
use crate::model::verdict::Expectation;
use crate::report::escape::escape;
use crate::runner::plan::Connections;
use crate::runner::{Plan, Terms};
use crate::vault::last::LastVerdicts;

use super::args::{self, Cli, Colour, Command, ProbeOptions};
use super::console;
use super::exit::Exit;
use super::load::Loader;
use super::run::{Carried, Execution, carry_out, show};

/// Probes connections: a run over one step for each.
pub(super) fn probe(options: &ProbeOptions, colour: Colour) -> Exit {
    let loader = Loader::at(&options.workspace);
    let all: Vec<Arc<str>> =
        loader.connections.valid.keys().chain(&loader.connections.broken).map(Arc::clone).collect();
    let names: Vec<Arc<str>> =
        if options.all { all.clone() } else { options.names.iter().map(|name| Arc::from(name.as_str())).collect() };
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        let known: Vec<_> = all.iter().map(AsRef::as_ref).collect();
        let folder = loader.shown(&loader.workspace.connections);
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        console::complain(&format!(
            "error: there is no connection `{}` in {folder}\n  = help: known: {known}",
            escape(unknown)
        ));
        return Exit::Invalid;
    }
    show(&loader, colour);
    let strict = options.execution.strict;
    let (connections, catalog, last) =
        (&loader.connections, &loader.catalog, LastVerdicts::of(&loader.workspace.root, Timestamp::now()));
    let terms = Terms { connections, catalog, overrides: &[], mode: Mode::Live, strict, last: &last };
    let mut plan = Plan::new(Mode::Live);
    for name in &names {
        let connection = loader.connections.valid.get(name);
        let file = connection.map_or_else(
            || Arc::from(loader.shown(&loader.workspace.connections.join(format!("{name}.yaml")))),
            |connection| Arc::clone(&connection.file),
        );
        plan.add(scenario(name, connection, file), terms, |_| None);
    }
    let execution = Execution::of(&loader, &options.execution, loader.vault(), colour);
    let root = loader.workspace.root.clone();
    drop(loader);
    carry_out(plan, execution).keep(&root)
}

/// Probes a connection that is not saved yet, as `tugtest probe NAME` would probe it then.
pub(super) fn probe_one(loader: &Loader, connection: Arc<Connection>, colour: Colour) -> Carried {
    let name = Arc::clone(&connection.name);
    // Parsed, so that the settings of the environment hold here too.
    let parsed = args::command().try_get_matches_from(["tugtest", "probe", &name]);
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let Ok(Cli { command: Command::Probe(options), .. }) = parsed else { return Exit::Invalid.into() };
    let mut connections = Connections::default();
    let scenario = scenario(&name, Some(&connection), Arc::clone(&connection.file));
    connections.valid.insert(name, connection);
    let (catalog, last) = (&loader.catalog, LastVerdicts::of(&loader.workspace.root, Timestamp::now()));
    let strict = options.execution.strict;
    let terms = Terms { connections: &connections, catalog, overrides: &[], mode: Mode::Live, strict, last: &last };
    let mut plan = Plan::new(Mode::Live);
    plan.add(scenario, terms, |_| None);
    carry_out(plan, Execution::of(loader, &options.execution, loader.vault(), colour))
}

/// The scenario that asks one connection what its app's recipe asks.
fn scenario(name: &Arc<str>, connection: Option<&Arc<Connection>>, file: Arc<str>) -> Scenario {
    let label = connection.and_then(|connection| connection.label.clone());
    let app = connection.map_or_else(|| Arc::from("http"), |connection| Arc::clone(&connection.app));
    let step = Step {
        key: None,
        name: label.unwrap_or_else(|| (&**name).into()),
        app,
        operation: None,
        connection: Some((&**name).into()),
        requires: Vec::new(),
        fixture: None,
        probe: None,
        account: None,
        expect: Expectation::Pass,
        disabled: false,
        line: 1,
    };
    Scenario { file, workflow: Arc::clone(name), tags: Vec::new(), steps: vec![step] }
}
