//! `tugtest connections show`: one connection, its secrets masked.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::args::connections::{ListFormat, ShowOptions};
use super::super::complaint::Complaint;
use super::super::connections::{block_on, complain};
use super::super::console;
use super::super::exit::Exit;
use super::folder::Folder;
use super::list::{shown, state};
use super::usage::{Usage, Use};
use crate::model::connection::{Connection, SecretReference};
use crate::model::last::LastVerdict;
use crate::model::scrub::{Scrubber, mask};
use crate::model::secret::Secret;
use crate::report::escape::escape;
use crate::report::json::{LastTwin, to_json};
use crate::vault::fingerprint::Fingerprints;
use crate::vault::last::LastVerdicts;
use crate::vault::renewal::{self, Unfinished};
use crate::vault::{local, sealed::Content};

/// Shows a connection. What is sealed takes an identity: without one the rest is shown, and the exit code is 2.
pub(super) fn show(start: &Path, options: &ShowOptions) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let kept = folder.kept(&options.name)?;
    let (connection, root) = (&*kept.connection, &folder.loader.workspace.root);
    let opened = connection.sealed.then(|| open(&folder, connection));
    let (content, closed) = match opened {
        None => (None, None),
        Some(Ok(content)) => (Some(content), None),
        Some(Err(complaint)) => (None, Some(complaint)),
    };
    let prints = Fingerprints::of(&local::folder(root));
    let scrubber = Scrubber::new();
    let mut fields: Vec<Field> = Vec::new();
    for (name, secret) in content.iter().flat_map(|content| content.secrets.iter()) {
        scrubber.learn(&format!("{}.{name}", connection.name), secret);
        fields.push(Field::secret(connection, name, "sealed", Some((secret, &prints))));
    }
    for (name, reference) in connection.secrets.iter() {
        if let SecretReference::Literal(secret) = reference {
            scrubber.learn(&format!("{}.{name}", connection.name), secret);
            fields.push(Field::secret(connection, name, "in clear", Some((secret, &prints))));
        } else {
            fields.push(Field::secret(connection, name, &origin(reference), None));
        }
    }
    let public = connection.public.iter().map(|(name, value)| Field::public(name, value));
    fields.splice(0..0, public);
    let used = Usage::of_one(start, &kept.path, &connection.name);
    let last = LastVerdicts::of(root, Timestamp::now()).any(&connection.name);
    let token = content.as_ref().and_then(|content| content.secrets.get(renewal::REFRESH_TOKEN));
    let unfinished = token.and_then(|token| renewal::unfinished(root, &connection.name, Some(token)));
    let shown = Shown { connection, fields, used, last, unfinished, closed: closed.is_some() };
    let text = match options.format {
        ListFormat::Human => shown.human(),
        ListFormat::Json => shown.json(),
    };
    let printed = console::print(scrubber.scrub(&text).as_bytes());
    Ok(closed.map_or(printed, |complaint| complain(&complaint)))
}

/// The content of a sealed block, if it is the block of this connection.
pub(super) fn open(folder: &Folder, connection: &Connection) -> Result<Content, Complaint> {
    let destination = folder.destination(connection)?;
    block_on(folder.vault.open_for(connection, &destination)).map_err(|judgement| Complaint::judged(&judgement))
}

fn origin(reference: &SecretReference) -> String {
    match reference {
        SecretReference::Env(name) => format!("environment variable {name}"),
        SecretReference::File(path) => format!("file {}", path.display()),
        // Its arguments may tell more than they should.
        SecretReference::Command(words) => format!("command {}", words.first().map_or("", AsRef::as_ref)),
        SecretReference::Literal(_) | SecretReference::Given(_) => "in clear".to_owned(),
    }
}

/// A field as it is shown.
struct Field {
    name: String,
    value: String,
    origin: Option<String>,
    fingerprint: Option<String>,
}

impl Field {
    fn public(name: &str, value: &str) -> Self {
        Field { name: name.to_owned(), value: value.to_owned(), origin: None, fingerprint: None }
    }

    fn secret(connection: &Connection, name: &str, origin: &str, known: Option<(&Secret, &Fingerprints)>) -> Self {
        Field {
            name: name.to_owned(),
            value: mask(&format!("{}.{name}", connection.name)),
            origin: Some(origin.to_owned()),
            fingerprint: known.map(|(secret, prints)| prints.of_secret(secret)),
        }
    }
}

struct Shown<'s> {
    connection: &'s Connection,
    fields: Vec<Field>,
    used: Vec<Use>,
    last: Option<LastVerdict>,
    unfinished: Option<Unfinished>,
    /// Whether something is sealed that could not be opened.
    closed: bool,
}

impl Shown<'_> {
    fn human(&self) -> String {
        let connection = self.connection;
        let mut text = format!("{}\n", escape(&connection.name));
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(text, "  {label:<16}{}", escape(value));
        };
        line("app", &connection.app);
        line("type", connection.scheme.name());
        connection.label.iter().for_each(|label| line("label", label));
        line("state", state(connection));
        if connection.default {
            line("default", "yes");
        }
        for Field { name, value, origin, fingerprint } in &self.fields {
            let origin = origin.as_ref().map(|origin| format!("  {origin}")).unwrap_or_default();
            let print = fingerprint.as_ref().map(|print| format!(", fingerprint {print}")).unwrap_or_default();
            line(name, &format!("{value}{origin}{print}"));
        }
        if self.closed {
            line("sealed", "cannot be opened here");
        }
        if let Some(Unfinished { since }) = self.unfinished {
            let begun = since.map_or_else(String::new, |since| format!(" on {since}"));
            line("refresh", &format!("begun{begun}, its end is unknown: reconnect"));
        }
        line("last verdict", &self.last.as_ref().map_or_else(|| "never tested".to_owned(), shown));
        self.last.iter().filter_map(|last| last.account.as_deref()).for_each(|account| line("account", account));
        for Use { file, step, line: at, .. } in &self.used {
            line("used by", &format!("{file}:{at}  {step}"));
        }
        text
    }

    fn json(&self) -> String {
        let connection = self.connection;
        let fields: Map<String, Value> =
            self.fields.iter().map(|field| (field.name.clone(), field_json(field))).collect();
        let used: Vec<Value> = self.used.iter().map(Use::json).collect();
        let mut document = json!({
            "name": &*connection.name, "app": &*connection.app, "type": connection.scheme.name(),
            "label": connection.label.as_deref(), "default": connection.default, "state": state(connection),
            "opened": !self.closed, "fields": fields, "used_by": used, "last": self.last.as_ref().map(LastTwin::of),
        });
        if let Some(Unfinished { since }) = self.unfinished {
            document["refresh_unfinished"] = json!({ "since": since.map(|since| since.to_string()) });
        }
        to_json(&document) + "\n"
    }
}

fn field_json(field: &Field) -> Value {
    match &field.origin {
        None => field.value.clone().into(),
        Some(origin) => json!({"secret": field.value, "from": origin, "fingerprint": field.fingerprint}),
    }
}
