//! Files and folders for this user alone.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// The file that writers lock, in the folder that is written to.
pub(super) const LOCK: &str = ".lock";
/// How the names of unfinished files begin, and end.
pub(super) const UNFINISHED: (&str, &str) = (".tugtest-", ".tmp");

/// Makes a folder for this user alone, and those above it.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Lets a file be made for this user alone, and follows no link to it.
pub(super) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW.bits();
        options.mode(0o600).custom_flags(i32::try_from(flags).unwrap_or_default());
    }
    #[cfg(not(unix))]
    let _ = options;
}
