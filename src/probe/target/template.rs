//! A recipe's base URL, filled from public fields as people write them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::connection::Connection;
use crate::model::credential::{Piece, pieces};
use crate::model::verdict::Judgement;

use super::{Target, base_url, malformed, missing, quoted};

/// What a path segment may hold as it is (RFC 3986 section 3.3, without the delimiters that could mean something to a server).
pub(crate) const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Fills a template such as `https://{domain}.zendesk.com`. A field that is the whole host may bring a port and a path with it
/// (`shop.example.com/blog`); a field that is a part of one may only be a single label, so that nothing in it can lead elsewhere.
pub(super) fn fill(template: &str, connection: &Connection) -> Result<Target, Judgement> {
    let (scheme, rest) = template.split_once("://").unwrap_or(("https", template));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let parts: Vec<Piece<'_>> = pieces(authority).collect();
    let (host, field) = match parts.as_slice() {
        [Piece::Field(field)] => (whole_host(field, value(connection, field)?, path)?.to_owned(), *field),
        parts => {
            let field = parts.iter().find_map(|part| if let Piece::Field(field) = part { Some(*field) } else { None });
            (part_of_host(parts, connection)?, field.unwrap_or("base_url"))
        }
    };
    let mut filled = format!("{scheme}://{host}");
    for piece in pieces(path) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Field(field) => filled.push_str(&segment(field, value(connection, field)?)?),
        }
    }
    base_url::read(field, &filled)
}

fn value<'c>(connection: &'c Connection, field: &str) -> Result<&'c str, Judgement> {
    let written = connection.public(field).map(str::trim).filter(|text| !text.is_empty());
    written.ok_or_else(|| missing(field, "and the app's address depends on it"))
}

/// Host, port and path of what may be a URL; a path that the template brings anyway is left away.
fn whole_host<'v>(field: &str, written: &'v str, path: &str) -> Result<&'v str, Judgement> {
    let rest = without_scheme(written).trim_end_matches('/');
    if rest.contains(['@', '?', '#', '{']) {
        let what = format!("it is {}, which is more than a host", quoted(written));
        return Err(malformed(field, &what, "Write the host alone: `shop.example.com`."));
    }
    Ok(rest.strip_suffix(path.trim_end_matches('/')).unwrap_or(rest))
}

fn part_of_host(parts: &[Piece<'_>], connection: &Connection) -> Result<String, Judgement> {
    let text = |part: Option<&Piece<'_>>| match part {
        Some(Piece::Text(text)) => (*text).to_owned(),
        _ => String::new(),
    };
    let mut host = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Piece::Text(text) => host.push_str(text),
            Piece::Field(field) => {
                let before = text(index.checked_sub(1).and_then(|before| parts.get(before)));
                let after = text(parts.get(index + 1));
                host.push_str(&label(field, value(connection, field)?, &before, &after)?);
            }
        }
    }
    Ok(host)
}

/// The one label that a field stands for, even when a person wrote the whole URL.
fn label(field: &str, written: &str, before: &str, after: &str) -> Result<String, Judgement> {
    let host = host_part(written).to_ascii_lowercase();
    let label = host.strip_suffix(after).unwrap_or(&host);
    let label = label.strip_prefix(before).unwrap_or(label);
    if is_label(label) && !written.contains('@') {
        return Ok(label.to_owned());
    }
    let what = format!("it is {}, and one name is wanted in its place in `{before}NAME{after}`", quoted(written));
    Err(malformed(field, &what, &format!("Write `acme` if the address is `{before}acme{after}`.")))
}

/// A value as one path segment.
fn segment(field: &str, written: &str) -> Result<String, Judgement> {
    if matches!(written, "." | "..") {
        return Err(malformed(field, "it is a step in a path", "Write the name or number that the app shows."));
    }
    Ok(utf8_percent_encode(written, SEGMENT).to_string())
}

/// The host in what may be a URL; scheme, path, query and final dot left away.
pub(super) fn host_part(written: &str) -> &str {
    let rest = without_scheme(written.trim());
    rest.split(['/', '?', '#']).next().unwrap_or_default().trim_end_matches('.')
}

fn without_scheme(written: &str) -> &str {
    let scheme = |name: &str| written.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name));
    let start = scheme("https://").or_else(|| scheme("http://")).map_or(0, str::len);
    &written[start..]
}

/// Whether this is one label of a host name (RFC 1123 section 2.1), in lower case.
pub(super) fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}
