//! A thousand small changes to good answers: no panic, no hang, and a pass only where the answer is still a good one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::http_server::{Act, Server};
use crate::leaks::shop::Shop;

const ROUNDS: u64 = 500;

/// Numbers that are the same every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % bound.max(1)
    }
}

/// The bytes with one to four changes: a byte replaced, flipped, taken out or put in, a stretch cut or doubled, an end cut off.
fn mutated(good: &[u8], dice: &mut Dice) -> Vec<u8> {
    const SPECIAL: &[u8] = b"\r\n\0\xff :;,-0123456789HTP{}\"\t\x1b";
    let mut bytes = good.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        let special = SPECIAL[dice.below(SPECIAL.len())];
        let end = (at + 1 + dice.below(12)).min(bytes.len());
        match dice.below(7) {
            _ if bytes.is_empty() => bytes.push(special),
            0 => bytes[at] = special,
            1 => bytes[at] ^= 1 << dice.below(8),
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, special),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let stretch = bytes[at..end].to_vec();
                bytes.splice(at..at, stretch);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

const GOOD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 1\r\ncontent-length: 28\r\n\r\n\
    {\"ok\":true,\"account\":\"Acme\"}";

fn http_answer(round: u64) -> Vec<u8> {
    if round == 0 { GOOD.to_vec() } else { mutated(GOOD, &mut Dice::new(round)) }
}

/// Whether this may pass: the status line says 200, and the body is JSON that says so.
fn may_pass(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let status = text.trim_start_matches(['\r', '\n']).split([' ', '\r', '\n']).nth(1) == Some("200");
    let says_so = |at: usize| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<serde_json::Value>();
        values.next().and_then(Result::ok).is_some_and(|body| body["ok"] == true)
    };
    status && text.match_indices('{').any(|(at, _)| says_so(at))
}

#[tokio::test(flavor = "multi_thread")]
async fn http_answers_with_small_changes() {
    let server = Server::start(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let round = path.split('/').nth(1).and_then(|round| round.parse().ok());
        round.map_or(Act::Reset, |round| Act::AnswerAndClose(http_answer(round)))
    })
    .await;
    let mut shop = Shop::new();
    for round in 0..ROUNDS {
        let secret = shop.secret("canary-mutated-key");
        let base_url = format!("{}/{round}", server.url());
        let fields = json!({"base_url": base_url, "place": {"header": "X-Api-Key"}, "api_key": secret});
        let accept = json!({"status": 200, "json": {"$.ok": true}});
        let probe = json!({"http": {"request": "GET /x", "accept": accept, "account": "$.account"}});
        shop.step("http", "api-key", &fields, Some(probe));
    }
    let run = move || shop.run(&["--format", "json", "--timeout", "2s"]);
    let left = tokio::task::spawn_blocking(run).await.expect("it runs");
    let causes = left.causes();
    assert_eq!(causes.len() as u64, ROUNDS, "{}", left.stderr);
    assert_eq!((causes[0].as_str(), left.code), ("pass", Some(1)), "{}", left.stderr);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (cause, round) in causes.iter().zip(0..) {
        *seen.entry(cause).or_default() += 1;
        let answer = http_answer(round);
        assert!(cause != "pass" || may_pass(&answer), "round {round}: {:?}", String::from_utf8_lossy(&answer));
        assert_ne!(cause, "credential-rejected", "round {round}: {:?}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(seen.get("internal-error"), None, "{seen:?}");
    assert!(seen.len() > 2 && seen["pass"] > 20 && seen["pass"] < 400, "the changes change something: {seen:?}");
}

/// What a good server says, by command; the first is its greeting.
const DIALOGUE: [(&str, &[u8]); 7] = [
    ("", b"220-Welcome\r\n220 ready\r\n"),
    ("USER", b"331 password please\r\n"),
    ("PASS", b"230 Login successful.\r\n"),
    ("PWD", b"257 \"/home/u\" is the current directory\r\n"),
    ("EPSV", b"229 Entering Extended Passive Mode (|||PORT|)\r\n"),
    ("NLST", b"150 Here it comes.\r\n226 Sent.\r\n"),
    ("QUIT", b"221 Goodbye.\r\n"),
];

/// Which reply is changed in a round, and how.
fn ftp_reply(round: u64, command: &str) -> Option<Vec<u8>> {
    let (at, (_, good)) = DIALOGUE.iter().enumerate().find(|(_, (verb, _))| *verb == command)?;
    let mut dice = Dice::new(round);
    let changed = dice.below(DIALOGUE.len() - 1);
    Some(if round > 0 && at == changed { mutated(good, &mut dice) } else { good.to_vec() })
}

/// The user's name is the round; the greeting is chosen by the port that was called.
async fn ftp_session(stream: TcpStream, round: u64, data: u16) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let port = data.to_string();
    let mut reply = ftp_reply(round, "").expect("a greeting");
    loop {
        let text = String::from_utf8_lossy(&reply).replace("PORT", &port);
        // Bytes that are no text go out as they are.
        let bytes = if text.contains(char::REPLACEMENT_CHARACTER) { reply } else { text.into_bytes() };
        stream.write_all(&bytes).await?;
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        let verb = line.split([' ', '\r']).next().unwrap_or_default();
        reply = ftp_reply(round, verb).unwrap_or_else(|| b"502 not here\r\n".to_vec());
    }
}

/// A server for each round, and one data connection for all.
async fn ftp_servers() -> Vec<u16> {
    let data = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let data_port = data.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = data.accept().await {
            let _ = stream.write_all(b"a.csv\r\n").await;
        }
    });
    let mut ports = Vec::new();
    for round in 0..ROUNDS {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        ports.push(listener.local_addr().expect("its address").port());
        let listener = Arc::new(listener);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(ftp_session(stream, round, data_port));
            }
        });
    }
    ports
}

/// Whether a login may count: what came for the greeting, the user and the password still says yes.
fn may_log_in(round: u64) -> bool {
    let opens = |command: &str, digits: &[u8]| {
        let reply = ftp_reply(round, command).unwrap_or_default();
        reply.first().is_some_and(|digit| digits.contains(digit))
    };
    opens("", b"2") && opens("USER", b"23") && opens("PASS", b"2")
}

#[tokio::test(flavor = "multi_thread")]
async fn ftp_dialogues_with_small_changes() {
    let ports = ftp_servers().await;
    let mut shop = Shop::new();
    for port in ports {
        let password = shop.secret("canary-mutated-password");
        let fields =
            json!({"protocol": "ftp", "host": "127.0.0.1", "port": port, "username": "u", "password": password});
        shop.step("ftp", "ftp", &fields, None);
    }
    let run = move || shop.run(&["--format", "json", "--timeout", "1s"]);
    let left = tokio::task::spawn_blocking(run).await.expect("it runs");
    let steps = left.steps();
    assert_eq!((steps.len() as u64, left.code), (ROUNDS, Some(1)), "{}", left.stderr);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (step, round) in steps.iter().zip(0..) {
        let cause = step["cause"].as_str().unwrap_or("pass");
        *seen.entry(cause).or_default() += 1;
        assert!(round > 0 || cause == "pass", "{step}");
        assert!(cause != "pass" || may_log_in(round), "round {round}: {step}");
        assert!(step["duration_ms"].as_u64().expect("a duration") < 4000, "round {round}: {step}");
    }
    assert_eq!(seen.get("internal-error"), None, "{seen:?}");
    assert!(seen.len() > 4 && seen["pass"] > 20 && seen["pass"] < 450, "the changes change something: {seen:?}");
}
