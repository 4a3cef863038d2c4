//! App recipes: `src/probe/catalog/NAME.yaml`, and the user's `apps/NAME.yaml`.

use std::path::Path;

use super::address::url;
use super::conditions::regular_expression;
use super::oauth1::{OAUTH1_SHAPE, oauth1};
use super::oauth2::{OAUTH2_SHAPE, oauth2};
use super::page::{Page, Refusal};
use super::place::{PLACE_SHAPE, headers_of, place};
use super::probe::{HTTP_SHAPE, http};
use super::request::Taken;
use super::template::{Nameable, filled};
use super::{Loaded, code, fields};
use crate::model::app::{App, AppKind, Recipe, RecipeField};
use crate::model::connection::is_name;
use crate::model::scheme::Scheme;
use crate::yaml::fault::MISSING_FIELD;
use crate::yaml::nearest::suggestion;
use crate::yaml::scalar::Scalar;
use crate::yaml::secrecy::quoted;
use crate::yaml::{self, Field, Name, Node, Shape, Words, keys};

const KINDS: [AppKind; 4] = [AppKind::Connected, AppKind::SameStore, AppKind::BuiltIn, AppKind::Shoppad];

const KIND: Words = Words::new("kind of app", || KINDS.map(AppKind::name).to_vec());

const RECIPE_FIELD: &[Field] = &[
    Field::required("label", &Shape::Text, "The name for people."),
    Field::optional("pattern", &Shape::Text, "A regular expression for the whole value."),
    Field::optional("help", &Shape::Text, "Where to find the value."),
    Field::optional("default", &Shape::Text, "What it is where a connection does not state it."),
];

const RECIPE: &[Field] = &[
    Field::optional(
        "fields",
        &Shape::MapOf(&Shape::Map(RECIPE_FIELD)),
        "What a person needs to know to fill the fields in.",
    ),
    Field::optional("base_url", &Shape::Text, "The base URL; may name public fields: https://{domain}.example.com."),
    Field::optional("place", &PLACE_SHAPE, "Where the secret goes."),
    Field::optional("oauth1", &OAUTH1_SHAPE, "Where the app hands OAuth 1.0a tokens out."),
    Field::optional("oauth2", &OAUTH2_SHAPE, "The app's authorization server."),
    Field::optional("http", &HTTP_SHAPE, "The check that tells a good credential from a bad one."),
    Field::optional("renew", &Shape::Text, "Where a person gets a new credential."),
    Field::optional("verified", &Shape::Flag, "Whether the facts were checked against the vendor's documentation."),
    Field::optional("sources", &Shape::List(&Shape::Text), "Where the facts come from."),
];

const APP: &[Field] = &[
    Field::required("app", &Shape::Text, "The name that steps and connections use; the file's stem."),
    Field::required("title", &Shape::Text, "The name for people."),
    Field::optional("kind", &Shape::Word(&KIND), "What a step of this app needs; a connection when nothing is stated."),
    Field::optional("types", &Shape::MapOf(&Shape::Map(RECIPE)), "The kinds of authentication that the app offers."),
];

const SHAPE: Shape = Shape::Map(APP);

/// The JSON Schema of app recipes.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = yaml::schema::document("tugtest app", &SHAPE);
    let names: Vec<&str> = Scheme::ALL.iter().map(|scheme| scheme.name()).collect();
    schema["properties"]["types"]["propertyNames"] = serde_json::json!({"enum": names});
    schema
}

/// Reads the text of a recipe; `file` is its path as messages show it, and its stem has to be the app's name.
///
/// There is no value when anything is wrong.
#[must_use]
pub fn load(text: &str, file: &str) -> Loaded<App> {
    let mut page = Page::new(text, file);
    let Some(tree) = page.parse() else { return page.finish(None) };
    page.lint(&tree.root);
    page.check(&tree.root, &SHAPE, Name::words("the recipe"));
    let app = read_root(&mut page, &tree.root, file).filter(|_| !page.has_errors());
    page.finish(app)
}

fn read_root(page: &mut Page<'_>, root: &Node, file: &str) -> Option<App> {
    let name = root.get("app").and_then(|node| name(page, node, file));
    let kind = match root.get("kind") {
        Some(written) => KINDS.into_iter().find(|kind| written.text() == Some(kind.name()))?,
        None => AppKind::Connected,
    };
    let types = root.entry("types");
    match (kind, types) {
        (AppKind::Connected, None) => {
            let help =
                "add `types:` with the kinds of authentication that it offers, or `kind:` if it needs no connection";
            page.error(MISSING_FIELD, keys::beginning(root), "the app offers no kind of authentication", help);
        }
        (AppKind::BuiltIn | AppKind::Shoppad, Some(entry)) => {
            let message = format!("an app of the kind {} needs no connection", kind.name());
            page.error(code::NEEDLESS_CONNECTION, entry.span, message, "take `types` out, or change `kind`");
        }
        _ => {}
    }
    let entries = types.map_or(&[][..], |types| types.value.entries());
    let recipes = entries.iter().filter_map(|entry| recipe(page, entry)).collect();
    Some(App { name: name?.into(), title: root.get("title")?.text()?.into(), kind, recipes })
}

fn name<'n>(page: &mut Page<'_>, node: &'n Node, file: &str) -> Option<&'n str> {
    let name = node.text()?;
    if !is_name(name) {
        let message = format!("{} is no name for an app", quoted(name));
        page.error(
            code::BAD_NAME,
            node.span,
            message,
            "write small letters, digits and . _ -, a letter or digit first",
        );
        return None;
    }
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if stem != name {
        let message = format!("the file is named {}, and the app {}", quoted(stem), quoted(name));
        page.error(
            code::NAME_MISMATCH,
            node.span,
            message,
            format!("rename the file to {name}.yaml, or the app to the file's name"),
        );
    }
    Some(name)
}

fn recipe(page: &mut Page<'_>, entry: &yaml::Entry) -> Option<Recipe> {
    let node = &entry.value;
    let Some(scheme) = Scheme::from_name(&entry.key) else {
        let help = suggestion(&entry.key, Scheme::ALL.iter().map(|scheme| scheme.name())).unwrap_or_default();
        page.error(code::UNKNOWN_TYPE, entry.span, format!("unknown type {}", quoted(&entry.key)), help);
        return None;
    };
    let fields: Vec<RecipeField> = node
        .get("fields")
        .map_or(&[][..], Node::entries)
        .iter()
        .filter_map(|entry| field(page, entry, scheme))
        .collect();
    let added = fields.iter().filter(|field| scheme.field(&field.name).is_none());
    let extra: Vec<Box<str>> = added.map(|field| field.name.clone()).collect();
    let nameable = Nameable { scheme, extra: &extra };
    let base_url = node.get("base_url").and_then(|written| {
        let template = written.text()?;
        page.accept(written.span, nameable.public(template))?;
        page.accept(written.span, url(&filled(template), "base_url"))?;
        Some(template.into())
    });
    let place = node.get("place").and_then(|written| place(page, written, nameable));
    let headers = place.as_ref().map(headers_of).unwrap_or_default();
    let oauth1 = node.entry("oauth1").and_then(|entry| oauth1(page, entry, nameable)).map(Box::new);
    let oauth2 = node.entry("oauth2").and_then(|entry| oauth2(page, entry, nameable)).map(Box::new);
    let taken = Taken { authenticated: true, headers: &headers };
    let probe = node.get("http").and_then(|written| http(page, written, Some(nameable), taken));
    let mut link = |node: &Node, name: &str| {
        let text = node.text()?;
        page.accept(node.span, url(&text.replace('#', ""), name)).map(|_| Box::<str>::from(text))
    };
    let renew = node.get("renew").and_then(|node| link(node, "renew"));
    let sources =
        node.get("sources").map_or(&[][..], Node::items).iter().filter_map(|node| link(node, "sources")).collect();
    let verified = node.get("verified").and_then(Node::scalar).and_then(Scalar::as_bool).unwrap_or_default();
    Some(Recipe { scheme, fields, base_url, place, oauth1, oauth2, probe, renew, verified, sources })
}

fn field(page: &mut Page<'_>, entry: &yaml::Entry, scheme: Scheme) -> Option<RecipeField> {
    page.accept(entry.span, field_name(&entry.key))?;
    let text = |key: &str| entry.value.get(key).and_then(Node::text);
    if let (Some(node), Some(pattern)) = (entry.value.get("pattern"), text("pattern")) {
        page.accept(node.span, regular_expression(pattern))?;
    }
    let usual = entry.value.get("default").and_then(|node| usual(page, entry, node, scheme));
    Some(RecipeField {
        name: entry.key.clone(),
        usual,
        label: text("label")?.into(),
        pattern: text("pattern").map(Into::into),
        help: text("help").map(Into::into),
    })
}

/// The usual value of a field, which has to be one that a connection could state.
fn usual(page: &mut Page<'_>, entry: &yaml::Entry, node: &Node, scheme: Scheme) -> Option<Box<str>> {
    let known = scheme.field(&entry.key);
    if known.is_some_and(|field| field.secret || field.name == "place") {
        let message = format!("{} has no usual value", quoted(&entry.key));
        let help = "take `default` out: secrets and places are a connection's own";
        page.error_unseen(code::BAD_NAME, node.span, &message, help);
        return None;
    }
    let mut faults = Vec::new();
    yaml::check(node, known.map_or(&Shape::Text, fields::shape), Name::of(&entry.key), &mut faults);
    if let Some(fault) = faults.into_iter().next() {
        page.fault(fault);
        return None;
    }
    fields::public(page, &entry.key, node)
}

/// Templates name fields, so their names are what a template can hold.
fn field_name(name: &str) -> Result<(), Refusal> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.is_empty() && name.bytes().all(word) {
        return Ok(());
    }
    let message = format!("{} is no name for a field", quoted(name));
    Err(Refusal::new(code::BAD_NAME, message, "write small letters, digits and _: account_id"))
}
