//! The verifier of a double: a client's assertion (RFC 7523 section 3) is what a fixture expects only if its key has signed it.

use std::time::{SystemTime, UNIX_EPOCH};

use wiremock::Request;

use crate::model::credential::Credential;
use crate::sign::jws::SigningKey;

/// What is wrong with the assertion of a request; nothing when the client has signed it, for this audience, and it is good now.
pub(super) fn difference(audience: &str, got: &Request, credential: &Credential) -> Option<String> {
    let wrong = |what: &str| Some(format!("client_assertion: expected one for {audience}, {what}"));
    let form: Vec<_> = url::form_urlencoded::parse(&got.body).collect();
    let stated = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
    let (Some(kind), Some(token)) = (stated("client_assertion_type"), stated("client_assertion")) else {
        return wrong("got none");
    };
    if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
        return wrong("got one of another type");
    }
    let Some(key) = credential.secret("private_key").and_then(SigningKey::from_pem) else {
        return wrong("and the connection has no private key");
    };
    let Some(claims) = key.claims(token) else { return wrong("got one that this client's key has not signed") };
    let client = credential.public("client_id").unwrap_or_default();
    if claims["iss"] != client || claims["sub"] != client {
        return wrong("got one of another client");
    }
    if claims["aud"] != audience {
        return wrong("got one for another audience");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let good = claims["exp"].as_u64().is_some_and(|exp| exp > now) && claims["jti"].is_string();
    if good { None } else { wrong("got one that is past its time, or has no number of its own") }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::secret::Secret;

    const AUDIENCE: &str = "https://login.example.com/token";

    /// A key that nobody else has.
    fn pem() -> Secret {
        let der: Pkcs8V1Der<'static> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        Secret::new(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        ))
    }

    fn got(key: &Secret, claims: &Value) -> Request {
        let token = SigningKey::from_pem(key).unwrap().token(claims, None).unwrap();
        let token = String::from_utf8(super::super::template::open(&token).to_vec()).unwrap();
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        Request {
            url: AUDIENCE.parse().unwrap(),
            method: http::Method::POST,
            headers: http::HeaderMap::new(),
            body: format!("client_assertion_type={kind}&client_assertion={token}").into_bytes(),
        }
    }

    #[test]
    fn an_assertion_is_right_only_as_a_whole() {
        let key = pem();
        let mut credential = Credential::default();
        credential.public.insert("client_id".into(), "acme".into());
        credential.secrets.insert("private_key".into(), key.clone());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let good = json!({"iss": "acme", "sub": "acme", "aud": AUDIENCE, "exp": now + 60, "jti": "1"});
        assert_eq!(difference(AUDIENCE, &got(&key, &good), &credential), None);
        for (member, value) in [
            ("iss", json!("other")),
            ("sub", json!("other")),
            ("aud", json!("https://other.example")),
            ("exp", json!(now - 1)),
            ("jti", Value::Null),
        ] {
            let mut claims = good.clone();
            claims[member] = value;
            assert!(difference(AUDIENCE, &got(&key, &claims), &credential).is_some(), "{member}");
        }
        let forged = difference(AUDIENCE, &got(&pem(), &good), &credential).unwrap();
        assert!(forged.ends_with("got one that this client's key has not signed"), "{forged}");
    }
}
