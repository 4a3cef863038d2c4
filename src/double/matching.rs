//! Comparing a request with those that a fixture expects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wiremock::Request;

use super::digest::{Issued, Login};
use super::hmac::Verifier;
use super::template::{Want, fill_json, mask};
use super::{Mismatch, assertion, oauth1, sigv4};
use crate::model::app::{Oauth1Place, Placement};
use crate::model::credential::Credential;
use crate::model::fixture::ExpectedRequest;
use crate::model::probe::HttpBody;

/// A request that a fixture expects, its templates filled.
#[derive(Debug)]
pub(super) struct Expected {
    method: Box<str>,
    path: Box<str>,
    query: Vec<(Box<str>, Want)>,
    headers: Vec<(Box<str>, Want)>,
    basic: Option<(Want, Want)>,
    oauth1: Option<Oauth1Place>,
    client_assertion: Option<Box<str>>,
    hmac: Option<Verifier>,
    digest: Option<Login>,
    sigv4: Option<(Want, Want)>,
    body: Option<WantBody>,
}

#[derive(Debug)]
enum WantBody {
    Json { written: Value, filled: Value },
    Form(Vec<(Box<str>, Want)>),
    Text(Want),
}

impl Expected {
    /// Fills the templates of an expected request.
    pub(super) fn new(request: &ExpectedRequest, credential: &Credential, place: Option<&Placement>) -> Expected {
        let pairs = |pairs: &[(Box<str>, Box<str>)]| {
            pairs.iter().map(|(name, value)| (name.clone(), Want::new(value, credential))).collect()
        };
        let two =
            |(first, second): &(Box<str>, Box<str>)| (Want::new(first, credential), Want::new(second, credential));
        Expected {
            method: request.method.clone(),
            path: request.path.clone(),
            query: pairs(&request.query),
            headers: pairs(&request.headers),
            basic: request.basic.as_ref().map(two),
            oauth1: request.oauth1,
            client_assertion: request.client_assertion.clone(),
            hmac: request.hmac.then(|| Verifier::of(place)),
            digest: request.digest.as_ref().map(|login| Login::new(login, credential)),
            sigv4: request.sigv4.as_ref().map(two),
            body: request.body.as_ref().map(|body| match body {
                HttpBody::Json(json) => WantBody::Json { written: json.clone(), filled: fill_json(json, credential) },
                HttpBody::Form(fields) => WantBody::Form(pairs(fields)),
                HttpBody::Text(text) => WantBody::Text(Want::new(text, credential)),
            }),
        }
    }

    /// What differs in a request that was received; nothing when it is this one. Answers to challenges are held against those that
    /// were issued.
    pub(super) fn differences(&self, got: &Request, credential: &Credential, issued: &Issued) -> Vec<String> {
        let mut found = self.differences_but_login(got, credential);
        found.extend(self.digest.as_ref().and_then(|login| login.difference(got, issued)));
        found
    }

    /// The login by HTTP Digest that a request lacks, where it lacks nothing else.
    pub(super) fn unanswered(&self, got: &Request, credential: &Credential) -> Option<&Login> {
        let login = self.digest.as_ref().filter(|_| !got.headers.contains_key("authorization"))?;
        self.differences_but_login(got, credential).is_empty().then_some(login)
    }

    /// The login by HTTP Digest that is expected.
    pub(super) const fn login(&self) -> Option<&Login> {
        self.digest.as_ref()
    }

    fn differences_but_login(&self, got: &Request, credential: &Credential) -> Vec<String> {
        let mut found = Vec::new();
        if got.method.as_str() != &*self.method {
            found.push(format!("method: expected {}, got {}", self.method, got.method));
        }
        if !self.path_is(got) {
            found.push(format!("path: expected {}, got {}", self.path, mask(got.url.path().as_bytes(), credential)));
        }
        for (name, want) in &self.query {
            let values: Vec<_> = got.url.query_pairs().filter(|(key, _)| *key == **name).collect();
            if !values.iter().any(|(_, value)| want.is(value.as_bytes())) {
                let values = values.iter().map(|(_, value)| value.as_bytes());
                found.push(format!("query {name}: expected {}, got {}", want.shown(), listed(values, credential)));
            }
        }
        for (name, want) in &self.headers {
            let values = || got.headers.get_all(&**name).into_iter().map(http::HeaderValue::as_bytes);
            if !values().any(|value| want.is(value)) {
                found.push(format!("header {name}: expected {}, got {}", want.shown(), listed(values(), credential)));
            }
        }
        found.extend(self.basic.as_ref().and_then(|(user, pass)| basic_difference(user, pass, got, credential)));
        found.extend(self.oauth1.and_then(|place| oauth1::difference(place, got, credential)));
        let audience = self.client_assertion.as_deref();
        found.extend(audience.and_then(|audience| assertion::difference(audience, got, credential)));
        found.extend(self.hmac.as_ref().and_then(|verifier| verifier.difference(got, credential)));
        found.extend(
            self.sigv4.as_ref().and_then(|(region, service)| sigv4::difference(region, service, got, credential)),
        );
        found.extend(self.body.as_ref().and_then(|body| body.difference(&got.body, credential)));
        found
    }

    fn path_is(&self, got: &Request) -> bool {
        // Both take the same way through the URL parser, so that a path may be written with or without percent signs.
        got.url.path() == &*self.path || got.url.join(&self.path).is_ok_and(|wanted| wanted.path() == got.url.path())
    }

    /// How to name it in a message.
    fn shown(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl WantBody {
    fn difference(&self, got: &[u8], credential: &Credential) -> Option<String> {
        match self {
            WantBody::Json { written, filled } => match serde_json::from_slice::<Value>(got) {
                Ok(got) => json_difference(written, filled, &got, "$", credential),
                Err(_) => Some("body: expected JSON, got something else".to_owned()),
            },
            WantBody::Form(fields) => fields.iter().find_map(|(name, want)| {
                let values: Vec<_> = url::form_urlencoded::parse(got).filter(|(key, _)| *key == **name).collect();
                let missing = !values.iter().any(|(_, value)| want.is(value.as_bytes()));
                let values = values.iter().map(|(_, value)| value.as_bytes());
                missing.then(|| format!("form {name}: expected {}, got {}", want.shown(), listed(values, credential)))
            }),
            WantBody::Text(want) => (!want.is(got))
                .then(|| format!("body: expected {}, got {}", want.shown(), listed([got].into_iter(), credential))),
        }
    }
}

fn basic_difference(user: &Want, pass: &Want, got: &Request, credential: &Credential) -> Option<String> {
    let expected = format!("basic: expected {} and {}", user.shown(), pass.shown());
    let Some(header) = got.headers.get("authorization") else {
        return Some(format!("{expected}, got no Authorization header"));
    };
    let encoded = header.as_bytes().split_first_chunk::<6>().filter(|(word, _)| word.eq_ignore_ascii_case(b"basic "));
    let decoded = encoded.and_then(|(_, rest)| STANDARD.decode(rest.trim_ascii()).ok());
    let Some(decoded) = decoded else {
        return Some(format!("{expected}, got {}", listed([header.as_bytes()].into_iter(), credential)));
    };
    // RFC 7617, section 2: the user name ends at the first colon.
    let (got_user, got_pass) = decoded.split_at(decoded.iter().position(|byte| *byte == b':').unwrap_or(decoded.len()));
    let got_pass = got_pass.strip_prefix(b":").unwrap_or(got_pass);
    let same = user.is(got_user) && pass.is(got_pass);
    (!same).then(|| format!("{expected}, got {:?} and {:?}", mask(got_user, credential), mask(got_pass, credential)))
}

/// The first place where two JSON values differ.
fn json_difference(written: &Value, want: &Value, got: &Value, at: &str, credential: &Credential) -> Option<String> {
    match (written, want, got) {
        (_, want, got) if want == got => None,
        (Value::Object(written), Value::Object(want), Value::Object(got)) => {
            let inside = want.iter().find_map(|(key, member)| {
                let at = format!("{at}.{key}");
                json_difference(&written[key], member, got.get(key).unwrap_or(&Value::Null), &at, credential)
            });
            let extra = || got.keys().find(|key| !want.contains_key(*key));
            inside.or_else(|| extra().map(|key| format!("body {at}.{key}: not expected")))
        }
        (written, _, got) => {
            let got = mask(got.to_string().as_bytes(), credential);
            Some(format!("body {at}: expected {written}, got {got}"))
        }
    }
}

/// Values that were received, masked; `nothing` without any.
fn listed<'v>(values: impl Iterator<Item = &'v [u8]>, credential: &Credential) -> String {
    let values: Vec<_> = values.map(|value| format!("{:?}", mask(value, credential))).collect();
    if values.is_empty() { "nothing".to_owned() } else { values.join(", ") }
}

/// Describes a request that matches none of these, beside the nearest: the one with the same path and method, and then with the
/// fewest differences.
pub(super) fn mismatch<'e>(
    got: &Request,
    expected: impl Iterator<Item = &'e Expected>,
    credential: &Credential,
    issued: &Issued,
) -> Mismatch {
    let nearest = expected
        .map(|expected| (expected, expected.differences(got, credential, issued)))
        .min_by_key(|(expected, differences)| (!expected.path_is(got), differences.len()));
    let target = match got.url.query() {
        Some(query) => format!("{}?{query}", got.url.path()),
        None => got.url.path().to_owned(),
    };
    let request = format!("{} {}", got.method, mask(target.as_bytes(), credential));
    match nearest {
        Some((nearest, differences)) => Mismatch { request, nearest: Some(nearest.shown()), differences },
        None => Mismatch { request, nearest: None, differences: Vec::new() },
    }
}

#[cfg(test)]
mod tests;
