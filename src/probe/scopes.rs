//! Scopes: granted against required.

use std::borrow::Cow;

use serde_json::Value;

use super::Subject;
use crate::model::cause::Cause;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::probe::PermissionCheck;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;

use super::found::Found;

/// How a text is read: as it is, or scrubbed.
type Reading<'r> = &'r dyn Fn(&str) -> Cow<'_, str>;

/// Scopes that somebody lists, to be compared and to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As they are.
    pub scopes: Vec<String>,
    /// As they may be shown.
    shown: Vec<String>,
}

impl Listed {
    /// The scopes in some nodes. None where there is no node.
    pub(super) fn of<'v>(nodes: impl Iterator<Item = &'v Value> + Clone, scrubber: &Scrubber) -> Option<Self> {
        nodes.clone().next()?;
        let scopes = split(nodes.clone(), &|text| text.into());
        // What is shown is scrubbed before it is split.
        Some(Listed { scopes, shown: split(nodes, &|text| scrubber.scrub(text)) })
    }
}

/// The scopes in some nodes, sorted: lists are opened, and one text with spaces or commas is a list (RFC 6749 section 3.3).
fn split<'v>(nodes: impl Iterator<Item = &'v Value>, read: Reading<'_>) -> Vec<String> {
    let mut scopes = Vec::new();
    let mut add =
        |text: &str| scopes.extend(read(text).split([' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned));
    for node in nodes {
        match node {
            Value::Array(items) => items.iter().filter_map(Value::as_str).for_each(&mut add),
            node => node.as_str().into_iter().for_each(&mut add),
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// Scopes granted against those that the step requires. `granted` is none where nobody lists them; a check that was made stands for the
/// scope that it shows.
pub(super) fn compare(
    subject: &Subject<'_>,
    granted: Option<&Listed>,
    checks: &[PermissionCheck],
    found: &mut Found,
) -> Result<(), Judgement> {
    let Some(granted) = granted else {
        let checked = |scope: &&String| checks.iter().any(|check| *check.needs == **scope);
        let open: Vec<_> =
            found.scopes.required.iter().filter(|scope| !checked(scope)).map(|s| format!("`{s}`")).collect();
        if !open.is_empty() {
            let what = format!("The app does not list what it granted, so {} is not confirmed.", open.join(", "));
            found.warnings.push(Warning::new("scopes-unknown", what));
        }
        return Ok(());
    };
    let missing = |scope: &&String| !granted.scopes.contains(*scope);
    found.scopes.missing = found.scopes.required.iter().filter(missing).cloned().collect();
    found.scopes.granted.clone_from(&granted.shown);
    if found.scopes.missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = found.scopes.missing.iter().map(|scope| format!("`{scope}`")).collect();
    let names = names.join(", ");
    let renew = subject.recipe.and_then(|recipe| recipe.renew.as_deref());
    let at = renew.map_or_else(String::new, |renew| format!(" at {renew}"));
    Err(Judgement::of(
        Cause::PermissionMissing,
        Phase::Authz,
        format!("The credential is good, and lacks {names}, which the step requires."),
        format!("Grant {names} to it{at}."),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scopes_are_read_from_lists_and_from_texts() {
        let words = |value: Value| split(std::iter::once(&value), &|text| text.into());
        assert_eq!(words(json!(["b", "a", "a"])), ["a", "b"]);
        assert_eq!(words(json!("read write")), ["read", "write"]);
        assert_eq!(words(json!("read_orders,write_orders")), ["read_orders", "write_orders"]);
        assert_eq!(words(json!("read, write")), ["read", "write"]);
        assert_eq!(words(json!([])), Vec::<String>::new());
        assert_eq!(words(json!({"a": 1})), Vec::<String>::new());
    }
}
