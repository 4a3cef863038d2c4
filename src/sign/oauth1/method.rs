//! Signature methods (RFC 5849 sections 3.4.2 to 3.4.4), and those that providers have added with SHA-2.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::encode;
use crate::model::secret::{Part, Secret};
use crate::sign::key::code;

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// HMAC with SHA-1.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-512.
    HmacSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RsaSha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// The secrets themselves, which only TLS protects.
    Plaintext,
}

/// The secrets that sign.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'k> {
    /// The consumer's, or client's.
    pub consumer: Option<&'k Secret>,
    /// The token's.
    pub token: Option<&'k Secret>,
    /// The consumer's private key, PEM (PKCS#1 or PKCS#8), for the RSA methods.
    pub private: Option<&'k Secret>,
}

/// Why there is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// The method takes a private key, and there is none.
    NoKey,
    /// What is there is no RSA private key in PEM.
    BadKey,
}

impl Method {
    /// All methods, in the order of the documentation.
    pub const ALL: [Method; 6] = [
        Method::HmacSha1,
        Method::HmacSha256,
        Method::HmacSha512,
        Method::RsaSha1,
        Method::RsaSha256,
        Method::Plaintext,
    ];

    /// The name on the wire and in connection files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Method::HmacSha1 => "HMAC-SHA1",
            Method::HmacSha256 => "HMAC-SHA256",
            Method::HmacSha512 => "HMAC-SHA512",
            Method::RsaSha1 => "RSA-SHA1",
            Method::RsaSha256 => "RSA-SHA256",
            Method::Plaintext => "PLAINTEXT",
        }
    }

    /// The method with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The signature of a base string. It is a secret where the method is `PLAINTEXT`, and treated as one always.
    ///
    /// # Errors
    /// When an RSA method has no key to sign with.
    pub fn sign(self, base: &str, keys: Keys<'_>) -> Result<Secret, Unsigned> {
        let mac = |algorithm: hmac::Algorithm| {
            Ok(Secret::new(STANDARD.encode(code(algorithm, &keys.joined(), base.as_bytes()))))
        };
        match self {
            Method::HmacSha1 => mac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Method::HmacSha256 => mac(hmac::HMAC_SHA256),
            Method::HmacSha512 => mac(hmac::HMAC_SHA512),
            Method::RsaSha1 => rsa(keys, Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(base)),
            Method::RsaSha256 => rsa(keys, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(base)),
            Method::Plaintext => Ok(keys.joined()),
        }
    }
}

impl Keys<'_> {
    /// Both secrets, encoded, with `&` between them, which is there even when one of them is not (RFC 5849 section 3.4.2).
    pub(super) fn joined(&self) -> Secret {
        let encoded = |secret: Option<&Secret>| secret.map_or_else(|| Secret::new(""), |secret| secret.encoded(encode));
        let (consumer, token) = (encoded(self.consumer), encoded(self.token));
        Secret::concat([Part::Secret(&consumer), Part::Clear("&"), Part::Secret(&token)])
    }
}

fn rsa(keys: Keys<'_>, scheme: Pkcs1v15Sign, digest: &[u8]) -> Result<Secret, Unsigned> {
    let key = private_key(keys.private.ok_or(Unsigned::NoKey)?).ok_or(Unsigned::BadKey)?;
    key.sign(scheme, digest).map(|signature| Secret::new(STANDARD.encode(signature))).map_err(|_| Unsigned::BadKey)
}

fn private_key(pem: &Secret) -> Option<RsaPrivateKey> {
    #[expect(clippy::disallowed_methods, reason = "the private key is read in order to sign with it")]
    let text = std::str::from_utf8(pem.expose()).ok()?;
    RsaPrivateKey::from_pkcs8_pem(text).or_else(|_| RsaPrivateKey::from_pkcs1_pem(text)).ok()
}
