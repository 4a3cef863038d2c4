//! What a conversation outside a run needs of the machine: threads, the wire, a scrubber, and an ear for signals.

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::complaint::Complaint;
use super::exit::Exit;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::verdict::{Judgement, Verdict};
use crate::wire::tcp::Reach;
use crate::wire::{Limits, Wire};

/// One session.
pub(super) struct Session {
    pub(super) runtime: Runtime,
    pub(super) scrubber: Scrubber,
    pub(super) wire: Wire,
}

impl Session {
    pub(super) fn begin() -> Result<Self, Complaint> {
        // A thread that goes on listening while the main one seals and probes.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|_| Complaint {
            message: "this machine has no thread left to listen with".to_owned(),
            help: Some("close something, and try again".to_owned()),
            exit: Exit::Bug,
        })?;
        Ok(Session { runtime, scrubber: Scrubber::new(), wire: Wire::new(Reach::Anywhere, Limits::default()) })
    }

    /// Waits for something, or for somebody who does not want to wait any more.
    pub(super) fn wait<R>(&self, work: impl Future<Output = Result<R, Complaint>>) -> Result<R, Complaint> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                exit = interrupted() => Err(Complaint {
                    message: "interrupted".to_owned(),
                    help: Some("nothing was changed here".to_owned()),
                    exit,
                }),
                done = work => done,
            }
        })
    }
}

/// The first signal that asks for an end.
async fn interrupted() -> Exit {
    let ear = |kind| async move {
        match signal(kind) {
            Ok(mut received) => drop(received.recv().await),
            // Without a handler the signal ends the process at once, which is what it asks for.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = ear(SignalKind::interrupt()) => Exit::Interrupted,
        () = ear(SignalKind::terminate()) => Exit::Terminated,
    }
}

/// A judgement as the end of a session: what it says, and the exit code of its verdict. What was wrong before anything was sent is a
/// matter of usage.
pub(super) fn ended(judgement: &Judgement) -> Complaint {
    let exit = match judgement.verdict() {
        _ if judgement.phase == Phase::Resolve => Exit::Invalid,
        Verdict::Inconclusive => Exit::Inconclusive,
        _ => Exit::Unmet,
    };
    let code = judgement.cause.map_or_else(String::new, |cause| format!(" [{}]", cause.code()));
    let message = format!("{}{code}", judgement.message.trim_end_matches('.'));
    Complaint { message, help: judgement.remedy.clone(), exit }
}

/// Nobody came.
pub(super) fn late(message: String, help: String) -> Complaint {
    Complaint { message, help: Some(help), exit: Exit::Inconclusive }
}
