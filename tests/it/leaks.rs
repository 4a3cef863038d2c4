//! No secret in anything that the built tool writes: awkward secrets, every kind of connection, every way for a probe to end, every
//! format, searched by a scanner of the tests' own.

mod codes;
mod files;
mod live;
mod network;
mod network_ftp;
pub(crate) mod scanner;
pub(crate) mod shop;
mod withheld;

use self::codes::{CODES, encode};
use self::scanner::{Wanted, scan};

/// Secrets that are hard to find again, or that get in each other's way.
fn awkward() -> Vec<Wanted> {
    let long: String =
        (0..4096_u32).map(|at| char::from(b"abcdefghjkmnpqrtuvwxyz2346789"[(at * at % 29) as usize])).collect();
    let long: String = long
        .chars()
        .zip(0_u32..)
        .map(|(c, at)| if at % 7 == 3 { char::from(b'A' + (at / 7 % 26) as u8) } else { c })
        .collect();
    vec![
        Wanted::new("quotes", "canary-quotes\"and'more\"key"),
        Wanted::new("delimiters", "canary-delimiters%41%zz&k=v+x/y;z,w"),
        Wanted::new("padding", "canary-padding+/=+/==canary="),
        Wanted::new("spaces", "canary with  two spaces"),
        Wanted::new("inner", "canary-inner-key"),
        Wanted::new("outer", "xx-canary-inner-key-yy"),
        Wanted::new("braces", r#"{"k":"canary-json","a":[1,2]}"#),
        Wanted::new("tags", "<b class=\"x\">canary</b>&amp;"),
        Wanted::new("path", "canary-path|a b[c]^d\\e?f#g/../h"),
        Wanted::new("four", "q7Xz"),
        Wanted::new("long", long),
        Wanted::word("word", "pass"),
    ]
}

/// Secrets that only fit where they are encoded on the way, as in HTTP Basic, or sent byte for byte, as over FTP.
fn beyond_ascii() -> Vec<Wanted> {
    vec![Wanted::new("unicode", "canäry-日本🦀-é"), Wanted::new("edges", "  canary-edges\u{a0} ")]
}

#[test]
fn the_scanner_finds_every_encoding() {
    for wanted in awkward().into_iter().chain(beyond_ascii()) {
        for code in CODES {
            if wanted.is_word && !code.contains("base64") && !code.contains("hex") {
                continue;
            }
            let text = format!("\"before\": {} after", encode(code, &wanted.value));
            let found = scan("a text", text.as_bytes(), std::slice::from_ref(&wanted));
            assert_eq!(found.len(), 1, "{} as {code}: {text}", wanted.name);
        }
    }
}

#[test]
fn the_scanner_finds_pieces_and_nothing_where_nothing_is() {
    let all: Vec<_> = awkward().into_iter().chain(beyond_ascii()).collect();
    let long = &all[10];
    assert_eq!(scan("a text", &long.value.as_bytes()[2000..2012], &all).len(), 1);
    let clean =
        "FAIL http canary key [secret:c.api_key] PASS 2026-11-24T20:29:00Z {\"message\":\"it's & <so> \\u00e9\"} 0x7f";
    assert_eq!(scan("a text", clean.as_bytes(), &all), Vec::<String>::new());
}
