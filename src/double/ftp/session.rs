//! One connection to an FTP double, from the greeting to the farewell.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::channel::{Channel, Heard};
use super::passive::DataPort;
use super::play::Play;
use super::script::{on_the_wire, verb};
use crate::double::fault::{self, After};
use crate::model::fixture::FtpTls;

/// The most commands of one connection; no probe says nearly as much.
const COMMANDS: usize = 1000;

/// Plays the dialogue for one client, from its beginning.
pub(super) async fn receive(play: Arc<Play>, client: TcpStream) -> io::Result<()> {
    let mut control = Channel::accepted(client);
    if let (FtpTls::Implicit, Some(acceptor)) = (play.tls, &play.acceptor) {
        control = control.secure(acceptor).await?;
    }
    let mut session = Session { play: &play, control, next: 0, port: None, protected: false };
    session.protected = session.control.is_secure();
    if session.greet().await? == After::HangUp {
        return Ok(());
    }
    for _ in 0..COMMANDS {
        let command = match session.control.hear().await? {
            Heard::Command(command) => command,
            Heard::Endless => break,
            Heard::Nothing => return Ok(()),
        };
        match session.answer(&command).await? {
            (_, After::HangUp) => return Ok(()),
            (Next::Secure, After::GoOn) => {
                let Session { control, next, .. } = session;
                let Some(acceptor) = &play.acceptor else { return Ok(()) };
                let control = control.secure(acceptor).await?;
                session = Session { play: &play, control, next, port: None, protected: false };
            }
            (Next::Command, After::GoOn) => {}
        }
    }
    session.control.write_all(b"421 Enough.\r\n").await
}

/// What comes after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The next command.
    Command,
    /// The TLS handshake.
    Secure,
}

/// Where one connection stands.
pub(super) struct Session<'p> {
    pub(super) play: &'p Play,
    pub(super) control: Channel,
    /// The turn that is next.
    pub(super) next: usize,
    /// The data port that was offered last.
    pub(super) port: Option<DataPort>,
    /// Whether data connections go under TLS.
    pub(super) protected: bool,
}

impl Session<'_> {
    /// The turns before the first command; a greeting, where there is none of them.
    async fn greet(&mut self) -> io::Result<After> {
        if self.play.turns.first().is_none_or(|turn| turn.expect.is_some()) {
            self.control.write_all(b"220 Double ready.\r\n").await?;
        }
        self.unprompted().await
    }

    /// Plays the turns that wait for no command.
    pub(super) async fn unprompted(&mut self) -> io::Result<After> {
        while self.play.turns.get(self.next).is_some_and(|turn| turn.expect.is_none()) {
            let answer = self.play.turns[self.next].answer("220 Double ready.", &self.play.credential);
            if self.say(&answer).await? == After::HangUp {
                return Ok(After::HangUp);
            }
        }
        Ok(After::GoOn)
    }

    /// Plays the next turn with this answer on the control connection: the delay, the fault, the bytes.
    pub(super) async fn say(&mut self, answer: &[u8]) -> io::Result<After> {
        let turn = &self.play.turns[self.next].written;
        self.next += 1;
        if let Some(delay) = turn.delay {
            tokio::time::sleep(delay).await;
        }
        if let Some(fault) = turn.fault {
            return fault::play(fault, &mut self.control, answer).await;
        }
        self.control.write_all(answer).await?;
        Ok(After::GoOn)
    }

    /// Answers a command.
    async fn answer(&mut self, command: &[u8]) -> io::Result<(Next, After)> {
        let verb = verb(command);
        let play = self.play;
        let expected = play.turns.get(self.next).filter(|turn| turn.expect.as_ref().is_some_and(|e| e.is(command)));
        let Some(turn) = expected else { return self.by_itself(command, &verb).await };
        let mut answer = turn.answer("200 OK.", &play.credential);
        if matches!(verb.as_str(), "EPSV" | "PASV") {
            answer = self.offer(&verb, turn.written.send.as_deref(), answer).await?;
        }
        if self.is_transfer(&answer) {
            return Ok((Next::Command, self.transfer(&verb, &answer).await?));
        }
        let after = self.say(&answer).await?;
        if after == After::GoOn && verb == "AUTH" && answer.starts_with(b"234") {
            return Ok((Next::Secure, After::GoOn));
        }
        self.note_protection(command, &answer);
        Ok((Next::Command, if after == After::GoOn { self.unprompted().await? } else { after }))
    }

    /// The reply to `EPSV` or `PASV` that a turn gives, with the double's own port where it asks for one.
    async fn offer(&mut self, verb: &str, send: Option<&str>, answer: Vec<u8>) -> io::Result<Vec<u8>> {
        let port = DataPort::open().await?;
        let answer = if send.is_some() {
            String::from_utf8_lossy(&answer).replace("{{data_port}}", &port.named(verb)).into_bytes()
        } else {
            on_the_wire(port.reply(verb).as_bytes())
        };
        self.port = Some(port);
        Ok(answer)
    }

    /// What a double knows to answer without being told; anything else is a mismatch.
    async fn by_itself(&mut self, command: &[u8], verb: &str) -> io::Result<(Next, After)> {
        let tls = self.play.acceptor.is_some();
        let (next, reply) = match verb {
            "AUTH" if tls && !self.control.is_secure() => (Next::Secure, "234 AUTH TLS OK.".to_owned()),
            "AUTH" => (Next::Command, "500 AUTH not understood.".to_owned()),
            "PBSZ" if tls => (Next::Command, "200 PBSZ=0".to_owned()),
            "PROT" if tls => (Next::Command, "200 PROT OK.".to_owned()),
            "TYPE" => (Next::Command, "200 Type set.".to_owned()),
            "FEAT" => (Next::Command, "211 No features.".to_owned()),
            "EPSV" | "PASV" => {
                let port = DataPort::open().await?;
                let reply = port.reply(verb);
                self.port = Some(port);
                (Next::Command, reply)
            }
            "QUIT" => {
                self.control.write_all(b"221 Goodbye.\r\n").await?;
                self.control.shutdown().await?;
                return Ok((Next::Command, After::HangUp));
            }
            _ => {
                self.play.remember(command, self.next);
                (Next::Command, "503 This command is not in the fixture.".to_owned())
            }
        };
        let reply = on_the_wire(reply.as_bytes());
        self.control.write_all(&reply).await?;
        self.note_protection(command, &reply);
        Ok((next, After::GoOn))
    }

    fn note_protection(&mut self, command: &[u8], reply: &[u8]) {
        if reply.starts_with(b"200") && command.len() == 6 && command[..5].eq_ignore_ascii_case(b"PROT ") {
            self.protected = self.control.is_secure() && command[5].eq_ignore_ascii_case(&b'P');
        }
    }
}
