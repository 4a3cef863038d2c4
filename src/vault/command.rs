//! Secrets from a program's standard output: password managers and keychains speak this.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::model::secret::Secret;
use crate::model::verdict::Judgement;

use super::unavailable;
use super::value::{LIMIT, without_final_line_break};

/// How long a program may take: a password manager may have to ask somebody.
const BUDGET: Duration = Duration::from_secs(30);

/// What a program printed, or what came in the way: as the end of a sentence, and what to do.
pub(super) type Printed = Result<Zeroizing<Vec<u8>>, (String, &'static str)>;

/// Fetches a field's value from a program. `withheld` are variables that it does not get to see.
pub(super) async fn run(field: &str, argv: &[Box<str>], withheld: &[Box<str>]) -> Result<Secret, Judgement> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(unavailable(format!("`{field}` names an empty command."), "Name a program.".to_owned()));
    };
    match output(program, arguments, withheld).await {
        Ok(printed) => Ok(Secret::new(without_final_line_break(&printed))),
        Err((what, way_out)) => {
            let message = format!("`{field}` comes from the command `{program}`, which {what}.");
            Err(unavailable(message, way_out.to_owned()))
        }
    }
}

/// Runs a program without a shell and takes what it prints. Its standard error is not read: it may hold anything.
pub(super) async fn output(program: &str, arguments: &[Box<str>], withheld: &[Box<str>]) -> Printed {
    let mut command = Command::new(program);
    command.args(arguments.iter().map(|argument| &**argument));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    for variable in withheld {
        command.env_remove(&**variable);
    }
    let mut child =
        command.spawn().map_err(|_| ("cannot be started".to_owned(), "Install it, or correct its name."))?;
    let finished = tokio::time::timeout(BUDGET, async {
        // Room for the most from the beginning: a buffer that grows leaves copies behind.
        let mut printed = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
        if let Some(stdout) = child.stdout.take() {
            // One byte more than allowed shows that there is too much.
            let _ = stdout.take(LIMIT as u64 + 1).read_to_end(&mut printed).await;
        }
        (child.wait().await, printed)
    });
    match finished.await {
        Err(_) => {
            let what = format!("did not end within {} s", BUDGET.as_secs());
            Err((what, "Unlock the password manager first, or use another reference."))
        }
        Ok((Ok(status), printed)) if status.success() && printed.len() <= LIMIT => Ok(printed),
        Ok((Ok(status), printed)) if status.success() => {
            Err((format!("printed more than {} bytes", printed.len() - 1), "It should print the secret alone."))
        }
        Ok((Ok(status), _)) => {
            let how = status
                .code()
                .map_or_else(|| "was ended by a signal".to_owned(), |code| format!("failed with exit code {code}"));
            Err((how, "Run it by hand to see why."))
        }
        Ok((Err(_), _)) => Err(("could not be waited for".to_owned(), "Run it by hand to see why.")),
    }
}
