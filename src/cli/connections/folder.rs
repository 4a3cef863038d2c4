//! The folder of a workspace's connections: what every subcommand does with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::super::complaint::Complaint;
use super::super::console;
use super::super::load::Loader;
use crate::document::{self, discover};
use crate::model::app::{App, Recipe};
use crate::model::connection::{Connection, is_name};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::endpoint::Address;
use crate::probe::target::destination;
use crate::report::escape::escape;
use crate::vault::store::{self, Lock};
use crate::vault::{Vault, recipients, renewal};

/// How long a writer waits for others. Fifty of them, one after another, need less.
const PATIENCE: Duration = Duration::from_secs(30);

/// The connections of a workspace, one file each.
pub(in crate::cli) struct Folder {
    pub(in crate::cli) loader: Loader,
    pub(in crate::cli) vault: Vault,
}

/// A connection as its file has it now.
pub(in crate::cli) struct Kept {
    pub(in crate::cli) connection: Arc<Connection>,
    pub(in crate::cli) text: Zeroizing<String>,
    pub(in crate::cli) path: PathBuf,
}

impl Folder {
    /// The folder of the workspace at or above a path. No connection is read yet.
    pub(in crate::cli) fn at(start: &Path) -> Self {
        let loader = Loader::bare(start);
        let vault = loader.vault();
        Folder { loader, vault }
    }

    /// The same with every connection read.
    pub(in crate::cli) fn whole(start: &Path) -> Self {
        let loader = Loader::at(start);
        let vault = loader.vault();
        Folder { loader, vault }
    }

    pub(in crate::cli) fn path(&self) -> &Path {
        &self.loader.workspace.connections
    }

    /// The right to write, and a folder without rests of writers that were killed.
    pub(in crate::cli) fn lock(&self) -> Result<Lock, Complaint> {
        let lock = Lock::take(self.path(), PATIENCE).map_err(|refused| Complaint::not_locked(self.path(), &refused))?;
        store::clean(self.path());
        store::ignore_rests(self.path());
        Ok(lock)
    }

    /// Nobody refreshes a connection, or begins to, for as long as this is kept: what a refresh gives would find no place to be kept in.
    /// To be taken before the lock.
    pub(in crate::cli) fn quiet(&self) -> Result<Option<Lock>, Complaint> {
        renewal::pause(&self.loader.workspace.root, PATIENCE)
            .map_err(|_| Complaint::new("a connection is being refreshed", "wait until that has ended, and try again"))
    }

    /// The file of a connection, there or not.
    pub(in crate::cli) fn file(&self, name: &str) -> PathBuf {
        let file = |extension: &str| self.path().join(format!("{name}.{extension}"));
        let (first, second) = (file("yaml"), file("yml"));
        if second.is_file() && !first.is_file() { second } else { first }
    }

    pub(in crate::cli) fn shown(&self, path: &Path) -> String {
        self.loader.shown(path)
    }

    /// The names of all connections, by their files.
    pub(in crate::cli) fn names(&self) -> Vec<String> {
        let (files, _) = discover::connections(self.path());
        files.iter().filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect()
    }

    /// A complaint unless there is such a connection.
    pub(in crate::cli) fn must_exist(&self, name: &str) -> Result<PathBuf, Complaint> {
        let path = self.file(name);
        if is_name(name) && std::fs::symlink_metadata(&path).is_ok() {
            return Ok(path);
        }
        let names = self.names();
        let help = match crate::yaml::nearest::nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there is none yet: tugtest connections add".to_owned(),
            None => "`tugtest connections list` shows all of them".to_owned(),
        };
        Err(Complaint::new(format!("there is no connection `{name}` in {}", self.shown(self.path())), help))
    }

    /// Reads one connection.
    pub(in crate::cli) fn kept(&self, name: &str) -> Result<Kept, Complaint> {
        let path = self.must_exist(name)?;
        let shown = self.shown(&path);
        let text = document::read::read(&path, &shown).map_err(|diagnostic| complain_of(&[*diagnostic]))?;
        let text = Zeroizing::new(text);
        let connection = self.parse(&text, name, &shown)?;
        Ok(Kept { connection: Arc::new(connection), text, path })
    }

    /// Checks the text of a connection file as any loader would.
    pub(in crate::cli) fn parse(&self, text: &str, name: &str, shown: &str) -> Result<Connection, Complaint> {
        let loaded = document::connection::parse(text, name, shown, &self.loader.workspace, &*self.loader.catalog);
        let broken = loaded.has_errors();
        loaded.value.filter(|_| !broken).ok_or_else(|| complain_of(&loaded.diagnostics))
    }

    /// The app of a connection.
    pub(in crate::cli) fn app(&self, connection: &Connection) -> Result<Arc<App>, Complaint> {
        self.loader
            .catalog
            .get(&connection.app)
            .ok_or_else(|| Complaint::new(format!("unknown app `{}`", connection.app), "correct `app:` in the file"))
    }

    /// Everywhere that a connection's secrets may go.
    pub(in crate::cli) fn destination(&self, connection: &Connection) -> Result<Vec<Address>, Complaint> {
        let app = self.app(connection)?;
        destination(&app, app.recipe(connection.scheme), connection).map_err(|judgement| Complaint::judged(&judgement))
    }

    /// The recipe of a connection, if its app has one.
    pub(in crate::cli) fn with_recipe<R>(&self, connection: &Connection, look: impl FnOnce(Option<&Recipe>) -> R) -> R {
        let app = self.loader.catalog.get(&connection.app);
        look(app.as_ref().and_then(|app| app.recipe(connection.scheme)))
    }

    /// What the file of recipients says; an empty one where there is none.
    pub(in crate::cli) fn recipients(&self) -> Result<recipients::Recipients, Complaint> {
        Ok(recipients::Recipients::parse(&self.recipients_text()?))
    }

    pub(in crate::cli) fn recipients_text(&self) -> Result<String, Complaint> {
        let path = recipients::file(self.path());
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
            _ => {}
        }
        document::read::read(&path, &self.shown(&path)).map_err(|diagnostic| complain_of(&[*diagnostic]))
    }

    /// Writes a file of the folder.
    pub(in crate::cli) fn write(&self, path: &Path, text: &str) -> Result<(), Complaint> {
        store::write(path, text.as_bytes()).map_err(|refused| Complaint::not_written(&self.shown(path), &refused))
    }
}

/// The first mistake of a file, and how many more there are.
pub(in crate::cli) fn complain_of(diagnostics: &[Diagnostic]) -> Complaint {
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    let Some(first) = errors.first() else {
        return Complaint::new("the file cannot be used", "`tugtest check` shows why");
    };
    let more = match errors.len() - 1 {
        0 => String::new(),
        more => format!(" (and {} more)", crate::report::plural(more, "mistake")),
    };
    Complaint {
        message: format!("{}: {}{more}", first.file, first.message),
        help: first.help.clone(),
        exit: super::Exit::Invalid,
    }
}

/// Tells what was done, on standard error.
pub(in crate::cli) fn tell(text: &str) {
    console::complain(&escape(text));
}
