//! AWS Signature Version 4, in the `Authorization` header (AWS General Reference, "Create a signed AWS API request").

mod canonical;

use aws_lc_rs::hmac::HMAC_SHA256;
use sha2::{Digest as _, Sha256};

use super::key::code;
use crate::model::hex::hex;
use crate::model::secret::{Part, Secret};

pub use self::canonical::{Asked, Canonical, Parameter, Token, keeps_paths, kept_path};

/// The name of the algorithm.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is good for: one region, one service, one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'s> {
    /// When the request is signed ([`stamp`]).
    pub stamp: &'s str,
    /// The region: `us-east-1`.
    pub region: &'s str,
    /// The service: `s3`.
    pub service: &'s str,
}

impl Scope<'_> {
    /// The day of the stamp.
    fn day(&self) -> &str {
        self.stamp.split('T').next().unwrap_or_default()
    }

    /// The scope as it is signed and sent.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.day(), self.region, self.service)
    }

    /// What is signed of a canonical request.
    #[must_use]
    pub fn string_to_sign(&self, canonical: &Canonical) -> String {
        format!("{ALGORITHM}\n{}\n{}\n{}", self.stamp, self.text(), canonical.hash())
    }

    /// The key of a scope: who has it can sign everything in it.
    #[must_use]
    pub fn key(&self, secret: &Secret) -> Secret {
        let first = Secret::concat([Part::Clear("AWS4"), Part::Secret(secret)]);
        let parts = [self.day(), self.region, self.service, "aws4_request"];
        parts.into_iter().fold(first, |key, part| Secret::new(code(HMAC_SHA256, &key, part.as_bytes()).as_ref()))
    }

    /// The signature of a canonical request, in hexadecimal digits. With the request it is a login until its stamp is too old.
    #[must_use]
    pub fn sign(&self, secret: &Secret, canonical: &Canonical) -> Secret {
        let tag = code(HMAC_SHA256, &self.key(secret), self.string_to_sign(canonical).as_bytes());
        Secret::new(hex(tag.as_ref()))
    }

    /// The value of the `Authorization` header, all but the signature at its end.
    #[must_use]
    pub fn header(&self, key: &str, signed_headers: &str) -> String {
        format!("{ALGORITHM} Credential={key}/{}, SignedHeaders={signed_headers}, Signature=", self.text())
    }
}

/// The hash of a body, as requests name it.
#[must_use]
pub fn payload_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// A time as requests carry it: `20150830T123600Z`. None beyond the year 9999.
#[must_use]
pub fn stamp(seconds: u64) -> Option<String> {
    let time = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// What an `Authorization` header of this kind states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The access key id.
    pub key: String,
    /// Day, region, service, `aws4_request`.
    pub scope: String,
    /// The names of the headers that are signed.
    pub signed_headers: Vec<String>,
    /// The signature.
    pub signature: String,
}

/// Reads such a header. None where it is of another kind, or lacks something.
#[must_use]
pub fn read_header(value: &str) -> Option<Stated> {
    let rest = value.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
    let part = |name: &str| rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (key, scope) = part("Credential")?.split_once('/')?;
    let signed_headers = part("SignedHeaders")?.split(';').map(str::to_owned).collect();
    Some(Stated {
        key: key.to_owned(),
        scope: scope.to_owned(),
        signed_headers,
        signature: part("Signature")?.to_owned(),
    })
}

#[cfg(test)]
mod tests;
