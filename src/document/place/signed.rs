//! Placements that answer or sign: HTTP Digest and AWS Signature Version 4.

use super::super::address::single_line;
use super::super::code;
use super::super::page::{Page, Refusal};
use super::super::template::Nameable;
use super::sends_secret;
use crate::model::app::Placement;
use crate::model::credential::named;
use crate::model::scheme::Scheme;
use crate::yaml::fault::{MISSING_FIELD, ONE_OF};
use crate::yaml::{Field, Node, Shape, keys};

/// What `digest` states.
pub(super) const DIGEST: &[Field] = &[
    Field::optional("username", &Shape::Text, "The template of the user name; {username} or {key} otherwise."),
    Field::optional("password", &Shape::Text, "The template of the password; {password} or {secret} otherwise."),
];

/// What `sigv4` states.
pub(super) const SIGV4: &[Field] = &[
    Field::required("region", &Shape::Text, "The region, as a template of public fields: us-east-1."),
    Field::required("service", &Shape::Text, "The service, as a template of public fields: s3."),
];

/// Reads `digest`.
pub(super) fn digest(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    let usual = match fields.scheme {
        Scheme::KeySecret => Some(("{key}", "{secret}")),
        Scheme::DomainLogin => Some(("{username}", "{password}")),
        Scheme::ApiKey => None,
        other => {
            let message = format!("a connection of the type {other} has no user name and password for HTTP Digest");
            page.error(ONE_OF, node.span, message, "use one of the type domain-login, key-secret or api-key");
            return None;
        }
    };
    let stated = |name: &str| node.get(name).map(Node::text);
    let (Some(username), Some(password)) = (
        stated("username").or(usual.map(|(username, _)| Some(username))),
        stated("password").or(usual.map(|(_, password)| Some(password))),
    ) else {
        let help = "state both: digest: {username: USER, password: \"{api_key}\"}";
        page.error(MISSING_FIELD, keys::beginning(node), "`digest` of an api-key lacks `username` or `password`", help);
        return None;
    };
    let (username, password) = (username?, password?);
    sends_secret(page, node.span, fields, &[username, password]);
    Some(Placement::Digest { username: username.into(), password: password.into() })
}

/// Reads `sigv4`.
pub(super) fn sigv4(page: &mut Page<'_>, node: &Node, fields: Nameable<'_>) -> Option<Placement> {
    if fields.scheme != Scheme::KeySecret {
        let message = format!("a connection of the type {} has no access key to sign with", fields.scheme);
        let help = "use one of the type key-secret: key is the access key id, secret the secret access key";
        page.error(ONE_OF, node.span, message, help);
        return None;
    }
    let mut word = |name: &str| {
        let written = node.get(name)?;
        let template = written.text()?;
        page.accept(written.span, fields.public(template))?;
        page.accept(written.span, scope_word(template, name))?;
        Some(template.into())
    };
    let (region, service) = (word("region"), word("service"));
    Some(Placement::Sigv4 { region: region?, service: service? })
}

/// A region and a service are words of a path that is signed.
fn scope_word(template: &str, name: &str) -> Result<(), Refusal> {
    single_line(template, name)?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if named(template).next().is_some() || (!template.is_empty() && template.bytes().all(plain)) {
        return Ok(());
    }
    let message = format!("`{name}` is no name that AWS has");
    Err(Refusal::new(code::BAD_NAME, message, "write it like us-east-1 or s3, in small letters and without a host"))
}
