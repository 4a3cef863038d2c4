//! `tugtest connections delete`.

use std::path::Path;

use super::super::args::connections::DeleteOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::super::session::{Session, ended};
use super::folder::{Folder, tell};
use super::usage::Usage;
use crate::model::scheme::Scheme;
use crate::probe::oauth2::applicant::Applicant;
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
    if options.revoke {
        options.names.iter().try_for_each(|name| give_back(&folder, name))?;
    }
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

/// Gives the tokens of a connection back to whoever has issued them.
fn give_back(folder: &Folder, name: &str) -> Result<(), Complaint> {
    let kept = folder.kept(name)?;
    let connection = &*kept.connection;
    if connection.scheme != Scheme::Oauth2 {
        let message =
            format!("`{name}` is of the type {}, and holds no token that could be given back", connection.scheme);
        return Err(Complaint::new(message, "leave `--revoke` away, and end the credential at the app itself"));
    }
    let (app, destination) = (folder.app(connection)?, folder.destination(connection)?);
    let recipe = app.recipe(connection.scheme);
    let session = Session::begin()?;
    let given_back = session.wait(async {
        let resolved = folder.vault.resolve(connection, recipe, &destination).await;
        let credential = resolved.map_err(|judgement| ended(&judgement))?.credential;
        for (field, secret) in credential.secrets.iter() {
            session.scrubber.learn(&format!("{name}.{field}"), secret);
        }
        let (wire, scrubber) = (&session.wire, &session.scrubber);
        let applicant = Applicant { recipe, connection, credential: &credential, wire, scrubber };
        applicant.give_back().await.map_err(|judgement| ended(&judgement))
    });
    let host = given_back.map_err(|complaint| Complaint {
        help: Some(format!("{} To delete it all the same, leave `--revoke` away.", complaint.help.unwrap_or_default())),
        ..complaint
    })?;
    tell(&format!("gave the tokens of `{name}` back to {host}"));
    Ok(())
}
