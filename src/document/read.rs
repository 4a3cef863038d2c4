//! A file to text, within bounds. Whatever stands in the way is a diagnostic, in our own words.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::string::FromUtf8Error;

use super::code;
use crate::model::diagnostic::{Diagnostic, Place, Severity};
use crate::yaml::nearest::nearest;
use crate::yaml::parse::MAX_BYTES;
use crate::yaml::secrecy::quoted;

/// Reads a whole file as UTF-8. Its size is looked at first, so that a file of 100 MiB costs nothing.
///
/// # Errors
/// Why it cannot be read: missing (with the nearest name beside it), a directory, too large, not permitted, not UTF-8.
pub fn read(path: &Path, shown: &str) -> Result<String, Box<Diagnostic>> {
    let failed = |error: io::Error| Box::new(unreadable(&error, path, shown));
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        let help = "name a file in it, or give the directory itself to `run` or `check`";
        return Err(whole(code::NOT_A_FILE, shown, "a directory stands where a file is wanted", help).into());
    }
    if !metadata.is_file() {
        let message = "this is no regular file, and is not read";
        return Err(whole(code::NOT_A_FILE, shown, message, "copy its contents into a file").into());
    }
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if length > MAX_BYTES {
        return Err(too_large(shown).into());
    }
    let mut bytes = Vec::with_capacity(length + 1);
    // The file may grow between the look and the reading.
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
    File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > MAX_BYTES {
        return Err(too_large(shown).into());
    }
    let not_utf8 = |error: FromUtf8Error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to(), shown);
    String::from_utf8(bytes).map_err(|error| not_utf8(error).into())
}

/// A path as messages show it: as a person would type it from where they stand, when that is not far away.
#[must_use]
pub fn shown(path: &Path, standing: &Path) -> String {
    let path = tidied(path);
    let shared = path.components().zip(standing.components()).take_while(|(one, other)| one == other).count();
    let is_near = path.is_absolute() && shared > 1 && path.components().count() > shared;
    let near = is_near.then(|| {
        let up = standing.components().skip(shared).map(|_| Component::ParentDir);
        up.chain(path.components().skip(shared)).collect::<PathBuf>()
    });
    near.unwrap_or(path).to_string_lossy().into_owned()
}

/// The path without `.` and, where the folder before it is named, without `..`: messages show it.
pub(super) fn tidied(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match (part, tidied.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(tidied.pop()),
            (part, _) => tidied.push(part),
        }
    }
    tidied
}

fn whole(code: &'static str, shown: &str, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    let (severity, message, help) = (Severity::Error, message.into(), Some(help.into()));
    Diagnostic { severity, code, message, file: shown.into(), place: None, help }
}

fn too_large(shown: &str) -> Diagnostic {
    whole(
        code::FILE_TOO_LARGE,
        shown,
        "the file is larger than 1 MiB, and is not read",
        "split it, or check that it is the right file",
    )
}

/// The diagnostic for an error of the operating system.
fn unreadable(error: &io::Error, path: &Path, shown: &str) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let help = match neighbour(path) {
                Some(name) => format!("did you mean {}?", quoted(&name)),
                None => "check the path".to_owned(),
            };
            whole(code::FILE_MISSING, shown, "there is no such file", help)
        }
        io::ErrorKind::NotADirectory => {
            whole(code::FILE_MISSING, shown, "a part of the path is no directory", "check the path")
        }
        io::ErrorKind::PermissionDenied => {
            let help = "give this user the right to read it, and to enter the directories above it";
            whole(code::FILE_UNREADABLE, shown, "the file may not be read by this user", help)
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => {
            whole(code::FILE_MISSING, shown, "no file can have this name", "check the path")
        }
        kind => {
            let message = format!("the operating system could not read the file ({kind})");
            whole(code::FILE_UNREADABLE, shown, message, "try to read it with another program")
        }
    }
}

/// The name beside a missing file that is nearest to its own.
fn neighbour(path: &Path) -> Option<String> {
    const LOOKED_AT: usize = 1000;
    let name = path.file_name()?.to_string_lossy();
    let parent =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_path_buf);
    let entries = fs::read_dir(parent).ok()?.take(LOOKED_AT);
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    nearest(&name, names.iter().map(String::as_str)).map(str::to_owned)
}

fn not_utf8(bytes: &[u8], valid: usize, shown: &str) -> Diagnostic {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let line = narrow(before.matches('\n').count() + 1);
    let column = narrow(before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let means = if utf16 { "; it begins like UTF-16" } else { "" };
    let message = format!("the file is not UTF-8: byte {valid} begins no character{means}");
    let place = Some(Place { line, column, width: 1, source: None });
    Diagnostic { place, ..whole(code::NOT_UTF8, shown, message, "save it as UTF-8") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_become_our_words() {
        let denied = unreadable(&io::Error::from(io::ErrorKind::PermissionDenied), Path::new("x"), "x");
        assert_eq!((denied.code, &*denied.message), ("file-unreadable", "the file may not be read by this user"));
        let broken = unreadable(&io::Error::other("canary"), Path::new("x"), "x");
        assert_eq!(broken.code, "file-unreadable");
        assert!(!broken.message.contains("canary"));
    }

    #[test]
    fn invalid_bytes_have_a_place() {
        let diagnostic = not_utf8("a: ä\nb: ".as_bytes(), 9, "x");
        assert_eq!(diagnostic.place.map(|place| (place.line, place.column)), Some((2, 4)));
        assert!(not_utf8(b"\xff\xfea\0", 0, "x").message.contains("UTF-16"));
    }

    #[test]
    fn paths_are_shown_from_where_the_user_stands() {
        assert_eq!(shown(Path::new("/w/scenarios/a.yaml"), Path::new("/w")), "scenarios/a.yaml");
        assert_eq!(shown(Path::new("./a.yaml"), Path::new("/w")), "a.yaml");
        assert_eq!(shown(Path::new("../a.yaml"), Path::new("/w")), "../a.yaml");
        assert_eq!(shown(Path::new("/other/a.yaml"), Path::new("/w")), "/other/a.yaml");
        assert_eq!(shown(Path::new("/w/scenarios/../fixtures/a.yaml"), Path::new("/w")), "fixtures/a.yaml");
        assert_eq!(shown(Path::new("/w/fixtures/a.yaml"), Path::new("/w/scenarios/eu")), "../../fixtures/a.yaml");
        assert_eq!(shown(Path::new("/w"), Path::new("/w")), "/w");
    }
}
