//! `tugtest connections delete`.

use std::path::Path;

use super::super::args::connections::DeleteOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::folder::{Folder, tell};
use super::usage::Usage;
use crate::vault::{last, renewal, store};

/// Deletes connections, after saying which scenarios use them.
pub(super) fn delete(start: &Path, options: &DeleteOptions) -> Result<Exit, Complaint> {
    let mut folder = Folder::whole(start);
    for name in &options.names {
        folder.must_exist(name)?;
    }
    let usage = Usage::of(&mut folder.loader);
    for name in &options.names {
        for used in usage.of_connection(name) {
            tell(&format!("`{name}` is used by {}:{}, step `{}`", used.file, used.line, used.step));
        }
    }
    let what = options.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !options.yes {
        if !ask::is_there() {
            return Err(Complaint::nobody(&format!("This would delete {what}.")));
        }
        if !ask::yes(&format!("Delete {what}?"), false)? {
            return Err(Complaint::declined());
        }
    }
    let _quiet = folder.quiet()?;
    let _lock = folder.lock()?;
    for name in &options.names {
        let path = folder.file(name);
        store::remove(&path).map_err(|refused| Complaint::not_written(&folder.shown(&path), &refused))?;
        last::forget(&folder.loader.workspace.root, name);
        renewal::forget(&folder.loader.workspace.root, name);
        tell(&format!("deleted `{name}`"));
    }
    Ok(Exit::Met)
}
