//! The algorithms of HTTP Digest (RFC 7616 section 6.1), and SHA-512, which is not among them.

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512, Sha512_256};

use crate::model::hex::hex;
use crate::model::secret::Secret;
use crate::sign::key::hashed;

/// A hash, the weakest first. SHA-512 is in no RFC; httpbin and the client library requests agree on what it means, which is worth less
/// than a standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// Broken as a hash, and still the one that most devices speak.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512, whole.
    Sha512,
    /// SHA-512/256 (FIPS 180-4): not the first half of SHA-512.
    Sha512_256,
}

impl Hash {
    /// The hash of some bytes in hexadecimal digits.
    #[must_use]
    pub fn hex(self, bytes: &[u8]) -> String {
        match self {
            Hash::Md5 => hex(&Md5::digest(bytes)),
            Hash::Sha256 => hex(&Sha256::digest(bytes)),
            Hash::Sha512 => hex(&Sha512::digest(bytes)),
            Hash::Sha512_256 => hex(&Sha512_256::digest(bytes)),
        }
    }

    /// The hash of a secret.
    #[must_use]
    pub fn of(self, secret: &Secret) -> Secret {
        Secret::new(hashed(secret, |bytes| self.hex(bytes)))
    }
}

/// A hash, and whether the key is made anew for each session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Algorithm {
    /// The hash.
    pub hash: Hash,
    /// Whether both numbers go into the key (`-sess`).
    pub session: bool,
}

const fn plain(hash: Hash) -> Algorithm {
    Algorithm { hash, session: false }
}

const fn session(hash: Hash) -> Algorithm {
    Algorithm { hash, session: true }
}

impl Algorithm {
    /// All of them, in the order of the documentation.
    pub const ALL: [Algorithm; 8] = [
        plain(Hash::Md5),
        session(Hash::Md5),
        plain(Hash::Sha256),
        session(Hash::Sha256),
        plain(Hash::Sha512_256),
        session(Hash::Sha512_256),
        plain(Hash::Sha512),
        session(Hash::Sha512),
    ];

    /// The one of servers that name none (RFC 7616 section 3.3).
    pub const UNNAMED: Algorithm = plain(Hash::Md5);

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
            (Hash::Sha512_256, false) => "SHA-512-256",
            (Hash::Sha512_256, true) => "SHA-512-256-sess",
            (Hash::Sha512, false) => "SHA-512",
            (Hash::Sha512, true) => "SHA-512-sess",
        }
    }

    /// The algorithm with this name, in any case: servers write `md5` too.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name.trim()))
    }
}
