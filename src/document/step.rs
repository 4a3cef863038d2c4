//! One step of a scenario.

use std::sync::Arc;

use super::page::{Page, Refusal, texts};
use super::place::headers_of;
use super::probe::{CAUSES, PROBE_SHAPE, probe};
use super::request::Taken;
use super::template::{Nameable, extra_names};
use super::{Known, code, connection};
use crate::model::app::{App, AppKind, Recipe};
use crate::model::cause::Cause;
use crate::model::probe::ProbeSpec;
use crate::model::scenario::Step;
use crate::model::scheme::Scheme;
use crate::model::verdict::Expectation;
use crate::yaml::fault::UNKNOWN_WORD;
use crate::yaml::nearest::nearest;
use crate::yaml::scalar::Scalar;
use crate::yaml::secrecy::quoted;
use crate::yaml::{Field, Node, Shape, Words};

const PASS: Words = Words {
    noun: "expectation",
    code: UNKNOWN_WORD,
    list: || vec!["pass"],
    help: Some("write pass, or a verdict with its cause: {fail: credential-rejected}"),
};

const VERDICTS: &[Field] = &[
    Field::optional("fail", &Shape::Word(&CAUSES), "The connection does not work, for this cause."),
    Field::optional("inconclusive", &Shape::Word(&CAUSES), "The connection cannot be judged, for this cause."),
    Field::optional("skip", &Shape::Word(&CAUSES), "There is nothing to probe, for this cause."),
];

const STEP: &[Field] = &[
    Field::required("name", &Shape::Text, "The name of the step, for people."),
    Field::required("app", &Shape::Text, "An app of the catalogue."),
    Field::optional("key", &Shape::Text, "The key of the step in its workflow."),
    Field::optional("operation", &Shape::Text, "What the step does there."),
    Field::optional("connection", &Shape::Text, "The connection that the step selects."),
    Field::optional("requires", &Shape::OneOrMore(&Shape::Text), "Scopes that it needs beyond logging in."),
    Field::optional("fixture", &Shape::Text, "For mocked runs: a file below the fixtures folder, without .yaml."),
    Field::optional("probe", &PROBE_SHAPE, "What to ask in place of the catalogue's probe."),
    Field::optional("account", &Shape::Text, "The account that it has to be."),
    Field::optional(
        "expect",
        &Shape::ByType(&[Shape::OneKey(VERDICTS), Shape::Word(&PASS)]),
        "What is expected: pass, or a verdict with its cause.",
    ),
    Field::optional("disabled", &Shape::Flag, "Whether the step is switched off in its workflow."),
];

/// A step.
pub(super) const SHAPE: Shape = Shape::Map(STEP);

/// Reads a step. Its shape has been checked. None when something is wrong in it.
pub(super) fn step(page: &mut Page<'_>, node: &Node, known: &Known<'_>) -> Option<Step> {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let app = text("app").and_then(|name| {
        let app = known.apps.app(name);
        if app.is_none() {
            connection::unknown_app(page, node.get("app")?, name, known.apps);
        }
        app
    });
    let expect = node.get("expect").map_or(Some(Expectation::Pass), |expect| expectation(page, expect));
    let selected = node.get("connection").and_then(|written| fitting(page, written, app.as_deref(), known));
    let probe = node.get("probe").and_then(|written| step_probe(page, written, app.as_deref(), selected.as_ref()));
    let fixture = node.get("fixture").and_then(|written| {
        let name = written.text()?;
        page.accept(written.span, fixture_name(name)).map(|()| name)
    });
    if page.is_broken(&node.span) {
        return None;
    }
    // What follows is wrong in the file but leaves a step that can be judged.
    missing_connection(page, node, expect, known);
    missing_fixture(page, node, fixture, known);
    Some(Step {
        key: text("key").map(Into::into),
        name: text("name")?.into(),
        app: Arc::clone(&app?.name),
        operation: text("operation").map(Into::into),
        connection: text("connection").map(Into::into),
        requires: texts(node.get("requires")),
        fixture: fixture.map(Into::into),
        probe,
        account: text("account").map(Into::into),
        expect: expect?,
        disabled: node.get("disabled").and_then(Node::scalar).and_then(Scalar::as_bool).unwrap_or_default(),
        line: node.span.line,
    })
}

fn expectation(page: &mut Page<'_>, node: &Node) -> Option<Expectation> {
    let Some(entry) = node.entries().first() else { return Some(Expectation::Pass) };
    let cause = Cause::from_code(entry.value.text()?)?;
    let verdict = cause.verdict().name();
    if verdict != &*entry.key {
        let message = format!("`{cause}` always leads to the verdict {verdict}, never to {}", quoted(&entry.key));
        page.error(code::CONTRADICTION, entry.span, message, format!("write expect: {{{verdict}: {cause}}}"));
        return None;
    }
    Some(Expectation::Cause(cause))
}

/// The scheme of the selected connection, after a look at whether it fits the app.
fn fitting(page: &mut Page<'_>, written: &Node, app: Option<&App>, known: &Known<'_>) -> Option<Scheme> {
    let name = written.text()?;
    let app = app?;
    if matches!(app.kind, AppKind::BuiltIn | AppKind::Shoppad) {
        let message = format!("steps of {} need no connection, and this one is never looked at", quoted(&app.name));
        page.warn(code::NEEDLESS_CONNECTION, written.span, message, "take `connection` out");
        return None;
    }
    let connection = known.connections.get(name)?;
    if let Some(other) = connection.app.as_ref().filter(|other| **other != app.name) {
        let message = format!(
            "{} is a connection of {}, and the step is one of {}",
            quoted(name),
            quoted(other),
            quoted(&app.name)
        );
        page.error(code::WRONG_CONNECTION, written.span, message, fitting_names(&app.name, known));
    }
    connection.scheme
}

fn fitting_names(app: &str, known: &Known<'_>) -> String {
    let of_app = known.connections.iter().filter(|(_, connection)| connection.app.as_deref() == Some(app));
    let names: Vec<&str> = of_app.map(|(name, _)| &**name).collect();
    match crate::yaml::nearest::listing(&names) {
        Some(listing) => format!("connections of {}: {listing}", quoted(app)),
        None => format!("there is no connection of {}; add one: connections/NAME.yaml", quoted(app)),
    }
}

fn missing_connection(page: &mut Page<'_>, node: &Node, expect: Option<Expectation>, known: &Known<'_>) {
    let Some((written, name)) = node.get("connection").and_then(|written| Some((written, written.text()?))) else {
        return;
    };
    // A scenario may well be there to show what a missing connection looks like.
    let meant = expect == Some(Expectation::Cause(Cause::ConnectionMissing));
    if meant || known.connections.contains_key(name) {
        return;
    }
    let app = node.get("app").and_then(Node::text).unwrap_or_default();
    let near = if page.is_full() { None } else { nearest(name, known.connections.keys().map(AsRef::as_ref)) };
    let help = near.map_or_else(|| fitting_names(app, known), |near| format!("did you mean `{near}`?"));
    page.error(code::UNKNOWN_CONNECTION, written.span, format!("unknown connection {}", quoted(name)), help);
}

fn missing_fixture(page: &mut Page<'_>, node: &Node, fixture: Option<&str>, known: &Known<'_>) {
    let (Some(written), Some(name), Some(fixtures)) = (node.get("fixture"), fixture, known.fixtures) else { return };
    if fixtures.contains(name) {
        return;
    }
    let near = if page.is_full() { None } else { nearest(name, fixtures.iter().map(AsRef::as_ref)) };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write one: a YAML file below the fixtures folder, named here without .yaml".to_owned(),
    };
    page.error(code::UNKNOWN_FIXTURE, written.span, format!("unknown fixture {}", quoted(name)), help);
}

/// The name of a fixture stays below the fixtures folder, whatever the file system makes of it.
fn fixture_name(name: &str) -> Result<(), Refusal> {
    let bad = |message: &str| {
        let help = "write the path of a file below the fixtures folder, without .yaml: klaviyo/ok";
        Err(Refusal::new(code::BAD_FIXTURE_NAME, message, help))
    };
    if name.contains('\\') {
        return bad("the name of the fixture holds a backslash");
    }
    if name.contains('%') {
        return bad("the name of the fixture holds a percent sign");
    }
    if name.contains(char::is_control) {
        return bad("the name of the fixture holds a control character");
    }
    if name.starts_with(['/', '~']) || name.as_bytes().get(1) == Some(&b':') {
        return bad("the name of the fixture is an absolute path");
    }
    if name.split('/').any(|part| part == "..") {
        return bad("the name of the fixture leads out of the fixtures folder");
    }
    if name.split('/').any(|part| part.is_empty() || part == "." || part.trim() != part) {
        return bad("the name of the fixture has an empty part");
    }
    let extension = std::path::Path::new(name).extension();
    if extension.is_some_and(|extension| extension == "yaml" || extension == "yml") {
        return bad("the name of the fixture has an extension");
    }
    Ok(())
}

fn step_probe(page: &mut Page<'_>, node: &Node, app: Option<&App>, selected: Option<&Scheme>) -> Option<ProbeSpec> {
    let scheme = selected.copied().or_else(|| app.and_then(only_scheme));
    let recipe = app.zip(scheme).and_then(|(app, scheme)| app.recipe(scheme));
    let extra = recipe.map(extra_names).unwrap_or_default();
    let fields = scheme.map(|scheme| Nameable { scheme, extra: &extra });
    let authenticated = app.is_none_or(|app| matches!(app.kind, AppKind::Connected | AppKind::SameStore));
    let headers = recipe.and_then(|recipe: &Recipe| recipe.place.as_ref()).map(headers_of).unwrap_or_default();
    let spec = probe(page, node, fields, Taken { authenticated, headers: &headers })?;
    let fits = scheme.is_none_or(|scheme| match spec {
        ProbeSpec::Http(_) => scheme.is_http(),
        ProbeSpec::Ftp(_) => scheme == Scheme::Ftp,
        ProbeSpec::Shopify(_) => scheme == Scheme::ShopifyCustomApp,
        ProbeSpec::OauthToken => matches!(scheme, Scheme::Oauth2 | Scheme::ShopifyCustomApp),
    });
    if let (false, Some(scheme), Some(entry)) = (fits, scheme, node.entries().first()) {
        let message =
            format!("a probe of the kind {} does not fit a connection of the type {scheme}", quoted(&entry.key));
        page.error(code::WRONG_PROBE, entry.span, message, "take `probe` out, or select a connection that it fits");
        return None;
    }
    Some(spec)
}

fn only_scheme(app: &App) -> Option<Scheme> {
    match &app.recipes[..] {
        [only] => Some(only.scheme),
        _ => None,
    }
}
