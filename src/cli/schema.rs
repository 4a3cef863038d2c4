//! `tugtest schema NAME`: the JSON Schema of a kind of file, for editors and validators.

use crate::document;
use crate::report;

use super::args::SchemaName;
use super::console;
use super::exit::Exit;

/// Prints a schema.
pub(super) fn schema(name: SchemaName) -> Exit {
    let text = match name {
        SchemaName::Report => report::json::SCHEMA.to_owned(),
        SchemaName::Scenario => pretty("scenario"),
        SchemaName::Connection => pretty("connection"),
        SchemaName::Fixture => pretty("fixture"),
        SchemaName::App => pretty("app"),
        SchemaName::Workspace => pretty("workspace"),
    };
    console::print(format!("{}\n", text.trim_end()).as_bytes())
}

fn pretty(name: &str) -> String {
    document::schema(name).map_or_else(String::new, |schema| format!("{schema:#}"))
}
