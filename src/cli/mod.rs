//! Floor 4: the command line. One file a subcommand, one option table, one list of exit codes.

pub mod args;
mod ask;
mod check;
mod complaint;
mod connect;
mod connections;
mod console;
pub mod exit;
mod explain;
mod init;
mod list;
mod load;
mod manual;
mod memory;
mod pick;
mod probe;
mod run;
mod schema;
mod session;
mod signals;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::FromArgMatches;

use self::args::{Cli, Colour, Command};
use self::exit::Exit;

/// Runs the program and gives its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    install_panic_hook();
    leave_no_core();
    let parsed = args::command().try_get_matches_from(arguments);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(refusal) => return usage(&refusal),
    };
    ExitCode::from(dispatch(cli) as u8)
}

fn dispatch(cli: Cli) -> Exit {
    let colour = cli.color;
    match cli.command {
        Command::Run(options) => run::run(&options, colour),
        Command::Probe(options) => probe::probe(&options, colour),
        Command::Check(options) => check::check(&options, colour),
        Command::Connections(options) => connections::connections(&options, colour),
        Command::Connect(options) => connect::connect(&options, colour),
        Command::Init(options) => init::init(&options),
        Command::Explain(options) => explain::explain(options.cause.as_deref()),
        Command::Schema(options) => schema::schema(options.name),
        Command::Completions { shell } => console::print(&manual::completions(shell)),
        Command::Man => manual::page().map_or(Exit::Report, |page| console::print(&page)),
    }
}

/// Help and version are results; everything else that clap has to say is a usage error, exit code 2.
fn usage(refusal: &clap::Error) -> ExitCode {
    // A closed pipe is no reason to complain.
    let _ = refusal.print();
    ExitCode::from(if refusal.use_stderr() { Exit::Invalid } else { Exit::Met } as u8)
}

/// A panic is a bug of ours. Its message may quote anything, so only its place is shown.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        console::complain(&format!("tugtest: a bug{place}; please report it with the command and `tugtest --version`"));
    }));
}

/// A core dump would hold every secret of the run: none is written, and no other process of the user reads this one's memory.
fn leave_no_core() {
    #[cfg(unix)]
    {
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        // Best effort: where the system refuses, it writes none for us either, or there is nothing that we could do.
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Whether to colour a stream.
fn coloured(colour: Colour, stream: &impl IsTerminal) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}
