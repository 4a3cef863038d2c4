//! Fingerprints: they tell whether two secrets are the same, and nothing else of them.

use std::io;
use std::path::Path;

use aws_lc_rs::hmac;

use super::access;
use super::store::{self, NotWritten};
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
        let (key, _) = key_of(state);
        Fingerprints::under(&key)
    }

    /// The same, for fingerprints that are to be recognised later: only with a key that is on the disk.
    ///
    /// # Errors
    /// Why the key cannot be kept.
    pub fn lasting(state: &Path) -> Result<Self, NotWritten> {
        let (key, kept) = key_of(state);
        kept.map(|()| Fingerprints::under(&key))
    }

    fn under(key: &[u8]) -> Self {
        Fingerprints(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The fingerprint of a secret: 8 hexadecimal digits.
    #[must_use]
    pub fn of_secret(&self, secret: &Secret) -> String {
        hex(&self.tag(secret).as_ref()[..SHOWN])
    }

    /// The whole fingerprint of a secret, which no other secret has: 64 hexadecimal digits.
    #[must_use]
    pub fn whole(&self, secret: &Secret) -> String {
        hex(self.tag(secret).as_ref())
    }

    /// What tells this key from others, and nothing of it.
    #[must_use]
    pub fn of_key(&self) -> String {
        hex(hmac::sign(&self.0, b"the key of fingerprints").as_ref())
    }

    fn tag(&self, secret: &Secret) -> hmac::Tag {
        #[expect(clippy::disallowed_methods, reason = "a keyed digest of it is shown, never the value")]
        hmac::sign(&self.0, secret.expose())
    }
}

/// The key of a local state, and whether it is there to stay.
fn key_of(state: &Path) -> (Vec<u8>, Result<(), NotWritten>) {
    let path = state.join(FILE);
    let kept = || access::private_bytes(&path, KEY as u64).ok().filter(|bytes| bytes.len() == KEY);
    if let Some(key) = kept() {
        return (key.to_vec(), Ok(()));
    }
    let mut fresh = vec![0; KEY];
    if aws_lc_rs::rand::fill(&mut fresh).is_err() {
        return (fresh, Err(NotWritten::Failed(io::ErrorKind::Other.into())));
    }
    match store::create_private(&path, &fresh) {
        // Another process may have made one in the meantime: then that one counts.
        Err(NotWritten::Exists) => match kept() {
            Some(key) => (key.to_vec(), Ok(())),
            None => (fresh, Err(NotWritten::Exists)),
        },
        written => (fresh, written),
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
        let (here, there) = (Fingerprints::of(one.path()), Fingerprints::of(other.path()));
        assert!(here.whole(&secret).starts_with(&print) && here.whole(&secret).len() == 64);
        assert!(here.of_key() == Fingerprints::of(one.path()).of_key() && here.of_key() != there.of_key());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_to_be_recognised_later_takes_a_key_that_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join(FILE);
        Fingerprints::lasting(folder.path()).unwrap();
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(matches!(Fingerprints::lasting(folder.path()), Err(NotWritten::Exists)), "it is not read any more");
        let _ = Fingerprints::of(folder.path());
    }
}
