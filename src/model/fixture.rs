//! Fixtures: the exchanges that a double plays. Values are templates that name a credential's fields as `{{field}}`.

use std::time::Duration;

use super::app::Oauth1Place;
use super::probe::HttpBody;

/// A valid fixture.
#[derive(Debug, Clone)]
pub enum Fixture {
    /// Exchanges for an HTTP double.
    Http(Vec<HttpExchange>),
    /// A dialogue for an FTP double.
    Ftp(FtpScript),
}

/// One request that is expected, and its answer.
#[derive(Debug, Clone)]
pub struct HttpExchange {
    /// What is expected.
    pub request: ExpectedRequest,
    /// What is answered.
    pub response: CannedResponse,
}

/// A request that a double waits for.
#[derive(Debug, Clone, Default)]
pub struct ExpectedRequest {
    /// The method, upper-case.
    pub method: Box<str>,
    /// The path, exactly.
    pub path: Box<str>,
    /// Query parameters that have to be there with these values.
    pub query: Vec<(Box<str>, Box<str>)>,
    /// Headers that have to be there with these values.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// HTTP Basic credentials that have to be there.
    pub basic: Option<(Box<str>, Box<str>)>,
    /// An OAuth 1.0a signature that has to be there, and to be right.
    pub oauth1: Option<Oauth1Place>,
    /// An assertion of the client (RFC 7523) that has to be in the form, signed by its key, for this audience.
    pub client_assertion: Option<Box<str>>,
    /// Whether the keyed hash that the connection's place makes has to be there, and to be right.
    pub hmac: bool,
    /// An answer to a challenge of HTTP Digest, which the double gives out by itself.
    pub digest: Option<ExpectedLogin>,
    /// An AWS signature for this region and this service, which has to be there, and to be right.
    pub sigv4: Option<(Box<str>, Box<str>)>,
    /// The body, compared as JSON, as form fields or as text.
    pub body: Option<HttpBody>,
}

/// A login by HTTP Digest (RFC 7616) that a double waits for.
#[derive(Debug, Clone, Default)]
pub struct ExpectedLogin {
    /// The user name.
    pub username: Box<str>,
    /// The password.
    pub password: Box<str>,
    /// The realm of the challenge.
    pub realm: Option<Box<str>>,
    /// The algorithm, by its name on the wire; SHA-256 where none is stated.
    pub algorithm: Option<Box<str>>,
    /// What is protected: `auth`, `auth-int`, or `none` as before RFC 2617; `auth` where nothing is stated.
    pub qop: Option<Box<str>>,
}

/// An answer that a double gives.
#[derive(Debug, Clone)]
pub struct CannedResponse {
    /// The status.
    pub status: u16,
    /// Headers, in order.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// The body.
    pub body: CannedBody,
    /// How long the double waits before it answers.
    pub delay: Option<Duration>,
    /// What goes wrong while it answers.
    pub fault: Option<Fault>,
}

/// The body of a canned response.
#[derive(Debug, Clone, PartialEq)]
pub enum CannedBody {
    /// Nothing.
    Empty,
    /// Served as `application/json` unless a header says otherwise.
    Json(serde_json::Value),
    /// Served as `text/plain` unless a header says otherwise.
    Text(Box<str>),
    /// Any bytes.
    Bytes(Vec<u8>),
}

/// What a double can do wrong, on any protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Answers with a TCP reset.
    Reset,
    /// Closes without an answer.
    Close,
    /// Never answers.
    Silence,
    /// Answers with bytes that are no answer.
    Garbage,
    /// Answers one byte at a time.
    Slow,
    /// Stops in the middle of the answer.
    Truncate,
}

impl Fault {
    /// All faults, in the order of the documentation.
    pub const ALL: [Fault; 6] =
        [Fault::Reset, Fault::Close, Fault::Silence, Fault::Garbage, Fault::Slow, Fault::Truncate];

    /// The word in fixtures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Fault::Reset => "reset",
            Fault::Close => "close",
            Fault::Silence => "silence",
            Fault::Garbage => "garbage",
            Fault::Slow => "slow",
            Fault::Truncate => "truncate",
        }
    }

    /// The fault with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

/// What an FTP double plays.
#[derive(Debug, Clone)]
pub struct FtpScript {
    /// How it speaks TLS.
    pub tls: FtpTls,
    /// What it says and waits for, in order.
    pub dialogue: Vec<FtpTurn>,
}

/// How an FTP double speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FtpTls {
    /// Not at all.
    #[default]
    None,
    /// After `AUTH TLS`.
    Explicit,
    /// From the first byte.
    Implicit,
}

/// One turn of an FTP dialogue: wait for a command (or for the connection), then answer.
///
/// The double keeps the data channel by itself: `EPSV` and `PASV` that the dialogue does not mention are answered with a listener of
/// its own, and a turn with `data` sends those lines there between its `send` (150) and `226`.
#[derive(Debug, Clone, Default)]
pub struct FtpTurn {
    /// The command line to wait for; `*` at its end matches the rest. None: nothing, as at the banner.
    pub expect: Option<Box<str>>,
    /// The reply: one line, or several.
    pub send: Option<Box<str>>,
    /// Lines for the data connection.
    pub data: Option<Vec<Box<str>>>,
    /// How long the double waits before it answers.
    pub delay: Option<Duration>,
    /// What goes wrong in place of, or while, answering.
    pub fault: Option<Fault>,
}
