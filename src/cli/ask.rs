//! Questions to a person at a terminal. Everything is asked on standard error, so that standard output stays a result.

use std::io::{self, IsTerminal, Read};

use dialoguer::{Confirm, Input, Password, Select};
use zeroize::Zeroizing;

use crate::vault::identity::{Ask, PASSPHRASE_VARIABLE};
use crate::vault::value::without_final_line_break;

/// More than any passphrase has, in bytes.
const LONGEST: u64 = 4096;

/// Whoever sits at the terminal, or has left an answer in a file descriptor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person;

impl Ask for Person {
    fn passphrase(&self, of: &str) -> Option<Zeroizing<String>> {
        let given = std::env::var(PASSPHRASE_VARIABLE).ok().filter(|number| !number.is_empty());
        match given {
            Some(number) => from_descriptor(number.parse().ok()?),
            None if is_there() => hidden(&format!("Passphrase of {of}"), false).ok(),
            None => None,
        }
    }
}

/// Reads what somebody has left in an open file descriptor; one final line break is dropped.
fn from_descriptor(number: u32) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let file = std::fs::File::open(format!("/dev/fd/{number}")).ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let end = without_final_line_break(text.as_bytes()).len();
    text.truncate(end);
    Some(text)
}

/// Whether somebody can be asked.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoAnswer;

impl From<dialoguer::Error> for NoAnswer {
    fn from(_: dialoguer::Error) -> Self {
        NoAnswer
    }
}

/// Asks for a line. Enter alone takes `now`; nothing at all is taken only where `optional`.
pub(super) fn line(prompt: &str, now: Option<&str>, optional: bool) -> Result<String, NoAnswer> {
    let mut input = Input::<String>::new().with_prompt(prompt).allow_empty(optional);
    if let Some(now) = now {
        input = input.default(now.to_owned());
    }
    Ok(input.interact_text()?)
}

/// Asks for a line that is not shown.
pub(super) fn hidden(prompt: &str, optional: bool) -> Result<Zeroizing<String>, NoAnswer> {
    let password = Password::new().with_prompt(prompt).allow_empty_password(optional).report(true);
    Ok(Zeroizing::new(password.interact()?))
}

/// Asks for a choice; gives its place.
pub(super) fn choice(prompt: &str, choices: &[&str], now: usize) -> Result<usize, NoAnswer> {
    Ok(Select::new().with_prompt(prompt).items(choices).default(now).interact()?)
}

/// Asks for a yes or a no.
pub(super) fn yes(prompt: &str, now: bool) -> Result<bool, NoAnswer> {
    Ok(Confirm::new().with_prompt(prompt).default(now).interact()?)
}
