//! The canonical request: one way to write a request, so that both sides sign the same text.

use percent_encoding::percent_decode_str;

use super::payload_hash;
use crate::model::secret::{Part, Secret};
use crate::sign::key::hashed;
use crate::sign::oauth1::encode;

/// A query parameter, decoded: its name and its value.
pub type Parameter = (String, String);

/// The token of temporary credentials, which is sent and signed as a header.
#[derive(Debug, Clone, Copy)]
pub struct Token<'t> {
    /// What is sent.
    pub value: &'t Secret,
    /// What is shown in its place.
    pub shown: &'t str,
}

impl Token<'_> {
    /// The header that it goes into.
    pub const HEADER: &'static str = "x-amz-security-token";
}

/// What is signed of a request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method, upper-case.
    pub method: &'a str,
    /// The path as it is sent, percent-encoded.
    pub path: &'a str,
    /// The query, in any order.
    pub query: &'a [Parameter],
    /// The headers to sign, in any order. Names in lower case.
    pub headers: &'a [(String, String)],
    /// One more header to sign.
    pub token: Option<Token<'a>>,
    /// The hash of the body.
    pub payload: &'a str,
}

/// A canonical request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// Its text, in which a token may be.
    text: Secret,
    /// The text as it may be shown.
    pub shown: String,
    /// The names of the headers in it, sorted, with `;` between them.
    pub signed_headers: String,
}

impl Canonical {
    /// The canonical request for a service.
    #[must_use]
    pub fn of(asked: &Asked<'_>, service: &str) -> Self {
        let path = if keeps_paths(service) { kept_path(asked.path) } else { encoded_twice(asked.path) };
        let mut headers: Vec<(&str, String)> = Vec::new();
        for (name, value) in asked.headers {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            match headers.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.extend([",", &value]),
                None => headers.push((name, value)),
            }
        }
        headers.extend(asked.token.map(|_| (Token::HEADER, String::new())));
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let signed_headers = names.join(";");
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        // The token's line ends in the token, and a line break.
        let at = headers.iter().position(|(name, _)| *name == Token::HEADER).filter(|_| asked.token.is_some());
        let (before, after) = lines.split_at(at.map_or(0, |at| at + 1));
        let before = format!("{}\n{path}\n{}\n{}", asked.method, query(asked.query), before.concat());
        let after = format!("{}\n{signed_headers}\n{}", after.concat(), asked.payload);
        let Some(token) = asked.token else {
            let shown = before + &after;
            return Canonical { text: Secret::new(shown.as_bytes()), shown, signed_headers };
        };
        let before = before.trim_end_matches('\n');
        let parts = [Part::Clear(before), Part::Secret(token.value), Part::Clear("\n"), Part::Clear(&after)];
        let shown = format!("{before}{}\n{after}", token.shown);
        Canonical { text: Secret::concat(parts), shown, signed_headers }
    }

    /// The hash of its text, which is signed.
    #[must_use]
    pub fn hash(&self) -> String {
        hashed(&self.text, payload_hash)
    }
}

/// Whether a service signs paths as they are sent, and the hash of the body in a header: S3 and its kin do, all others encode a path once
/// more.
#[must_use]
pub fn keeps_paths(service: &str) -> bool {
    service == "s3" || service == "s3express" || service.starts_with("s3-")
}

/// A path with each segment encoded once, whichever way it was encoded before. What is no text stays as it is.
#[must_use]
pub fn kept_path(path: &str) -> String {
    let once = |segment: &str| match percent_decode_str(segment).decode_utf8() {
        Ok(decoded) => encode(&decoded),
        Err(_) => segment.to_owned(),
    };
    rooted(path.split('/').map(once).collect::<Vec<_>>().join("/"))
}

/// A path without empty segments and dots (RFC 3986 section 6.2.2.3), encoded on top of how it is sent.
fn encoded_twice(path: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(encode(segment)),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

fn rooted(path: String) -> String {
    if path.starts_with('/') { path } else { format!("/{path}") }
}

fn query(parameters: &[Parameter]) -> String {
    let mut pairs: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}
