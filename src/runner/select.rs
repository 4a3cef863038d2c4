//! Which connection a step uses: the order of selection, and the three states that it leads to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::app::{App, AppKind};
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::phase::Phase;
use crate::model::report::AuthState;
use crate::model::scenario::Step;
use crate::model::scheme::Scheme;
use crate::model::verdict::Judgement;

/// `--connection STEP-OR-APP=NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// A step's key, or an app.
    pub target: String,
    /// The connection to use.
    pub connection: String,
}

/// What selection found for a step.
#[derive(Debug)]
pub(super) enum Selection {
    /// This connection.
    Connection(Arc<Connection>),
    /// None, and that is settled: why, in which state, and which connection was named.
    Settled(Judgement, AuthState, Option<Arc<str>>),
}

/// The connections of a workspace, as selection sees them.
#[derive(Debug, Default)]
pub struct Connections {
    /// The valid ones, by name.
    pub valid: BTreeMap<Arc<str>, Arc<Connection>>,
    /// Names of files that are not valid.
    pub broken: Vec<Arc<str>>,
}

/// Selects by, in this order: the command line (a step's key is nearer than its app), the step, the only connection of the app, the app's default one.
pub(super) fn select(step: &Step, app: &App, connections: &Connections, overrides: &[Override]) -> Selection {
    let last = |target: &str| overrides.iter().rev().find(|wish| wish.target == target);
    let by_command_line = step.key.as_deref().and_then(last).or_else(|| last(&step.app));
    let named = by_command_line.map(|wish| wish.connection.as_str()).or(step.connection.as_deref());
    if let Some(settled) = needs_none(step, app, named) {
        return settled;
    }
    match named {
        Some(name) => by_name(step, app, connections, name),
        None => by_app(step, app, connections),
    }
}

/// The four kinds of step that need no connection: the builder's own tools, apps of its family, the store that it is installed on,
/// and API requests without authentication.
fn needs_none(step: &Step, app: &App, named: Option<&str>) -> Option<Selection> {
    let without = |why: String| {
        let judgement = Judgement::without_remedy(Cause::NotRequired, Phase::Resolve, why);
        Some(Selection::Settled(judgement, AuthState::NotNeeded, None))
    };
    match app.kind {
        AppKind::BuiltIn => without(format!("{} is built in: this step needs no connection.", app.title)),
        AppKind::Shoppad => without(format!("{} is a ShopPad app: this step needs no connection.", app.title)),
        AppKind::SameStore if named.is_none() => {
            without(format!("{} is the store itself: this step needs no connection.", app.title))
        }
        AppKind::SameStore | AppKind::Connected => match step.operation.as_deref() {
            Some("no_auth" | "no-auth") if named.is_none() => {
                without("This request is sent without authentication: it needs no connection.".to_owned())
            }
            _ => None,
        },
    }
}

fn by_name(step: &Step, app: &App, connections: &Connections, name: &str) -> Selection {
    if let Some(connection) = connections.valid.get(name) {
        if fits(app, connection) {
            return Selection::Connection(Arc::clone(connection));
        }
        let message = format!(
            "Step `{}` is of app `{}` and selects connection `{name}`, which is of app `{}` and type `{}`.",
            step.name, step.app, connection.app, connection.scheme
        );
        return missing(message, app, connections, Some(Arc::clone(&connection.name)));
    }
    if let Some(broken) = connections.broken.iter().find(|broken| &***broken == name) {
        let judgement = Judgement::of(
            Cause::ConnectionInvalid,
            Phase::Resolve,
            format!("The file of connection `{name}` is not valid, so there is nothing to test."),
            "Run `tugtest check`: it shows each mistake with its place.",
        );
        return Selection::Settled(judgement, AuthState::Authenticate, Some(Arc::clone(broken)));
    }
    let message = format!("Step `{}` selects connection `{name}`, which does not exist.", step.name);
    missing(message, app, connections, Some(Arc::from(name)))
}

fn by_app(step: &Step, app: &App, connections: &Connections) -> Selection {
    let candidates: Vec<_> = connections.valid.values().filter(|connection| fits(app, connection)).collect();
    match candidates.as_slice() {
        [] => missing(
            format!("Step `{}` needs a connection of app `{}`, and there is none.", step.name, step.app),
            app,
            connections,
            None,
        ),
        [only] => Selection::Connection(Arc::clone(only)),
        several => {
            let defaults: Vec<_> = several.iter().filter(|connection| connection.default).collect();
            if let [default] = defaults.as_slice() {
                return Selection::Connection(Arc::clone(default));
            }
            let names = names(several.iter().copied());
            let judgement = Judgement::of(
                Cause::ConnectionAmbiguous,
                Phase::Resolve,
                format!(
                    "{} connections fit app `{}`, and step `{}` selects none: {names}.",
                    several.len(),
                    step.app,
                    step.name
                ),
                "Set `connection:` in the step, or `default: true` in one of them.",
            );
            Selection::Settled(judgement, AuthState::Authenticate, None)
        }
    }
}

/// Whether a connection is of this app, and of a type that its recipes accept. An app without recipes accepts every type.
fn fits(app: &App, connection: &Connection) -> bool {
    let same = *connection.app == *app.name;
    let accepted = app.recipes.is_empty() || app.recipe(connection.scheme).is_some();
    same && accepted && (connection.scheme != Scheme::Ftp || &*app.name == "ftp" || app.recipe(Scheme::Ftp).is_some())
}

fn missing(message: String, app: &App, connections: &Connections, named: Option<Arc<str>>) -> Selection {
    let known = names(connections.valid.values().filter(|connection| fits(app, connection)));
    let remedy = if known.is_empty() {
        format!("Create one: `tugtest connections add --app {}`.", app.name)
    } else {
        format!("Select one of those that fit: {known}; or create another.")
    };
    let judgement = Judgement::of(Cause::ConnectionMissing, Phase::Resolve, message, remedy);
    Selection::Settled(judgement, AuthState::Authenticate, named)
}

fn names<'c>(connections: impl Iterator<Item = &'c Arc<Connection>>) -> String {
    let names: Vec<_> = connections.map(|connection| format!("`{}`", connection.name)).collect();
    names.join(", ")
}
