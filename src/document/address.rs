//! URLs, hosts and single lines: the checks of text that ends up in an address or in a line of a protocol.

use url::Url;

use super::code;
use super::page::Refusal;
use crate::yaml::secrecy::{names_secret, quoted};

/// A URL for requests: http or https, with a host, and without a login or a key in it. Messages do not quote it.
pub(super) fn url(text: &str, name: &str) -> Result<Url, Refusal> {
    let bad = |means: &str, help: &str| Err(Refusal::new(code::BAD_URL, format!("`{name}` {means}"), help));
    single_line(text, name)?;
    if text != text.trim() {
        return bad("begins or ends with a space", "take the space away");
    }
    let Ok(url) = Url::parse(text) else {
        let help = if text.contains("://") {
            "check its host and port"
        } else {
            "write it with its scheme: https://api.example.com"
        };
        return bad("is no URL", help);
    };
    if !matches!(url.scheme(), "http" | "https") {
        return bad("is neither https nor http", "write https://HOST; FTP connections state protocol, host and port");
    }
    // `https:/host` and `https:host` are mended by the parser, but not by people.
    if !text.to_ascii_lowercase().starts_with(&format!("{}://", url.scheme()))
        || url.host_str().is_none_or(str::is_empty)
    {
        return bad("names no host", "write it with its scheme and host: https://api.example.com");
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = format!("`{name}` holds a login before the `@`");
        let help = "take it out of the URL and state it in the fields of the connection, where it is kept secret";
        return Err(Refusal::new(code::CREDENTIALS_IN_URL, message, help));
    }
    if url.port() == Some(0) {
        return Err(Refusal::new(
            code::BAD_PORT,
            format!("`{name}` names port 0"),
            "write a port from 1 to 65535, or none",
        ));
    }
    no_keys(url.query().unwrap_or_default(), name)?;
    if url.fragment().is_some() {
        return bad("has a part after `#`, which is never sent", "take it away");
    }
    Ok(url)
}

/// Refuses a query string with a parameter whose name says that it is a secret, unless its value is a template.
pub(super) fn no_keys(query: &str, name: &str) -> Result<(), Refusal> {
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if names_secret(key) && !value.is_empty() && !value.starts_with('{') {
            let message = format!("`{name}` holds the value of {}", quoted(key));
            let help = "take it out, and let the connection place it: place: {query: NAME}";
            return Err(Refusal::new(code::CREDENTIALS_IN_URL, message, help));
        }
    }
    Ok(())
}

/// A host name or an IP address, alone.
pub(super) fn host(text: &str, name: &str) -> Result<(), Refusal> {
    let bad = |means: &str, help: &str| Err(Refusal::new(code::BAD_HOST, format!("`{name}` {means}"), help));
    single_line(text, name)?;
    if text.is_empty() {
        return bad("is empty", "write the name of the server: files.example.com");
    }
    if text.contains("://") {
        return bad("begins with a scheme", "write the name of the server alone: files.example.com");
    }
    if text.contains('@') {
        return bad("holds an `@`", "write the name of the server alone; the login has fields of its own");
    }
    if text.contains(['/', '\\', '?', '#']) {
        return bad("holds a path", "write the name of the server alone; a directory has a field of its own");
    }
    if text.contains(char::is_whitespace) {
        return bad("holds a space", "write the name of the server alone: files.example.com");
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    if text.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return bad("holds a port", "write the port where it has its own place");
    }
    if Url::parse(&format!("https://{text}/")).is_err()
        || text.contains([':', '%'])
        || text.contains("..")
        || text.starts_with('.')
    {
        return bad("is no name of a server", "write a name such as files.example.com, or an IP address");
    }
    Ok(())
}

/// Text that goes into one line of a protocol: a line break in it would begin another command or header.
pub(super) fn single_line(text: &str, name: &str) -> Result<(), Refusal> {
    if text.contains(['\r', '\n']) {
        let message = format!("`{name}` holds a line break");
        return Err(Refusal::new(
            code::LINE_BREAK,
            message,
            "write it in one line: a line break would begin a new command to the server",
        ));
    }
    if text.contains('\0') {
        let message = format!("`{name}` holds a NUL character");
        return Err(Refusal::new(code::LINE_BREAK, message, "take it out: no protocol carries it"));
    }
    Ok(())
}

/// The name of a header (RFC 9110, section 5.1: a token).
pub(super) fn header_name(text: &str) -> Result<(), Refusal> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(token) {
        let message = format!("{} is no name of a header", quoted(text));
        return Err(Refusal::new(code::BAD_HEADER, message, "write letters, digits and hyphens: X-Api-Key"));
    }
    Ok(())
}

/// The name of a query parameter.
pub(super) fn query_name(text: &str) -> Result<(), Refusal> {
    single_line(text, "query")?;
    if text.is_empty() || text.contains(['=', '&', ' ', '#', '?']) {
        let message = "the name of a query parameter is empty or holds one of = & # ? and space";
        return Err(Refusal::new(code::BAD_NAME, message, "write its name alone: api_key"));
    }
    Ok(())
}

/// The value of a header: visible ASCII, spaces and tabs (RFC 9110, section 5.5).
pub(super) fn header_value(text: &str, name: &str) -> Result<(), Refusal> {
    single_line(text, name)?;
    if !text.chars().all(|c| c == '\t' || c == ' ' || c.is_ascii_graphic()) {
        let message = format!("the value of {} holds a character that headers do not carry", quoted(name));
        return Err(Refusal::new(code::BAD_HEADER, message, "write ASCII characters only"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of<V>(checked: Result<V, Refusal>) -> &'static str {
        checked.err().map_or("", |refusal| refusal.code)
    }

    #[test]
    fn urls() {
        for good in [
            "https://a.klaviyo.com",
            "http://127.0.0.1:8080/base",
            "https://[::1]:8443",
            "HTTPS://EXAMPLE.com/a?page=2",
        ] {
            assert_eq!(code_of(url(good, "u")), "", "{good}");
        }
        for bad in [
            "a.klaviyo.com",
            "ftp://x",
            "https://",
            "https:/x",
            "https://a b",
            " https://a",
            "https://a:99999",
            "https://a#b",
            "//a",
        ] {
            assert_eq!(code_of(url(bad, "u")), "bad-url", "{bad}");
        }
        for bad in [
            "https://user:canary@x",
            "https://canary@x",
            "https://x/?api_key=canary",
            "https://x/?a=1&access_token=canary",
        ] {
            let refusal = url(bad, "u").unwrap_err();
            assert_eq!(refusal.code, "credentials-in-url", "{bad}");
            assert!(!refusal.message.contains("canary"));
        }
        assert_eq!(code_of(url("https://a:0", "u")), "bad-port");
        assert_eq!(code_of(url("https://a\r\nX: y", "u")), "line-break");
    }

    #[test]
    fn hosts() {
        for good in ["files.example.com", "localhost", "10.0.0.1", "::1", "[::1]", "bücher.example", "my_host"] {
            assert_eq!(code_of(host(good, "h")), "", "{good}");
        }
        for bad in ["", "ftp://x", "x/y", "x y", "u@x", "x:21", "a..b", ".a", "x:", "%41", "a\tb", "256.1.1.1"] {
            assert_eq!(code_of(host(bad, "h")), "bad-host", "{bad}");
        }
        assert_eq!(code_of(host("a\r\nb", "h")), "line-break");
    }

    #[test]
    fn headers() {
        assert_eq!(code_of(header_name("X-Api-Key")), "");
        assert_eq!(code_of(header_name("X Api")), "bad-header");
        assert_eq!(code_of(header_value("a b", "x")), "");
        assert_eq!(code_of(header_value("ä", "x")), "bad-header");
        assert_eq!(code_of(header_value("a\nb", "x")), "line-break");
    }
}
