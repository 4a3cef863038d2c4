//! `tugtest connections default`: which connection of an app is taken when a step selects none.

use std::path::Path;

use super::super::args::connections::DefaultOptions;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::folder::{Folder, tell};
use crate::vault::draft::{Changes, changed};

/// Makes a connection the default one of its app, or an ordinary one.
pub(super) fn default(start: &Path, options: &DefaultOptions) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let name = &options.name;
    folder.must_exist(name)?;
    let _lock = folder.lock()?;
    let app = folder.kept(name)?.connection.app.to_string();
    // The others first: a crash in between leaves none, which is said, and never two.
    if !options.unset {
        unset_others(&folder, &app, name)?;
    }
    set(&folder, name, !options.unset)?;
    let what = if options.unset { "an ordinary" } else { "the default" };
    tell(&format!("`{name}` is {what} connection of {app}"));
    Ok(Exit::Met)
}

/// Makes every other default connection of an app an ordinary one. Only for whoever holds the lock.
pub(super) fn unset_others(folder: &Folder, app: &str, name: &str) -> Result<(), Complaint> {
    for other in folder.names().into_iter().filter(|other| other != name) {
        // A file that cannot be read is no default connection.
        let Ok(kept) = folder.kept(&other) else { continue };
        if kept.connection.default && *kept.connection.app == *app {
            set(folder, &other, false)?;
            tell(&format!("`{other}` is no longer the default connection of {app}"));
        }
    }
    Ok(())
}

fn set(folder: &Folder, name: &str, default: bool) -> Result<(), Complaint> {
    let kept = folder.kept(name)?;
    if kept.connection.default == default {
        return Ok(());
    }
    let changes = Changes { default: Some(default), ..Changes::default() };
    let text = changed(&kept.text, &changes).ok_or_else(|| unchangeable(folder, &kept.path))?;
    folder.write(&kept.path, &text)
}

/// A file in a form that cannot be changed in place.
pub(super) fn unchangeable(folder: &Folder, path: &Path) -> Complaint {
    let message = format!("{} cannot be changed in place", folder.shown(path));
    Complaint::new(message, "change it by hand, one key a line")
}
