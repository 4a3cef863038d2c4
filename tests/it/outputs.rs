//! Where reports go: files that are there as a whole or not at all, lines that are there at once, paths that fail early.

use std::fs;
use std::path::{Path, PathBuf};

use tugtest::report::{Destination, Format, Output, Progress, Reporter, SinkError};

use super::events;
use super::reports::{report, scrubber};

fn open(outputs: &[(Format, &Path)]) -> Result<Reporter, SinkError> {
    let output = |&(format, path): &(Format, &Path)| Output { format, destination: Destination::File(path.to_owned()) };
    let outputs: Vec<Output> = outputs.iter().map(output).collect();
    Reporter::open(&outputs, false, &scrubber(), Progress::hidden())
}

fn run(mut reporter: Reporter) {
    for event in events::run(false) {
        reporter.event(event);
    }
    reporter.finish().expect("the reports are written");
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    names
}

#[test]
fn several_reports_of_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["a", "b", "c", "d"].map(|name| folder.path().join(name));
    let outputs: Vec<_> = Format::ALL.into_iter().zip(paths.iter().map(PathBuf::as_path)).collect();
    run(open(&outputs).expect("all can be made"));
    for (format, path) in outputs {
        assert_eq!(fs::read_to_string(path).expect("it is there"), report(format, false), "{format}");
    }
}

#[test]
fn a_path_that_cannot_be_written_fails_before_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("a file");
    for (path, reason) in [
        (folder.path().to_owned(), "it is a folder"),
        (folder.path().join("none/report"), "the folder does not exist"),
        (file.join("report"), "a part of the path is a file"),
        (folder.path().join("x".repeat(300)), "the name is too long"),
    ] {
        for format in Format::ALL {
            let error = open(&[(format, &path)]).expect_err("it fails").to_string();
            assert!(error.contains(reason), "{format}: {error}");
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
    assert_eq!(names(folder.path()), [file]);
}

#[test]
fn the_old_report_stays_until_the_new_one_is_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json");
    fs::write(&path, "old").expect("a file");
    let mut reporter = open(&[(Format::Json, &path)]).expect("it can be made");
    for event in events::run(false) {
        reporter.event(event);
    }
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
    drop(reporter);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
    assert_eq!(
        names(folder.path()),
        std::slice::from_ref(&path),
        "nothing is left of a run that ended without a report"
    );
    run(open(&[(Format::Json, &path)]).expect("it can be made"));
    assert_eq!(fs::read_to_string(&path).expect("it is there"), report(Format::Json, false));
    assert_eq!(names(folder.path()), [path]);
}

#[test]
fn a_line_is_in_its_file_as_soon_as_its_step_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.jsonl");
    let mut reporter = open(&[(Format::Jsonl, &path)]).expect("it can be made");
    let mut done = 0;
    for event in events::run(false) {
        done += usize::from(matches!(event, tugtest::model::event::Event::StepFinished { .. }));
        reporter.event(event);
        assert_eq!(fs::read_to_string(&path).expect("it is there").lines().count(), done);
    }
    assert_eq!(done, 14);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_devices_are_not_replaced() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").expect("a file");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).expect("it is ours");
    symlink(&target, &link).expect("a link");
    let null = Path::new("/dev/null");
    run(open(&[(Format::Json, &link), (Format::Junit, null)]).expect("both can be written"));
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("it is there"), report(Format::Json, false));
    assert_eq!(fs::metadata(&target).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert!(fs::metadata(null).expect("it is there").file_type().is_char_device());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_fault() {
    let mut reporter = open(&[(Format::Human, Path::new("/dev/full"))]).expect("it opens");
    for event in events::run(false) {
        reporter.event(event);
    }
    let error = reporter.finish().expect_err("nothing can be written there");
    assert_eq!(error.to_string(), "the report to `/dev/full` is not complete: there is no space left");
}
