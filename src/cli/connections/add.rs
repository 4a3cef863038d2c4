//! `tugtest connections add`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::super::args::Colour;
use super::super::args::connections::{AddOptions, GivenOptions};
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::exit::Exit;
use super::super::run::Carried;
use super::folder::{Folder, tell};
use super::given::{Input, given};
use super::questions::Subject;
use super::save::{Candidate, stand_in};
use super::{defaults, keys};
use crate::model::app::{App, AppKind};
use crate::model::connection::is_name;
use crate::model::fields::Fields;
use crate::model::scheme::Scheme;
use crate::model::secret::Secret;
use crate::vault::draft::{Draft, Given, text_of};
use crate::vault::{last, renewal, store};

/// Adds a connection.
pub(super) fn add(start: &Path, options: &AddOptions, colour: Colour) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let input = Input::collect(&options.given.sources)?;
    let asking = input.fields.is_empty() && !options.given.sources.stdin && ask::is_there() && !options.given.yes;
    let name = match &options.name {
        Some(name) => name.clone(),
        None if asking => ask::line("Name of the connection", None, false)?,
        None => return Err(Complaint::new("the connection needs a name", "tugtest connections add NAME --app APP")),
    };
    must_be_free(&folder, &name)?;
    let app = app(&folder, options.app.as_deref().or(input.app.as_deref()), asking)?;
    let scheme = scheme(&app, options.scheme.as_deref().or(input.scheme.as_deref()), asking)?;
    let mut fields = BTreeMap::new();
    for (field, raw) in input.fields {
        fields.insert(field.clone(), given(scheme, &field, raw)?);
    }
    let subject = Subject { name: &name, app: &app, scheme, now: None, kept: Vec::new() };
    if asking {
        subject.ask(&mut fields)?;
    }
    let (scheme, default) = (Some(scheme.name().to_owned()), options.default || input.default.unwrap_or_default());
    let (name, app, label) = (name.clone(), app.name.to_string(), input.label);
    let mut draft = Draft { name, app, scheme, label, default, fields, sealed: None };
    let (candidate, carried) = loop {
        let candidate = match check(&folder, &draft) {
            Err(complaint) if asking => {
                super::complain(&complaint);
                subject.ask_again(&mut draft.fields)?;
                continue;
            }
            checked => checked?,
        };
        candidate.tell_remarks();
        let carried = try_it(&folder, &candidate, &options.given, asking, colour)?;
        match carried.as_ref().filter(|carried| carried.exit != Exit::Met) {
            Some(untested) if untested.exit == Exit::Untested && !options.given.only_if_pass => {
                break (candidate, None);
            }
            Some(failed) if options.given.only_if_pass => return Ok(not_saved(failed)),
            Some(failed) if asking => match ask::choice("It did not pass. What now?", &AFTER_A_FAILURE, 0)? {
                0 => subject.ask_again(&mut draft.fields)?,
                1 => break (candidate, carried),
                _ => return Ok(not_saved(failed)),
            },
            _ => break (candidate, carried),
        }
    };
    save(&folder, &draft, &candidate, Existing::Refuse)?;
    let root = &folder.loader.workspace.root;
    Ok(carried.map_or(Exit::Met, |carried| carried.keep(root)))
}

/// Checks a draft as a loader would check its file.
pub(in crate::cli) fn check(folder: &Folder, draft: &Draft) -> Result<Candidate, Complaint> {
    let mut stood_in = draft.clone();
    let mut secrets: Fields<Secret> = Fields::new();
    for (name, given) in &mut stood_in.fields {
        if let Given::Secret(secret) = given {
            secrets.insert(name.as_str().into(), secret.clone());
            *given = Given::Clear(stand_in());
        }
    }
    Candidate::check(folder, &draft.name, &text_of(&stood_in, draft.sealed.as_deref()), secrets)
}

/// What becomes of a connection that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Existing {
    /// It stays, and nothing is written.
    Refuse,
    /// It makes room.
    Replace,
}

/// Writes a draft that was checked.
pub(in crate::cli) fn save(
    folder: &Folder,
    draft: &Draft,
    candidate: &Candidate,
    existing: Existing,
) -> Result<(), Complaint> {
    let _lock = folder.lock()?;
    if existing == Existing::Refuse {
        must_be_free(folder, &draft.name)?;
    }
    let recipients = if candidate.secrets.is_empty() { Vec::new() } else { keys::recipients_or_own(folder)? };
    let sealed = candidate.seal(&recipients)?;
    let path = folder.file(&draft.name);
    let text = text_of(draft, sealed.as_deref().or(draft.sealed.as_deref()));
    let write = if existing == Existing::Refuse { store::create_private } else { store::write };
    write(&path, text.as_bytes()).map_err(|refused| Complaint::not_written(&folder.shown(&path), &refused))?;
    if draft.default {
        defaults::unset_others(folder, &draft.app, &draft.name)?;
    }
    // Of one that made room for this, something may be remembered.
    let root = &folder.loader.workspace.root;
    last::forget(root, &draft.name);
    if draft.sealed.is_none() {
        // Of what came sealed it is not known which token is in it; the next refresh finds out.
        renewal::forget_others(root, &draft.name, candidate.secrets.get(renewal::REFRESH_TOKEN));
    }
    let shown = folder.shown(&path);
    tell(&match sealed {
        Some(_) => format!("saved {shown}, sealed for {}", keys::audience(&folder.recipients()?)),
        None => format!("saved {shown}"),
    });
    Ok(())
}

pub(in crate::cli) fn must_be_free(folder: &Folder, name: &str) -> Result<(), Complaint> {
    if !is_name(name) {
        let help = "small letters, digits and . _ -, at most 63 of them, a letter or digit first";
        return Err(Complaint::new("that is no name for a connection", help));
    }
    if std::fs::symlink_metadata(folder.file(name)).is_ok() {
        let help = format!("change it: tugtest connections edit {name}");
        return Err(Complaint::new(format!("there is a connection `{name}` already"), help));
    }
    Ok(())
}

/// What a person may do when the probe of what they have entered did not pass.
const AFTER_A_FAILURE: [&str; 3] = ["answer a field again", "save it all the same", "give up"];

/// Probes a candidate if that is wanted.
pub(super) fn try_it(
    folder: &Folder,
    candidate: &Candidate,
    options: &GivenOptions,
    asking: bool,
    colour: Colour,
) -> Result<Option<Carried>, Complaint> {
    let name = &candidate.connection.name;
    let wanted = if options.no_probe {
        false
    } else if options.only_if_pass || options.yes {
        true
    } else if asking {
        ask::yes("Probe it now?", true)?
    } else {
        tell(&format!("not probed; `tugtest probe {name}` does that"));
        false
    };
    let carried = wanted.then(|| candidate.probe(folder, colour));
    if carried.as_ref().is_some_and(|carried| carried.exit == Exit::Untested) {
        tell("nothing was tested: for this app a step has to say what to ask, under `probe:`");
    }
    Ok(carried)
}

/// Says that nothing was saved, and why the program ends as it does.
pub(super) fn not_saved(carried: &Carried) -> Exit {
    tell("nothing was saved");
    carried.exit
}

pub(in crate::cli) fn app(folder: &Folder, given: Option<&str>, asking: bool) -> Result<Arc<App>, Complaint> {
    let catalog = &folder.loader.catalog;
    let mut named = match given {
        Some(name) => name.to_owned(),
        None if asking => ask::line("App", None, false)?,
        None => return Err(Complaint::new("the connection needs an app", "tugtest connections add NAME --app APP")),
    };
    loop {
        let found = catalog.get(named.trim());
        if let Some(app) = found.as_ref().filter(|app| !matches!(app.kind, AppKind::BuiltIn | AppKind::Shoppad)) {
            return Ok(Arc::clone(app));
        }
        let known = crate::document::Apps::names(&**catalog);
        let near = crate::yaml::nearest::nearest(named.trim(), known.iter().map(AsRef::as_ref));
        let complaint = match (found, near) {
            (Some(app), _) => {
                Complaint::new(format!("{} needs no connection", app.title), "steps of it work without one")
            }
            (None, Some(near)) => Complaint::new("that app is not in the catalogue", format!("did you mean `{near}`?")),
            (None, None) => {
                let help = "`http` is any API, and apps/NAME.yaml adds an app of your own";
                Complaint::new("that app is not in the catalogue", help)
            }
        };
        if !asking {
            return Err(complaint);
        }
        super::complain(&complaint);
        named = ask::line("App", None, false)?;
    }
}

fn scheme(app: &App, given: Option<&str>, asking: bool) -> Result<Scheme, Complaint> {
    let mut offered: Vec<Scheme> = app.recipes.iter().map(|recipe| recipe.scheme).collect();
    if offered.is_empty() {
        offered = Scheme::ALL.into_iter().filter(|scheme| (*scheme == Scheme::Ftp) == (*app.name == *"ftp")).collect();
    }
    let names: Vec<&str> = offered.iter().map(|scheme| scheme.name()).collect();
    let listed = names.join(", ");
    if let Some(given) = given {
        let found = Scheme::from_name(given).filter(|scheme| offered.contains(scheme));
        let refused = || {
            Complaint::new(format!("{} offers no such type of connection", app.title), format!("it offers: {listed}"))
        };
        return found.ok_or_else(refused);
    }
    match offered[..] {
        [only] => Ok(only),
        _ if asking => Ok(offered[ask::choice("Type", &names, 0)?]),
        _ => Err(Complaint::new(
            format!("{} offers several types of connection", app.title),
            format!("say which: --type, one of {listed}"),
        )),
    }
}
