//! `tugtest init`: a workspace, a scenario to start from, and an identity that opens its sealed connections. What is there already stays as it is.

use std::path::Path;

use super::args::InitOptions;
use super::complaint::Complaint;
use super::connections::{Folder, complain, list_recipient, own_or_new, user};
use super::console;
use super::exit::Exit;
use crate::document::discover;
use crate::report::escape::escape;
use crate::vault::store::{self, NotWritten};

const WORKSPACE: &str = "# A tugtest workspace. Everything here may be left out; these are the defaults.
scenarios: scenarios      # what `tugtest run` and `tugtest check` take
connections: connections  # one file a connection, made by `tugtest connections add`
fixtures: fixtures        # recorded exchanges for runs without a network
apps: apps                # your own app recipes, beside the catalogue
";

const SCENARIO: &str = "# A scenario is a workflow with the steps whose connections are tested. `tugtest run` plays it against doubles, `tugtest run --live`
# against the real servers; `tugtest schema scenario` says what else may be written here.
workflow: First steps
steps:
  - name: Wait an hour
    app: delay                  # a tool that is built in: needs no connection
  # - name: Subscribe profile
  #   app: klaviyo              # once there is a connection: tugtest connections add klaviyo-eu --app klaviyo
  #   connection: klaviyo-eu
";

/// Makes a workspace.
pub(super) fn init(options: &InitOptions) -> Exit {
    match make(&options.path) {
        Ok(()) => Exit::Met,
        Err(complaint) => complain(&complaint),
    }
}

fn make(root: &Path) -> Result<(), Complaint> {
    if root.is_file() {
        return Err(Complaint::new(
            format!("{} is a file, and a workspace is a folder", root.display()),
            "name a folder: tugtest init FOLDER",
        ));
    }
    let file = root.join("tugtest.yaml");
    let shown = file.display().to_string();
    match store::create_private(&file, WORKSPACE.as_bytes()) {
        Ok(()) => say(&format!("made {shown}")),
        Err(NotWritten::Exists) => say(&format!("{shown} is there already")),
        Err(refused) => return Err(Complaint::not_written(&shown, &refused)),
    }
    let folder = Folder::at(root);
    let _lock = folder.lock()?;
    for path in [&folder.loader.workspace.scenarios, &folder.loader.workspace.fixtures] {
        std::fs::create_dir_all(path)
            .map_err(|error| Complaint::not_written(&folder.loader.shown(path), &NotWritten::Failed(error)))?;
    }
    begin_scenarios(&folder)?;
    let own = own_or_new(&folder)?;
    if !folder.recipients()?.holds(own.text()) {
        list_recipient(&folder, &own, &user())?;
    }
    say(&format!("your public key: {}", own.text()));
    say("next: tugtest connections add");
    Ok(())
}

/// Writes a scenario to start from where there is none.
fn begin_scenarios(folder: &Folder) -> Result<(), Complaint> {
    let scenarios = &folder.loader.workspace.scenarios;
    let (found, _) = discover::files(std::slice::from_ref(scenarios));
    if found.is_empty() {
        let path = scenarios.join("first-steps.yaml");
        folder.write(&path, SCENARIO)?;
        say(&format!("made {}", folder.loader.shown(&path)));
    }
    Ok(())
}

fn say(text: &str) {
    console::complain(&escape(text));
}
