//! HTTP: a request with its secrets kept apart, and its answer.

pub(super) mod client;
mod look;
mod obstacle;
mod written;

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use reqwest::Client;
use url::{Position, Url};

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::secret::Secret;

use self::client::{check_literal, proxy};
use self::obstacle::{Circumstances, Reading, late, read};
use super::obstacle::Obstacle;
use super::transcript::{Transcript, with_clock};
use super::{Limits, Wire};

/// Everything but the unreserved characters of RFC 3986 section 2.3.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
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

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Content::Open(text) => text.as_bytes(),
            #[expect(clippy::disallowed_methods, reason = "this is where a credential goes on the wire")]
            Content::Secret { value, .. } => value.expose(),
        }
    }

    /// What may be shown of it.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Content::Open(text) => text,
            Content::Secret { shown, .. } => shown,
        }
    }
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
    /// Whether the answer holds secrets: its body, cookies included, is not written down.
    pub confidential: bool,
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
    /// Redirects are answers; nothing is followed, retried or remembered. The deadline counts from the transcript's beginning.
    pub async fn exchange(
        &self,
        endpoint: &Endpoint,
        credential: &Credential,
        request: Request,
        transcript: &Transcript<'_>,
    ) -> Result<Response, Obstacle> {
        let left = self.limits.total.saturating_sub(transcript.clock().elapsed());
        self.exchange_within(left, endpoint, credential, request, transcript).await
    }

    /// The same with a time of its own, for a question whose answer must not be lost.
    pub async fn exchange_within(
        &self,
        left: Duration,
        endpoint: &Endpoint,
        credential: &Credential,
        request: Request,
        transcript: &Transcript<'_>,
    ) -> Result<Response, Obstacle> {
        let clock = transcript.clock();
        let phase = clock.current();
        let client = self.client(endpoint, credential)?;
        let prepared = self.prepare(endpoint, &request)?;
        request.write_down(&endpoint.declared, transcript);
        let confidential = request.confidential;
        drop(request);
        let conversation = with_clock(clock, converse(client, prepared, &self.limits));
        let obstacle = match tokio::time::timeout(left, conversation).await {
            Ok(Ok(response)) => {
                clock.enter(phase);
                response.write_down(confidential, transcript);
                return response.bounded(&self.limits);
            }
            Ok(Err(error)) => {
                let at = Circumstances {
                    phase: clock.current(),
                    offered: credential.public("client_cert").is_some(),
                    asked: clock.certificate_asked(),
                    proxied: proxy(endpoint, credential).is_some(),
                    limits: self.limits,
                };
                match read(&error, &at) {
                    // What another connection is told says nothing of whether this one's token was spent.
                    Reading::Shut(shut) if confidential => shut,
                    failed => self.look_again(failed, endpoint, credential, &at, transcript).await,
                }
            }
            Err(_) => late(clock.current(), &self.limits),
        };
        transcript.note(obstacle.cause().code());
        Err(obstacle)
    }

    /// The request as the client takes it: the URL leads to where we really connect, and the `Host` header names the declared host.
    fn prepare(&self, endpoint: &Endpoint, request: &Request) -> Result<reqwest::Request, Obstacle> {
        let declared = &endpoint.declared;
        let mut url = match &endpoint.effective {
            None => declared.to_string(),
            Some(double) if double.certificate.is_none() => format!("http://{}", double.socket),
            // The certificate is for the declared name; the resolver knows the socket.
            Some(double) if declared.host.parse::<std::net::IpAddr>().is_err() => {
                format!("https://{}:{}", declared.host, double.socket.port())
            }
            Some(double) => format!("https://{}", double.socket),
        };
        request.append_target(&mut url, Content::bytes);
        let url = Url::parse(&url).map_err(|_| {
            setting(format!("`{}` is no host and path that a URL can hold", declared.host), "Check the base URL.")
        })?;
        check_literal(&url, self.reach)?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| setting("The probe's method is not one of HTTP's".to_owned(), "Correct the probe."))?;
        let mut prepared = reqwest::Request::new(method, url);
        for (name, content) in &request.headers {
            prepared.headers_mut().append(header_name(name)?, header_value(name, content)?);
        }
        if endpoint.effective.is_some() {
            let host = declared.host_header();
            let host = HeaderValue::from_str(&host)
                .map_err(|_| setting(format!("`{host}` cannot be a host"), "Check the base URL."))?;
            prepared.headers_mut().insert(http::header::HOST, host);
        }
        *prepared.body_mut() = request.body.as_ref().map(|content| content.bytes().to_vec().into());
        Ok(prepared)
    }
}

async fn converse(client: Client, request: reqwest::Request, limits: &Limits) -> Result<Response, reqwest::Error> {
    let mut answer = client.execute(request).await.map_err(reqwest::Error::without_url)?;
    let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
    let (mut body, mut truncated) = (Vec::new(), false);
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        let room = limits.body - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            truncated = true;
            break;
        }
    }
    Ok(Response { status, headers, body, truncated })
}

fn setting(what: String, way_out: &str) -> Obstacle {
    Obstacle::Setting(what, way_out.to_owned())
}

fn header_name(name: &str) -> Result<HeaderName, Obstacle> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        setting(format!("`{name}` cannot be a header's name"), "Correct the name in `place` or the probe.")
    })
}

/// A header's value; what cannot be one is described, never quoted. Bytes beyond ASCII are legal to HTTP (RFC 9110 section 5.5) but
/// no two servers agree on what they mean.
fn header_value(name: &str, content: &Content) -> Result<HeaderValue, Obstacle> {
    let bytes = content.bytes();
    let flaw = bytes.iter().find_map(|byte| match byte {
        b'\r' | b'\n' => Some("a line break"),
        0 => Some("a NUL byte"),
        0x01..=0x08 | 0x0b..=0x1f | 0x7f => Some("a control character"),
        0x80.. => Some("a character beyond ASCII"),
        _ => None,
    });
    if let Some(flaw) = flaw {
        let (shown, length) = (content.shown(), bytes.len());
        return Err(setting(
            format!("Header `{name}` would be `{shown}`, {length} bytes with {flaw} in it, which no header can carry."),
            "Look at how the secret was stored: a pasted line break or a curly quote, most likely.",
        ));
    }
    let mut value = HeaderValue::from_bytes(bytes)
        .map_err(|_| setting(format!("Header `{name}` has a value that no header can carry."), "Correct it."))?;
    value.set_sensitive(matches!(content, Content::Secret { .. }));
    Ok(value)
}

impl Request {
    /// Whether it has a header of this name.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// The body as it may be shown; nothing where there is none.
    #[must_use]
    pub fn body_shown(&self) -> &str {
        self.body.as_ref().map(Content::shown).unwrap_or_default()
    }

    /// Path and query as they are sent, for signatures over them; what is secret in the query as it is shown. None where no URL can
    /// hold them, which the exchange says.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        let mut url = "http://host".to_owned();
        self.append_target(&mut url, |content| content.shown().as_bytes());
        let url = Url::parse(&url).ok()?;
        Some(url[Position::BeforePath..Position::AfterQuery].to_owned())
    }

    fn append_target<'r>(&'r self, url: &mut String, bytes: impl Fn(&'r Content) -> &'r [u8]) {
        url.push_str(&self.path);
        for (index, (name, content)) in self.query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.extend(utf8_percent_encode(name, QUERY));
            url.push('=');
            url.extend(percent_encode(bytes(content), QUERY));
        }
    }

    /// Method, path and query as they may be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut line = format!("{} {}", self.method, self.path);
        for (index, (name, content)) in self.query.iter().enumerate() {
            line.push(if index == 0 { '?' } else { '&' });
            line.push_str(name);
            line.push('=');
            line.push_str(content.shown());
        }
        line
    }
}

impl Response {
    /// The answer, if its head is within bounds. HTTP/1.1 heads above 400 KiB or 100 headers have ended the exchange before.
    fn bounded(self, limits: &Limits) -> Result<Self, Obstacle> {
        let head: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if head > limits.headers {
            return Err(Obstacle::Malformed(format!(
                "its head has {head} bytes, more than {} allowed",
                limits.headers
            )));
        }
        Ok(self)
    }
}
