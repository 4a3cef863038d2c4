//! One writer at a time. The lock belongs to an open file, so it ends with its holder, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::private::{LOCK, folder_of, make_folder, private};

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
        Lock::wait(&folder.join(LOCK), patience, File::try_lock)
    }

    /// The same right for many at once: while any of them has it, nobody can [`take`](Lock::take) it.
    ///
    /// # Errors
    /// As for [`take`](Lock::take).
    pub fn share(folder: &Path, patience: Duration) -> Result<Lock, NotLocked> {
        Lock::wait(&folder.join(LOCK), patience, File::try_lock_shared)
    }

    /// Waits for the right that this very file stands for. The file is made if it is not there, and never taken away: whoever waits for
    /// it would wait for another one then.
    ///
    /// # Errors
    /// As for [`take`](Lock::take).
    pub fn on(file: &Path, patience: Duration) -> Result<Lock, NotLocked> {
        Lock::wait(file, patience, File::try_lock)
    }

    fn wait(path: &Path, patience: Duration, lock: fn(&File) -> Result<(), TryLockError>) -> Result<Lock, NotLocked> {
        make_folder(folder_of(path)).map_err(NotLocked::Failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let file = options.open(path).map_err(NotLocked::Failed)?;
        let begun = Instant::now();
        loop {
            match lock(&file) {
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

    #[test]
    fn what_is_shared_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let shared = [(); 2].map(|()| Lock::share(folder.path(), Duration::ZERO).unwrap());
        assert!(matches!(Lock::take(folder.path(), Duration::ZERO), Err(NotLocked::Busy)));
        drop(shared);
        let taken = Lock::take(folder.path(), Duration::ZERO).unwrap();
        assert!(matches!(Lock::share(folder.path(), Duration::ZERO), Err(NotLocked::Busy)));
        assert!(Lock::on(&folder.path().join("eu.lock"), Duration::ZERO).is_ok(), "another file is another right");
        drop(taken);
    }
}
