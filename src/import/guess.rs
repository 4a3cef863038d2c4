//! What a text is, by its own look and the name of its file.

use serde_json::{Map, Value};

use super::Form;
use super::{json, mesa, tree};

impl Form {
    /// Guesses what a text is. None where nothing tells; it has to be said then.
    #[must_use]
    pub fn guess(text: &str, file_name: &str) -> Option<Form> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
        if text.starts_with(['{', '[']) {
            // Of JSON that cannot be read, the reader says where it breaks off.
            return tree::read(text).map_or(Some(Form::Json), |root| of_tree(&root));
        }
        let file = file_name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let names: Vec<&str> = text.lines().filter_map(assigned).collect();
        if !names.is_empty() && names.iter().all(|name| name.starts_with("AIRFLOW_CONN_")) {
            return Some(Form::Airflow);
        }
        let is_env = file.starts_with(".env") || file.rsplit('.').next() == Some("env");
        (is_env || !names.is_empty()).then_some(Form::Dotenv)
    }
}

/// The name that a line assigns to, if it looks like that of a variable.
fn assigned(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('=')?;
    let name = before.trim().trim_start_matches("export ").trim();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(word)).then_some(name)
}

fn of_tree(root: &Value) -> Option<Form> {
    let list = match root {
        Value::Object(map) => {
            let listed =
                mesa::LISTS.iter().filter_map(|key| map.get(*key)).find(|value| value.is_array() || value.is_object());
            listed.or_else(|| map.get("config").and_then(|config| config.get("secrets"))).unwrap_or(root)
        }
        other => other,
    };
    let items: Vec<&Value> = match list {
        Value::Object(map) => map.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => return None,
    };
    let entries: Vec<&Map<String, Value>> = items.iter().filter_map(|item| item.as_object()).collect();
    let any_has = |key: &str| entries.iter().any(|entry| entry.contains_key(key));
    if any_has("conn_type") || items.iter().any(|item| item.as_str().is_some_and(|text| text.contains("://"))) {
        return Some(Form::Airflow);
    }
    let ours = |entry: &&Map<String, Value>| {
        entry.contains_key("app") && entry.keys().all(|key| json::KEYS.contains(&key.as_str()))
    };
    if entries.iter().any(ours) {
        return Some(Form::Json);
    }
    let older = any_has("type")
        || root.get("secrets").is_some()
        || root.get("credentials").is_some()
        || root.get("config").is_some();
    if older && !entries.is_empty() {
        return Some(Form::Mesa);
    }
    (any_has("app") || root.get("connections").is_some()).then_some(Form::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_of_a_text_tells_its_form() {
        for (text, file, form) in [
            ("KLAVIYO_API_KEY=canary", "x", Some(Form::Dotenv)),
            ("\u{feff}# canary\nexport A=1", "x.txt", Some(Form::Dotenv)),
            ("", "conf/.env.local", Some(Form::Dotenv)),
            ("", "prod.env", Some(Form::Dotenv)),
            ("AIRFLOW_CONN_A=ftp://x\nAIRFLOW_CONN_B={}", ".env", Some(Form::Airflow)),
            ("AIRFLOW_CONN_A=ftp://x\nB=1", ".env", Some(Form::Dotenv)),
            (r#"{"connections": {"a": {"app": "klaviyo", "fields": {}}}}"#, "x", Some(Form::Json)),
            (r#"{"connections": {}}"#, "x", Some(Form::Json)),
            (r#"[{"name": "a", "app": "ftp", "type": "ftp", "sealed": "x"}]"#, "x", Some(Form::Json)),
            (r#"{"a": {"app": "klaviyo", "note": "x"}}"#, "x", Some(Form::Json)),
            ("{\"a\": canary", "x.json", Some(Form::Json)),
            (r#"{"a": {"conn_type": "ftp"}}"#, "x", Some(Form::Airflow)),
            (r#"{"a": "ftp://x"}"#, "x", Some(Form::Airflow)),
            (r#"[{"name": "a", "type": "FTP", "host": "x"}]"#, "x", Some(Form::Mesa)),
            (r#"{"connections": [{"name": "a", "type": "Text", "app": "x", "value": "y"}]}"#, "x", Some(Form::Mesa)),
            (r#"{"name": "w", "config": {"secrets": [{"key": "a"}]}}"#, "mesa.json", Some(Form::Mesa)),
            (r#"{"a": 1}"#, "x.json", None),
            ("canary", "x.txt", None),
            ("# canary", "x.md", None),
        ] {
            assert_eq!(Form::guess(text, file), form, "{text} {file}");
        }
    }
}
