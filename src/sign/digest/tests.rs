//! Published vectors: RFC 7616 with its erratum 4897, RFC 2617 and RFC 2069; and what any change does to a response.

use proptest::prelude::*;

use super::*;
use crate::model::challenge::challenges;

/// A login that owns its texts.
struct Known(Secret, Secret);

impl Known {
    fn new(user: &str, password: &str) -> Known {
        Known(Secret::new(user), Secret::new(password))
    }

    fn login(&self) -> Login<'_> {
        Login { user: &self.0, password: &self.1 }
    }
}

fn chosen(lines: &[&str]) -> Challenge {
    let found: Vec<_> = lines.iter().flat_map(|line| challenges(line)).collect();
    choose(&found).expect("a challenge").expect("one that can be answered")
}

/// The proof that answers a challenge for the first time.
fn proof(challenge: &Challenge, known: &Known, cnonce: &str, uri: &str) -> Proof {
    let Challenge { algorithm, qop, realm, nonce, .. } = challenge;
    Proof {
        algorithm: *algorithm,
        qop: *qop,
        key: known.login().key(*algorithm, realm, nonce, cnonce),
        nonce: nonce.clone(),
        cnonce: cnonce.to_owned(),
        count: 1,
        uri: uri.to_owned(),
    }
}

#[test]
fn rfc_7616_section_3_9_1() {
    let both = [
        r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,
           nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,
           nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
    ]
    .map(|line| line.replace('\n', " "));
    let mufasa = Known::new("Mufasa", "Circle of Life");
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let ha2 = |hash: Hash| hash.hex(b"GET:/dir/index.html");
    assert_eq!(ha2(Hash::Md5), "39aff3a2bab6126f332b942af96d3366");
    assert_eq!(ha2(Hash::Sha256), "9a3fdae9a622fe8de177c24fa9c070f2b181ec85e15dcbdc32e10c82ad450b04");

    let md5 = proof(&chosen(&[&both[0]]), &mufasa, cnonce, "/dir/index.html");
    assert_eq!(md5.key, Secret::new("3d78807defe7de2157e2b0b6573a855f"));
    assert_eq!(md5.response("GET", b""), Secret::new("8ca523f5e9506fed4657c9700eebdbec"));

    let challenge = chosen(&[&both[0], &both[1]]);
    assert_eq!(challenge.algorithm.name(), "SHA-256", "the stronger of the two");
    assert_eq!(challenge.opaque.as_deref(), Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"));
    let sha256 = proof(&challenge, &mufasa, cnonce, "/dir/index.html");
    assert_eq!(sha256.key, Secret::new("7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"));
    let expected = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
    assert_eq!(sha256.response("GET", b""), Secret::new(expected));
}

/// Erratum 4897: the RFC prints halves of SHA-512, which is another hash than SHA-512/256.
#[test]
fn rfc_7616_section_3_9_2() {
    let challenge = chosen(&[
        r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true"#,
    ]);
    assert!(challenge.userhash);
    let jason = Known::new("J\u{e4}s\u{f8}n Doe", "Secret, or not?");
    let hidden = jason.login().user_hash(challenge.algorithm.hash, &challenge.realm);
    assert_eq!(hidden, Secret::new("793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"));
    let proof = proof(&challenge, &jason, "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", "/doe.json");
    assert_eq!(proof.key, Secret::new("2d3d9f12c9f3d30011259dc5fecee005ae24de40e3e1f61806d03e65f1e6024f"));
    let expected = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
    assert_eq!(proof.response("GET", b""), Secret::new(expected));
}

#[test]
fn rfc_2617_and_rfc_2069() {
    let begin = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
    let mufasa = Known::new("Mufasa", "Circle Of Life");
    for (more, key, expected) in [
        (r#", qop="auth,auth-int""#, "939e7578ed9e3c518a452acee763bce9", "6629fae49393a05397450978507c4ef1"),
        ("", "939e7578ed9e3c518a452acee763bce9", "670fd8c2df070c60b045671b8b24ff02"),
        (r#", qop=auth, algorithm="MD5-sess""#, "5edb191b66dce1584c16cb7e7346fcee", "8e3825c57e897f5a0dec6c2d4e5059d0"),
    ] {
        let proof = proof(&chosen(&[&format!("{begin}{more}")]), &mufasa, "0a4f113b", "/dir/index.html");
        assert_eq!(proof.key, Secret::new(key), "{more}");
        assert_eq!(proof.response("GET", b""), Secret::new(expected), "{more}");
    }
}

#[test]
fn the_challenge_to_answer_is_the_strongest_that_is_known() {
    let one = |more: &str| format!("Digest realm=r, nonce=n{more}");
    let name = |lines: &[&str]| {
        let challenge = chosen(lines);
        (challenge.algorithm.name(), challenge.qop.map(Qop::name), challenge.named)
    };
    let (auth, int) = (Some("auth"), Some("auth-int"));
    assert_eq!(name(&[&one("")]), ("MD5", None, false));
    assert_eq!(name(&[&one(", algorithm=md5, qop=\"\"")]), ("MD5", None, true));
    assert_eq!(name(&[&one(", qop=\"auth-int\"")]), ("MD5", int, false));
    assert_eq!(name(&[&one(", qop=\"auth-int, token, AUTH\"")]), ("MD5", auth, false));
    assert_eq!(name(&[&one(", qop=auth,auth-int, algorithm=SHA-256-sess")]), ("SHA-256-sess", auth, true));
    let many = [
        one(", algorithm=SHA-256, qop=\"auth-int\""),
        one(", algorithm=SHA3-512, qop=\"auth\""),
        one(", algorithm=SHA-256, qop=\"auth\""),
        one(", algorithm=SHA-256-sess, qop=\"auth\""),
        one(", algorithm=MD5, qop=\"auth\""),
    ];
    let lines: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(name(&lines), ("SHA-256", auth, true));
    assert_eq!(name(&[&many.join(", ")]), ("SHA-256", auth, true), "all of them in one line");
    assert_eq!(name(&[&format!("Negotiate, Basic realm=\"a, b\", {}", one(", qop=auth"))]), ("MD5", auth, false));
}

#[test]
fn what_cannot_be_answered_is_named() {
    let why = |line: &str| choose(&challenges(line)).map(|chosen| chosen.expect_err("it cannot be answered"));
    assert_eq!(why("Basic realm=x"), None);
    assert_eq!(why("Digest realm=x, nonce=n, algorithm=SHA3"), Some(vec![Unusable::Algorithm("SHA3".to_owned())]));
    assert_eq!(
        why("Digest realm=x, nonce=n, qop=\"auth-conf token\""),
        Some(vec![Unusable::Qop("auth-conf, token".to_owned())])
    );
    assert_eq!(why("Digest realm=x"), Some(vec![Unusable::NoNonce]));
    assert_eq!(why("Digest realm=\"B\u{fc}ro\", nonce=n"), Some(vec![Unusable::BeyondAscii]));
}

#[test]
fn user_names_are_quoted_or_encoded() {
    assert_eq!(user_parameter(r#"a "b" \c"#), r#"username="a \"b\" \\c""#);
    assert_eq!(user_parameter("J\u{e4}s\u{f8}n Doe"), "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe");
    assert_eq!(user_parameter("a\r\nb"), "username*=UTF-8''a%0D%0Ab");
}

#[test]
fn names_are_read_back() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::from_name(&algorithm.name().to_lowercase()), Some(algorithm));
    }
    assert_eq!(Algorithm::from_name("SHA-512-512"), None);
    assert!(Hash::Md5 < Hash::Sha256 && Hash::Sha256 < Hash::Sha512 && Hash::Sha512 < Hash::Sha512_256);
}

proptest! {
    /// Every part of what is proved changes the response, and the body only where it is protected.
    #[test]
    fn a_change_of_any_part_changes_the_response(at in 0_usize..8, by in "[a-z]{1,4}", int in any::<bool>(), part in 0..9) {
        let known = Known::new("user", "pass");
        let qop = if int { "auth-int" } else { "auth" };
        let line = format!("Digest realm=r, nonce=n, qop=\"{qop}\", algorithm={}", Algorithm::ALL[at].name());
        let challenge = chosen(&[&line]);
        let before = proof(&challenge, &known, "c", "/a?b=c");
        let mut after = before.clone();
        let (mut method, mut body) = ("GET".to_owned(), "body".to_owned());
        match part {
            0 => method.push_str(&by),
            1 => body.push_str(&by),
            2 => after.uri.push_str(&by),
            3 => after.nonce.push_str(&by),
            4 => after.cnonce.push_str(&by),
            5 => after.count += 1,
            6 => after.key = proof(&challenge, &Known::new(&format!("user{by}"), "pass"), "c", "/").key,
            7 => after.key = proof(&challenge, &Known::new("user", &format!("pass{by}")), "c", "/").key,
            _ => after.key = known.login().key(challenge.algorithm, &format!("r{by}"), "n", "c"),
        }
        let same = before.response("GET", b"body") == after.response(&method, body.as_bytes());
        prop_assert_eq!(same, part == 1 && !int);
    }

    #[test]
    fn a_malformed_challenge_never_panics(line in ".*") {
        let _ = choose(&challenges(&format!("Digest {line}")));
    }

    #[test]
    fn user_names_make_headers_whatever_they_are(name in any::<String>()) {
        prop_assert!(user_parameter(&name).bytes().all(|byte| matches!(byte, b' '..=b'~')));
    }
}
