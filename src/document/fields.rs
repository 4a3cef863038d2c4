//! The fields of a connection: what each may hold.

use super::address::{host, single_line, url};
use super::code;
use super::oauth2::{CLIENT_AUTH, GRANT, PARAMETER_PLACE};
use super::page::{Page, Refusal};
use super::place::PLACE_SHAPE;
use super::version::api_version;
use crate::model::oauth2::URL_FIELDS;
use crate::model::scheme::{HTTP_FIELDS, Scheme, SchemeField};
use crate::model::shop;
use crate::yaml::fault::{OUT_OF_RANGE, WRONG_TYPE};
use crate::yaml::secrecy::quoted;
use crate::yaml::{Node, Shape, Words};

const PROTOCOL: Words = Words::new("protocol", || vec!["ftp", "ftps", "ftps-implicit", "sftp"]);
const REFRESH: Words = Words::new("word about refreshing", || vec!["allowed", "forbidden"]);
const SIGNATURE: Words = Words::new("signature method", || {
    vec!["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "PLAINTEXT"]
});

/// What a field of a connection may hold. Fields that a recipe adds hold text.
pub(super) fn shape(field: &SchemeField) -> &'static Shape {
    match field.name {
        _ if field.secret => &Shape::Secret,
        "place" => &PLACE_SHAPE,
        "port" => &Shape::Whole(1, 65535),
        "allow_cleartext" => &Shape::Flag,
        "scopes" => &Shape::OneOrMore(&Shape::Text),
        "protocol" => &Shape::Word(&PROTOCOL),
        "grant" => &Shape::Word(&GRANT),
        "client_auth" => &Shape::Word(&CLIENT_AUTH),
        "refresh_in" => &Shape::Word(&PARAMETER_PLACE),
        "refresh" => &Shape::Word(&REFRESH),
        "signature_method" => &Shape::Word(&SIGNATURE),
        _ => &Shape::Text,
    }
}

/// What a field is for: one sentence for the reader of the schema.
pub(super) fn doc(name: &str) -> &'static str {
    match name {
        "api_key" => "The key or token.",
        "key" => "The public half of a key pair.",
        "secret" => "The secret half of a key pair.",
        "session_token" => "The token of temporary credentials (AWS).",
        "domain" => "The host or the subdomain of the account.",
        "username" => "The user name.",
        "password" => "The password.",
        "base_url" => "Where the API is: https://HOST and a path, if any.",
        "place" => "Where the credential goes in a request.",
        "ca_file" => "A PEM file with certificates to trust besides the system's.",
        "client_cert" => "A PEM file with a client certificate.",
        "client_key" => "The key of the client certificate.",
        "allow_cleartext" => "Send the secret over http:// outside loopback all the same.",
        "proxy" => "The URL of an HTTP proxy.",
        "protocol" => "ftp, ftps (explicit TLS), ftps-implicit or sftp.",
        "host" => "The name or the address of the server.",
        "port" => "The port, when it is not the usual one.",
        "directory" => "The directory to work in.",
        "shop" => "The shop: NAME.myshopify.com.",
        "access_token" => "The access token.",
        "api_version" => "The API version, as YYYY-MM.",
        "private_key" => "A private key in PEM.",
        "passphrase" => "The passphrase of the private key.",
        "host_key" => "The server's key: SHA256: and its fingerprint.",
        "known_hosts" => "A file of known hosts.",
        "grant" => "How a token is obtained.",
        "client_id" => "The id of the client, or of the custom app.",
        "client_secret" => "The secret of the client, or of the custom app.",
        "refresh_token" => "The refresh token.",
        "issuer" => "The authorization server, whose metadata say where everything else is (RFC 8414).",
        "token_url" => "Where tokens are issued.",
        "authorize_url" => "Where a person grants access.",
        "device_url" => "Where a device asks for a code that a person types elsewhere (RFC 8628).",
        "introspection_url" => "Where a token can be asked about (RFC 7662).",
        "revocation_url" => "Where a token is given back (RFC 7009).",
        "scopes" => "The scopes to ask for.",
        "client_auth" => "How the client proves itself: basic, post, private-key-jwt or none.",
        "key_id" => "Which of the client's keys signs its assertions: the `kid` of the header.",
        "refresh_in" => "Where the parameters of a refresh stand: body, or query.",
        "expires_at" => "When the access token expires, as RFC 3339.",
        "refresh" => "Whether tugtest may refresh the tokens: allowed, or forbidden whatever the run says.",
        "consumer_key" => "The consumer key.",
        "consumer_secret" => "The consumer secret.",
        "token" => "The token.",
        "token_secret" => "The token secret.",
        "signature_method" => "How requests are signed: HMAC-SHA256, for instance.",
        "realm" => "The realm of the Authorization header.",
        _ => "A field of this kind of authentication.",
    }
}

/// All fields of a scheme, those of every HTTP connection included.
pub(super) fn all(scheme: Scheme) -> impl Iterator<Item = &'static SchemeField> {
    let shared = if scheme.is_http() { HTTP_FIELDS } else { &[] };
    let own = move |name: &str| scheme.fields().iter().any(|field| field.name == name);
    scheme.fields().iter().chain(shared.iter().filter(move |field| !own(field.name)))
}

/// Reads a public field. Its shape has been checked; None where it is wrong.
pub(super) fn public(page: &mut Page<'_>, name: &str, node: &Node) -> Option<Box<str>> {
    if name == "scopes" {
        let words: Vec<&str> = node.one_or_more().iter().filter_map(Node::text).collect();
        return Some(words.join(" ").into());
    }
    let text = node.text()?;
    let checked = match name {
        "base_url" | "proxy" => url(text, name).map(drop),
        name if URL_FIELDS.contains(&name) => url(text, name).map(drop),
        "host" => host(text, name),
        "domain" => host(without_port(text), name),
        "shop" => shop(text),
        "api_version" => api_version(text),
        "expires_at" => time(text),
        "host_key" => fingerprint(text),
        _ => single_line(text, name),
    };
    page.accept(node.span, checked)?;
    Some(text.into())
}

/// A port that is no number, or none that a port can have, has a code of its own.
pub(super) fn code_of(code: &'static str, name: &str) -> &'static str {
    if name == "port" && matches!(code, OUT_OF_RANGE | WRONG_TYPE) { code::BAD_PORT } else { code }
}

fn without_port(domain: &str) -> &str {
    let port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    domain.rsplit_once(':').filter(|(host, after)| port(after) && !host.contains(':')).map_or(domain, |(host, _)| host)
}

/// A shop: its name, its domain under myshopify.com, or the address of its admin.
fn shop(text: &str) -> Result<(), Refusal> {
    single_line(text, "shop")?;
    shop::normalise(text).map(drop).map_err(|reason| {
        let help = "write the shop's own name: my-shop.myshopify.com, not the address that customers see";
        Refusal::new(code::BAD_HOST, format!("`shop` {reason}"), help)
    })
}

fn time(text: &str) -> Result<(), Refusal> {
    text.parse::<jiff::Timestamp>().map(drop).map_err(|_| {
        let message = format!("`expires_at` is {}, which is no time", quoted(text));
        Refusal::new(code::BAD_TIME, message, "write it as RFC 3339: 2026-01-31T12:00:00Z")
    })
}

fn fingerprint(text: &str) -> Result<(), Refusal> {
    let digest = text.strip_prefix("SHA256:").unwrap_or_default().trim_end_matches('=');
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    if digest.len() == 43 && digest.bytes().all(base64) {
        return Ok(());
    }
    let help = "write SHA256: and its 43 characters, as `ssh-keygen -lf` prints it";
    Err(Refusal::new(code::BAD_FINGERPRINT, "`host_key` is no SHA-256 fingerprint", help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_times_and_fingerprints() {
        for good in ["my-shop", "my-shop.myshopify.com", "https://admin.shopify.com/store/my-shop"] {
            assert!(shop(good).is_ok(), "{good}");
        }
        for bad in ["", "shop.example.com", "my shop", "my-shop.myshopify.com.evil.example", "-a"] {
            assert_eq!(shop(bad).unwrap_err().code, "bad-host", "{bad}");
        }
        assert!(fingerprint(&format!("SHA256:{}", "a".repeat(43))).is_ok());
        assert!(fingerprint("MD5:00:11").is_err());
        assert!(time("2026-01-31T12:00:00Z").is_ok() && time("tomorrow").is_err());
    }
}
