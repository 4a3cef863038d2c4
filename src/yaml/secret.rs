//! Secret values: a reference to where the secret is kept, or the secret itself. Nothing of either is ever in a message.

use super::fault::{self, Fault};
use super::keys::duplicates;
use super::name::Name;
use super::node::{Node, Value};

const REFERENCE_HELP: &str = "write {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}";

/// What is wrong with the form of a secret, if anything.
pub(super) fn check(node: &Node, name: Name<'_>, faults: &mut Vec<Fault>) {
    let mut refuse = |code, span, message: String, help: &str| {
        faults.push(Fault { code, span, message, help: Some(help.to_owned()) });
    };
    let called = name.called();
    let entries = match &node.value {
        Value::Scalar(_) if node.is_null() => {
            let message = format!("{called} holds nothing: null, ~ and an empty value are no secret");
            let help = format!("{REFERENCE_HELP}; a secret that is the word null needs quotes");
            return refuse(fault::NULL_SECRET, node.span, message, &help);
        }
        Value::Scalar(_) => return,
        Value::List(_) => {
            let message = format!("{called} has to be a secret, and is a list");
            return refuse(fault::WRONG_TYPE, node.span, message, REFERENCE_HELP);
        }
        Value::Map(entries) => entries,
    };
    let [entry] = &entries[..] else {
        let message = format!("{called} has to be a reference with one key, and has {}", entries.len());
        return refuse(fault::BAD_REFERENCE, node.span, message, REFERENCE_HELP);
    };
    let value = &entry.value;
    match &*entry.key {
        "env" | "file" if value.text().is_some_and(|text| !text.is_empty()) => {}
        "env" | "file" => {
            let message = format!("the reference of {called} has no text after `{}`", entry.key);
            refuse(fault::BAD_REFERENCE, value.span, message, REFERENCE_HELP);
        }
        "command" => {
            let words = value.items();
            if words.is_empty() || words.iter().any(|word| word.text().is_none()) {
                let message = format!("the command of {called} has to be a list of words, the program first");
                refuse(
                    fault::BAD_REFERENCE,
                    value.span,
                    message,
                    "write {command: [PROGRAM, ARGUMENT]}; no shell is involved",
                );
            }
        }
        _ => {
            let message = format!("{called} is a mapping, but no reference to a secret");
            refuse(fault::BAD_REFERENCE, entry.span, message, REFERENCE_HELP);
        }
    }
    duplicates(entries, faults);
}
