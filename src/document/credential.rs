//! What is stated under `fields` of a connection: public values, secret references, the placement; and what is missing there.

use std::path::Path;

use super::address::single_line;
use super::page::{Page, Refusal};
use super::place::place;
use super::template::Nameable;
use super::{code, fields, oauth2};
use crate::model::app::{Placement, Recipe};
use crate::model::connection::SecretReference;
use crate::model::credential::named;
use crate::model::fields::Fields;
use crate::model::scheme::Scheme;
use crate::model::secret::Secret;
use crate::yaml::fault::{BAD_REFERENCE, MISSING_FIELD, UNKNOWN_KEY};
use crate::yaml::nearest::{listing, nearest};
use crate::yaml::{self, Entry, Name, Node, Shape, keys};

/// The values of a connection.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) public: Fields<Box<str>>,
    pub(super) secrets: Fields<SecretReference>,
    pub(super) place: Option<Box<Placement>>,
}

impl Values {
    /// Adds what a recipe has as usual where the connection does not state it.
    pub(super) fn add_usual(&mut self, recipe: Option<&Recipe>) {
        for field in recipe.into_iter().flat_map(|recipe| &recipe.fields) {
            if let (Some(usual), false) = (&field.usual, self.public.contains_key(&field.name)) {
                self.public.insert(field.name.clone(), usual.clone());
            }
        }
    }
}

/// Public fields that name files; a relative one is relative to the workspace.
const FILES: [&str; 3] = ["ca_file", "client_cert", "known_hosts"];

/// Reads everything under `fields`.
pub(super) fn values(page: &mut Page<'_>, written: &Node, nameable: Nameable<'_>, root: &Path) -> Values {
    let mut values = Values::default();
    for entry in written.entries() {
        let name = &*entry.key;
        let Some(field) = nameable.scheme.field(name) else {
            if nameable.extra.iter().any(|extra| **extra == *name) {
                page.check(&entry.value, &Shape::Text, Name::of(name));
                values.public.extend(fields::public(page, name, &entry.value).map(|text| (name.into(), text)));
            } else {
                unknown(page, entry, nameable);
            }
            continue;
        };
        if !shape_holds(page, entry, fields::shape(field)) {
            continue;
        }
        if field.secret {
            let reference = secret(page, nameable.scheme, entry, root);
            values.secrets.extend(reference.map(|reference| (name.into(), reference)));
        } else if name == "place" {
            values.place = place(page, &entry.value, nameable).map(Box::new);
        } else if let Some(text) = fields::public(page, name, &entry.value) {
            let file = FILES.contains(&name).then(|| root.join(&*text).to_string_lossy().into());
            values.public.insert(name.into(), file.unwrap_or(text));
        }
    }
    values
}

/// Checks a field against its shape.
fn shape_holds(page: &mut Page<'_>, entry: &Entry, shape: &Shape) -> bool {
    let mut faults = Vec::new();
    yaml::check(&entry.value, shape, Name::of(&entry.key), &mut faults);
    let holds = faults.is_empty();
    for mut fault in faults {
        fault.code = fields::code_of(fault.code, &entry.key);
        page.fault(fault);
    }
    holds
}

/// A field that the type does not know. Its name is quoted only when it resembles a known one: it may be a secret that lost its key.
fn unknown(page: &mut Page<'_>, entry: &Entry, nameable: Nameable<'_>) {
    let mut known: Vec<&str> = fields::all(nameable.scheme).map(|field| field.name).collect();
    known.extend(nameable.extra.iter().map(AsRef::as_ref));
    let elsewhere = Scheme::ALL.iter().find(|scheme| scheme.field(&entry.key).is_some());
    let scheme = nameable.scheme;
    let (message, help) = match (nearest(&entry.key, known.iter().copied()), elsewhere) {
        (Some(near), _) => (format!("unknown field `{}`", entry.key), format!("did you mean `{near}`?")),
        (None, Some(other)) => {
            let message = format!("`{}` is no field of the type {scheme}; it is one of {other}", entry.key);
            (message, format!("take it out, or change `type` to {other}"))
        }
        (None, None) => {
            let help = listing(&known).map(|known| format!("known here: {known}"));
            (format!("this is no field of the type {scheme}"), help.unwrap_or_default())
        }
    };
    page.error(UNKNOWN_KEY, entry.span, message, help);
}

fn secret(page: &mut Page<'_>, scheme: Scheme, entry: &Entry, root: &Path) -> Option<SecretReference> {
    let (name, node) = (&*entry.key, &entry.value);
    if let Some(text) = node.text() {
        let message = format!("`{name}` is written in clear");
        let help = format!(
            "seal it with `tugtest connections edit`, or keep it elsewhere and write where: {name}: {{env: NAME}}, {{file: PATH}} or \
             {{command: [PROGRAM]}}"
        );
        page.warn(code::SECRET_IN_CLEAR, node.span, message, help);
        if scheme == Scheme::Ftp && name == "password" {
            page.accept(node.span, single_line(text, name))?;
        } else if text.is_empty() {
            page.error(MISSING_FIELD, node.span, format!("`{name}` is empty"), "fill it in");
            return None;
        }
        return Some(SecretReference::Literal(Secret::new(text)));
    }
    let reference = node.entries().first()?;
    let at = reference.value.span;
    match &*reference.key {
        "env" => page.accept(at, variable(reference.value.text()?)).map(SecretReference::Env),
        "file" => page.accept(at, file(reference.value.text()?)).map(|path| SecretReference::File(root.join(path))),
        _ => {
            let words: Vec<Box<str>> = reference.value.items().iter().filter_map(Node::text).map(Into::into).collect();
            if words.first().is_none_or(|program| program.is_empty()) || words.iter().any(|word| word.contains('\0')) {
                let message = format!("the command of `{name}` names no program");
                page.error(BAD_REFERENCE, at, message, "write {command: [PROGRAM, ARGUMENT]}");
                return None;
            }
            Some(SecretReference::Command(words))
        }
    }
}

fn variable(name: &str) -> Result<Box<str>, Refusal> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(word) {
        return Ok(name.into());
    }
    let message = "the reference names no environment variable";
    Err(Refusal::new(BAD_REFERENCE, message, "write its name alone, without $ or braces: {env: SHOP_TOKEN}"))
}

fn file(path: &str) -> Result<&str, Refusal> {
    if path.starts_with('~') {
        let message = "the path of a secret begins with ~, which is not expanded";
        return Err(Refusal::new(BAD_REFERENCE, message, "write the whole path, or one relative to the workspace"));
    }
    if path.contains('\0') {
        return Err(Refusal::new(BAD_REFERENCE, "the path of a secret holds a NUL character", "take it out"));
    }
    Ok(path)
}

/// Reports what is missing. What is sealed is not: it cannot be seen here.
pub(super) fn complete(
    page: &mut Page<'_>,
    written: &Node,
    nameable: Nameable<'_>,
    recipe: Option<&Recipe>,
    sealed: bool,
) {
    let scheme = nameable.scheme;
    let known = || fields::all(scheme).map(|field| field.name);
    let misspelt = |name: &str| keys::is_misspelt(name, written.entries(), known);
    let mut missing = |names: &str, help: String| {
        let message = format!("a connection of the type {scheme} lacks {names}");
        page.error(MISSING_FIELD, keys::beginning(written), message, help);
    };
    // A misspelt field has been reported, with a suggestion.
    let usual = |name: &str| {
        recipe.is_some_and(|recipe| recipe.fields.iter().any(|field| *field.name == *name && field.usual.is_some()))
    };
    let has = |name: &str| written.get(name).is_some() || misspelt(name) || usual(name);
    for field in scheme.fields().iter().filter(|field| field.required && !has(field.name) && !(field.secret && sealed))
    {
        missing(&format!("`{}`", field.name), help_for(field.name, recipe));
    }
    let templates = recipe.and_then(|recipe| recipe.base_url.as_deref()).filter(|_| !has("base_url"));
    for name in templates.into_iter().flat_map(named).filter(|name| !has(name)) {
        if scheme.field(name).is_none_or(|field| !field.required) {
            missing(&format!("`{name}`"), help_for(name, recipe));
        }
    }
    let alternatives = match scheme {
        Scheme::ShopifyCustomApp if !(has("access_token") || has("client_id") && has("client_secret")) => {
            Some("`access_token`, or `client_id` with `client_secret`")
        }
        Scheme::Oauth1 if !has("consumer_secret") && !has("private_key") => Some("`consumer_secret`, or `private_key`"),
        Scheme::Oauth2 => oauth2::lacking(&has, written, recipe),
        Scheme::Ftp if !has("password") && !has("private_key") => Some("`password`"),
        _ => None,
    };
    if let Some(names) = alternatives.filter(|_| !sealed) {
        missing(names, "state where it is kept: {env: NAME}, {file: PATH} or {command: [PROGRAM]}".to_owned());
    }
    let free = matches!(scheme, Scheme::ApiKey | Scheme::KeySecret | Scheme::ClientCertificate | Scheme::Oauth1)
        && recipe.is_none_or(|recipe| recipe.base_url.is_none());
    // What is sealed tells no grant.
    if scheme == Scheme::Oauth2
        && (!sealed || has("grant"))
        && let Some(names) = oauth2::lacking_address(&has, written, recipe)
    {
        missing(names, "state where tokens are issued: token_url: https://login.example.com/oauth/token".to_owned());
    }
    if free && !has("base_url") {
        missing("`base_url`", help_for("base_url", recipe));
    }
    for (one, other) in [("client_cert", "client_key"), ("client_key", "client_cert")] {
        if scheme != Scheme::ClientCertificate && has(one) && !has(other) && !(other == "client_key" && sealed) {
            missing(&format!("`{other}`, which belongs to `{one}`"), help_for(other, recipe));
        }
    }
    if scheme == Scheme::ApiKey && recipe.is_none_or(|recipe| recipe.place.is_none()) && !has("place") {
        missing(
            "`place`",
            "state where the key goes: place: {header: X-Api-Key}, {query: NAME} or {basic: ...}".to_owned(),
        );
    }
    empty(page, written, scheme);
}

fn empty(page: &mut Page<'_>, written: &Node, scheme: Scheme) {
    let required = scheme.fields().iter().filter(|field| field.required && !field.secret);
    for field in required.filter(|field| field.name != "host") {
        if let Some(node) = written.get(field.name).filter(|node| node.text() == Some("")) {
            page.error(MISSING_FIELD, node.span, format!("`{}` is empty", field.name), help_for(field.name, None));
        }
    }
}

fn help_for(name: &str, recipe: Option<&Recipe>) -> String {
    let field = recipe.and_then(|recipe| recipe.fields.iter().find(|field| &*field.name == name));
    match field.map(|field| (&field.label, &field.help)) {
        Some((label, Some(help))) => format!("`{name}`: {label}. {help}"),
        Some((label, None)) => format!("`{name}`: {label}"),
        None => format!("`{name}`: {}", fields::doc(name)),
    }
}
