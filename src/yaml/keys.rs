//! The keys of mappings: unknown, repeated, missing, too many.

use std::collections::BTreeMap;

use super::fault::{self, Fault};
use super::name::Name;
use super::nearest::{nearest, suggestion};
use super::node::{Entry, Node, Span};
use super::secrecy::quoted;
use super::shape::Field;

/// After so many faults no more suggestions are looked for: nobody reads on, and looking takes time.
const ENOUGH: usize = 200;

/// Reports each key that stands a second time, with the place of the first.
pub fn duplicates(entries: &[Entry], faults: &mut Vec<Fault>) {
    if entries.len() < 2 {
        return;
    }
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for entry in entries {
        if let Some(line) = seen.get(&*entry.key) {
            let message = format!("{} stands here a second time; the first is in line {line}", quoted(&entry.key));
            let help = Some("keep one of the two".to_owned());
            faults.push(Fault { code: fault::DUPLICATE_KEY, span: entry.span, message, help });
        } else {
            seen.insert(&entry.key, entry.span.line);
        }
    }
}

/// The same for every mapping in a value of no particular shape.
pub(super) fn duplicates_below(node: &Node, faults: &mut Vec<Fault>) {
    duplicates(node.entries(), faults);
    node.entries().iter().for_each(|entry| duplicates_below(&entry.value, faults));
    node.items().iter().for_each(|item| duplicates_below(item, faults));
}

/// The entries whose key is known, with what is known of it. Unknown and repeated keys are reported.
pub(super) fn known<'n>(
    entries: &'n [Entry],
    fields: &'n [Field],
    faults: &mut Vec<Fault>,
) -> Vec<(&'n Entry, &'n Field)> {
    duplicates(entries, faults);
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        match fields.iter().find(|field| field.name == &*entry.key) {
            Some(field) => found.push((entry, field)),
            None if faults.len() < ENOUGH => faults.push(unknown(entry, fields.iter().map(|field| field.name))),
            None => faults.push(unknown(entry, [])),
        }
    }
    found
}

/// The fault of a key that is not known here.
#[must_use]
pub fn unknown<'f>(entry: &Entry, known: impl IntoIterator<Item = &'f str>) -> Fault {
    let message = format!("unknown key {}", quoted(&entry.key));
    let help = match &*entry.key {
        "<<" => Some("merge keys are not read: write the keys out".to_owned()),
        key => suggestion(key, known),
    };
    Fault { code: fault::UNKNOWN_KEY, span: entry.span, message, help }
}

pub(super) fn required(node: &Node, fields: &[Field], name: Name<'_>, faults: &mut Vec<Fault>) {
    for field in fields.iter().filter(|field| field.required && node.get(field.name).is_none()) {
        // Said once already, as an unknown key with a suggestion.
        if is_misspelt(field.name, node.entries(), || fields.iter().map(|field| field.name)) {
            continue;
        }
        let message = format!("{} lacks `{}`", name.called(), field.name);
        let help = Some(format!("`{}`: {}", field.name, field.doc));
        faults.push(Fault { code: fault::MISSING_FIELD, span: beginning(node), message, help });
    }
}

pub(super) fn exactly_one(node: &Node, fields: &[Field], name: Name<'_>, faults: &mut Vec<Fault>) {
    let entries = node.entries();
    let mut stated = entries.iter().filter(|entry| fields.iter().any(|field| field.name == &*entry.key));
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let Some(first) = stated.next() else {
        // An unknown key has been reported already, with a suggestion.
        if entries.is_empty() {
            let message = format!("{} is empty", name.called());
            let help = Some(format!("state one of: {}", names.join(", ")));
            faults.push(Fault { code: fault::ONE_OF, span: node.span, message, help });
        }
        return;
    };
    if let Some(second) = stated.find(|entry| entry.key != first.key) {
        let message = format!("{} states `{}` and `{}`, and may state only one", name.called(), first.key, second.key);
        let help = Some(format!("keep one of: {}", names.join(", ")));
        faults.push(Fault { code: fault::ONE_OF, span: second.span, message, help });
    }
}

/// Whether a key that is missing is there in all likelihood, but misspelt.
#[must_use]
pub fn is_misspelt<'f, K>(name: &str, entries: &[Entry], known: impl Fn() -> K) -> bool
where
    K: Iterator<Item = &'f str>,
{
    let unknown = entries.iter().take(ENOUGH).filter(|entry| !known().any(|known| known == &*entry.key));
    unknown.into_iter().any(|entry| nearest(&entry.key, known()) == Some(name))
}

/// Where a mapping begins: its first key when it is a block, all of it when it is in braces.
#[must_use]
pub fn beginning(node: &Node) -> Span {
    let first = node.entries().first().filter(|first| first.span.start == node.span.start);
    first.map_or(node.span, |first| first.span)
}
