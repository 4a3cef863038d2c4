//! HTTP: a request with its secrets kept apart, and its answer.

use http::HeaderMap;

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::secret::Secret;

use super::Wire;
use super::obstacle::Obstacle;
use super::transcript::Transcript;

/// What fills a header, a query parameter or a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text that may be shown (scrubbed, like everything).
    Open(String),
    /// Text that holds a secret.
    Secret {
        /// What is sent.
        value: Secret,
        /// What transcripts show in its place: `Bearer [secret:api_key]`.
        shown: String,
    },
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, upper-case.
    pub method: Box<str>,
    /// The path, the base URL's included, percent-encoded, starting with a slash.
    pub path: String,
    /// Query parameters in order, not yet encoded.
    pub query: Vec<(Box<str>, Content)>,
    /// Headers in order.
    pub headers: Vec<(Box<str>, Content)>,
    /// The body; its `content-type` is one of the headers.
    pub body: Option<Content>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Whether the body was longer than the limit and is cut there.
    pub truncated: bool,
}

impl Response {
    /// A header's text, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Wire {
    /// Asks one question and reads the answer. The caller has entered the phase that the question belongs to; while a connection is
    /// opened, the transcript is in `dns`, `connect` and `tls`, and then in the caller's phase again.
    ///
    /// Redirects are answers; nothing is followed, retried or remembered.
    #[expect(clippy::unused_async, reason = "filled in by the next commit")]
    pub async fn exchange(
        &self,
        _endpoint: &Endpoint,
        _credential: &Credential,
        _request: Request,
        _transcript: &Transcript<'_>,
    ) -> Result<Response, Obstacle> {
        Err(Obstacle::Setting("This build speaks no HTTP".to_owned(), "Use a later build".to_owned()))
    }
}
