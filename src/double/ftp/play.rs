//! A play: what is the same for every connection to one double.

use std::sync::{Mutex, PoisonError};

use tokio_rustls::TlsAcceptor;

use super::script::{Turn, mismatch};
use crate::double::Mismatch;
use crate::model::credential::Credential;
use crate::model::fixture::{FtpScript, FtpTls};

/// The dialogue, and what it was played for.
pub(super) struct Play {
    pub(super) tls: FtpTls,
    pub(super) acceptor: Option<TlsAcceptor>,
    pub(super) turns: Vec<Turn>,
    pub(super) credential: Credential,
    /// The first command that no turn waited for.
    pub(super) unmatched: Mutex<Option<Mismatch>>,
}

impl Play {
    /// Prepares a script.
    pub(super) fn new(script: &FtpScript, credential: &Credential, acceptor: Option<TlsAcceptor>) -> Play {
        Play {
            tls: script.tls,
            acceptor,
            turns: script.dialogue.iter().map(|turn| Turn::new(turn, credential)).collect(),
            credential: credential.clone(),
            unmatched: Mutex::new(None),
        }
    }

    /// Remembers a command that no turn waited for, if it is the first.
    pub(super) fn remember(&self, command: &[u8], next: usize) {
        let mut unmatched = self.unmatched.lock().unwrap_or_else(PoisonError::into_inner);
        unmatched.get_or_insert_with(|| mismatch(command, self.turns[next..].iter(), &self.credential));
    }
}
