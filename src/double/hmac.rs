//! The verifier of a double: a request is what a fixture expects only if its keyed hash is right, by the connection's own `place`.
//!
//! It takes the request as it was received: what only the sender can know (time, nonce, signature) is read from where the place puts
//! it, everything else is recomputed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wiremock::Request;

use super::template::{mask, open};
use crate::model::app::Placement;
use crate::model::credential::{Credential, Piece, pieces};
use crate::model::hmac::{HmacPlace, Nonce, Variable};
use crate::sign::hmac::{Facts, is_time, signature, text};

/// How a signature is verified.
#[derive(Debug)]
pub(super) struct Verifier(Option<HmacPlace>);

/// What only the sender knows, as it was received.
type Received = BTreeMap<Variable, String>;

impl Verifier {
    /// The verifier for what a connection's place signs.
    pub(super) fn of(place: Option<&Placement>) -> Self {
        Verifier(match place {
            Some(Placement::Hmac(place)) => Some((**place).clone()),
            _ => None,
        })
    }

    /// What is wrong with the signature of a request; nothing when it is that of this credential.
    pub(super) fn difference(&self, got: &Request, credential: &Credential) -> Option<String> {
        let Some(place) = &self.0 else {
            return Some("hmac: expected a signature, and the connection's `place` makes none".to_owned());
        };
        verify(place, got, credential).err().map(|what| format!("hmac: expected a signature, {what}"))
    }
}

fn verify(place: &HmacPlace, got: &Request, credential: &Credential) -> Result<(), String> {
    let header = |name: &str| got.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(&got.body);
    let query = signed_query(place, got.url.query().unwrap_or_default());
    let facts = Facts {
        method: got.method.as_str(),
        host: header("host"),
        path: got.url.path(),
        query: &query,
        body: &body,
        content_type: header("content-type"),
        ..Facts::default()
    };
    let mut received = Received::new();
    for (name, template, value) in sent(place, got)? {
        let mut known = |piece: &str| known(piece, &facts, credential);
        if read(template, &value, &mut known, &mut received).is_none() {
            return Err(format!("got {:?} in {name}, where {template:?} belongs", mask(value.as_bytes(), credential)));
        }
    }
    let of = |variable: Variable| received.get(&variable).map(String::as_str).unwrap_or_default();
    if received.get(&Variable::Timestamp).is_some_and(|time| !is_time(place.timestamp, time)) {
        return Err(format!("got a time that is none in {}", place.timestamp.name()));
    }
    if received.get(&Variable::Nonce).is_some_and(|nonce| !is_nonce(place.nonce, nonce)) {
        return Err("got a nonce of another form".to_owned());
    }
    let facts = Facts { timestamp: of(Variable::Timestamp), nonce: of(Variable::Nonce), ..facts };
    let signed = text(place, &facts, credential).and_then(|text| signature(place, &text, credential));
    let signed = signed.map_err(|_| "and this credential makes none".to_owned())?;
    if open(&signed) == of(Variable::Signature).as_bytes() {
        return Ok(());
    }
    Err("got one that does not match the request".to_owned())
}

/// The query without the parameters that hold the signature, as it was received.
fn signed_query(place: &HmacPlace, query: &str) -> String {
    let holds = |pair: &&str| {
        let name = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned());
        let own = place.query.iter().filter(|(_, template)| HmacPlace::holds_signature(template));
        own.map(|(own, _)| &**own).any(|own| name.as_deref() == Some(own))
    };
    query.split('&').filter(|pair| !pair.is_empty() && !holds(pair)).collect::<Vec<_>>().join("&")
}

/// Every template of the place with the value that was received for it.
fn sent<'p>(place: &'p HmacPlace, got: &Request) -> Result<Vec<(String, &'p str, String)>, String> {
    let mut found = Vec::new();
    for (name, template) in &place.headers {
        let value = got.headers.get(&**name).ok_or_else(|| format!("got no header {name}"))?;
        found.push((format!("header {name}"), &**template, String::from_utf8_lossy(value.as_bytes()).into_owned()));
    }
    for (name, template) in &place.query {
        let value = got.url.query_pairs().find(|(own, _)| **own == **name).map(|(_, value)| value.into_owned());
        found.push((format!("query {name}"), template, value.ok_or_else(|| format!("got no query {name}"))?));
    }
    if let Some((username, password)) = &place.basic {
        let header = got.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let decoded = header.strip_prefix("Basic ").and_then(|encoded| STANDARD.decode(encoded).ok());
        let decoded = decoded.ok_or("got no HTTP Basic header")?;
        let text = String::from_utf8_lossy(&decoded).into_owned();
        let (user, pass) = text.split_once(':').ok_or("got HTTP Basic without a password")?;
        found.push(("the user name".to_owned(), username, user.to_owned()));
        found.push(("the password".to_owned(), password, pass.to_owned()));
    }
    Ok(found)
}

/// What a name stands for, where the receiver of a request knows that.
fn known(name: &str, facts: &Facts<'_>, credential: &Credential) -> Option<String> {
    match Variable::from_name(name) {
        Some(Variable::Timestamp | Variable::Nonce | Variable::Signature) => None,
        _ => facts.named(name, credential).ok().map(std::borrow::Cow::into_owned),
    }
}

/// Reads a value by the template that it was made from. None where it cannot have been.
fn read(
    template: &str,
    value: &str,
    known: &mut impl FnMut(&str) -> Option<String>,
    received: &mut Received,
) -> Option<()> {
    let pieces: Vec<Piece<'_>> = pieces(template).collect();
    let mut rest = value;
    for (index, piece) in pieces.iter().enumerate() {
        let expected = match piece {
            Piece::Text(text) => Some((*text).to_owned()),
            Piece::Field(name) => known(name),
        };
        if let Some(expected) = expected {
            rest = rest.strip_prefix(&*expected)?;
            continue;
        }
        let Piece::Field(name) = piece else { return None };
        let end = match pieces.get(index + 1) {
            None => rest.len(),
            Some(Piece::Text(text)) => rest.find(text)?,
            Some(Piece::Field(next)) => rest.find(&known(next)?)?,
        };
        let (own, after) = rest.split_at(end);
        let variable = Variable::from_name(name)?;
        if received.insert(variable, own.to_owned()).is_some_and(|before| before != own) || own.is_empty() {
            return None;
        }
        rest = after;
    }
    rest.is_empty().then_some(())
}

fn is_nonce(form: Nonce, text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match form {
        Nonce::Bytes(length) => text.len() == 2 * usize::from(length) && hex(text),
        Nonce::Uuid => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| hex(part))
        }
    }
}

#[cfg(test)]
mod tests;
