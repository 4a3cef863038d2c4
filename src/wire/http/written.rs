//! What a transcript keeps of a request and of its answer.

use super::{Request, Response};
use crate::model::endpoint::Address;
use crate::wire::transcript::Transcript;

/// How much of a body is looked at for evidence.
const EVIDENCE: usize = 4096;
/// The response headers that evidence keeps. All others may hold session tokens, so they are left out.
const TELLING: [&str; 12] = [
    "content-type",
    "content-length",
    "content-encoding",
    "date",
    "location",
    "proxy-authenticate",
    "retry-after",
    "server",
    "www-authenticate",
    "x-request-id",
    "x-shopify-api-version",
    "cf-ray",
];

impl Request {
    /// Writes down what was sent, secrets by what stands for them.
    pub(super) fn write_down(&self, declared: &Address, transcript: &Transcript<'_>) {
        transcript.sent(&self.shown());
        transcript.sent(&format!("host: {}", declared.host_header()));
        for (name, content) in &self.headers {
            transcript.sent(&format!("{}: {}", name.to_ascii_lowercase(), content.shown()));
        }
        if let Some(body) = &self.body {
            transcript.sent(&transcript.scrubber().scrub_beginning(body.shown().as_bytes(), EVIDENCE));
        }
    }
}

impl Response {
    /// Writes down status, telling headers and body. Of a confidential answer, nobody can mask what is secret yet: whoever asked tells what
    /// was in it, when the scrubber has learned that.
    pub(super) fn write_down(&self, confidential: bool, transcript: &Transcript<'_>) {
        transcript.received(&self.status.to_string());
        for name in TELLING {
            for value in self.headers.get_all(name) {
                let value = String::from_utf8_lossy(value.as_bytes());
                let value = transcript.scrubber().scrub(&value);
                // Parameters of a redirect may carry tokens that nobody has told the scrubber of.
                let shown =
                    if name == "location" { value.split(['?', '#', ';']).next().unwrap_or_default() } else { &value };
                transcript.received(&format!("{name}: {shown}"));
            }
        }
        if self.body.is_empty() {
            return;
        }
        if confidential {
            transcript.received(&format!("({} bytes that may hold secrets)", self.body.len()));
        } else {
            let cut = &self.body[..self.body.len().min(EVIDENCE)];
            match std::str::from_utf8(cut) {
                Ok(_) => transcript.received_beginning(&self.body, EVIDENCE),
                Err(error) if error.error_len().is_none() => transcript.received_beginning(&self.body, EVIDENCE),
                Err(_) => transcript.received(&format!("({} bytes that are no text)", self.body.len())),
            }
        }
    }
}
