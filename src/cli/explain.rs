//! `tugtest explain CAUSE`: what a cause means, how it was recognised, and how to mend it. The texts are data: `explain/causes.yaml`.

use std::fmt::Write;

use crate::model::cause::{Cause, Retry};
use crate::report::escape::escape;
use crate::yaml::{self, nearest};

use super::console;
use super::exit::Exit;

const CAUSES: &str = include_str!("explain/causes.yaml");

/// Explains one cause, or lists all of them.
pub(super) fn explain(code: Option<&str>) -> Exit {
    let Some(code) = code else { return console::print(listing().as_bytes()) };
    if let Some(cause) = Cause::from_code(code) {
        return console::print(explanation(cause).as_bytes());
    }
    let codes = Cause::ALL.iter().map(|cause| cause.code());
    let hint = nearest::nearest(code, codes).map(|cause| format!("did you mean `{cause}`?"));
    let hint = hint.unwrap_or_else(|| "`tugtest explain` lists all causes".to_owned());
    console::complain(&format!("error: `{}` is no cause\n  = help: {hint}", escape(code)));
    Exit::Invalid
}

/// One line a cause, in the order of an interview.
fn listing() -> String {
    let mut text = String::new();
    for cause in Cause::ALL {
        let (verdict, class) = (cause.verdict(), cause.class().name());
        let _ = writeln!(text, "{:<28} {verdict} · {class}", cause.code());
    }
    text
}

/// The page of a cause.
fn explanation(cause: Cause) -> String {
    let mut text = format!("{}: {} ({})\n", cause.code(), cause.verdict(), cause.class().name());
    let Ok(tree) = yaml::parse(CAUSES) else { return text };
    let Some(entry) = tree.root.get(cause.code()) else { return text };
    if let Some(means) = entry.get("means").and_then(|node| node.text()) {
        let _ = write!(text, "\n{}\n", wrapped(means, ""));
    }
    if let Some(recognised) = entry.get("recognised") {
        text.push_str("\nHow it is recognised:\n");
        if let Some(how) = recognised.text() {
            let _ = writeln!(text, "{}", wrapped(how, "  "));
        }
        for protocol in recognised.entries() {
            let how = protocol.value.text().unwrap_or_default();
            let _ = writeln!(text, "{}", wrapped(&format!("{}: {how}", protocol.key), "  "));
        }
    }
    if let Some(mend) = entry.get("mend") {
        text.push_str("\nWhat to do:\n");
        for (number, way) in mend.one_or_more().iter().enumerate() {
            let way = format!("{}. {}", number + 1, way.text().unwrap_or_default());
            let _ = writeln!(text, "{}", wrapped(&way, "  "));
        }
    }
    if let Some(not) = entry.get("not").and_then(|node| node.text()) {
        let _ = write!(text, "\nWhat it is not:\n{}\n", wrapped(not, "  "));
    }
    let _ = write!(text, "\n{}\n", wrapped(&format!("Trying again: {}", retry(cause.retry())), ""));
    text
}

fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Never => "never; the answer stays the same until somebody changes something.",
        Retry::Transport => "may help; tugtest does it by itself, with pauses (--retries).",
        Retry::AfterHint => "after the time that the server names; tugtest waits up to a minute by itself (--retries).",
        Retry::Reauthenticate => "only after somebody has authenticated anew.",
        Retry::OnceChanged => "once, with the change that the remedy names.",
    }
}

/// The text in lines of at most 96 characters, each indented; further lines of a list item are indented a little more.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = String::from(indent);
    let mut width = indent.len();
    for word in text.split_whitespace() {
        if width > indent.len() && width + 1 + word.chars().count() > 96 {
            let _ = write!(lines, "\n{indent}  ");
            width = indent.len() + 2;
        } else if width > indent.len() {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += word.chars().count();
    }
    if indent.is_empty() { lines.replace("\n  ", "\n") } else { lines }
}
