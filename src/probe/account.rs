//! Whose account it is, and whether it is the one that the step wants.

use super::Subject;
use super::found::Found;
use super::judge::quote;
use crate::model::cause::Cause;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

/// Keeps the account that an answer names, adds it to the evidence in words, and compares it with the one that the step wants.
pub(super) fn identify(
    subject: &Subject<'_>,
    named: Option<&str>,
    message: &mut String,
    found: &mut Found,
) -> Result<(), Judgement> {
    if let Some(named) = named {
        message.extend(["; account ", &quote(named, subject.scrubber)]);
        found.account = Some(subject.scrubber.scrub(named).into_owned());
    }
    match (subject.account, named) {
        (None, _) => Ok(()),
        (Some(wanted), Some(named)) if named.trim().eq_ignore_ascii_case(wanted.trim()) => Ok(()),
        (Some(wanted), Some(named)) => Err(Judgement::of(
            Cause::WrongAccount,
            Phase::Authz,
            format!(
                "The credential is good, and belongs to the account {}; the step expects `{wanted}`.",
                quote(named, subject.scrubber)
            ),
            format!("Select the connection of `{wanted}`, or correct `account` in the step."),
        )),
        (Some(wanted), None) => {
            let what = format!("The answer names no account, so nothing says that this is `{wanted}`.");
            found.warnings.push(Warning::new("account-unknown", what));
            Ok(())
        }
    }
}
