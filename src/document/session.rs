//! Sessions as recipes and connections describe them: the login, where its token is and goes, the logout.

use super::address::{header_name, header_value, query_name};
use super::code;
use super::conditions::{conditions, json_path};
use super::hmac::{BASIC, basic};
use super::page::Page;
use super::probe::{ACCEPT, HEADERS, QUERY, REFUSE, REQUEST, SENT_BODY, refusal};
use super::request::{Taken, named, request};
use super::template::Nameable;
use crate::model::app::Placement;
use crate::model::credential;
use crate::model::probe::{HttpBody, HttpRequest};
use crate::model::session::{Login, SessionPlace, TOKEN, TokenPlace, TokenSource};
use crate::yaml::fault::ONE_OF;
use crate::yaml::{Field, Node, Shape, Span, keys};

const LOGIN: &[Field] = &[
    REQUEST,
    QUERY,
    HEADERS,
    Field::optional("basic", &Shape::Map(BASIC), "HTTP Basic credentials of the login."),
    SENT_BODY,
    ACCEPT,
    REFUSE,
];

const SOURCES: &[Field] = &[
    Field::optional("header", &Shape::Text, "The header of the answer that holds the token."),
    Field::optional("cookie", &Shape::Text, "The cookie that the answer sets."),
];

const SESSION: &[Field] = &[
    Field::required("login", &Shape::Map(LOGIN), "The request that opens a session. It may name secret fields."),
    Field::required(
        "token",
        &Shape::ByType(&[Shape::OneKey(SOURCES), Shape::Text]),
        "Where the answer has the token: a JSONPath, {header: NAME} or {cookie: NAME}.",
    ),
    Field::optional("header", &Shape::Text, "The header that carries the token in later requests."),
    Field::optional("query", &Shape::Text, "The query parameter that carries it."),
    Field::optional("cookie", &Shape::Text, "The cookie that carries it."),
    Field::optional(
        "value",
        &Shape::Text,
        "The template of the value: Bearer {session_token}. The bare token otherwise.",
    ),
    Field::optional("logout", &Shape::Map(&[REQUEST, QUERY, HEADERS, SENT_BODY]), "What ends the session."),
];

/// A session.
pub(super) const SESSION_SHAPE: Shape = Shape::Map(SESSION);

const SENT: [&str; 3] = ["header", "query", "cookie"];

/// Reads how sessions work.
pub(super) fn session(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let login = node.get("login").and_then(|written| login(page, written, fields));
    let source = node.get("token").and_then(|written| source(page, written));
    let sent = sent(page, node, fields);
    let headers: Vec<&str> = sent.as_ref().and_then(header_of).into_iter().collect();
    let taken = Taken { authenticated: true, headers: &headers };
    let logout = node.get("logout").map(|written| request(page, written, Some(fields), taken));
    let logout = match logout {
        Some(read) => Some(read?),
        None => None,
    };
    Some(Placement::Session(Box::new(SessionPlace { login: login?, token: source?, sent: sent?, logout })))
}

/// The header that carries the token.
pub(super) fn header_of(sent: &TokenPlace) -> Option<&str> {
    match sent {
        TokenPlace::Header { name, .. } => Some(name),
        TokenPlace::Query { .. } => None,
    }
}

fn login(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Login> {
    let accept = node.get("accept").map(|accept| conditions(page, accept)).unwrap_or_default();
    let refuse =
        node.get("refuse").map_or(&[][..], Node::items).iter().filter_map(|rule| refusal(page, rule)).collect();
    let basic = node.get("basic").and_then(basic);
    let asked = request(page, node, None, Taken { authenticated: basic.is_some(), headers: &[] })?;
    page.accept(node.get("request")?.span, fields.public(&asked.path));
    let mut secret = false;
    for (span, template) in secretive(node, &asked) {
        // A misspelt name may well have been meant for a secret.
        secret |= page.accept(span, fields.placing(template)).unwrap_or(true);
    }
    if !secret {
        let message = "the login names no secret field, so nothing would authenticate it";
        let help = format!("name one in braces in its body, a header, the query or `basic`: {}", fields.bare());
        page.error(code::PLACE_WITHOUT_SECRET, keys::beginning(node), message, help);
    }
    Some(Login { request: asked, basic, accept, refuse })
}

/// The templates of a login that may name secrets, each with its place.
fn secretive<'n>(node: &'n Node, asked: &'n HttpRequest) -> Vec<(Span, &'n str)> {
    let pairs = ["query", "headers", "basic"].into_iter().filter_map(|key| node.get(key)).flat_map(named);
    let mut found: Vec<_> = pairs.map(|(entry, template)| (entry.value.span, template)).collect();
    if let (Some(body), Some(written)) = (&asked.body, node.get("body")) {
        let mut add = |text: &'n str| found.push((written.span, text));
        match &**body {
            HttpBody::Json(value) => texts(value, &mut add),
            HttpBody::Form(pairs) => pairs.iter().for_each(|(_, value)| add(value)),
            HttpBody::Text(text) => add(text),
        }
    }
    found
}

fn texts<'v>(value: &'v serde_json::Value, add: &mut impl FnMut(&'v str)) {
    match value {
        serde_json::Value::String(text) => add(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, add)),
        serde_json::Value::Object(members) => members.values().for_each(|member| texts(member, add)),
        _ => {}
    }
}

fn source(page: &mut Page<'_>, node: &Node) -> Option<TokenSource> {
    let Some(entry) = node.entries().first() else {
        return page.accept(node.span, json_path(node.text()?)).map(TokenSource::Json);
    };
    let name = entry.value.text()?;
    page.accept(entry.value.span, header_name(name))?;
    match &*entry.key {
        "header" => Some(TokenSource::Header(name.into())),
        _ => Some(TokenSource::Cookie(name.into())),
    }
}

/// Where the token goes: one of header, query and cookie.
fn sent(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<TokenPlace> {
    let places: Vec<&str> = SENT.into_iter().filter(|key| node.get(key).is_some()).collect();
    let [only] = places[..] else {
        let message = match places[..] {
            [] => "`session` does not say where the token goes in later requests",
            _ => "`session` names several places for the token, and it is sent once",
        };
        page.error(ONE_OF, keys::beginning(node), message, format!("state one of: {}", SENT.join(", ")));
        return None;
    };
    let name = node.get(only)?;
    let bare = format!("{{{TOKEN}}}");
    let value = node.get("value");
    let (span, template) = (value.map_or(name.span, |value| value.span), value.map_or(Some(&*bare), Node::text)?);
    if !credential::named(template).any(|named| named == TOKEN) {
        let message = format!("the value does not name `{bare}`, so later requests would lack the token");
        page.error(code::PLACE_WITHOUT_SECRET, span, message, format!("write it in braces: Bearer {bare}"));
    }
    page.accept(span, fields.public(&template.replace(&bare, "")))?;
    if only == "query" {
        page.accept(name.span, query_name(name.text()?))?;
        return Some(TokenPlace::Query { name: name.text()?.into(), value: template.into() });
    }
    page.accept(name.span, header_name(name.text()?))?;
    page.accept(span, header_value(template, "value"))?;
    Some(match (only, name.text()?) {
        ("cookie", cookie) => {
            TokenPlace::Header { name: "Cookie".into(), value: format!("{cookie}={template}").into() }
        }
        (_, header) => TokenPlace::Header { name: header.into(), value: template.into() },
    })
}
