//! HTTP requests as probes write them: `GET /v1/me`, a query, headers and a body.

use super::address::{header_name, header_value, no_keys, single_line};
use super::code;
use super::page::{Page, Refusal};
use super::template::Nameable;
use crate::model::probe::{HttpBody, HttpRequest};
use crate::yaml::secrecy::{may_be_secret, names_secret, quoted};
use crate::yaml::{Field, Node, Shape};

/// Values by name; a name may have several.
pub(super) const NAMED: Shape = Shape::MapOf(&Shape::OneOrMore(&Shape::Text));

const BODY: &[Field] = &[
    Field::optional("json", &Shape::Json, "Sent as application/json."),
    Field::optional("form", &NAMED, "Sent as application/x-www-form-urlencoded."),
    Field::optional("text", &Shape::Text, "Sent as it is, text/plain unless a header says otherwise."),
];

/// A body: exactly one of its forms.
pub(super) const BODY_SHAPE: Shape = Shape::OneKey(BODY);

/// The methods that a request may have.
pub(super) const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What a request may not state, because the credential does.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken<'a> {
    /// Whether the request carries a credential at all.
    pub(super) authenticated: bool,
    /// The headers that the credential goes into, besides `Authorization`.
    pub(super) headers: &'a [&'a str],
}

/// Name and value pairs, in order.
pub(super) type Pairs = Vec<(Box<str>, Box<str>)>;

/// Reads `request`, `query`, `headers` and `body` of a mapping.
pub(super) fn request(
    page: &mut Page<'_>,
    node: &Node,
    fields: Option<Nameable<'_>>,
    taken: Taken<'_>,
) -> Option<HttpRequest> {
    let query = pairs(node.get("query"));
    let headers = headers(page, node.get("headers"), fields, taken);
    if let (Some(fields), Some(written)) = (fields, node.get("query")) {
        for (entry, value) in named(written) {
            page.accept(entry.value.span, fields.public(value));
        }
    }
    warn_of_secrets(page, node.get("query"));
    let body = node.get("body").and_then(body).map(Box::new);
    let line = node.get("request")?;
    let text = line.text()?;
    let (method, path, asked) = page.accept(line.span, request_line(text))?;
    if let Some(fields) = fields {
        page.accept(line.span, fields.public(path))?;
    }
    let mut query = query;
    query.splice(0..0, asked);
    Some(HttpRequest { method, path: path.into(), query, headers, body })
}

/// `GET /v1/me?page=2`: the method, the path and the query.
fn request_line(text: &str) -> Result<(Box<str>, &str, Pairs), Refusal> {
    let bad = |message: &str, help: &str| Err(Refusal::new(code::BAD_REQUEST, message, help));
    single_line(text, "request")?;
    let mut words = text.split_whitespace();
    let (Some(method), Some(target), None) = (words.next(), words.next(), words.next()) else {
        return bad("a request is a method and a path", "write it like GET /v1/me; a space in the path is %20");
    };
    let method = method.to_ascii_uppercase();
    if !METHODS.contains(&&*method) {
        let message = format!("unknown method {}", quoted(&method));
        return Err(Refusal::new(code::BAD_REQUEST, message, format!("known here: {}", METHODS.join(", "))));
    }
    if target.contains("://") {
        return bad(
            "the request names a whole URL",
            "write the path alone: the host comes from the connection or the recipe",
        );
    }
    if !target.starts_with('/') {
        return bad("the path of a request begins with a slash", "write it like GET /v1/me");
    }
    if target.contains('#') {
        return bad("the path has a part after `#`, which is never sent", "take it away, or write %23");
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    no_keys(query, "request")?;
    let asked =
        url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into(), value.into())).collect();
    Ok((method.into(), path, asked))
}

/// Reads headers: their names and values, and that none of them is a second authentication.
fn headers(page: &mut Page<'_>, node: Option<&Node>, fields: Option<Nameable<'_>>, taken: Taken<'_>) -> Pairs {
    let Some(node) = node else { return Vec::new() };
    for (entry, value) in named(node) {
        page.accept(entry.span, header_name(&entry.key));
        page.accept(entry.value.span, header_value(value, &entry.key));
        if let Some(fields) = fields {
            page.accept(entry.value.span, fields.public(value));
        }
    }
    for entry in node.entries() {
        let same = |name: &str| entry.key.eq_ignore_ascii_case(name);
        if taken.authenticated && (same("authorization") || taken.headers.iter().copied().any(same)) {
            let message =
                format!("{} would be a second authentication: the connection sends its own", quoted(&entry.key));
            let help = "take the header away; `place` in the connection or the recipe says where the credential goes";
            page.error(code::TWO_AUTHENTICATIONS, entry.span, message, help);
        }
    }
    warn_of_secrets(page, Some(node));
    pairs(Some(node))
}

/// A value in clear where the name says that it is a secret.
fn warn_of_secrets(page: &mut Page<'_>, node: Option<&Node>) {
    for (entry, value) in
        node.into_iter().flat_map(named).filter(|(entry, _)| !page.is_broken(&entry.span)).collect::<Vec<_>>()
    {
        let templated = value.contains('{');
        if may_be_secret(value) || (names_secret(&entry.key) && !templated && !value.is_empty()) {
            let message = format!("{} looks like a secret written in clear", quoted(&entry.key));
            let help = "keep it in a connection, which places it in the request";
            page.warn(code::SECRET_IN_CLEAR, entry.span, message, help);
        }
    }
}

/// Reads a body.
pub(super) fn body(node: &Node) -> Option<HttpBody> {
    let entry = node.entries().first()?;
    match &*entry.key {
        "json" => Some(HttpBody::Json(entry.value.to_json())),
        "form" => Some(HttpBody::Form(pairs(Some(&entry.value)))),
        "text" => entry.value.text().map(|text| HttpBody::Text(text.into())),
        _ => None,
    }
}

/// The pairs of a mapping whose values are texts or lists of texts.
pub(super) fn pairs(node: Option<&Node>) -> Pairs {
    let pairs = node.into_iter().flat_map(named);
    pairs.map(|(entry, value)| (entry.key.clone(), value.into())).collect()
}

/// Each entry with each of its values.
pub(super) fn named(node: &Node) -> impl Iterator<Item = (&crate::yaml::Entry, &str)> {
    let entries = node.entries().iter();
    entries.flat_map(|entry| entry.value.one_or_more().iter().filter_map(move |value| Some((entry, value.text()?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        let (method, path, query) = request_line("get /v1/me?page=2&q=a%20b").unwrap();
        assert_eq!((&*method, path), ("GET", "/v1/me"));
        assert_eq!(query, [("page".into(), "2".into()), ("q".into(), "a b".into())]);
        let code = |text: &str| request_line(text).unwrap_err().code;
        assert_eq!(code("/v1/me"), "bad-request");
        assert_eq!(code("FETCH /v1/me"), "bad-request");
        assert_eq!(code("GET https://a.example/v1"), "bad-request");
        assert_eq!(code("GET v1"), "bad-request");
        assert_eq!(code("GET /a b"), "bad-request");
        assert_eq!(code("GET /a#b"), "bad-request");
        assert_eq!(code("GET /a?token=canary"), "credentials-in-url");
        assert_eq!(code("GET /a\r\nHost: b"), "line-break");
    }
}
