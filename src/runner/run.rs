//! The run: workers take steps from the queue until nothing is left, or somebody asks them to stop.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};

use crate::model::cause::Cause;
use crate::model::event::Event;
use crate::model::phase::Phase;
use crate::model::report::{RunHeader, StepHeader, StepReport};
use crate::model::scrub::Scrubber;
use crate::model::verdict::{Judgement, Outcome};
use crate::probe::oauth2::keep::Keeper;
use crate::wire::Wire;

use super::Settings;
use super::execute::{Executed, Means, execute};
use super::gate::rejects;
use super::plan::{Job, Plan, Work};
use super::queue::{Queue, Turn};

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// It does.
    Running,
    /// Start nothing new; let what runs finish, for a bounded time.
    Drain,
    /// End at once; what runs is cancelled.
    Now,
}

/// What a run works with.
#[derive(Debug)]
pub struct Equipment {
    /// The client sockets.
    pub wire: Wire,
    /// Masks every secret, those that are met on the way too.
    pub scrubber: Arc<Scrubber>,
    /// Keeps tokens that are obtained.
    pub keeper: Arc<dyn Keeper>,
}

/// Everything that workers share.
struct Shared {
    /// The steps that are not reported yet, by their place in the plan.
    jobs: Mutex<Vec<Option<Job>>>,
    queue: Queue,
    equipment: Equipment,
    settings: Settings,
    stop: Arc<watch::Sender<Stop>>,
    events: mpsc::Sender<Event>,
    /// The names of steps whose credential was rejected, by their place in the plan.
    refusals: Mutex<HashMap<usize, Box<str>>>,
}

/// Carries a plan out. Every step ends in exactly one [`Event::StepFinished`], also when the run is stopped.
///
/// Returns whether a bug of tugtest was met on the way.
pub async fn run(
    plan: Plan,
    header: RunHeader,
    equipment: Equipment,
    settings: Settings,
    stop: Arc<watch::Sender<Stop>>,
    events: mpsc::Sender<Event>,
) -> bool {
    let started = Instant::now();
    announce(&plan, header, &events).await;
    let (tickets, hosts, gates) = plan.tickets();
    let workers = settings.jobs.clamp(1, tickets.len().max(1));
    let shared = Arc::new(Shared {
        queue: Queue::new(tickets, hosts, gates, settings.per_host),
        jobs: Mutex::new(plan.jobs.into_iter().map(Some).collect()),
        equipment,
        settings,
        stop,
        events,
        refusals: Mutex::default(),
    });
    // Whoever was asked to stop before the first step begins none: secrets may not even be resolved.
    let stopped = if *shared.stop.borrow() >= Stop::Drain { shared.queue.close() } else { Vec::new() };
    shared.cancel(stopped).await;
    shared.settle().await;
    let bug = Arc::new(AtomicBool::new(false));
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..workers {
        let (shared, bug) = (Arc::clone(&shared), Arc::clone(&bug));
        tasks.spawn(async move { shared.work(worker as u64, &bug).await });
    }
    let supervisor = tokio::spawn(supervise(Arc::clone(&shared)));
    while tasks.join_next().await.is_some() {}
    supervisor.abort();
    shared.cancel(shared.queue.close()).await;
    // The receiver may be gone only if the reporter has given up; then there is nobody to tell.
    let _ = shared.events.send(Event::RunFinished { duration: started.elapsed() }).await;
    bug.load(Ordering::Relaxed)
}

async fn announce(plan: &Plan, header: RunHeader, events: &mpsc::Sender<Event>) {
    let _ = events.send(Event::RunStarted(header)).await;
    for (scenario, planned) in plan.scenarios.iter().enumerate() {
        let (file, workflow) = (Arc::clone(&planned.file), Arc::clone(&planned.workflow));
        let _ = events.send(Event::ScenarioPlanned { scenario, file, workflow, steps: planned.steps }).await;
    }
}

/// Waits for a wish to stop: closes the queue, and turns a drain into an end when its time is up.
async fn supervise(shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    if stop.wait_for(|stop| *stop >= Stop::Drain).await.is_err() {
        return;
    }
    let left = shared.queue.close();
    shared.cancel(left).await;
    let drained = tokio::time::sleep(shared.settings.drain);
    tokio::select! {
        () = drained => { shared.stop.send_replace(Stop::Now); }
        _ = stop.wait_for(|stop| *stop == Stop::Now) => {}
    }
}

impl Shared {
    fn take(&self, step: usize) -> Option<Job> {
        let mut job = locked(&self.jobs)[step].take()?;
        job.name_target();
        Some(job)
    }

    /// Reports the steps that need no probe.
    async fn settle(&self) {
        let is_settled = |job: &Option<Job>| matches!(job, Some(Job { work: Work::Settled(_), .. }));
        let settled: Vec<usize> = {
            let jobs = locked(&self.jobs);
            (0..jobs.len()).filter(|&step| is_settled(&jobs[step])).collect()
        };
        for step in settled {
            if let Some(Job { scenario, step, header, work: Work::Settled(judgement) }) = self.take(step) {
                self.conclude(scenario, step, header, Executed::settled(*judgement)).await;
            }
        }
    }

    async fn work(&self, worker: u64, bug: &AtomicBool) {
        let mut random = fastrand::Rng::with_seed(self.settings.seed.wrapping_add(worker));
        loop {
            match self.queue.next().await {
                Turn::Done => return,
                Turn::Refuse(step, by) => self.refuse(step, by).await,
                Turn::Probe(step) => self.probe(step, &mut random, bug).await,
            }
        }
    }

    async fn refuse(&self, step: usize, by: usize) {
        let Some(job) = self.take(step) else { return };
        let first = locked(&self.refusals).get(&by).cloned().unwrap_or_default();
        let judgement = Judgement::of(
            Cause::AlreadyRejected,
            Phase::Resolve,
            format!("Not sent again: this credential was rejected at step `{first}` of this run."),
            "Mend the connection as the first refusal says, then run again.",
        );
        self.conclude(job.scenario, job.step, job.header, Executed::settled(judgement)).await;
    }

    async fn probe(&self, index: usize, random: &mut fastrand::Rng, bug: &AtomicBool) {
        let Some(Job { scenario, step, header, work: Work::Probe(probe) }) = self.take(index) else { return };
        let _ = self.events.send(Event::StepStarted { scenario, step, name: header.name.clone() }).await;
        let mut stop = self.stop.subscribe();
        let means = Means {
            wire: &self.equipment.wire,
            scrubber: &self.equipment.scrubber,
            keeper: &*self.equipment.keeper,
            may_refresh: self.settings.allow_refresh,
            retries: self.settings.retries,
            events: &self.events,
            place: (scenario, step),
        };
        let executing = execute(&probe, means, random);
        let executed = tokio::select! {
            executed = AssertUnwindSafe(executing).catch_unwind() => executed.unwrap_or_else(|_| {
                bug.store(true, Ordering::Relaxed);
                Executed::settled(panicked())
            }),
            _ = stop.wait_for(|stop| *stop == Stop::Now) => Executed::settled(cancelled()),
        };
        // Before the queue lets go of anything that waits for this step.
        let left = self.stop_if_unmet(self.outcome(&header, &executed));
        if executed.finding.judgement.cause.is_some_and(rejects) {
            locked(&self.refusals).insert(index, header.name.clone());
        }
        self.queue.finished(index, &executed.finding.judgement);
        self.report(scenario, step, header, executed).await;
        self.cancel(left).await;
    }

    /// Reports a step, and ends the run with it where it has to.
    async fn conclude(&self, scenario: usize, step: usize, header: StepHeader, executed: Executed) {
        let left = self.stop_if_unmet(self.outcome(&header, &executed));
        self.report(scenario, step, header, executed).await;
        self.cancel(left).await;
    }

    async fn cancel(&self, steps: Vec<usize>) {
        for step in steps {
            if let Some(job) = self.take(step) {
                self.report(job.scenario, job.step, job.header, Executed::settled(cancelled())).await;
            }
        }
    }

    /// What a judgement means for its step; `--strict` lets less count as met.
    fn outcome(&self, header: &StepHeader, executed: &Executed) -> Outcome {
        let finding = &executed.finding;
        match header.expected.outcome(&finding.judgement) {
            Outcome::Untested if self.settings.strict => Outcome::Unmet,
            Outcome::Met if self.settings.strict && !finding.warnings.is_empty() => Outcome::Unmet,
            outcome => outcome,
        }
    }

    /// Ends a `--fail-fast` run before any worker can take another step. Returns the steps that are left, to be cancelled.
    fn stop_if_unmet(&self, outcome: Outcome) -> Vec<usize> {
        if outcome != Outcome::Unmet || !self.settings.fail_fast {
            return Vec::new();
        }
        let left = self.queue.close();
        self.stop.send_if_modified(|stop| {
            let running = *stop == Stop::Running;
            if running {
                *stop = Stop::Drain;
            }
            running
        });
        left
    }

    async fn report(&self, scenario: usize, step: usize, header: StepHeader, executed: Executed) {
        let outcome = self.outcome(&header, &executed);
        let Executed { finding, attempts, duration } = executed;
        let report = Box::new(StepReport { header, finding, outcome, attempts, duration });
        let _ = self.events.send(Event::StepFinished { scenario, step, report }).await;
    }
}

/// What a worker that panicked left in there is whole: nothing is ever half written under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cancelled() -> Judgement {
    Judgement::without_remedy(Cause::Cancelled, Phase::Resolve, "The run ended before this step was judged.")
}

fn panicked() -> Judgement {
    Judgement::of(
        Cause::InternalError,
        Phase::Assert,
        "tugtest met a bug of its own while it probed this step; the connection was not judged.",
        "Please report it, with the command and the version. Nothing is wrong with your connection because of it.",
    )
}
