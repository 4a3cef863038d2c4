//! The workspace: `tugtest.yaml`, the nearest one at or above a path.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::page::Page;
use super::{Loaded, code, read};
use crate::model::workspace::{RunSettings, Workspace};
use crate::yaml::{self, Field, Name, Node, Shape};

/// The name of the file that marks a workspace.
pub const FILE: &str = "tugtest.yaml";

const RUN: &[Field] = &[
    Field::optional("jobs", &Shape::Whole(1, 4096), "How many probes run at once."),
    Field::optional("per-host", &Shape::Whole(1, 4096), "How many probes run at once against one host and port."),
    Field::optional("timeout", &Shape::Duration, "The time for one attempt, from its first byte to its last."),
    Field::optional("connect-timeout", &Shape::Duration, "The time for the TCP handshake in it."),
    Field::optional("retries", &Shape::Whole(0, 10), "How often to try again what may pass."),
];

const WORKSPACE: &[Field] = &[
    Field::optional("scenarios", &Shape::Text, "The folder of scenario files, relative to this file."),
    Field::optional("connections", &Shape::Text, "The folder of connection files, one a connection."),
    Field::optional("fixtures", &Shape::Text, "The folder of fixture files for mocked runs."),
    Field::optional("apps", &Shape::Text, "The folder of the user's own app recipes."),
    Field::optional("run", &Shape::Map(RUN), "How runs are set up; the command line and the environment override it."),
];

const SHAPE: Shape = Shape::Map(WORKSPACE);

/// The JSON Schema of `tugtest.yaml`.
#[must_use]
pub fn schema() -> serde_json::Value {
    yaml::schema::document("tugtest workspace", &SHAPE)
}

/// The workspace that a path belongs to. Where there is no `tugtest.yaml`, the defaults below the current directory.
///
/// A value is always there: a broken file still says where the workspace is, and its valid settings hold.
#[must_use]
pub fn locate(start: &Path) -> Loaded<Workspace> {
    let standing = env::current_dir().unwrap_or_default();
    let Some(root) = marked(start, &standing) else {
        return Loaded { value: Some(defaults(standing)), diagnostics: Vec::new() };
    };
    let file = root.join(FILE);
    let shown = read::shown(&file, &standing);
    match read::read(&file, &shown) {
        Ok(text) => load(&text, &shown, &root),
        Err(diagnostic) => Loaded { value: Some(defaults(root)), diagnostics: vec![*diagnostic] },
    }
}

/// Whether a `tugtest.yaml` lies at or above a path.
#[must_use]
pub fn is_marked(start: &Path) -> bool {
    marked(start, &env::current_dir().unwrap_or_default()).is_some()
}

/// Whether a path is that of a `tugtest.yaml` that exists.
#[must_use]
pub fn is_workspace_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE) && path.is_file()
}

fn marked(start: &Path, standing: &Path) -> Option<PathBuf> {
    standing.join(start).ancestors().find(|folder| folder.join(FILE).is_file()).map(Path::to_path_buf)
}

/// Reads the text of a `tugtest.yaml` that lies in `root`.
#[must_use]
pub fn load(text: &str, file: &str, root: &Path) -> Loaded<Workspace> {
    let mut page = Page::new(text, file);
    let mut workspace = defaults(root.to_path_buf());
    // A file without a setting is a mark, which is what it is for.
    let marks = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    if let Some(tree) = if marks { None } else { page.parse() } {
        page.lint(&tree.root);
        page.check(&tree.root, &SHAPE, Name::words("the workspace"));
        let folders = [
            ("scenarios", &mut workspace.scenarios),
            ("connections", &mut workspace.connections),
            ("fixtures", &mut workspace.fixtures),
            ("apps", &mut workspace.apps),
        ];
        for (key, folder) in folders {
            if let Some(text) = tree.root.get(key).and_then(Node::text) {
                *folder = read::tidied(&root.join(text));
            }
        }
        if let Some(run) = tree.root.get("run") {
            workspace.run = settings(&mut page, run);
        }
    }
    page.finish(Some(workspace))
}

/// A workspace without `tugtest.yaml`.
#[must_use]
pub fn defaults(root: PathBuf) -> Workspace {
    let below = |name: &str| root.join(name);
    Workspace {
        scenarios: below("scenarios"),
        connections: below("connections"),
        fixtures: below("fixtures"),
        apps: below("apps"),
        run: RunSettings::default(),
        root,
    }
}

fn settings(page: &mut Page<'_>, run: &Node) -> RunSettings {
    let number = |key: &str| run.get(key)?.scalar()?.as_whole();
    let count = |key: &str| number(key).and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
    let mut time = |key: &str| -> Option<Duration> {
        let node = run.get(key)?;
        let time = yaml::duration(node.text()?)?;
        if time.is_zero() {
            let message = format!("`{key}` is no time at all");
            page.error(code::BAD_TIMEOUT, node.span, message, "give an attempt some time: 30s");
            return None;
        }
        Some(time)
    };
    RunSettings {
        timeout: time("timeout"),
        connect_timeout: time("connect-timeout"),
        jobs: count("jobs"),
        per_host: count("per-host"),
        retries: number("retries").and_then(|number| u32::try_from(number).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_relative_to_the_file() {
        let loaded = load(
            "connections: ../fixtures/connections\nrun: {jobs: 8, timeout: 2m}\n",
            FILE,
            Path::new("/w/scenarios"),
        );
        assert_eq!(loaded.diagnostics, []);
        let workspace = loaded.value.unwrap();
        assert_eq!(workspace.connections, Path::new("/w/fixtures/connections"));
        assert_eq!(workspace.fixtures, Path::new("/w/scenarios/fixtures"));
        assert_eq!((workspace.run.jobs, workspace.run.timeout), (Some(8), Some(Duration::from_secs(120))));
    }

    #[test]
    fn the_nearest_file_at_or_above_wins() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(folder.path().join(FILE), "apps: recipes\n").unwrap();
        std::fs::write(inner.join("x.yaml"), "").unwrap();
        assert_eq!(locate(&inner.join("x.yaml")).value.unwrap().apps, folder.path().join("recipes"));
        std::fs::write(inner.join(FILE), "# only a mark\n").unwrap();
        let loaded = locate(&inner.join("x.yaml"));
        assert_eq!(loaded.diagnostics, []);
        assert_eq!(loaded.value.unwrap().root, inner);
    }
}
