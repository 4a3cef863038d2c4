//! OAuth 1.0a signatures (RFC 5849 section 3.4).

mod method;
mod signer;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::quoted::{quote_string, quoted_string};

pub use self::method::{Keys, Method, Unsigned};
pub use self::signer::Signer;
pub use super::moment::Moment;

/// Everything but the unreserved characters (RFC 5849 section 3.6): stricter than forms and URLs are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A parameter, decoded: its name and its value.
pub type Parameter = (String, String);

/// Text as signatures encode it (RFC 5849 section 3.6).
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// The base string URI (RFC 5849 section 3.4.1.2): no query, no default port, scheme and host in lower case.
#[must_use]
pub fn base_uri(scheme: &str, host: &str, port: u16, path: &str) -> String {
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let usual = matches!((scheme.as_str(), port), ("http", 80) | ("https", 443));
    let port = if usual { String::new() } else { format!(":{port}") };
    let path = if path.is_empty() { "/" } else { path };
    format!("{scheme}://{host}{port}{path}")
}

/// The signature base string (RFC 5849 section 3.4.1.1) of a request with these parameters: those of the query, of a form body, and the
/// protocol's own. `realm` and `oauth_signature` are no part of it, whoever lists them.
#[must_use]
pub fn base_string(method: &str, uri: &str, parameters: &[Parameter]) -> String {
    let signed = parameters.iter().filter(|(name, _)| !matches!(name.as_str(), "realm" | "oauth_signature"));
    let mut pairs: Vec<(String, String)> = signed.map(|(name, value)| (encode(name), encode(value))).collect();
    // By the encoded names, then by the encoded values, byte for byte (RFC 5849 section 3.4.1.3.2).
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&{}&{}", encode(&method.to_ascii_uppercase()), encode(uri), encode(&pairs.join("&")))
}

/// Whether a body of this `Content-Type` is a form, whose parameters are signed.
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// The parameters of a body (RFC 5849 section 3.4.1.3.1): only of one that says it is a form.
#[must_use]
pub fn form_parameters(content_type: &str, body: &[u8]) -> Vec<Parameter> {
    let body = if is_form(content_type) { body } else { &[] };
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// The value of an `Authorization` header with these protocol parameters (RFC 5849 section 3.5.1), `realm` first where there is one.
#[must_use]
pub fn header(realm: Option<&str>, parameters: &[Parameter]) -> String {
    // The realm is a quoted string of HTTP, not a parameter of the protocol: it is not percent-encoded.
    let realm = realm.map(|realm| format!("realm={}", quote_string(realm)));
    let pairs = parameters.iter().map(|(name, value)| format!("{}=\"{}\"", encode(name), encode(value)));
    format!("OAuth {}", realm.into_iter().chain(pairs).collect::<Vec<_>>().join(", "))
}

/// Reads such a header. None where it is of another scheme.
#[must_use]
pub fn read_header(value: &str) -> Option<Vec<Parameter>> {
    let scheme = value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("OAuth "))?;
    let mut rest = value[scheme.len()..].trim_start();
    let mut parameters = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let (written, after) = quoted(after.trim_start());
        let name = name.trim();
        let value = if name.eq_ignore_ascii_case("realm") { written } else { decode(&written) };
        parameters.push((decode(name), value));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Some(parameters)
}

/// A quoted string and what follows; without quotes, up to the next comma.
fn quoted(text: &str) -> (String, &str) {
    quoted_string(text).unwrap_or_else(|| {
        let end = text.find(',').unwrap_or(text.len());
        (text[..end].trim_end().to_owned(), &text[end..])
    })
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests;
