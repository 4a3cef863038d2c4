//! The text of Shopify's `errors`, and the scopes that it names.

use serde_json::Value;

use crate::probe::judge::Answer;

/// What `errors` says: a string, a list, or an object keyed by field. None when there is nothing of the kind.
pub(super) fn text(answer: &Answer) -> Option<String> {
    let json = answer.json()?;
    let errors = json.get("errors").or_else(|| json.get("error"))?;
    let text = match errors {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(text_of).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            fields.iter().map(|(field, what)| format!("{field}: {}", texts(what))).collect::<Vec<_>>().join("; ")
        }
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn text_of(error: &Value) -> Option<&str> {
    error.as_str().or_else(|| error.get("message")?.as_str())
}

fn texts(value: &Value) -> String {
    match value {
        Value::Array(list) => list.iter().filter_map(text_of).collect::<Vec<_>>().join(", "),
        other => text_of(other).unwrap_or_default().to_owned(),
    }
}

/// The scope in `[API] This action requires merchant approval for read_orders scope.`
pub(super) fn scope_in(errors: &str) -> Option<&str> {
    let rest = errors.split_once("merchant approval for ")?.1;
    rest.split_once(" scope").map(|(scope, _)| scope).filter(|scope| is_scope(scope))
}

/// Whether this may be a scope's name: what is not is never repeated as one.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.len() < 80 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The scope in "Required access: `read_themes` access scope".
pub(super) fn required_access(message: &str) -> Option<&str> {
    let rest = message.split_once("Required access: `")?.1;
    rest.split_once('`').map(|(scope, _)| scope).filter(|scope| is_scope(scope))
}
