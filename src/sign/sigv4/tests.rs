//! Published vectors: the documentation of AWS, and its test suite as far as it is in the documentation; and what any change does.

use proptest::prelude::*;

use super::*;

/// The keys of the documentation: published, and nobody's.
const DOCUMENTED: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const OF_S3: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const SUITE: Scope<'_> = Scope { stamp: "20150830T123600Z", region: "us-east-1", service: "service" };

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A request of the suite: to `/`, signed with host and date.
fn of_suite(method: &str, query: &[(&str, &str)]) -> Canonical {
    let headers_of_suite = headers(&[("host", "example.amazonaws.com"), ("x-amz-date", SUITE.stamp)]);
    let payload = payload_hash(b"");
    let asked =
        Asked { method, path: "/", query: &headers(query), headers: &headers_of_suite, payload: &payload, token: None };
    Canonical::of(&asked, SUITE.service)
}

#[test]
fn the_test_suite_of_aws() {
    let secret = Secret::new(DOCUMENTED);
    let vanilla = of_suite("GET", &[]);
    assert_eq!(vanilla.hash(), "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
    let key: Vec<u8> = (0..32)
        .map(|at| {
            let text = "938127b5336810ddb6a5d6af445fcac9e371f9ed418ed386b022aed82901be75";
            u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("digits")
        })
        .collect();
    assert_eq!(SUITE.key(&secret), Secret::new(key));
    for (canonical, expected) in [
        (vanilla, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (of_suite("POST", &[]), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            of_suite("GET", &[("Param2", "value2"), ("Param1", "value1")]),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ] {
        assert_eq!(SUITE.sign(&secret, &canonical), Secret::new(expected), "{}", canonical.shown);
    }
}

#[test]
fn list_users_of_iam() {
    let scope = Scope { service: "iam", ..SUITE };
    let headers = headers(&[
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("host", "iam.amazonaws.com"),
        ("x-amz-date", scope.stamp),
    ]);
    let query = [("Action".to_owned(), "ListUsers".to_owned()), ("Version".to_owned(), "2010-05-08".to_owned())];
    let asked =
        Asked { method: "GET", path: "/", query: &query, headers: &headers, payload: &payload_hash(b""), token: None };
    let canonical = Canonical::of(&asked, scope.service);
    assert_eq!(canonical.hash(), "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
    assert_eq!(canonical.signed_headers, "content-type;host;x-amz-date");
    let secret = Secret::new(DOCUMENTED);
    let key = [
        0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8, 0x71, 0x76, 0x3a, 0x39, 0x3e, 0x44, 0xb7, 0x03, 0x57, 0x1b, 0x55,
        0xcc, 0x28, 0x42, 0x4d, 0x1a, 0x5e, 0x86, 0xda, 0x6e, 0xd3, 0xc1, 0x54, 0xa4, 0xb9_u8,
    ];
    assert_eq!(scope.key(&secret), Secret::new(key));
    let expected = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    assert_eq!(scope.sign(&secret, &canonical), Secret::new(expected));
}

#[test]
fn an_object_of_s3() {
    let scope = Scope { stamp: "20130524T000000Z", region: "us-east-1", service: "s3" };
    let nothing = payload_hash(b"");
    assert_eq!(nothing, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let headers = headers(&[
        ("x-amz-content-sha256", &nothing),
        ("range", "bytes=0-9"),
        ("host", "examplebucket.s3.amazonaws.com"),
        ("x-amz-date", scope.stamp),
    ]);
    let asked =
        Asked { method: "GET", path: "/test.txt", query: &[], headers: &headers, payload: &nothing, token: None };
    let canonical = Canonical::of(&asked, scope.service);
    assert_eq!(canonical.hash(), "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
    let expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    assert_eq!(scope.sign(&Secret::new(OF_S3), &canonical), Secret::new(expected));
    let header = scope.header("AKIAIOSFODNN7EXAMPLE", &canonical.signed_headers);
    assert_eq!(
        header,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="
    );
    let stated = read_header(&format!("{header}{expected}")).expect("it is one");
    assert_eq!((&*stated.key, &*stated.scope), ("AKIAIOSFODNN7EXAMPLE", &*scope.text()));
    assert_eq!((stated.signed_headers.join(";"), &*stated.signature), (canonical.signed_headers, expected));
}

fn path(service: &str, path: &str) -> String {
    let asked = Asked { method: "GET", path, query: &[], headers: &[], payload: "", token: None };
    Canonical::of(&asked, service).shown.lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn s3_takes_paths_as_they_are_and_others_encode_them_once_more() {
    for (sent, of_s3, of_others) in [
        ("", "/", "/"),
        ("/", "/", "/"),
        ("/a%20b", "/a%20b", "/a%2520b"),
        ("/a//b/../c/./d/", "/a//b/../c/./d/", "/a/c/d/"),
        ("/it's(1)", "/it%27s%281%29", "/it%27s%281%29"),
        ("/%c3%bc~", "/%C3%BC~", "/%25c3%25bc~"),
        ("/..", "/..", "/"),
    ] {
        assert_eq!((&*path("s3", sent), &*path("sts", sent)), (of_s3, of_others), "{sent}");
    }
    assert!(keeps_paths("s3-outposts") && keeps_paths("s3express") && !keeps_paths("s3tables"));
}

#[test]
fn values_of_headers_are_trimmed_and_joined() {
    let headers = headers(&[("b", "  x   y "), ("a", "1"), ("b", "z")]);
    let asked = Asked { method: "GET", path: "/", query: &[], headers: &headers, payload: "P", token: None };
    assert_eq!(Canonical::of(&asked, "sts").shown, "GET\n/\n\na:1\nb:x y,z\n\na;b\nP");
}

#[test]
fn a_token_is_signed_like_any_header_and_never_shown() {
    let secret = Secret::new("canary token");
    let token = Token { value: &secret, shown: "***" };
    for sent in
        [&[("host", "h"), ("x-amz-date", "d"), ("x-amz-target", "t")][..], &[("x-amz-date", "d")], &[("y", "1")]]
    {
        let sent = headers(sent);
        let asked = Asked { method: "GET", path: "/", query: &[], headers: &sent, payload: "P", token: Some(token) };
        let canonical = Canonical::of(&asked, "sts");
        assert!(canonical.shown.contains("\nx-amz-security-token:***\n") && !canonical.shown.contains("canary"));
        let mut more = sent.clone();
        more.push((Token::HEADER.to_owned(), "canary token".to_owned()));
        let clear = Canonical::of(&Asked { headers: &more, token: None, ..asked }, "sts");
        assert_eq!((canonical.hash(), &canonical.signed_headers), (clear.hash(), &clear.signed_headers));
        assert_eq!(canonical.shown, clear.shown.replace("canary token", "***"));
    }
}

#[test]
fn times_are_written_in_utc() {
    assert_eq!(stamp(1_440_938_160).as_deref(), Some("20150830T123600Z"));
    assert_eq!(stamp(0).as_deref(), Some("19700101T000000Z"));
    assert_eq!(stamp(u64::MAX), None);
}

#[test]
fn other_headers_are_not_read() {
    for value in [
        "",
        "Basic YTpi",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a, Signature=b",
        "AWS4-HMAC-SHA256Credential=a/b",
    ] {
        assert_eq!(read_header(value), None, "{value}");
    }
}

proptest! {
    /// Order of parameters and headers does not matter; every part that is signed does.
    #[test]
    fn order_does_not_matter_and_content_does(
        query in proptest::collection::vec(("[a-zA-Z]{1,4}", ".{0,6}"), 1..6),
        part in 0..8,
        by in "[a-z]{1,4}",
    ) {
        let secret = Secret::new(DOCUMENTED);
        let mut sent = headers(&[("host", "a.example"), ("x-amz-date", SUITE.stamp), ("content-type", "text/plain")]);
        let payload = payload_hash(b"body");
        let sign = |scope: Scope<'_>, method: &str, path: &str, query: &[Parameter], headers: &[(String, String)], payload: &str| {
            let canonical = Canonical::of(&Asked { method, path, query, headers, payload, token: None }, scope.service);
            scope.sign(&secret, &canonical)
        };
        let before = sign(SUITE, "GET", "/a", &query, &sent, &payload);
        let mut turned = query.clone();
        turned.reverse();
        sent.reverse();
        prop_assert_eq!(&sign(SUITE, "GET", "/a", &turned, &sent, &payload), &before);
        let (region, service) = (format!("us-{by}"), format!("service{by}"));
        let mut changed = sent.clone();
        changed[0].1.push_str(&by);
        let mut longer = query.clone();
        longer[0].1.push_str(&by);
        let after = match part {
            0 => sign(Scope { region: &region, ..SUITE }, "GET", "/a", &query, &sent, &payload),
            1 => sign(Scope { service: &service, ..SUITE }, "GET", "/a", &query, &sent, &payload),
            2 => sign(SUITE, "POST", "/a", &query, &sent, &payload),
            3 => sign(SUITE, "GET", &format!("/a{by}"), &query, &sent, &payload),
            4 => sign(SUITE, "GET", "/a", &longer, &sent, &payload),
            5 => sign(SUITE, "GET", "/a", &query, &changed, &payload),
            6 => sign(SUITE, "GET", "/a", &query, &sent, &payload_hash(by.as_bytes())),
            _ => sign(Scope { stamp: "20150830T123601Z", ..SUITE }, "GET", "/a", &query, &sent, &payload),
        };
        prop_assert_ne!(after, before);
    }

    #[test]
    fn a_malformed_header_never_panics(value in ".*") {
        let _ = read_header(&value);
        let _ = read_header(&format!("AWS4-HMAC-SHA256 Credential={value}"));
    }
}
