//! Requests that a keyed hash signs, as the recipe or the connection describes it.

use url::Url;

use crate::model::cause::Cause;
use crate::model::credential::{Credential, named};
use crate::model::endpoint::Address;
use crate::model::hex::hex;
use crate::model::hmac::{HmacPlace, KeyEncoding, Nonce};
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::sign::hmac::{self, Facts, Unsigned, with_signature, written};
use crate::sign::moment::Moment;
use crate::sign::oauth1::encode;
use crate::wire::http::{Content, Request};

use super::authentication::{Authentication, scheme_in};
use super::filled::{Filled, basic, empty};
use super::oauth1::{content_type, random};

/// Signs a request and puts everything that the place names into it. What was signed is returned with it: support needs to see that.
pub(super) fn sign(
    request: &mut Request,
    place: &HmacPlace,
    credential: &Credential,
    address: &Address,
    moment: &Moment,
) -> Result<Authentication, Judgement> {
    let (method, host, path) = (request.method.clone(), address.host_header(), as_sent(&request.path));
    let (body, content_type) = (request.body_shown().to_owned(), content_type(request).to_owned());
    let (timestamp, nonce) = (written(place.timestamp, moment), nonce(place.nonce));
    let facts = Facts {
        method: &method,
        host: &host,
        path: &path,
        query: "",
        body: &body,
        content_type: &content_type,
        timestamp: &timestamp,
        nonce: &nonce,
    };
    let (last, first): (Vec<_>, Vec<_>) =
        place.query.iter().partition(|(_, template)| HmacPlace::holds_signature(template));
    for (name, template) in first {
        let value = facts.fill(template, credential).map_err(|name| empty(&name))?;
        request.query.push((name.clone(), Content::Open(value)));
    }
    let query = query(request);
    let facts = Facts { query: &query, ..facts };
    let text = hmac::text(place, &facts, credential).map_err(|why| unsigned(why, place, credential))?;
    let signature = hmac::signature(place, &text, credential).map_err(|why| unsigned(why, place, credential))?;
    let filled = |template: &str| {
        let (value, shown) = with_signature(template, &facts, credential, &signature).map_err(|name| empty(&name))?;
        Ok::<_, Judgement>(Filled { value, shown })
    };
    for (name, template) in &place.headers {
        request.headers.push((name.clone(), content(filled(template)?, template)));
    }
    for (name, template) in last {
        request.query.push((name.clone(), content(filled(template)?, template)));
    }
    if let Some((username, password)) = &place.basic {
        request.headers.push(("authorization".into(), basic(&filled(username)?, &filled(password)?)?));
    }
    let (scheme, place) = described(place);
    Ok(Authentication { scheme, place, signed: vec![format!("signed: {text}")], ..Authentication::default() })
}

/// The path as the client sends it: what no path may hold is percent-encoded.
fn as_sent(path: &str) -> String {
    Url::parse(&format!("http://host{path}")).map_or_else(|_| path.to_owned(), |url| url.path().to_owned())
}

/// The query as the client sends it. All of it is open: what is secret is put there afterwards.
fn query(request: &Request) -> String {
    let pair = |(name, content): &(Box<str>, Content)| format!("{}={}", encode(name), encode(content.shown()));
    request.query.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn content(Filled { value, shown }: Filled, template: &str) -> Content {
    if HmacPlace::holds_signature(template) { Content::Secret { value, shown } } else { Content::Open(shown) }
}

fn nonce(nonce: Nonce) -> String {
    match nonce {
        Nonce::Bytes(length) => hex(&random::<{ u8::MAX as usize }>()[..usize::from(length)]),
        Nonce::Uuid => {
            let mut bytes = random::<16>();
            // Version 4, variant 10 (RFC 9562 section 5.4).
            bytes[6] = bytes[6] & 0x0f | 0x40;
            bytes[8] = bytes[8] & 0x3f | 0x80;
            let digits = hex(&bytes);
            let part = |from: usize, to: usize| &digits[from..to];
            [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
        }
    }
}

/// The scheme of the `Authorization` header, and where the signature is, for messages.
fn described(place: &HmacPlace) -> (Option<String>, String) {
    if place.basic.is_some() {
        return (Some("basic".to_owned()), "HTTP Basic with an HMAC signature".to_owned());
    }
    let authorization = place.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let scheme = authorization.and_then(|(_, template)| scheme_in(template));
    let signed =
        |(name, template): &&(Box<str>, Box<str>)| HmacPlace::holds_signature(template).then_some(name.clone());
    let place = match place.headers.iter().find_map(|pair| signed(&pair)) {
        Some(name) => format!("header `{name}` with an HMAC signature"),
        None => "the query with an HMAC signature".to_owned(),
    };
    (scheme, place)
}

fn unsigned(why: Unsigned, place: &HmacPlace, credential: &Credential) -> Judgement {
    let encoding = match why {
        Unsigned::Empty(field) => return empty(&field),
        Unsigned::BadKey(encoding) => encoding,
    };
    let field = named(&place.key).find(|name| credential.secret(name).is_some()).unwrap_or("secret");
    let length = credential.secret(field).map_or(0, crate::model::secret::Secret::len);
    let looks = match encoding {
        KeyEncoding::Hex => "hexadecimal: digits and the letters a to f, two for each byte",
        KeyEncoding::Base64 | KeyEncoding::Text => "base64",
    };
    Judgement::of(
        Cause::FieldFormat,
        Phase::Resolve,
        format!("Field `{field}` ({length} bytes) is to be the key of a signature, and is not {looks}."),
        format!("Store the secret as the app shows it, or correct `key_encoding: {}` in `place`.", encoding.name()),
    )
}
