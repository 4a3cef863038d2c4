//! Requests as vendors publish them, and what a change of any part of them does.

use proptest::prelude::*;

use super::*;
use crate::model::hmac::{Encoding, Hash, KeyEncoding, TimeFormat};
use crate::model::secret::Secret;

/// The pair in the documentation of Binance's API, section "SIGNED endpoint examples for POST /api/v3/order".
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const ORDER: &str =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
const SIGNATURE: &str = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";

fn pair(name: &str, template: &str) -> (Box<str>, Box<str>) {
    (name.into(), template.into())
}

fn binance() -> HmacPlace {
    HmacPlace {
        key: "{secret}".into(),
        key_encoding: KeyEncoding::Text,
        hash: Hash::Sha256,
        sign: "{query}{body}".into(),
        encoding: Encoding::Hex,
        timestamp: TimeFormat::Milliseconds,
        nonce: Nonce::default(),
        headers: vec![pair("X-MBX-APIKEY", "{key}")],
        query: vec![pair("timestamp", "{timestamp}"), pair("signature", "{signature}")],
        basic: None,
    }
}

fn credential(secret: &str) -> Credential {
    let mut credential = Credential::default();
    credential.public.insert("key".into(), KEY.into());
    credential.secrets.insert("secret".into(), Secret::new(secret));
    credential
}

fn request(method: &str, target: &str, headers: &[(&'static str, &str)], body: &str) -> Request {
    let pair = |(name, value): &(&'static str, &str)| {
        (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
    };
    Request {
        url: format!("http://127.0.0.1:1{target}").parse().unwrap(),
        method: method.parse().unwrap(),
        headers: headers.iter().map(pair).collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn found(place: &HmacPlace, got: &Request, secret: &str) -> Option<String> {
    Verifier::of(Some(&Placement::Hmac(Box::new(place.clone())))).difference(got, &credential(secret))
}

#[test]
fn the_published_order_is_right_and_no_other() {
    let ask = |query: &str, key: &str| request("GET", &format!("/api/v3/order?{query}"), &[("x-mbx-apikey", key)], "");
    let whole = format!("{ORDER}&signature={SIGNATURE}");
    assert_eq!(found(&binance(), &ask(&whole, KEY), SECRET), None);
    let mismatch = "hmac: expected a signature, got one that does not match the request";
    for wrong in [
        whole.replace("quantity=1", "quantity=2"),
        whole.replace("1499827319559", "1499827319558"),
        whole.replace("c8db", "c8dc"),
        whole.replace("side=BUY&", ""),
        format!("{whole}&more=1"),
    ] {
        assert_eq!(found(&binance(), &ask(&wrong, KEY), SECRET).as_deref(), Some(mismatch), "{wrong}");
    }
    assert_eq!(found(&binance(), &ask(&whole, KEY), "another").as_deref(), Some(mismatch));
    let lacking = found(&binance(), &ask(ORDER, KEY), SECRET).unwrap();
    assert_eq!(lacking, "hmac: expected a signature, got no query signature");
    let other = found(&binance(), &ask(&whole, "other-key"), SECRET).unwrap();
    assert_eq!(other, r#"hmac: expected a signature, got "other-key" in header X-MBX-APIKEY, where "{key}" belongs"#);
    let seconds = found(&HmacPlace { timestamp: TimeFormat::Seconds, ..binance() }, &ask(&whole, KEY), SECRET);
    assert_eq!(seconds.unwrap(), "hmac: expected a signature, got a time that is none in seconds");
}

#[test]
fn a_place_that_signs_nothing_expects_the_impossible() {
    let got = request("GET", "/", &[], "");
    let found = Verifier::of(None).difference(&got, &credential("x")).unwrap();
    assert_eq!(found, "hmac: expected a signature, and the connection's `place` makes none");
}

#[test]
fn times_and_numbers_are_read_out_of_one_header() {
    // `printf '1700000000.0a0b0c0d.{}' | openssl dgst -sha256 -hmac hush`
    let place = HmacPlace {
        sign: "{timestamp}.{nonce}.{body}".into(),
        nonce: Nonce::Bytes(4),
        timestamp: TimeFormat::Seconds,
        headers: vec![pair("X-Signature", "t={timestamp},n={nonce},v1={signature}")],
        query: Vec::new(),
        ..binance()
    };
    let signature = "5f28053460474097996e2b76f87b3da2fa1ca4d8751941a7e1e14c0b4c808d87";
    let with = |value: &str| request("POST", "/", &[("x-signature", value)], "{}");
    let right = format!("t=1700000000,n=0a0b0c0d,v1={signature}");
    assert_eq!(found(&place, &with(&right), "hush"), None);
    for wrong in [
        format!("t=1700000000,n=0a0b0c0d,v2={signature}"),
        format!("t=1700000000,n=0a0b0c0d,v1={signature},"),
        format!("n=0a0b0c0d,t=1700000000,v1={signature}"),
        format!("t=1700000001,n=0a0b0c0d,v1={signature}"),
        format!("t=1700000000,n=0a0b0c0e,v1={signature}"),
        format!("t=1700000000,n=0a0b,v1={signature}"),
        format!("t=1700000000,n=,v1={signature}"),
        format!("t=yesterday,n=0a0b0c0d,v1={signature}"),
        "t=1700000000,n=0a0b0c0d,v1=".to_owned(),
        String::new(),
    ] {
        assert!(found(&place, &with(&wrong), "hush").is_some(), "{wrong}");
    }
}

#[test]
fn a_signature_may_be_the_password_of_basic() {
    // `printf 'Tue, 21 Aug 2012 17:29:18 GMT\nGET\napi.example.com\n/v1/me\na=1&b=2' | openssl dgst -sha1 -hmac hush`
    let place = HmacPlace {
        hash: Hash::Sha1,
        sign: "{timestamp}\n{method}\n{host}\n{path}\n{sorted_query}".into(),
        timestamp: TimeFormat::HttpDate,
        headers: vec![pair("Date", "{timestamp}")],
        query: Vec::new(),
        basic: Some(("{key}".into(), "{signature}".into())),
        ..binance()
    };
    let signature = "89b5279431bd93943b778c0fe13d011785aed994";
    let login = |user: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{signature}")));
    let ask = |target: &str, login: &str| {
        let headers =
            [("host", "api.example.com"), ("date", "Tue, 21 Aug 2012 17:29:18 GMT"), ("authorization", login)];
        request("GET", target, &headers, "")
    };
    assert_eq!(found(&place, &ask("/v1/me?b=2&a=1", &login(KEY)), "hush"), None);
    assert!(found(&place, &ask("/v1/me?b=2&a=2", &login(KEY)), "hush").is_some());
    assert!(found(&place, &ask("/v1/me?b=2&a=1", &login("other")), "hush").is_some());
    assert!(found(&place, &ask("/v1/me?b=2&a=1", "Basic !"), "hush").is_some());
    assert!(found(&place, &ask("/v1/me?b=2&a=1", "Bearer x"), "hush").is_some());
}

#[test]
fn uuids_have_their_form() {
    assert!(is_nonce(Nonce::Uuid, "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"));
    for wrong in ["f81d4fae7dec41d0a76500a0c91e6bf6", "f81d4fae-7dec-41d0-a765-00a0c91e6bfg", "", "----"] {
        assert!(!is_nonce(Nonce::Uuid, wrong), "{wrong}");
    }
}

/// Places that put things in different order, and what stands between them.
const SENT: [&str; 4] = [
    "t={timestamp},n={nonce},s={signature}",
    "{signature}:{timestamp}:{nonce}",
    "{key};{nonce}{key}{timestamp}/{signature}",
    "HMAC {method}{timestamp}{method} nonce=\"{nonce}\", mac=\"{signature}\"",
];

proptest! {
    /// What is made by a place is right by it, and wrong when one byte of it is another.
    #[test]
    fn what_is_made_is_right_until_it_is_touched(
        sent in prop::sample::select(&SENT[..]), time in 1_000_000_000_u64..9_999_999_999, nonce in any::<[u8; 8]>(),
        path in "/[a-z0-9/._~-]{0,20}", query in "[a-z]{1,5}=[a-z0-9%+.]{0,9}", body in "[ -~]{0,40}", at in any::<prop::sample::Index>(),
    ) {
        let place = HmacPlace {
            sign: "{timestamp}{nonce}{method}{target}{body}".into(),
            timestamp: TimeFormat::Seconds,
            nonce: Nonce::Bytes(8),
            headers: vec![pair("X-Auth", sent)],
            query: Vec::new(),
            ..binance()
        };
        let (time, nonce) = (time.to_string(), crate::model::hex::hex(&nonce));
        let facts = Facts { method: "POST", path: &path, query: &query, body: &body, timestamp: &time, nonce: &nonce, ..Facts::default() };
        let credential = credential("hush");
        let signed = signature(&place, &text(&place, &facts, &credential).unwrap(), &credential).unwrap();
        let (value, _) = crate::sign::hmac::with_signature(sent, &facts, &credential, &signed).unwrap();
        let value = String::from_utf8(open(&value).to_vec()).unwrap();
        let ask = |value: &str, body: &str| request("POST", &format!("{path}?{query}"), &[("x-auth", value)], body);
        let got = ask(&value, &body);
        prop_assume!(got.url.path() == path && got.url.query() == Some(&*query));
        prop_assert_eq!(found(&place, &got, "hush"), None);
        prop_assert!(found(&place, &ask(&value, &(body.clone() + "x")), "hush").is_some());
        let mut touched = value.clone().into_bytes();
        let at = at.index(touched.len());
        touched[at] = if touched[at] == b'0' { b'1' } else { b'0' };
        prop_assert!(found(&place, &ask(&String::from_utf8(touched).unwrap(), &body), "hush").is_some());
    }
}
