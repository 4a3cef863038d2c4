//! Fixture files: `fixtures/**/*.yaml`, the exchanges that a double plays.

mod login;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::address::{header_name, header_value, no_keys, single_line};
use super::mishap::{DELAY, FAULT, delay, fault};
use super::page::{Page, Refusal};
use super::place::OAUTH1;
use super::request::{BODY_SHAPE, METHODS, NAMED, body, named, pairs};
use super::{Loaded, code, ftp, read};
use crate::model::app::Oauth1Place;
use crate::model::fixture::{CannedBody, CannedResponse, ExpectedRequest, Fixture, HttpExchange};
use crate::yaml::fault::ONE_OF;
use crate::yaml::{self, Field, Name, Node, Shape, Words};

const METHOD: Words = Words::new("method", || METHODS.to_vec());

const BASIC: &[Field] = &[
    Field::required("username", &Shape::Text, "The user name, as a template: {{key}}."),
    Field::required("password", &Shape::Text, "The password, as a template: {{secret}}."),
];

const REQUEST: &[Field] = &[
    Field::optional("method", &Shape::Word(&METHOD), "The method; GET when none is stated."),
    Field::required("path", &Shape::Text, "The path, exactly, without the query."),
    Field::optional("query", &NAMED, "Query parameters that have to be there."),
    Field::optional("headers", &NAMED, "Headers that have to be there."),
    Field::optional("basic", &Shape::Map(BASIC), "HTTP Basic credentials that have to be there."),
    Field::optional("oauth1", &Shape::Word(&OAUTH1), "An OAuth 1.0a signature that has to be there, and to be right."),
    Field::optional(
        "client_assertion",
        &Shape::Text,
        "An assertion of the client (RFC 7523) that has to be in the form, signed by its key, for this audience.",
    ),
    Field::optional(
        "hmac",
        &Shape::Flag,
        "Whether the signature by the connection's place has to be there, and right.",
    ),
    Field::optional(
        "digest",
        &Shape::Map(login::DIGEST),
        "The answer to a challenge of HTTP Digest, which the double gives out.",
    ),
    Field::optional("sigv4", &Shape::Map(login::SIGV4), "An AWS signature that has to be there, and to be right."),
    Field::optional("body", &BODY_SHAPE, "The body: json, form or text."),
];

const RESPONSE: &[Field] = &[
    Field::optional("status", &Shape::Whole(100, 599), "The status; 200 when none is stated."),
    Field::optional("headers", &NAMED, "Headers, in order."),
    Field::optional("json", &Shape::Json, "The body, served as application/json."),
    Field::optional("text", &Shape::Text, "The body, served as text/plain."),
    Field::optional("base64", &Shape::Text, "The body, as any bytes."),
    DELAY,
    FAULT,
];

const EXCHANGE: &[Field] = &[
    Field::required("request", &Shape::Map(REQUEST), "What the double waits for."),
    Field::required("response", &Shape::Map(RESPONSE), "What it answers."),
];

const FIXTURE: &[Field] = &[
    Field::optional("http", &Shape::List(&Shape::Map(EXCHANGE)), "Exchanges for an HTTP double."),
    Field::optional("ftp", &ftp::SCRIPT_SHAPE, "A dialogue for an FTP double."),
];

const SHAPE: Shape = Shape::OneKey(FIXTURE);

/// The JSON Schema of fixture files.
#[must_use]
pub fn schema() -> serde_json::Value {
    yaml::schema::document("tugtest fixture", &SHAPE)
}

/// Reads a fixture file. `shown` is its path as messages show it.
///
/// There is no value when anything is wrong: a double that plays half a fixture would mislead.
#[must_use]
pub fn load(path: &Path, shown: &str) -> Loaded<Fixture> {
    match read::read(path, shown) {
        Ok(text) => parse(&text, shown),
        Err(diagnostic) => Loaded::refused(*diagnostic),
    }
}

/// Reads the text of a fixture file.
#[must_use]
pub fn parse(text: &str, shown: &str) -> Loaded<Fixture> {
    let mut page = Page::new(text, shown);
    let Some(tree) = page.parse() else { return page.finish(None) };
    page.lint(&tree.root);
    page.check(&tree.root, &SHAPE, Name::words("the fixture"));
    let fixture = read_root(&mut page, &tree.root).filter(|_| !page.has_errors());
    page.finish(fixture)
}

fn read_root(page: &mut Page<'_>, root: &Node) -> Option<Fixture> {
    let entry = root.entries().first()?;
    match &*entry.key {
        "http" => {
            let items = entry.value.items();
            if let (yaml::Value::List(_), []) = (&entry.value.value, items) {
                page.error(
                    code::EMPTY_LIST,
                    entry.span,
                    "`http` holds no exchange",
                    "add one: - {request: ..., response: ...}",
                );
            }
            let exchanges: Vec<HttpExchange> = items.iter().filter_map(|item| exchange(page, item)).collect();
            Some(Fixture::Http(exchanges))
        }
        "ftp" => Some(Fixture::Ftp(ftp::script(page, &entry.value))),
        _ => None,
    }
}

fn exchange(page: &mut Page<'_>, node: &Node) -> Option<HttpExchange> {
    let request = node.get("request").and_then(|request| expected(page, request));
    let response = node.get("response").map(|response| canned(page, response));
    Some(HttpExchange { request: request?, response: response? })
}

fn expected(page: &mut Page<'_>, node: &Node) -> Option<ExpectedRequest> {
    headers(page, node.get("headers"));
    login::once(page, node);
    let basic = node
        .get("basic")
        .and_then(|basic| Some((basic.get("username")?.text()?.into(), basic.get("password")?.text()?.into())));
    let written = node.get("path")?;
    let path = written.text()?;
    page.accept(written.span, expected_path(path))?;
    Some(ExpectedRequest {
        method: node.get("method").and_then(Node::text).unwrap_or("GET").into(),
        path: path.into(),
        query: pairs(node.get("query")),
        headers: pairs(node.get("headers")),
        basic,
        oauth1: node.get("oauth1").and_then(Node::text).and_then(Oauth1Place::from_name),
        client_assertion: node.get("client_assertion").and_then(Node::text).map(Into::into),
        hmac: node.get("hmac").and_then(Node::scalar).and_then(yaml::scalar::Scalar::as_bool).unwrap_or_default(),
        digest: node.get("digest").map(login::digest),
        sigv4: node.get("sigv4").map(login::sigv4),
        body: node.get("body").and_then(body),
    })
}

fn expected_path(path: &str) -> Result<(), Refusal> {
    let bad = |message: &str, help: &str| Err(Refusal::new(code::BAD_REQUEST, message, help));
    single_line(path, "path")?;
    if path.contains("://") {
        return bad("the path is a whole URL", "write the path alone: the double stands in for the host");
    }
    if !path.starts_with('/') {
        return bad("the path of a request begins with a slash", "write it like /api/accounts");
    }
    if let Some((_, query)) = path.split_once('?') {
        no_keys(query, "path")?;
        return bad("the path holds a query", "put its parameters under `query`");
    }
    if path.contains(char::is_whitespace) || path.contains('#') {
        return bad("the path holds a space or a `#`", "write %20 or %23");
    }
    Ok(())
}

fn canned(page: &mut Page<'_>, node: &Node) -> CannedResponse {
    headers(page, node.get("headers"));
    let bodies: Vec<_> = ["json", "text", "base64"].into_iter().filter_map(|key| node.entry(key)).collect();
    if let [_, second, ..] = bodies[..] {
        let message = "the response states several bodies";
        page.error(ONE_OF, second.span, message, "keep one of: json, text, base64");
    }
    let body = bodies.first().map_or(CannedBody::Empty, |entry| match &*entry.key {
        "json" => CannedBody::Json(entry.value.to_json()),
        "text" => entry.value.text().map_or(CannedBody::Empty, |text| CannedBody::Text(text.into())),
        _ => bytes(page, &entry.value),
    });
    let status = node.get("status").and_then(Node::scalar).and_then(yaml::scalar::Scalar::as_whole);
    CannedResponse {
        status: status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200),
        headers: pairs(node.get("headers")),
        body,
        delay: delay(node),
        fault: fault(node),
    }
}

fn bytes(page: &mut Page<'_>, node: &Node) -> CannedBody {
    let compact: String = node.text().unwrap_or_default().split_whitespace().collect();
    let decoded = STANDARD.decode(compact).map_err(|_| {
        Refusal::new(code::BAD_BASE64, "`base64` is no base64", "encode the bytes again, with padding (RFC 4648)")
    });
    page.accept(node.span, decoded).map_or(CannedBody::Empty, CannedBody::Bytes)
}

fn headers(page: &mut Page<'_>, node: Option<&Node>) {
    for (entry, value) in node.into_iter().flat_map(named) {
        page.accept(entry.span, header_name(&entry.key));
        page.accept(entry.value.span, header_value(value, &entry.key));
    }
}
