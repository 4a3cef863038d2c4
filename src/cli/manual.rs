//! `completions` and `man`: both made from the option table.

use clap::CommandFactory;

use super::args::Cli;

/// Completions for a shell.
#[must_use]
pub(super) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tugtest", &mut script);
    script
}

/// The manual page in roff, one section a subcommand.
///
/// # Errors
/// Only what writing to memory can bring.
pub(super) fn page() -> std::io::Result<Vec<u8>> {
    let mut roff = Vec::new();
    let mut command = Cli::command();
    command.build();
    render(&command, "tugtest", &mut roff)?;
    Ok(roff)
}

/// A command, then those below it, each under its whole name.
fn render(command: &clap::Command, name: &str, roff: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone().name(name.to_owned())).render(roff)?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        render(below, &format!("{name}-{}", below.get_name()), roff)?;
    }
    Ok(())
}
