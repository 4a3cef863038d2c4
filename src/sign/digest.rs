//! HTTP Digest (RFC 7616), and what was before it: RFC 2617, and RFC 2069 where a server names no quality of protection.

mod algorithm;
mod challenge;

use crate::model::quoted::quote_string;
use crate::model::secret::{Part, Secret};
use crate::sign::oauth1::encode;

pub use self::algorithm::{Algorithm, Hash};
pub use self::challenge::{Challenge, Qop, Unusable, choose};

/// Who logs in.
#[derive(Debug, Clone, Copy)]
pub struct Login<'l> {
    /// The user name. It may be secret.
    pub user: &'l Secret,
    /// The password.
    pub password: &'l Secret,
}

impl Login<'_> {
    /// The key of a challenge, `H(A1)` (RFC 7616 section 3.4.2): as good as the password where the realm is the same.
    #[must_use]
    pub fn key(self, algorithm: Algorithm, realm: &str, nonce: &str, cnonce: &str) -> Secret {
        let parts = [Part::Secret(self.user), Part::Clear(":"), Part::Clear(realm), Part::Clear(":")];
        let key = algorithm.hash.of(&Secret::concat(parts.into_iter().chain([Part::Secret(self.password)])));
        if !algorithm.session {
            return key;
        }
        let (nonce, cnonce) = (Part::Clear(nonce), Part::Clear(cnonce));
        algorithm.hash.of(&Secret::concat([Part::Secret(&key), Part::Clear(":"), nonce, Part::Clear(":"), cnonce]))
    }

    /// What stands for the user name where the server wants it hidden (RFC 7616 section 3.4.4).
    #[must_use]
    pub fn user_hash(self, hash: Hash, realm: &str) -> Secret {
        hash.of(&Secret::concat([Part::Secret(self.user), Part::Clear(":"), Part::Clear(realm)]))
    }
}

/// One use of a key, and what it says of a request or of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// What is protected; none for servers that know no such thing.
    pub qop: Option<Qop>,
    /// The key ([`Login::key`]).
    pub key: Secret,
    /// The server's number.
    pub nonce: String,
    /// Ours.
    pub cnonce: String,
    /// How often the server's number was used, this time included.
    pub count: u32,
    /// Path and query as they are sent.
    pub uri: String,
}

impl Proof {
    /// The count as it is written.
    #[must_use]
    pub fn counted(&self) -> String {
        format!("{:08x}", self.count)
    }

    /// The `response` to a challenge (RFC 7616 section 3.4.1). With an empty method and the body of the answer it is the `rspauth` of a
    /// server that knows the password too (section 3.5).
    ///
    /// Who sees it can try passwords until one gives the same.
    #[must_use]
    pub fn response(&self, method: &str, body: &[u8]) -> Secret {
        let hash = self.algorithm.hash;
        let mut asked = format!("{method}:{}", self.uri);
        if self.qop == Some(Qop::AuthInt) {
            asked.extend([":", &hash.hex(body)]);
        }
        let used = match self.qop {
            None => self.nonce.clone(),
            Some(qop) => format!("{}:{}:{}:{}", self.nonce, self.counted(), self.cnonce, qop.name()),
        };
        let rest = format!(":{used}:{}", hash.hex(asked.as_bytes()));
        hash.of(&Secret::concat([Part::Secret(&self.key), Part::Clear(&rest)]))
    }
}

/// The user name as a parameter (RFC 7616 section 3.4): encoded where it is more than a quoted string can hold (RFC 5987).
#[must_use]
pub fn user_parameter(name: &str) -> String {
    if name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return format!("username={}", quote_string(name));
    }
    format!("username*=UTF-8''{}", encode(name))
}

#[cfg(test)]
mod tests;
