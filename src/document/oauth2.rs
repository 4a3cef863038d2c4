//! What a recipe says of an app's authorization server.

use super::address::{single_line, url};
use super::code;
use super::conditions::json_path;
use super::page::{Page, Refusal, texts};
use super::request::{NAMED, Pairs, named, pairs};
use super::template::{Nameable, filled};
use crate::model::app::Recipe;
use crate::model::oauth2::{ClientAuth, Grant, Oauth2Recipe, ParameterPlace, URL_FIELDS};
use crate::model::scheme::Scheme;
use crate::yaml::scalar::Scalar;
use crate::yaml::secrecy::quoted;
use crate::yaml::{Entry, Field, Node, Shape, Words};

/// How a token is obtained.
pub(super) const GRANT: Words = Words::new("grant", || Grant::ALL.map(Grant::name).into());
/// How a client proves itself.
pub(super) const CLIENT_AUTH: Words =
    Words::new("client authentication", || ClientAuth::ALL.map(ClientAuth::name).into());
/// Where the parameters of a token request stand.
pub(super) const PARAMETER_PLACE: Words =
    Words::new("place of parameters", || ParameterPlace::ALL.map(ParameterPlace::name).into());

const OAUTH2: &[Field] = &[
    Field::optional(
        "grant",
        &Shape::Word(&GRANT),
        "The usual grant; authorization-code where there is an authorize_url.",
    ),
    Field::optional(
        "issuer",
        &Shape::Text,
        "The authorization server, whose metadata say where everything else is (RFC 8414).",
    ),
    Field::optional("token_url", &Shape::Text, "Where tokens are issued."),
    Field::optional("authorize_url", &Shape::Text, "Where a person grants access."),
    Field::optional(
        "device_url",
        &Shape::Text,
        "Where a device asks for a code that a person types elsewhere (RFC 8628).",
    ),
    Field::optional("introspection_url", &Shape::Text, "Where a token can be asked about (RFC 7662)."),
    Field::optional("revocation_url", &Shape::Text, "Where a token is given back (RFC 7009)."),
    Field::optional(
        "client_auth",
        &Shape::Word(&CLIENT_AUTH),
        "How clients prove themselves; basic when nothing is stated.",
    ),
    Field::optional("client_id", &Shape::Text, "A public client that everybody may use."),
    Field::optional(
        "scopes",
        &Shape::OneOrMore(&Shape::Text),
        "The scopes to ask for when the connection states none.",
    ),
    Field::optional("scope_separator", &Shape::Text, "What stands between scopes, when it is no space."),
    Field::optional("pkce", &Shape::Flag, "Whether the server takes PKCE (RFC 7636); yes when nothing is stated."),
    Field::optional("authorize", &NAMED, "Further parameters of the authorization request."),
    Field::optional("token", &NAMED, "Further parameters of token requests."),
    Field::optional(
        "refresh_in",
        &Shape::Word(&PARAMETER_PLACE),
        "Where the parameters of a refresh stand: body, or query.",
    ),
    Field::optional(
        "access_token",
        &Shape::Text,
        "JSONPath to the access token in an answer, when it is not $.access_token.",
    ),
];

/// An authorization server.
pub(super) const OAUTH2_SHAPE: Shape = Shape::Map(OAUTH2);

/// Parameters that tugtest states itself, or that no recipe may decide.
const RESERVED: [&str; 15] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "code_verifier",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "scope",
    "state",
    "password",
];

/// Reads it.
pub(super) fn oauth2(page: &mut Page<'_>, entry: &Entry, fields: Nameable<'_>) -> Option<Oauth2Recipe> {
    if fields.scheme != Scheme::Oauth2 {
        let message = format!("the type {} has no authorization server", fields.scheme);
        page.error(code::UNKNOWN_TYPE, entry.span, message, "state `oauth2` under the type oauth2 alone");
        return None;
    }
    let node = &entry.value;
    let text = |key: &str| node.get(key).and_then(Node::text);
    let urls = URL_FIELDS.into_iter().filter_map(|name| {
        let written = node.get(name)?;
        let template = written.text()?;
        page.accept(written.span, fields.public(template))?;
        page.accept(written.span, url(&filled(template), name))?;
        Some((name.into(), template.into()))
    });
    let urls = urls.collect();
    let separator = node.get("scope_separator").and_then(|written| {
        page.accept(written.span, single_line(written.text()?, "scope_separator"))?;
        written.text().map(Into::into)
    });
    let access_token =
        node.get("access_token").and_then(|written| page.accept(written.span, json_path(written.text()?)));
    let authorize = parameters(page, node.get("authorize"), fields);
    let token = parameters(page, node.get("token"), fields);
    Some(Oauth2Recipe {
        grant: text("grant").and_then(Grant::from_name),
        urls,
        client_auth: text("client_auth").and_then(ClientAuth::from_name),
        client_id: text("client_id").map(Into::into),
        scopes: texts(node.get("scopes")),
        separator,
        without_pkce: node.get("pkce").and_then(Node::scalar).and_then(Scalar::as_bool) == Some(false),
        authorize,
        token,
        refresh_in: text("refresh_in").and_then(ParameterPlace::from_name).unwrap_or_default(),
        access_token,
    })
}

/// Further parameters of a request, as templates of public fields.
fn parameters(page: &mut Page<'_>, node: Option<&Node>, fields: Nameable<'_>) -> Pairs {
    for (entry, value) in node.into_iter().flat_map(named) {
        page.accept(entry.span, free(&entry.key));
        page.accept(entry.value.span, fields.public(value));
    }
    pairs(node)
}

fn free(name: &str) -> Result<(), Refusal> {
    if !RESERVED.contains(&name) {
        return Ok(());
    }
    let message = format!("the parameter {} is stated by tugtest itself", quoted(name));
    Err(Refusal::new(code::BAD_NAME, message, "take it out; scopes, the client and the grant have keys of their own"))
}

/// The grant of a connection: stated, or the recipe's, or told by what else is stated.
fn grant(has: &dyn Fn(&str) -> bool, written: &Node, recipe: Option<&Recipe>) -> Grant {
    let stated = written.get("grant").and_then(Node::text).and_then(Grant::from_name);
    let usual = recipe.and_then(|recipe| recipe.oauth2.as_ref()).and_then(|known| known.grant);
    stated.or(usual).unwrap_or_else(|| Grant::likely(has))
}

/// What a connection of this type lacks to have a token, or to obtain one.
pub(super) fn lacking(has: &dyn Fn(&str) -> bool, written: &Node, recipe: Option<&Recipe>) -> Option<&'static str> {
    let public = written.get("client_auth").and_then(Node::text) == Some(ClientAuth::None.name());
    match grant(has, written, recipe) {
        _ if has("access_token") => None,
        Grant::ClientCredentials if !public && !has("client_secret") && !has("private_key") => {
            Some("`client_secret`, or `private_key`")
        }
        Grant::Password if !has("username") || !has("password") => Some("`username` and `password`"),
        Grant::RefreshToken if !has("refresh_token") => Some("`refresh_token`"),
        Grant::AuthorizationCode | Grant::DeviceCode if !has("refresh_token") => {
            Some("`access_token`, or `refresh_token`")
        }
        _ => None,
    }
}

/// The address that a token would be obtained from, where one has to be and nothing says where.
pub(super) fn lacking_address(
    has: &dyn Fn(&str) -> bool,
    written: &Node,
    recipe: Option<&Recipe>,
) -> Option<&'static str> {
    let known = recipe.and_then(|recipe| recipe.oauth2.as_ref());
    let stated = |name: &str| has(name) || known.is_some_and(|known| known.url(name).is_some());
    let obtains = !has("access_token") && (!grant(has, written, recipe).needs_person() || has("refresh_token"));
    (obtains && !stated("token_url") && !stated("issuer")).then_some("`token_url`")
}
