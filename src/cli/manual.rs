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
    clap_mangen::Man::new(command.clone()).render(&mut roff)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let name = format!("tugtest-{}", subcommand.get_name());
        clap_mangen::Man::new(subcommand.clone().name(name)).render(&mut roff)?;
    }
    Ok(roff)
}
