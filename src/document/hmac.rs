//! Signed requests as recipes and connections describe them: what is signed, how, and where the signature goes.

use super::address::{header_name, header_value, query_name};
use super::code;
use super::page::{Page, Refusal};
use super::request::{named, pairs};
use super::template::{Kind, Nameable};
use crate::model::app::Placement;
use crate::model::credential;
use crate::model::hmac::{Encoding, Hash, HmacPlace, KeyEncoding, Nonce, TimeFormat, Variable};
use crate::yaml::nearest::suggestion;
use crate::yaml::scalar::Scalar;
use crate::yaml::secrecy::quoted;
use crate::yaml::{Field, Node, Shape, Span, Words};

const HASH: Words = Words::new("hash", || Hash::ALL.iter().map(|one| one.name()).collect());
const KEY_ENCODING: Words = Words::new("encoding of a key", || KeyEncoding::ALL.iter().map(|one| one.name()).collect());
const ENCODING: Words = Words::new("encoding of a signature", || Encoding::ALL.iter().map(|one| one.name()).collect());
const TIME: Words = Words::new("format of a time", || TimeFormat::ALL.iter().map(|one| one.name()).collect());
const NONCE: Words = Words {
    help: Some("write a number of bytes from 4 to 64, or uuid"),
    ..Words::new("kind of nonce", || vec!["uuid"])
};

/// HTTP Basic: user name and password, as templates.
pub(super) const BASIC: &[Field] = &[
    Field::required("username", &Shape::Text, "The template of the user name; it may be empty."),
    Field::required("password", &Shape::Text, "The template of the password; it may be empty."),
];

const HMAC: &[Field] = &[
    Field::optional("key", &Shape::Text, "The template of the key; the bare secret when none is stated."),
    Field::optional("key_encoding", &Shape::Word(&KEY_ENCODING), "How the key is written: text, hex or base64."),
    Field::optional("hash", &Shape::Word(&HASH), "The hash; sha256 when none is stated."),
    Field::required("sign", &Shape::Text, "What is signed: {timestamp}{method}{target}{body}, for instance."),
    Field::optional("encoding", &Shape::Word(&ENCODING), "How the signature is written; hex when nothing is stated."),
    Field::optional("timestamp", &Shape::Word(&TIME), "How {timestamp} is written; in seconds when nothing is stated."),
    Field::optional(
        "nonce",
        &Shape::ByType(&[Shape::Whole(4, 64), Shape::Word(&NONCE)]),
        "What {nonce} is: so many random bytes in hexadecimal (16 when nothing is stated), or uuid.",
    ),
    Field::optional("headers", &Shape::MapOf(&Shape::Text), "Headers, as templates."),
    Field::optional("query", &Shape::MapOf(&Shape::Text), "Query parameters, as templates."),
    Field::optional("basic", &Shape::Map(BASIC), "HTTP Basic with the signature in it."),
];

/// A signed request.
pub(super) const HMAC_SHAPE: Shape = Shape::Map(HMAC);

/// What parameters of the query may not name: they are a part of it themselves.
const OF_QUERY: [Variable; 3] = [Variable::Query, Variable::SortedQuery, Variable::Target];

/// Reads how requests are signed.
pub(super) fn hmac(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let key = node.get("key");
    let template = key.map_or(Some(fields.bare()), Node::text)?;
    let span = key.map_or(node.span, |key| key.span);
    if page.accept(span, fields.placing(template)) == Some(false) {
        let message = "the key of the signature names no secret field";
        page.error(code::PLACE_WITHOUT_SECRET, span, message, format!("name one in braces: {}", fields.bare()));
    }
    let nonce = node.get("nonce").map_or(Some(Nonce::default()), nonce)?;
    let place = HmacPlace {
        key: template.into(),
        key_encoding: text("key_encoding").and_then(KeyEncoding::from_name).unwrap_or_default(),
        hash: text("hash").and_then(Hash::from_name).unwrap_or_default(),
        sign: text("sign")?.into(),
        encoding: text("encoding").and_then(Encoding::from_name).unwrap_or_default(),
        timestamp: text("timestamp").and_then(TimeFormat::from_name).unwrap_or_default(),
        nonce,
        headers: pairs(node.get("headers")),
        query: pairs(node.get("query")),
        basic: node.get("basic").and_then(basic),
    };
    templates(page, node, fields);
    sent(page, node, &place);
    Some(Placement::Hmac(Box::new(place)))
}

fn nonce(node: &Node) -> Option<Nonce> {
    if node.text() == Some("uuid") {
        return Some(Nonce::Uuid);
    }
    node.scalar().and_then(Scalar::as_whole).and_then(|bytes| u8::try_from(bytes).ok()).map(Nonce::Bytes)
}

/// User name and password of HTTP Basic.
pub(super) fn basic(node: &Node) -> Option<(Box<str>, Box<str>)> {
    Some((node.get("username")?.text()?.into(), node.get("password")?.text()?.into()))
}

/// Every template names what there is.
fn templates(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) {
    if let Some((sign, template)) = node.get("sign").and_then(|sign| Some((sign, sign.text()?))) {
        page.accept(sign.span, fields.signing(template, &[Variable::Signature]));
    }
    for (entry, template) in node.get("headers").into_iter().flat_map(named) {
        page.accept(entry.span, header_name(&entry.key));
        page.accept(entry.value.span, header_value(template, &entry.key));
        page.accept(entry.value.span, fields.signing(template, &[]));
    }
    for (entry, template) in node.get("query").into_iter().flat_map(named) {
        page.accept(entry.span, query_name(&entry.key));
        page.accept(entry.value.span, fields.signing(template, &OF_QUERY));
    }
    for entry in node.get("basic").into_iter().flat_map(Node::entries) {
        page.accept(entry.value.span, fields.signing(entry.value.text().unwrap_or_default(), &[]));
    }
}

/// The signature is sent, and so is everything that it depends on and that the server cannot know otherwise.
fn sent(page: &mut Page<'_>, node: &Node, place: &HmacPlace) {
    let names =
        |variable: Variable| place.sent().any(|sent| credential::named(sent).any(|name| name == variable.name()));
    if !names(Variable::Signature) {
        let message = "the signature is sent nowhere: no header and no parameter names `{signature}`";
        page.error(code::PLACE_WITHOUT_SECRET, node.span, message, "add one: headers: {X-Signature: \"{signature}\"}");
    }
    let at: Span = node.get("sign").map_or(node.span, |sign| sign.span);
    for variable in [Variable::Timestamp, Variable::Nonce] {
        let name = variable.name();
        if credential::named(&place.sign).any(|signed| signed == name) && !names(variable) {
            let message = format!("`{{{name}}}` is signed and sent nowhere, so no server could check the signature");
            let help = format!("send it beside the signature: headers: {{X-Name: \"{{{name}}}\"}}");
            page.error(code::UNSENT_VARIABLE, at, message, help);
        }
    }
}

impl Nameable<'_> {
    /// A template of variables, but those that are `unknown` where it is filled, and of public fields.
    fn signing(&self, template: &str, unknown: &[Variable]) -> Result<(), Refusal> {
        for name in credential::named(template) {
            match (Variable::from_name(name), self.kind(name)) {
                (Some(_), Some(_)) => {
                    let message = format!("`{name}` is a variable of signatures, which hides the field of that name");
                    return Err(Refusal::new(code::BAD_NAME, message, "give the field another name in the recipe"));
                }
                (Some(variable), None) if unknown.contains(&variable) => {
                    let message = format!("`{{{name}}}` is not known yet where this template is filled");
                    return Err(Refusal::new(code::UNKNOWN_FIELD, message, "take it out of this template"));
                }
                (Some(_), None) | (None, Some(Kind::Public)) => {}
                (None, Some(Kind::Secret)) => {
                    let message = format!("the template names the secret `{name}`, which only signs and is never sent");
                    let help = "name it under `key`, and `{signature}` where the signature goes";
                    return Err(Refusal::new(code::SECRET_IN_TEMPLATE, message, help));
                }
                (None, None) => {
                    let message =
                        format!("the template names {}, which is no variable of signatures and no field", quoted(name));
                    let variables = Variable::ALL.iter().map(|variable| variable.name());
                    let help = suggestion(name, variables.chain(self.names())).unwrap_or_default();
                    return Err(Refusal::new(code::UNKNOWN_FIELD, message, help));
                }
            }
        }
        Ok(())
    }
}
