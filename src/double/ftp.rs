//! The FTP double: a scripted responder on loopback, in clear or under TLS with a certificate made on the spot.
//!
//! It plays the dialogue turn by turn, from the beginning for each connection. What every client says and no fixture cares about
//! (`AUTH TLS`, `PBSZ`, `PROT`, `TYPE`, `FEAT`, `EPSV`, `PASV`, `QUIT`) it answers by itself, unless the next turn expects it. A
//! reply to `EPSV` or `PASV` may name the double's own data port as `{{data_port}}`. A command that fits nowhere is answered with
//! 503 and remembered.

mod certificate;
mod channel;
mod passive;
mod play;
mod script;
mod session;
mod transfer;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use self::play::Play;
use super::Mismatch;
use crate::model::credential::Credential;
use crate::model::endpoint::StandIn;
use crate::model::fixture::{FtpScript, FtpTls};

/// A stand-in FTP server. Closed, with every connection, when dropped.
pub(super) struct FtpDouble {
    socket: SocketAddr,
    certificate: Option<Vec<u8>>,
    play: Arc<Play>,
    task: AbortHandle,
}

/// Raises it. Where it speaks TLS, its certificate is for the connection's `host` and for `localhost`.
pub(super) async fn raise(script: &FtpScript, credential: &Credential) -> io::Result<FtpDouble> {
    let (certificate, acceptor) = match script.tls {
        FtpTls::None => (None, None),
        FtpTls::Explicit | FtpTls::Implicit => {
            let (der, acceptor) = certificate::make(credential.public("host").unwrap_or("localhost"))?;
            (Some(der), Some(acceptor))
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let socket = listener.local_addr()?;
    let play = Arc::new(Play::new(script, credential, acceptor));
    let stage = Arc::clone(&play);
    let task = tokio::spawn(async move {
        let mut visits = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            // A visit ends with an error when its client leaves in the middle; nobody is left to be told.
            visits.spawn(session::receive(Arc::clone(&stage), client));
            while visits.try_join_next().is_some() {}
        }
    });
    Ok(FtpDouble { socket, certificate, play, task: task.abort_handle() })
}

impl FtpDouble {
    /// Where it listens, and the certificate that it shows.
    pub(super) fn stand_in(&self) -> StandIn {
        StandIn { socket: self.socket, certificate: self.certificate.clone() }
    }

    /// Takes it down, and says which command it had no answer for.
    #[expect(clippy::unused_async, reason = "both kinds of double are finished in the same way")]
    pub(super) async fn finish(self) -> Option<Mismatch> {
        self.play.unmatched.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for FtpDouble {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for FtpDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FtpDouble").field("socket", &self.socket).finish_non_exhaustive()
    }
}
