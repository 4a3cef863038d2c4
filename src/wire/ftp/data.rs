//! FTP data connections: always passive, always to the peer of the control connection, under TLS whenever that is.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use suppaftp::tokio::AsyncDataStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Session;
use super::passive::{self, Offer};
use super::reply::Reply;
use super::tls::FtpTlsStream;
use crate::wire::obstacle::Obstacle;
use crate::wire::tcp;

/// How long the server has to say why a data connection failed.
const EXPLANATION: Duration = Duration::from_secs(5);
/// How long the server has to close its side after an upload.
const CLOSING: Duration = Duration::from_secs(5);

/// Why a transfer did not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TransferTrouble {
    /// The control connection itself failed.
    Control(Obstacle),
    /// The server offers no passive data connection: its last refusal.
    NoPassive(Reply),
    /// The offered port cannot be reached.
    Port(u16, Obstacle),
    /// The server refused or broke off with this reply. `began` says whether data had been promised.
    Refused {
        /// The reply.
        reply: Reply,
        /// Whether a preliminary reply (125, 150) came before.
        began: bool,
    },
    /// The data connection broke or stalled, and the server did not say why.
    Broken(Obstacle),
}

/// An open data connection.
type Data = AsyncDataStream<FtpTlsStream>;

impl Session<'_> {
    /// Asks for a listing (`NLST` or `LIST`) and brings its bytes, at most as many as the wire's body limit.
    pub(crate) async fn list(&mut self, command: &str) -> Result<Vec<u8>, TransferTrouble> {
        let Some(mut data) = self.begin(command).await? else { return Ok(Vec::new()) };
        let mut listing = Vec::new();
        let limit = self.body as u64;
        let left = self.budget.left();
        let read = self.budget.at_most(left, (&mut data).take(limit).read_to_end(&mut listing)).await;
        let broken = self.breakage(read, left);
        drop(data);
        let cut = listing.len() >= self.body;
        let end = self.end(broken).await;
        // When we stopped reading, the server's complaint about it is no trouble.
        if cut {
            self.transcript.note(&format!("the listing was cut at {} bytes", self.body));
        } else {
            end?;
        }
        Ok(listing)
    }

    /// Stores a few bytes under a name in the current directory.
    pub(crate) async fn store(&mut self, name: &str, content: &[u8]) -> Result<(), TransferTrouble> {
        let Some(mut data) = self.begin(&format!("STOR {name}")).await? else { return Ok(()) };
        let left = self.budget.left();
        let sending = async {
            data.write_all(content).await?;
            data.flush().await?;
            data.shutdown().await
        };
        let sent = self.budget.at_most(left, sending).await;
        let broken = self.breakage(sent, left);
        if broken.is_none() {
            // Closing with unread TLS tickets would reset the connection and could cost the server the last bytes.
            let mut rest = Vec::new();
            let _ = self.budget.at_most(CLOSING, data.read_to_end(&mut rest)).await;
        }
        drop(data);
        self.end(broken).await
    }

    /// Opens a data connection, sends the command, and goes under TLS once the server has agreed. None: it was done without data.
    async fn begin(&mut self, command: &str) -> Result<Option<Data>, TransferTrouble> {
        let stream = self.connect_passive().await?;
        let reply = self.say(command).await.map_err(TransferTrouble::Control)?;
        if reply.is_yes() {
            return Ok(None);
        }
        if !matches!(reply.code, 125 | 150) {
            return Err(TransferTrouble::Refused { reply, began: false });
        }
        let Some(tls) = self.tls.clone() else { return Ok(Some(Data::Tcp(stream))) };
        match self.budget.within(self.transcript, tls.handshake(stream)).await.and_then(|made| made) {
            Ok(stream) => {
                self.transcript.note(&format!("data connection: {}", stream.summary()));
                Ok(Some(Data::Ssl(Box::new(stream))))
            }
            Err(obstacle) => Err(self.explained(obstacle).await),
        }
    }

    /// Asks for a port, with `EPSV` first, and connects to it. A port that cannot be reached is given a second chance by `PASV`:
    /// some firewalls only follow that.
    async fn connect_passive(&mut self) -> Result<tokio::net::TcpStream, TransferTrouble> {
        let commands: &[&'static str] = match self.passive {
            Some("PASV") => &["PASV"],
            Some(_) => &["EPSV"],
            None => &["EPSV", "PASV"],
        };
        let mut trouble = None;
        for command in commands {
            let reply = self.say(command).await.map_err(TransferTrouble::Control)?;
            let Some(offer) = read(command, &reply) else {
                if !matches!(trouble, Some(TransferTrouble::Port(..))) {
                    trouble = Some(TransferTrouble::NoPassive(reply));
                }
                continue;
            };
            self.compare(&offer);
            let address = [SocketAddr::new(self.peer, offer.port)];
            let limit = self.connect.min(self.budget.left());
            match tcp::connect_any(&address, self.reach, limit, self.transcript).await {
                Ok(stream) => {
                    self.passive = Some(command);
                    return Ok(stream);
                }
                Err(obstacle) => {
                    self.transcript.note(&format!("data port {}: {}", offer.port, obstacle.cause()));
                    trouble = Some(TransferTrouble::Port(offer.port, obstacle));
                }
            }
        }
        Err(trouble.unwrap_or(TransferTrouble::Broken(Obstacle::ConnectRefused)))
    }

    /// Hears the reply that ends a transfer.
    async fn end(&mut self, broken: Option<Obstacle>) -> Result<(), TransferTrouble> {
        if let Some(obstacle) = broken {
            return Err(self.explained(obstacle).await);
        }
        let reply = self.hear().await.map_err(TransferTrouble::Control)?;
        if reply.is_yes() { Ok(()) } else { Err(TransferTrouble::Refused { reply, began: true }) }
    }

    /// Gives the server a moment to say why a data connection failed; its reason is better than ours.
    async fn explained(&mut self, obstacle: Obstacle) -> TransferTrouble {
        let limit = EXPLANATION.min(self.budget.left());
        match tokio::time::timeout(limit, self.hear()).await {
            Ok(Ok(reply)) if !reply.is_yes() => TransferTrouble::Refused { reply, began: true },
            _ => TransferTrouble::Broken(obstacle),
        }
    }

    /// What kept a transfer from its end. `moved` is None where the time that was left for it ran out.
    fn breakage<T>(&self, moved: Option<io::Result<T>>, left: Duration) -> Option<Obstacle> {
        match moved {
            None => Some(Obstacle::ResponseTimeout(self.transcript.clock().current(), left)),
            Some(Err(error)) if !tolerable(&error) => Some(self.data_obstacle(&error)),
            Some(_) => None,
        }
    }

    fn data_obstacle(&self, error: &io::Error) -> Obstacle {
        let phase = self.transcript.clock().current();
        match &self.tls {
            Some(tls) => tls.obstacle(error),
            None => Obstacle::from_io(error, phase, Duration::ZERO),
        }
    }
}

/// Reads an offer out of a reply.
fn read(command: &str, reply: &Reply) -> Option<Offer> {
    let text = reply.lines.join(" ");
    match (command, reply.code) {
        ("EPSV", 229) => passive::extended(&text),
        ("PASV", 227) => passive::passive(&text),
        _ => None,
    }
}

/// Many servers end a data connection without TLS's farewell; the reply that follows says whether it was whole.
fn tolerable(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}
