//! Airflow's way to write a connection as one URI: `type://login:password@host:port/schema?name=value`.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The parameter that holds all the others, as JSON.
const EXTRA: &str = "__extra__";

const ENCODING: &str = "has percent escapes that are no UTF-8; correct them";

/// Reads a URI into the keys that Airflow has in JSON.
///
/// # Errors
/// Why not, as what follows the name in a sentence. Never holds any of the URI.
pub(super) fn read(uri: &str) -> Result<Map<String, Value>, &'static str> {
    let (kind, rest) = uri.split_once("://").ok_or("is neither JSON nor a URI such as TYPE://LOGIN:PASSWORD@HOST")?;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"+.-_".contains(&byte);
    if kind.is_empty() || !kind.bytes().all(word) {
        return Err("is a URI without a type before its `://`; write TYPE://LOGIN:PASSWORD@HOST");
    }
    // Airflow would drop what follows, which may be half of a password.
    if rest.contains('#') {
        return Err("is a URI with a bare `#` in it; write it as %23");
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // The host may state its own scheme: TYPE://https://HOST.
    let (protocol, rest) = rest.split_once("://").map_or((None, rest), |(protocol, rest)| (Some(protocol), rest));
    if protocol.is_some_and(|protocol| !protocol.bytes().all(word)) || rest.contains("://") {
        return Err("is a URI with a bare `://` in it; write it as %3A%2F%2F");
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, at) = authority.rsplit_once('@').map_or((None, authority), |(login, at)| (Some(login), at));
    let (host, port) = host_and_port(at)?;
    let (user, password) = login.map_or((None, None), |login| match login.split_once(':') {
        Some((user, password)) => (Some(user), Some(password)),
        None => (Some(login), None),
    });
    let mut map = Map::new();
    map.insert("conn_type".to_owned(), kind.into());
    let host = decoded(host)?;
    let host = protocol.map_or_else(|| host.clone(), |protocol| format!("{protocol}://{host}"));
    for (key, value) in [("login", user), ("password", password), ("schema", Some(path))] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            map.insert(key.to_owned(), decoded(value)?.into());
        }
    }
    map.insert("host".to_owned(), host.into());
    if let Some(port) = port {
        map.insert("port".to_owned(), port.into());
    }
    map.insert("extra".to_owned(), extra(query)?);
    Ok(map)
}

fn decoded(text: &str) -> Result<String, &'static str> {
    percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| ENCODING)
}

fn host_and_port(text: &str) -> Result<(&str, Option<&str>), &'static str> {
    let (host, after) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("is a URI with a `[` that is not closed; correct its host")?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = after.strip_prefix(':').unwrap_or(after);
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(
            "is a URI whose port is no number; if that is part of the password, write its `/`, `@` and `?` as %2F, %40 and %3F",
        );
    }
    Ok((host, Some(port).filter(|port| !port.is_empty())))
}

fn extra(query: &str) -> Result<Value, &'static str> {
    let mut extra = Map::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        // What is no UTF-8 is replaced by the parser, which would change a secret.
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(ENCODING);
        }
        if extra.insert(key.into_owned(), value.into_owned().into()).is_some() {
            return Err("is a URI with a parameter that stands twice; take one of the two out");
        }
    }
    if let Some(all) = extra.remove(EXTRA).filter(|_| extra.is_empty()) {
        return Ok(all);
    }
    Ok(Value::Object(extra))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn uris_are_read_as_airflow_reads_them() {
        for (uri, expected) in [
            (
                "ftp://u:p@h:21/s?k=v",
                json!({"conn_type": "ftp", "login": "u", "password": "p", "schema": "s", "host": "h", "port": "21", "extra": {"k": "v"}}),
            ),
            (
                "sftp://u%40x:p%3A%2F%23%C3%A9%25@h",
                json!({"conn_type": "sftp", "login": "u@x", "password": "p:/#\u{e9}%", "host": "h", "extra": {}}),
            ),
            (
                "http://u:p@q:r@h",
                json!({"conn_type": "http", "login": "u", "password": "p@q:r", "host": "h", "extra": {}}),
            ),
            (
                "http://:p@[::1]:8080/https",
                json!({"conn_type": "http", "password": "p", "schema": "https", "host": "::1", "port": "8080", "extra": {}}),
            ),
            (
                "http://https://u:p@h/a%2Fb",
                json!({"conn_type": "http", "login": "u", "password": "p", "schema": "a/b", "host": "https://h", "extra": {}}),
            ),
            ("http://https%3A%2F%2Fh", json!({"conn_type": "http", "host": "https://h", "extra": {}})),
            ("x://?__extra__=%7B%22a%22%3A+1%7D", json!({"conn_type": "x", "host": "", "extra": "{\"a\": 1}"})),
            ("x://u@/", json!({"conn_type": "x", "login": "u", "host": "", "extra": {}})),
        ] {
            assert_eq!(read(uri).map(Value::Object), Ok(expected), "{uri}");
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for (uri, words) in [
            ("canary", "neither"),
            ("ca nary://h", "without a type"),
            ("://h", "without a type"),
            ("x://u:can#ary@h", "%23"),
            ("x://u:can/ary@h", "%2F"),
            ("x://u:p@https://h", "%3A%2F%2F"),
            ("x://a://b://c", "%3A%2F%2F"),
            ("x://u:%FF@h", "UTF-8"),
            ("x://h?a=%FF", "UTF-8"),
            ("x://h?a=1&a=2", "twice"),
            ("x://[::1", "not closed"),
        ] {
            let refused = read(uri).unwrap_err();
            assert!(refused.contains(words), "{uri}: {refused}");
        }
    }
}
