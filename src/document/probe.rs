//! Probes as recipes and steps write them: what to ask, and how to read the answer.

use super::conditions::{CONDITIONS, HEADER_FIELD, JSON_FIELD, STATUS_FIELD, TEXT_FIELD, conditions, json_path};
use super::page::{Page, texts};
use super::request::{BODY_SHAPE, NAMED, Taken, request};
use super::template::Nameable;
use super::version::api_version;
use super::{code, ftp};
use crate::model::cause::Cause;
use crate::model::probe::{HttpProbe, HttpRefusal, PermissionCheck, ProbeSpec, ShopifyProbe};
use crate::yaml::secrecy::quoted;
use crate::yaml::{Field, Node, Shape, Words};

/// The causes that files may name.
pub(super) const CAUSES: Words = Words {
    noun: "cause",
    code: code::UNKNOWN_CAUSE,
    list: || Cause::ALL.iter().map(|cause| cause.code()).collect(),
    help: None,
};

pub(super) const REQUEST: Field =
    Field::required("request", &Shape::Text, "The method and the path below the base URL: GET /v1/me.");
pub(super) const QUERY: Field = Field::optional("query", &NAMED, "Query parameters.");
pub(super) const HEADERS: Field = Field::optional("headers", &NAMED, "Headers beside the credential's.");
pub(super) const SENT_BODY: Field = Field::optional("body", &BODY_SHAPE, "The body: json, form or text.");
pub(super) const ACCEPT: Field = Field::optional(
    "accept",
    &CONDITIONS,
    "What a good answer looks like, every line of it; a 2xx that is no HTML page otherwise.",
);

const REFUSAL: &[Field] = &[
    STATUS_FIELD,
    HEADER_FIELD,
    JSON_FIELD,
    TEXT_FIELD,
    Field::required("cause", &Shape::Word(&CAUSES), "What such an answer means."),
    Field::optional("remedy", &Shape::Text, "What to do about it, in place of the usual remedy."),
];

pub(super) const REFUSE: Field = Field::optional(
    "refuse",
    &Shape::List(&Shape::Map(REFUSAL)),
    "Answers that mean something; the first that fits decides.",
);

const THEN: &[Field] = &[
    REQUEST,
    QUERY,
    HEADERS,
    SENT_BODY,
    ACCEPT,
    Field::required("needs", &Shape::Text, "The permission that the request shows, in the provider's words."),
];

const HTTP: &[Field] = &[
    REQUEST,
    QUERY,
    HEADERS,
    SENT_BODY,
    ACCEPT,
    REFUSE,
    Field::optional("account", &Shape::Text, "JSONPath to the name of the account."),
    Field::optional("scopes", &Shape::Text, "JSONPath to the scopes that were granted."),
    Field::optional(
        "then",
        &Shape::List(&Shape::Map(THEN)),
        "Permission checks, asked after authentication has passed.",
    ),
];

/// An HTTP probe.
pub(super) const HTTP_SHAPE: Shape = Shape::Map(HTTP);

const SHOPIFY: &[Field] = &[
    Field::optional("scopes", &Shape::OneOrMore(&Shape::Text), "Scopes that the step needs."),
    Field::optional("api_version", &Shape::Text, "The API version to ask for, as YYYY-MM."),
];

const PROBE: &[Field] = &[
    Field::optional("http", &HTTP_SHAPE, "An HTTP request, with rules to read the answer by."),
    Field::optional("ftp", &ftp::PROBE_SHAPE, "An FTP session."),
    Field::optional("shopify", &Shape::Map(SHOPIFY), "Shopify's Admin API."),
    Field::optional("oauth-token", &Shape::Map(&[]), "Obtain an OAuth token and stop there."),
];

/// A step's probe: exactly one of its kinds.
pub(super) const PROBE_SHAPE: Shape = Shape::OneKey(PROBE);

/// Reads a step's probe.
pub(super) fn probe(
    page: &mut Page<'_>,
    node: &Node,
    fields: Option<Nameable<'_>>,
    taken: Taken<'_>,
) -> Option<ProbeSpec> {
    let entry = node.entries().first()?;
    match &*entry.key {
        "http" => http(page, &entry.value, fields, taken).map(|probe| ProbeSpec::Http(Box::new(probe))),
        "ftp" => Some(ProbeSpec::Ftp(ftp::probe(page, &entry.value))),
        "shopify" => Some(ProbeSpec::Shopify(shopify(page, &entry.value))),
        "oauth-token" => Some(ProbeSpec::OauthToken),
        _ => None,
    }
}

/// Reads an HTTP probe.
pub(super) fn http(
    page: &mut Page<'_>,
    node: &Node,
    fields: Option<Nameable<'_>>,
    taken: Taken<'_>,
) -> Option<HttpProbe> {
    let accept = node.get("accept").map(|accept| conditions(page, accept)).unwrap_or_default();
    let refuse =
        node.get("refuse").map_or(&[][..], Node::items).iter().filter_map(|rule| refusal(page, rule)).collect();
    let mut path = |key: &str| {
        let node = node.get(key)?;
        page.accept(node.span, json_path(node.text()?))
    };
    let (account, scopes) = (path("account"), path("scopes"));
    let then = node.get("then").map_or(&[][..], Node::items).iter();
    let then = then.filter_map(|check| permission_check(page, check, fields, taken)).collect();
    let request = request(page, node, fields, taken)?;
    Some(HttpProbe { request, accept, refuse, account, scopes, then })
}

/// Reads a rule that reads an answer as a refusal.
pub(super) fn refusal(page: &mut Page<'_>, node: &Node) -> Option<HttpRefusal> {
    let when = conditions(page, node);
    let cause = node.get("cause")?;
    let known = Cause::from_code(cause.text()?)?;
    if when.is_empty() {
        let message = format!("the rule for {} has no condition, and would fit every answer", quoted(known.code()));
        page.error(
            code::EMPTY_LIST,
            crate::yaml::keys::beginning(node),
            message,
            "state a status, a header, json or text",
        );
    }
    let remedy = node.get("remedy").and_then(Node::text).map(Into::into);
    Some(HttpRefusal { when, cause: known, remedy })
}

fn permission_check(
    page: &mut Page<'_>,
    node: &Node,
    fields: Option<Nameable<'_>>,
    taken: Taken<'_>,
) -> Option<PermissionCheck> {
    let accept = node.get("accept").map(|accept| conditions(page, accept)).unwrap_or_default();
    let request = request(page, node, fields, taken)?;
    Some(PermissionCheck { request, needs: node.get("needs")?.text()?.into(), accept })
}

fn shopify(page: &mut Page<'_>, node: &Node) -> ShopifyProbe {
    let scopes = texts(node.get("scopes"));
    let api_version = node.get("api_version").and_then(|version| {
        let text = version.text()?;
        page.accept(version.span, api_version(text))?;
        Some(text.into())
    });
    ShopifyProbe { scopes, api_version }
}
