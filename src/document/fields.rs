//! The fields of a connection: what each may hold.

use super::address::{host, single_line, url};
use super::code;
use super::page::{Page, Refusal};
use super::place::PLACE_SHAPE;
use crate::model::scheme::{HTTP_FIELDS, Scheme, SchemeField};
use crate::model::shop;
use crate::yaml::fault::{OUT_OF_RANGE, WRONG_TYPE};
use crate::yaml::secrecy::quoted;
use crate::yaml::{Node, Shape, Words};

const PROTOCOL: Words = Words::new("protocol", || vec!["ftp", "ftps", "ftps-implicit", "sftp"]);
const GRANT: Words = Words::new("grant", || {
    vec!["client-credentials", "authorization-code", "refresh-token", "device-code", "password"]
});
const CLIENT_AUTH: Words = Words::new("client authentication", || vec!["basic", "post", "private-key-jwt", "none"]);
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
        "token_url" => "Where tokens are issued.",
        "authorize_url" => "Where a person grants access.",
        "scopes" => "The scopes to ask for.",
        "client_auth" => "How the client proves itself: basic, post, private-key-jwt or none.",
        "expires_at" => "When the access token expires, as RFC 3339.",
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
    scheme.fields().iter().chain(shared)
}

/// Reads a public field. Its shape has been checked; None where it is wrong.
pub(super) fn public(page: &mut Page<'_>, name: &str, node: &Node) -> Option<Box<str>> {
    if name == "scopes" {
        let words: Vec<&str> = node.one_or_more().iter().filter_map(Node::text).collect();
        return Some(words.join(" ").into());
    }
    let text = node.text()?;
    let checked = match name {
        "base_url" | "token_url" | "authorize_url" | "proxy" => url(text, name).map(drop),
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

/// Shopify's API versions: a quarter's first month, or `unstable`.
pub(super) fn api_version(text: &str) -> Result<(), Refusal> {
    let dated = text.split_once('-').is_some_and(|(year, month)| {
        year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) && matches!(month, "01" | "04" | "07" | "10")
    });
    if dated || text == "unstable" {
        return Ok(());
    }
    let message = format!("{} is no API version", quoted(text));
    Err(Refusal::new(code::BAD_VERSION, message, "write YYYY-MM with the month 01, 04, 07 or 10"))
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
    fn shops_versions_and_fingerprints() {
        for good in ["my-shop", "my-shop.myshopify.com", "https://admin.shopify.com/store/my-shop"] {
            assert!(shop(good).is_ok(), "{good}");
        }
        for bad in ["", "shop.example.com", "my shop", "my-shop.myshopify.com.evil.example", "-a"] {
            assert_eq!(shop(bad).unwrap_err().code, "bad-host", "{bad}");
        }
        assert!(api_version("2026-10").is_ok() && api_version("unstable").is_ok());
        for bad in ["2026-11", "2026", "26-10", "2026-1", "latest"] {
            assert!(api_version(bad).is_err(), "{bad}");
        }
        assert!(fingerprint(&format!("SHA256:{}", "a".repeat(43))).is_ok());
        assert!(fingerprint("MD5:00:11").is_err());
        assert!(time("2026-01-31T12:00:00Z").is_ok() && time("tomorrow").is_err());
    }
}
