//! `tugtest connections export`: connections for another workspace, as one JSON document that `import` takes.

use std::io::IsTerminal as _;
use std::path::Path;

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::super::args::connections::ExportOptions;
use super::super::complaint::Complaint;
use super::super::console;
use super::super::exit::Exit;
use super::folder::{Folder, Kept};
use super::show::open;
use crate::model::connection::SecretReference;
use crate::model::secret::Secret;
use crate::report::json::to_json;
use crate::vault::block_of;
use crate::yaml;

/// Prints connections.
pub(super) fn export(start: &Path, options: &ExportOptions) -> Result<Exit, Complaint> {
    if options.reveal && !std::io::stdout().is_terminal() {
        let help =
            "leave --reveal out: what is sealed is exported sealed, and can be imported wherever your recipients are";
        return Err(Complaint::new("secrets are shown in clear on a terminal only, never in a file or a pipe", help));
    }
    let folder = Folder::at(start);
    let names = if options.names.is_empty() { folder.names() } else { options.names.clone() };
    let mut connections = Map::new();
    for name in names {
        let kept = folder.kept(&name)?;
        connections.insert(name, entry(&folder, &kept, options.reveal)?);
    }
    let text = Zeroizing::new(to_json(&json!({ "connections": connections })) + "\n");
    Ok(console::print(text.as_bytes()))
}

fn entry(folder: &Folder, kept: &Kept, reveal: bool) -> Result<Value, Complaint> {
    let connection = &kept.connection;
    let mut fields = written(&kept.text);
    for (name, reference) in connection.secrets.iter() {
        let SecretReference::Literal(secret) = reference else { continue };
        if !reveal {
            return Err(Complaint::new(
                format!("`{name}` of `{}` is written in clear, and is not exported like that", connection.name),
                format!("seal it first: tugtest connections edit {0} --from-env {name}=VARIABLE", connection.name),
            ));
        }
        fields.insert(name.to_owned(), revealed(secret));
    }
    let mut entry = json!({"app": &*connection.app, "type": connection.scheme.name()});
    if let Some(label) = &connection.label {
        entry["label"] = (**label).into();
    }
    if connection.default {
        entry["default"] = true.into();
    }
    if connection.sealed && reveal {
        let content = open(folder, connection)?;
        fields.extend(content.secrets.iter().map(|(name, secret)| (name.to_owned(), revealed(secret))));
    } else if connection.sealed {
        entry["sealed"] = block_of(&kept.path).map_or(Value::Null, |block| block.to_string().into());
    }
    entry["fields"] = fields.into();
    Ok(entry)
}

/// The fields as they stand in the file.
fn written(text: &str) -> Map<String, Value> {
    let tree = yaml::parse(text).ok();
    let fields = tree.as_ref().and_then(|tree| tree.root.get("fields"));
    match fields.map(yaml::Node::to_json) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn revealed(secret: &Secret) -> Value {
    #[expect(clippy::disallowed_methods, reason = "somebody at a terminal has asked to see it")]
    let bytes = secret.expose();
    String::from_utf8_lossy(bytes).into()
}
