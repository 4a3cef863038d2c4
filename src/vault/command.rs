//! Secrets from a program's standard output: password managers speak this.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::model::secret::Secret;
use crate::model::verdict::Judgement;

use super::unavailable;
use super::value::{LIMIT, without_final_line_break};

/// How long a program may take: a password manager may have to ask somebody.
const BUDGET: Duration = Duration::from_secs(30);

/// Runs the program without a shell and takes what it prints. Its standard error is not read: it may hold anything.
pub(super) async fn run(field: &str, argv: &[Box<str>]) -> Result<Secret, Judgement> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(unavailable(format!("`{field}` names an empty command."), "Name a program.".to_owned()));
    };
    let refuse = |what: String, way_out: &str| {
        unavailable(format!("`{field}` comes from the command `{program}`, {what}."), way_out.to_owned())
    };
    let child = Command::new(&**program)
        .args(arguments.iter().map(|argument| &**argument))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child =
        child.map_err(|_| refuse("which cannot be started".to_owned(), "Install it, or correct its name."))?;
    let finished = tokio::time::timeout(BUDGET, async {
        let mut printed = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            // One byte more than allowed shows that there is too much.
            let _ = stdout.take(LIMIT as u64 + 1).read_to_end(&mut printed).await;
        }
        (child.wait().await, printed)
    });
    match finished.await {
        Err(_) => {
            let what = format!("which did not end within {} s", BUDGET.as_secs());
            Err(refuse(what, "Unlock the password manager first, or use another reference."))
        }
        Ok((Ok(status), printed)) if status.success() && printed.len() <= LIMIT => {
            Ok(Secret::new(without_final_line_break(printed)))
        }
        Ok((Ok(status), printed)) if status.success() => Err(refuse(
            format!("which printed more than {} bytes", printed.len() - 1),
            "It should print the secret alone.",
        )),
        Ok((Ok(status), _)) => {
            let how = status
                .code()
                .map_or_else(|| "was ended by a signal".to_owned(), |code| format!("failed with exit code {code}"));
            Err(refuse(format!("which {how}"), "Run it by hand to see why."))
        }
        Ok((Err(_), _)) => Err(refuse("which could not be waited for".to_owned(), "Run it by hand to see why.")),
    }
}
