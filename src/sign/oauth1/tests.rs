//! Published vectors: RFC 5849 with its errata, OAuth Core 1.0, the OAuth wiki's test cases, and the documentation of Twitter and `NetSuite`.

use proptest::prelude::*;

use super::*;
use crate::model::secret::Secret;

/// The key of the wiki's RSA test case: published, and nobody's.
const RSA_KEY: &str = include_str!("../../../tests/vectors/oauth1/rsa-test-case.pem");

fn pairs(text: &str) -> Vec<Parameter> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The signature of a request, as base64.
fn signed(method: Method, verb: &str, uri: &str, parameters: &str, secrets: (&str, &str)) -> Secret {
    let (consumer, token) = (Secret::new(secrets.0), Secret::new(secrets.1));
    let key = Secret::new(RSA_KEY);
    let keys = Keys { consumer: Some(&consumer), token: Some(&token), private: Some(&key) };
    method.sign(&base_string(verb, uri, &pairs(parameters)), keys).expect("it can be signed")
}

#[test]
fn rfc_5849_section_1_2() {
    let sha1 = |uri: &str, verb: &str, parameters: &str, token: &str, expected: &str| {
        let signature = signed(Method::HmacSha1, verb, uri, parameters, ("kd94hf93k423kf44", token));
        assert_eq!(signature, Secret::new(expected), "{uri}");
    };
    let begin = "oauth_consumer_key=dpf43f3p2l4k3l03&oauth_signature_method=HMAC-SHA1";
    sha1(
        "https://photos.example.net/initiate",
        "POST",
        &format!(
            "{begin}&oauth_timestamp=137131200&oauth_nonce=wIjqoS&oauth_callback=http%3A%2F%2Fprinter.example.com%2Fready"
        ),
        "",
        "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
    );
    sha1(
        "https://photos.example.net/token",
        "POST",
        &format!(
            "{begin}&oauth_token=hh5s93j4hdidpola&oauth_timestamp=137131201&oauth_nonce=walatlh&oauth_verifier=hfdp7dh39dks9884"
        ),
        "hdhd0244k9j7ao03",
        "gKgrFCywp7rO0OXSjdot/IHF7IU=",
    );
    sha1(
        "http://photos.example.net/photos",
        "GET",
        &format!(
            "file=vacation.jpg&size=original&{begin}&oauth_token=nnch734d00sl2jdk&oauth_timestamp=137131202&oauth_nonce=chapoH"
        ),
        "pfkkdhi9sl3r4s00",
        "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
    );
}

/// Erratum 2550: the RFC prints another signature, which is wrong.
#[test]
fn rfc_5849_section_3_4_1_1() {
    let mut parameters = pairs("b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q");
    parameters.extend(pairs(
        "oauth_consumer_key=9djdj82h48djs9d2&oauth_token=kkk9d7dh3k39sjv7&oauth_signature_method=HMAC-SHA1\
         &oauth_timestamp=137131201&oauth_nonce=7d8f3e4a",
    ));
    parameters.push(("realm".to_owned(), "Example".to_owned()));
    let base = base_string("post", &base_uri("HTTP", "EXAMPLE.COM", 80, "/request"), &parameters);
    assert_eq!(
        base,
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D\
         %26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1\
         %26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
    let (consumer, token) = (Secret::new("j49sk3j29djd"), Secret::new("dh893hdasih9"));
    let keys = Keys { consumer: Some(&consumer), token: Some(&token), private: None };
    assert_eq!(Method::HmacSha1.sign(&base, keys), Ok(Secret::new("r6/TJjbCOr97/+UU0NsvSne7s5g=")));
}

/// The body of the RFC's example, which counts only where it says that it is a form.
#[test]
fn rfc_5849_section_3_4_1_3_1() {
    let expected = [("c2", ""), ("a3", "2 q")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for kind in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"] {
        assert_eq!(form_parameters(kind, b"c2&a3=2+q"), expected, "{kind}");
    }
    for kind in ["", "text/plain", "application/json", "multipart/form-data"] {
        assert_eq!(form_parameters(kind, b"c2&a3=2+q"), [], "{kind}");
    }
}

#[test]
fn oauth_core_and_the_wiki() {
    let request = "file=vacation.jpg&size=original&oauth_consumer_key=dpf43f3p2l4k3l03&oauth_token=nnch734d00sl2jdk\
                   &oauth_timestamp=1191242096&oauth_nonce=kllo9940pd9333jh&oauth_version=1.0&oauth_signature_method=";
    let secrets = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00");
    let sign = |method: Method| {
        signed(method, "GET", "http://photos.example.net/photos", &format!("{request}{}", method.name()), secrets)
    };
    assert_eq!(sign(Method::HmacSha1), Secret::new("tR3+Ty81lMeYAr/Fid0kMTYa/WM="));
    assert_eq!(sign(Method::HmacSha256), Secret::new("WVPzl1j6ZsnkIjWr7e3OZ3jkenL57KwaLFhYsroX1hg="));
    assert_eq!(sign(Method::Plaintext), Secret::new("kd94hf93k423kf44&pfkkdhi9sl3r4s00"));
    let rsa = signed(
        Method::RsaSha1,
        "GET",
        "http://photos.example.net/photos",
        "file=vacaction.jpg&size=original&oauth_consumer_key=dpf43f3p2l4k3l03&oauth_nonce=13917289812797014437\
         &oauth_signature_method=RSA-SHA1&oauth_timestamp=1196666512&oauth_version=1.0",
        ("", ""),
    );
    let expected = "jvTp/wX1TYtByB1m+Pbyo0lnCOLIsyGCH7wke8AUs3BpnwZJtAuEJkvQL2/9n4s5wUmUl4aCI4BwpraNx4RtEXMe5qg5T1LVTGliMRpKasKsW//e+Rin\
                    hejgCuzoH26dyF8iY2ZZ/5D1ilgeijhV/vBka5twt399mXwaYdCwFYE=";
    assert_eq!(rsa, Secret::new(expected));
}

#[test]
fn what_providers_document() {
    let status = "include_entities=true&status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21\
                  &oauth_consumer_key=xvz1evFS4wEEPTGEFPHBog&oauth_nonce=kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg\
                  &oauth_signature_method=HMAC-SHA1&oauth_timestamp=1318622958\
                  &oauth_token=370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb&oauth_version=1.0";
    let secrets = ("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE");
    let twitter = signed(Method::HmacSha1, "POST", "https://api.twitter.com/1.1/statuses/update.json", status, secrets);
    assert_eq!(twitter, Secret::new("hCtSmYh+iHYCEqBWrE7C7hYmtUk="));
    let own = "oauth_consumer_key=ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4\
               &oauth_token=2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc&oauth_nonce=fjaLirsIcCGVZWzBX0pg\
               &oauth_timestamp=1508242306&oauth_signature_method=HMAC-SHA256&oauth_version=1.0";
    let secrets = (
        "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
        "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
    );
    let restlet = signed(
        Method::HmacSha256,
        "POST",
        "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl",
        &format!("script=6&deploy=1&customParam=someValue&testParam=someOtherValue&{own}"),
        secrets,
    );
    assert_eq!(restlet, Secret::new("+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ="));
    let rest = "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40";
    assert_eq!(
        signed(Method::HmacSha256, "GET", rest, own, secrets),
        Secret::new("B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY=")
    );
}

#[test]
fn base_uris_leave_the_usual_port_out() {
    assert_eq!(base_uri("HTTPS", "API.Example.com", 443, "/a/b"), "https://api.example.com/a/b");
    assert_eq!(base_uri("http", "localhost", 8080, ""), "http://localhost:8080/");
    assert_eq!(base_uri("https", "::1", 80, "/"), "https://[::1]:80/");
}

#[test]
fn an_rsa_method_wants_a_key() {
    assert_eq!(Method::RsaSha256.sign("x", Keys::default()), Err(Unsigned::NoKey));
    let bad = Secret::new("canary");
    let keys = Keys { private: Some(&bad), ..Keys::default() };
    assert_eq!(Method::RsaSha1.sign("x", keys), Err(Unsigned::BadKey));
}

proptest! {
    #[test]
    fn headers_are_read_back(realm in "[ -~]{0,12}", names in proptest::collection::vec(("[a-z_]{1,8}", any::<String>()), 0..6)) {
        prop_assume!(names.iter().all(|(name, _)| name != "realm"));
        let written = header(Some(&realm), &names);
        prop_assert!(written.is_ascii());
        let mut expected = vec![("realm".to_owned(), realm)];
        expected.extend(names);
        prop_assert_eq!(read_header(&written), Some(expected));
    }

    #[test]
    fn order_does_not_matter_and_content_does(
        mut parameters in proptest::collection::vec(("[a-z]{1,4}", ".{0,6}"), 1..6),
        changed in 0_usize..6,
        by in ".{1,3}",
    ) {
        let base = base_string("GET", "https://example.com/", &parameters);
        let mut other = parameters.clone();
        other.reverse();
        prop_assert_eq!(&base_string("GET", "https://example.com/", &other), &base);
        let at = changed % parameters.len();
        parameters[at].1.push_str(&by);
        prop_assert_ne!(&base_string("GET", "https://example.com/", &parameters), &base);
        prop_assert_ne!(&base_string("POST", "https://example.com/", &other), &base);
        prop_assert_ne!(&base_string("GET", "https://example.com/x", &other), &base);
    }

    #[test]
    fn a_malformed_header_never_panics(value in ".*") {
        let _ = read_header(&value);
        let _ = read_header(&format!("OAuth {value}"));
    }
}
