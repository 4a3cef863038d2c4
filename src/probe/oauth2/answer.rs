//! What a token endpoint answers: tokens, in the form of the RFC or in another one that is met.

use serde_json::{Map, Value};

use super::dialogue::Dialogue;
use crate::model::secret::Secret;
use crate::probe::judge::Answer;
use crate::probe::jwt;
use crate::probe::scopes::Listed;

/// What was granted (RFC 6749 section 5.1).
#[derive(Debug, Clone)]
pub struct Granted {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, where one came.
    pub refresh_token: Option<Secret>,
    /// How many seconds the access token is good for.
    pub expires_in: Option<i64>,
    /// The scopes, where the answer or the token itself says them. By the RFC they may be left out when all were granted, but servers leave
    /// them out for less, so nothing follows from their absence.
    pub scopes: Option<Listed>,
    /// By how many seconds the server's clock is ahead of ours (negative: behind), where that had to be put right to get this.
    pub ahead: Option<i64>,
}

/// Members of an answer whose values are shown: all others may be secret. Those of RFC 6749 sections 5.1 and 5.2, of RFC 7662 section 2.2,
/// and what some servers add.
const SHOWN: [&str; 22] = [
    "token_type",
    "expires_in",
    "refresh_token_expires_in",
    "x_refresh_token_expires_in",
    "scope",
    "scopes",
    "ok",
    "error",
    "error_description",
    "error_uri",
    "error_codes",
    "message",
    "active",
    "client_id",
    "username",
    "sub",
    "aud",
    "iss",
    "exp",
    "iat",
    "nbf",
    "interval",
];

impl Dialogue<'_> {
    /// Reads the tokens of an answer. The scrubber learns them first, and only then something of the answer is written down.
    pub(super) fn granted(&self, answer: &Answer) -> Option<Granted> {
        let success = (200..300).contains(&answer.status());
        let body = members(answer);
        if let Some(body) = &body {
            self.learn(body);
        }
        self.write_down(answer, body.as_ref());
        if !success {
            return None;
        }
        let body = body?;
        let at = self.known().and_then(|known| known.access_token.as_ref());
        let named = at.and_then(|path| path.query(&body).iter().find_map(|node| node.as_str()).map(str::to_owned));
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        // An answer with an error is one, whatever else is in it.
        let refused = body.get("error").is_some_and(|error| !error.is_null()) || body.get("ok") == Some(&false.into());
        let token = named.as_deref().filter(|token| !token.is_empty()).or_else(|| text("access_token"));
        let token = token.filter(|_| !refused)?;
        let access_token = Secret::new(token);
        self.scrubber.learn(&self.label("access_token"), &access_token);
        let scopes = body.get("scope").or_else(|| body.get("scopes")).cloned().or_else(|| jwt::scopes(&access_token));
        Some(Granted {
            scopes: scopes.and_then(|scopes| Listed::of(std::iter::once(&scopes), self.scrubber)),
            access_token,
            refresh_token: text("refresh_token").map(Secret::new),
            expires_in: body.get("expires_in").and_then(seconds),
            ahead: None,
        })
    }

    /// Teaches the scrubber everything in an answer that may be secret: every text whose member is not one that is shown.
    fn learn(&self, body: &Value) {
        let Value::Object(entries) = body else { return };
        for (name, value) in entries {
            match value {
                Value::String(text) if !SHOWN.contains(&name.as_str()) && names_token(name) => {
                    self.scrubber.learn(&self.label(name), &Secret::new(text.as_str()));
                }
                Value::Object(_) => self.learn(value),
                _ => {}
            }
        }
    }

    /// Writes an answer down without what may be secret in it.
    pub(super) fn write_down(&self, answer: &Answer, body: Option<&Value>) {
        let success = (200..300).contains(&answer.status());
        match body {
            Some(body) => self.transcript.received(&masked(body).to_string()),
            // A refusal grants nothing; what it repeats of what was sent is known to the scrubber.
            None if !success => self.transcript.received_beginning(&answer.response.body, 4096),
            None => {}
        }
    }
}

/// The members of an answer: JSON, or a form as some servers have it.
pub(crate) fn members(answer: &Answer) -> Option<Value> {
    if let Some(json) = answer.json() {
        return json.is_object().then(|| json.clone());
    }
    let text = answer.text();
    let text = text.trim();
    let form = !text.starts_with('<') && !text.contains(char::is_whitespace) && text.contains('=');
    form.then(|| {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Value::Object(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
    })
}

/// Whether a member may hold a token by its name.
fn names_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "code", "assertion", "password", "key"].iter().any(|word| name.contains(word))
}

/// An answer without its secrets: what is not known to be harmless is left out, whatever it is called.
fn masked(body: &Value) -> Value {
    match body {
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(name, value)| {
                    let shown = SHOWN.contains(&name.as_str()) && !value.is_object();
                    (name.clone(), if shown { value.clone() } else { masked(value) })
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        Value::String(_) => Value::String("***".to_owned()),
        other => other.clone(),
    }
}

/// Seconds, which some servers write as text.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|seconds| *seconds >= 0)
}
