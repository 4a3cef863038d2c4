//! One value for one field: secrets into custody, public values in the form that a connection file has them in.
//!
//! A public value is written in clear, so whatever may be a secret in the wrong place is refused here.

use serde_json::{Map, Value};
use url::Url;

use super::tree;
use crate::vault::draft::Given;
use crate::yaml::secrecy::may_be_secret;

/// Takes a value for a field.
///
/// # Errors
/// Why it cannot be one, as what follows the name in a sentence. Never holds the value.
pub(super) fn given(field: &str, secret: bool, value: Value) -> Result<Given, &'static str> {
    match value {
        Value::Null => Err("is empty; fill it in"),
        Value::String(text) if text.is_empty() => Err("is empty; fill it in"),
        value if secret => secret_value(value),
        value => public(field, value).map(Given::Clear),
    }
}

/// Takes a value from a place that knows no references: one in the place of a secret would start a program or open a file here.
///
/// # Errors
/// As [`given`].
pub(super) fn foreign(field: &str, secret: bool, value: Value) -> Result<Given, &'static str> {
    if secret && value.is_object() {
        return Err("is no text; write the secret as text");
    }
    given(field, secret, value)
}

/// Takes a name for people, which is written in clear.
///
/// # Errors
/// Why it cannot be one.
pub(super) fn people(value: Option<Value>) -> Result<Option<String>, &'static str> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) if !text.contains(char::is_control) && !may_be_secret(&text) => Ok(Some(text)),
        Some(_) => Err("is no single line, or may hold a secret; add a label by hand"),
    }
}

fn secret_value(value: Value) -> Result<Given, &'static str> {
    match value {
        Value::Number(number) => Ok(Given::of(number.to_string().into(), true)),
        Value::Object(map) if !is_reference(&map) => {
            Err("is neither text nor a reference; write {\"env\": NAME}, {\"file\": PATH} or {\"command\": [PROGRAM]}")
        }
        Value::String(_) | Value::Object(_) => Ok(Given::of(value, true)),
        Value::Null | Value::Bool(_) | Value::Array(_) => Err("is no text; write the secret as text"),
    }
}

/// `{"env": NAME}` and its like. Anything else in its place would be written in clear.
fn is_reference(map: &Map<String, Value>) -> bool {
    let words = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) if matches!(&**key, "env" | "file") => value.is_string(),
        (Some((key, value)), None) => key == "command" && words(value),
        _ => false,
    }
}

fn public(field: &str, value: Value) -> Result<Value, &'static str> {
    match (field, value) {
        ("place", value) => place(value),
        ("port", value) => port(&value),
        ("allow_cleartext", Value::Bool(flag)) => Ok(flag.into()),
        ("allow_cleartext", Value::String(text)) if text == "true" || text == "false" => Ok((text == "true").into()),
        ("allow_cleartext", _) => Err("is neither true nor false"),
        ("scopes", Value::Array(list)) if list.iter().all(Value::is_string) => Ok(Value::Array(list)),
        ("protocol", Value::String(text)) => protocol(&text),
        ("host_key", Value::String(text)) if !is_fingerprint(&text) => {
            Err("is no SHA-256 fingerprint; write SHA256: and its 43 characters, as `ssh-keygen -lf` prints it")
        }
        (_, Value::String(text)) => text_value(text),
        (_, Value::Number(number)) => Ok(number.to_string().into()),
        (_, Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err("is no text; write it as text"),
    }
}

fn text_value(text: String) -> Result<Value, &'static str> {
    if text.contains(char::is_control) {
        return Err("has several lines or a control character; write it in one line");
    }
    let login = |url: Url| !url.username().is_empty() || url.password().is_some();
    if text.contains("://") && Url::parse(&text).is_ok_and(login) {
        return Err("is a URL with a login before its `@`; state the login in fields of its own");
    }
    Ok(text.into())
}

fn port(value: &Value) -> Result<Value, &'static str> {
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    let port = number.and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0);
    port.map(Into::into).ok_or("is no port; write a number from 1 to 65535")
}

fn protocol(text: &str) -> Result<Value, &'static str> {
    let word = text.to_ascii_lowercase().replace('_', "-");
    let known = ["ftp", "ftps", "ftps-implicit", "sftp"].contains(&&*word);
    known.then(|| word.into()).ok_or("is none that FTP connections have; write ftp, ftps, ftps-implicit or sftp")
}

fn is_fingerprint(text: &str) -> bool {
    let digest = text.strip_prefix("SHA256:").unwrap_or_default().trim_end_matches('=');
    digest.len() == 43 && digest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

/// A placement, as an object or as its JSON. Its templates name fields, so none of them can be a literal.
fn place(value: Value) -> Result<Value, &'static str> {
    let value = match value {
        Value::String(text) => tree::read(&text).unwrap_or_default(),
        value => value,
    };
    let Value::Object(map) = &value else { return Err("is no placement; write it as {\"header\": NAME}") };
    let template = |value: &Value| value.as_str().is_some_and(|text| text.is_empty() || text.contains('{'));
    let fits = |(key, value): (&String, &Value)| match &**key {
        "header" | "query" => value.as_str().is_some_and(|name| !may_be_secret(name)),
        "value" => template(value),
        "basic" => value.as_object().is_some_and(|login| login.values().all(template)),
        _ => false,
    };
    if map.iter().all(fits) {
        return Ok(value);
    }
    Err(
        "is no placement, or one with a literal value; write {\"header\": NAME, \"value\": \"Bearer {api_key}\"} or its like",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::secret::Secret;

    #[test]
    fn text_for_a_secret_goes_into_custody_and_references_stay() {
        for (value, secret) in [
            (json!("canary"), "canary"),
            (json!(" can\"a\nry#= \u{e9}"), " can\"a\nry#= \u{e9}"),
            (json!(1234), "1234"),
        ] {
            let read = given("password", true, value);
            assert!(matches!(&read, Ok(Given::Secret(kept)) if *kept == Secret::new(secret)), "{secret}");
        }
        for reference in [json!({"env": "X"}), json!({"file": "/x"}), json!({"command": ["pass", "x"]})] {
            let read = given("password", true, reference.clone());
            assert!(matches!(read, Ok(Given::Clear(kept)) if kept == reference));
        }
        for refused in [
            json!(null),
            json!(""),
            json!(true),
            json!(["canary"]),
            json!({}),
            json!({"canary": "x"}),
            json!({"env": 1}),
            json!({"env": "X", "value": "canary"}),
            json!({"command": "canary"}),
            json!({"command": [1]}),
        ] {
            assert!(given("password", true, refused.clone()).is_err(), "{refused}");
        }
        assert!(foreign("password", true, json!({"command": ["canary"]})).is_err());
        assert!(foreign("password", true, json!("canary")).is_ok());
        assert!(foreign("place", false, json!({"header": "X-Api-Key"})).is_ok());
    }

    #[test]
    fn public_values_take_the_form_of_connection_files() {
        let digest = format!("SHA256:{}", "a".repeat(43));
        for (field, value, expected) in [
            ("host", json!("files.example.com"), Some(json!("files.example.com"))),
            ("port", json!("22"), Some(json!(22))),
            ("port", json!(990), Some(json!(990))),
            ("port", json!("0"), None),
            ("port", json!(65536), None),
            ("port", json!("canary"), None),
            ("protocol", json!("FTPS_Implicit"), Some(json!("ftps-implicit"))),
            ("protocol", json!("canary"), None),
            ("host_key", json!(digest), Some(json!(digest))),
            ("host_key", json!("ssh-rsa AAAA"), None),
            ("allow_cleartext", json!("true"), Some(json!(true))),
            ("allow_cleartext", json!(1), None),
            ("scopes", json!(["a", "b"]), Some(json!(["a", "b"]))),
            ("username", json!(42), Some(json!("42"))),
            ("username", json!("a\nb"), None),
            ("username", json!({"env": "X"}), None),
            ("base_url", json!("https://api.example.com/v1"), Some(json!("https://api.example.com/v1"))),
            ("base_url", json!("https://user:canary@example.com"), None),
            ("place", json!("{\"header\": \"X-Api-Key\"}"), Some(json!({"header": "X-Api-Key"}))),
            ("place", json!({"header": "Authorization", "value": "Bearer canary"}), None),
            (
                "place",
                json!({"basic": {"username": "{api_key}", "password": ""}}),
                Some(json!({"basic": {"username": "{api_key}", "password": ""}})),
            ),
            ("place", json!("canary"), None),
        ] {
            let read = given(field, false, value.clone());
            let read = read.ok().map(|given| match given {
                Given::Clear(value) => value,
                Given::Secret(_) => panic!("{field} is public"),
            });
            assert_eq!(read, expected, "{field} {value}");
        }
    }
}
