//! The keys of a workspace: the user's identity, and the recipients that secrets are sealed for.

use std::path::Path;

use super::super::complaint::Complaint;
use super::super::connections::block_on;
use super::folder::{Folder, tell};
use crate::vault::Vault;
use crate::vault::crypt::{Identity, Recipient};
use crate::vault::identity::{Nobody, Source};
use crate::vault::recipients::{self, Recipients};
use crate::vault::store;

pub(super) fn no_recipients() -> Complaint {
    Complaint::new(
        "there is nobody to seal secrets for",
        "`tugtest init` makes an identity and lists it in connections/.recipients",
    )
}

/// Whom to seal for. The first time, the user's own key is listed, and made if need be. Only for whoever holds the lock.
pub(super) fn recipients_or_own(folder: &Folder) -> Result<Vec<Recipient>, Complaint> {
    let listed = folder.recipients()?;
    if let Some(bad) = listed.bad.first() {
        let file = folder.shown(&recipients::file(folder.path()));
        return Err(Complaint::new(
            format!("line {} of {file} is no public key, so nothing was sealed", bad.line),
            "mend or delete the line; `tugtest connections doctor` says what is wrong with it",
        ));
    }
    if !listed.listed.is_empty() {
        remark_own_absence(folder, &listed);
        return Ok(listed.keys());
    }
    let own = own_or_new(folder)?;
    list(folder, &own, &user())?;
    Ok(vec![own])
}

/// The public key of the user, whose identity is made if there is none and none was named.
pub(in crate::cli) fn own_or_new(folder: &Folder) -> Result<Recipient, Complaint> {
    if let Source::File { path, named: false } = folder.vault.source()
        && std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    {
        return make(folder, path);
    }
    let identities = block_on(folder.vault.identities()).map_err(|none| Complaint::new(none.why, none.help))?;
    let own = identities.iter().find_map(Identity::recipient).cloned();
    own.ok_or_else(|| Complaint::new("the identity has no public key that can be listed", "use a native age identity"))
}

/// Makes an identity file for this user alone.
fn make(folder: &Folder, path: &Path) -> Result<Recipient, Complaint> {
    let (identity, text) = Identity::generate();
    let Some(own) = identity.recipient().cloned() else { return Err(no_recipients()) };
    match store::create_private(path, &identity_file(&own, &text)) {
        Ok(()) => {}
        // Somebody else was faster, in another workspace: theirs is the one.
        Err(store::NotWritten::Exists) => return own_or_new(folder),
        Err(refused) => return Err(Complaint::not_written(&path.display().to_string(), &refused)),
    }
    tell(&format!(
        "made an identity: {}. Keep a copy of it in a safe place; without it nothing can be opened.",
        path.display()
    ));
    Ok(own)
}

/// The text of an identity file, as `age-keygen` writes it.
pub(super) fn identity_file(own: &Recipient, secret: &str) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(format!("# public key: {}\n{secret}\n", own.text()).into_bytes())
}

/// Adds a key to the recipients. Only for whoever holds the lock.
pub(in crate::cli) fn list(folder: &Folder, key: &Recipient, owner: &str) -> Result<(), Complaint> {
    let text = folder.recipients_text()?;
    let path = recipients::file(folder.path());
    folder.write(&path, &recipients::with(&text, key, owner))?;
    tell(&format!("listed {} in {}", key.text(), folder.shown(&path)));
    Ok(())
}

/// The name that a key of the user is listed under.
pub(in crate::cli) fn user() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "me".to_owned())
}

/// Says when somebody seals what they cannot open again.
fn remark_own_absence(folder: &Folder, listed: &Recipients) {
    // Nobody is asked for a passphrase for the sake of a note.
    let vault = Vault::new(folder.vault.source().clone(), Box::new(Nobody), []);
    let own = match block_on(vault.identities()) {
        Ok(identities) => identities.iter().filter_map(Identity::recipient).any(|own| listed.holds(own.text())),
        Err(none) => none.locked,
    };
    if !own {
        let file = folder.shown(&recipients::file(folder.path()));
        tell(&format!("note: you are not among the recipients of {file}, and cannot open yourself what is sealed now"));
    }
}

/// Says for whom a connection is sealed from now on that it was not sealed for before: somebody else may have listed them.
pub(super) fn tell_new(listed: &Recipients, before: &[String]) {
    for listed in listed.listed.iter().filter(|listed| !before.iter().any(|key| key == listed.recipient.text())) {
        let owner = listed.owner.as_deref().unwrap_or("nobody is named as its owner");
        tell(&format!("note: new among the recipients: {} ({owner})", listed.recipient.text()));
    }
}

/// Whom secrets are sealed for, in words.
pub(super) fn audience(listed: &Recipients) -> String {
    let owner = |listed: &recipients::Listed| match &listed.owner {
        Some(owner) => owner.to_string(),
        None => listed.recipient.text().chars().take(12).collect(),
    };
    listed.listed.iter().map(owner).collect::<Vec<_>>().join(", ")
}
