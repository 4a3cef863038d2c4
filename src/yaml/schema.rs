//! JSON Schema from shapes: draft 2020-12, for editors and for `tugtest schema`.

use serde_json::{Map, Value, json};

use super::duration::PATTERN;
use super::shape::{Field, Shape};

/// The dialect that the schemas are written in.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a whole file.
#[must_use]
pub fn document(title: &str, shape: &Shape) -> Value {
    let mut schema = schema(shape);
    if let Value::Object(members) = &mut schema {
        members.shift_insert(0, "$schema".to_owned(), json!(DIALECT));
        members.shift_insert(1, "title".to_owned(), json!(title));
    }
    schema
}

/// The schema of a part.
#[must_use]
pub fn schema(shape: &Shape) -> Value {
    match shape {
        // What YAML reads as a number or a truth value is text all the same where text is wanted.
        Shape::Text => json!({"type": ["string", "number", "boolean"]}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Duration => json!({"type": "string", "pattern": PATTERN}),
        Shape::Word(words) => json!({"enum": (words.list)()}),
        Shape::Json => json!({}),
        Shape::Secret => secret(),
        Shape::List(inner) => json!({"type": "array", "items": schema(inner)}),
        Shape::OneOrMore(inner) => {
            let one = schema(inner);
            json!({"anyOf": [one, {"type": "array", "items": one}]})
        }
        Shape::MapOf(inner) => json!({"type": "object", "additionalProperties": schema(inner)}),
        Shape::Map(fields) => object(fields),
        Shape::OneKey(fields) => {
            let mut schema = object(fields);
            schema["minProperties"] = json!(1);
            schema["maxProperties"] = json!(1);
            schema
        }
        Shape::ByType(shapes) => json!({"anyOf": shapes.iter().map(schema).collect::<Vec<_>>()}),
    }
}

/// A mapping with these keys and no others.
#[must_use]
pub fn object(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut property = schema(field.shape);
        if let Value::Object(members) = &mut property {
            members.insert("description".to_owned(), json!(field.doc));
        }
        properties.insert(field.name.to_owned(), property);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn secret() -> Value {
    let reference = |name: &str, value: Value| json!({"type": "object", "additionalProperties": false, "required": [name], "properties": {name: value}});
    json!({"anyOf": [
        reference("env", json!({"type": "string"})),
        reference("file", json!({"type": "string"})),
        reference("command", json!({"type": "array", "minItems": 1, "items": {"type": "string"}})),
        {"type": "string", "description": "the secret in clear, which is warned of"},
    ]})
}
