//! The store: connection files, written so that a crash leaves the old file or the new one.

mod lock;
mod private;
mod reserve;
mod write;

use std::path::Path;

pub use lock::{Lock, NotLocked};
pub use reserve::Reserve;
pub use write::{NotWritten, clean, create_private, plain_or_absent, remove, rewrite, sync, write};

/// Keeps what only writers need out of version control: the lock, and what a writer that was killed leaves behind.
pub fn ignore_rests(folder: &Path) {
    let (begin, end) = private::UNFINISHED;
    let file = folder.join(".gitignore");
    if std::fs::symlink_metadata(&file).is_err() {
        // Best effort: a folder that cannot be written to is said by whoever writes next.
        let _ = create_private(&file, format!("{}\n{begin}*{end}\n", private::LOCK).as_bytes());
    }
}
