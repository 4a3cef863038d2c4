//! Which files there are. Everything is sorted, so that no order depends on the file system.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::{code, read, workspace};
use crate::model::diagnostic::{Diagnostic, Severity};

/// The files behind these paths: a file is itself, a folder is every `*.yaml` and `*.yml` below it, hidden ones left out. A
/// `tugtest.yaml` is left out even when it is named, as `scenarios/*.yaml` names it. Sorted within each path; nothing twice.
#[must_use]
pub fn files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut diagnostics = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.extend((!workspace::is_workspace_file(path)).then(|| path.clone()));
            continue;
        }
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(is_visible) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_document(entry.path()) => found.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => diagnostics.push(unreadable(&error, path)),
            }
        }
    }
    if paths.len() > 1 {
        let mut seen = BTreeSet::new();
        found.retain(|path| seen.insert(read::tidied(path)));
    }
    (found, diagnostics)
}

/// The connection files of a folder, not of folders below it, by name. A folder that is not there holds none.
#[must_use]
pub fn connections(folder: &Path) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    yaml_files(folder)
}

/// The recipe files of a folder, not of folders below it, by name. A folder that is not there holds none.
#[must_use]
pub fn apps(folder: &Path) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    yaml_files(folder)
}

/// The names of the fixtures below a folder, as scenarios write them: `klaviyo/ok` for `klaviyo/ok.yaml`.
#[must_use]
pub fn fixtures(folder: &Path) -> BTreeSet<Box<str>> {
    let walk = WalkDir::new(folder).follow_links(true).into_iter().filter_entry(is_visible);
    let files = walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file() && is_document(entry.path()));
    files.filter_map(|entry| name(entry.path().strip_prefix(folder).ok()?)).collect()
}

/// The file of a fixture. The name has been checked by the scenario's loader and cannot lead out of the folder.
#[must_use]
pub fn fixture_file(folder: &Path, name: &str) -> PathBuf {
    let file = |extension: &str| folder.join(format!("{name}.{extension}"));
    let (first, second) = (file("yaml"), file("yml"));
    if second.is_file() && !first.is_file() { second } else { first }
}

fn name(relative: &Path) -> Option<Box<str>> {
    let stem = relative.with_extension("");
    let words: Option<Vec<&str>> = stem.iter().map(OsStr::to_str).collect();
    Some(words?.join("/").into())
}

fn yaml_files(folder: &Path) -> (Vec<PathBuf>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut found = Vec::new();
    if !folder.exists() {
        return (found, diagnostics);
    }
    let walk =
        WalkDir::new(folder).follow_links(true).max_depth(1).sort_by_file_name().into_iter().filter_entry(is_visible);
    for entry in walk {
        match entry {
            Ok(entry) if !entry.file_type().is_dir() && is_document(entry.path()) => found.push(entry.into_path()),
            Ok(_) => {}
            Err(error) => diagnostics.push(unreadable(&error, folder)),
        }
    }
    (found, diagnostics)
}

/// Hidden files and folders below the start are none of ours; the start itself may well be hidden.
fn is_visible(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn is_document(path: &Path) -> bool {
    let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    yaml && path.file_name().is_some_and(|name| name != workspace::FILE)
}

fn unreadable(error: &walkdir::Error, folder: &Path) -> Diagnostic {
    let standing = std::env::current_dir().unwrap_or_default();
    let file = read::shown(error.path().unwrap_or(folder), &standing);
    let (message, help) = if error.loop_ancestor().is_some() {
        ("this link leads back to a folder above it", "remove the link")
    } else {
        ("the folder could not be read", "give this user the right to read it, or name its files")
    };
    let (severity, code, message, help) =
        (Severity::Error, code::FILE_UNREADABLE, message.to_owned(), Some(help.to_owned()));
    Diagnostic { severity, code, message, file: file.into(), place: None, help }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_nothing_comes_twice() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/.hidden")).unwrap();
        for name in ["c.yaml", "b/a.yml", "b/note.txt", "b/.hidden/x.yaml", ".y.yaml", "tugtest.yaml", "a.yaml"] {
            fs::write(at(name), "x: 1\n").unwrap();
        }
        let (found, diagnostics) = files(&[at("c.yaml"), at("tugtest.yaml"), folder.path().to_path_buf()]);
        assert_eq!(found, [at("c.yaml"), at("a.yaml"), at("b/a.yml")]);
        assert_eq!(diagnostics, []);
        let names: Vec<_> = fixtures(folder.path()).into_iter().collect();
        assert_eq!(names, ["a".into(), "b/a".into(), Box::<str>::from("c")]);
        assert_eq!(connections(folder.path()).0, [at("a.yaml"), at("c.yaml")]);
    }
}
