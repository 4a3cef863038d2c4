//! Local state: what a workspace remembers on this machine. Nothing in it is shared or secret, and no connection is lost with it. What is lost:
//! last verdicts, and with the markers of refreshes that were begun ([`super::renewal`]) the protection against sending a spent token again.

use std::io;
use std::path::{Path, PathBuf};

use super::store;

/// The folder, beside `tugtest.yaml`.
const FOLDER: &str = ".tugtest";

/// The folder of a workspace's local state.
#[must_use]
pub fn folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}

/// Makes the folder, and keeps version control out of it.
///
/// # Errors
/// When it cannot be made: a read-only workspace, for one.
pub fn make(folder: &Path) -> io::Result<()> {
    match store::create_private(&folder.join(".gitignore"), b"# What tugtest remembers on this machine alone.\n*\n") {
        Ok(()) | Err(store::NotWritten::Exists) => Ok(()),
        Err(store::NotWritten::Failed(error) | store::NotWritten::Unconfirmed(error)) => Err(error),
        Err(store::NotWritten::Link | store::NotWritten::NoFile) => Err(io::ErrorKind::AlreadyExists.into()),
    }
}
