//! Fingerprints: they tell whether two secrets are the same, and nothing else of them.

use std::path::Path;

use aws_lc_rs::hmac;

use super::access;
use super::store;
use crate::model::hex::hex;
use crate::model::secret::Secret;

/// The file with the key of a workspace's fingerprints, in its local state.
const FILE: &str = "fingerprint.key";
/// Bytes of the key.
const KEY: usize = 32;
/// Bytes of a fingerprint; it is shown in twice as many hexadecimal digits.
const SHOWN: usize = 4;

/// Makes fingerprints under one key, which is of this workspace and this user, so that nobody can look a guessed secret up.
#[derive(Debug)]
pub struct Fingerprints(hmac::Key);

impl Fingerprints {
    /// Reads the key of a local state, or makes one. Where it cannot be kept, it is made anew each time.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        let path = state.join(FILE);
        let kept = || access::private_bytes(&path, KEY as u64).ok().filter(|bytes| bytes.len() == KEY);
        let key = kept().map(|bytes| bytes.to_vec()).or_else(|| {
            let mut fresh = vec![0; KEY];
            aws_lc_rs::rand::fill(&mut fresh).ok()?;
            // Another process may have made one in the meantime: then that one counts.
            match store::create_private(&path, &fresh) {
                Err(store::NotWritten::Exists) => kept().map(|bytes| bytes.to_vec()).or(Some(fresh)),
                _ => Some(fresh),
            }
        });
        Fingerprints(hmac::Key::new(hmac::HMAC_SHA256, &key.unwrap_or_default()))
    }

    /// The fingerprint of a secret: 8 hexadecimal digits.
    #[must_use]
    pub fn of_secret(&self, secret: &Secret) -> String {
        #[expect(clippy::disallowed_methods, reason = "a keyed digest of it is shown, never the value")]
        let tag = hmac::sign(&self.0, secret.expose());
        hex(&tag.as_ref()[..SHOWN])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_secret_has_one_fingerprint_a_workspace() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = Secret::new("canary");
        let print = Fingerprints::of(one.path()).of_secret(&secret);
        assert_eq!(print.len(), 8);
        assert_eq!(Fingerprints::of(one.path()).of_secret(&secret), print);
        assert_ne!(Fingerprints::of(one.path()).of_secret(&Secret::new("canary2")), print);
        assert_ne!(Fingerprints::of(other.path()).of_secret(&secret), print);
    }
}
