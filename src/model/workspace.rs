//! Workspaces: where scenarios, connections, fixtures and recipes are kept, and how runs are set up.

use std::path::PathBuf;
use std::time::Duration;

/// A workspace, every path absolute or relative to the current directory.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Where `tugtest.yaml` is, or would be.
    pub root: PathBuf,
    /// Scenario files.
    pub scenarios: PathBuf,
    /// Connection files.
    pub connections: PathBuf,
    /// Fixture files.
    pub fixtures: PathBuf,
    /// The user's own app recipes.
    pub apps: PathBuf,
    /// How runs are set up.
    pub run: RunSettings,
}

/// Settings of a run, from `tugtest.yaml`; the command line and the environment override them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunSettings {
    /// How many probes at once.
    pub jobs: Option<usize>,
    /// How many probes at once for one host and port.
    pub per_host: Option<usize>,
    /// The time for one attempt, from its first byte to its last.
    pub timeout: Option<Duration>,
    /// The time for the TCP handshake in it.
    pub connect_timeout: Option<Duration>,
    /// How often to try again what may pass.
    pub retries: Option<u32>,
}
