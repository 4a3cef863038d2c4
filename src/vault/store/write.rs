//! Writing a file whole: beside it, synced, renamed into its place, and the folder synced.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::private::{UNFINISHED, folder_of, make_folder};

/// Why a file was not written. But for the last case, the file that was there is as it was.
#[derive(Debug)]
pub enum NotWritten {
    /// A link stands in its place.
    Link,
    /// There is a file of this name, and there should be none.
    Exists,
    /// Something that is no file stands in its place.
    NoFile,
    /// The system refused.
    Failed(io::Error),
    /// It was written, and the disk did not confirm that its name will last.
    Unconfirmed(io::Error),
}

impl From<io::Error> for NotWritten {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::AlreadyExists { NotWritten::Exists } else { NotWritten::Failed(error) }
    }
}

/// Writes a file, in place of the one that is there or as a new one. Mode 600, whatever the umask.
///
/// # Errors
/// Why it was not written; the old file is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), NotWritten> {
    plain_or_absent(path)?;
    let unfinished = beside(path, bytes)?;
    unfinished.persist(path).map_err(|error| NotWritten::Failed(error.error))?;
    sync_folder(path)
}

/// Writes a new file; never over one that is there.
///
/// # Errors
/// Why it was not written.
pub fn create_private(path: &Path, bytes: &[u8]) -> Result<(), NotWritten> {
    plain_or_absent(path)?;
    let unfinished = beside(path, bytes)?;
    unfinished.persist_noclobber(path).map_err(|error| NotWritten::from(error.error))?;
    sync_folder(path)
}

/// Writes a file of somebody else's in place of what is there, with the mode that it has. A link is followed.
///
/// # Errors
/// Why it was not written; the old file is then untouched.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), NotWritten> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    let unfinished = beside(&path, bytes)?;
    unfinished.as_file().set_permissions(permissions)?;
    unfinished.persist(&path).map_err(|error| NotWritten::Failed(error.error))?;
    sync_folder(&path)
}

/// Takes a file away for good.
///
/// # Errors
/// Why it is still there.
pub fn remove(path: &Path) -> Result<(), NotWritten> {
    plain_or_absent(path)?;
    fs::remove_file(path)?;
    sync_folder(path)
}

/// Takes away what writers that were killed left unfinished. Only for whoever holds the lock. Says how many there were.
pub fn clean(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let unfinished = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1)
    });
    unfinished.filter(|entry| fs::remove_file(entry.path()).is_ok()).count()
}

/// A file that is written beside another one, whole and on the disk.
fn beside(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, NotWritten> {
    let folder = folder_of(path);
    make_folder(folder)?;
    // Made with O_EXCL, so that no link is followed, and for this user alone.
    let mut unfinished = tempfile::Builder::new().prefix(UNFINISHED.0).suffix(UNFINISHED.1).tempfile_in(folder)?;
    unfinished.write_all(bytes)?;
    #[cfg(unix)]
    unfinished.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    unfinished.as_file().sync_all()?;
    Ok(unfinished)
}

/// Whether a file can stand here, or a file does: no link, nothing else.
///
/// # Errors
/// What stands in the way.
pub fn plain_or_absent(path: &Path) -> Result<(), NotWritten> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(NotWritten::Link),
        Ok(found) if !found.is_file() => Err(NotWritten::NoFile),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(NotWritten::Failed(error)),
    }
}

/// Makes a name that was changed in a folder last, too.
fn sync_folder(path: &Path) -> Result<(), NotWritten> {
    sync(folder_of(path))
}

/// Makes what was changed in a folder last: files that are new in it, or gone.
///
/// # Errors
/// When the disk does not confirm it.
pub fn sync(folder: &Path) -> Result<(), NotWritten> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(NotWritten::Unconfirmed)?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.yaml");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(matches!(create_private(&path, b"three"), Err(NotWritten::Exists)));
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing unfinished is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        remove(&path).unwrap();
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("a.yaml"), folder.path().join("target"));
        fs::write(&target, b"theirs").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        for refused in [write(&path, b"x"), create_private(&path, b"x"), remove(&path)] {
            assert!(matches!(refused, Err(NotWritten::Link)));
        }
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    }

    #[test]
    fn what_killed_writers_left_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".tugtest-abc.tmp"), b"half").unwrap();
        fs::write(folder.path().join("a.yaml"), b"whole").unwrap();
        assert_eq!(clean(folder.path()), 1);
        assert!(folder.path().join("a.yaml").exists());
    }
}
