//! The verifier of a double: a request is what a fixture expects only if its AWS signature is right.

use percent_encoding::percent_decode_str;
use wiremock::Request;

use super::template::{Want, open};
use crate::model::credential::Credential;
use crate::sign::sigv4::{Asked, Canonical, Parameter, Scope, Stated, Token, keeps_paths, payload_hash, read_header};

/// What is wrong with the signature of a request; nothing when it is that of this credential, for this region and service.
pub(super) fn difference(region: &Want, service: &Want, got: &Request, credential: &Credential) -> Option<String> {
    let wrong = |what: &str| {
        Some(format!("sigv4: expected a signature for {} and {}, {what}", region.shown(), service.shown()))
    };
    let Some(stated) = header(got, "authorization").and_then(read_header) else { return wrong("got none") };
    if Some(stated.key.as_str()) != credential.public("key") {
        return wrong("got that of another access key");
    }
    let stamp = header(got, "x-amz-date").unwrap_or_default();
    let scope: Vec<&str> = stated.scope.split('/').collect();
    let [day, of_region, of_service, "aws4_request"] = scope[..] else { return wrong("got one of no scope") };
    if !region.is(of_region.as_bytes()) || !service.is(of_service.as_bytes()) {
        return wrong(&format!("got one for {of_region:?} and {of_service:?}"));
    }
    if stamp.split('T').next() != Some(day) {
        return wrong("got one of another day");
    }
    if let Some(name) = unsigned(got, &stated) {
        return wrong(&format!("got one that leaves the header {name} out"));
    }
    let payload = payload_hash(&got.body);
    if keeps_paths(of_service) && header(got, "x-amz-content-sha256") != Some(&payload) {
        return wrong("got one for another body");
    }
    if header(got, Token::HEADER).map(str::as_bytes) != credential.secret("session_token").map(open) {
        return wrong("got one with another session token");
    }
    let headers: Vec<(String, String)> = stated.signed_headers.iter().flat_map(|name| values(got, name)).collect();
    let query = query(got.url.query().unwrap_or_default());
    let (method, path) = (got.method.as_str(), got.url.path());
    let asked = Asked { method, path, query: &query, headers: &headers, token: None, payload: &payload };
    let canonical = Canonical::of(&asked, of_service);
    let signed = credential
        .secret("secret")
        .map(|secret| Scope { stamp, region: of_region, service: of_service }.sign(secret, &canonical));
    let right = signed.is_some_and(|signature| open(&signature) == stated.signature.as_bytes());
    let in_order = canonical.signed_headers == stated.signed_headers.join(";");
    if right && in_order { None } else { wrong("got one that does not match the request") }
}

fn header<'r>(got: &'r Request, name: &str) -> Option<&'r str> {
    got.headers.get(name).and_then(|value| value.to_str().ok())
}

fn values(got: &Request, name: &str) -> Vec<(String, String)> {
    let values = got.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.map(|value| (name.to_owned(), value.to_owned())).collect()
}

/// A header that AWS wants to be signed, and that is not.
fn unsigned<'r>(got: &'r Request, stated: &Stated) -> Option<&'r str> {
    let wanted = |name: &&str| matches!(*name, "host" | "content-type") || name.starts_with("x-amz-");
    let names = ["host", "x-amz-date"].into_iter().chain(got.headers.keys().map(http::HeaderName::as_str));
    names.filter(wanted).find(|name| !stated.signed_headers.iter().any(|signed| signed == name))
}

/// The parameters of a query, in which a plus is a plus.
fn query(query: &str) -> Vec<Parameter> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests;
