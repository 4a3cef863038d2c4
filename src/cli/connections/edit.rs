//! `tugtest connections edit`.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::args::Colour;
use super::super::args::connections::EditOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::add::{not_saved, try_it};
use super::change::{self, Change, must_be_as_it_was};
use super::defaults;
use super::defaults::unchangeable;
use super::folder::{Folder, Kept, tell};
use super::given::{Input, given};
use super::questions::Subject;
use super::save::Candidate;
use crate::vault::draft::{Changes, Given, changed};

/// Changes a connection.
pub(super) fn edit(start: &Path, options: &EditOptions, colour: Colour) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let kept = folder.kept(&options.name)?;
    let input = Input::collect(&options.given.sources)?;
    let nothing_said = input.is_empty() && options.unset.is_empty() && !options.rebind;
    let asking = nothing_said && ask::is_there() && !options.given.yes;
    if nothing_said && !asking {
        return Err(Complaint::new(
            "nothing is given to change",
            "say what: --stdin, --from-env, --from-file, --label or --unset",
        ));
    }
    let mut change = begin(&kept, input, options)?;
    if change.fields.is_empty() && !asking && !options.rebind {
        return relabel(&folder, &kept, &change);
    }
    change.open(&folder, &kept, options.rebind)?;
    if asking {
        ask_all(&mut change, &folder, &kept)?;
    }
    let secrets = change.secrets(&kept)?;
    let candidate = Candidate::check(&folder, &options.name, &change.checked_text(&folder, &kept, &secrets)?, secrets)?;
    candidate.tell_remarks();
    let carried = try_it(&folder, &candidate, &options.given, asking, colour)?;
    let carried = carried.filter(|carried| carried.exit != Exit::Untested || options.given.only_if_pass);
    if let Some(failed) = carried.as_ref().filter(|carried| carried.exit != Exit::Met) {
        let give_up = asking && !ask::yes("It did not pass. Save it all the same?", true)?;
        if options.given.only_if_pass || give_up {
            return Ok(not_saved(failed));
        }
    }
    change::save(&folder, &kept, &change, &candidate)?;
    let root = &folder.loader.workspace.root;
    Ok(carried.map_or(Exit::Met, |carried| carried.keep(root)))
}

/// Changes what takes no look at the secrets, so that nobody needs a key for it.
fn relabel(folder: &Folder, kept: &Kept, change: &Change) -> Result<Exit, Complaint> {
    let _lock = folder.lock()?;
    must_be_as_it_was(folder, kept)?;
    let changes = Changes { label: change.label(), default: change.default, ..Changes::default() };
    let text = changed(&kept.text, &changes).ok_or_else(|| unchangeable(folder, &kept.path))?;
    let shown = folder.shown(&kept.path);
    folder.parse(&text, &kept.connection.name, &shown)?;
    if change.default == Some(true) {
        defaults::unset_others(folder, &kept.connection.app, &kept.connection.name)?;
    }
    folder.write(&kept.path, &text)?;
    tell(&format!("saved {shown}"));
    Ok(Exit::Met)
}

/// The change that the options and the input state.
fn begin(kept: &Kept, input: Input, options: &EditOptions) -> Result<Change, Complaint> {
    let scheme = kept.connection.scheme;
    if input.scheme.as_deref().is_some_and(|given| given != scheme.name())
        || input.app.as_deref().is_some_and(|given| *given != *kept.connection.app)
    {
        return Err(Complaint::new("app and type of a connection stay as they are", "add another connection"));
    }
    let mut fields: BTreeMap<String, Option<Given>> = options.unset.iter().map(|name| (name.clone(), None)).collect();
    for (field, raw) in input.fields {
        fields.insert(field.clone(), Some(given(scheme, &field, raw)?));
    }
    Ok(Change { fields, label: input.label, default: input.default, opened: None })
}

/// Asks field by field.
fn ask_all(change: &mut Change, folder: &Folder, kept: &Kept) -> Result<(), Complaint> {
    let (connection, app) = (&kept.connection, folder.app(&kept.connection)?);
    let sealed = change.opened.iter().flatten().flat_map(|content| content.secrets.keys());
    let names = sealed.chain(connection.secrets.keys()).map(str::to_owned).collect();
    let scheme = connection.scheme;
    let subject = Subject { name: &connection.name, app: &app, scheme, now: Some(connection), kept: names };
    let mut answers = BTreeMap::new();
    subject.ask(&mut answers)?;
    change.fields.extend(answers.into_iter().map(|(name, given)| (name, Some(given))));
    let label = ask::line("Label", connection.label.as_deref(), true)?;
    change.label = Some(label).filter(|label| Some(label.as_str()) != connection.label.as_deref() && !label.is_empty());
    Ok(())
}
