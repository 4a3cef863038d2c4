//! A workspace in a temporary folder, and the tool run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// A workspace for one test.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// How a run of the tool ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The JSON report on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The steps of the JSON report, of all scenarios one after the other.
    pub(crate) fn steps(&self) -> Vec<Value> {
        let report = self.json();
        let scenarios = report["scenarios"].as_array().expect("a list of scenarios");
        scenarios.iter().flat_map(|scenario| scenario["steps"].as_array().expect("a list of steps").clone()).collect()
    }

    /// The only step of the JSON report.
    pub(crate) fn step(&self) -> Value {
        let mut steps = self.steps();
        assert_eq!(steps.len(), 1, "{}", self.stdout);
        steps.remove(0)
    }

    /// The cause of each step, `pass` for those that have none.
    pub(crate) fn causes(&self) -> Vec<String> {
        self.steps().iter().map(|step| step["cause"].as_str().unwrap_or("pass").to_owned()).collect()
    }

    /// Panics with everything that was printed if the code is another.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }
}

impl Workspace {
    /// A folder that `tugtest.yaml` marks.
    pub(crate) fn new() -> Workspace {
        let workspace = Workspace::unmarked();
        workspace.write("tugtest.yaml", "# a workspace\n");
        fs::create_dir(workspace.path("scenarios")).expect("a new folder");
        workspace
    }

    /// A folder with nothing in it.
    pub(crate) fn unmarked() -> Workspace {
        Workspace { folder: TempDir::new().expect("a temporary folder") }
    }

    /// A workspace with two fixtures for connections of the app `http` (`accepted`, `refused`) and a connection `api`.
    pub(crate) fn mocked() -> Workspace {
        Workspace::new()
            .with("connections/api.yaml", &api("https://api.example.com", ""))
            .with("fixtures/accepted.yaml", &fixture(200))
            .with("fixtures/refused.yaml", &fixture(401))
            .with("fixtures/down.yaml", &fixture(503))
    }

    /// The same with this file in it.
    pub(crate) fn with(self, path: &str, text: &str) -> Workspace {
        self.write(path, text);
        self
    }

    /// The same with a scenario of these steps, each a YAML mapping in braces.
    pub(crate) fn with_steps<'s>(self, name: &str, steps: impl IntoIterator<Item = &'s str>) -> Workspace {
        self.with(&format!("scenarios/{name}.yaml"), &scenario(name, steps))
    }

    /// Writes a file, and the folders that it lies in.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder for the file");
        fs::write(path, text).expect("a file");
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The place of a file.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The tool, ready to run here with these words.
    pub(crate) fn tool(&self, words: &str) -> Command {
        let mut tool = tool();
        tool.args(words.split_whitespace()).current_dir(self.root());
        tool
    }

    /// Runs the tool here with these words.
    pub(crate) fn run(&self, words: &str) -> Ended {
        run(&mut self.tool(words))
    }
}

/// The tool, in an environment without a setting of ours or of colours.
pub(crate) fn tool() -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_tugtest"));
    let ours =
        |name: &str| name.starts_with("TUGTEST_") || ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"].contains(&name);
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| ours(name)) {
        tool.env_remove(name);
    }
    tool.env("CANARY_API_KEY", KEY);
    tool
}

/// Runs a command that ends by itself.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.stdin(std::process::Stdio::null()).output().expect("the tool starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the tool prints text");
    Ended {
        code: output.status.code().expect("the tool ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// The key behind `CANARY_API_KEY`.
pub(crate) const KEY: &str = "canary-api-key-0001";

/// A connection of the app `http` with further lines.
pub(crate) fn api(base_url: &str, more: &str) -> String {
    format!(
        "app: http\ntype: api-key\n{more}fields:\n  base_url: {base_url}\n  place: {{header: X-Api-Key}}\n  api_key: {{env: CANARY_API_KEY}}\n"
    )
}

/// A scenario of these steps.
pub(crate) fn scenario<'s>(workflow: &str, steps: impl IntoIterator<Item = &'s str>) -> String {
    let mut text = format!("workflow: {workflow}\nsteps:\n");
    for step in steps {
        text.extend(["  - ", step, "\n"]);
    }
    text
}

/// A recipe of the user's own, `apps/canary.yaml`: what `probe` asks, too.
pub(crate) const RECIPE: &str = "app: canary
title: Canary
types:
  api-key:
    fields: {api_key: {label: Key}}
    base_url: https://api.canary.example
    place: {header: X-Api-Key}
    http: {request: GET /me, accept: {status: 200}}
";

/// What a step of the app `http` asks in these tests.
pub(crate) const ASK: &str = "probe: {http: {request: GET /me, accept: {status: 200}}}";

/// A step of the app `http` with further fields.
pub(crate) fn step(name: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    format!("{{name: {name}, app: http, {ASK}{comma}{more}}}")
}

fn fixture(status: u16) -> String {
    format!("http:\n  - request: {{method: GET, path: /me}}\n    response: {{status: {status}, json: {{}}}}\n")
}

/// A JSON Schema that the tool prints, compiled.
pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let printed = run(tool().args(["schema", name])).ends_with(0);
    jsonschema::validator_for(&printed.json()).unwrap_or_else(|error| panic!("the schema of {name}: {error}"))
}

/// The schema of reports, compiled once.
pub(crate) static REPORT: LazyLock<jsonschema::Validator> = LazyLock::new(|| schema("report"));
