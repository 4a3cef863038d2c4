//! Scenario files: `scenarios/**/*.yaml`, a workflow and its steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::page::{Page, texts};
use super::{Known, Loaded, code, read, step};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::scenario::{Scenario, Step};
use crate::yaml::secrecy::quoted;
use crate::yaml::{self, Field, Name, Node, Shape};

const SCENARIO: &[Field] = &[
    Field::required("workflow", &Shape::Text, "The name of the workflow."),
    Field::optional("tags", &Shape::List(&Shape::Text), "Words to select scenarios by."),
    Field::required("steps", &Shape::List(&step::SHAPE), "The steps of the workflow, in order."),
];

const SHAPE: Shape = Shape::Map(SCENARIO);

/// The JSON Schema of scenario files.
#[must_use]
pub fn schema() -> serde_json::Value {
    yaml::schema::document("tugtest scenario", &SHAPE)
}

/// Reads a scenario file. `shown` is its path as messages show it.
///
/// The value holds the steps in which nothing is wrong; a step that names a connection or a fixture that does not exist is kept, as it
/// can be judged. There is no value when the file as a whole cannot be read as a scenario.
#[must_use]
pub fn load(path: &Path, shown: &str, known: &Known<'_>) -> Loaded<Scenario> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) && path.is_file() {
        return Loaded::refused(exported(shown));
    }
    match read::read(path, shown) {
        Ok(text) => parse(&text, shown, known),
        Err(diagnostic) => Loaded::refused(*diagnostic),
    }
}

fn exported(shown: &str) -> Diagnostic {
    let message = "exported workflows (mesa.json) are not read yet".to_owned();
    let help = Some(
        "write its steps as a scenario: `workflow:` and `steps:`, each with `name`, `app` and `connection`".to_owned(),
    );
    let (severity, code) = (Severity::Error, code::EXPORTED_WORKFLOW);
    Diagnostic { severity, code, message, file: shown.into(), place: None, help }
}

/// Reads the text of a scenario file.
#[must_use]
pub fn parse(text: &str, shown: &str, known: &Known<'_>) -> Loaded<Scenario> {
    let mut page = Page::new(text, shown);
    let Some(tree) = page.parse() else { return page.finish(None) };
    page.lint(&tree.root);
    page.check(&tree.root, &SHAPE, Name::words("the scenario"));
    let steps = tree.root.get("steps").map(|steps| read_steps(&mut page, steps, known));
    let workflow = tree.root.get("workflow").and_then(Node::text);
    let scenario = workflow.zip(steps).map(|(workflow, steps)| Scenario {
        file: Arc::clone(page.file()),
        workflow: workflow.into(),
        tags: texts(tree.root.get("tags")),
        steps,
    });
    page.finish(scenario)
}

fn read_steps(page: &mut Page<'_>, node: &Node, known: &Known<'_>) -> Vec<Step> {
    let items = node.items();
    if let (yaml::Value::List(_), []) = (&node.value, items) {
        page.error(code::EMPTY_LIST, node.span, "the workflow has no step", "add one: - {name: ..., app: ...}");
    }
    let mut keys: BTreeMap<&str, u32> = BTreeMap::new();
    for key in items.iter().filter_map(|item| item.get("key")) {
        let Some(text) = key.text() else { continue };
        match keys.get(text) {
            Some(line) => {
                let message = format!("the step key {} is already taken in line {line}", quoted(text));
                page.error(code::DUPLICATE_STEP, key.span, message, "give every step a key of its own");
            }
            None => drop(keys.insert(text, key.span.line)),
        }
    }
    let mut steps: Vec<_> = items.iter().filter_map(|item| step::step(page, item, known)).collect();
    steps.shrink_to_fit(); // most scenarios have few steps, and there may be thousands of scenarios
    steps
}
