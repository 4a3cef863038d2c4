//! Placements: where a credential goes in a request.

mod signed;

use super::address::{header_name, header_value, single_line};
use super::code;
use super::page::{Page, Refusal};
use super::template::Nameable;
use crate::model::app::{Oauth1Place, Placement};
use crate::model::scheme::Scheme;
use crate::yaml::fault::ONE_OF;
use crate::yaml::{Field, Node, Shape, Words, keys};

const BASIC: &[Field] = &[
    Field::required("username", &Shape::Text, "The template of the user name; it may be empty."),
    Field::required("password", &Shape::Text, "The template of the password; it may be empty."),
];

/// Where an OAuth 1.0a signature goes.
pub(super) const OAUTH1: Words = Words::new("place of a signature", || Oauth1Place::ALL.map(Oauth1Place::name).into());

const PLACE: &[Field] = &[
    Field::optional("header", &Shape::Text, "The name of the header."),
    Field::optional("query", &Shape::Text, "The name of the query parameter."),
    Field::optional("basic", &Shape::Map(BASIC), "HTTP Basic (RFC 7617)."),
    Field::optional("oauth1", &Shape::Word(&OAUTH1), "An OAuth 1.0a signature (RFC 5849): header, query or form."),
    Field::optional("digest", &Shape::Map(signed::DIGEST), "HTTP Digest (RFC 7616)."),
    Field::optional("sigv4", &Shape::Map(signed::SIGV4), "An AWS Signature Version 4."),
    Field::optional("value", &Shape::Text, "The template of the value: Bearer {api_key}. The bare secret otherwise."),
];

const PLACES: [&str; 6] = ["header", "query", "basic", "oauth1", "digest", "sigv4"];

/// Where a credential goes: one of these.
pub(super) const PLACE_SHAPE: Shape = Shape::Map(PLACE);

/// The template that sends the bare secret of a scheme.
fn bare(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::ApiKey => "{api_key}",
        Scheme::KeySecret => "{secret}",
        Scheme::DomainLogin => "{password}",
        _ => "{access_token}",
    }
}

/// Reads a placement.
pub(super) fn place(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let places: Vec<&str> = PLACES.into_iter().filter(|key| node.get(key).is_some()).collect();
    let [only] = places[..] else {
        let message = match places[..] {
            [] => "`place` says neither header, query nor another place",
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
        "basic" => return basic(page, node.get("basic")?, fields),
        "oauth1" => return signature(page, node.get("oauth1")?, fields.scheme),
        "digest" => return signed::digest(page, node.get("digest")?, fields),
        "sigv4" => return signed::sigv4(page, node.get("sigv4")?, fields),
        _ => {}
    }
    let written = node.get("value");
    let name = node.get(only)?;
    let template = match written {
        Some(value) => value.text()?,
        None => bare(fields.scheme),
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
        let help = format!("name one in braces: {}", bare(fields.scheme));
        page.error(code::PLACE_WITHOUT_SECRET, span, message, help);
    }
}

fn query_name(text: &str) -> Result<(), Refusal> {
    single_line(text, "query")?;
    if text.is_empty() || text.contains(['=', '&', ' ', '#', '?']) {
        let message = "the name of a query parameter is empty or holds one of = & # ? and space";
        return Err(Refusal::new(code::BAD_NAME, message, "write its name alone: api_key"));
    }
    Ok(())
}

/// The header that a placement writes.
pub(super) fn header_of(place: &Placement) -> Option<&str> {
    match place {
        Placement::Header { name, .. } => Some(name),
        Placement::Basic { .. }
        | Placement::Oauth1(Oauth1Place::Header)
        | Placement::Digest { .. }
        | Placement::Sigv4 { .. } => Some("authorization"),
        Placement::Query { .. } | Placement::Oauth1(_) => None,
    }
}
