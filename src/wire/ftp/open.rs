//! Opening an FTP session: TCP, greeting, TLS. No secret is sent here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use suppaftp::FtpError;

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;

use super::greeting::{Greeting, greet};
use super::reply::Reply;
use super::tls::{ControlConnector, FtpTls};
use super::{Budget, Bytes, Client, Session, obstacle};
use crate::wire::Wire;
use crate::wire::obstacle::Obstacle;
use crate::wire::tcp;
use crate::wire::transcript::Transcript;

/// How a connection wants to be protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Not at all.
    Plain,
    /// By `AUTH TLS` on an open connection (RFC 4217).
    Explicit,
    /// By TLS from the first byte.
    Implicit,
}

/// What it takes to open a session.
pub(crate) struct Door<'a> {
    /// Where to.
    pub(crate) endpoint: &'a Endpoint,
    /// The certificate files of the connection. Nothing of it is sent.
    pub(crate) credential: &'a Credential,
    /// How far, and how long.
    pub(crate) wire: &'a Wire,
    /// What is written down.
    pub(crate) transcript: &'a Transcript<'a>,
    /// Whether under TLS.
    pub(crate) protection: Protection,
    /// The time that is left.
    pub(crate) budget: Budget,
}

/// What came of opening a session.
pub(crate) enum Opening<'a> {
    /// It is open.
    Open(Box<Session<'a>>),
    /// The server refused, with this reply to that.
    Refused(OpeningStep, Reply),
    /// It took the connection and closed it in good order without a word.
    ShutOut,
}

/// What a server can refuse before anybody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpeningStep {
    /// Us.
    Greeting,
    /// `AUTH TLS`.
    AuthTls,
    /// The protection of data connections: this command.
    DataProtection(String),
}

/// Opens a session.
///
/// # Errors
/// What kept a complete reply from us.
pub(crate) async fn open(door: Door<'_>) -> Result<Opening<'_>, Obstacle> {
    let budget = door.budget;
    let prepare = |next| {
        let clock = door.transcript.clock();
        FtpTls::prepare(&door.wire.tls, door.credential, door.endpoint, clock, next)
    };
    match door.protection {
        Protection::Implicit => implicit(&door, budget, prepare(Phase::Banner)?).await,
        Protection::Explicit => in_clear(&door, budget, Some(prepare(Phase::Tls)?)).await,
        Protection::Plain => in_clear(&door, budget, None).await,
    }
}

/// Plain FTP, and explicit TLS when that is prepared.
async fn in_clear<'a>(door: &Door<'a>, budget: Budget, tls: Option<Arc<FtpTls>>) -> Result<Opening<'a>, Obstacle> {
    let limits = door.wire.limits;
    let transcript = door.transcript;
    let connected = tcp::connect(door.endpoint, door.wire.reach, limits.connect, transcript).await;
    let mut stream = connected.map_err(|obstacle| past_the_handshake(obstacle, Phase::Banner))?;
    transcript.enter(Phase::Banner);
    match budget.within(transcript, greet(&mut stream, limits.headers, transcript)).await?? {
        Greeting::Ready => {}
        Greeting::Refused(reply) => return Ok(Opening::Refused(OpeningStep::Greeting, reply)),
        Greeting::ShutOut => return Ok(Opening::ShutOut),
    }
    let client = budget.within(transcript, Client::connect_with_stream(stream)).await?;
    let client = client.map_err(|error| obstacle(&error, None, transcript))?;
    let client = match &tls {
        None => client,
        Some(tls) => match secure(door, budget, tls, client).await? {
            Ok(client) => client,
            Err((step, reply)) => return Ok(Opening::Refused(step, reply)),
        },
    };
    settle(door, budget, tls, client).await
}

/// A port where nobody listens refuses; a connection that is *reset* had been made, however early we hear of it.
fn past_the_handshake(obstacle: Obstacle, next: Phase) -> Obstacle {
    if obstacle == Obstacle::Closed(Phase::Connect) { Obstacle::Closed(next) } else { obstacle }
}

/// `AUTH TLS`, the handshake, `PBSZ 0`, `PROT P`. What the server sent in clear behind its 234 is dropped with the old stream.
async fn secure(
    door: &Door<'_>,
    budget: Budget,
    tls: &Arc<FtpTls>,
    client: Client,
) -> Result<Result<Client, (OpeningStep, Reply)>, Obstacle> {
    let transcript = door.transcript;
    transcript.enter(Phase::Tls);
    transcript.sent("AUTH TLS");
    let connector = ControlConnector(Arc::clone(tls));
    let secured = budget.within(transcript, client.into_secure(connector, &door.endpoint.declared.host)).await?;
    match secured {
        Ok(client) => {
            transcript.note("AUTH TLS, PBSZ 0 and PROT P were accepted");
            Ok(Ok(client))
        }
        Err(FtpError::UnexpectedResponse(response)) => {
            let reply = Reply::parse(&response.body)?;
            transcript.received(&reply.line());
            let step = if tls.done() { OpeningStep::DataProtection(tls.last_command()) } else { OpeningStep::AuthTls };
            Ok(Err((step, reply)))
        }
        Err(error) => Err(obstacle(&error, Some(tls), transcript)),
    }
}

/// TLS from the first byte. suppaftp opens this socket itself; where to, we have resolved and checked.
async fn implicit<'a>(door: &Door<'a>, budget: Budget, tls: Arc<FtpTls>) -> Result<Opening<'a>, Obstacle> {
    let (reach, limits, transcript) = (door.wire.reach, door.wire.limits, door.transcript);
    let addresses = tcp::addresses(door.endpoint, reach, limits.connect, transcript).await?;
    transcript.enter(Phase::Connect);
    let mut last = Obstacle::HostNotFound;
    for (index, address) in addresses.iter().enumerate() {
        reach.allows(address.ip())?;
        let share = limits.connect / u32::try_from(addresses.len() - index).unwrap_or(1);
        match connect_implicit(door, budget, &tls, *address, share).await {
            Ok(client) => {
                let welcome = client.get_welcome_msg().unwrap_or_default();
                welcome.lines().for_each(|line| transcript.received(line));
                return settle(door, budget, Some(tls), client).await;
            }
            Err(Refusal::Reply(reply)) => {
                transcript.received(&reply.line());
                return Ok(Opening::Refused(OpeningStep::Greeting, reply));
            }
            Err(Refusal::Obstacle(obstacle)) if tls.reached() => return Err(obstacle),
            Err(Refusal::Obstacle(obstacle)) => last = past_the_handshake(obstacle, Phase::Tls),
        }
    }
    Err(last)
}

/// Why an implicit connection did not come about.
enum Refusal {
    Reply(Reply),
    Obstacle(Obstacle),
}

async fn connect_implicit(
    door: &Door<'_>,
    budget: Budget,
    tls: &Arc<FtpTls>,
    address: SocketAddr,
    share: Duration,
) -> Result<Client, Refusal> {
    let connector = ControlConnector(Arc::clone(tls));
    let connecting = Client::connect_secure_implicit(address, connector, &door.endpoint.declared.host);
    let mut connecting = Box::pin(connecting);
    let result = match budget.at_most(share, &mut connecting).await {
        Some(result) => result,
        None if !tls.reached() => return Err(Refusal::Obstacle(Obstacle::ConnectTimeout(door.wire.limits.connect))),
        None => budget.within(door.transcript, connecting).await.map_err(Refusal::Obstacle)?,
    };
    match result {
        Ok(client) => Ok(client),
        Err(FtpError::UnexpectedResponse(response)) => {
            Err(Reply::parse(&response.body).map_or_else(Refusal::Obstacle, Refusal::Reply))
        }
        Err(error) => Err(Refusal::Obstacle(obstacle(&error, Some(tls), door.transcript))),
    }
}

/// Makes a session of a client.
async fn settle<'a>(
    door: &Door<'a>,
    budget: Budget,
    tls: Option<Arc<FtpTls>>,
    mut client: Client,
) -> Result<Opening<'a>, Obstacle> {
    client.set_encoding(Bytes).await;
    let peer = client.get_ref().await.peer_addr();
    let peer = peer.map_err(|_| Obstacle::Closed(door.transcript.clock().current()))?.ip().to_canonical();
    if let Some(session) = tls.as_deref().and_then(FtpTls::session) {
        door.transcript.note(&session);
    }
    Ok(Opening::Open(Box::new(Session {
        client,
        tls,
        budget,
        transcript: door.transcript,
        reach: door.wire.reach,
        connect: door.wire.limits.connect,
        body: door.wire.limits.body,
        peer,
        passive: None,
        ignored_address: None,
    })))
}
