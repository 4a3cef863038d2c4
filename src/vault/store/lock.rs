//! One writer at a time. The lock belongs to an open file, so it ends with its holder, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::private::{LOCK, make_folder, private};

/// How often it is tried.
const PAUSE: Duration = Duration::from_millis(5);

/// The right to write, for as long as it is kept.
#[derive(Debug)]
pub struct Lock {
    /// Holds the lock; closing it lets it go.
    _file: File,
}

/// Why the right to write was not to be had.
#[derive(Debug)]
pub enum NotLocked {
    /// Somebody else is writing, and did not finish in time.
    Busy,
    /// The lock file cannot be made.
    Failed(io::Error),
}

impl Lock {
    /// Waits for the right to write into a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When somebody holds it for longer than `patience`, or the folder cannot be written to.
    pub fn take(folder: &Path, patience: Duration) -> Result<Lock, NotLocked> {
        make_folder(folder).map_err(NotLocked::Failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let file = options.open(folder.join(LOCK)).map_err(NotLocked::Failed)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(NotLocked::Busy),
                Err(TryLockError::Error(error)) => return Err(NotLocked::Failed(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_waits_and_then_gives_up() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path(), Duration::ZERO).unwrap();
        let begun = Instant::now();
        assert!(matches!(Lock::take(folder.path(), Duration::from_millis(30)), Err(NotLocked::Busy)));
        assert!(begun.elapsed() >= Duration::from_millis(30));
        drop(held);
        assert!(Lock::take(folder.path(), Duration::ZERO).is_ok());
    }
}
