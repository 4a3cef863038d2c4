//! The options of `connect`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use super::connections::SourceOptions;

/// Options of `connect`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own on the command line")]
pub struct ConnectOptions {
    /// The app, as the catalogue names it; `http` is any. Or a connection that is there, to be given new tokens.
    pub app: String,

    /// The name of the connection [default: the app's]. One that is there already gets new tokens and keeps the rest.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// The kind of authentication, where the app offers several that a person grants: oauth2 or oauth1.
    #[arg(long = "type", value_name = "TYPE")]
    pub scheme: Option<String>,

    /// Show a code to be entered on another device, for machines without a browser.
    #[arg(long, env = "TUGTEST_DEVICE", value_parser = FalseyValueParser::new())]
    pub device: bool,

    /// Listen on this port, where the app wants a registered redirect address [default: any that is free].
    #[arg(long, value_name = "N", env = "TUGTEST_CALLBACK_PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// The host of the redirect address, as it is registered at the app.
    #[arg(long, value_enum, value_name = "HOST", default_value_t = RedirectHost::Address, env = "TUGTEST_CALLBACK_HOST")]
    pub redirect: RedirectHost,

    /// Only print the address of the page, and open no browser.
    #[arg(long, env = "TUGTEST_NO_BROWSER", value_parser = FalseyValueParser::new())]
    pub no_browser: bool,

    /// Listen for nothing: the page shows a PIN, which you type (OAuth 1.0a).
    #[arg(long, env = "TUGTEST_NO_LISTEN", value_parser = FalseyValueParser::new(), conflicts_with_all = ["device", "port"])]
    pub no_listen: bool,

    /// A scope to ask for; the recipe's when none is given. Repeatable.
    #[arg(long = "scope", value_name = "SCOPE", env = "TUGTEST_SCOPE", value_delimiter = ',')]
    pub scopes: Vec<String>,

    /// How long to wait for you, such as `5m` or `90s`.
    #[arg(long, value_name = "TIME", env = "TUGTEST_CONSENT_TIMEOUT", default_value = "5m", value_parser = super::parse_time)]
    pub timeout: Duration,

    /// Where the client and other fields come from.
    #[command(flatten)]
    pub sources: SourceOptions,

    /// Take this one when several fit and a step selects none.
    #[arg(long)]
    pub default: bool,

    /// Do not probe it afterwards.
    #[arg(long)]
    pub no_probe: bool,

    /// Ask nothing: yes to every question.
    #[arg(long, env = "TUGTEST_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,

    /// Where the workspace is looked for.
    #[arg(long, value_name = "PATH", default_value = ".", env = "TUGTEST_WORKSPACE")]
    pub workspace: PathBuf,
}

/// The hosts that a redirect address on this machine may have (RFC 8252 section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RedirectHost {
    /// The address itself.
    #[value(name = "127.0.0.1")]
    Address,
    /// The name, which some apps insist on.
    Localhost,
}
