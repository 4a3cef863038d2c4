//! The double's own data port.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;

use super::channel::Channel;

/// How long a client may take to come to the data port.
const PATIENCE: Duration = Duration::from_secs(10);

/// A port that waits for one data connection.
pub(super) struct DataPort {
    listener: TcpListener,
    port: u16,
}

impl DataPort {
    /// Opens a port.
    pub(super) async fn open() -> io::Result<DataPort> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        Ok(DataPort { listener, port })
    }

    /// The port as a reply to this command names it: `EPSV` as one number, `PASV` as two.
    pub(super) fn named(&self, verb: &str) -> String {
        if verb == "PASV" { format!("{},{}", self.port >> 8, self.port & 0xff) } else { self.port.to_string() }
    }

    /// The reply that the double gives by itself.
    pub(super) fn reply(&self, verb: &str) -> String {
        let port = self.named(verb);
        if verb == "PASV" {
            format!("227 Entering Passive Mode (127,0,0,1,{port}).")
        } else {
            format!("229 Entering Extended Passive Mode (|||{port}|)")
        }
    }

    /// Waits for the client. None: it does not come.
    pub(super) async fn accept(self) -> io::Result<Option<Channel>> {
        match tokio::time::timeout(PATIENCE, self.listener.accept()).await {
            Ok(accepted) => accepted.map(|(stream, _)| Some(Channel::accepted(stream))),
            Err(_) => Ok(None),
        }
    }
}
