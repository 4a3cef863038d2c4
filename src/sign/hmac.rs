//! Keyed hashes over a request (HMAC, RFC 2104): what is signed is put together from a recipe's template.

mod tag;
mod time;

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use md5::{Digest as _, Md5};

use crate::model::credential::{Credential, Piece, pieces};
use crate::model::hex::hex;
use crate::model::hmac::{Encoding, HmacPlace, KeyEncoding, Variable};
use crate::model::secret::{Part, Secret};

pub use self::tag::tag;
pub use self::time::{is_time, written};

/// The signature in a template.
const MARK: &str = "{signature}";
/// What stands for a signature in transcripts.
const SHOWN: &str = "***";

/// What a request is, as far as a signature may cover it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'r> {
    /// The method.
    pub method: &'r str,
    /// The `Host` header.
    pub host: &'r str,
    /// The path, percent-encoded.
    pub path: &'r str,
    /// The query without `?`, percent-encoded; what holds the signature left out.
    pub query: &'r str,
    /// The body.
    pub body: &'r str,
    /// The `Content-Type` header.
    pub content_type: &'r str,
    /// The time, as it is written.
    pub timestamp: &'r str,
    /// The number that no other request has.
    pub nonce: &'r str,
}

impl<'r> Facts<'r> {
    /// What a variable stands for; none for the signature itself.
    #[must_use]
    pub fn value(&self, variable: Variable) -> Option<Cow<'r, str>> {
        Some(match variable {
            Variable::Method => self.method.into(),
            Variable::Host => self.host.into(),
            Variable::Path => self.path.into(),
            Variable::Query => self.query.into(),
            Variable::SortedQuery => sorted(self.query).into(),
            Variable::Target if self.query.is_empty() => self.path.into(),
            Variable::Target => format!("{}?{}", self.path, self.query).into(),
            Variable::Body => self.body.into(),
            Variable::BodySha256 => hex(digest(&SHA256, self.body.as_bytes()).as_ref()).into(),
            Variable::BodyMd5 => STANDARD.encode(Md5::digest(self.body)).into(),
            Variable::ContentType => self.content_type.into(),
            Variable::Timestamp => self.timestamp.into(),
            Variable::Nonce => self.nonce.into(),
            Variable::Signature => return None,
        })
    }

    /// What a name stands for in a template: a variable, else a public field.
    ///
    /// # Errors
    /// The name, where there is nothing of the kind.
    pub fn named<'f>(&self, name: &str, credential: &'f Credential) -> Result<Cow<'f, str>, String>
    where
        'r: 'f,
    {
        let value = match Variable::from_name(name) {
            Some(variable) => self.value(variable),
            None => credential.public(name).map(Into::into),
        };
        value.ok_or_else(|| name.to_owned())
    }

    /// Fills a template that does not hold the signature.
    ///
    /// # Errors
    /// The name of the first field that is empty.
    pub fn fill(&self, template: &str, credential: &Credential) -> Result<String, String> {
        let mut filled = String::with_capacity(template.len() + 64);
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field(name) => filled.push_str(&self.named(name, credential)?),
            }
        }
        Ok(filled)
    }
}

/// The parameters of a query by name, then by value, as they are written.
fn sorted(query: &str) -> String {
    let mut pairs: Vec<&str> = query.split('&').collect();
    // A name ends at its `=`, which sorts after some of what a name may hold.
    pairs.sort_by_key(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.join("&")
}

/// Why there is no signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsigned {
    /// This field is empty.
    Empty(String),
    /// The key is not in the encoding that the recipe says.
    BadKey(KeyEncoding),
}

/// The text that is signed.
///
/// # Errors
/// When a field that it names is empty.
pub fn text(place: &HmacPlace, facts: &Facts<'_>, credential: &Credential) -> Result<String, Unsigned> {
    facts.fill(&place.sign, credential).map_err(Unsigned::Empty)
}

/// The signature of a text. Treated as a secret.
///
/// # Errors
/// When the key is empty, or is not in its encoding.
pub fn signature(place: &HmacPlace, text: &str, credential: &Credential) -> Result<Secret, Unsigned> {
    let key = credential.fill(&place.key).map_err(Unsigned::Empty)?;
    let tag = tag(place.hash, &key, place.key_encoding, text.as_bytes()).ok_or(Unsigned::BadKey(place.key_encoding))?;
    Ok(Secret::new(match place.encoding {
        Encoding::Hex => hex(&tag),
        Encoding::HexUpper => hex(&tag).to_ascii_uppercase(),
        Encoding::Base64 => STANDARD.encode(&tag),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode(&tag),
    }))
}

/// A template with the signature in it, and as it may be shown.
///
/// # Errors
/// The name of the first field that is empty.
pub fn with_signature(
    template: &str,
    facts: &Facts<'_>,
    credential: &Credential,
    signature: &Secret,
) -> Result<(Secret, String), String> {
    let texts = template.split(MARK).map(|text| facts.fill(text, credential)).collect::<Result<Vec<_>, _>>()?;
    let parts = texts.iter().enumerate().flat_map(|(index, text)| {
        let before = (index > 0).then_some(Part::Secret(signature));
        before.into_iter().chain([Part::Clear(text)])
    });
    Ok((Secret::concat(parts), texts.join(SHOWN)))
}

#[cfg(test)]
mod tests;
