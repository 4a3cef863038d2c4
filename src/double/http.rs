//! The HTTP double: wiremock serves, a player picks the exchanges, and a gate plays faults where a fixture has some.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderName, HeaderValue};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::Mismatch;
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
    exchanges: Vec<(Expected, ResponseTemplate)>,
    unmatched: ResponseTemplate,
    turn: Mutex<Turn>,
}

/// How far the play has come.
#[derive(Debug)]
struct Turn {
    used: Vec<bool>,
    unmatched: Option<Mismatch>,
}

impl Player {
    fn new(
        exchanges: &[HttpExchange],
        credential: &Credential,
        place: Option<&Placement>,
        gated: bool,
    ) -> io::Result<Player> {
        let prepared = exchanges.iter().map(|exchange| {
            let response = response(&exchange.response, credential, gated)?;
            Ok((Expected::new(&exchange.request, credential, place), response))
        });
        let unmatched = ResponseTemplate::new(404)
            .set_body_raw("This request is not in the fixture.\n", "text/plain")
            .insert_header("x-tugtest-double", "unmatched");
        Ok(Player {
            credential: credential.clone(),
            exchanges: prepared.collect::<io::Result<_>>()?,
            unmatched: if gated { unmatched.insert_header("connection", "close") } else { unmatched },
            turn: Mutex::new(Turn { used: vec![false; exchanges.len()], unmatched: None }),
        })
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first exchange for this request that was not used yet; the last one repeats.
    fn answer(&self, request: &Request) -> ResponseTemplate {
        let mut turn = self.turn();
        let fits = |(expected, _): &(Expected, _)| expected.differences(request, &self.credential).is_empty();
        let fitting: Vec<usize> = (0..self.exchanges.len()).filter(|at| fits(&self.exchanges[*at])).collect();
        let unused = fitting.iter().copied().find(|at| !turn.used[*at]);
        if let Some(at) = unused.or_else(|| fitting.last().copied()) {
            turn.used[at] = true;
            return self.exchanges[at].1.clone();
        }
        let expected = self.exchanges.iter().map(|(expected, _)| expected);
        turn.unmatched.get_or_insert_with(|| mismatch(request, expected, &self.credential));
        self.unmatched.clone()
    }
}

/// The player as wiremock knows it.
struct Playing(Arc<Player>);

impl Respond for Playing {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.answer(request)
    }
}

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
    Ok(if gated { template.insert_header("connection", "close") } else { template })
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::model::fixture::{ExpectedRequest, Fault};
    use crate::model::secret::Secret;

    async fn raise(exchanges: &[HttpExchange], credential: &Credential) -> io::Result<HttpDouble> {
        super::raise(exchanges, credential, None).await
    }

    fn credential() -> Credential {
        let mut credential = Credential::default();
        credential.secrets.insert("api_key".into(), Secret::new("canary-key"));
        credential
    }

    fn exchange(path: &str, status: u16, body: CannedBody) -> HttpExchange {
        HttpExchange {
            request: ExpectedRequest {
                method: "GET".into(),
                path: path.into(),
                query: vec![],
                headers: vec![("authorization".into(), "Bearer {{api_key}}".into())],
                basic: None,
                oauth1: None,
                client_assertion: None,
                hmac: false,
                body: None,
            },
            response: CannedResponse { status, headers: vec![], body, delay: None, fault: None },
        }
    }

    fn faulty(fault: Fault) -> HttpExchange {
        let mut exchange = exchange("/", 200, CannedBody::Text("all of it".into()));
        exchange.response.fault = Some(fault);
        exchange
    }

    /// Asks as curl would and reads everything that comes.
    async fn get(double: &HttpDouble, path: &str) -> io::Result<String> {
        #[expect(clippy::disallowed_methods, reason = "the test is the client")]
        let mut client = TcpStream::connect(double.stand_in().socket).await?;
        let head = format!("GET {path} HTTP/1.1\r\nhost: a.test\r\nauthorization: Bearer canary-key\r\n");
        client.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[tokio::test]
    async fn exchanges_are_used_in_order_and_the_last_repeats() {
        let exchanges =
            [exchange("/a", 503, CannedBody::Empty), exchange("/a", 200, CannedBody::Json(json!({"ok": true})))];
        let double = raise(&exchanges, &credential()).await.unwrap();
        assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 503"));
        for _ in 0..2 {
            let answer = get(&double, "/a").await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(
                answer.contains("content-type: application/json") && answer.ends_with(r#"{"ok":true}"#),
                "{answer}"
            );
        }
        assert_eq!(double.finish(), None);
    }

    #[tokio::test]
    async fn an_unmatched_request_is_answered_404_and_told_at_the_end() {
        let double = raise(&[exchange("/a", 200, CannedBody::Empty)], &credential()).await.unwrap();
        let answer = get(&double, "/b").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("not in the fixture"), "{answer}");
        assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 200"));
        let mismatch = double.finish().unwrap();
        assert_eq!(mismatch.request, "GET /b");
        assert_eq!(mismatch.differences, ["path: expected /a, got /b"]);
    }

    #[tokio::test]
    async fn the_next_double_remembers_nothing() {
        let double = raise(&[], &credential()).await.unwrap();
        get(&double, "/a").await.unwrap();
        assert_eq!(double.finish().unwrap().nearest, None);
        let double = raise(&[exchange("/a", 200, CannedBody::Empty)], &credential()).await.unwrap();
        assert!(get(&double, "/a").await.unwrap().starts_with("HTTP/1.1 200"));
        assert_eq!(double.finish(), None);
    }

    #[tokio::test]
    async fn an_answer_may_echo_a_field_and_keeps_its_own_type() {
        let mut echo = exchange("/a", 401, CannedBody::Text("bad key {{api_key}}".into()));
        echo.response.headers =
            vec![("Content-Type".into(), "text/html".into()), ("Content-Length".into(), "3".into())];
        let double = raise(&[echo], &credential()).await.unwrap();
        let answer = get(&double, "/a").await.unwrap();
        assert!(answer.ends_with("bad key canary-key") && answer.contains("content-type: text/html\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn faults_reach_the_client() {
        let reset = raise(&[faulty(Fault::Reset)], &credential()).await.unwrap();
        assert_eq!(get(&reset, "/").await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let close = raise(&[faulty(Fault::Close)], &credential()).await.unwrap();
        assert_eq!(get(&close, "/").await.unwrap(), "");
        let garbage = raise(&[faulty(Fault::Garbage)], &credential()).await.unwrap();
        assert!(!get(&garbage, "/").await.unwrap().contains("HTTP"));
        let truncate = raise(&[faulty(Fault::Truncate)], &credential()).await.unwrap();
        let cut = get(&truncate, "/").await.unwrap();
        assert!(cut.contains("content-length: 9\r\n") && cut.ends_with("all "), "{cut}");
        let slow = raise(&[faulty(Fault::Slow)], &credential()).await.unwrap();
        let began = Instant::now();
        let whole = get(&slow, "/").await.unwrap();
        assert!(whole.ends_with("all of it") && !whole.contains(gate::MARK), "{whole}");
        assert!(began.elapsed() > Duration::from_millis(500));
    }

    #[tokio::test]
    async fn a_gate_passes_what_has_no_fault_and_silence_waits() {
        let mut other = exchange("/fine", 200, CannedBody::Text("fine".into()));
        other.response.delay = Some(Duration::from_millis(60));
        let double = raise(&[faulty(Fault::Silence), other], &credential()).await.unwrap();
        let began = Instant::now();
        assert!(get(&double, "/fine").await.unwrap().ends_with("fine"));
        assert!(began.elapsed() >= Duration::from_millis(60));
        assert!(get(&double, "/gone").await.unwrap().starts_with("HTTP/1.1 404"));
        let silent = tokio::time::timeout(Duration::from_millis(100), get(&double, "/")).await;
        assert!(silent.is_err());
    }

    #[tokio::test]
    async fn what_cannot_be_served_is_an_error_not_a_panic() {
        let mut broken = exchange("/a", 200, CannedBody::Empty);
        broken.response.headers = vec![("x".into(), "a\r\nb".into())];
        assert_eq!(raise(&[broken], &credential()).await.err().map(|e| e.kind()), Some(io::ErrorKind::InvalidInput));
        let early = exchange("/a", 101, CannedBody::Empty);
        assert_eq!(raise(&[early], &credential()).await.err().map(|e| e.kind()), Some(io::ErrorKind::InvalidInput));
    }
}
