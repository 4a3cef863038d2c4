//! The FTP double: a scripted responder.

use std::io;

use super::Mismatch;
use crate::model::credential::Credential;
use crate::model::endpoint::StandIn;
use crate::model::fixture::FtpScript;

/// A stand-in FTP server.
pub(super) enum FtpDouble {}

/// Raises it.
#[expect(clippy::unused_async, reason = "listening is asynchronous")]
pub(super) async fn raise(_script: &FtpScript, _credential: &Credential) -> io::Result<FtpDouble> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "FTP doubles are not built in yet"))
}

impl FtpDouble {
    /// Where it listens.
    pub(super) fn stand_in(&self) -> StandIn {
        match *self {}
    }

    /// Takes it down.
    #[expect(clippy::unused_async, reason = "the session has to end first")]
    pub(super) async fn finish(self) -> Option<Mismatch> {
        match self {}
    }
}
