//! What a recipe says of the server that hands OAuth 1.0a tokens out.

use super::address::url;
use super::code;
use super::page::Page;
use super::template::{Nameable, filled};
use crate::model::oauth1::Oauth1Recipe;
use crate::model::scheme::Scheme;
use crate::yaml::{Entry, Field, Shape};

const OAUTH1: &[Field] = &[
    Field::required("request_url", &Shape::Text, "Where temporary credentials are issued (RFC 5849 section 2.1)."),
    Field::required("authorize_url", &Shape::Text, "Where a person grants access."),
    Field::required("token_url", &Shape::Text, "Where temporary credentials are exchanged for a token."),
];

/// The server of an app that signs requests.
pub(super) const OAUTH1_SHAPE: Shape = Shape::Map(OAUTH1);

/// Reads it.
pub(super) fn oauth1(page: &mut Page<'_>, entry: &Entry, fields: Nameable<'_>) -> Option<Oauth1Recipe> {
    if fields.scheme != Scheme::Oauth1 {
        let message = format!("the type {} has no tokens of OAuth 1.0a", fields.scheme);
        page.error(code::UNKNOWN_TYPE, entry.span, message, "state `oauth1` under the type oauth1 alone");
        return None;
    }
    let mut template = |key: &str| {
        let written = entry.value.get(key)?;
        let template = written.text()?;
        page.accept(written.span, fields.public(template))?;
        page.accept(written.span, url(&filled(template), key))?;
        Some(Box::<str>::from(template))
    };
    let (request_url, authorize_url, token_url) =
        (template("request_url"), template("authorize_url"), template("token_url"));
    Some(Oauth1Recipe { request_url: request_url?, authorize_url: authorize_url?, token_url: token_url? })
}
