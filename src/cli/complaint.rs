//! Why a command did not do its work, for whoever called it.

use std::io;
use std::path::Path;

use super::exit::Exit;
use crate::model::verdict::Judgement;
use crate::report::escape::escape;
use crate::report::sink::reason;
use crate::vault::store::{NotLocked, NotWritten};

/// A message, a way out, and the exit code. Its texts are not escaped yet.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) exit: Exit,
}

impl Complaint {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Complaint { message: message.into(), help: Some(help.into()), exit: Exit::Invalid }
    }

    /// Nothing was done because somebody said no.
    pub(super) fn declined() -> Self {
        Complaint { message: "nothing was changed".to_owned(), help: None, exit: Exit::Invalid }
    }

    /// A question had to be asked, and there is nobody to answer.
    pub(super) fn nobody(question: &str) -> Self {
        let help = "run it in a terminal, or say --yes";
        Complaint::new(format!("{question} There is no terminal to ask at, so nothing was changed"), help)
    }

    pub(super) fn judged(judgement: &Judgement) -> Self {
        let message = judgement.message.trim_end_matches('.').to_owned();
        Complaint { message, help: judgement.remedy.clone(), exit: Exit::Invalid }
    }

    /// A file was not written; what was there is as it was.
    pub(super) fn not_written(shown: &str, refused: &NotWritten) -> Self {
        match refused {
            NotWritten::Link => Complaint::new(
                format!("{shown} is a link, and is not written through"),
                "remove the link, or go to the workspace that it leads to",
            ),
            NotWritten::Exists => {
                Complaint::new(format!("{shown} exists already"), "choose another name, or edit that one")
            }
            NotWritten::NoFile => {
                Complaint::new(format!("something that is no file stands at {shown}"), "move it away")
            }
            NotWritten::Failed(error) => Complaint::failed(shown, error),
            NotWritten::Unconfirmed(error) => Complaint {
                message: format!("{shown} was changed, but the disk did not confirm it: {}", reason(error)),
                help: Some("look at the disk, and at the file after the next start of this machine".to_owned()),
                exit: Exit::Report,
            },
        }
    }

    fn failed(shown: &str, error: &io::Error) -> Self {
        let message = format!("{shown} was not written: {}", reason(error));
        Complaint { message, help: Some("what was there before is as it was".to_owned()), exit: Exit::Report }
    }

    pub(super) fn not_locked(folder: &Path, refused: &NotLocked) -> Self {
        let shown = folder.display();
        match refused {
            NotLocked::Busy => Complaint::new(
                format!("somebody else is writing to {shown}"),
                "wait until it has finished, and try again",
            ),
            NotLocked::Failed(error) => Complaint::failed(&format!("the lock in {shown}"), error),
        }
    }

    /// As it is shown.
    pub(super) fn shown(&self) -> String {
        let help = self.help.as_ref().map(|help| format!("\n  = help: {}", escape(help)));
        format!("error: {}{}", escape(&self.message), help.unwrap_or_default())
    }
}
