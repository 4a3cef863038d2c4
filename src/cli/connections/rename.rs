//! `tugtest connections rename`: the file, the sealed block, and every scenario that names the connection.

use std::path::Path;

use super::super::args::connections::RenameOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::add::must_be_free;
use super::defaults::unchangeable;
use super::folder::{Folder, tell};
use super::keys;
use super::show::open;
use super::usage::{Naming, naming};
use crate::model::connection::Connection;
use crate::vault::binding::Binding;
use crate::vault::draft::{Changes, Part, changed};
use crate::vault::store::{self, NotWritten};
use crate::vault::{last, local, renewal, sealed};
use crate::yaml::Span;

/// Renames a connection.
pub(super) fn rename(start: &Path, options: &RenameOptions) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let (old, new) = (&options.old, &options.new);
    folder.must_exist(old)?;
    must_be_free(&folder, new)?;
    let namings = naming(&folder.loader, old);
    announce(&folder, &namings, old, new);
    if !options.yes {
        if !ask::is_there() {
            return Err(Complaint::nobody("A rename changes these files."));
        }
        if !ask::yes(&format!("Rename `{old}` to `{new}`?"), true)? {
            return Err(Complaint::declined());
        }
    }
    let _quiet = folder.quiet()?;
    let _lock = folder.lock()?;
    let kept = folder.kept(old)?;
    must_be_free(&folder, new)?;
    let mut text = kept.text.to_string();
    if kept.connection.sealed {
        // Bound to its name: sealed anew, or it would be refused under the other one.
        let content = open(&folder, &kept.connection)?;
        let renamed = Connection { name: new.as_str().into(), ..(*kept.connection).clone() };
        let binding = Binding::of(&renamed, &folder.destination(&renamed)?);
        let block = sealed::seal(&binding, &content.secrets, &keys::recipients_or_own(&folder)?);
        let sealed = Part::Set(block.map_err(|_| keys::no_recipients())?);
        let changes = Changes { sealed, ..Changes::default() };
        text = changed(&text, &changes).ok_or_else(|| unchangeable(&folder, &kept.path))?;
    }
    // The new file first, the old one last: a crash in between leaves both, and nothing is lost. A refresh that has no known end is known
    // under both names for as long as both files may be there.
    let path = folder.file(new);
    let root = &folder.loader.workspace.root;
    let refused = |path: &Path, refused: &NotWritten| Complaint::not_written(&folder.shown(path), refused);
    store::plain_or_absent(&kept.path).map_err(|error| refused(&kept.path, &error))?;
    renewal::carry(root, old, new).map_err(|error| refused(&local::folder(root), &error))?;
    store::create_private(&path, text.as_bytes()).map_err(|error| refused(&path, &error))?;
    for naming in &namings {
        rewrite(&folder, naming, new)?;
    }
    store::remove(&kept.path).map_err(|error| refused(&kept.path, &error))?;
    renewal::forget(root, old);
    last::rename(root, old, new);
    tell(&format!("renamed `{old}` to `{new}`"));
    Ok(Exit::Met)
}

fn announce(folder: &Folder, namings: &[Naming], old: &str, new: &str) {
    for naming in namings {
        for span in &naming.spans {
            tell(&format!("{}:{}: connection: {old} -> {new}", folder.shown(&naming.path), span.line));
        }
    }
    if namings.is_empty() {
        tell("no scenario names it");
    }
}

/// Puts the new name where the old one stands in a scenario file; the file keeps its mode.
fn rewrite(folder: &Folder, naming: &Naming, new: &str) -> Result<(), Complaint> {
    let shown = folder.shown(&naming.path);
    let same = std::fs::read_to_string(&naming.path).is_ok_and(|text| text == naming.text);
    if !same {
        return Err(Complaint::new(
            format!("{shown} was changed by somebody else in the meantime"),
            format!("write `connection: {new}` there by hand"),
        ));
    }
    let text = replaced(&naming.text, &naming.spans, &crate::yaml::write::text(new));
    store::rewrite(&naming.path, text.as_bytes()).map_err(|refused| Complaint::not_written(&shown, &refused))
}

fn replaced(text: &str, spans: &[Span], new: &str) -> String {
    let mut replaced = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        let (before, old) = (text.get(done..start).unwrap_or_default(), text.get(start..end).unwrap_or_default());
        replaced.push_str(before);
        replaced.push_str(new);
        // Only the scalar itself is replaced, whatever the span brings with it.
        replaced.push_str(&old[old.trim_end().len()..]);
        done = end;
    }
    replaced.push_str(text.get(done..).unwrap_or_default());
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn names_are_replaced_where_they_stand() {
        let text = "steps:\n  - {app: a, connection: old, name: x}\n  - app: b\n    connection: \"old\" # ours\n  - connection: old\n";
        let tree = yaml::parse(text).unwrap();
        let steps = tree.root.get("steps").unwrap().items();
        let spans: Vec<Span> = steps.iter().map(|step| step.get("connection").unwrap().span).collect();
        let expected = "steps:\n  - {app: a, connection: new, name: x}\n  - app: b\n    connection: new # ours\n  - connection: new\n";
        assert_eq!(replaced(text, &spans, "new"), expected);
    }
}
