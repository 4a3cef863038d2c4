//! Progress on standard error while a run is under way: bars on a terminal, a calm line now and then elsewhere.

use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::escape::escape;
use crate::model::event::Event;
use crate::model::verdict::Outcome;

/// What a run shows of itself while it runs. Cheap to clone; clones share the display.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Display>>);

struct Display {
    bars: Option<Bars>,
    state: Mutex<State>,
}

/// Where a run stands.
#[derive(Debug)]
struct State {
    began: Instant,
    /// When the bars were last drawn anew, or the last plain line was written.
    spoke: Option<Duration>,
    planned: usize,
    done: usize,
    unmet: usize,
    /// Steps under way, the longest first.
    running: Vec<(usize, usize, Instant, Box<str>)>,
    finished: bool,
}

impl Progress {
    /// Nothing at all (`--no-progress`).
    #[must_use]
    pub fn hidden() -> Progress {
        Progress(None)
    }

    /// Bars where standard error is a terminal, plain lines where it is not.
    #[must_use]
    pub fn on_stderr() -> Progress {
        Progress::with(Term::stderr().is_term().then(Bars::new))
    }

    fn with(bars: Option<Bars>) -> Progress {
        let state = State {
            began: Instant::now(),
            spoke: None,
            planned: 0,
            done: 0,
            unmet: 0,
            running: Vec::new(),
            finished: false,
        };
        Progress(Some(Arc::new(Display { bars, state: Mutex::new(state) })))
    }

    /// Takes in what happened. Names in events have to be scrubbed already.
    pub fn event(&self, event: &Event) {
        let Some(display) = &self.0 else { return };
        let mut state = display.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.take(event);
        let now = state.began.elapsed();
        match &display.bars {
            Some(bars) => bars.draw(&mut state, now),
            None => {
                if let Some(line) = state.line(now) {
                    // Progress is worth no fault: when nobody reads it, the run goes on.
                    let _ = std::io::stderr().write_all(line.as_bytes());
                }
            }
        }
    }

    /// Runs `write` with the bars out of the way, so that its lines are not torn.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match self.0.as_ref().and_then(|display| display.bars.as_ref()) {
            Some(bars) if bars.share_the_screen => bars.multi.suspend(write),
            _ => write(),
        }
    }

    /// Takes the display away for good.
    pub fn finish(&self) {
        let Some(display) = &self.0 else { return };
        display.state.lock().unwrap_or_else(PoisonError::into_inner).finished = true;
        if let Some(bars) = &display.bars {
            bars.clear();
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            None => "Progress(hidden)",
            Some(display) if display.bars.is_some() => "Progress(bars)",
            Some(_) => "Progress(lines)",
        })
    }
}

impl State {
    /// A run of this length or shorter needs no plain line.
    const SILENT: Duration = Duration::from_secs(10);
    /// Between two plain lines.
    const CALM: Duration = Duration::from_secs(30);

    fn take(&mut self, event: &Event) {
        match event {
            Event::RunStarted(run) => {
                self.planned = run.steps;
                self.began = Instant::now();
            }
            Event::StepStarted { scenario, step, name } => {
                self.running.push((*scenario, *step, Instant::now(), escape(name).into()));
            }
            Event::StepFinished { scenario, step, report } => {
                self.running.retain(|(a, b, ..)| (a, b) != (scenario, step));
                self.done += 1;
                self.unmet += usize::from(report.outcome == Outcome::Unmet);
            }
            Event::ScenarioPlanned { .. } | Event::StepRetried { .. } | Event::RunFinished { .. } => {}
        }
    }

    fn counts(&self) -> String {
        let unmet = if self.unmet > 0 { format!(", {} unmet", self.unmet) } else { String::new() };
        format!("{} running{unmet}", self.running.len())
    }

    /// The plain line that is due, if one is.
    fn line(&mut self, now: Duration) -> Option<String> {
        let due = self.spoke.map_or(Self::SILENT, |spoke| spoke + Self::CALM);
        if now < due || self.finished || self.done >= self.planned {
            return None;
        }
        self.spoke = Some(now);
        Some(format!("{:>4}s: {} of {} steps done, {}\n", now.as_secs(), self.done, self.planned, self.counts()))
    }
}

/// Bars on a terminal: the steps that run longest, and below them the whole run.
struct Bars {
    multi: MultiProgress,
    whole: ProgressBar,
    begun: Once,
    steps: Mutex<Vec<(usize, usize, ProgressBar)>>,
    /// Whether standard output is a terminal too.
    share_the_screen: bool,
}

impl Bars {
    /// How many running steps are shown.
    const SHOWN: usize = 4;
    /// A step that is over sooner is not shown.
    const WORTH_SHOWING: Duration = Duration::from_millis(400);
    /// Between two drawings.
    const PAUSE: Duration = Duration::from_millis(60);

    fn new() -> Bars {
        let whole = ProgressBar::hidden().with_prefix("Running").with_style(style(
            "{prefix:>12.green.bold} [{elapsed_precise}] {bar:24.green/dim} {pos}/{len}: {wide_msg}",
        ));
        Bars {
            multi: MultiProgress::new(),
            whole,
            begun: Once::new(),
            steps: Mutex::new(Vec::new()),
            share_the_screen: Term::stdout().is_term(),
        }
    }

    /// Shows the bar, once there is something to show.
    fn begin(&self, planned: usize) {
        self.begun.call_once(|| {
            self.whole.reset();
            self.whole.set_length(planned as u64);
            self.multi.add(self.whole.clone());
            // The only thread of the display; without it the clock would stand while all steps wait for their servers.
            self.whole.enable_steady_tick(Duration::from_millis(250));
        });
    }

    fn draw(&self, state: &mut State, now: Duration) {
        let last = state.done == state.planned;
        if state.finished || state.planned == 0 || (!last && state.spoke.is_some_and(|spoke| now < spoke + Self::PAUSE))
        {
            return;
        }
        state.spoke = Some(now);
        self.begin(state.planned);
        self.draw_steps(state);
        self.whole.set_message(state.counts());
        self.whole.set_position(state.done as u64);
    }

    fn draw_steps(&self, state: &State) {
        let long = state.running.iter().filter(|(_, _, began, _)| began.elapsed() >= Self::WORTH_SHOWING);
        let shown: Vec<_> = long.take(Self::SHOWN).collect();
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.retain(|(scenario, step, bar)| {
            let stays = shown.iter().any(|(a, b, ..)| (a, b) == (scenario, step));
            if !stays {
                bar.finish_and_clear();
                self.multi.remove(bar);
            }
            stays
        });
        for (scenario, step, began, name) in shown {
            if !steps.iter().any(|(a, b, _)| (a, b) == (scenario, step)) {
                let bar =
                    ProgressBar::new_spinner().with_style(style("             [{elapsed_precise}] {wide_msg:.dim}"));
                let bar = self.multi.insert_before(&self.whole, bar.with_elapsed(began.elapsed()));
                bar.set_message(name.to_string());
                steps.push((*scenario, *step, bar));
            }
        }
        steps.iter().for_each(|(_, _, bar)| bar.tick());
    }

    fn clear(&self) {
        self.whole.disable_steady_tick();
        for (_, _, bar) in self.steps.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            bar.finish_and_clear();
        }
        self.whole.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates are fixed, and a test builds them")
        .progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(planned: usize) -> State {
        let Progress(Some(display)) = Progress::with(None) else { unreachable!("lines are a display") };
        let mut state = Arc::into_inner(display).unwrap().state.into_inner().unwrap();
        state.planned = planned;
        state
    }

    #[test]
    fn a_short_run_says_nothing_and_a_long_one_little() {
        let mut state = state(1000);
        let lines: Vec<String> = (0..=120).filter_map(|second| state.line(Duration::from_secs(second))).collect();
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert_eq!(lines[0], "  10s: 0 of 1000 steps done, 0 running\n");
        assert_eq!(lines[1], "  40s: 0 of 1000 steps done, 0 running\n");
        state.done = 1000;
        assert_eq!(state.line(Duration::from_secs(500)), None);
    }

    #[test]
    fn bars_can_be_built_and_cleared() {
        let bars = Bars::new();
        let mut state = state(3);
        state.running.push((0, 0, Instant::now().checked_sub(Duration::from_secs(2)).unwrap(), "a step".into()));
        bars.draw(&mut state, Duration::from_secs(1));
        assert_eq!(bars.steps.lock().unwrap().len(), 1);
        bars.clear();
    }
}
