//! What the scrubber masks, and what it leaves alone.

use super::*;

fn scrubber(secrets: &[(&str, &str)]) -> Scrubber {
    let scrubber = Scrubber::new();
    for (label, value) in secrets {
        scrubber.learn(label, &Secret::new(*value));
    }
    scrubber
}

#[test]
fn the_longest_of_the_leftmost_is_masked() {
    let scrubber = scrubber(&[("short", "canary"), ("long", "canary-klaviyo")]);
    assert_eq!(scrubber.scrub("a canary-klaviyo-key, a canary"), "a [secret:long]-key, a [secret:short]");
}

#[test]
fn an_overlap_leaves_no_rest() {
    let scrubber = scrubber(&[("a", "abcdef"), ("b", "efghij")]);
    assert_eq!(scrubber.scrub("-abcdefghij-"), "-[secret:a][secret:b]-");
    assert_eq!(scrubber.scrub("-abcdefabcdef-"), "-[secret:a][secret:a]-");
}

#[test]
fn a_text_without_secrets_is_lent_back() {
    let scrubber = scrubber(&[("a", "canary-a")]);
    assert!(matches!(scrubber.scrub("canary-b, ünïcödé"), Cow::Borrowed(_)));
    assert!(!scrubber.finds(b"canary-b"));
}

#[test]
fn masks_are_not_read_again() {
    let scrubber = scrubber(&[("ftp.password", "password"), ("b", "[secret:b]")]);
    let once = scrubber.scrub("331 password please").into_owned();
    assert_eq!(once, "331 [secret:ftp.password] please");
    assert!(matches!(scrubber.scrub(&once), Cow::Borrowed(_)));
    assert!(!scrubber.finds(once.as_bytes()));
    assert!(scrubber.finds(b"[secret:unknown.password]"));
}

#[test]
fn short_and_empty_secrets_are_not_masked_by_value() {
    let scrubber = scrubber(&[("z", "xyz"), ("e", ""), ("a", "x"), ("a", "y")]);
    assert_eq!(scrubber.scrub("xyz x"), "xyz x");
    assert_eq!(scrubber.short(), ["a", "z"]);
}

#[test]
fn basic_is_masked_whole() {
    let scrubber = scrubber(&[("p", "open sesame")]);
    scrubber.learn_basic("p", "Aladdin", &Secret::new("open sesame"));
    assert_eq!(scrubber.scrub("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "Basic [secret:p]");
}

#[test]
fn a_secret_that_is_no_text_takes_whole_characters_with_it() {
    let scrubber = Scrubber::new();
    scrubber.learn("key", &Secret::new([0x82, 0xac, b'a', b'b', 0xe2, 0x82]));
    assert_eq!(scrubber.scrub("x€ab€y"), "x[secret:key]y");
    assert_eq!(scrubber.scrub("<\u{fffd}\u{fffd}ab\u{fffd}>"), "<[secret:key]>");
}

#[test]
fn own_words_are_left() {
    let scrubber = scrubber(&[("p", "pass")]);
    let own = |text: &[u8], hit: Range<usize>| text.get(hit.end) == Some(&b'!');
    assert_eq!(scrubber.scrub_beyond("pass! pass", &own), "pass! [secret:p]");
    assert!(!scrubber.finds_beyond(b"pass!", &own));
    assert!(scrubber.finds_beyond(b"pass! pass", &own));
}

#[test]
fn labels_can_stand_in_any_format() {
    assert_eq!(mask("a\"<b>\n&.c-d/e_f"), "[secret:a__b___.c-d/e_f]");
}

#[test]
fn a_beginning_ends_in_no_secret() {
    let scrubber = scrubber(&[("a", "canary-abcdef")]);
    let text = "one canary-abcdef two".as_bytes();
    for (limit, expected) in [
        (0, ""),
        (4, "one "),
        (5, "one [secret:a]"),
        (16, "one [secret:a]"),
        (18, "one [secret:a] "),
        (99, "one [secret:a] two"),
    ] {
        assert_eq!(scrubber.scrub_beginning(text, limit), expected, "{limit}");
    }
    assert_eq!(scrubber.scrub_beginning("aé".as_bytes(), 2), "a");
    assert_eq!(Scrubber::new().scrub_beginning(b"a\xffb", 2), "a");
    assert!(matches!(scrubber.scrub_beginning(b"nothing here", 7), Cow::Borrowed("nothing")));
}

#[test]
fn nothing_shows_in_debug() {
    assert_eq!(format!("{:?}", scrubber(&[("a", "canary-a")])), "Scrubber(1 secrets, 0 forms)");
}
