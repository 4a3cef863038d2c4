//! Room on the disk for a file that will be written later, when it may no longer fail.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::private::{UNFINISHED, folder_of};
use super::write::{NotWritten, plain_or_absent};

/// Room beside a file, taken until this is dropped: right before the file is written.
#[derive(Debug)]
pub struct Reserve {
    _room: tempfile::NamedTempFile,
}

impl Reserve {
    /// Tries out that a file can be put in place of one that is there, and takes room for as many bytes. The file stays as it is.
    /// Whoever is killed leaves these bytes behind, so nothing in them may be in clear.
    ///
    /// # Errors
    /// Why it could not be written.
    pub fn take(path: &Path, bytes: &[u8]) -> Result<Self, NotWritten> {
        plain_or_absent(path)?;
        if !path.exists() {
            return Err(NotWritten::Failed(io::ErrorKind::NotFound.into()));
        }
        let mut room =
            tempfile::Builder::new().prefix(UNFINISHED.0).suffix(UNFINISHED.1).tempfile_in(folder_of(path))?;
        room.write_all(bytes)?;
        room.as_file().sync_all()?;
        movable(path)?;
        Ok(Reserve { _room: room })
    }
}

/// A file that is mounted by itself, as containers do, can be written to and not replaced. A second name for it shows that.
fn movable(path: &Path) -> Result<(), NotWritten> {
    let second = tempfile::Builder::new()
        .prefix(UNFINISHED.0)
        .suffix(UNFINISHED.1)
        .make_in(folder_of(path), |second| fs::hard_link(path, second));
    match second {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Err(NotWritten::Failed(error)),
        // Not every file system has second names, and not every user may give one: that says nothing of replacing.
        _ => Ok(()),
    }
}
