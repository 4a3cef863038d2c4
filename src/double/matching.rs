//! Comparing a request with those that a fixture expects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wiremock::Request;

use super::hmac::Verifier;
use super::template::{fill, fill_json, mask, open};
use super::{Mismatch, assertion, oauth1};
use crate::model::app::{Oauth1Place, Placement};
use crate::model::credential::Credential;
use crate::model::fixture::ExpectedRequest;
use crate::model::probe::HttpBody;
use crate::model::secret::Secret;

/// A value that is expected: as it is written, and filled.
#[derive(Debug)]
struct Want {
    template: Box<str>,
    filled: Result<Secret, String>,
}

impl Want {
    fn new(template: &str, credential: &Credential) -> Want {
        Want { template: template.into(), filled: fill(template, credential) }
    }

    fn is(&self, got: &[u8]) -> bool {
        self.filled.as_ref().is_ok_and(|filled| open(filled) == got)
    }

    /// What to say of it: the template, and the field that it lacks.
    fn shown(&self) -> String {
        match &self.filled {
            Ok(_) => format!("{:?}", self.template),
            Err(field) => format!("{:?} (the connection has no field `{field}`)", self.template),
        }
    }
}

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
        Expected {
            method: request.method.clone(),
            path: request.path.clone(),
            query: pairs(&request.query),
            headers: pairs(&request.headers),
            basic: request
                .basic
                .as_ref()
                .map(|(user, pass)| (Want::new(user, credential), Want::new(pass, credential))),
            oauth1: request.oauth1,
            client_assertion: request.client_assertion.clone(),
            hmac: request.hmac.then(|| Verifier::of(place)),
            body: request.body.as_ref().map(|body| match body {
                HttpBody::Json(json) => WantBody::Json { written: json.clone(), filled: fill_json(json, credential) },
                HttpBody::Form(fields) => WantBody::Form(pairs(fields)),
                HttpBody::Text(text) => WantBody::Text(Want::new(text, credential)),
            }),
        }
    }

    /// What differs in a request that was received; nothing when it is this one.
    pub(super) fn differences(&self, got: &Request, credential: &Credential) -> Vec<String> {
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
) -> Mismatch {
    let nearest = expected
        .map(|expected| (expected, expected.differences(got, credential)))
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
mod tests {
    use serde_json::json;

    use super::*;

    fn credential() -> Credential {
        let mut credential = Credential::default();
        credential.public.insert("username".into(), "ann@example.com".into());
        credential.secrets.insert("api_key".into(), Secret::new("canary-key"));
        credential
    }

    fn expected() -> ExpectedRequest {
        ExpectedRequest {
            method: "GET".into(),
            path: "/api/accounts".into(),
            query: vec![("limit".into(), "1".into())],
            headers: vec![("Authorization".into(), "Klaviyo-API-Key {{api_key}}".into())],
            basic: None,
            oauth1: None,
            client_assertion: None,
            hmac: false,
            body: None,
        }
    }

    fn got(method: &str, target: &str, authorization: &str, body: &str) -> Request {
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        Request {
            url: format!("http://localhost{target}").parse().unwrap(),
            method: method.parse().unwrap(),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    fn differences(expected: &ExpectedRequest, got: &Request) -> Vec<String> {
        Expected::new(expected, &credential(), None).differences(got, &credential())
    }

    #[test]
    fn a_request_may_have_more_than_is_stated() {
        let got = got("GET", "/api/accounts?x=2&limit=1", "Klaviyo-API-Key canary-key", "");
        assert_eq!(differences(&expected(), &got), [""; 0]);
    }

    #[test]
    fn every_difference_is_named_and_no_secret_shown() {
        let got = got("POST", "/api/canary-key?limit=2", "Bearer canary-key", "");
        assert_eq!(
            differences(&expected(), &got),
            [
                "method: expected GET, got POST",
                "path: expected /api/accounts, got /api/{{api_key}}",
                r#"query limit: expected "1", got "2""#,
                r#"header Authorization: expected "Klaviyo-API-Key {{api_key}}", got "Bearer {{api_key}}""#,
            ]
        );
    }

    #[test]
    fn a_field_that_the_connection_lacks_is_named() {
        let mut expected = expected();
        expected.headers = vec![("authorization".into(), "Bearer {{token}}".into())];
        let found = differences(&expected, &got("GET", "/api/accounts?limit=1", "Bearer x", ""));
        assert_eq!(
            found,
            [
                r#"header authorization: expected "Bearer {{token}}" (the connection has no field `token`), got "Bearer x""#
            ]
        );
    }

    #[test]
    fn basic_credentials_are_compared_decoded() {
        let expected = ExpectedRequest {
            query: vec![],
            headers: vec![],
            basic: Some(("{{username}}/token".into(), "{{api_key}}".into())),
            ..expected()
        };
        let good = format!("Basic {}", STANDARD.encode("ann@example.com/token:canary-key"));
        assert_eq!(differences(&expected, &got("GET", "/api/accounts", &good, "")), [""; 0]);
        let bad = format!("Basic {}", STANDARD.encode("ann@example.com:canary-key"));
        assert_eq!(
            differences(&expected, &got("GET", "/api/accounts", &bad, "")),
            [r#"basic: expected "{{username}}/token" and "{{api_key}}", got "ann@example.com" and "{{api_key}}""#]
        );
    }

    #[test]
    fn bodies_are_compared_by_meaning() {
        let with = |body| ExpectedRequest { query: vec![], headers: vec![], body: Some(body), ..expected() };
        let json = with(HttpBody::Json(json!({"a": {"key": "{{api_key}}", "n": 1}})));
        let same = got("GET", "/api/accounts", "x", r#"{"a": {"n": 1, "key": "canary-key"}}"#);
        assert_eq!(differences(&json, &same), [""; 0]);
        let other = got("GET", "/api/accounts", "x", r#"{"a": {"key": "{canary-key}", "n": 1}}"#);
        assert_eq!(differences(&json, &other), [r#"body $.a.key: expected "{{api_key}}", got "{{{api_key}}}""#]);
        let more = got("GET", "/api/accounts", "x", r#"{"a": {"key": "canary-key", "n": 1, "m": 2}}"#);
        assert_eq!(differences(&json, &more), ["body $.a.m: not expected"]);

        let form = with(HttpBody::Form(vec![("grant".into(), "a b".into()), ("key".into(), "{{api_key}}".into())]));
        assert_eq!(differences(&form, &got("GET", "/api/accounts", "x", "key=canary%2Dkey&grant=a+b")), [""; 0]);
        let missing = differences(&form, &got("GET", "/api/accounts", "x", "key=canary-key"));
        assert_eq!(missing, [r#"form grant: expected "a b", got nothing"#]);
    }

    #[test]
    fn the_nearest_has_the_same_path_first() {
        let there = Expected::new(&expected(), &credential(), None);
        let elsewhere = ExpectedRequest { path: "/x".into(), query: vec![], headers: vec![], ..expected() };
        let elsewhere = Expected::new(&elsewhere, &credential(), None);
        let got = got("GET", "/api/accounts?key=canary-key", "Bearer canary-key", "");
        let found = mismatch(&got, [&elsewhere, &there].into_iter(), &credential());
        assert_eq!(found.request, "GET /api/accounts?key={{api_key}}");
        assert_eq!(found.nearest.as_deref(), Some("GET /api/accounts"));
        assert_eq!(found.differences.len(), 2);
        assert!(!found.to_string().contains("canary"), "{found}");
    }
}
