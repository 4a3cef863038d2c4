//! The scrubber, held against a scanner of the test's own that derives and decodes in another way.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use proptest::prelude::*;
use proptest::sample::Index;
use tugtest::model::scrub::Scrubber;
use tugtest::model::secret::Secret;

fn scrubber<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Scrubber {
    let scrubber = Scrubber::new();
    for (label, value) in secrets {
        scrubber.learn(label, &Secret::new(value));
    }
    scrubber
}

/// The part of base64 text that the secret alone decides, whatever stands before and after it.
fn base64_core(engine: &impl base64::Engine, secret: &[u8], before: usize) -> String {
    let around = |filler: u8| {
        let mut bytes = vec![filler; before];
        bytes.extend_from_slice(secret);
        bytes.extend_from_slice(&[filler; 4]);
        engine.encode(bytes)
    };
    let fixed: Vec<(char, bool)> = around(0).chars().zip(around(0xff).chars()).map(|(a, b)| (a, a == b)).collect();
    let core = fixed.split(|(_, same)| !same).max_by_key(|run| run.len()).unwrap_or_default();
    core.iter().map(|(c, _)| c).collect()
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`');

fn lower_percent(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        out = format!("{out}%{}{rest}", digits.to_ascii_lowercase());
    }
    out
}

/// What a secret may look like, each with a name: derived with other people's encoders.
pub(crate) fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    let json = serde_json::to_string(secret).expect("text is JSON");
    let json = json[1..json.len() - 1].to_owned();
    let mut ascii = String::new();
    for c in json.chars() {
        match c {
            ' '..='~' => ascii.push(c),
            _ => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| write!(ascii, "\\u{unit:04x}").expect("a String takes all writes")),
        }
    }
    let entity = |double: &str, single: &str| {
        let base = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        base.replace('"', double).replace('\'', single)
    };
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("a String takes all writes");
    }
    let debugged = format!("{secret:?}");
    let percent = percent_encode(bytes, UNRESERVED).to_string();
    let form: String = form_urlencoded(secret);
    let mut forms = vec![
        ("plain", secret.to_owned()),
        ("hex", hex.clone()),
        ("upper hex", hex.to_ascii_uppercase()),
        ("lower percent", lower_percent(&percent)),
        ("percent", percent),
        ("lower form", lower_percent(&form)),
        ("form", form),
        ("json slash", json.replace('/', "\\/")),
        ("json ascii slash", ascii.replace('/', "\\/")),
        ("json ascii", ascii),
        ("json", json),
        ("html quot 39", entity("&quot;", "&#39;")),
        ("html 34 x27", entity("&#34;", "&#x27;")),
        ("xml apos", entity("&quot;", "&apos;")),
        ("php 039", entity("&quot;", "&#039;")),
        ("xml text", entity("\"", "'")),
        ("debug", debugged[1..debugged.len() - 1].to_owned()),
        ("base64", STANDARD.encode(secret)),
        ("base64url", URL_SAFE.encode(secret)),
        ("base64 no pad", STANDARD.encode(secret).trim_end_matches('=').to_owned()),
    ];
    for before in 0..3 {
        forms.push(("base64 inside", base64_core(&STANDARD, bytes, before)));
        forms.push(("base64url inside", base64_core(&URL_SAFE, bytes, before)));
    }
    forms
}

fn form_urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Runs of characters that a code is made of, each decoded at every offset.
fn decoded(text: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let is_hex = |c: char| c.is_ascii_hexdigit();
    for run in text.split(|c: char| !is_hex(c)).filter(|run| run.len() >= 10) {
        for offset in 0..2 {
            let pairs = run.as_bytes()[offset..].chunks_exact(2);
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or("0"), 16).unwrap_or(0);
            found.push(pairs.map(byte).collect());
        }
    }
    for (engine, extra) in [(&STANDARD, "+/"), (&URL_SAFE, "-_")] {
        let in_alphabet = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
        for run in text.split(|c: char| !in_alphabet(c)).filter(|run| run.len() >= 6) {
            for offset in 0..4.min(run.len()) {
                let whole = (run.len() - offset) / 4 * 4;
                found.extend(engine.decode(&run[offset..offset + whole]).ok());
            }
        }
    }
    found.push(percent_decode_str(text).collect());
    found.push(percent_decode_str(&text.replace('+', " ")).collect());
    found
}

/// The first secret found in a text, and how.
pub(crate) fn leak<'s>(text: &str, secrets: impl IntoIterator<Item = &'s str>) -> Option<String> {
    let decoded = decoded(text);
    for secret in secrets {
        if let Some((name, form)) = forms(secret).into_iter().find(|(_, form)| form.len() >= 6 && text.contains(form)) {
            return Some(format!("{name} of {secret:?}: {form:?} in {text:?}"));
        }
        if decoded.iter().any(|bytes| bytes.windows(secret.len()).any(|window| window == secret.as_bytes())) {
            return Some(format!("{secret:?} after decoding {text:?}"));
        }
    }
    None
}

/// Secrets that are a trial: long enough that a find is no accident.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_-]{8,40}",
        "[!-~]{8,24}",
        "[!-~ ]{8,24}".prop_map(|text| format!("x{text}y")),
        r#"[a-z"'<>&\\/%+= ]{8,16}"#.prop_map(|text| format!("x{text}y")),
        "[a-zäöüé€日本🦀/\"]{6,12}",
        "[A-Za-z0-9+/]{12}\n[A-Za-z0-9+/]{12}\r?\n[A-Za-z0-9+/=]{9}",
    ]
}

/// Text between secrets: no letter of it occurs in a code's run by accident.
fn filler() -> impl Strategy<Value = String> {
    prop_oneof!["[ .,:;(){}\n]{0,8}", "( [a-z]{1,5} ){0,3}", "[äß€→🦀\u{1b}\u{200b}]{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_form_of_any_secret_is_left(
        secrets in prop::collection::vec(secret(), 1..6),
        pieces in prop::collection::vec((filler(), any::<Index>(), any::<Index>()), 1..8),
    ) {
        let mut text = String::new();
        for (filler, which, form) in &pieces {
            text.push_str(filler);
            let secret: &String = which.get(&secrets);
            text.push_str(&form.get(&forms(secret)).1);
        }
        let scrubber = scrubber(secrets.iter().map(|secret| ("s", secret.as_str())));
        let scrubbed = scrubber.scrub(&text);
        prop_assert_eq!(leak(&scrubbed, secrets.iter().map(String::as_str)), None);
        prop_assert!(!scrubber.finds(scrubbed.as_bytes()));
        prop_assert!(matches!(scrubber.scrub(&scrubbed), Cow::Borrowed(_)), "twice: {}", scrubber.scrub(&scrubbed));
        prop_assert!(scrubbed.contains("[secret:s]"));
        prop_assert!(scrubber.finds(text.as_bytes()));
    }

    #[test]
    fn base64_of_text_around_a_secret_does_not_carry_it(
        secret in "[ -~]{8,40}", before in "[ -~]{0,9}", after in "[ -~]{0,9}",
    ) {
        let scrubber = scrubber([("s", secret.trim())]);
        prop_assume!(secret.trim().len() >= 8);
        for code in [STANDARD.encode(format!("{before}{secret}{after}")), URL_SAFE.encode(format!("{before}{secret}{after}"))] {
            prop_assert_eq!(leak(&scrubber.scrub(&code), [secret.trim()]), None);
        }
    }

    #[test]
    fn text_without_secrets_is_lent_back(secrets in prop::collection::vec("[A-Z0-9]{8,20}", 0..5), text in "[a-z äöü→\n]{0,200}") {
        let scrubber = scrubber(secrets.iter().map(|secret| ("s", secret.as_str())));
        prop_assert!(matches!(scrubber.scrub(&text), Cow::Borrowed(same) if same == text));
        prop_assert!(!scrubber.finds(text.as_bytes()));
    }

    #[test]
    fn any_bytes_may_be_secret_and_any_text_scrubbed(
        text in any::<String>(),
        cuts in prop::collection::vec((any::<Index>(), any::<Index>()), 1..4),
        other in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let scrubber = Scrubber::new();
        scrubber.learn("other", &Secret::new(other));
        for (a, b) in &cuts {
            let (a, b) = (a.index(text.len() + 1), b.index(text.len() + 1));
            let cut = &text.as_bytes()[a.min(b)..a.max(b)];
            scrubber.learn("cut", &Secret::new(cut));
            let scrubbed = scrubber.scrub(&text);
            let stays = cut.len() < 4 || cut.starts_with(b"[secret:");
            prop_assert!(stays || !scrubbed.as_bytes().windows(cut.len()).any(|window| window == cut));
        }
    }

    #[test]
    fn the_order_of_learning_does_not_matter(
        secrets in Just(awkward()).prop_shuffle(), pauses in prop::collection::vec(any::<bool>(), 16),
    ) {
        let scrubber = Scrubber::new();
        for ((label, secret), pause) in secrets.iter().zip(pauses.iter().cycle()) {
            scrubber.learn(label, &Secret::new(secret.as_str()));
            if *pause {
                let _ = scrubber.finds(b"builds the index as far as it goes");
            }
        }
        let text: String = awkward().iter().flat_map(|(_, secret)| forms(secret)).map(|(_, form)| form + "|").collect();
        let mut reference = Scrubber::new();
        for (label, secret) in awkward() {
            reference = { reference.learn(label, &Secret::new(secret)); reference };
        }
        prop_assert_eq!(scrubber.scrub(&text), reference.scrub(&text));
    }
}

/// Secrets that get in each other's way.
pub(crate) fn awkward() -> Vec<(&'static str, String)> {
    [
        ("sub-short", "canary-abc"),
        ("sub-long", "canary-abcdef"),
        ("sub-pre", "pre-canary-abc"),
        ("overlap", "abcdef-canary"),
        ("same-2", "canary-same-value"),
        ("same-1", "canary-same-value"),
        ("quotes", "canary \"quoted\" 'text'"),
        ("markup", "canary<&>;=`/"),
        ("unicode", "canary-é日本🦀"),
        ("lines", "canary-line-one\ncanary-line-two"),
        ("spaces", "  canary-spaces \n"),
        ("mask", "[secret:mask]"),
        ("word", "secret"),
        ("base64-of-other", "Y2FuYXJ5LWFiYw=="),
    ]
    .map(|(label, secret)| (label, secret.to_owned()))
    .into()
}

#[test]
fn every_form_of_an_awkward_secret_is_masked_whole() {
    let secret = "ca\"n'a<r>y&\\ /é%+=\u{1b}🦀~";
    let scrubber = scrubber([("s", secret)]);
    for (name, form) in forms(secret) {
        assert_eq!(scrubber.scrub(&format!("({form})")), "([secret:s])", "{name}");
        assert!(scrubber.finds(form.as_bytes()), "{name}");
    }
}

/// What real writers make of `ca"n'a<r>y&\ /é` and an escape character; none of it comes from an encoder in this repository.
#[test]
fn what_real_writers_write_is_masked() {
    let scrubber = scrubber([("s", "ca\"n'a<r>y&\\ /é\u{1b}")]);
    for (writer, form) in [
        ("PHP json_encode", r#"ca\"n'a<r>y&\\ \/\u00e9\u001b"#),
        ("Python json.dumps", r#"ca\"n'a<r>y&\\ /\u00e9\u001b"#),
        ("Go encoding/json", r#"ca\"n'a\u003cr\u003ey\u0026\\ /é\u001b"#),
        (".NET System.Text.Json", r"ca\u0022n\u0027a\u003Cr\u003Ey\u0026\\ /\u00E9\u001B"),
        ("encodeURIComponent", "ca%22n'a%3Cr%3Ey%26%5C%20%2F%C3%A9%1B"),
        ("encodeURI", "ca%22n'a%3Cr%3Ey&%5C%20/%C3%A9%1B"),
        ("Python quote_plus", "ca%22n%27a%3Cr%3Ey%26%5C+%2F%C3%A9%1B"),
        ("Java URLEncoder, lower case", "ca%22n%27a%3cr%3ey%26%5c+%2f%c3%a9%1b"),
        ("Python html.escape", "ca&quot;n&#x27;a&lt;r&gt;y&amp;\\ /é\u{1b}"),
        ("Go html.EscapeString", "ca&#34;n&#39;a&lt;r&gt;y&amp;\\ /é\u{1b}"),
        ("mustache.js", "ca&quot;n&#39;a&lt;r&gt;y&amp;\\ &#x2F;é\u{1b}"),
        ("XML text", "ca\"n'a&lt;r>y&amp;\\ /é\u{1b}"),
        ("our reports", r#"ca"n'a<r>y&\ /é\u{1b}"#),
        ("xxd -p", "6361226e27613c723e79265c202fc3a91b"),
        ("xxd -pu", "6361226E27613C723E79265C202FC3A91B"),
        ("base64", "Y2EibidhPHI+eSZcIC/DqRs="),
        ("base64url, no padding", "Y2EibidhPHI-eSZcIC_DqRs"),
    ] {
        assert_eq!(scrubber.scrub(form), "[secret:s]", "{writer}");
    }
}

#[test]
fn lines_and_trimmed_forms_of_a_secret_are_masked() {
    let scrubber =
        scrubber([("key", "-----BEGIN CANARY-----\nY2FuYXJ5\nshort\nzzzzcanaryzzzz==\n-----END CANARY-----\n")]);
    assert_eq!(scrubber.scrub("got 'zzzzcanaryzzzz=='"), "got '[secret:key]'");
    assert_eq!(scrubber.scrub("zzzzcanaryzzzz%3D%3D"), "[secret:key]");
    assert_eq!(scrubber.scrub("a short word"), "a short word");
    assert_eq!(
        scrubber.scrub(r"-----BEGIN CANARY-----\nY2FuYXJ5\nshort\nzzzzcanaryzzzz==\n-----END CANARY-----"),
        "[secret:key]"
    );
}

#[test]
fn a_secret_with_spaces_around_is_masked_without_them_too() {
    let scrubber = scrubber([("key", " canary/trimmed key\n")]);
    for form in [
        "canary/trimmed key",
        "canary%2Ftrimmed+key",
        "Y2FuYXJ5L3RyaW1tZWQga2V5",
        "63616e6172792f7472696d6d6564206b6579",
    ] {
        assert_eq!(scrubber.scrub(form), "[secret:key]");
    }
}

#[test]
fn a_thousand_secrets_learned_one_by_one_are_all_found() {
    let scrubber = Scrubber::new();
    let secret = |at: usize| format!("canary-{at:04}-key");
    for at in 0..1000 {
        scrubber.learn(&format!("c{at}"), &Secret::new(secret(at)));
        let code = STANDARD.encode(format!("k:{}", secret(at / 2)));
        assert_eq!(leak(&scrubber.scrub(&code), [secret(at / 2).as_str()]), None);
    }
    let labels: BTreeSet<String> = (0..1000).map(|at| scrubber.scrub(&secret(at)).into_owned()).collect();
    assert_eq!(labels.len(), 1000);
    assert_eq!(scrubber.scrub("canary-0007-kex"), "canary-0007-kex");
}

#[test]
fn partly_escaped_urls_are_masked() {
    let secret = "canary <key>";
    let url = format!("https://example.com/?k={}", percent_encode(secret.as_bytes(), QUERY));
    assert_eq!(scrubber([("s", secret)]).scrub(&url), "https://example.com/?k=[secret:s]");
}
