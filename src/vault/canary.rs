//! Canaries: stand-ins for secrets in mocked runs. They look like nothing else, so that a leak is seen at once.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::app::Placement;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::hex::hex;
use crate::model::hmac::KeyEncoding;
use crate::model::scheme::Scheme;
use crate::model::secret::Secret;

/// The credential of a mocked run: public fields as they are, a canary for every secret field, in the encoding that its place reads it
/// in. The same in every run.
#[must_use]
pub fn canary(connection: &Connection, place: Option<&Placement>) -> Credential {
    // What a sealed block holds is not known without a key, so every secret field of the scheme gets one.
    let likely =
        connection.scheme.fields().iter().filter(|field| field.secret && (field.required || connection.sealed));
    let names = connection.secrets.keys().map(AsRef::as_ref).chain(likely.map(|field| field.name));
    let value = |field: &str| {
        if let (Scheme::Oauth1 | Scheme::Oauth2, "private_key") = (connection.scheme, field) {
            return private_key(); // Something signs with it, so it has to be a key.
        }
        let canary = format!("canary-{}-{}", connection.name, field.replace('_', "-"));
        Secret::new(match encoding(field, place) {
            KeyEncoding::Text => canary,
            KeyEncoding::Hex => hex(canary.as_bytes()),
            KeyEncoding::Base64 => STANDARD.encode(canary),
        })
    };
    Credential {
        connection: Arc::clone(&connection.name),
        public: connection.public.clone(),
        secrets: names.map(|field| (field.into(), value(field))).collect(),
    }
}

/// The encoding in which a field is the key of a signature.
fn encoding(field: &str, place: Option<&Placement>) -> KeyEncoding {
    match place {
        Some(Placement::Hmac(hmac)) if *hmac.key == *format!("{{{field}}}") => hmac.key_encoding,
        _ => KeyEncoding::Text,
    }
}

/// A private key that nobody else has: made when it is first wanted, the same for the rest of the process. Signatures by it are not shown,
/// so that reports do not differ.
fn private_key() -> Secret {
    static KEY: LazyLock<Option<Secret>> = LazyLock::new(|| {
        let der: Pkcs8V1Der<'static> = KeyPair::generate(KeySize::Rsa2048).ok()?.as_der().ok()?;
        let base64 = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = base64.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Some(Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))))
    });
    KEY.clone().unwrap_or_else(|| Secret::new("canary-without-a-key"))
}
