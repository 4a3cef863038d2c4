//! `tugtest check`: every mistake in every file, and not a single socket.

use std::io;
use std::path::{Path, PathBuf};

use crate::document::{self, discover};
use crate::model::diagnostic::Severity;
use crate::model::report::Mode;
use crate::report::diagnostics;

use super::args::{CheckFormat, CheckOptions, Colour};
use super::exit::Exit;
use super::load::Loader;
use super::{coloured, console};

/// Checks the given files, or the whole workspace.
pub(super) fn check(options: &CheckOptions, colour: Colour) -> Exit {
    let mut loader = Loader::for_paths(&options.paths);
    if options.paths.is_empty() {
        workspace(&mut loader);
    } else {
        files(&mut loader, &options.paths);
    }
    let found = &mut loader.diagnostics;
    found.sort_by(|a, b| {
        let place = |d: &crate::model::diagnostic::Diagnostic| d.place.as_ref().map(|place| (place.line, place.column));
        (&a.file, place(a), a.code).cmp(&(&b.file, place(b), b.code))
    });
    found.dedup();
    let printed = match options.format {
        CheckFormat::Human => human(&loader, colour),
        CheckFormat::Json => console::print(format!("{:#}\n", diagnostics::json(&loader.diagnostics)).as_bytes()),
        CheckFormat::Sarif => console::print(format!("{:#}\n", diagnostics::sarif(&loader.diagnostics)).as_bytes()),
    };
    if loader.invalid(options.strict) { Exit::Invalid } else { printed }
}

/// Everything that the workspace holds; fixtures too that no scenario names.
fn workspace(loader: &mut Loader) {
    let paths = vec![loader.workspace.scenarios.clone()];
    loader.scenarios(&paths, Mode::Mocked);
    let (fixtures, diagnostics) = discover::files(std::slice::from_ref(&loader.workspace.fixtures));
    if loader.workspace.fixtures.is_dir() {
        loader.diagnostics.extend(diagnostics);
        for path in fixtures {
            fixture(loader, &path);
        }
    }
}

fn fixture(loader: &mut Loader, path: &Path) {
    let shown = loader.shown(path);
    loader.diagnostics.extend(document::fixture::load(path, &shown).diagnostics);
}

/// Files by name: where they lie says what they are.
fn files(loader: &mut Loader, paths: &[PathBuf]) {
    let (files, diagnostics) = discover::files(paths);
    loader.diagnostics.extend(diagnostics);
    let within = |path: &Path, folder: &Path| match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    };
    for path in files {
        // The workspace's connections and apps have been loaded with it.
        if within(&path, &loader.workspace.connections) || within(&path, &loader.workspace.apps) {
            continue;
        }
        if within(&path, &loader.workspace.fixtures) {
            fixture(loader, &path);
        } else {
            loader.scenarios(&[path], Mode::Mocked);
        }
    }
}

fn human(loader: &Loader, colour: Colour) -> Exit {
    let found = &loader.diagnostics;
    let mut text = diagnostics::render(found, coloured(colour, &io::stdout()));
    let count = |severity| found.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if !text.is_empty() {
        text.push('\n');
    }
    let verdict = match (errors, warnings) {
        (0, 0) => "Every file is valid.\n".to_owned(),
        (errors, warnings) => format!("{}, {}.\n", counted(errors, "error"), counted(warnings, "warning")),
    };
    text.push_str(&verdict);
    console::print(text.as_bytes())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
