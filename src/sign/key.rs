//! Secrets as keys and as what is hashed: where signatures look into a secret.

use aws_lc_rs::hmac::{self, Algorithm, Key, Tag};

use crate::model::secret::Secret;

/// The authentication code of a message under a secret key (RFC 2104).
#[must_use]
pub(super) fn code(algorithm: Algorithm, key: &Secret, message: &[u8]) -> Tag {
    hmac::sign(&Key::new(algorithm, bytes(key)), message)
}

/// What a hash makes of a secret. It is one too where the secret can be guessed from it, or where it does what the secret could.
#[must_use]
pub(super) fn hashed(secret: &Secret, hash: impl FnOnce(&[u8]) -> String) -> String {
    hash(bytes(secret))
}

/// The bytes that a signature is made with.
#[expect(clippy::disallowed_methods, reason = "a secret becomes the key of a signature, or is hashed into one")]
pub(super) fn bytes(secret: &Secret) -> &[u8] {
    secret.expose()
}

#[cfg(test)]
mod tests {
    use crate::model::hex::hex;

    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let tag = code(hmac::HMAC_SHA256, &Secret::new("Jefe"), b"what do ya want for nothing?");
        assert_eq!(hex(tag.as_ref()), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
