//! The FTP client of tugtest, on suppaftp: one session, one command at a time, every reply read by ourselves.

pub(crate) mod data;
mod greeting;
pub(crate) mod open;
mod passive;
pub(crate) mod reply;
mod tls;

use std::net::IpAddr;
use std::time::Duration;

use suppaftp::tokio::ImplAsyncFtpStream;
use suppaftp::types::Response;
use suppaftp::{Encoding, FtpError};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::model::phase::Phase;
use crate::model::secret::Secret;

use self::passive::Offer;
use self::reply::Reply;
use self::tls::{FtpTls, FtpTlsStream};
use super::obstacle::Obstacle;
use super::tcp::Reach;
use super::transcript::Transcript;

/// suppaftp's client over our own TLS stream.
type Client = ImplAsyncFtpStream<FtpTlsStream>;

/// How long to wait for the true end of a reply that has a line which only looks like one.
const STRAY_LINE: Duration = Duration::from_secs(1);
/// The time for taking leave.
const FAREWELL: Duration = Duration::from_secs(2);

/// An open session: greeted, and under TLS where that was asked for.
pub(crate) struct Session<'a> {
    client: Client,
    tls: Option<std::sync::Arc<FtpTls>>,
    budget: Budget,
    transcript: &'a Transcript<'a>,
    reach: Reach,
    /// The most time for connecting a data connection.
    connect: Duration,
    /// The most bytes of a listing.
    body: usize,
    /// The peer of the control connection: the only host that data connections lead to.
    peer: IpAddr,
    /// The command that brought a data connection last time.
    passive: Option<&'static str>,
    /// An address that a `PASV` reply named and that was not used.
    pub(crate) ignored_address: Option<IpAddr>,
}

impl Session<'_> {
    /// Sends a command and waits for its reply.
    ///
    /// # Errors
    /// Only what kept a complete reply from us: a refusal is a reply.
    pub(crate) async fn say(&mut self, command: &str) -> Result<Reply, Obstacle> {
        self.transcript.sent(command);
        self.exchange(command.as_bytes()).await
    }

    /// Sends the password. What is written down of it is `PASS ***`, whatever the scrubber knows.
    ///
    /// # Errors
    /// As [`Session::say`].
    pub(crate) async fn say_password(&mut self, password: &Secret) -> Result<Reply, Obstacle> {
        self.transcript.sent("PASS ***");
        let mut command = Zeroizing::new(b"PASS ".to_vec());
        #[expect(
            clippy::disallowed_methods,
            reason = "the password is placed on the wire here, and nowhere else for FTP"
        )]
        command.extend_from_slice(password.expose());
        self.exchange(&command).await
    }

    /// Enters a phase.
    pub(crate) fn enter(&self, phase: Phase) {
        self.transcript.enter(phase);
    }

    /// Takes leave. The server's answer changes nothing any more.
    pub(crate) async fn quit(mut self) {
        let _ = tokio::time::timeout(FAREWELL, self.say("QUIT")).await;
    }

    /// Whether the session is under TLS.
    pub(crate) const fn secured(&self) -> bool {
        self.tls.is_some()
    }

    /// Waits for one more reply, as after a transfer.
    async fn hear(&mut self) -> Result<Reply, Obstacle> {
        let answer = self.budget.within(self.transcript, self.client.read_response_in(&[])).await?;
        let reply = self.whole_reply(answer).await?;
        self.write_down(&reply);
        Ok(reply)
    }

    async fn exchange(&mut self, command: &[u8]) -> Result<Reply, Obstacle> {
        if command.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Obstacle::Setting(
                "A field holds a line break or a NUL, which would end the FTP command early. Nothing was sent"
                    .to_owned(),
                "Remove it from the connection or the step.".to_owned(),
            ));
        }
        // suppaftp takes text: one character for each byte, which `Bytes` turns back.
        let text: Zeroizing<String> = Zeroizing::new(command.iter().copied().map(char::from).collect());
        let answer = self.budget.within(self.transcript, self.client.custom_command(text.as_str(), &[])).await?;
        let reply = self.whole_reply(answer).await?;
        self.write_down(&reply);
        Ok(reply)
    }

    fn write_down(&self, reply: &Reply) {
        match reply.lines.as_slice() {
            [] => self.transcript.received(&reply.code.to_string()),
            [lines @ .., last] => {
                for line in lines {
                    self.transcript.received(&format!("{}-{line}", reply.code));
                }
                self.transcript.received(&format!("{} {last}", reply.code));
            }
        }
    }

    /// Makes sure that a reply is whole. suppaftp takes any line with three digits and a space for the last one (some servers do end
    /// with other digits), so `230-Quota:`, `100 MB used`, `230 Welcome` would be cut in two.
    async fn whole_reply(&mut self, answer: Result<Response, FtpError>) -> Result<Reply, Obstacle> {
        let mut raw = self.raw(answer)?;
        let opening = reply::code(&raw);
        let until = Instant::now() + STRAY_LINE;
        while let (Some(opening), b'-') = (opening, raw.get(3).copied().unwrap_or(b' ')) {
            let last = raw.trim_ascii_end().split(|byte| *byte == b'\n').next_back().unwrap_or_default();
            if reply::ends(last, opening) {
                break;
            }
            match tokio::time::timeout_at(until, self.client.read_response_in(&[])).await {
                // Servers that end with other digits send nothing more.
                Err(_) => break,
                // A line without digits between the two.
                Ok(Err(FtpError::BadResponse)) => {}
                Ok(more) => raw.extend(self.raw(more)?),
            }
        }
        if !raw.ends_with(b"\n") {
            return Err(Obstacle::Closed(self.transcript.clock().current()));
        }
        Reply::parse(&raw)
    }

    /// The bytes of a reply, whatever suppaftp thinks of its code.
    fn raw(&self, answer: Result<Response, FtpError>) -> Result<Vec<u8>, Obstacle> {
        match answer {
            Ok(response) | Err(FtpError::UnexpectedResponse(response)) => Ok(response.body),
            Err(error) => Err(obstacle(&error, self.tls.as_deref(), self.transcript)),
        }
    }

    /// An offer of an address that we will not go to, unless it is where we are already.
    fn compare(&mut self, offer: &Offer) {
        if let Some(address) = offer.address.filter(|ip| !ip.is_unspecified() && ip.to_canonical() != self.peer) {
            self.ignored_address = Some(address);
        }
    }

    /// Keeps a part of the time for tidying up: what follows may not use it.
    pub(crate) fn reserve(&mut self, part: Duration) {
        self.budget.reserve(part);
    }

    /// Gives the reserved time back.
    pub(crate) fn release(&mut self) {
        self.budget.release();
    }
}

/// Reads an error of suppaftp by its type.
fn obstacle(error: &FtpError, tls: Option<&FtpTls>, transcript: &Transcript<'_>) -> Obstacle {
    let phase = transcript.clock().current();
    match error {
        FtpError::ConnectionError(io)
            if io.get_ref().is_some_and(|inner| inner.downcast_ref::<suppaftp::ReplyTooLarge>().is_some()) =>
        {
            Obstacle::Malformed("a reply without end".to_owned())
        }
        FtpError::ConnectionError(io) => {
            tls.map_or_else(|| Obstacle::from_io(io, phase, Duration::ZERO), |tls| tls.obstacle(io))
        }
        FtpError::SecureError(_) => tls.and_then(FtpTls::take_obstacle).unwrap_or(Obstacle::Closed(phase)),
        _ => Obstacle::Malformed("a reply that is not `NNN text`".to_owned()),
    }
}

/// The time that an attempt has, from its first byte to its last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    total: Duration,
    end: Instant,
    reserved: Duration,
}

impl Budget {
    /// A budget that begins now.
    pub(crate) fn begin(total: Duration) -> Self {
        Budget { total, end: Instant::now() + total, reserved: Duration::ZERO }
    }

    /// Runs a future within it.
    async fn within<F: Future>(self, transcript: &Transcript<'_>, future: F) -> Result<F::Output, Obstacle> {
        let within = tokio::time::timeout_at(self.end - self.reserved, future).await;
        within.map_err(|_| Obstacle::ResponseTimeout(transcript.clock().current(), self.total))
    }

    /// Runs a future within it, and within a limit of its own. None: too late.
    async fn at_most<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        let until = (self.end - self.reserved).min(Instant::now() + limit);
        tokio::time::timeout_at(until, future).await.ok()
    }

    /// What is left of it.
    fn left(self) -> Duration {
        (self.end - self.reserved).saturating_duration_since(Instant::now())
    }

    fn reserve(&mut self, part: Duration) {
        self.reserved = part.min(self.total / 10);
    }

    fn release(&mut self) {
        self.reserved = Duration::ZERO;
    }
}

/// One character for each byte: commands go out exactly as they were given, whatever their encoding.
#[derive(Debug)]
struct Bytes;

impl Encoding for Bytes {
    fn decode(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn encode(&self, text: &str) -> std::io::Result<Vec<u8>> {
        let byte = |c| u8::try_from(u32::from(c)).map_err(|_| std::io::ErrorKind::InvalidInput.into());
        text.chars().map(byte).collect()
    }
}
