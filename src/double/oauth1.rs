//! The verifier of a double: a request is what a fixture expects only if its OAuth 1.0a signature is right.

use wiremock::Request;

use super::template::open;
use crate::model::app::Oauth1Place;
use crate::model::credential::Credential;
use crate::sign::oauth1::{Parameter, Signer, base_string, base_uri, form_parameters, read_header};

/// What is wrong with the signature of a request; nothing when it is that of this credential, in this place.
pub(super) fn difference(place: Oauth1Place, got: &Request, credential: &Credential) -> Option<String> {
    let wrong = |what: &str| Some(format!("oauth1: expected a signature in the {}, {what}", place.name()));
    let query: Vec<Parameter> = got.url.query_pairs().into_owned().collect();
    let kind = got.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let form = form_parameters(kind, &got.body);
    let header = got.headers.get("authorization").and_then(|value| read_header(value.to_str().ok()?));
    let own = match place {
        Oauth1Place::Header => header.clone().unwrap_or_default(),
        Oauth1Place::Query => query.clone(),
        Oauth1Place::Form => form.clone(),
    };
    let stated = |name: &str| own.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let Some(signature) = stated("oauth_signature") else { return wrong("got none") };
    let signer = Signer::of(credential);
    if stated("oauth_consumer_key") != signer.consumer_key() {
        return wrong("got that of another consumer");
    }
    if stated("oauth_token").filter(|token| !token.is_empty()) != signer.token() {
        return wrong("got that of another token");
    }
    if stated("oauth_signature_method") != Some(signer.method.name()) {
        return wrong("got one by another method");
    }
    let all: Vec<Parameter> = header.into_iter().flatten().chain(query).chain(form).collect();
    let host = got.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    // A double speaks no TLS, whatever the connection says: which of the two it says is seen from the signature alone.
    let right = ["https", "http"].into_iter().any(|scheme| {
        let (host, port) = split(host, scheme);
        let base = base_string(got.method.as_str(), &base_uri(scheme, host, port, got.url.path()), &all);
        signer.sign(&base).is_ok_and(|expected| open(&expected) == signature.as_bytes())
    });
    if right { None } else { wrong("got one that does not match the request") }
}

/// Host and port of a `Host` header.
fn split<'h>(host: &'h str, scheme: &str) -> (&'h str, u16) {
    let usual = if scheme == "https" { 443 } else { 80 };
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name.trim_matches(['[', ']']), port.parse().unwrap_or(usual)),
        _ => (host.trim_matches(['[', ']']), usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_the_usual_port_or_their_own() {
        assert_eq!(split("example.com", "https"), ("example.com", 443));
        assert_eq!(split("example.com:8080", "http"), ("example.com", 8080));
        assert_eq!(split("[::1]:8080", "http"), ("::1", 8080));
        assert_eq!(split("[::1]", "http"), ("::1", 80));
    }
}
