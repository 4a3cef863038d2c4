//! The option table: the one source of help, completions and the man page. Every option has a twin in the environment.

pub mod connect;
pub mod connections;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{FalseyValueParser, Resettable};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::runner::Override;

/// Tests the connections that automation workflows depend on.
///
/// Runs scenarios against doubles on loopback, or live against the real servers, and reports for each step whether its connection
/// works, why not, and what to do.
#[derive(Debug, Parser)]
#[command(
    name = "tugtest",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 all met, 1 unmet, 2 usage or invalid file, \
3 only inconclusive, 4 nothing tested, 5 report not written or withheld, 70 a bug in tugtest, 130/143 interrupted."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, env = "TUGTEST_COLOR", value_name = "WHEN")]
    pub color: Colour,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios: against doubles, unless --live is given.
    Run(Box<RunOptions>),
    /// Test saved connections live, without a scenario.
    Probe(Box<ProbeOptions>),
    /// Find every mistake in scenario, connection, fixture and app files. Opens no socket.
    Check(CheckOptions),
    /// Keep connections: add, select, edit, delete, share and rotate them.
    Connections(Box<connections::ConnectionsOptions>),
    /// Connect with an app: a person grants access in the browser, and the connection is sealed and probed.
    Connect(Box<connect::ConnectOptions>),
    /// Make a workspace: its folders, a scenario to start from, and an identity that opens sealed connections.
    Init(InitOptions),
    /// Say what a cause means, how it is recognised and how to mend it.
    Explain(ExplainOptions),
    /// Print the JSON Schema of a kind of file, or of the report.
    Schema(SchemaOptions),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff).
    Man,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Scenario files or folders; the workspace's when none is given.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Probe the real servers instead of doubles.
    #[arg(long, env = "TUGTEST_LIVE", value_parser = FalseyValueParser::new())]
    pub live: bool,

    /// Use this connection for a step's key, or for every step of an app. Repeatable.
    #[arg(long = "connection", value_name = "STEP-OR-APP=NAME", value_parser = parse_override, env = "TUGTEST_CONNECTION", value_delimiter = ',')]
    pub connections: Vec<Override>,

    /// Only what matches: a file, a workflow or a step name. `*` matches anything.
    #[arg(long, value_name = "GLOB", env = "TUGTEST_FILTER")]
    pub filter: Option<String>,

    /// Only scenarios with this tag. Repeatable: one of them is enough.
    #[arg(long = "tag", value_name = "TAG", env = "TUGTEST_TAG", value_delimiter = ',')]
    pub tags: Vec<String>,

    /// Print the steps with their connections and states, and probe nothing.
    #[arg(long, env = "TUGTEST_LIST", value_parser = FalseyValueParser::new())]
    pub list: bool,

    /// How to run and report.
    #[command(flatten)]
    pub execution: ExecutionOptions,
}

/// Options of `probe`.
#[derive(Debug, Args)]
pub struct ProbeOptions {
    /// Names of connections.
    #[arg(value_name = "NAME", required_unless_present = "all")]
    pub names: Vec<String>,

    /// All connections of the workspace.
    #[arg(long, conflicts_with = "names", env = "TUGTEST_ALL", value_parser = FalseyValueParser::new())]
    pub all: bool,

    /// Where the workspace is looked for.
    #[arg(long, value_name = "PATH", default_value = ".", env = "TUGTEST_WORKSPACE")]
    pub workspace: PathBuf,

    /// How to run and report.
    #[command(flatten)]
    pub execution: ExecutionOptions,
}

/// How probes are carried out and reported.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own on the command line")]
pub struct ExecutionOptions {
    /// Probes at once [default: 32].
    #[arg(long, value_name = "N", env = "TUGTEST_JOBS", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub jobs: Option<u16>,

    /// Probes at once for one host and port [default: 4].
    #[arg(long, value_name = "N", env = "TUGTEST_PER_HOST", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub per_host: Option<u16>,

    /// Time for one attempt, such as `30s` or `500ms` [default: 30s].
    #[arg(long, value_name = "TIME", env = "TUGTEST_TIMEOUT", value_parser = parse_time)]
    pub timeout: Option<Duration>,

    /// Time for the TCP handshake in it [default: 5s].
    #[arg(long, value_name = "TIME", env = "TUGTEST_CONNECT_TIMEOUT", value_parser = parse_time)]
    pub connect_timeout: Option<Duration>,

    /// Further attempts after transport failures and rate limits; refusals are never retried [default: 1].
    #[arg(long, value_name = "N", env = "TUGTEST_RETRIES", value_parser = clap::value_parser!(u32).range(0..=10))]
    pub retries: Option<u32>,

    /// Stop at the first step that is unmet.
    #[arg(long, env = "TUGTEST_FAIL_FAST", value_parser = FalseyValueParser::new())]
    pub fail_fast: bool,

    /// Warnings fail, and untested steps are unmet.
    #[arg(long, env = "TUGTEST_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,

    /// Refresh OAuth tokens that have expired, and store the new ones. A connection can forbid it, or allow it always.
    #[arg(long, env = "TUGTEST_ALLOW_REFRESH", value_parser = FalseyValueParser::new())]
    pub allow_refresh: bool,

    /// The form of the report on standard output.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Human, env = "TUGTEST_FORMAT")]
    pub format: ReportFormat,

    /// Write a report to a file: FILE in the form of --format, or FORMAT=FILE. Repeatable.
    #[arg(long = "output", value_name = "[FORMAT=]FILE", env = "TUGTEST_OUTPUT", value_delimiter = ',')]
    pub outputs: Vec<String>,

    /// Show the scrubbed transcript of every step.
    #[arg(long, env = "TUGTEST_TRACE", value_parser = FalseyValueParser::new())]
    pub trace: bool,

    /// No progress display.
    #[arg(long, env = "TUGTEST_NO_PROGRESS", value_parser = FalseyValueParser::new())]
    pub no_progress: bool,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Files or folders; the workspace's when none is given.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The form of the findings.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = CheckFormat::Human, env = "TUGTEST_CHECK_FORMAT")]
    pub format: CheckFormat,

    /// Warnings fail too.
    #[arg(long, env = "TUGTEST_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitOptions {
    /// The folder of the workspace.
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// The code of a cause, as reports give it; all of them are listed when none is given.
    #[arg(value_name = "CAUSE")]
    pub cause: Option<String>,
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaOptions {
    /// The kind of file.
    #[arg(value_enum)]
    pub name: SchemaName,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Human,
    /// One JSON document, version 1.
    Json,
    /// One JSON object a step, as each finishes.
    Jsonl,
    /// `JUnit` XML.
    Junit,
}

/// The forms of what `check` finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// What a schema can be had of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// A scenario file.
    Scenario,
    /// A connection file.
    Connection,
    /// A fixture file.
    Fixture,
    /// An app recipe.
    App,
    /// `tugtest.yaml`.
    Workspace,
    /// The JSON report.
    Report,
}

/// The option table for a run of the program: an empty variable is no setting, since pipelines set variables for inputs that nobody gave.
#[must_use]
pub fn command() -> clap::Command {
    without_empty_twins(Cli::command())
}

fn without_empty_twins(command: clap::Command) -> clap::Command {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let command = command
        .mut_args(|option| if option.get_env().is_some_and(is_empty) { option.env(Resettable::Reset) } else { option });
    command.mut_subcommands(without_empty_twins)
}

fn parse_override(text: &str) -> Result<Override, String> {
    match text.split_once('=') {
        Some((target, connection)) if !target.is_empty() && !connection.is_empty() => {
            Ok(Override { target: target.to_owned(), connection: connection.to_owned() })
        }
        _ => Err("expected STEP-OR-APP=NAME, such as klaviyo=klaviyo-eu".to_owned()),
    }
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let time = crate::yaml::duration(text).ok_or("expected a time such as 30s, 500ms or 2m")?;
    if time.is_zero() { Err("that is no time at all; give an attempt some: 30s".to_owned()) } else { Ok(time) }
}
