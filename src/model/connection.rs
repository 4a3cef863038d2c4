//! Connections: stored login information, named and selectable.

use super::fields::Fields;
use std::path::PathBuf;
use std::sync::Arc;

use super::app::{Placement, Recipe};
use super::scheme::Scheme;
use super::secret::Secret;

/// The longest name of a connection, in bytes.
pub const LONGEST_NAME: usize = 63;

/// Whether a word can name a connection: `[a-z0-9][a-z0-9._-]{0,62}`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    name.len() <= LONGEST_NAME && name.as_bytes().first().is_some_and(first) && name.bytes().all(word)
}

/// A valid connection, with its secrets still references.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The stem of its file.
    pub name: Arc<str>,
    /// The app it belongs to, an entry of the catalogue.
    pub app: Arc<str>,
    /// The kind of authentication.
    pub scheme: Scheme,
    /// A name for people.
    pub label: Option<Box<str>>,
    /// Taken when several fit and the step selects none.
    pub default: bool,
    /// Public fields: text as written (`base_url`, `username`, `host`, ...).
    pub public: Fields<Box<str>>,
    /// Secret fields, by reference.
    pub secrets: Fields<SecretReference>,
    /// Where the secret goes, when the connection states it itself.
    pub place: Option<Box<Placement>>,
    /// Whether it has a sealed block (opened by the encrypted store).
    pub sealed: bool,
    /// The file it was read from, as messages show it.
    pub file: Arc<str>,
}

impl Connection {
    /// A public field's text.
    #[must_use]
    pub fn public(&self, name: &str) -> Option<&str> {
        self.public.get(name).map(AsRef::as_ref)
    }

    /// The command that gives it new tokens, where a person can grant them in a browser.
    #[must_use]
    pub fn connect_command(&self, recipe: Option<&Recipe>) -> Option<String> {
        let known = recipe.and_then(|recipe| recipe.oauth2.as_deref());
        let stated =
            |field: &str| self.public(field).is_some() || known.is_some_and(|known| known.url(field).is_some());
        let granted =
            self.scheme == Scheme::Oauth2 && ["authorize_url", "device_url", "issuer"].into_iter().any(stated);
        granted.then(|| format!("tugtest connect {}", self.name))
    }

    /// What a person does to give it new tokens: the middle of a sentence.
    #[must_use]
    pub fn anew(&self, recipe: Option<&Recipe>) -> String {
        let command = self.connect_command(recipe).map(|command| format!(" (`{command}`)")).unwrap_or_default();
        format!("connect `{}` anew{command}", self.name)
    }
}

/// Where a secret value comes from.
#[derive(Debug, Clone)]
pub enum SecretReference {
    /// `{env: NAME}`: an environment variable.
    Env(Box<str>),
    /// `{file: PATH}`: the bytes of a file, one final line break dropped. Already resolved against the workspace.
    File(PathBuf),
    /// `{command: [PROGRAM, ARGUMENT...]}`: the standard output of a program, one final line break dropped.
    Command(Vec<Box<str>>),
    /// Written in clear in the connection file; a diagnostic warns of it.
    Literal(Secret),
    /// Given by somebody just now, and not in any file yet.
    Given(Secret),
}

impl SecretReference {
    /// The environment variable that it names.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match self {
            SecretReference::Env(name) => Some(name),
            _ => None,
        }
    }
}
