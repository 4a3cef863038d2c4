//! What is given for a connection without questions: JSON on standard input, files, variables. Nothing of it is ever quoted.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use zeroize::Zeroizing;

use super::super::args::connections::SourceOptions;
use super::super::complaint::Complaint;
use crate::model::scheme::Scheme;
use crate::model::secret::Secret;
use crate::vault::draft::Given;
use crate::vault::value::without_final_line_break;

/// More than any connection has, in bytes.
const MOST: u64 = 1 << 20;

/// What was given for a field, before it is known whether that is a secret.
pub(in crate::cli) enum Raw {
    Json(Value),
    Bytes(Zeroizing<Vec<u8>>),
}

/// Everything that was given.
#[derive(Default)]
pub(in crate::cli) struct Input {
    pub(in crate::cli) app: Option<String>,
    pub(in crate::cli) scheme: Option<String>,
    pub(in crate::cli) label: Option<String>,
    pub(in crate::cli) default: Option<bool>,
    pub(in crate::cli) fields: BTreeMap<String, Raw>,
}

impl Input {
    /// Collects what the options name.
    pub(in crate::cli) fn collect(options: &SourceOptions) -> Result<Self, Complaint> {
        let mut input = if options.stdin { from_json(&standard_input()?)? } else { Input::default() };
        for (field, variable) in &options.from_env {
            let value = std::env::var_os(variable).ok_or_else(|| {
                let message = format!("the environment variable for `{field}` is not set");
                Complaint::new(message, "write the name of a variable: --from-env FIELD=VARIABLE")
            })?;
            input.fields.insert(field.clone(), Raw::Bytes(Zeroizing::new(value.into_encoded_bytes())));
        }
        for (field, path) in &options.from_file {
            input.fields.insert(field.clone(), Raw::Bytes(from_file(&format!("`{field}`"), Path::new(path))?));
        }
        input.label = options.label.clone().or(input.label);
        Ok(input)
    }

    /// Whether anything was given, so that nothing needs to be asked.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.label.is_none() && self.default.is_none()
    }
}

/// What is given for a field, now that its secrecy is known.
pub(in crate::cli) fn given(scheme: Scheme, field: &str, raw: Raw) -> Result<Given, Complaint> {
    let secret = scheme.field(field).is_some_and(|field| field.secret);
    match raw {
        Raw::Json(value) => Ok(Given::of(value, secret)),
        Raw::Bytes(bytes) if secret => Ok(Given::Secret(Secret::new(bytes.as_slice()))),
        Raw::Bytes(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Given::Clear(text.into())),
            Err(_) => Err(Complaint::new(format!("what is given for `{field}` is no text"), "a public field is UTF-8")),
        },
    }
}

fn standard_input() -> Result<Zeroizing<Vec<u8>>, Complaint> {
    let mut text = Zeroizing::new(Vec::with_capacity(1 << 16));
    let read = std::io::stdin().lock().take(MOST + 1).read_to_end(&mut text);
    if read.is_err() || text.len() as u64 > MOST {
        return Err(Complaint::new(
            "standard input could not be read, or is larger than 1 MiB",
            "give one JSON object",
        ));
    }
    Ok(text)
}

fn from_json(text: &[u8]) -> Result<Input, Complaint> {
    let shape = "write {\"fields\": {\"NAME\": \"value\"}}, and where you like \"app\", \"type\", \"label\" and \"default\" beside it";
    let wrong = |what: &str| Complaint::new(format!("standard input {what}"), shape);
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| wrong(&format!("is no JSON: line {}, column {}", error.line(), error.column())))?;
    let Value::Object(entries) = value else { return Err(wrong("is no JSON object")) };
    let mut input = Input::default();
    for (key, value) in entries {
        match (key.as_str(), value) {
            ("fields", Value::Object(fields)) => {
                input.fields = fields.into_iter().map(|(name, value)| (name, Raw::Json(value))).collect();
            }
            ("app", Value::String(text)) => input.app = Some(text),
            ("type", Value::String(text)) => input.scheme = Some(text),
            ("label", Value::String(text)) => input.label = Some(text),
            ("default", Value::Bool(flag)) => input.default = Some(flag),
            ("fields" | "app" | "type" | "label" | "default", _) => {
                return Err(wrong(&format!("has something in `{key}` that does not belong there")));
            }
            // Not quoted: it may be a secret that lost its key.
            _ => return Err(wrong("has a key that is not known here")),
        }
    }
    Ok(input)
}

/// The bytes of a file, without one final line break.
pub(super) fn from_file(field: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Complaint> {
    let wrong = |what: &str| {
        let message = format!("the file for {field} {what}");
        Complaint::new(message, "write the path of a file: --from-file FIELD=PATH")
    };
    let file = std::fs::File::open(path).map_err(|_| wrong("cannot be opened"))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 << 16));
    file.take(MOST).read_to_end(&mut bytes).map_err(|_| wrong("cannot be read"))?;
    let end = without_final_line_break(&bytes).len();
    bytes.truncate(end);
    Ok(bytes)
}
