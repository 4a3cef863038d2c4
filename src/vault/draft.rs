//! Drafts: connections as somebody gives them, before they are checked, sealed and written.

use std::collections::BTreeMap;

use crate::model::secret::Secret;
use crate::yaml::edit::{Block, Change};
use crate::yaml::{self, Node, write};

/// A connection that somebody wants to keep.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Its name: the stem of its file.
    pub name: String,
    /// The app.
    pub app: String,
    /// The kind of authentication, as written; none where the app decides.
    pub scheme: Option<String>,
    /// A name for people.
    pub label: Option<String>,
    /// Whether it is the default one of its app.
    pub default: bool,
    /// The fields, by name.
    pub fields: BTreeMap<String, Given>,
    /// A block that is sealed already, when it comes from another workspace.
    pub sealed: Option<String>,
}

/// What is given for a field.
#[derive(Debug, Clone)]
pub enum Given {
    /// Something that may be written in clear: a public value, or a reference such as `{env: NAME}`.
    Clear(serde_json::Value),
    /// A secret, to be sealed.
    Secret(Secret),
}

impl Given {
    /// Reads what is given for a field in JSON: text for a secret field is the secret.
    #[must_use]
    pub fn of(value: serde_json::Value, secret: bool) -> Self {
        match value {
            serde_json::Value::String(text) if secret => Given::Secret(Secret::new(text)),
            value => Given::Clear(value),
        }
    }
}

/// What changes in a connection file.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// A new label; the inner none takes it out.
    pub label: Option<Option<String>>,
    /// Whether it is the default one.
    pub default: Option<bool>,
    /// Fields in clear, by name; none takes one out.
    pub fields: BTreeMap<String, Option<serde_json::Value>>,
    /// A new sealed block; the inner none takes it out.
    pub sealed: Option<Option<String>>,
}

/// The text of a new connection file.
#[must_use]
pub fn text_of(draft: &Draft, sealed: Option<&str>) -> String {
    let mut text = format!("app: {}\n", write::text(&draft.app));
    for (key, value) in [("type", &draft.scheme), ("label", &draft.label)] {
        if let Some(value) = value {
            text.push_str(&format!("{key}: {}\n", write::text(value)));
        }
    }
    if draft.default {
        text.push_str("default: true\n");
    }
    let clear = draft.fields.iter().filter_map(|(name, given)| match given {
        Given::Clear(value) => Some((name.clone(), write::json(value))),
        Given::Secret(_) => None,
    });
    if let Some(lines) = fields(clear) {
        text.push_str(&lines);
        text.push('\n');
    }
    if let Some(sealed) = sealed {
        text.push_str(&format!("sealed: {}\n", write::block(sealed, "  ")));
    }
    text
}

/// The text of a connection file, changed. Comments and order stay where the file allows it. None for a text that is no mapping.
#[must_use]
pub fn changed(text: &str, changes: &Changes) -> Option<String> {
    let tree = yaml::parse(text).ok()?;
    let mut of_root = Vec::new();
    if let Some(label) = &changes.label {
        of_root.push(
            label.as_ref().map_or_else(|| Change::unset("label"), |label| Change::set("label", &write::text(label))),
        );
    }
    if let Some(default) = changes.default {
        of_root.push(if default { Change::set("default", "true") } else { Change::unset("default") });
    }
    if let Some(sealed) = &changes.sealed {
        let block = |text: &String| Change::set("sealed", &write::block(text, "  "));
        of_root.push(sealed.as_ref().map_or_else(|| Change::unset("sealed"), block));
    }
    if changes.fields.is_empty() {
        return changed_root(text, &tree.root, &of_root);
    }
    // Line by line where the fields stand on lines of their own; otherwise all of them are written anew.
    let in_place = tree.root.get("fields").and_then(|fields| Block::of(text, fields));
    if let Some(block) = in_place {
        let of_fields: Vec<Change> = changes
            .fields
            .iter()
            .map(|(name, value)| {
                value.as_ref().map_or_else(|| Change::unset(name), |value| Change::set(name, &write::json(value)))
            })
            .collect();
        let inner = block.changed(&of_fields, "");
        let tree = yaml::parse(&inner).ok()?;
        if tree.root.get("fields").is_some_and(|fields| !fields.entries().is_empty()) {
            return changed_root(&inner, &tree.root, &of_root);
        }
    }
    of_root.push(all_fields(&tree.root, changes));
    changed_root(text, &tree.root, &of_root)
}

fn changed_root(text: &str, root: &Node, changes: &[Change]) -> Option<String> {
    if let Some(block) = Block::of(text, root) {
        return Some(block.changed(changes, "sealed"));
    }
    // A file in flow style: its entries are written anew.
    let mut lines = String::new();
    for entry in root.entries() {
        match changes.iter().find(|change| change.key == *entry.key) {
            Some(Change { lines: Some(new), .. }) => lines.push_str(&format!("{new}\n")),
            Some(Change { lines: None, .. }) => {}
            None => lines.push_str(&format!("{}: {}\n", write::text(&entry.key), write::node(&entry.value))),
        }
    }
    let new = changes.iter().filter(|change| root.entry(&change.key).is_none());
    lines.extend(new.filter_map(|change| change.lines.as_ref()).map(|new| format!("{new}\n")));
    (!root.entries().is_empty()).then_some(lines)
}

/// All fields of a file after a change, as one entry.
fn all_fields(root: &Node, changes: &Changes) -> Change {
    let written = root.get("fields").map(Node::entries).unwrap_or_default();
    let kept = written.iter().filter(|entry| !changes.fields.contains_key(&*entry.key));
    let kept = kept.map(|entry| (entry.key.to_string(), write::node(&entry.value)));
    let new = changes.fields.iter().filter_map(|(name, value)| Some((name.clone(), write::json(value.as_ref()?))));
    Change { key: "fields".to_owned(), lines: fields(kept.chain(new)) }
}

/// Fields as the lines of one entry; none where there is none.
fn fields(fields: impl Iterator<Item = (String, String)>) -> Option<String> {
    let lines: String = fields.map(|(name, value)| format!("\n  {}: {value}", write::text(&name))).collect();
    (!lines.is_empty()).then(|| format!("fields:{lines}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<serde_json::Value> {
        Some(text.into())
    }

    #[test]
    fn a_draft_becomes_a_file_without_its_secrets() {
        let draft = Draft {
            name: "eu".to_owned(),
            app: "http".to_owned(),
            scheme: Some("api-key".to_owned()),
            label: Some("Store, EU".to_owned()),
            default: true,
            fields: [
                ("base_url".to_owned(), Given::of("https://api.example.com".into(), false)),
                ("place".to_owned(), Given::of(serde_json::json!({"header": "X-Api-Key"}), false)),
                ("api_key".to_owned(), Given::of("canary".into(), true)),
            ]
            .into(),
            sealed: None,
        };
        let expected = "app: http\ntype: api-key\nlabel: \"Store, EU\"\ndefault: true\nfields:\n  base_url: https://api.example.com\n  \
                        place: {header: X-Api-Key}\nsealed: |\n  AAA\n  BBB\n";
        assert_eq!(text_of(&draft, Some("AAA\nBBB\n")), expected);
    }

    #[test]
    fn a_change_leaves_the_rest_as_it_was() {
        let text =
            "app: ftp # ours\nfields:\n  host: a.example # old\n  port: 0021\n  password: canary\nsealed: |\n  AAA\n";
        let mut changes = Changes { sealed: Some(Some("BBB\n".to_owned())), ..Changes::default() };
        changes.fields.insert("host".to_owned(), value("b.example"));
        changes.fields.insert("password".to_owned(), None);
        let expected = "app: ftp # ours\nfields:\n  host: b.example\n  port: 0021\nsealed: |\n  BBB\n";
        assert_eq!(changed(text, &changes).as_deref(), Some(expected));
        let flow = "app: ftp\nfields: {host: a.example, port: 0021, place: {header: X}, password: canary}\n";
        let expected = "app: ftp\nfields:\n  port: 0021\n  place: {header: X}\n  host: b.example\nsealed: |\n  BBB\n";
        assert_eq!(changed(flow, &changes).as_deref(), Some(expected));
        let all = "{app: ftp, fields: {password: canary}}\n";
        changes.fields.remove("host");
        assert_eq!(changed(all, &changes).as_deref(), Some("app: ftp\nsealed: |\n  BBB\n"));
    }
}
