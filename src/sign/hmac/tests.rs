//! Published vectors of keyed hashes, and what vendors sign.

use super::*;
use crate::model::hmac::{Hash, Nonce, TimeFormat};

/// Key, data, and the hashes with SHA-256, SHA-384 and SHA-512.
type Sha2 = (Vec<u8>, Vec<u8>, &'static str, &'static str, &'static str);

/// RFC 4231 sections 4.2 to 4.8, without the truncated one.
fn rfc4231() -> Vec<Sha2> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        (
            vec![0x0b; 20],
            text("Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        ),
        (
            text("Jefe"),
            text("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            vec![0xaa; 20],
            vec![0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
        ),
        (
            (0x01..=0x19).collect(),
            vec![0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
        ),
        (
            vec![0xaa; 131],
            text("Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
        (
            vec![0xaa; 131],
            text(
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
            ),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        ),
    ]
}

/// A key for MD5, data, the hash; a key for SHA-1, the hash of the same data.
type Older = (&'static [u8], &'static [u8], &'static str, &'static [u8], &'static str);

/// RFC 2202 sections 2 and 3, without the truncated ones.
const RFC2202: [Older; 6] = [
    (
        &[0x0b; 16],
        b"Hi There",
        "9294727a3638bb1c13f48ef8158bfc9d",
        &[0x0b; 20],
        "b617318655057264e28bc0b6fb378c8ef146be00",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "750c783e6ab0b503eaa86e310a5db738",
        b"Jefe",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    ),
    (
        &[0xaa; 16],
        &[0xdd; 50],
        "56be34521d144c88dbb8c733f0e8b3f6",
        &[0xaa; 20],
        "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
    ),
    (
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
        &[0xcd; 50],
        "697eaf0aca3a3aea3a75164746ffaa79",
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
        "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
    ),
    (
        &[0xaa; 80],
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
        &[0xaa; 80],
        "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    ),
    (
        &[0xaa; 80],
        b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
        "6f630fad67cda0ee1fb1f562db3aa53e",
        &[0xaa; 80],
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
    ),
];

fn hashed(hash: Hash, key: &[u8], message: &[u8]) -> String {
    hex(&tag(hash, &Secret::new(key), KeyEncoding::Text, message).expect("bytes are a key"))
}

#[test]
fn the_vectors_of_rfc_4231() {
    for (key, data, sha256, sha384, sha512) in rfc4231() {
        assert_eq!(hashed(Hash::Sha256, &key, &data), sha256);
        assert_eq!(hashed(Hash::Sha384, &key, &data), sha384);
        assert_eq!(hashed(Hash::Sha512, &key, &data), sha512);
    }
}

#[test]
fn the_vectors_of_rfc_2202() {
    for (md5_key, data, md5, sha1_key, sha1) in RFC2202 {
        assert_eq!(hashed(Hash::Md5, md5_key, data), md5);
        assert_eq!(hashed(Hash::Sha1, sha1_key, data), sha1);
    }
}

/// A place that signs this text, with the usual choices.
fn place(sign: &str) -> HmacPlace {
    HmacPlace {
        key: "{secret}".into(),
        key_encoding: KeyEncoding::Text,
        hash: Hash::Sha256,
        sign: sign.into(),
        encoding: Encoding::Hex,
        timestamp: TimeFormat::Seconds,
        nonce: Nonce::default(),
        headers: vec![("X-Signature".into(), "{signature}".into())],
        query: Vec::new(),
        basic: None,
    }
}

fn credential(secret: &str) -> Credential {
    let mut credential = Credential::default();
    credential.public.insert("key".into(), "acme".into());
    credential.secrets.insert("secret".into(), Secret::new(secret));
    credential
}

/// The signature as it is sent: what a template that is nothing else becomes.
fn signed(place: &HmacPlace, facts: &Facts<'_>, secret: &str) -> Secret {
    let credential = credential(secret);
    let text = text(place, facts, &credential).expect("all fields are there");
    signature(place, &text, &credential).expect("the key is in its encoding")
}

#[test]
fn what_shopify_publishes_comes_out() {
    let query = "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&timestamp=1337178173";
    let callback = Facts { query, ..Facts::default() };
    let expected = "4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20";
    assert_eq!(signed(&place("{query}"), &callback, "hush"), Secret::new(expected));
    // Parameters in another order are the same parameters.
    let shuffled = "timestamp=1337178173&code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com";
    let callback = Facts { query: shuffled, ..Facts::default() };
    assert_eq!(signed(&place("{sorted_query}"), &callback, "hush"), Secret::new(expected));
    assert_ne!(signed(&place("{query}"), &callback, "hush"), Secret::new(expected));
    // The app proxy joins its parameters without `&`, decoded.
    let joined = "extra=1,2logged_in_customer_id=1path_prefix=/apps/awesome_reviewsshop=shop-name.myshopify.comtimestamp=1317327555";
    let proxy = Facts { body: joined, ..Facts::default() };
    let expected = "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb";
    assert_eq!(signed(&place("{body}"), &proxy, "hush"), Secret::new(expected));
    let webhook = HmacPlace { encoding: Encoding::Base64, ..place("{body}") };
    let facts = Facts { body: r#"{"id":1}"#, ..Facts::default() };
    assert_eq!(signed(&webhook, &facts, "hush"), Secret::new("VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="));
}

#[test]
fn the_key_of_rfc_7515_is_base64url() {
    // RFC 7515 appendix A.1.1: HS256 over the signing input.
    let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let place = HmacPlace { key_encoding: KeyEncoding::Base64, encoding: Encoding::Base64Url, ..place("{body}") };
    let facts = Facts { body: input, ..Facts::default() };
    assert_eq!(signed(&place, &facts, key), Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
}

#[test]
fn keys_are_read_in_their_encoding_or_not_at_all() {
    let jefe = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let of = |encoding, key: &str| tag(Hash::Sha256, &Secret::new(key), encoding, b"what do ya want for nothing?");
    for (encoding, key) in [
        (KeyEncoding::Text, "Jefe"),
        (KeyEncoding::Hex, "4a656665"),
        (KeyEncoding::Hex, "4A656665"),
        (KeyEncoding::Base64, "SmVmZQ=="),
        (KeyEncoding::Base64, "SmVmZQ"),
    ] {
        assert_eq!(of(encoding, key).map(|tag| hex(&tag)).as_deref(), Some(jefe), "{key}");
    }
    for (encoding, key) in [
        (KeyEncoding::Hex, "4a65666"),
        (KeyEncoding::Hex, "4a65666g"),
        (KeyEncoding::Base64, "Sm VmZQ=="),
        (KeyEncoding::Base64, "canary-_+/"),
    ] {
        assert_eq!(of(encoding, key), None, "{key}");
    }
}

#[test]
fn every_part_that_is_named_is_covered() {
    let place = place(
        "{timestamp}|{nonce}|{method}|{host}|{target}|{sorted_query}|{content_type}|{body_md5}|{body_sha256}|{key}",
    );
    let facts = Facts {
        method: "POST",
        host: "api.example.com",
        path: "/v1/orders",
        query: "b=2&a=1",
        body: "{}",
        content_type: "application/json",
        timestamp: "1700000000",
        nonce: "00ff",
    };
    let signed_text = text(&place, &facts, &credential("x")).expect("all fields are there");
    // The digests of `{}`, by `openssl dgst`.
    let body = "mZFLkyvTelC5g8XnyQrpOw==|44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let request = "1700000000|00ff|POST|api.example.com|/v1/orders?b=2&a=1|a=1&b=2|application/json";
    assert_eq!(signed_text, format!("{request}|{body}|acme"));
    let right = signed(&place, &facts, "x");
    for other in [
        Facts { method: "GET", ..facts },
        Facts { host: "api.example.org", ..facts },
        Facts { path: "/v1/order", ..facts },
        Facts { query: "b=2&a=2", ..facts },
        Facts { body: "[]", ..facts },
        Facts { content_type: "text/plain", ..facts },
        Facts { timestamp: "1700000001", ..facts },
        Facts { nonce: "00fe", ..facts },
    ] {
        assert_ne!(signed(&place, &other, "x"), right, "{other:?}");
    }
    assert_ne!(signed(&place, &facts, "y"), right);
}

#[test]
fn names_end_where_their_values_begin() {
    assert_eq!(sorted("a-b=1&a=2&a=1&a"), "a&a=1&a=2&a-b=1");
    assert_eq!(sorted(""), "");
}

#[test]
fn the_signature_is_shown_as_stars() {
    let facts = Facts { timestamp: "17", ..Facts::default() };
    let signature = Secret::new("5bdcc146");
    let (value, shown) = with_signature("t={timestamp},k={key},v1={signature}", &facts, &credential("x"), &signature)
        .expect("all fields are there");
    assert_eq!((value, &*shown), (Secret::new("t=17,k=acme,v1=5bdcc146"), "t=17,k=acme,v1=***"));
    let empty = with_signature("{consumer}{signature}", &facts, &credential("x"), &signature);
    assert_eq!(empty, Err("consumer".to_owned()));
}
