//! `tugtest connections list`.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::args::connections::{ListFormat, ListOptions};
use super::super::console;
use super::super::exit::Exit;
use super::super::load::Loader;
use super::usage::{Usage, Use};
use crate::model::connection::{Connection, SecretReference};
use crate::model::last::LastVerdict;
use crate::model::report::Mode;
use crate::report::age::in_words;
use crate::report::escape::escape;
use crate::report::json::{LastTwin, to_json};
use crate::vault::last::LastVerdicts;

/// Lists the connections of a workspace.
pub(super) fn list(start: &Path, options: &ListOptions) -> Exit {
    let mut loader = Loader::at(start);
    let usage = Usage::of(&mut loader);
    let last = LastVerdicts::of(&loader.workspace.root, Timestamp::now());
    let wanted = |app: &str| options.app.as_deref().is_none_or(|wanted| wanted == app);
    let valid = loader.connections.valid.values().filter(|connection| wanted(&connection.app));
    let mut rows: Vec<Row> = valid.map(|connection| Row::of(connection, &usage, &last)).collect();
    if options.app.is_none() {
        rows.extend(loader.connections.broken.iter().map(|name| Row::broken(name, &usage, &last)));
    }
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let text = match options.format {
        ListFormat::Human if rows.is_empty() => {
            format!(
                "No connections in {}. Add one: tugtest connections add\n",
                loader.shown(&loader.workspace.connections)
            )
        }
        ListFormat::Human => table(&rows),
        ListFormat::Json => {
            let rows: Vec<Value> = rows.iter().map(Row::json).collect();
            to_json(&json!({ "connections": rows })) + "\n"
        }
    };
    console::print(text.as_bytes())
}

/// Where the secrets of a connection are: `invalid`, `clear`, `sealed`, `references`, or `no-secret`.
pub(super) fn state(connection: &Connection) -> &'static str {
    let clear = connection.secrets.values().any(|reference| matches!(reference, SecretReference::Literal(_)));
    match (clear, connection.sealed, connection.secrets.is_empty()) {
        (true, ..) => "clear",
        (false, true, _) => "sealed",
        (false, false, false) => "references",
        (false, false, true) => "no-secret",
    }
}

struct Row {
    name: String,
    app: String,
    scheme: &'static str,
    label: Option<String>,
    default: bool,
    state: &'static str,
    used: Vec<Use>,
    last: Option<LastVerdict>,
}

impl Row {
    fn of(connection: &Connection, usage: &Usage, last: &LastVerdicts) -> Self {
        let name = connection.name.to_string();
        Row {
            app: connection.app.to_string(),
            scheme: connection.scheme.name(),
            label: connection.label.as_deref().map(str::to_owned),
            default: connection.default,
            state: state(connection),
            used: usage.of_connection(&name).to_vec(),
            last: last.any(&name),
            name,
        }
    }

    fn broken(name: &str, usage: &Usage, last: &LastVerdicts) -> Self {
        let (used, last) = (usage.of_connection(name).to_vec(), last.any(name));
        let (app, label) = ("?".to_owned(), None);
        Row { name: name.to_owned(), app, scheme: "?", label, default: false, state: "invalid", used, last }
    }

    fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.used.iter().map(|used| &*used.file).collect();
        files.dedup();
        files
    }

    fn cells(&self) -> [String; 7] {
        let default = if self.default { " *" } else { "" };
        let used = match self.files()[..] {
            [] => "-".to_owned(),
            [only] => only.to_owned(),
            [first, ref others @ ..] => format!("{first} and {} more", others.len()),
        };
        let last = self.last.as_ref().map_or_else(|| "never tested".to_owned(), shown);
        let label = self.label.clone().unwrap_or_else(|| "-".to_owned());
        let cells = [
            format!("{}{default}", self.name),
            self.app.clone(),
            self.scheme.to_owned(),
            self.state.to_owned(),
            last,
            used,
            label,
        ];
        cells.map(|cell| escape(&cell).into_owned())
    }

    fn json(&self) -> Value {
        let used: Vec<Value> = self.used.iter().map(Use::json).collect();
        let known = |word: &str| (word != "?").then(|| word.to_owned());
        json!({
            "name": self.name, "app": known(&self.app), "type": known(self.scheme), "label": self.label,
            "default": self.default, "state": self.state, "used_by": used,
            "last": self.last.as_ref().map(LastTwin::of),
        })
    }
}

/// A last verdict in words; a mocked one says so.
pub(super) fn shown(last: &LastVerdict) -> String {
    let mocked = if last.mode == Mode::Mocked { " (mocked)" } else { "" };
    format!("{}{mocked}", in_words(last))
}

fn table(rows: &[Row]) -> String {
    let heads = ["NAME", "APP", "TYPE", "STATE", "LAST VERDICT", "USED BY", "LABEL"].map(str::to_owned);
    let lines: Vec<[String; 7]> = std::iter::once(heads).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|cells| console_width(&cells[column])).max().unwrap_or_default();
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = String::new();
    for cells in &lines {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let gap = " ".repeat(width - console_width(cell) + 2);
            let _ = write!(line, "{cell}{gap}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if rows.iter().any(|row| row.default) {
        text.push_str("* taken when several fit and a step selects none\n");
    }
    text
}

fn console_width(text: &str) -> usize {
    ::console::measure_text_width(text)
}
