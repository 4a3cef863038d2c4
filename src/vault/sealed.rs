//! The content of a sealed block: the secrets of one connection, and what they are bound to, as JSON that `age` alone can show.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::binding::{Binding, Place};
use super::crypt::{self, Recipient};
use crate::model::fields::Fields;
use crate::model::secret::Secret;

/// The version of the content.
const VERSION: u32 = 1;

/// What was in a block.
#[derive(Debug)]
pub struct Content {
    /// What the secrets are bound to.
    pub binding: Binding,
    /// The keys that it was sealed for; none when another program sealed it.
    pub recipients: Vec<String>,
    /// The secrets, by field.
    pub secrets: Fields<Secret>,
}

#[derive(Serialize)]
struct Written<'c> {
    tugtest: u32,
    name: &'c str,
    app: &'c str,
    #[serde(rename = "type")]
    scheme: &'c str,
    destination: &'c [Place],
    way: &'c BTreeMap<String, String>,
    recipients: Vec<&'c str>,
    fields: BTreeMap<&'c str, Exposed<'c>>,
}

#[derive(Deserialize)]
struct Read {
    tugtest: u32,
    name: String,
    app: String,
    #[serde(rename = "type")]
    scheme: String,
    destination: Vec<Place>,
    #[serde(default)]
    way: BTreeMap<String, String>,
    #[serde(default)]
    recipients: Vec<String>,
    fields: BTreeMap<String, Text>,
}

/// Seals the secrets of a connection for these keys. The result is armored text.
///
/// # Errors
/// When there is nobody to seal for.
pub fn seal(binding: &Binding, secrets: &Fields<Secret>, recipients: &[Recipient]) -> io::Result<String> {
    let written = Written {
        tugtest: VERSION,
        name: &binding.name,
        app: &binding.app,
        scheme: &binding.scheme,
        destination: &binding.destination,
        way: &binding.way,
        recipients: recipients.iter().map(Recipient::text).collect(),
        fields: secrets.iter().map(|(name, secret)| (name, Exposed(secret))).collect(),
    };
    let length: usize = secrets.values().map(|secret| secret.len() * 6).sum();
    let public: usize = recipients.iter().map(|recipient| recipient.text().len() + 4).sum();
    // Room for all of it from the beginning: a buffer that grows leaves copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(8192 + length + public));
    serde_json::to_writer(&mut *plain, &written)?;
    crypt::seal(&plain, recipients)
}

/// Reads what was in a block. None when it is no content of ours.
#[must_use]
pub fn read(plain: &[u8]) -> Option<Content> {
    let read: Read = serde_json::from_slice(plain).ok().filter(|read: &Read| read.tugtest == VERSION)?;
    let Read { name, app, scheme, destination, way, recipients, fields, .. } = read;
    let secrets = fields.into_iter().map(|(name, Text(text))| (name.into(), Secret::new(text.as_slice()))).collect();
    Some(Content { binding: Binding { name, app, scheme, destination, way }, recipients, secrets })
}

/// A secret on its way into a block. Text stays text; other bytes are `{"base64": "..."}`.
struct Exposed<'s>(&'s Secret);

impl Serialize for Exposed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::disallowed_methods, reason = "it goes into the plaintext that is encrypted at once")]
        let bytes = self.0.expose();
        if let Ok(text) = std::str::from_utf8(bytes) {
            return serializer.serialize_str(text);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("base64", &*Zeroizing::new(STANDARD.encode(bytes)))?;
        map.end()
    }
}

/// A secret on its way out of a block.
struct Text(Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, or {\"base64\": text}")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(Zeroizing::new(text.as_bytes().to_vec())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let Some(("base64", encoded)) = map.next_entry::<&str, String>()? else {
            return Err(A::Error::custom("expected base64"));
        };
        let encoded = Zeroizing::new(encoded);
        STANDARD.decode(encoded.as_bytes()).map(|bytes| Text(Zeroizing::new(bytes))).map_err(A::Error::custom)
    }
}
