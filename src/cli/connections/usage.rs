//! Which scenarios use which connections: by name, or because selection finds them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::load::Loader;
use crate::document::discover;
use crate::model::cause::Cause;
use crate::model::report::Mode;
use crate::model::verdict::Expectation;
use crate::runner::{Plan, Terms};
use crate::vault::last::LastVerdicts;
use crate::yaml::{self, Span};

/// A step that a connection is selected for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) file: Arc<str>,
    pub(super) workflow: Arc<str>,
    pub(super) step: Box<str>,
    pub(super) line: u32,
}

impl Use {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::json!({"file": &*self.file, "workflow": &*self.workflow, "step": &*self.step, "line": self.line})
    }
}

/// Everything that the scenarios of a workspace select.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// By the name of the connection.
    pub(super) used: BTreeMap<Arc<str>, Vec<Use>>,
    /// Names that steps select and that no file has.
    pub(super) missing: Vec<(Arc<str>, Use)>,
}

impl Usage {
    /// Asks selection, step by step. The connections of the loader are used up.
    pub(super) fn of(loader: &mut Loader) -> Self {
        let connections = std::mem::take(&mut loader.connections);
        let (catalog, last) = (Arc::clone(&loader.catalog), LastVerdicts::default());
        let terms = Terms {
            connections: &connections,
            catalog: &catalog,
            overrides: &[],
            mode: Mode::Live,
            strict: false,
            last: &last,
        };
        let mut usage = Usage::default();
        let folder = loader.workspace.scenarios.clone();
        if !folder.exists() {
            return usage;
        }
        for path in loader.scenario_files(&[folder], Mode::Live) {
            // One plan a scenario, so that memory does not grow with their number.
            let Some(scenario) = loader.scenario(&path) else { continue };
            let mut plan = Plan::new(Mode::Live);
            plan.add(scenario, terms, |_| None);
            for (scenario, header) in plan.headers() {
                let planned = &plan.scenarios[scenario];
                let (file, workflow) = (Arc::clone(&planned.file), Arc::clone(&planned.workflow));
                let used = Use { file, workflow, step: header.name.clone(), line: header.line };
                match &header.connection.name {
                    Some(name) if connections.valid.contains_key(name) || connections.broken.contains(name) => {
                        usage.used.entry(Arc::clone(name)).or_default().push(used);
                    }
                    // Where it is expected to be missing, nothing is.
                    Some(name) if header.expected != Expectation::Cause(Cause::ConnectionMissing) => {
                        usage.missing.push((Arc::clone(name), used));
                    }
                    Some(_) | None => {}
                }
            }
        }
        loader.connections = connections;
        usage
    }

    /// The steps that select one connection. The others are read only where selection has to choose among them.
    pub(super) fn of_one(start: &Path, file: &Path, name: &str) -> Vec<Use> {
        let mut alone = Loader::bare(start);
        alone.load_connection(file);
        let used = Usage::of(&mut alone).of_connection(name).to_vec();
        let named: usize = naming(&alone, name).iter().map(|naming| naming.spans.len()).sum();
        if used.len() == named { used } else { Usage::of(&mut Loader::at(start)).of_connection(name).to_vec() }
    }

    /// The steps that select a connection.
    pub(super) fn of_connection(&self, name: &str) -> &[Use] {
        self.used.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A scenario file that names a connection, and where.
pub(super) struct Naming {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) spans: Vec<Span>,
}

/// The scenario files whose steps name a connection outright.
pub(super) fn naming(loader: &Loader, name: &str) -> Vec<Naming> {
    let folder = &loader.workspace.scenarios;
    if !folder.exists() {
        return Vec::new();
    }
    let (files, _) = discover::files(std::slice::from_ref(folder));
    let of_file = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        let tree = yaml::parse(&text).ok()?;
        let steps = tree.root.get("steps").map(yaml::Node::items).unwrap_or_default();
        let named = steps.iter().filter_map(|step| step.get("connection"));
        let spans: Vec<Span> = named.filter(|node| node.text() == Some(name)).map(|node| node.span).collect();
        (!spans.is_empty()).then_some(Naming { path, text, spans })
    };
    files.into_iter().filter_map(of_file).collect()
}
