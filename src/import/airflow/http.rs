//! Airflow's HTTP connections: a login and a password as HTTP Basic, or one of the two alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use crate::import::app::Known;
use crate::import::fit::Fitted;
use crate::import::tree::text;
use crate::import::value::foreign;
use crate::model::scheme::Scheme;

/// The fields of an HTTP connection.
///
/// # Errors
/// Why there are none, as what follows the name in a sentence. Never holds a value.
pub(super) fn fields(app: &Known<'_>, kind: &str, map: &Map<String, Value>) -> Result<Fitted, String> {
    let url = base_url(kind, map)?;
    let value = |key: &str| map.get(key).cloned();
    let (scheme, place, stated) = match (value("login"), value("password")) {
        (Some(login), Some(password)) => {
            let place = json!({"basic": {"username": "{key}", "password": "{secret}"}});
            (Scheme::KeySecret, place, vec![("key", login), ("secret", password)])
        }
        (None, Some(password)) => {
            let place = json!({"header": "Authorization", "value": "Bearer {api_key}"});
            (Scheme::ApiKey, place, vec![("api_key", password)])
        }
        // A key that is sent as the user name, with nothing as the password.
        (Some(login), None) => {
            let place = json!({"basic": {"username": "{api_key}", "password": ""}});
            (Scheme::ApiKey, place, vec![("api_key", login)])
        }
        (None, None) => return Err("states no login and no password, so there is nothing to test".to_owned()),
    };
    let known = app.offer(scheme).ok_or_else(|| format!("is of a type that `{}` does not offer here", app.name))?;
    let mut fields = BTreeMap::new();
    for (name, value) in stated.into_iter().chain([("base_url", url.into()), ("place", place)]) {
        let given = foreign(name, known.secrecy(name).unwrap_or(true), value);
        fields
            .insert(name.to_owned(), given.map_err(|why| format!("was left out: what it states for `{name}` {why}"))?);
    }
    Ok(Fitted { scheme, fields })
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// Where an HTTP connection leads, put together as Airflow does: `schema` is the URL's scheme where the host has none.
fn base_url(kind: &str, map: &Map<String, Value>) -> Result<String, &'static str> {
    let host = text(map, "host").ok_or("states no host; add it")?;
    let schema = text(map, "schema").unwrap_or(kind).to_ascii_lowercase();
    let ip6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let address = match (host.contains("://"), ip6) {
        (true, _) if text(map, "schema").is_some() && !is_web(&schema) => {
            return Err("has a `schema` beside a host that states its own; take one of the two out");
        }
        (true, _) => host.to_owned(),
        (false, _) if !is_web(&schema) => {
            return Err("has a `schema` that is neither http nor https; correct it");
        }
        (false, true) => format!("{schema}://[{host}]"),
        (false, false) => format!("{schema}://{host}"),
    };
    let no_url = "has a host that makes no URL; correct it";
    let mut url = Url::parse(&address).map_err(|_| no_url)?;
    if !is_web(url.scheme()) {
        return Err(no_url);
    }
    if let Some(port) = map.get("port") {
        let port = port.as_u64().or_else(|| port.as_str().and_then(|text| text.parse().ok()));
        let port = port.and_then(|port| u16::try_from(port).ok()).ok_or("has a port that is none; correct it")?;
        url.set_port(Some(port)).map_err(|()| no_url)?;
    }
    Ok(url.as_str().strip_suffix('/').unwrap_or(url.as_str()).to_owned())
}
