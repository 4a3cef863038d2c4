//! The HTTP double: wiremock serves, a player picks the exchanges, and a gate plays faults where a fixture has some.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderName, HeaderValue};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::Mismatch;
use super::digest::{Issued, Login};
use super::gate;
use super::listener::Listener;
use super::matching::{Expected, mismatch};
use super::template::{fill_json, fill_known};
use crate::model::app::Placement;
use crate::model::credential::Credential;
use crate::model::endpoint::StandIn;
use crate::model::fixture::{CannedBody, CannedResponse, HttpExchange};

/// A stand-in HTTP server.
#[derive(Debug)]
pub(super) struct HttpDouble {
    server: MockServer,
    gate: Option<Listener>,
    player: Arc<Player>,
}

/// Raises it. Servers are pooled by wiremock: as many threads as doubles are up at once, and no more.
pub(super) async fn raise(
    exchanges: &[HttpExchange],
    credential: &Credential,
    place: Option<&Placement>,
) -> io::Result<HttpDouble> {
    let gated = exchanges.iter().any(|exchange| exchange.response.fault.is_some());
    let player = Arc::new(Player::new(exchanges, credential, place, gated)?);
    let server = MockServer::start().await;
    server.register(Mock::given(any()).respond_with(Playing(player.clone()))).await;
    let gate = if gated { Some(gate::open(*server.address()).await?) } else { None };
    Ok(HttpDouble { server, gate, player })
}

impl HttpDouble {
    /// Where it listens. It speaks no TLS: the wire leaves that out for a stand-in without a certificate.
    pub(super) fn stand_in(&self) -> StandIn {
        let socket: SocketAddr = self.gate.as_ref().map_or(*self.server.address(), |gate| gate.socket);
        StandIn { socket, certificate: None }
    }

    /// Takes it down, and says which request it had no answer for.
    pub(super) fn finish(self) -> Option<Mismatch> {
        self.player.turn().unmatched.take()
    }
}

/// Picks the answer for each request.
#[derive(Debug)]
struct Player {
    credential: Credential,
    exchanges: Vec<Exchange>,
    unmatched: ResponseTemplate,
    /// What a request gets that has to answer a challenge first, all but the challenge.
    challenging: ResponseTemplate,
    turn: Mutex<Turn>,
}

/// A request that is expected, and its answer.
#[derive(Debug)]
struct Exchange {
    expected: Expected,
    response: ResponseTemplate,
    status: u16,
    /// The challenges that the answer states itself.
    challenges: Vec<Box<str>>,
}

/// How far the play has come.
#[derive(Debug)]
struct Turn {
    used: Vec<bool>,
    unmatched: Option<Mismatch>,
    /// The challenges that were given out.
    issued: Issued,
}

impl Player {
    fn new(
        exchanges: &[HttpExchange],
        credential: &Credential,
        place: Option<&Placement>,
        gated: bool,
    ) -> io::Result<Player> {
        let prepared = exchanges.iter().map(|HttpExchange { request, response: canned }| {
            let expected = Expected::new(request, credential, place);
            let challenging = canned.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(CHALLENGE));
            let challenges = challenging.map(|(_, value)| value.clone()).collect();
            let response = response(canned, credential, gated)?;
            Ok(Exchange { expected, response, status: canned.status, challenges })
        });
        let unmatched = ResponseTemplate::new(404)
            .set_body_raw("This request is not in the fixture.\n", "text/plain")
            .insert_header("x-tugtest-double", "unmatched");
        Ok(Player {
            credential: credential.clone(),
            exchanges: prepared.collect::<io::Result<_>>()?,
            unmatched: closing(unmatched, gated),
            challenging: closing(ResponseTemplate::new(401), gated),
            turn: Mutex::new(Turn { used: vec![false; exchanges.len()], unmatched: None, issued: Issued::default() }),
        })
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first exchange for this request that was not used yet; the last one repeats. One that wants a challenge answered gives the
    /// challenge out first, and that uses nothing up.
    fn answer(&self, request: &Request) -> ResponseTemplate {
        let mut turn = self.turn();
        let mut repeated = None;
        for (at, Exchange { expected, .. }) in self.exchanges.iter().enumerate() {
            if let Some(login) = expected.unanswered(request, &self.credential) {
                return turn.challenge(login, self.challenging.clone());
            }
            if expected.differences(request, &self.credential, &turn.issued).is_empty() {
                if !turn.used[at] {
                    return turn.play(at, &self.exchanges[at], request);
                }
                repeated = Some(at);
            }
        }
        if let Some(at) = repeated {
            return turn.play(at, &self.exchanges[at], request);
        }
        let expected = self.exchanges.iter().map(|exchange| &exchange.expected);
        let Turn { unmatched, issued, .. } = &mut *turn;
        unmatched.get_or_insert_with(|| mismatch(request, expected, &self.credential, issued));
        self.unmatched.clone()
    }
}

impl Turn {
    /// Gives a new challenge out.
    fn challenge(&mut self, login: &Login, response: ResponseTemplate) -> ResponseTemplate {
        let challenge = login.challenge();
        self.issued.remember(&challenge);
        response.append_header(CHALLENGE, challenge.as_str())
    }

    /// Plays an exchange. Where a challenge was answered, the double shows that it knows the password too, or asks anew if it refuses.
    fn play(&mut self, at: usize, exchange: &Exchange, request: &Request) -> ResponseTemplate {
        self.used[at] = true;
        exchange.challenges.iter().for_each(|line| self.issued.remember(line));
        let response = exchange.response.clone();
        let Some(login) = exchange.expected.login() else { return response };
        self.issued.count(request);
        match exchange.status {
            401 if exchange.challenges.is_empty() => self.challenge(login, response),
            200..=299 => match login.own_proof(request, &self.issued) {
                Some(proof) => response.append_header("authentication-info", proof.as_str()),
                None => response,
            },
            _ => response,
        }
    }
}

/// Ends the connection after an answer behind a gate.
fn closing(response: ResponseTemplate, gated: bool) -> ResponseTemplate {
    if gated { response.insert_header("connection", "close") } else { response }
}

/// The player as wiremock knows it.
struct Playing(Arc<Player>);

impl Respond for Playing {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.answer(request)
    }
}

/// The header that a challenge stands in.
const CHALLENGE: &str = "www-authenticate";

/// Headers that frame an answer: the double's own business, and wrong by nature in a recording.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

/// Turns a canned response into what wiremock serves.
fn response(canned: &CannedResponse, credential: &Credential, gated: bool) -> io::Result<ResponseTemplate> {
    if !(200..=999).contains(&canned.status) {
        return Err(invalid(format!("status {} is no final answer", canned.status)));
    }
    let mut template = ResponseTemplate::new(canned.status);
    let mut typed = false;
    for (name, value) in &canned.headers {
        let name = HeaderName::try_from(&**name).map_err(|_| invalid(format!("{name:?} is no header name")))?;
        let value = HeaderValue::try_from(fill_known(value, credential))
            .map_err(|_| invalid(format!("the value of header {name} holds a line break")))?;
        typed |= name == http::header::CONTENT_TYPE;
        if !FRAMING.contains(&name.as_str()) {
            template = template.append_header(name, value);
        }
    }
    let (body, mime) = match &canned.body {
        CannedBody::Empty => (None, None),
        CannedBody::Json(json) => {
            (Some(fill_json(json, credential).to_string().into_bytes()), Some("application/json"))
        }
        CannedBody::Text(text) => (Some(fill_known(text, credential)), Some("text/plain; charset=utf-8")),
        CannedBody::Bytes(bytes) => (Some(bytes.clone()), None),
    };
    if let Some(body) = body {
        template = template.set_body_bytes(body);
    }
    if let (Some(mime), false) = (mime, typed) {
        template = template.insert_header("content-type", mime);
    }
    if let Some(delay) = canned.delay {
        template = template.set_delay(delay);
    }
    if let Some(fault) = canned.fault {
        template = template.insert_header(gate::MARK, fault.name());
    }
    Ok(closing(template, gated))
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

#[cfg(test)]
mod tests;
