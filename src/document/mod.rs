//! Floor 1: YAML in. What may be written, turned into what is valid, every mistake with its place.
//!
//! Each kind of file has a module: its shape (what may be written) as data, and its loader, which checks a tree against the shape,
//! turns it into the nouns of [`crate::model`] and adds what no shape can say (hosts, URLs, names that do not exist).
//! Nothing here stops at the first mistake, opens a socket or resolves a secret.

pub mod app;
pub mod code;
pub mod connection;
pub mod discover;
pub mod fixture;
pub mod kind;
pub mod read;
pub mod scenario;
pub mod workspace;

mod address;
mod conditions;
mod credential;
mod fields;
mod ftp;
mod hmac;
mod mishap;
mod oauth1;
mod oauth2;
mod page;
mod place;
mod probe;
mod request;
mod session;
mod step;
mod template;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::app::App;
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::scheme::Scheme;

/// What came of loading a file: what could be used of it, and everything that is wrong with it.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The value; none when there is no such thing as a part of it.
    pub value: Option<T>,
    /// What is wrong, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Loaded<T> {
    /// Nothing but a reason.
    #[must_use]
    pub fn refused(diagnostic: Diagnostic) -> Self {
        Loaded { value: None, diagnostics: vec![diagnostic] }
    }

    /// Whether anything is worse than a warning.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// The apps that files may name: the catalogue, as floor 1 sees it.
pub trait Apps {
    /// The app with this name.
    fn app(&self, name: &str) -> Option<Arc<App>>;

    /// The names of all apps, for suggestions.
    fn names(&self) -> Vec<Arc<str>>;
}

/// What a scenario may name.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    /// Apps.
    pub apps: &'k dyn Apps,
    /// Connections by name, those whose file is broken included.
    pub connections: &'k BTreeMap<Arc<str>, KnownConnection>,
    /// Fixtures that exist, as scenarios name them. None: fixtures are not looked at (live runs).
    pub fixtures: Option<&'k BTreeSet<Box<str>>>,
}

/// A connection, as far as scenarios need to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownConnection {
    /// Its app; none when its file is too broken to say.
    pub app: Option<Arc<str>>,
    /// Its scheme; none when its file is too broken to say.
    pub scheme: Option<Scheme>,
}

/// What a field of a connection is for, in one sentence.
#[must_use]
pub fn describe(field: &str) -> &'static str {
    fields::doc(field)
}

/// The JSON Schema of a kind of file: `scenario`, `connection`, `fixture`, `app` or `workspace`.
#[must_use]
pub fn schema(name: &str) -> Option<serde_json::Value> {
    match name {
        "scenario" => Some(scenario::schema()),
        "connection" => Some(connection::schema()),
        "fixture" => Some(fixture::schema()),
        "app" => Some(app::schema()),
        "workspace" => Some(workspace::schema()),
        _ => None,
    }
}
