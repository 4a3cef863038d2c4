//! A change of a connection that is kept: its file, what is sealed in it, and how both are written anew.

use std::collections::BTreeMap;

use super::super::complaint::Complaint;
use super::super::connections::block_on;
use super::defaults::unchangeable;
use super::folder::{Folder, Kept, tell};
use super::save::{Candidate, stand_in};
use super::{defaults, keys};
use crate::model::connection::SecretReference;
use crate::model::fields::Fields;
use crate::model::secret::Secret;
use crate::vault::binding::Binding;
use crate::vault::draft::{Changes, Given, Part, changed};
use crate::vault::{Closed, block_of, elsewhere, last, renewal, sealed::Content};

/// What is to change, and what was in the sealed block.
pub(in crate::cli) struct Change {
    /// Fields, by name; none takes one out.
    pub(in crate::cli) fields: BTreeMap<String, Option<Given>>,
    /// The label; an empty one takes it out.
    pub(in crate::cli) label: Option<String>,
    /// Whether it is the default one.
    pub(in crate::cli) default: Option<bool>,
    /// What was sealed, or why that cannot be seen; none where nothing is.
    pub(in crate::cli) opened: Option<Result<Content, Closed>>,
}

impl Change {
    /// Opens what is sealed. What is bound to something else is not used unless it is to be bound anew.
    pub(in crate::cli) fn open(&mut self, folder: &Folder, kept: &Kept, rebind: bool) -> Result<(), Complaint> {
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

    /// The secrets that are to be sealed: those that were, those that stood in clear, and those that are given now.
    pub(in crate::cli) fn secrets(&self, kept: &Kept) -> Result<Fields<Secret>, Complaint> {
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
    pub(in crate::cli) fn checked_text(
        &self,
        folder: &Folder,
        kept: &Kept,
        secrets: &Fields<Secret>,
    ) -> Result<String, Complaint> {
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
    pub(super) fn label(&self) -> Part {
        match self.label.as_deref() {
            None => Part::Keep,
            Some("") => Part::Unset,
            Some(label) => Part::Set(label.to_owned()),
        }
    }
}

/// Fields in clear by name; none takes one out.
type ClearFields = BTreeMap<String, Option<serde_json::Value>>;

/// A complaint if somebody has changed the file.
pub(super) fn must_be_as_it_was(folder: &Folder, kept: &Kept) -> Result<(), Complaint> {
    let name = &kept.connection.name;
    if *folder.kept(name)?.text == *kept.text {
        return Ok(());
    }
    let message = format!("`{name}` was changed by somebody else in the meantime");
    Err(Complaint::new(message, "look at it, and try again"))
}

/// Writes a change that was checked, unless the file was changed meanwhile.
pub(in crate::cli) fn save(
    folder: &Folder,
    kept: &Kept,
    change: &Change,
    candidate: &Candidate,
) -> Result<(), Complaint> {
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
