//! Connection files: `connections/NAME.yaml`.
//!
//! No line of such a file is shown where it may hold a secret: nothing at or below `fields` and `sealed`, nothing of a file that is no
//! YAML, and nothing at all where aliases move values about.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::page::Page;
use super::template::{Nameable, extra_names};
use super::{Apps, Loaded, code, credential, fields, read};
use crate::model::app::{App, AppKind, Recipe};
use crate::model::connection::{Connection, is_name};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::scheme::Scheme;
use crate::model::workspace::Workspace;
use crate::yaml::fault::MISSING_FIELD;
use crate::yaml::nearest::{listing, suggestion};
use crate::yaml::secrecy::quoted;
use crate::yaml::{self, Field, Name, Node, Shape, Tree, keys};

const CONNECTION: &[Field] = &[
    Field::required("app", &Shape::Text, "An app of the catalogue."),
    Field::optional("type", &Shape::Text, "The kind of authentication; may be left out where the app offers one."),
    Field::optional("label", &Shape::Text, "A name for people."),
    Field::optional("default", &Shape::Flag, "Take this one when several fit and the step selects none."),
    Field::optional(
        "fields",
        &Shape::MapOf(&Shape::Json),
        "What the kind of authentication needs, public and secret alike.",
    ),
    Field::optional("sealed", &Shape::Text, "Encrypted fields, written by tugtest itself."),
];

const SHAPE: Shape = Shape::Map(CONNECTION);

/// Keys whose lines may be shown.
const OPEN: [&str; 4] = ["app", "type", "label", "default"];

/// Reads a connection file. `shown` is its path as messages show it.
///
/// There is no value when anything is wrong: a connection is used whole or not at all.
#[must_use]
pub fn load(path: &Path, shown: &str, workspace: &Workspace, apps: &dyn Apps) -> Loaded<Connection> {
    let text = match read::read(path, shown) {
        Ok(text) => Zeroizing::new(text),
        Err(diagnostic) => return Loaded::refused(*diagnostic),
    };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    parse(&text, &stem, shown, workspace, apps)
}

/// Reads the text of a connection file; `name` is its stem.
#[must_use]
pub fn parse(text: &str, name: &str, shown: &str, workspace: &Workspace, apps: &dyn Apps) -> Loaded<Connection> {
    let mut page = Page::secret(text, shown);
    if !is_name(name) {
        let message = format!("{} is no name for a connection", quoted(name));
        let help = "rename the file: small letters, digits and . _ -, at most 63 of them, a letter or digit first";
        page.error_of_file(code::BAD_NAME, message, help);
    }
    let Some(tree) = page.parse() else { return page.finish(None) };
    page.hide_all_but(&tree, &OPEN);
    page.lint(&tree.root);
    page.check(&tree.root, &SHAPE, Name::words("the connection"));
    let connection = read_tree(&mut page, &tree, name, workspace, apps);
    let connection = connection.filter(|_| !page.has_errors());
    page.finish(connection)
}

fn read_tree(
    page: &mut Page<'_>,
    tree: &Tree,
    name: &str,
    workspace: &Workspace,
    apps: &dyn Apps,
) -> Option<Connection> {
    let root = &tree.root;
    let app = app(page, root.get("app")?, apps);
    let scheme = scheme(page, root, app.as_deref());
    let sealed = root.get("sealed").is_some();
    let nothing = Node::nothing(keys::beginning(root));
    let written = root.get("fields").unwrap_or(&nothing);
    let readable = written.is_null() || matches!(written.value, yaml::Value::Map(_));
    let misspelt = keys::is_misspelt("fields", root.entries(), || CONNECTION.iter().map(|field| field.name));
    let (app, scheme) = (app?, scheme?);
    let recipe = app.recipe(scheme);
    let extra = recipe.map(extra_names).unwrap_or_default();
    let nameable = Nameable { scheme, extra: &extra };
    let mut values = credential::values(page, written, nameable, &workspace.root);
    values.add_usual(recipe);
    if readable && !misspelt {
        credential::complete(page, written, nameable, recipe, sealed);
    }
    two_authentications(page, written, recipe, values.place.as_deref());
    let text = |key: &str| root.get(key).and_then(Node::text);
    Some(Connection {
        name: name.into(),
        app: Arc::clone(&app.name),
        scheme,
        label: text("label").map(Into::into),
        default: root.get("default").and_then(Node::scalar).and_then(yaml::scalar::Scalar::as_bool).unwrap_or_default(),
        public: values.public,
        secrets: values.secrets,
        place: values.place,
        sealed,
        file: Arc::clone(page.file()),
    })
}

fn app(page: &mut Page<'_>, node: &Node, apps: &dyn Apps) -> Option<Arc<App>> {
    let name = node.text()?;
    let Some(app) = apps.app(name) else {
        unknown_app(page, node, name, apps);
        return None;
    };
    if matches!(app.kind, AppKind::BuiltIn | AppKind::Shoppad) {
        let message = format!("{} needs no connection", quoted(name));
        page.error(code::NEEDLESS_CONNECTION, node.span, message, "delete the file: steps of this app work without it");
        return None;
    }
    Some(app)
}

/// Reports an app that is not in the catalogue.
pub(super) fn unknown_app(page: &mut Page<'_>, node: &Node, name: &str, apps: &dyn Apps) {
    let names = apps.names();
    let help = match yaml::nearest::nearest(name, names.iter().map(AsRef::as_ref)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`http` is any API, and apps/NAME.yaml adds an app of your own".to_owned(),
    };
    page.error(code::UNKNOWN_APP, node.span, format!("unknown app {}", quoted(name)), help);
}

fn scheme(page: &mut Page<'_>, root: &Node, app: Option<&App>) -> Option<Scheme> {
    let offered: Vec<Scheme> =
        app.map(|app| app.recipes.iter().map(|recipe| recipe.scheme).collect()).unwrap_or_default();
    let offered_names: Vec<&str> = offered.iter().map(|scheme| scheme.name()).collect();
    let Some(node) = root.get("type") else {
        let app = app?;
        if let [only] = offered[..] {
            return Some(only);
        }
        let message = format!("the connection lacks `type`, and {} offers several", quoted(&app.name));
        let help = listing(&offered_names).map_or("state one".to_owned(), |names| format!("state one of: {names}"));
        page.error(MISSING_FIELD, keys::beginning(root), message, help);
        return None;
    };
    let text = node.text()?;
    let Some(scheme) = Scheme::from_name(text) else {
        let known =
            if offered.is_empty() { Scheme::ALL.iter().map(|scheme| scheme.name()).collect() } else { offered_names };
        let help = suggestion(text, known).unwrap_or_default();
        page.error(code::UNKNOWN_TYPE, node.span, format!("unknown type {}", quoted(text)), help);
        return None;
    };
    if let Some(app) = app
        && !offered.is_empty()
        && !offered.contains(&scheme)
    {
        let message = format!("{} offers no connection of the type {}", quoted(&app.name), quoted(text));
        let help = format!("it offers: {}", listing(&offered_names).unwrap_or_default());
        page.error(code::UNKNOWN_TYPE, node.span, message, help);
        return None;
    }
    Some(scheme)
}

/// A header that the recipe's own request already has cannot carry the credential too.
fn two_authentications(
    page: &mut Page<'_>,
    written: &Node,
    recipe: Option<&Recipe>,
    place: Option<&crate::model::app::Placement>,
) {
    let Some(request) = recipe.and_then(|recipe| recipe.probe.as_ref()).map(|probe| &probe.request) else { return };
    let sent = |header: &&str| request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header));
    let header = place.map(super::place::headers_of).unwrap_or_default().into_iter().find(sent);
    if let (Some(header), Some(entry)) = (header, written.entry("place")) {
        let message = format!("the app's own request already has the header {}", quoted(header));
        page.error(code::TWO_AUTHENTICATIONS, entry.span, message, "place the credential elsewhere");
    }
}

/// The diagnostics of several connections that each want to be the default of one app, one for each but the first.
///
/// Connections are compared in the order given; the files are read again for the place, as nothing of that is kept.
pub fn several_defaults<'c>(connections: impl IntoIterator<Item = &'c Connection>) -> Vec<Diagnostic> {
    let mut first: std::collections::BTreeMap<&str, &Connection> = std::collections::BTreeMap::new();
    let mut diagnostics = Vec::new();
    for connection in connections.into_iter().filter(|connection| connection.default) {
        let Some(other) = first.get(&*connection.app) else {
            first.insert(&connection.app, connection);
            continue;
        };
        let message = format!("{} already has a default connection, {}", quoted(&connection.app), quoted(&other.name));
        let help = Some("keep `default: true` in one of them".to_owned());
        let (severity, code, file) = (Severity::Error, code::SEVERAL_DEFAULTS, Arc::clone(&connection.file));
        let place = place_of_default(&connection.file);
        diagnostics.push(Diagnostic { severity, code, message, file, place, help });
    }
    diagnostics
}

fn place_of_default(file: &str) -> Option<crate::model::diagnostic::Place> {
    let text = Zeroizing::new(read::read(Path::new(file), file).ok()?);
    let mut page = Page::secret(&text, file);
    let tree = page.parse()?;
    page.hide_all_but(&tree, &OPEN);
    tree.root.entry("default").map(|entry| page.place(entry.span))
}

/// The JSON Schema of connection files.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = yaml::schema::document("tugtest connection", &SHAPE);
    let rules: Vec<serde_json::Value> = Scheme::ALL.into_iter().map(schema_of).collect();
    let names =
        Scheme::ALL.iter().flat_map(|scheme| std::iter::once(scheme.name()).chain(scheme.aliases().iter().copied()));
    schema["properties"]["type"]["enum"] = names.collect();
    schema["allOf"] = rules.into();
    schema
}

/// What the fields of one scheme look like, when the file states that scheme. Recipes may add fields of their own.
fn schema_of(scheme: Scheme) -> serde_json::Value {
    let properties = fields::all(scheme).map(|field| {
        let mut property = yaml::schema::schema(fields::shape(field));
        property["description"] = fields::doc(field.name).into();
        (field.name.to_owned(), property)
    });
    let properties: serde_json::Map<String, serde_json::Value> = properties.collect();
    let names: Vec<&str> = std::iter::once(scheme.name()).chain(scheme.aliases().iter().copied()).collect();
    serde_json::json!({
        "if": {"required": ["type"], "properties": {"type": {"enum": names}}},
        "then": {"properties": {"fields": {"properties": properties}}},
    })
}
