//! `tugtest run`: load, plan, run, report.

use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::model::report::{Mode, RunHeader};
use crate::model::scrub::Scrubber;
use crate::model::workspace::RunSettings;
use crate::probe::oauth2::keep::{Keeper, Nowhere};
use crate::report::diagnostics;
use crate::report::escape::escape;
use crate::report::output::{self, Format};
use crate::report::progress::Progress;
use crate::report::reporter::Reporter;
use crate::runner::tokens::StoredTokens;
use crate::runner::{self, Equipment, Plan, Settings, Stop, Terms};
use crate::vault::Vault;
use crate::vault::last::LastVerdicts;
use crate::wire::tcp::Reach;
use crate::wire::{Limits, Wire};

use super::args::{Colour, ExecutionOptions, ReportFormat, RunOptions};
use super::exit::{Exit, RunEnd};
use super::load::Loader;
use super::memory::Memory;
use super::pick::Pick;
use super::signals::Signals;
use super::{coloured, console, list};

/// How many events may wait for the reporter before workers wait for it.
const EVENTS: usize = 256;

/// Runs scenarios.
pub(super) fn run(options: &RunOptions, colour: Colour) -> Exit {
    let mut loader = Loader::for_paths(&options.paths);
    let vault = loader.vault();
    let plan = match draw_up(&mut loader, options) {
        Ok(plan) => plan,
        Err(complaint) => {
            console::complain(&complaint);
            return Exit::Invalid;
        }
    };
    show(&loader, colour);
    let execution = Execution::of(&loader, &options.execution, vault, colour);
    let root = mem::take(&mut loader.workspace.root);
    drop(loader); // a plan has all that a run needs
    if options.list { listed(&plan, execution.invalid) } else { carry_out(plan, execution).keep(&root) }
}

/// Loads scenarios one by one and plans what is picked of them. An error is a complaint about the options.
fn draw_up(loader: &mut Loader, options: &RunOptions) -> Result<Plan, String> {
    let mode = if options.live { Mode::Live } else { Mode::Mocked };
    let pick = Pick::new(options.filter.as_deref(), &options.tags)?;
    let paths = scenario_paths(loader, options)?;
    let (connections, catalog) = (mem::take(&mut loader.connections), Arc::clone(&loader.catalog));
    let (overrides, strict) = (&options.connections[..], options.execution.strict);
    let last = LastVerdicts::of(&loader.workspace.root, Timestamp::now());
    let terms = Terms { connections: &connections, catalog: &catalog, overrides, mode, strict, last: &last };
    let mut plan = Plan::new(mode);
    for path in loader.scenario_files(&paths, mode) {
        if let Some(scenario) = loader.scenario(&path).and_then(|scenario| pick.keep(scenario)) {
            plan.add(scenario, terms, |name| loader.fixture(name));
        }
    }
    Ok(plan)
}

/// The paths that were given, or the folder of the workspace.
fn scenario_paths(loader: &Loader, options: &RunOptions) -> Result<Vec<PathBuf>, String> {
    if !options.paths.is_empty() {
        return Ok(options.paths.clone());
    }
    let folder = loader.workspace.scenarios.clone();
    if folder.exists() {
        return Ok(vec![folder]);
    }
    let shown = loader.shown(&folder);
    let shown = escape(&shown);
    Err(format!(
        "error: there is no `{shown}` here to take scenarios from\n  = help: write one as {shown}/NAME.yaml, or name a file or \
         folder: tugtest run PATH"
    ))
}

fn listed(plan: &Plan, invalid: bool) -> Exit {
    match console::print(list::list(plan).as_bytes()) {
        _ if invalid => Exit::Invalid,
        Exit::Met if plan.steps() == 0 => Exit::Untested,
        printed => printed,
    }
}

/// Shows what is wrong with files, on standard error.
pub(super) fn show(loader: &Loader, colour: Colour) {
    if !loader.diagnostics.is_empty() {
        console::complain(&diagnostics::render(&loader.diagnostics, coloured(colour, &io::stderr())));
    }
}

/// What became of a plan.
pub(super) struct Carried {
    pub(super) exit: Exit,
    /// What was found of each connection, to be remembered.
    pub(super) memory: Option<Memory>,
}

impl Carried {
    /// Remembers what was found.
    pub(super) fn keep(self, root: &Path) -> Exit {
        if let Some(memory) = self.memory {
            memory.keep(root);
        }
        self.exit
    }
}

impl From<Exit> for Carried {
    fn from(exit: Exit) -> Self {
        Carried { exit, memory: None }
    }
}

/// How a plan is carried out.
pub(super) struct Execution<'o> {
    options: &'o ExecutionOptions,
    defaults: RunSettings,
    vault: Vault,
    /// The root of the workspace: new tokens are kept below it.
    root: PathBuf,
    /// Whether a file was not valid.
    invalid: bool,
    colour: Colour,
}

impl<'o> Execution<'o> {
    pub(super) fn of(loader: &Loader, options: &'o ExecutionOptions, vault: Vault, colour: Colour) -> Self {
        let (defaults, invalid) = (loader.workspace.run, loader.invalid(options.strict));
        let root = loader.workspace.root.clone();
        Execution { options, defaults, vault, root, invalid, colour }
    }
}

/// Carries a plan out and reports it.
pub(super) fn carry_out(plan: Plan, execution: Execution<'_>) -> Carried {
    let Execution { options, colour, invalid, .. } = execution;
    let outputs = match output::outputs(format(options.format), &options.outputs) {
        Ok(outputs) => outputs,
        Err(error) => {
            console::complain(&format!("error: {}", escape(&error.to_string())));
            return Exit::Invalid.into();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
    let Ok(runtime) = runtime else {
        console::complain("error: this machine lets no threads be started");
        return Exit::Bug.into();
    };
    let scrubber = Arc::new(Scrubber::new());
    let progress = if options.no_progress { Progress::hidden() } else { Progress::on_stderr() };
    let reporter = match Reporter::open(&outputs, coloured(colour, &io::stdout()), &scrubber, progress) {
        Ok(reporter) => reporter,
        Err(error) => {
            console::complain(&format!("error: {}", escape(&error.to_string())));
            return Exit::Report.into();
        }
    };
    // Before signals are listened to: who is asked for a passphrase can still leave.
    if plan.needs_identity() {
        let _ = runtime.block_on(execution.vault.identities());
    }
    let (end, memory) = runtime.block_on(conduct(plan, execution, scrubber, reporter));
    // Resolver threads cannot be interrupted; nobody waits for their answers any more.
    runtime.shutdown_timeout(Duration::from_millis(50));
    Carried { exit: RunEnd { invalid, ..end }.exit(), memory: Some(memory) }
}

async fn conduct(
    mut plan: Plan,
    Execution { options, defaults, vault, root, .. }: Execution<'_>,
    scrubber: Arc<Scrubber>,
    mut reporter: Reporter,
) -> (RunEnd, Memory) {
    let (stop, _) = watch::channel(Stop::Running);
    let stop = Arc::new(stop);
    let signals = Signals::listen(&stop);
    let mut asked_to_stop = stop.subscribe();
    tokio::select! {
        () = plan.resolve(&vault, &scrubber) => {}
        // A password manager may wait for somebody; the runner then cancels every step, whatever was resolved.
        _ = asked_to_stop.wait_for(|stop| *stop >= Stop::Drain) => {}
    }
    let (settings, limits) = settings(options, defaults);
    let reach = if plan.mode == Mode::Live { Reach::Anywhere } else { Reach::LoopbackOnly };
    let (sender, mut events) = mpsc::channel(EVENTS);
    let keeper: Arc<dyn Keeper> = match plan.mode {
        // A double's world ends with its step.
        Mode::Mocked => Arc::new(Nowhere),
        Mode::Live => Arc::new(StoredTokens::new(vault, root, limits.total)),
    };
    let header = header(&plan, options.trace);
    let mut memory = Memory::new(&header, &scrubber);
    let equipment = Equipment { wire: Wire::new(reach, limits), scrubber, keeper };
    let running = tokio::spawn(runner::run(plan, header, equipment, settings, stop, sender));
    while let Some(event) = events.recv().await {
        memory.note(&event);
        reporter.event(event);
    }
    let bug = running.await.unwrap_or(true);
    let tally = match reporter.finish() {
        Ok(tally) => Some(tally),
        Err(error) => {
            console::complain(&format!("error: {}", escape(&error.to_string())));
            None
        }
    };
    (RunEnd { tally, bug, signal: signals.first(), invalid: false }, memory)
}

fn header(plan: &Plan, trace: bool) -> RunHeader {
    RunHeader {
        tool: concat!("tugtest ", env!("CARGO_PKG_VERSION")).to_owned(),
        mode: plan.mode,
        started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        steps: plan.steps(),
        scenarios: plan.scenarios.len(),
        trace,
    }
}

/// The command line and the environment win over `tugtest.yaml`, which wins over the defaults.
fn settings(options: &ExecutionOptions, defaults: RunSettings) -> (Settings, Limits) {
    let (base, limits) = (Settings::default(), Limits::default());
    let settings = Settings {
        jobs: options.jobs.map(usize::from).or(defaults.jobs).unwrap_or(base.jobs),
        per_host: options.per_host.map(usize::from).or(defaults.per_host).unwrap_or(base.per_host),
        retries: options.retries.or(defaults.retries).unwrap_or(base.retries),
        fail_fast: options.fail_fast,
        strict: options.strict,
        allow_refresh: options.allow_refresh,
        seed: std::env::var("TUGTEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(|| fastrand::u64(..)),
        ..base
    };
    let limits = Limits {
        connect: options.connect_timeout.or(defaults.connect_timeout).unwrap_or(limits.connect),
        total: options.timeout.or(defaults.timeout).unwrap_or(limits.total),
        ..limits
    };
    (settings, limits)
}

/// Probes wait far more than they compute: more threads than this would only cost memory.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

fn format(format: ReportFormat) -> Format {
    match format {
        ReportFormat::Human => Format::Human,
        ReportFormat::Json => Format::Json,
        ReportFormat::Jsonl => Format::Jsonl,
        ReportFormat::Junit => Format::Junit,
    }
}
