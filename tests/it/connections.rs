//! `tugtest connections`, as people and scripts use it.

mod add;
mod crash;
mod disk;
mod edit;
mod interop;
mod manage;
mod secrets;
mod share;
mod team;

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::cli::workspace::{Ended, Workspace};

/// A secret that must never be seen.
pub(crate) const CANARY: &str = "pk_canary_canary_canary_canary_1";
/// Another one.
pub(crate) const OTHER: &str = "pk_canary_other_canary_canary_22";

/// A workspace and the configuration of one user.
pub(crate) struct Store {
    pub(crate) workspace: Workspace,
    /// The folder of the user's configuration, in the workspace's folder.
    user: &'static str,
}

impl Store {
    /// An empty workspace and a user without an identity.
    pub(crate) fn new() -> Store {
        Store { workspace: Workspace::new(), user: "home" }
    }

    /// The same with a sealed connection `eu` of the app `klaviyo`.
    pub(crate) fn with_one() -> Store {
        let store = Store::new();
        store.add("eu", CANARY).ends_with(0);
        store
    }

    /// The same workspace in the hands of somebody else.
    pub(crate) fn other_user(self, user: &'static str) -> Store {
        Store { user, ..self }
    }

    /// The tool, ready to run here with these words.
    pub(crate) fn tool(&self, words: &str) -> Command {
        let mut tool = self.workspace.tool(words);
        let home = self.workspace.path(self.user);
        tool.env("HOME", &home).env("XDG_CONFIG_HOME", home.join("config")).env("USER", self.user);
        tool
    }

    pub(crate) fn run(&self, words: &str) -> Ended {
        crate::cli::workspace::run(&mut self.tool(words))
    }

    /// Runs the tool with this text on its standard input.
    pub(crate) fn feed(&self, words: &str, text: &str) -> Ended {
        feed(&mut self.tool(words), text.as_bytes())
    }

    pub(crate) fn add(&self, name: &str, key: &str) -> Ended {
        let fields = serde_json::json!({"fields": {"api_key": key}});
        self.feed(&format!("connections add {name} --app klaviyo --stdin --no-probe"), &fields.to_string())
    }

    /// The text of a connection file.
    pub(crate) fn file(&self, name: &str) -> String {
        self.workspace.read(&format!("connections/{name}.yaml"))
    }

    /// The secret field of a connection, opened by the identity of this user.
    pub(crate) fn key(&self, name: &str) -> Option<String> {
        let ended = self.run(&format!("connections show {name} --format json"));
        if ended.code != 0 {
            return None;
        }
        ended.json()["fields"]["api_key"]["fingerprint"].as_str().map(str::to_owned)
    }
}

/// Runs a command with this text on its standard input.
pub(crate) fn feed(command: &mut Command, text: &[u8]) -> Ended {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A tool that complains at once reads nothing.
    let _ = stdin.write_all(text);
    drop(stdin);
    let output = child.wait_with_output().expect("the tool ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the tool prints text");
    Ended {
        code: output.status.code().expect("the tool ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
