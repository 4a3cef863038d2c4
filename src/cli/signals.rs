//! Signals: the first asks a run to stop, the second ends it at once.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::runner::Stop;

use super::exit::Exit;

/// Listens for SIGINT and SIGTERM for as long as a run lasts.
#[derive(Debug, Clone, Default)]
pub(super) struct Signals {
    first: Arc<Mutex<Option<Exit>>>,
}

impl Signals {
    /// Begins to listen: the first signal drains the run, the second ends it.
    #[must_use]
    pub(super) fn listen(stop: &Arc<watch::Sender<Stop>>) -> Self {
        let signals = Signals::default();
        for (kind, exit) in [(SignalKind::interrupt(), Exit::Interrupted), (SignalKind::terminate(), Exit::Terminated)]
        {
            // Without a handler the signal ends the process at once, which is what it asks for.
            let Ok(mut received) = signal(kind) else { continue };
            let (signals, stop) = (signals.clone(), Arc::clone(stop));
            tokio::spawn(async move {
                while received.recv().await.is_some() {
                    signals.receive(exit, &stop);
                }
            });
        }
        signals
    }

    fn receive(&self, exit: Exit, stop: &watch::Sender<Stop>) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if first.is_none() { Stop::Drain } else { Stop::Now };
        first.get_or_insert(exit);
        stop.send_replace(next);
    }

    /// The first signal that came, as an exit code.
    #[must_use]
    pub(super) fn first(&self) -> Option<Exit> {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
