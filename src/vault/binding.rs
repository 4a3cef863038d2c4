//! What a sealed block is bound to: whoever edits the clear part of a file cannot take its secrets elsewhere.

use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::model::connection::Connection;
use crate::model::endpoint::Address;
use crate::model::hex::hex;

/// Public fields that decide whom a secret is handed to besides the address: who may read along, and who is trusted to be the server.
const WAY: [&str; 2] = ["proxy", "host_key"];
/// The same for fields that name files: their contents count, not their names.
const WAY_FILES: [&str; 2] = ["ca_file", "known_hosts"];

/// Name, app, type and destination of a connection, and the way there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The connection's name.
    pub name: String,
    /// Its app.
    pub app: String,
    /// The kind of authentication.
    #[serde(rename = "type")]
    pub scheme: String,
    /// Everywhere that its secrets may go.
    pub destination: Vec<Place>,
    /// What else decides who gets them, by field; of a file the digest.
    #[serde(default)]
    pub way: BTreeMap<String, String>,
}

/// A destination: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// `https`, `http`, `ftp`, `ftps`, `ftps-implicit` or `sftp`.
    pub scheme: String,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Place {
    fn of(address: &Address) -> Self {
        let host = address.host.trim_end_matches('.').to_ascii_lowercase();
        Place { scheme: address.scheme.to_string(), host, port: address.port }
    }

    fn shown(&self) -> String {
        Address { scheme: (&*self.scheme).into(), host: (&*self.host).into(), port: self.port }.to_string()
    }
}

impl Binding {
    /// What a connection would be bound to as it stands now.
    #[must_use]
    pub fn of(connection: &Connection, destination: &[Address]) -> Self {
        let mut places: Vec<Place> = destination.iter().map(Place::of).collect();
        places.sort();
        places.dedup();
        let field = |name: &&str| Some(((*name).to_owned(), connection.public(name)?.to_owned()));
        let file = |name: &&str| Some(((*name).to_owned(), contents(Path::new(connection.public(name)?))));
        Binding {
            name: connection.name.to_string(),
            app: connection.app.to_string(),
            scheme: connection.scheme.name().to_owned(),
            destination: places,
            way: WAY.iter().filter_map(field).chain(WAY_FILES.iter().filter_map(file)).collect(),
        }
    }

    /// In which way the connection as it is `now` is another than the one that was sealed, as the end of a sentence.
    #[must_use]
    pub fn difference(&self, now: &Binding) -> Option<String> {
        let pairs = [("connection", &self.name, &now.name), ("app", &self.app, &now.app)];
        for (what, sealed, now) in pairs.into_iter().chain([("type", &self.scheme, &now.scheme)]) {
            if sealed != now {
                return Some(format!("they were sealed for the {what} `{sealed}`, and stand in `{now}`"));
            }
        }
        if let Some(place) = now.destination.iter().find(|place| !self.destination.contains(place)) {
            let sealed: Vec<String> = self.destination.iter().map(Place::shown).collect();
            let sealed = if sealed.is_empty() { "nowhere".to_owned() } else { sealed.join(", ") };
            return Some(format!("they were sealed for {sealed}, and the file now leads to {}", place.shown()));
        }
        let names = WAY.iter().chain(&WAY_FILES);
        let other = names.copied().find(|name| self.way.get(*name) != now.way.get(*name))?;
        Some(format!("`{other}` is not what it was when they were sealed"))
    }
}

/// A digest of what is in a file; a word where it cannot be read, which matches no digest.
fn contents(path: &Path) -> String {
    let Ok(bytes) = std::fs::read(path) else { return "unreadable".to_owned() };
    format!("sha256:{}", hex(digest(&SHA256, &bytes).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding() -> Binding {
        Binding {
            name: "eu".to_owned(),
            app: "klaviyo".to_owned(),
            scheme: "api-key".to_owned(),
            destination: vec![Place { scheme: "https".to_owned(), host: "a.klaviyo.com".to_owned(), port: 443 }],
            way: BTreeMap::new(),
        }
    }

    #[test]
    fn nothing_that_decides_who_gets_a_secret_may_change() {
        let sealed = binding();
        assert_eq!(sealed.difference(&binding()), None);
        let place = |scheme: &str, host: &str, port| {
            let place = Place { scheme: scheme.to_owned(), host: host.to_owned(), port };
            Binding { destination: vec![sealed.destination[0].clone(), place], ..binding() }
        };
        let others = [
            Binding { name: "us".to_owned(), ..binding() },
            Binding { app: "http".to_owned(), ..binding() },
            Binding { scheme: "oauth2".to_owned(), ..binding() },
            place("https", "evil.example", 443),
            place("http", "a.klaviyo.com", 443),
            place("https", "a.klaviyo.com", 444),
            Binding { way: [("proxy".to_owned(), "http://evil.example".to_owned())].into(), ..binding() },
            Binding { way: [("ca_file".to_owned(), "sha256:00".to_owned())].into(), ..binding() },
        ];
        for other in others {
            assert!(sealed.difference(&other).is_some(), "{other:?}");
        }
        let fewer = Binding { destination: Vec::new(), ..binding() };
        assert_eq!(sealed.difference(&fewer), None, "going nowhere takes nothing anywhere");
    }
}
