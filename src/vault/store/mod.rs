//! The store: connection files, written so that a crash leaves the old file or the new one.

mod lock;
mod write;

pub use lock::{Lock, NotLocked};
pub use write::{NotWritten, clean, create_private, remove, rewrite, write};
