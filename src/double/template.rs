//! Templates of fixtures: `{{field}}` stands for a field of the credential, public or secret.

use serde_json::Value;

use crate::model::credential::Credential;
use crate::model::scrub::Scrubber;
use crate::model::secret::Secret;

/// Fills a template.
///
/// # Errors
/// The first field that the template names and the credential lacks.
pub(super) fn fill(template: &str, credential: &Credential) -> Result<Secret, String> {
    let mut filled = Vec::with_capacity(template.len() + 32);
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.extend_from_slice(text.as_bytes()),
            Piece::Mark { name, .. } => match value(credential, name) {
                Some(value) => filled.extend_from_slice(value),
                None => return Err(name.to_owned()),
            },
        }
    }
    Ok(Secret::new(filled))
}

/// Fills what the credential knows; other marks stay as they are written, for answers may well hold braces of their own.
pub(super) fn fill_known(template: &str, credential: &Credential) -> Vec<u8> {
    let mut filled = Vec::with_capacity(template.len() + 32);
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.extend_from_slice(text.as_bytes()),
            Piece::Mark { name, whole } => {
                filled.extend_from_slice(value(credential, name).unwrap_or(whole.as_bytes()));
            }
        }
    }
    filled
}

/// A value that is expected: as it is written, and filled.
#[derive(Debug)]
pub(super) struct Want {
    template: Box<str>,
    filled: Result<Secret, String>,
}

impl Want {
    pub(super) fn new(template: &str, credential: &Credential) -> Want {
        Want { template: template.into(), filled: fill(template, credential) }
    }

    pub(super) fn is(&self, got: &[u8]) -> bool {
        self.filled().is_some_and(|filled| open(filled) == got)
    }

    /// The value, unless the credential lacks a field of it.
    pub(super) fn filled(&self) -> Option<&Secret> {
        self.filled.as_ref().ok()
    }

    /// What to say of it: the template, and the field that it lacks.
    pub(super) fn shown(&self) -> String {
        match &self.filled {
            Ok(_) => format!("{:?}", self.template),
            Err(field) => format!("{:?} (the connection has no field `{field}`)", self.template),
        }
    }
}

/// The same for every text inside a JSON value.
pub(super) fn fill_json(value: &Value, credential: &Credential) -> Value {
    match value {
        Value::String(text) if text.contains("{{") => {
            Value::String(String::from_utf8_lossy(&fill_known(text, credential)).into_owned())
        }
        Value::Array(items) => items.iter().map(|item| fill_json(item, credential)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, member)| (key.clone(), fill_json(member, credential))).collect()
        }
        other => other.clone(),
    }
}

/// What was received, with every secret of the credential replaced by the mark that stands for it.
pub(super) fn mask(received: &[u8], credential: &Credential) -> String {
    let mut text = String::from_utf8_lossy(received).into_owned();
    let scrubber = Scrubber::new();
    let mut secrets: Vec<_> = credential.secrets.iter().filter(|(_, secret)| !secret.is_empty()).collect();
    secrets.sort_by_key(|(_, secret)| std::cmp::Reverse(secret.len()));
    for (name, secret) in secrets {
        let clear = String::from_utf8_lossy(open(secret)).into_owned();
        if clear.chars().count() < SHORTEST && text.contains(&clear) {
            return format!("(hidden: it holds {{{{{name}}}}})");
        }
        text = text.replace(&clear, &format!("{{{{{name}}}}}"));
        scrubber.learn(name, secret);
    }
    scrubber.scrub(&text).into_owned()
}

/// A secret with fewer characters cannot be told from ordinary text: what holds it is hidden as a whole.
const SHORTEST: usize = 4;

/// The bytes behind a filled template, to compare or to send.
#[expect(clippy::disallowed_methods, reason = "a double compares what it received with what it was told to expect")]
pub(super) fn open(filled: &Secret) -> &[u8] {
    filled.expose()
}

fn value<'c>(credential: &'c Credential, name: &str) -> Option<&'c [u8]> {
    credential.secret(name).map(open).or_else(|| credential.public(name).map(str::as_bytes))
}

enum Piece<'t> {
    Text(&'t str),
    Mark { name: &'t str, whole: &'t str },
}

/// Cuts a template at its marks. Braces around anything but a field name (`[a-z0-9_]+`) are text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut look_from = 0;
    while let Some(open) = template[look_from..].find("{{").map(|at| look_from + at) {
        let inner = &template[open + 2..];
        let name = &inner[..inner.find("}}").unwrap_or(0)];
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            look_from = open + 1;
            continue;
        }
        let end = open + name.len() + 4;
        pieces.push(Piece::Text(&template[text_from..open]));
        pieces.push(Piece::Mark { name, whole: &template[open..end] });
        text_from = end;
        look_from = end;
    }
    pieces.push(Piece::Text(&template[text_from..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> Credential {
        let mut credential = Credential::default();
        credential.public.insert("username".into(), "ann".into());
        credential.secrets.insert("password".into(), Secret::new("canary-password"));
        credential.secrets.insert("pin".into(), Secret::new("123"));
        credential
    }

    #[test]
    fn marks_are_filled_from_both_kinds_of_field() {
        let filled = fill("{{username}}/token:{{password}}", &credential()).unwrap();
        assert_eq!(open(&filled), b"ann/token:canary-password");
    }

    #[test]
    fn an_unknown_field_is_named_or_left_alone() {
        assert_eq!(fill("Bearer {{api_key}}", &credential()), Err("api_key".to_owned()));
        assert_eq!(
            fill_known("{{order.id}} {{api_key}} {{{username}}} {{", &credential()),
            b"{{order.id}} {{api_key}} {ann} {{"
        );
    }

    #[test]
    fn json_is_filled_in_depth() {
        let filled = fill_json(&serde_json::json!({"a": [{"b": "{{username}}!"}], "c": 1}), &credential());
        assert_eq!(filled, serde_json::json!({"a": [{"b": "ann!"}], "c": 1}));
    }

    #[test]
    fn secrets_are_masked_by_the_mark_that_stands_for_them() {
        assert_eq!(mask(b"Bearer canary-password", &credential()), "Bearer {{password}}");
        let hidden = mask(b"pin 123", &credential());
        assert!(!hidden.contains("123") && hidden.contains("{{pin}}"), "{hidden}");
    }
}
