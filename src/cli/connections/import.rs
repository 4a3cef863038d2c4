//! `tugtest connections import`: connections from another program's file.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::super::args::connections::{ImportForm, ImportOptions};
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::add::{Existing, check, must_be_free, save};
use super::folder::{Folder, tell};
use super::save::Candidate;
use crate::import::{Form, Imported, Known, import as read};
use crate::model::app::App;
use crate::report::plural;
use crate::vault::draft::{Draft, Given};

/// More than any file of connections has, in bytes.
const MOST: u64 = 16 << 20;

/// Imports connections: shows which, asks, and saves them sealed.
pub(super) fn import(start: &Path, options: &ImportOptions) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let text = text_of(&options.file)?;
    let imported = drafts(&folder, &text, options)?;
    for left in &imported.left_out {
        let line = left.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        tell(&format!("left out: {}{line} {}", left.what, left.why));
    }
    let existing = if options.replace { Existing::Replace } else { Existing::Refuse };
    let mut candidates: Vec<(Draft, Candidate)> = Vec::new();
    for draft in imported.drafts {
        let free = if options.replace { Ok(()) } else { must_be_free(&folder, &draft.name) };
        match free.and_then(|()| check(&folder, &draft)) {
            Ok(candidate) => {
                announce(&draft);
                candidate.tell_remarks();
                candidates.push((draft, candidate));
            }
            Err(complaint) => {
                let help = complaint.help.map(|help| format!("; {help}")).unwrap_or_default();
                tell(&format!("left out: {}: {}{help}", draft.name, complaint.message));
            }
        }
    }
    if candidates.is_empty() {
        return Err(Complaint::new(
            "nothing was imported",
            "see what was left out, and why; `--app` and `--replace` may help",
        ));
    }
    if !options.yes {
        let question = format!("Save {}?", plural(candidates.len(), "connection"));
        if !ask::is_there() {
            return Err(Complaint::nobody(&question));
        }
        if !ask::yes(&question, true)? {
            return Err(Complaint::declined());
        }
    }
    for (draft, candidate) in &candidates {
        save(&folder, draft, candidate, existing)?;
    }
    Ok(Exit::Met)
}

fn announce(draft: &Draft) {
    let fields: Vec<String> = draft
        .fields
        .iter()
        .map(|(name, given)| match given {
            Given::Secret(_) => format!("{name} (to be sealed)"),
            Given::Clear(value) => match value.get("command").and_then(|words| words[0].as_str()) {
                // Whoever probes this connection runs somebody else's program.
                Some(program) => format!("{name} (runs `{program}` when it is used)"),
                None => name.clone(),
            },
        })
        .chain(draft.sealed.as_ref().map(|_| "secrets, sealed already".to_owned()))
        .collect();
    let scheme = draft.scheme.as_deref().unwrap_or("-");
    tell(&format!("+ {}  {} {scheme}: {}", draft.name, draft.app, fields.join(", ")));
}

fn drafts(folder: &Folder, text: &str, options: &ImportOptions) -> Result<Imported, Complaint> {
    let catalog = &folder.loader.catalog;
    let apps: Vec<Arc<App>> = catalog.names().filter_map(|name| catalog.get(name)).collect();
    let known: Vec<Known<'_>> = apps.iter().map(|app| Known::of(app)).collect();
    if let Some(app) = options.app.as_deref().filter(|app| !known.iter().any(|known| known.name == *app)) {
        let near = crate::yaml::nearest::nearest(app, known.iter().map(|known| known.name));
        let help =
            near.map_or_else(|| "look it up in the catalogue".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Complaint::new("that app is not in the catalogue", help));
    }
    let form = options.from.map(form).or_else(|| Form::guess(text, &options.file.to_string_lossy()));
    let form = form.ok_or_else(|| {
        Complaint::new("it cannot be told what this file is", "say it: --from dotenv, json, airflow or mesa")
    })?;
    read(form, text, &known, options.app.as_deref()).map_err(|refused| {
        let place = format!("line {}, column {}", refused.line, refused.column);
        let help = format!("it was read as {}; say otherwise with --from", form.name());
        Complaint::new(format!("the file cannot be read: {} ({place})", refused.why), help)
    })
}

const fn form(form: ImportForm) -> Form {
    match form {
        ImportForm::Dotenv => Form::Dotenv,
        ImportForm::Json => Form::Json,
        ImportForm::Airflow => Form::Airflow,
        ImportForm::Mesa => Form::Mesa,
    }
}

fn text_of(file: &Path) -> Result<Zeroizing<String>, Complaint> {
    let wrong =
        |what: &str| Complaint::new(format!("{} {what}", file.display()), "name a file, or - for standard input");
    let mut text = Zeroizing::new(String::with_capacity(1 << 16));
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MOST + 1).read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(file).map_err(|_| wrong("cannot be opened"))?;
        file.take(MOST + 1).read_to_string(&mut text)
    };
    match read {
        Ok(length) if length as u64 <= MOST => Ok(text),
        Ok(_) => Err(wrong("is larger than 16 MiB")),
        Err(_) => Err(wrong("is no text in UTF-8")),
    }
}
