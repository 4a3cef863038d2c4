//! `tugtest check`: every mistake in every file, and not a single socket.

use std::io;
use std::path::{Path, PathBuf};

use crate::document::kind::Kind;
use crate::document::{self, discover};
use crate::model::report::Mode;
use crate::report::{diagnostics, plural};

use super::args::{CheckFormat, CheckOptions, Colour};
use super::exit::Exit;
use super::load::Loader;
use super::{coloured, console};

/// Checks the given files, or the whole workspace.
pub(super) fn check(options: &CheckOptions, colour: Colour) -> Exit {
    let mut loader = Loader::for_paths(&options.paths);
    if options.paths.is_empty() {
        if !holds_anything(&loader) {
            console::complain("There is nothing to check here: no scenarios, connections, fixtures or apps.");
            return if loader.invalid(options.strict) { Exit::Invalid } else { Exit::Untested };
        }
        workspace(&mut loader);
    } else {
        files(&mut loader, &options.paths);
    }
    let found = &mut loader.diagnostics;
    found.sort_by(diagnostics::order);
    found.dedup();
    let printed = match options.format {
        CheckFormat::Human => human(&loader, colour),
        CheckFormat::Json => console::print(format!("{:#}\n", diagnostics::json(&loader.diagnostics)).as_bytes()),
        CheckFormat::Sarif => console::print(format!("{:#}\n", diagnostics::sarif(&loader.diagnostics)).as_bytes()),
    };
    if loader.invalid(options.strict) { Exit::Invalid } else { printed }
}

fn holds_anything(loader: &Loader) -> bool {
    let workspace = &loader.workspace;
    [&workspace.scenarios, &workspace.connections, &workspace.fixtures, &workspace.apps]
        .into_iter()
        .any(|folder| folder.exists())
}

/// Everything that the workspace holds; fixtures too that no scenario names.
fn workspace(loader: &mut Loader) {
    let paths = vec![loader.workspace.scenarios.clone()];
    if paths[0].exists() {
        scenarios(loader, &paths);
    }
    let (fixtures, diagnostics) = discover::files(std::slice::from_ref(&loader.workspace.fixtures));
    if loader.workspace.fixtures.is_dir() {
        loader.diagnostics.extend(diagnostics);
        for path in fixtures {
            loader.fixture_at(&path);
        }
    }
}

fn scenarios(loader: &mut Loader, paths: &[PathBuf]) {
    for path in loader.scenario_files(paths, Mode::Mocked) {
        loader.scenario(&path);
    }
}

/// Files by name. Where they lie says what they are; elsewhere, what stands in them does.
fn files(loader: &mut Loader, paths: &[PathBuf]) {
    for path in paths.iter().filter(|path| document::workspace::is_workspace_file(path)) {
        // That of another workspace, it may be.
        loader.diagnostics.extend(document::workspace::locate(path).diagnostics);
    }
    let (files, diagnostics) = discover::files(paths);
    loader.diagnostics.extend(diagnostics);
    for path in files {
        // The workspace's connections and apps have been loaded with it.
        if !within(&path, &loader.workspace.connections) && !within(&path, &loader.workspace.apps) {
            file(loader, &path);
        }
    }
}

fn within(path: &Path, folder: &Path) -> bool {
    matches!((path.canonicalize(), folder.canonicalize()), (Ok(path), Ok(folder)) if path.starts_with(&folder))
}

fn file(loader: &mut Loader, path: &Path) {
    let shown = loader.shown(path);
    let Ok(text) = document::read::read(path, &shown) else {
        // Whatever it is, the loader says why it cannot be read.
        scenarios(loader, &[path.to_path_buf()]);
        return;
    };
    let by_place = within(path, &loader.workspace.fixtures).then_some(Kind::Fixture);
    let found = match Kind::of(&text).or(by_place) {
        Some(Kind::Fixture) => document::fixture::parse(&text, &shown).diagnostics,
        Some(Kind::App) => document::app::load(&text, &shown).diagnostics,
        Some(Kind::Connection) => {
            document::connection::load(path, &shown, &loader.workspace, &*loader.catalog).diagnostics
        }
        Some(Kind::Scenario) | None => {
            scenarios(loader, &[path.to_path_buf()]);
            return;
        }
    };
    loader.diagnostics.extend(found);
}

fn human(loader: &Loader, colour: Colour) -> Exit {
    let found = &loader.diagnostics;
    let mut text = diagnostics::render(found, coloured(colour, &io::stdout()));
    if !text.is_empty() {
        text.push('\n');
    }
    let verdict = match diagnostics::count(found) {
        (0, 0) => "Every file is valid.\n".to_owned(),
        (errors, warnings) => format!("{}, {}.\n", plural(errors, "error"), plural(warnings, "warning")),
    };
    text.push_str(&verdict);
    console::print(text.as_bytes())
}
