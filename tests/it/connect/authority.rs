//! An authorization server on loopback, with an API behind it. It verifies for real: the client, PKCE, the redirect address, each code once.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A request, taken apart.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
}

/// What is answered: status, header lines, body.
pub(crate) type Answer = (u16, String, String);

/// How an authority behaves.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    /// Further parameters of the redirect.
    pub(crate) callback: String,
    /// An error in place of a code.
    pub(crate) error: Option<&'static str>,
    /// No code and no error.
    pub(crate) mute: bool,
    /// What the token endpoint answers in place of tokens.
    pub(crate) tokens: Option<(u16, Value)>,
    /// What it answers to polls of a device before the real answer.
    pub(crate) polls: Vec<Value>,
    /// What the API answers.
    pub(crate) api: Option<(u16, Value)>,
    /// No refresh tokens.
    pub(crate) unrefreshable: bool,
    /// Metadata, if it has any; `{url}` is its own address.
    pub(crate) metadata: Option<&'static str>,
}

#[derive(Default)]
struct State {
    manners: Manners,
    /// Codes with what they are bound to: challenge, redirect address.
    codes: HashMap<String, (String, String)>,
    issued: u32,
    seen: Vec<Asked>,
}

/// The server.
pub(crate) struct Authority {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Authority {
    pub(crate) fn new(manners: Manners) -> Authority {
        let authority = State { manners, ..State::default() };
        Authority::serve(authority, answer)
    }

    /// One that hands OAuth 1.0a tokens out as `answer` says.
    pub(crate) fn of(answer: impl Fn(&Asked, &str) -> Answer + Send + Sync + 'static) -> Authority {
        Authority::serve(State::default(), move |_, asked, url| answer(asked, url))
    }

    fn serve(state: State, answer: impl Fn(&mut State, &Asked, &str) -> Answer + Send + Sync + 'static) -> Authority {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("it is bound");
        let (state, answer) = (Arc::new(Mutex::new(state)), Arc::new(answer));
        let authority = Authority { address, state: Arc::clone(&state) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, answer) = (Arc::clone(&state), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let url = format!("http://{address}");
                    reply(stream, |asked| {
                        let mut state = state.lock().expect("no thread panics with it");
                        let (status, headers, body) = answer(&mut state, &asked, &url);
                        state.seen.push(asked);
                        (status, headers, body)
                    });
                });
            }
        });
        authority
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests to this path so far: their forms, or their queries where they have none.
    pub(crate) fn asked(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let state = self.locked();
        let seen = state.seen.iter().filter(|asked| asked.path == path);
        seen.map(|asked| if asked.form.is_empty() { asked.query.clone() } else { asked.form.clone() }).collect()
    }

    /// Changes how it behaves.
    pub(crate) fn behave(&self, manners: Manners) {
        self.locked().manners = manners;
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with it")
    }
}

fn answer(state: &mut State, asked: &Asked, url: &str) -> Answer {
    let get = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
    match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/.well-known/oauth-authorization-server") => match state.manners.metadata {
            Some(metadata) => (200, String::new(), metadata.replace("{url}", url)),
            None => (404, String::new(), "{}".to_owned()),
        },
        ("GET", "/authorize") => {
            state.issued += 1;
            let code = format!("canary-code-{}", state.issued);
            state.codes.insert(code.clone(), (get("code_challenge"), get("redirect_uri")));
            let manners = &state.manners;
            let outcome = match manners.error {
                Some(error) => format!("&error={error}&error_description=Canary+said+no"),
                None if manners.mute => String::new(),
                None => format!("&code={code}"),
            };
            let location = format!("{}?state={}{outcome}{}", get("redirect_uri"), get("state"), manners.callback);
            (302, format!("location: {}\r\n", location.replace("{url}", url)), String::new())
        }
        ("POST", "/device") => {
            let body = json!({
                "device_code": "canary-device-code", "user_code": "CNRY-7421", "verification_uri": format!("{url}/enter"),
                "verification_uri_complete": format!("{url}/enter?user_code=CNRY-7421"), "expires_in": 30, "interval": 0,
            });
            (200, String::new(), body.to_string())
        }
        ("POST", "/token") => token(state, asked),
        ("GET", "/me") => {
            let (status, body) = state.manners.api.clone().unwrap_or((200, json!({"name": "Canary Ltd"})));
            let good =
                asked.headers.get("authorization").is_some_and(|value| value.starts_with("Bearer canary-access-"));
            if good { (status, String::new(), body.to_string()) } else { (401, String::new(), "{}".to_owned()) }
        }
        _ => (404, String::new(), "{}".to_owned()),
    }
}

fn token(state: &mut State, asked: &Asked) -> Answer {
    let refuse = |status: u16, error: &str| (status, String::new(), json!({"error": error}).to_string());
    if let Some((status, body)) = &state.manners.tokens {
        return (*status, String::new(), body.to_string());
    }
    let basic = format!("{}:{}", encoded("canary id & co"), encoded(super::CLIENT_SECRET));
    if asked.headers.get("authorization") != Some(&format!("Basic {}", STANDARD.encode(basic))) {
        return refuse(401, "invalid_client");
    }
    let form = |name: &str| asked.form.get(name).cloned().unwrap_or_default();
    match form("grant_type").as_str() {
        "authorization_code" => {
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form("code_verifier")));
            // Taken out: each code is good once.
            if state.codes.remove(&form("code")) != Some((challenge, form("redirect_uri"))) {
                return refuse(400, "invalid_grant");
            }
        }
        "urn:ietf:params:oauth:grant-type:device_code" if form("device_code") == "canary-device-code" => {
            if !state.manners.polls.is_empty() {
                return (400, String::new(), state.manners.polls.remove(0).to_string());
            }
        }
        _ => return refuse(400, "unsupported_grant_type"),
    }
    let number = state.issued;
    let mut body = json!({
        "access_token": format!("canary-access-{number}-token"), "token_type": "Bearer", "expires_in": 3600, "scope": "read",
    });
    if !state.manners.unrefreshable {
        body["refresh_token"] = format!("canary-refresh-{number}-token").into();
    }
    (200, String::new(), body.to_string())
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Reads one request and answers it.
fn reply(mut stream: TcpStream, answer: impl FnOnce(Asked) -> Answer) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let header =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    let headers: BTreeMap<String, String> = head.lines().skip(1).filter_map(header).collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    while bytes.len() < head_end + length {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect();
    let asked = Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: pairs(query.as_bytes()),
        form: pairs(&bytes[head_end..]),
        headers,
    };
    let (status, headers, body) = answer(asked);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} Canary\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    );
    // A client that has gone away is no fault of the server.
    let _ = stream.write_all(answer.as_bytes());
}
