//! Moving data: listings out, uploads in.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::channel::Channel;
use super::script::on_the_wire;
use super::session::Session;
use crate::double::fault::{self, After};
use crate::double::template::fill_known;
use crate::model::fixture::Fault;

/// The most bytes of an upload that are swallowed.
const UPLOAD_LIMIT: u64 = 64 << 20;

impl Session<'_> {
    /// Whether a turn with this answer opens a data connection.
    pub(super) fn is_transfer(&self, answer: &[u8]) -> bool {
        let data = self.play.turns[self.next].written.data.is_some();
        data || answer.starts_with(b"150") || answer.starts_with(b"125")
    }

    /// Plays a turn that moves data: the preliminary reply, the data, and what ends it: the next turn, if that waits for no command,
    /// else 226, or 426 where the fault broke the data connection. A fault of such a turn is played on the data connection.
    pub(super) async fn transfer(&mut self, verb: &str, answer: &[u8]) -> io::Result<After> {
        let turn = &self.play.turns[self.next].written;
        self.next += 1;
        if let Some(delay) = turn.delay {
            tokio::time::sleep(delay).await;
        }
        let preliminary: &[u8] = if turn.send.is_some() { answer } else { b"150 Opening data connection.\r\n" };
        self.control.write_all(preliminary).await?;
        let channel = match self.port.take() {
            Some(port) => port.accept().await?,
            None => None,
        };
        let Some(mut channel) = channel else {
            self.control.write_all(b"425 No data connection.\r\n").await?;
            return Ok(After::GoOn);
        };
        if let (true, Some(acceptor)) = (self.protected, &self.play.acceptor) {
            let Ok(secured) = channel.secure(acceptor).await else {
                self.control.write_all(b"425 No TLS on the data connection.\r\n").await?;
                return Ok(After::GoOn);
            };
            channel = secured;
        }
        let upload = matches!(verb, "STOR" | "STOU" | "APPE");
        let moved = if upload { swallow(channel, turn.fault).await } else { self.deliver(channel).await };
        if self.play.turns.get(self.next).is_some_and(|turn| turn.expect.is_none()) {
            return self.unprompted().await;
        }
        // A client that leaves the data connection early is told, as real servers do.
        let end: &[u8] = match moved {
            Ok(After::GoOn) => b"226 Transfer complete.\r\n",
            _ => b"426 Connection closed; transfer aborted.\r\n",
        };
        self.control.write_all(end).await?;
        Ok(After::GoOn)
    }

    /// Sends the lines of the turn that was just begun.
    async fn deliver(&self, mut channel: Channel) -> io::Result<After> {
        let turn = &self.play.turns[self.next - 1].written;
        let mut bytes = Vec::new();
        for line in turn.data.iter().flatten() {
            bytes.extend(on_the_wire(&fill_known(line, &self.play.credential)));
        }
        if let Some(fault) = turn.fault
            && fault::play(fault, &mut channel, &bytes).await? == After::HangUp
        {
            return Ok(After::HangUp);
        }
        if turn.fault.is_none() {
            channel.write_all(&bytes).await?;
        }
        channel.shutdown().await?;
        Ok(After::GoOn)
    }
}

/// Takes an upload and forgets it.
async fn swallow(mut channel: Channel, fault: Option<Fault>) -> io::Result<After> {
    if let Some(fault) = fault.filter(|fault| *fault != Fault::Slow) {
        return fault::play(fault, &mut channel, b"").await;
    }
    tokio::io::copy(&mut (&mut channel).take(UPLOAD_LIMIT), &mut tokio::io::sink()).await?;
    // The client may wait for our farewell; that it has gone already is no trouble.
    let _ = channel.shutdown().await;
    Ok(After::GoOn)
}
