//! Files that nobody else may read.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// Why a private file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is none.
    Missing,
    /// Others may read or change it.
    Open,
    /// This user may not read it.
    Denied,
    /// It is a directory, or too large for what it should be.
    Unlikely,
    /// The system could not read it.
    Unreadable,
}

impl Refused {
    /// As the end of a sentence about the file.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Refused::Missing => "does not exist",
            Refused::Open => "can be read by others",
            Refused::Denied => "may not be read by this user",
            Refused::Unlikely => "is no file of this kind",
            Refused::Unreadable => "could not be read",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(self, path: &Path) -> String {
        match self {
            Refused::Missing => "check the path; `tugtest init` makes an identity".to_owned(),
            Refused::Open => format!("make it private: {}", remedy(path)),
            Refused::Denied => format!("make it yours: chown \"$USER\" {0} && chmod 600 {0}", quoted(path)),
            Refused::Unlikely => "check the path".to_owned(),
            Refused::Unreadable => "check the path and the disk".to_owned(),
        }
    }
}

/// The command that makes a file private.
#[must_use]
pub fn remedy(path: &Path) -> String {
    format!("chmod 600 {}", quoted(path))
}

fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:,".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Whether others than the owner may read or change a file.
#[cfg(unix)]
#[must_use]
pub fn is_open(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.is_file() && metadata.mode() & 0o077 != 0
}

/// Whether others than the owner may read or change a file: not told by modes here.
#[cfg(not(unix))]
#[must_use]
pub fn is_open(_: &Metadata) -> bool {
    false
}

/// The bytes of a file that is the user's alone. The file that was looked at is the one that is read.
///
/// # Errors
/// Why it is not read.
pub fn private_bytes(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Refused::Missing,
        io::ErrorKind::PermissionDenied => Refused::Denied,
        _ => Refused::Unreadable,
    };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() || metadata.len() > most {
        return Err(Refused::Unlikely);
    }
    if is_open(&metadata) {
        return Err(Refused::Open);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 4096));
    file.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
