//! Templates filled for sending, each with the text that may be shown of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::model::cause::Cause;
use crate::model::credential::{Credential, Piece, pieces};
use crate::model::phase::Phase;
use crate::model::scrub::mask;
use crate::model::secret::{Part, Secret};
use crate::model::verdict::Judgement;
use crate::wire::http::Content;

/// What is sent, and what may be shown of it.
pub(super) struct Filled {
    pub(super) value: Secret,
    pub(super) shown: String,
}

/// A template filled from public and secret fields.
pub(super) fn filled(credential: &Credential, template: &str) -> Result<Filled, Judgement> {
    let value = credential.fill(template).map_err(|name| empty(&name))?;
    Ok(Filled { value, shown: shown(credential, template) })
}

/// A template filled for sending, and as it may be shown.
pub(super) fn content(credential: &Credential, template: &str) -> Result<Content, Judgement> {
    let Filled { value, shown } = filled(credential, template)?;
    Ok(Content::Secret { value, shown })
}

pub(super) fn shown(credential: &Credential, template: &str) -> String {
    let mut shown = String::with_capacity(template.len() + 16);
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => shown.push_str(text),
            Piece::Field(name) if credential.secret(name).is_some() => {
                shown.push_str(&mask(&format!("{}.{name}", credential.connection)));
            }
            Piece::Field(name) => shown.push_str(credential.public(name).unwrap_or_default()),
        }
    }
    shown
}

/// `Basic` with user name and password (RFC 7617 section 2); a user name cannot hold a colon.
pub(super) fn basic(username: &Filled, password: &Filled) -> Result<Content, Judgement> {
    if username.value.contains(b':') {
        return Err(Judgement::of(
            Cause::FieldFormat,
            Phase::Resolve,
            format!("The user name (`{}`) has a colon in it, which HTTP Basic cannot carry.", username.shown),
            "Check the field; user name and password may be swapped or pasted as one.",
        ));
    }
    let shown = format!("Basic base64({}:{})", username.shown, password.shown);
    Ok(Content::Secret { value: basic_value(&username.value, &password.value), shown })
}

/// The value of an `Authorization` header for this user name and password.
pub(super) fn basic_value(user: &Secret, pass: &Secret) -> Secret {
    let joined = Secret::concat([Part::Secret(user), Part::Clear(":"), Part::Secret(pass)]);
    #[expect(clippy::disallowed_methods, reason = "HTTP Basic encodes user name and password as one")]
    let encoded = Zeroizing::new(format!("Basic {}", STANDARD.encode(joined.expose())));
    Secret::new(encoded.as_bytes())
}

/// The judgement on a request that a field is missing for.
pub(super) fn empty(field: &str) -> Judgement {
    Judgement::of(
        Cause::FieldMissing,
        Phase::Resolve,
        format!("Field `{field}` is empty, and the request needs it."),
        format!("Fill in `{field}` in the connection."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7617 sections 2 and 2.1, the example of ShipStation's documentation, and the two clients of RFC 6749 (sections 2.3.1 and 4.1.3).
    #[test]
    fn the_published_values_of_http_basic_are_made() {
        for (user, pass, expected) in [
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test", "123\u{a3}", "Basic dGVzdDoxMjPCow=="),
            ("ShipStation", "Rocks", "Basic U2hpcFN0YXRpb246Um9ja3M="),
            ("s6BhdRkqt3", "gX1fBat3bV", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
            ("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw", "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"),
        ] {
            assert_eq!(basic_value(&Secret::new(user), &Secret::new(pass)), Secret::new(expected), "{user}");
        }
    }
}
