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
use std::sync::{Arc, PoisonError};

use self::play::Play;
use super::Mismatch;
use super::listener::Listener;
use crate::model::credential::Credential;
use crate::model::endpoint::StandIn;
use crate::model::fixture::{FtpScript, FtpTls};

/// A stand-in FTP server. Closed, with every connection, when dropped.
pub(super) struct FtpDouble {
    listener: Listener,
    certificate: Option<Vec<u8>>,
    play: Arc<Play>,
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
    let play = Arc::new(Play::new(script, credential, acceptor));
    let stage = Arc::clone(&play);
    let listener = Listener::open(move |client| session::receive(Arc::clone(&stage), client)).await?;
    Ok(FtpDouble { listener, certificate, play })
}

impl FtpDouble {
    /// Where it listens, and the certificate that it shows.
    pub(super) fn stand_in(&self) -> StandIn {
        StandIn { socket: self.listener.socket, certificate: self.certificate.clone() }
    }

    /// Takes it down, and says which command it had no answer for.
    pub(super) fn finish(self) -> Option<Mismatch> {
        self.play.unmatched.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for FtpDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FtpDouble").field("socket", &self.listener.socket).finish_non_exhaustive()
    }
}
