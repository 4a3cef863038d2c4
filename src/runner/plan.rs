//! The plan: every step of a run with what is known of it before the first packet.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::app::{App, Recipe};
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::evidence::Warning;
use crate::model::fixture::Fixture;
use crate::model::phase::Phase;
use crate::model::probe::ProbeSpec;
use crate::model::report::{AuthState, Mode, StepConnection, StepHeader};
use crate::model::scenario::{Scenario, Step};
use crate::model::verdict::Judgement;
use crate::probe::catalog::Catalog;
use crate::probe::target::{Target, target};
use crate::vault::last::LastVerdicts;

use super::queue::Ticket;
pub use super::select::Connections;
use super::select::{Override, Selection, select};

/// What every step of a plan is drafted with.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The connections of the workspace.
    pub connections: &'a Connections,
    /// The app catalogue.
    pub catalog: &'a Catalog,
    /// Selections of the command line.
    pub overrides: &'a [Override],
    /// Mocked or live.
    pub mode: Mode,
    /// Refuse what a warning would be said of: plain FTP outside loopback.
    pub strict: bool,
    /// What is remembered of the connections.
    pub last: &'a LastVerdicts,
}

/// The steps of a run, ready to be carried out.
#[derive(Debug)]
pub struct Plan {
    /// Mocked or live.
    pub mode: Mode,
    /// The scenarios with how many steps each has.
    pub scenarios: Vec<PlannedScenario>,
    pub(super) jobs: Vec<Job>,
}

/// A scenario of the plan.
#[derive(Debug, Clone)]
pub struct PlannedScenario {
    /// The file, as messages show it.
    pub file: Arc<str>,
    /// The workflow's name.
    pub workflow: Arc<str>,
    /// How many steps it has.
    pub steps: usize,
}

/// One step of the plan.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) scenario: usize,
    pub(super) step: usize,
    pub(super) header: StepHeader,
    pub(super) work: Work,
}

/// What is left to do for a step.
#[derive(Debug)]
pub(super) enum Work {
    /// Nothing: this is the verdict.
    Settled(Box<Judgement>),
    /// An interview.
    Probe(Box<ProbeJob>),
}

/// Everything that an interview needs.
#[derive(Debug)]
pub(super) struct ProbeJob {
    pub(super) app: Arc<App>,
    pub(super) connection: Arc<Connection>,
    pub(super) credential: Arc<Credential>,
    pub(super) warnings: Vec<Warning>,
    pub(super) target: Target,
    pub(super) probe: Option<ProbeSpec>,
    pub(super) requires: Vec<Box<str>>,
    pub(super) account: Option<Box<str>>,
    pub(super) fixture: Option<(Box<str>, Arc<Fixture>)>,
}

impl Job {
    /// Says in the header where the step leads. Only when it is about to be reported: until then its target has it.
    pub(super) fn name_target(&mut self) {
        if let Work::Probe(probe) = &self.work {
            self.header.target = Some(probe.target.address.to_string());
        }
    }
}

impl ProbeJob {
    pub(super) fn recipe(&self) -> Option<&Recipe> {
        self.app.recipe(self.connection.scheme)
    }
}

impl Plan {
    /// A plan without a step.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        Plan { mode, scenarios: Vec::new(), jobs: Vec::new() }
    }

    /// Adds a scenario: selects a connection for every step. Nothing is resolved and no socket is opened.
    ///
    /// Scenarios come one at a time, so that only what the run needs of them is kept. `fixture` is asked for fixtures by name, in
    /// mocked runs only.
    pub fn add(&mut self, scenario: Scenario, terms: Terms<'_>, mut fixture: impl FnMut(&str) -> Option<Arc<Fixture>>) {
        let Scenario { file, workflow, steps, .. } = scenario;
        let index = self.scenarios.len();
        self.scenarios.push(PlannedScenario { file, workflow, steps: steps.len() });
        for (number, step) in steps.into_iter().enumerate() {
            let found = match (terms.mode, &step.fixture) {
                (Mode::Mocked, Some(name)) => fixture(name),
                _ => None,
            };
            let (header, work) = draft(step, found, terms);
            self.jobs.push(Job { scenario: index, step: number, header, work });
        }
    }

    /// How many steps it has.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.jobs.len()
    }

    /// What is known of each step, in plan order, with the place of its scenario.
    pub fn headers(&self) -> impl Iterator<Item = (usize, &StepHeader)> {
        self.jobs.iter().map(|job| (job.scenario, &job.header))
    }

    /// Numbers hosts and credentials for the queue.
    ///
    /// A double is a world of its own: in a mocked run no host is shared, and a credential is the same for steps of one scenario that
    /// name the same fixture.
    pub(super) fn tickets(&self) -> (Vec<Ticket>, usize, usize) {
        let (mut hosts, mut gates) = (HashMap::new(), HashMap::new());
        let mut tickets = Vec::with_capacity(self.jobs.len());
        for (step, job) in self.jobs.iter().enumerate() {
            let Work::Probe(probe) = &job.work else { continue };
            let world = probe.fixture.as_ref().map(|(name, _)| (job.scenario, name));
            let host = match world {
                None => (Some((&*probe.target.address.host, probe.target.address.port)), None),
                Some(_) => (None, Some(step)),
            };
            let count = hosts.len();
            let host = *hosts.entry(host).or_insert(count);
            let count = gates.len();
            let gate = *gates.entry((&*probe.connection.name, world)).or_insert(count);
            tickets.push(Ticket { step, host, gate });
        }
        (tickets, hosts.len(), gates.len())
    }
}

/// What is known of a step, and what is left to do.
fn draft(step: Step, fixture: Option<Arc<Fixture>>, terms: Terms<'_>) -> (StepHeader, Work) {
    let app = terms.catalog.get(&step.app);
    let selection = app.as_ref().map(|app| select(&step, app, terms.connections, terms.overrides));
    let (connection, settled) = match &selection {
        None => (unconnected(AuthState::Authenticate, None), Some(no_app(&step))),
        Some(Selection::Settled(judgement, state, name)) => {
            (unconnected(*state, name.clone()), Some(judgement.clone()))
        }
        Some(Selection::Connection(connection)) => {
            let (name, scheme) = (Some(Arc::clone(&connection.name)), Some(connection.scheme));
            let last = terms.last.live(&connection.name).map(Box::new);
            (StepConnection { name, scheme, state: AuthState::Authenticated, last }, None)
        }
    };
    let settled = if step.disabled { Some(disabled()) } else { settled };
    let header = StepHeader {
        key: step.key,
        name: step.name,
        app: step.app,
        operation: step.operation,
        connection,
        expected: step.expect,
        target: None,
        line: step.line,
    };
    let (Some(app), Some(Selection::Connection(connection)), None) = (app, selection, &settled) else {
        let judgement = settled.unwrap_or_else(disabled);
        return (header, Work::Settled(Box::new(judgement)));
    };
    let target = match target(&app, app.recipe(connection.scheme), &connection) {
        Ok(target) => target,
        Err(judgement) => return (header, Work::Settled(Box::new(judgement))),
    };
    if terms.strict && target.is_cleartext() {
        return settled_at(header, &target, cleartext(&target));
    }
    let fixture = match (terms.mode, step.fixture, fixture) {
        (Mode::Live, ..) => None,
        (Mode::Mocked, Some(name), Some(fixture)) => Some((name, fixture)),
        (Mode::Mocked, name, _) => return settled_at(header, &target, no_fixture(name.as_deref())),
    };
    let probe = ProbeJob {
        app,
        connection,
        credential: Arc::default(),
        warnings: Vec::new(),
        target,
        probe: step.probe,
        requires: step.requires,
        account: step.account,
        fixture,
    };
    (header, Work::Probe(Box::new(probe)))
}

fn unconnected(state: AuthState, name: Option<Arc<str>>) -> StepConnection {
    StepConnection { name, scheme: None, state, last: None }
}

fn no_app(step: &Step) -> Judgement {
    Judgement::of(
        Cause::NoProbe,
        Phase::Resolve,
        format!("App `{}` is not in the catalogue, so nothing is known of how to test it.", step.app),
        format!("Add a recipe as apps/{}.yaml, or correct the name.", step.app),
    )
}

fn disabled() -> Judgement {
    Judgement::without_remedy(Cause::Disabled, Phase::Resolve, "The step is switched off in its workflow.")
}

fn settled_at(mut header: StepHeader, target: &Target, judgement: Judgement) -> (StepHeader, Work) {
    header.target = Some(target.address.to_string());
    (header, Work::Settled(Box::new(judgement)))
}

fn cleartext(target: &Target) -> Judgement {
    Judgement::of(
        Cause::DestinationRefused,
        Phase::Resolve,
        format!("{} is not encrypted, and --strict sends no secret in clear.", target.address),
        "Use `protocol: ftps` (or `ftps-implicit`, or SFTP), or run without --strict.",
    )
}

fn no_fixture(name: Option<&str>) -> Judgement {
    let message = match name {
        None => "A mocked run, and the step names no fixture: nothing was tested.".to_owned(),
        Some(name) => format!("A mocked run, and fixture `{name}` cannot be used: nothing was tested."),
    };
    Judgement::of(Cause::NoFixture, Phase::Resolve, message, "Add a `fixture:` to the step, or run with --live.")
}
