//! What servers make of what they were sent: the encodings in which a secret comes back.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The names of the encodings.
pub(super) const CODES: [&str; 16] = [
    "plain",
    "base64-0",
    "base64-1",
    "base64-2",
    "base64url",
    "hex",
    "upper-hex",
    "percent",
    "lower-percent",
    "form",
    "json",
    "json-ascii",
    "json-slash",
    "html",
    "xml",
    "debug",
];

/// A secret with other text around it, encoded as a whole.
pub(super) fn encode(code: &str, secret: &str) -> String {
    let around = |before: &str| format!("{before}{secret} was not accepted");
    let text = around("key ");
    let digit = |four: u8| char::from_digit(four.into(), 16).expect("four bits");
    let hex = |text: &str| -> String { text.bytes().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect() };
    let percent = |text: &str, upper: bool| -> String {
        let encode = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        };
        text.bytes().map(encode).collect()
    };
    match code {
        "plain" => text,
        "base64-0" => STANDARD.encode(around("")),
        "base64-1" => STANDARD.encode(around("k")),
        "base64-2" => STANDARD.encode(around("ke")),
        "base64url" => URL_SAFE_NO_PAD.encode(text),
        "hex" => hex(&text),
        "upper-hex" => hex(&text).to_uppercase(),
        "percent" => percent(&text, true),
        "lower-percent" => percent(&text, false),
        "form" => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        "json" => serde_json::json!({ "error": text }).to_string(),
        "json-slash" => serde_json::json!({ "error": text }).to_string().replace('/', "\\/"),
        "json-ascii" => {
            let json = serde_json::json!({ "error": text }).to_string();
            let unit = |unit: &u16| format!("\\u{unit:04x}");
            let ascii = |c: char| {
                if c.is_ascii() { c.to_string() } else { c.encode_utf16(&mut [0; 2]).iter().map(unit).collect() }
            };
            json.chars().map(ascii).collect()
        }
        "html" => {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let text = text.replace('"', "&quot;").replace('\'', "&#39;");
            format!("<!doctype html><title>{text}</title>")
        }
        "xml" => {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!("<error>{}</error>", text.replace('"', "&#34;").replace('\'', "&apos;"))
        }
        "debug" => format!("Error {{ message: {text:?} }}"),
        other => panic!("there is no encoding `{other}`"),
    }
}
