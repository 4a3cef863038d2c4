//! A workspace with connections and one scenario, and the built tool run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::scanner::{Wanted, scan};

/// A workspace that is being filled.
pub(crate) struct Shop {
    folder: TempDir,
    steps: Vec<Value>,
    secrets: usize,
}

/// What a run left behind.
pub(crate) struct Left {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Every file in the workspace that the test did not write.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Shop {
    pub(crate) fn new() -> Shop {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["connections", "scenarios", "fixtures", "secrets", "out"] {
            fs::create_dir(folder.path().join(name)).expect("a folder in it");
        }
        let shop = Shop { folder, steps: Vec::new(), secrets: 0 };
        shop.write("tugtest.yaml", "");
        shop
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(path), text).expect("a file");
    }

    /// A reference to a new file that holds this secret.
    pub(crate) fn secret(&mut self, value: impl AsRef<[u8]>) -> Value {
        self.secrets += 1;
        let path = format!("secrets/{}", self.secrets);
        // One line break at the end is not part of it.
        self.write(&path, [value.as_ref(), b"\n"].concat());
        json!({ "file": path })
    }

    /// A connection, and a step that selects it. Returns its name.
    pub(crate) fn step(&mut self, app: &str, scheme: &str, fields: &Value, probe: Option<Value>) -> String {
        let name = format!("c{:04}", self.steps.len());
        let connection = json!({"app": app, "type": scheme, "fields": fields});
        self.write(&format!("connections/{name}.yaml"), connection.to_string());
        let mut step = json!({"name": format!("Step {name}"), "app": app, "connection": &name});
        if let Some(probe) = probe {
            step["probe"] = probe;
        }
        self.steps.push(step);
        name
    }

    /// Runs the tool live, every log switched on, with these further options.
    pub(crate) fn run(&self, options: &[&str]) -> Left {
        self.plan();
        let usual = ["run", "--live", "--retries", "0", "--jobs", "64", "--per-host", "64", "--no-progress"];
        self.tool(&[&usual, options].concat())
    }

    /// Writes the scenarios.
    pub(crate) fn plan(&self) {
        // No file may be too complex.
        for (number, steps) in self.steps.chunks(200).enumerate() {
            let scenario = json!({"workflow": format!("Part {number}"), "steps": steps});
            self.write(&format!("scenarios/{number:02}.yaml"), scenario.to_string());
        }
    }

    /// Runs the tool here.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Left {
        self.tool_within(arguments, &[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn tool_within(&self, arguments: &[&str], variables: &[(&str, String)]) -> Left {
        let mut tool = tool();
        tool.envs(variables.iter().map(|(name, value)| (name, value)));
        let Output { status, stdout, stderr } =
            tool.args(arguments).current_dir(self.path()).output().expect("the tool starts");
        let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
        Left { code: status.code(), stdout: text(stdout), stderr: text(stderr), files: self.files() }
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let walk =
            walkdir::WalkDir::new(self.path()).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
        let kept = walk.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
        let name = |path: &PathBuf| path.strip_prefix(self.path()).expect("it is in there").display().to_string();
        kept.map(|path| (name(&path), fs::read(&path).expect("readable")))
            .filter(|(name, _)| {
                !["secrets/", "connections/", "scenarios/"].iter().any(|folder| name.starts_with(folder))
            })
            .collect()
    }
}

/// The tool with every log that a library may have switched on, and nothing of the tests' own environment.
pub(crate) fn tool() -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_tugtest"));
    tool.env_clear().envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full"), ("SSLKEYLOGFILE", "out/keys")]);
    tool.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    tool
}

impl Left {
    /// Where a secret is in anything that was written, names of files included.
    pub(crate) fn leaks(&self, secrets: &[Wanted]) -> Vec<String> {
        let mut found = scan("stdout", self.stdout.as_bytes(), secrets);
        found.extend(scan("stderr", self.stderr.as_bytes(), secrets));
        for (name, bytes) in &self.files {
            found.extend(scan(name, bytes, secrets));
            found.extend(scan("a file's name", name.as_bytes(), secrets));
        }
        found
    }

    /// The steps of a JSON report on standard output.
    pub(crate) fn steps(&self) -> Vec<Value> {
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|_| panic!("no JSON report, but {}{}", self.stdout, self.stderr));
        let scenarios = report["scenarios"].as_array().expect("scenarios").iter();
        scenarios.flat_map(|scenario| scenario["steps"].as_array().expect("steps").clone()).collect()
    }

    /// Verdict and cause of each step: `pass`, or the cause.
    pub(crate) fn causes(&self) -> Vec<String> {
        self.steps().iter().map(|step| step["cause"].as_str().unwrap_or("pass").to_owned()).collect()
    }
}
