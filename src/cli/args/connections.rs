//! The options of `connections`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand, ValueEnum};

/// Options of `connections`.
#[derive(Debug, Args)]
pub struct ConnectionsOptions {
    /// What to do.
    #[command(subcommand)]
    pub command: ConnectionsCommand,

    /// Where the workspace is looked for.
    #[arg(long, global = true, value_name = "PATH", default_value = ".", env = "TUGTEST_WORKSPACE")]
    pub workspace: PathBuf,
}

/// What can be done with connections.
#[derive(Debug, Subcommand)]
pub enum ConnectionsCommand {
    /// List connections with their state, the scenarios that use them, and what was last found.
    List(ListOptions),
    /// Show one connection. Secrets are masked; fingerprints tell whether two are the same.
    Show(ShowOptions),
    /// Add a connection: asks field by field, or takes the fields from standard input, files or variables.
    Add(AddOptions),
    /// Change a connection's fields, label or secrets.
    Edit(EditOptions),
    /// Give a connection another name, in the scenarios that select it too.
    Rename(RenameOptions),
    /// Delete connections, after naming the scenarios that use them.
    Delete(DeleteOptions),
    /// Make a connection the one that is taken when several fit.
    Default(DefaultOptions),
    /// Add connections from another program's file.
    Import(ImportOptions),
    /// Print connections for another workspace: references as they are, secrets sealed.
    Export(ExportOptions),
    /// Seal every connection anew: the recipients have changed, or your identity.
    Rekey(RekeyOptions),
    /// Look for what is wrong or risky with the store.
    Doctor(DoctorOptions),
}

/// Options of `connections list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Only those of this app.
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,

    /// The form of the list.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

/// Options of `connections show`.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The connection.
    pub name: String,

    /// The form.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

/// Options of `connections add`.
#[derive(Debug, Args)]
pub struct AddOptions {
    /// The name of the new connection; asked for when it is left out.
    pub name: Option<String>,

    /// The app, as the catalogue names it.
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,

    /// The kind of authentication, where the app offers several.
    #[arg(long = "type", value_name = "TYPE")]
    pub scheme: Option<String>,

    /// Take this one when several fit and a step selects none.
    #[arg(long)]
    pub default: bool,

    /// What is given, and how.
    #[command(flatten)]
    pub given: GivenOptions,
}

/// Options of `connections edit`.
#[derive(Debug, Args)]
pub struct EditOptions {
    /// The connection.
    pub name: String,

    /// Take a field out. Repeatable.
    #[arg(long, value_name = "FIELD")]
    pub unset: Vec<String>,

    /// Use the sealed secrets although the file was changed: for another host, app or name than they were sealed for.
    #[arg(long)]
    pub rebind: bool,

    /// What is given, and how.
    #[command(flatten)]
    pub given: GivenOptions,
}

/// How fields come in. There is no option that takes a secret as its value.
#[derive(Debug, Args)]
pub struct SourceOptions {
    /// A name for people.
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,

    /// Read JSON from standard input: {"fields": {"NAME": "value", ...}}.
    #[arg(long)]
    pub stdin: bool,

    /// Take a field's value from an environment variable, now. Repeatable.
    #[arg(long, value_name = "FIELD=VARIABLE", value_parser = pair)]
    pub from_env: Vec<(String, String)>,

    /// Take a field's value from a file, now; one final line break is dropped. Repeatable.
    #[arg(long, value_name = "FIELD=PATH", value_parser = pair)]
    pub from_file: Vec<(String, String)>,
}

/// How fields come in, and what is done with them before they are saved.
#[derive(Debug, Args)]
pub struct GivenOptions {
    /// Where they come from.
    #[command(flatten)]
    pub sources: SourceOptions,

    /// Save it only if a live probe passes.
    #[arg(long, conflicts_with = "no_probe")]
    pub only_if_pass: bool,

    /// Do not probe, and do not ask whether to.
    #[arg(long)]
    pub no_probe: bool,

    /// Ask nothing: yes to every question.
    #[arg(long, env = "TUGTEST_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

/// Options of `connections rename`.
#[derive(Debug, Args)]
pub struct RenameOptions {
    /// The connection.
    pub old: String,

    /// Its new name.
    pub new: String,

    /// Do not ask.
    #[arg(long, env = "TUGTEST_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

/// Options of `connections delete`.
#[derive(Debug, Args)]
pub struct DeleteOptions {
    /// The connections.
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,

    /// Give OAuth 2.0 tokens back to their issuer first (RFC 7009). Where that fails, nothing is deleted.
    #[arg(long, env = "TUGTEST_REVOKE", value_parser = FalseyValueParser::new())]
    pub revoke: bool,

    /// Do not ask.
    #[arg(long, env = "TUGTEST_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

/// Options of `connections default`.
#[derive(Debug, Args)]
pub struct DefaultOptions {
    /// The connection.
    pub name: String,

    /// Make it an ordinary one again.
    #[arg(long)]
    pub unset: bool,
}

/// Options of `connections import`.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// The file; `-` is standard input.
    pub file: PathBuf,

    /// What it is; seen from its contents when left out.
    #[arg(long, value_enum, value_name = "FORM")]
    pub from: Option<ImportForm>,

    /// The app of entries that state none.
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,

    /// Replace connections that are there already.
    #[arg(long)]
    pub replace: bool,

    /// Do not ask.
    #[arg(long, env = "TUGTEST_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

/// Options of `connections export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// The connections; all of them when none is given.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Print secrets in clear. Only to a terminal.
    #[arg(long)]
    pub reveal: bool,
}

/// Options of `connections rekey`.
#[derive(Debug, Args)]
pub struct RekeyOptions {
    /// Add a recipient first: a public key, age1... or an SSH one. Repeatable.
    #[arg(long, value_name = "KEY")]
    pub add: Vec<String>,

    /// Whose the added key is.
    #[arg(long, value_name = "OWNER", requires = "add")]
    pub owner: Option<String>,

    /// Remove a recipient first: its owner, or the beginning of its key. Repeatable.
    #[arg(long, value_name = "OWNER-OR-KEY")]
    pub remove: Vec<String>,

    /// Make a new identity for yourself, and give the old one up.
    #[arg(long)]
    pub new_identity: bool,

    /// Do not ask.
    #[arg(long, env = "TUGTEST_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

/// Options of `connections doctor`.
#[derive(Debug, Args)]
pub struct DoctorOptions {
    /// The form of the findings.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Human)]
    pub format: ListFormat,

    /// Warnings fail too.
    #[arg(long, env = "TUGTEST_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,
}

/// The forms of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// The files that connections can be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportForm {
    /// `NAME=value` lines.
    Dotenv,
    /// What `connections export` prints.
    Json,
    /// Airflow's connections: JSON or URIs.
    Airflow,
    /// Older exports of MESA's credentials.
    Mesa,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, from)) if !field.is_empty() && !from.is_empty() => Ok((field.to_owned(), from.to_owned())),
        // Not quoted: somebody may have given the secret itself.
        _ => Err("expected FIELD=WHERE".to_owned()),
    }
}
