//! Placements: where a credential goes in a request.

mod signed;

use super::address::{header_name, header_value, query_name};
use super::code;
use super::hmac::{BASIC, HMAC_SHAPE, hmac};
use super::page::Page;
use super::session::{self, SESSION_SHAPE, session};
use super::template::Nameable;
use crate::model::app::{Oauth1Place, Placement};
use crate::model::scheme::Scheme;
use crate::yaml::fault::ONE_OF;
use crate::yaml::{Field, Node, Shape, Words, keys};

/// Where an OAuth 1.0a signature goes.
pub(super) const OAUTH1: Words = Words::new("place of a signature", || Oauth1Place::ALL.map(Oauth1Place::name).into());

const PLACE: &[Field] = &[
    Field::optional("header", &Shape::Text, "The name of the header."),
    Field::optional("headers", &Shape::MapOf(&Shape::Text), "Several headers at once: templates by name."),
    Field::optional("query", &Shape::Text, "The name of the query parameter."),
    Field::optional("basic", &Shape::Map(BASIC), "HTTP Basic (RFC 7617)."),
    Field::optional("oauth1", &Shape::Word(&OAUTH1), "An OAuth 1.0a signature (RFC 5849): header, query or form."),
    Field::optional("hmac", &HMAC_SHAPE, "A keyed hash (HMAC) over parts of the request."),
    Field::optional("session", &SESSION_SHAPE, "A login that brings a token, and where that token goes."),
    Field::optional("digest", &Shape::Map(signed::DIGEST), "HTTP Digest (RFC 7616)."),
    Field::optional("sigv4", &Shape::Map(signed::SIGV4), "An AWS Signature Version 4."),
    Field::optional("value", &Shape::Text, "The template of the value: Bearer {api_key}. The bare secret otherwise."),
];

const PLACES: [&str; 9] = ["header", "headers", "query", "basic", "oauth1", "hmac", "session", "digest", "sigv4"];

/// Where a credential goes: exactly one of its places.
pub(super) const PLACE_SHAPE: Shape = Shape::Map(PLACE);

/// Reads a placement.
pub(super) fn place(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let places: Vec<&str> = PLACES.into_iter().filter(|key| node.get(key).is_some()).collect();
    let [only] = places[..] else {
        let message = match places[..] {
            [] => "`place` names no place",
            _ => "`place` names several places, and a credential is sent once",
        };
        page.error(ONE_OF, keys::beginning(node), message, format!("state one of: {}", PLACES.join(", ")));
        return None;
    };
    if let (false, Some(value)) = (matches!(only, "header" | "query"), node.entry("value")) {
        let message = format!("`value` has no meaning beside `{only}`");
        page.error(ONE_OF, value.span, message, "take it out: it is the template of a header or a query parameter");
    }
    match only {
        "headers" => return headers(page, node.get("headers")?, fields),
        "basic" => return basic(page, node.get("basic")?, fields),
        "oauth1" => return signature(page, node.get("oauth1")?, fields.scheme),
        "hmac" => return suited(page, node.get(only)?, fields.scheme).and_then(|node| hmac(page, node, fields)),
        "session" => return suited(page, node.get(only)?, fields.scheme).and_then(|node| session(page, node, fields)),
        "digest" => return signed::digest(page, node.get("digest")?, fields),
        "sigv4" => return signed::sigv4(page, node.get("sigv4")?, fields),
        _ => {}
    }
    let written = node.get("value");
    let name = node.get(only)?;
    let template = match written {
        Some(value) => value.text()?,
        None => fields.bare(),
    };
    let span = written.map_or(name.span, |value| value.span);
    sends_secret(page, span, fields, &[template]);
    if only == "query" {
        page.accept(name.span, query_name(name.text()?))?;
        return Some(Placement::Query { name: name.text()?.into(), value: template.into() });
    }
    page.accept(name.span, header_name(name.text()?))?;
    page.accept(span, header_value(template, "value"))?;
    Some(Placement::Header { name: name.text()?.into(), value: template.into() })
}

/// Several headers. One of them at least holds a secret.
fn headers(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let mut headers = Vec::new();
    for entry in node.entries() {
        let template = entry.value.text()?;
        page.accept(entry.span, header_name(&entry.key))?;
        page.accept(entry.value.span, header_value(template, &entry.key))?;
        headers.push((entry.key.clone(), template.into()));
    }
    let templates: Vec<&str> = node.entries().iter().filter_map(|entry| entry.value.text()).collect();
    sends_secret(page, node.span, fields, &templates);
    Some(Placement::Headers(headers))
}

fn basic(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let (username, password) = (node.get("username")?.text()?, node.get("password")?.text()?);
    if username.contains(':') {
        let message = "the user name of HTTP Basic holds a colon, where the password begins";
        page.error(code::BAD_HEADER, node.get("username")?.span, message, "take the colon away (RFC 7617, section 2)");
    }
    sends_secret(page, node.span, fields, &[username, password]);
    Some(Placement::Basic { username: username.into(), password: password.into() })
}

fn signature(page: &mut Page<'_>, node: &Node, scheme: Scheme) -> Option<Placement> {
    if !matches!(scheme, Scheme::Oauth1 | Scheme::KeySecret) {
        let message = format!("a connection of the type {scheme} has nothing to sign with");
        page.error(ONE_OF, node.span, message, "sign with one of the type oauth1, or with a key-secret pair");
        return None;
    }
    Oauth1Place::from_name(node.text()?).map(Placement::Oauth1)
}

/// Whether connections of this type can sign requests and open sessions: those that have a secret of their own to do it with.
fn suited<'n>(page: &mut Page<'_>, node: &'n Node, scheme: Scheme) -> Option<&'n Node> {
    if matches!(scheme, Scheme::ApiKey | Scheme::KeySecret | Scheme::DomainLogin) {
        return Some(node);
    }
    let message = format!("a connection of the type {scheme} authenticates in another way");
    page.error(ONE_OF, node.span, message, "use a connection of the type key-secret, api-key or domain-login");
    None
}

/// The templates name fields that exist, and at least one secret.
pub(super) fn sends_secret(page: &mut Page<'_>, span: crate::yaml::Span, fields: Nameable<'_>, templates: &[&str]) {
    let mut secret = false;
    for template in templates {
        match page.accept(span, fields.placing(template)) {
            Some(one) => secret |= one,
            None => return,
        }
    }
    if !secret {
        let message = "the placement names no secret field, so nothing would authenticate the request";
        let help = format!("name one in braces: {}", fields.bare());
        page.error(code::PLACE_WITHOUT_SECRET, span, message, help);
    }
}

/// The headers that a placement writes.
pub(super) fn headers_of(place: &Placement) -> Vec<&str> {
    match place {
        Placement::Header { name, .. } => vec![name],
        Placement::Headers(headers) => headers.iter().map(|(name, _)| &**name).collect(),
        Placement::Basic { .. }
        | Placement::Oauth1(Oauth1Place::Header)
        | Placement::Digest { .. }
        | Placement::Sigv4 { .. } => vec!["authorization"],
        Placement::Hmac(place) => {
            let basic = place.basic.is_some().then_some("authorization");
            place.headers.iter().map(|(name, _)| &**name).chain(basic).collect()
        }
        Placement::Session(place) => session::header_of(&place.sent).into_iter().collect(),
        Placement::Query { .. } | Placement::Oauth1(_) | Placement::Certificate => Vec::new(),
    }
}
