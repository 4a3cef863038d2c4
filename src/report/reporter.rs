//! The reporter: takes events in the order in which things happen and hands whole scenarios to formats in plan order.
//!
//! What a scenario's steps brought to light is kept until all scenarios before it in the plan are complete, and no longer; and of that
//! only what a format of this run will show.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::human::Human;
use super::json::Json;
use super::jsonl::Jsonl;
use super::junit::Junit;
use super::output::{Format, Output};
use super::progress::Progress;
use super::render::{Ending, Needs, Planned, Render};
use super::sink::{Sink, SinkError};
use crate::model::event::Event;
use crate::model::evidence::Scopes;
use crate::model::report::{RunHeader, ScenarioReport, StepReport, Tally};
use crate::model::scrub::Scrubber;
use crate::model::verdict::{Outcome, Verdict};

/// How many lines of evidence are kept of a step without `--trace`: its last words.
const LAST_WORDS: usize = 12;

/// Writes all reports of a run.
#[derive(Debug)]
pub struct Reporter {
    scrubber: Arc<Scrubber>,
    progress: Progress,
    reports: Vec<(Box<dyn Render>, Sink)>,
    needs: Needs,
    trace: bool,
    plan: Vec<Kept>,
    /// The first scenario of the plan that was not handed over yet.
    next: usize,
    tally: Tally,
    began: Instant,
    duration: Option<Duration>,
}

/// A scenario of the plan, with its steps as far as they are done.
#[derive(Debug)]
struct Kept {
    planned: Planned,
    steps: Vec<Option<Box<StepReport>>>,
    planned_steps: usize,
    done: usize,
}

impl Reporter {
    /// Opens every output, so that a path that cannot be written fails before the run.
    /// `color` is for standard output alone; files are never coloured.
    pub fn open(
        outputs: &[Output],
        color: bool,
        scrubber: &Arc<Scrubber>,
        progress: Progress,
    ) -> Result<Reporter, SinkError> {
        let mut reports = Vec::with_capacity(outputs.len());
        for output in outputs {
            let sink = Sink::open(output, scrubber, &progress)?;
            reports.push((renderer(output.format, color && sink.is_stream()), sink));
        }
        let needs = reports.iter().map(|(render, _)| render.needs()).fold(Needs::default(), |all, needs| Needs {
            scenarios: all.scenarios || needs.scenarios,
            details_of_met: all.details_of_met || needs.details_of_met,
        });
        Ok(Reporter {
            scrubber: Arc::clone(scrubber),
            progress,
            reports,
            needs,
            trace: false,
            plan: Vec::new(),
            next: 0,
            tally: Tally::default(),
            began: Instant::now(),
            duration: None,
        })
    }

    /// Takes an event, shows it as progress, and writes what can be written by now. Faults of a sink are kept for [`Reporter::finish`].
    pub fn event(&mut self, mut event: Event) {
        self.scrub(&mut event);
        self.progress.event(&event);
        match event {
            Event::RunStarted(run) => self.started(&run),
            Event::ScenarioPlanned { file, workflow, steps, .. } => {
                let planned = Planned { file, workflow };
                self.plan.push(Kept { planned, steps: Vec::new(), planned_steps: steps, done: 0 });
                self.hand_over();
            }
            Event::StepStarted { .. } | Event::StepRetried { .. } => {}
            Event::StepFinished { scenario, step, report } => self.finished(scenario, step, report),
            Event::RunFinished { duration } => self.duration = Some(duration),
        }
    }

    /// How many steps ended how, up to now.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Completes every report, also that of a run which was broken off, and puts each in its place.
    /// The first fault is returned, after all reports were tried.
    pub fn finish(mut self) -> Result<Tally, SinkError> {
        self.progress.finish();
        while self.next < self.plan.len() {
            self.hand_over_next();
        }
        let duration = self.duration.unwrap_or_else(|| self.began.elapsed());
        let ending = Ending { duration, tally: self.tally, short: self.scrubber.short() };
        self.tell(|render, out| render.finished(&ending, out));
        let closed: Vec<_> = self.reports.into_iter().map(|(_, sink)| sink.close()).collect();
        closed.into_iter().collect::<Result<Vec<()>, _>>().map(|_| self.tally)
    }

    fn started(&mut self, run: &RunHeader) {
        self.trace = run.trace;
        self.began = Instant::now();
        self.plan.reserve(run.scenarios);
        self.tell(|render, out| render.started(run, out));
    }

    fn finished(&mut self, scenario: usize, step: usize, mut report: Box<StepReport>) {
        self.tally.add(&report);
        let Some(kept) = self.plan.get(scenario) else { return };
        let planned = kept.planned.clone();
        self.tell(|render, out| render.step(&planned, &report, out));
        let needs = self.needs;
        trim(&mut report, needs, self.trace);
        let kept = &mut self.plan[scenario];
        kept.done += 1;
        if needs.scenarios {
            if kept.steps.len() <= step {
                kept.steps.resize_with(kept.planned_steps.max(step + 1), || None);
            }
            kept.steps[step] = Some(report);
        }
        self.hand_over();
    }

    /// Hands over every scenario whose turn has come.
    fn hand_over(&mut self) {
        while self.plan.get(self.next).is_some_and(|kept| kept.done >= kept.planned_steps) {
            self.hand_over_next();
        }
    }

    fn hand_over_next(&mut self) {
        let kept = &mut self.plan[self.next];
        self.next += 1;
        let steps: Vec<StepReport> = std::mem::take(&mut kept.steps).into_iter().flatten().map(|step| *step).collect();
        if !steps.is_empty() {
            let Planned { file, workflow } = kept.planned.clone();
            let scenario = ScenarioReport { file, workflow, steps };
            self.tell(|render, out| render.scenario(&scenario, out));
        }
    }

    /// Tells every format something and writes what it answers.
    fn tell(&mut self, mut tell: impl FnMut(&mut dyn Render, &mut Vec<String>)) {
        let mut out = Vec::new();
        for (render, sink) in &mut self.reports {
            tell(render.as_mut(), &mut out);
            out.drain(..).for_each(|text| sink.write(text));
        }
    }

    /// Masks secrets in everything that servers and users wrote, before any format or the progress sees it.
    fn scrub(&self, event: &mut Event) {
        match event {
            Event::ScenarioPlanned { file, workflow, .. } => {
                self.scrub_shared(file);
                self.scrub_shared(workflow);
            }
            Event::StepStarted { name, .. } => self.scrub_boxed(name),
            Event::StepFinished { report, .. } => self.scrub_step(report),
            Event::RunStarted(_) | Event::StepRetried { .. } | Event::RunFinished { .. } => {}
        }
    }

    fn scrub_step(&self, report: &mut StepReport) {
        let header = &mut report.header;
        self.scrub_boxed(&mut header.name);
        self.scrub_shared(&mut header.app);
        header.key.iter_mut().chain(&mut header.operation).for_each(|text| self.scrub_boxed(text));
        header.connection.name.iter_mut().for_each(|name| self.scrub_shared(name));
        let finding = &mut report.finding;
        let texts = [&mut finding.judgement.message].into_iter().chain(&mut finding.judgement.remedy);
        let texts = texts.chain(&mut header.target).chain(&mut finding.account);
        let texts = texts.chain(&mut finding.scopes.granted).chain(&mut finding.scopes.required);
        let texts = texts.chain(&mut finding.scopes.missing);
        let texts = texts.chain(finding.warnings.iter_mut().map(|warning| &mut warning.message));
        let texts = texts.chain(finding.evidence.iter_mut().map(|line| &mut line.text));
        for text in texts {
            if let Cow::Owned(scrubbed) = self.scrubber.scrub(text) {
                *text = scrubbed;
            }
        }
    }

    fn scrub_boxed(&self, text: &mut Box<str>) {
        if let Cow::Owned(scrubbed) = self.scrubber.scrub(text) {
            *text = scrubbed.into();
        }
    }

    fn scrub_shared(&self, text: &mut Arc<str>) {
        if let Cow::Owned(scrubbed) = self.scrubber.scrub(text) {
            *text = scrubbed.into();
        }
    }
}

/// Drops what no format of this run will show, so that thousands of steps stay small.
fn trim(report: &mut StepReport, needs: Needs, trace: bool) {
    let finding = &mut report.finding;
    let met = report.outcome == Outcome::Met;
    if !trace {
        let kept = if met { 0 } else { LAST_WORDS };
        let evidence = std::mem::take(&mut finding.evidence);
        let dropped = evidence.len().saturating_sub(kept);
        finding.evidence = evidence.into_iter().skip(dropped).collect();
    }
    if met && !needs.details_of_met {
        // Why a step was skipped is shown in every format.
        if finding.judgement.verdict() != Verdict::Skip {
            finding.judgement.message = String::new();
        }
        finding.judgement.remedy = None;
        finding.phases = Vec::new();
        finding.scopes = Scopes::default();
    }
}

/// The renderer of a format.
fn renderer(format: Format, color: bool) -> Box<dyn Render> {
    match format {
        Format::Human => Box::new(Human::new(color)),
        Format::Json => Box::new(Json::default()),
        Format::Jsonl => Box::new(Jsonl::default()),
        Format::Junit => Box::new(Junit::new()),
    }
}
