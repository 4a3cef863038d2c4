//! `tugtest connections edit`.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::args::Colour;
use super::super::args::connections::EditOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::connections::block_on;
use super::super::exit::Exit;
use super::add::{not_saved, try_it};
use super::defaults::unchangeable;
use super::folder::{Folder, Kept, tell};
use super::given::{Input, given};
use super::questions::Subject;
use super::save::{Candidate, stand_in};
use super::{defaults, keys};
use crate::model::connection::SecretReference;
use crate::model::fields::Fields;
use crate::model::secret::Secret;
use crate::vault::binding::Binding;
use crate::vault::draft::{Changes, Given, Part, changed};
use crate::vault::{Closed, block_of, elsewhere, last, renewal, sealed::Content};

/// Changes a connection.
pub(super) fn edit(start: &Path, options: &EditOptions, colour: Colour) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let kept = folder.kept(&options.name)?;
    let input = Input::collect(&options.given)?;
    let nothing_said = input.is_empty() && options.unset.is_empty() && !options.rebind;
    let asking = nothing_said && ask::is_there() && !options.given.yes;
    if nothing_said && !asking {
        return Err(Complaint::new(
            "nothing is given to change",
            "say what: --stdin, --from-env, --from-file, --label or --unset",
        ));
    }
    let mut change = Change::begin(&kept, input, options)?;
    if change.fields.is_empty() && !asking && !options.rebind {
        return relabel(&folder, &kept, &change);
    }
    change.open(&folder, &kept, options.rebind)?;
    if asking {
        change.ask(&folder, &kept)?;
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
    save(&folder, &kept, &change, &candidate)?;
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

fn must_be_as_it_was(folder: &Folder, kept: &Kept) -> Result<(), Complaint> {
    let name = &kept.connection.name;
    if *folder.kept(name)?.text == *kept.text {
        return Ok(());
    }
    let message = format!("`{name}` was changed by somebody else in the meantime");
    Err(Complaint::new(message, "look at it, and try again"))
}

/// What is to change, and what was in the sealed block.
struct Change {
    fields: BTreeMap<String, Option<Given>>,
    label: Option<String>,
    default: Option<bool>,
    /// What was sealed, or why that cannot be seen; none where nothing is.
    opened: Option<Result<Content, Closed>>,
}

impl Change {
    fn begin(kept: &Kept, input: Input, options: &EditOptions) -> Result<Self, Complaint> {
        let scheme = kept.connection.scheme;
        if input.scheme.as_deref().is_some_and(|given| given != scheme.name())
            || input.app.as_deref().is_some_and(|given| *given != *kept.connection.app)
        {
            return Err(Complaint::new("app and type of a connection stay as they are", "add another connection"));
        }
        let mut fields: BTreeMap<String, Option<Given>> =
            options.unset.iter().map(|name| (name.clone(), None)).collect();
        for (field, raw) in input.fields {
            fields.insert(field.clone(), Some(given(scheme, &field, raw)?));
        }
        Ok(Change { fields, label: input.label, default: input.default, opened: None })
    }

    /// Opens what is sealed. What is bound to something else is not used unless it is to be bound anew.
    fn open(&mut self, folder: &Folder, kept: &Kept, rebind: bool) -> Result<(), Complaint> {
        let block = kept.connection.sealed.then(|| block_of(&kept.path)).flatten();
        self.opened = block.map(|block| block_on(folder.vault.open(&block)));
        if let Some(Ok(content)) = &self.opened
            && !rebind
        {
            let now = Binding::of(&kept.connection, &folder.destination(&kept.connection)?);
            let difference = content.binding.difference(&now);
            let refused = difference.map(|difference| elsewhere(&kept.connection.name, &difference));
            return refused.map_or(Ok(()), |judgement| Err(Complaint::judged(&judgement)));
        }
        Ok(())
    }

    fn ask(&mut self, folder: &Folder, kept: &Kept) -> Result<(), Complaint> {
        let (connection, app) = (&kept.connection, folder.app(&kept.connection)?);
        let sealed = self.opened.iter().flatten().flat_map(|content| content.secrets.keys());
        let names = sealed.chain(connection.secrets.keys()).map(str::to_owned).collect();
        let scheme = connection.scheme;
        let subject = Subject { name: &connection.name, app: &app, scheme, now: Some(connection), kept: names };
        let mut answers = BTreeMap::new();
        subject.ask(&mut answers)?;
        self.fields.extend(answers.into_iter().map(|(name, given)| (name, Some(given))));
        let label = ask::line("Label", connection.label.as_deref(), true)?;
        self.label =
            Some(label).filter(|label| Some(label.as_str()) != connection.label.as_deref() && !label.is_empty());
        Ok(())
    }

    /// The secrets that are to be sealed: those that were, those that stood in clear, and those that are given now.
    fn secrets(&self, kept: &Kept) -> Result<Fields<Secret>, Complaint> {
        let name = &kept.connection.name;
        let mut secrets = match &self.opened {
            None => Fields::new(),
            Some(Ok(content)) => content.secrets.clone(),
            // What cannot be opened can be given anew; the check says what is still missing then.
            Some(Err(closed)) if self.fields.values().flatten().any(|given| matches!(given, Given::Secret(_))) => {
                tell(&format!("warning: {} Only what is given now is kept.", closed.judgement(name).message));
                Fields::new()
            }
            Some(Err(closed)) => return Err(Complaint::judged(&closed.judgement(name))),
        };
        for (field, reference) in kept.connection.secrets.iter() {
            if let SecretReference::Literal(secret) = reference {
                secrets.insert(field.into(), secret.clone());
            }
        }
        for (field, given) in &self.fields {
            match given {
                Some(Given::Secret(secret)) => drop(secrets.insert(field.as_str().into(), secret.clone())),
                Some(Given::Clear(_)) | None => drop(secrets.remove(field)),
            }
        }
        Ok(secrets)
    }

    /// The text of the file after the change with a stand-in for every secret, for the check.
    fn checked_text(&self, folder: &Folder, kept: &Kept, secrets: &Fields<Secret>) -> Result<String, Complaint> {
        let mut fields = self.clear_fields(kept);
        fields.extend(secrets.keys().map(|field| (field.to_owned(), Some(stand_in()))));
        self.text(folder, kept, fields, Part::Unset)
    }

    /// The text of the file after the change, with its secrets in this block and nowhere else.
    fn sealed_text(
        &self,
        folder: &Folder,
        kept: &Kept,
        secrets: &Fields<Secret>,
        block: Option<String>,
    ) -> Result<String, Complaint> {
        let mut fields = self.clear_fields(kept);
        let in_clear = secrets.keys().filter(|field| kept.connection.secrets.contains_key(field));
        fields.extend(in_clear.map(|field| (field.to_owned(), None)));
        self.text(folder, kept, fields, Part::of(block))
    }

    fn text(&self, folder: &Folder, kept: &Kept, fields: ClearFields, sealed: Part) -> Result<String, Complaint> {
        let changes = Changes { label: self.label(), default: self.default, fields, sealed };
        changed(&kept.text, &changes).ok_or_else(|| unchangeable(folder, &kept.path))
    }

    /// What is to be written or taken out in clear.
    fn clear_fields(&self, kept: &Kept) -> ClearFields {
        let connection = &kept.connection;
        let written = |field: &str| {
            connection.secrets.contains_key(field) || connection.public.contains_key(field) || field == "place"
        };
        let clear = |(field, given): (&String, &Option<Given>)| match given {
            Some(Given::Clear(value)) => Some((field.clone(), Some(value.clone()))),
            None if written(field) => Some((field.clone(), None)),
            Some(Given::Secret(_)) | None => None,
        };
        self.fields.iter().filter_map(clear).collect()
    }

    /// An empty label takes it out.
    fn label(&self) -> Part {
        match self.label.as_deref() {
            None => Part::Keep,
            Some("") => Part::Unset,
            Some(label) => Part::Set(label.to_owned()),
        }
    }
}

/// Fields in clear by name; none takes one out.
type ClearFields = BTreeMap<String, Option<serde_json::Value>>;

fn save(folder: &Folder, kept: &Kept, change: &Change, candidate: &Candidate) -> Result<(), Complaint> {
    let _lock = folder.lock()?;
    let name = &*candidate.connection.name;
    must_be_as_it_was(folder, kept)?;
    let recipients = if candidate.secrets.is_empty() { Vec::new() } else { keys::recipients_or_own(folder)? };
    let keys: Vec<&str> = recipients.iter().map(crate::vault::crypt::Recipient::text).collect();
    let as_it_was = change.opened.as_ref().and_then(|opened| opened.as_ref().ok()).filter(|content| {
        content.secrets == candidate.secrets && content.binding == candidate.binding() && content.recipients == keys
    });
    // A block that would say the same stays, so that a change of the label is a change of one line.
    let sealed = match as_it_was.and_then(|_| block_of(&kept.path)) {
        Some(block) => Some(block.to_string()),
        None => candidate.seal(&recipients)?,
    };
    if let Some(Ok(content)) = change.opened.as_ref().filter(|_| sealed.is_some()) {
        keys::tell_new(&folder.recipients()?, &content.recipients);
    }
    let sealed_now = sealed.is_some();
    let same = as_it_was.is_some() || (!sealed_now && !kept.connection.sealed);
    let text = change.sealed_text(folder, kept, &candidate.secrets, sealed)?;
    if change.default == Some(true) {
        defaults::unset_others(folder, &candidate.connection.app, name)?;
    }
    folder.write(&kept.path, &text)?;
    let shown = folder.shown(&kept.path);
    if !same {
        // What was found was found of other secrets, or elsewhere.
        last::forget(&folder.loader.workspace.root, name);
    }
    let token = candidate.secrets.get(renewal::REFRESH_TOKEN);
    let before = change.opened.iter().flatten().map(|content| content.secrets.get(renewal::REFRESH_TOKEN)).next();
    if before != Some(token) {
        renewal::forget_others(&folder.loader.workspace.root, name, token);
    }
    tell(&if sealed_now {
        format!("saved {shown}, sealed for {}", keys::audience(&folder.recipients()?))
    } else {
        format!("saved {shown}")
    });
    Ok(())
}
