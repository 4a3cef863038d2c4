//! Looks for a secret in an output, plain and in the forms in which it travels.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The forms of a secret: as it is, percent and form encoded, JSON and XML escaped, hexadecimal, Base64 at its three alignments.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let percent = |keep: &str, upper: bool| -> String {
        let encode = |byte: u8| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || keep.contains(c) => c.to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        };
        secret.bytes().map(encode).collect()
    };
    let digit = |digit: u8| char::from_digit(digit.into(), 16).expect("four bits");
    let hex: String = secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    let json = serde_json::to_string(secret).expect("a string is JSON");
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut forms = vec![
        ("plain", secret.to_owned()),
        ("percent", percent("-._~", true)),
        ("percent, small letters", percent("-._~", false)),
        ("path", percent("-._~:@!$&'()*+,;=", true)),
        ("form", percent("-._*", true).replace("%20", "+")),
        ("JSON", json.trim_matches('"').to_owned()),
        ("XML", xml),
        ("hex", hex.clone()),
        ("HEX", hex.to_uppercase()),
    ];
    for shift in 0..3 {
        let shifted = [&b"\0\0"[..shift], secret.as_bytes()].concat();
        let first = (shift * 8).div_ceil(6);
        let last = shifted.len() * 8 / 6; // the characters that depend on nothing but the secret
        forms.push(("Base64", STANDARD_NO_PAD.encode(&shifted)[first..last].to_owned()));
        forms.push(("Base64, URL alphabet", URL_SAFE_NO_PAD.encode(&shifted)[first..last].to_owned()));
    }
    forms
}

/// The forms of the secret that stand in the text, each with the text around it.
pub(super) fn search(text: &str, secret: &str) -> Vec<String> {
    forms(secret)
        .into_iter()
        .filter_map(|(form, needle)| text.find(&needle).map(|at| (form, at)))
        .map(|(form, at)| {
            let start = text[..at].char_indices().rev().nth(60).map_or(0, |(index, _)| index);
            format!("{form} form after: {}", &text[start..at])
        })
        .collect()
}

#[test]
fn every_form_is_found_in_a_text_that_holds_it() {
    let secret = "cänary:bob w%rd\"@#";
    for (_, form) in forms(secret) {
        assert!(!search(&format!("before {form} after"), secret).is_empty(), "{form}");
    }
    let basic = STANDARD_NO_PAD.encode(format!("alice:{secret}"));
    assert!(!search(&basic, secret).is_empty());
    assert!(search("nothing here", secret).is_empty());
}
