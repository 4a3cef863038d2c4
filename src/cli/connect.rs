//! `tugtest connect`: a person grants access in the browser, and what comes of it is sealed and probed.
//!
//! Nothing is written before there are tokens, and everything that goes wrong before that leaves the folder as it was.

mod browser;
mod code;
mod desk;
mod device;
mod listen;
mod page;
mod signed;
mod way;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::Colour;
use super::args::connect::ConnectOptions;
use super::ask;
use super::complaint::Complaint;
use super::connections::{Candidate, Folder, Input, app, complain, tell};
use super::exit::Exit;
use super::session;
use crate::model::app::App;
use crate::model::connection::is_name;
use crate::model::oauth2::Oauth2Recipe;
use crate::model::scheme::Scheme;
use crate::vault::draft::Given;

use self::desk::Desk;
use self::listen::Reply;
use self::page::Page;
use self::work::Work;
use super::session::Session;

/// What a person has granted: fields of the connection, none of them to be taken out; and the browser that waits for a page.
struct Obtained {
    fields: BTreeMap<String, Option<Given>>,
    reply: Option<Reply>,
}

/// Which connection of which app is meant.
struct Wish {
    app: Arc<str>,
    name: Arc<str>,
    /// Whether somebody has named the connection.
    named: bool,
    /// The kind of authentication that it has, if it is there.
    scheme: Option<&'static str>,
}

impl Wish {
    /// What the options mean: an app, or else a connection that is there, which gets new tokens.
    fn of(folder: &Folder, options: &ConnectOptions) -> Result<Self, Complaint> {
        let word = options.app.as_str();
        let there = is_name(word) && std::fs::symlink_metadata(folder.file(word)).is_ok();
        if options.name.is_none() && there && folder.loader.catalog.get(word).is_none() {
            let kept = folder.kept(word)?;
            let (app, name) = (Arc::clone(&kept.connection.app), Arc::clone(&kept.connection.name));
            return Ok(Wish { app, name, named: true, scheme: Some(kept.connection.scheme.name()) });
        }
        let name = options.name.as_deref().unwrap_or(word).into();
        Ok(Wish { app: word.into(), name, named: options.name.is_some(), scheme: None })
    }
}

/// Connects.
pub(super) fn connect(options: &ConnectOptions, colour: Colour) -> Exit {
    attempt(options, colour).unwrap_or_else(|complaint| complain(&complaint))
}

fn attempt(options: &ConnectOptions, colour: Colour) -> Result<Exit, Complaint> {
    let folder = Folder::whole(&options.workspace);
    let input = Input::collect(&options.sources)?;
    let wish = Wish::of(&folder, options)?;
    if input.app.as_ref().is_some_and(|given| *given != *wish.app) {
        return Err(Complaint::new("standard input is for another app", "leave `app` away there"));
    }
    let app = app(&folder, Some(&wish.app), false)?;
    let scheme = scheme(&app, options.scheme.as_deref().or(input.scheme.as_deref()).or(wish.scheme))?;
    let asking = input.fields.is_empty() && !options.sources.stdin && ask::is_there() && !options.yes;
    let mut work = Work::begin(&folder, (options, &wish), input, (Arc::clone(&app), scheme), asking)?;
    let session = Session::begin()?;
    let (title, obtained) = {
        let mut desk = Desk::set(&folder, options, &app, &session, &mut work)?;
        if scheme == Scheme::Oauth2 {
            desk.ask_issuer(&way::endpoints(&desk), &mut work)?;
        }
        let obtained = match scheme {
            Scheme::Oauth1 => signed::obtain(&desk),
            _ if way::is_device(&desk)? => device::obtain(&desk),
            _ => code::obtain(&desk),
        };
        (desk.title(), obtained?)
    };
    let Obtained { fields, mut reply } = obtained;
    let sealed = work.seal(&folder, fields);
    let page = match &sealed {
        Ok(candidate) => Page::Connected { app: title, name: candidate.connection.name.to_string() },
        Err(complaint) => Page::failed(complaint),
    };
    if let Some(reply) = &mut reply {
        reply.send(&session, page);
    }
    // Until the end somebody is there to say that all is done: `reply` keeps the listener.
    Ok(probe(&folder, options, &sealed?, colour))
}

/// Finds out at once whether the new tokens work. The connection stays, whatever comes of it: a grant cannot be had again for nothing.
fn probe(folder: &Folder, options: &ConnectOptions, candidate: &Candidate, colour: Colour) -> Exit {
    let name = &candidate.connection.name;
    if options.no_probe {
        tell(&format!("not probed; `tugtest probe {name}` does that"));
        return Exit::Met;
    }
    let carried = candidate.probe(folder, colour);
    if carried.exit == Exit::Untested {
        tell("nothing was tested: for this app a step has to say what to ask, under `probe:`");
        return Exit::Met;
    }
    carried.keep(&folder.loader.workspace.root)
}

/// Whether an app grants access to people: it has a page for them.
fn has_page(known: &Oauth2Recipe) -> bool {
    ["authorize_url", "device_url", "issuer"].into_iter().any(|field| known.url(field).is_some())
}

/// The kind of authentication: one that a person grants.
fn scheme(app: &App, given: Option<&str>) -> Result<Scheme, Complaint> {
    let granted = [Scheme::Oauth2, Scheme::Oauth1];
    // An app without recipes is any API; only a recipe says where OAuth 1.0a hands tokens out.
    let offered: Vec<Scheme> = granted
        .into_iter()
        .filter(|scheme| match app.recipe(*scheme) {
            Some(recipe) if *scheme == Scheme::Oauth1 => recipe.oauth1.is_some(),
            // Where a recipe says nothing of the server, the connection does.
            Some(recipe) => recipe.oauth2.as_deref().is_none_or(has_page),
            None => app.recipes.is_empty() && *app.name != *"ftp" && *scheme == Scheme::Oauth2,
        })
        .collect();
    let names: Vec<&str> = offered.iter().map(|scheme| scheme.name()).collect();
    let name = &app.name;
    if let Some(given) = given {
        let found = Scheme::from_name(given).filter(|scheme| offered.contains(scheme));
        let help = if names.is_empty() {
            format!("add it with what you have: tugtest connections add --app {name}")
        } else {
            format!("it offers: {}", names.join(", "))
        };
        let refused = || Complaint::new(format!("{} offers no such grant", app.title), help);
        return found.ok_or_else(refused);
    }
    match offered[..] {
        [only] => Ok(only),
        [] => Err(Complaint::new(
            format!("{} is no app that a person grants access to in a browser", app.title),
            format!("add it with what you have: tugtest connections add --app {name}"),
        )),
        _ => Err(Complaint::new(
            format!("{} offers several kinds of grants", app.title),
            format!("say which: --type, one of {}", names.join(", ")),
        )),
    }
}
