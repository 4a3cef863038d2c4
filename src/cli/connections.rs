//! `tugtest connections`: the store. One file a subcommand.

mod add;
mod change;
mod defaults;
mod delete;
mod doctor;
mod edit;
mod export;
mod findings;
mod folder;
mod given;
mod import;
mod keys;
mod list;
mod questions;
mod rekey;
mod rename;
mod save;
mod show;
mod usage;

pub(super) use self::add::{Existing, app, check, must_be_free, save};
pub(super) use self::change::{Change, save as save_change};
pub(super) use self::folder::{Folder, Kept, tell};
pub(super) use self::given::{Input, given};
pub(super) use self::keys::{list as list_recipient, own_or_new, user};
pub(super) use self::questions::Subject;
pub(super) use self::save::{Candidate, stand_in};

use super::args::Colour;
use super::args::connections::{ConnectionsCommand, ConnectionsOptions};
use super::complaint::Complaint;
use super::console;
use super::exit::Exit;

/// Does one thing with connections.
pub(super) fn connections(options: &ConnectionsOptions, colour: Colour) -> Exit {
    let start = &options.workspace;
    let done = match &options.command {
        ConnectionsCommand::List(options) => Ok(list::list(start, options)),
        ConnectionsCommand::Show(options) => show::show(start, options),
        ConnectionsCommand::Add(options) => add::add(start, options, colour),
        ConnectionsCommand::Edit(options) => edit::edit(start, options, colour),
        ConnectionsCommand::Rename(options) => rename::rename(start, options),
        ConnectionsCommand::Delete(options) => delete::delete(start, options),
        ConnectionsCommand::Default(options) => defaults::default(start, options),
        ConnectionsCommand::Import(options) => import::import(start, options),
        ConnectionsCommand::Export(options) => export::export(start, options),
        ConnectionsCommand::Rekey(options) => rekey::rekey(start, options),
        ConnectionsCommand::Doctor(options) => doctor::doctor(start, options),
    };
    done.unwrap_or_else(|complaint| complain(&complaint))
}

/// Shows a complaint and gives its exit code.
pub(super) fn complain(complaint: &Complaint) -> Exit {
    console::complain(&complaint.shown());
    complaint.exit
}

/// Waits for something that the vault does. Nothing here runs side by side.
pub(super) fn block_on<R>(future: impl Future<Output = R>) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime of one thread takes nothing but a few descriptors").block_on(future)
}
