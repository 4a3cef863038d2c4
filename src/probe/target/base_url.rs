//! Base URLs: scheme, host, port and path, and nothing else.

use url::{Host, Url};

use crate::model::endpoint::Address;
use crate::model::verdict::Judgement;

use super::{Target, malformed, quoted};

/// Reads a base URL; `field` is where a person wrote it.
pub(super) fn read(field: &str, written: &str) -> Result<Target, Judgement> {
    let shape = "Write it as `https://HOST/PATH`, as the app's documentation gives it.";
    let fault = |what: &str| malformed(field, what, shape);
    if written.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(fault("there is white space in it"));
    }
    if written.contains('\\') {
        return Err(fault("there is a backslash in it"));
    }
    if !written.contains("://") {
        return Err(fault(&format!("{} has no scheme", quoted(written))));
    }
    let url = Url::parse(written).map_err(|_| fault(&format!("{} is no URL", quoted(written))))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fault(&format!("it begins with `{}://`, and only HTTP is spoken here", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(malformed(
            field,
            "it holds a login, which would be stored and shown in clear",
            "Take the login out of the URL and store it in the connection's own fields.",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fault("a base URL has no query (`?`) and no fragment (`#`)"));
    }
    let host = host(&url).ok_or_else(|| fault(&format!("{} names no host", quoted(written))))?;
    let port = url.port_or_known_default().unwrap_or(443);
    Ok(Target {
        address: Address { scheme: url.scheme().into(), host: host.into(), port },
        base_path: url.path().trim_end_matches('/').into(),
    })
}

fn host(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => is_name(name).then(|| name.to_owned()),
        Host::Ipv4(ip) => Some(ip.to_string()),
        Host::Ipv6(ip) => Some(ip.to_string()),
    }
}

/// Whether this can be the name of a host: RFC 1035 section 2.3.4 for the lengths, no empty label.
pub(super) fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}
