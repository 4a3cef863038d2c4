//! The checker: walks a tree beside a shape and collects every fault. It stops at none.

use super::duration::duration;
use super::fault::{self, Fault};
use super::keys;
use super::name::Name;
use super::nearest::suggestion;
use super::node::{Entry, Node, Value};
use super::scalar::Kind;
use super::secrecy::quoted;
use super::shape::{Field, Shape, Words};

/// Compares a value with what it may be, and adds what is wrong to `faults`.
pub fn check(node: &Node, shape: &Shape, name: Name<'_>, faults: &mut Vec<Fault>) {
    match (shape, &node.value) {
        (Shape::Json, _) => keys::duplicates_below(node, faults),
        (Shape::Secret, _) => super::secret::check(node, name, faults),
        (Shape::Text, Value::Scalar(_)) if !node.is_null() => {}
        (Shape::Flag, Value::Scalar(scalar)) if scalar.as_bool().is_some() => {}
        (Shape::Whole(least, most), Value::Scalar(scalar)) if matches!(scalar.kind(), Kind::Whole | Kind::Number) => {
            if !scalar.as_whole().is_some_and(|number| (*least..=*most).contains(&number)) {
                let message =
                    format!("{} has to be {}, and is {}", name.called(), shape.wanted(), quoted(scalar.text()));
                let help = Some("write a number in that range".to_owned());
                faults.push(Fault { code: fault::OUT_OF_RANGE, span: node.span, message, help });
            }
        }
        (Shape::Duration, Value::Scalar(scalar)) if !node.is_null() => a_duration(node, scalar.text(), name, faults),
        (Shape::Word(words), Value::Scalar(scalar)) if !node.is_null() => word(node, scalar.text(), words, faults),
        (Shape::List(inner) | Shape::OneOrMore(inner), Value::List(items)) => {
            for item in items {
                check(item, inner, name.item(), faults);
            }
        }
        (Shape::OneOrMore(inner), _) if takes(inner, node) => check(node, inner, name, faults),
        (Shape::MapOf(inner), Value::Map(entries)) => {
            keys::duplicates(entries, faults);
            for entry in entries {
                check(&entry.value, inner, Name::of(&entry.key), faults);
            }
        }
        (Shape::Map(fields), Value::Map(entries)) => {
            known(entries, fields, faults);
            keys::required(node, fields, name, faults);
        }
        (Shape::OneKey(fields), Value::Map(entries)) => {
            known(entries, fields, faults);
            keys::exactly_one(node, fields, name, faults);
        }
        (Shape::ByType(shapes), _) => match shapes.iter().find(|shape| takes(shape, node)) {
            Some(shape) => check(node, shape, name, faults),
            None => wrong_type(node, shape, name, faults),
        },
        _ => wrong_type(node, shape, name, faults),
    }
}

/// Checks the value of each known key; the unknown ones are faults of their own.
fn known(entries: &[Entry], fields: &[Field], faults: &mut Vec<Fault>) {
    for (entry, field) in keys::known(entries, fields, faults) {
        check(&entry.value, field.shape, Name::of(field.name), faults);
    }
}

/// Whether a shape is meant for this kind of value, right or wrong in detail.
fn takes(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.value) {
        (Shape::Json, _) | (Shape::List(_), Value::List(_)) => true,
        (Shape::MapOf(_) | Shape::Map(_) | Shape::OneKey(_), value) => matches!(value, Value::Map(_)),
        (Shape::Flag, Value::Scalar(scalar)) => scalar.kind() == Kind::Bool,
        (Shape::Whole(..), Value::Scalar(scalar)) => scalar.kind() == Kind::Whole,
        (Shape::Text | Shape::Word(_) | Shape::Duration, Value::Scalar(scalar)) => scalar.kind() != Kind::Null,
        (Shape::Secret, value) => !matches!(value, Value::List(_)),
        (Shape::OneOrMore(inner), value) => matches!(value, Value::List(_)) || takes(inner, node),
        (Shape::ByType(shapes), _) => shapes.iter().any(|shape| takes(shape, node)),
        _ => false,
    }
}

fn wrong_type(node: &Node, shape: &Shape, name: Name<'_>, faults: &mut Vec<Fault>) {
    let wanted = shape.wanted();
    if node.is_null() {
        let message = format!("{} holds nothing, and has to be {wanted}", name.called());
        let quotes = if matches!(shape, Shape::Text | Shape::Word(_)) { "; null as a word needs quotes" } else { "" };
        let help = Some(format!("fill it in, or take it out{quotes}"));
        faults.push(Fault { code: fault::MISSING_FIELD, span: node.span, message, help });
        return;
    }
    let message = format!("{} has to be {wanted}, and is {}", name.called(), node.described());
    let help = match (shape, node.scalar()) {
        (Shape::Flag, Some(scalar)) => truth(scalar.text()),
        (Shape::List(_), _) => "write every item on a line of its own after `- `, or all of them as [a, b]",
        (Shape::Whole(..), Some(scalar)) if scalar.text().parse::<i64>().is_ok() => "take the quotes away",
        (Shape::Whole(..), _) => "write digits alone",
        (Shape::Text | Shape::Word(_) | Shape::Duration, None) => "put quotes around it if it is meant as text",
        (Shape::MapOf(_) | Shape::Map(_) | Shape::OneKey(_), _) => "write keys and values: `key: value`, one a line",
        _ => "write it in one of these forms",
    };
    let help = Some(help.to_owned());
    faults.push(Fault { code: fault::WRONG_TYPE, span: node.span, message, help });
}

/// The truth value that an older YAML would have read.
fn truth(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "true" | "1" | "y" => "write true, without quotes",
        "no" | "off" | "false" | "0" | "n" => "write false, without quotes",
        _ => "write true or false, without quotes",
    }
}

fn a_duration(node: &Node, text: &str, name: Name<'_>, faults: &mut Vec<Fault>) {
    if duration(text).is_none() {
        let message = format!("{} has to be a duration of at most a day, and is {}", name.called(), quoted(text));
        let help = Some("write a whole number with its unit: 500ms, 30s, 2m, 1h".to_owned());
        faults.push(Fault { code: fault::BAD_DURATION, span: node.span, message, help });
    }
}

fn word(node: &Node, text: &str, words: &Words, faults: &mut Vec<Fault>) {
    let list = (words.list)();
    if !list.contains(&text) {
        let message = format!("unknown {} {}", words.noun, quoted(text));
        let help = words.help.map(str::to_owned).or_else(|| suggestion(text, list));
        faults.push(Fault { code: words.code, span: node.span, message, help });
    }
}
