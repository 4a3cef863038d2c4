//! JSON Web Signatures (RFC 7515) of the one kind that clients make: a JSON Web Token signed by a private key (RFC 7523).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::model::secret::Secret;

/// A private key that signs tokens.
pub struct SigningKey(Pair);

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

impl SigningKey {
    /// Reads a key in PEM: RSA (PKCS#8 or PKCS#1), an elliptic curve (P-256 or P-384, PKCS#8 or SEC 1), or Ed25519. None where it is none of
    /// these, or is encrypted.
    #[must_use]
    pub fn from_pem(pem: &Secret) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the private key is read in order to sign with it")]
        let der = PrivateKeyDer::from_pem_slice(pem.expose()).ok()?;
        let pair = match &der {
            PrivateKeyDer::Pkcs1(key) => Pair::Rsa(RsaKeyPair::from_der(key.secret_pkcs1_der()).ok()?),
            PrivateKeyDer::Sec1(key) => {
                curve(|algorithm| EcdsaKeyPair::from_private_key_der(algorithm, key.secret_sec1_der()).ok())?
            }
            PrivateKeyDer::Pkcs8(key) => {
                let key = key.secret_pkcs8_der();
                let rsa = || RsaKeyPair::from_pkcs8(key).ok().map(Pair::Rsa);
                let ed25519 = || Ed25519KeyPair::from_pkcs8(key).ok().map(Pair::Ed25519);
                curve(|algorithm| EcdsaKeyPair::from_pkcs8(algorithm, key).ok()).or_else(rsa).or_else(ed25519)?
            }
            _ => return None,
        };
        Some(SigningKey(pair))
    }

    /// The algorithm that fits the key, as the header names it (RFC 7518 section 3.1, RFC 8037 section 3.1).
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match &self.0 {
            Pair::Rsa(_) => "RS256",
            Pair::Ecdsa(_, name) => name,
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    /// Signs claims. `key_id` is which of the client's keys this is.
    #[must_use]
    pub fn token(&self, claims: &Value, key_id: Option<&str>) -> Option<Secret> {
        let mut header = json!({"alg": self.algorithm(), "typ": "JWT"});
        if let Some(key_id) = key_id {
            header["kid"] = key_id.into();
        }
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", encoded(&header), encoded(claims));
        let signature = self.sign(input.as_bytes())?;
        Some(Secret::new(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    /// The claims of a token that this key has signed, in the way that [`SigningKey::token`] signs. None for any other.
    #[must_use]
    pub fn claims(&self, token: &str) -> Option<Value> {
        let (input, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let (algorithm, public): (&'static dyn VerificationAlgorithm, &[u8]) = match &self.0 {
            Pair::Rsa(pair) => (&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()),
            Pair::Ecdsa(pair, "ES256") => (&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Pair::Ecdsa(pair, _) => (&ECDSA_P384_SHA384_FIXED, pair.public_key().as_ref()),
            Pair::Ed25519(pair) => (&ED25519, pair.public_key().as_ref()),
        };
        UnparsedPublicKey::new(algorithm, public).verify(input.as_bytes(), &signature).ok()?;
        let (header, claims) = input.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        read(header).filter(|header| header["alg"] == self.algorithm())?;
        read(claims)
    }

    /// The signature of an input.
    fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).ok()?;
                Some(signature)
            }
            Pair::Ecdsa(pair, _) => Some(pair.sign(&random, input).ok()?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Some(pair.sign(input).as_ref().to_vec()),
        }
    }
}

type Curve = &'static aws_lc_rs::signature::EcdsaSigningAlgorithm;

/// A key on the first curve that it is of.
fn curve(read: impl Fn(Curve) -> Option<EcdsaKeyPair>) -> Option<Pair> {
    let curves: [(Curve, &'static str); 2] =
        [(&ECDSA_P256_SHA256_FIXED_SIGNING, "ES256"), (&ECDSA_P384_SHA384_FIXED_SIGNING, "ES384")];
    curves.into_iter().find_map(|(algorithm, name)| read(algorithm).map(|pair| Pair::Ecdsa(pair, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(kind: &str, base64: &str) -> Secret {
        Secret::new(format!("-----BEGIN {kind}-----\n{base64}\n-----END {kind}-----\n"))
    }

    fn ed25519() -> SigningKey {
        // RFC 8037 appendix A.1, wrapped as PKCS#8 (RFC 8410 section 7).
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let mut key = vec![0x30, 0x2e, 0x02, 0x01, 0, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        key.extend(seed);
        let pem = der("PRIVATE KEY", &base64::engine::general_purpose::STANDARD.encode(key));
        SigningKey::from_pem(&pem).expect("a key")
    }

    /// RFC 8037 appendix A.4: the text `Example of Ed25519 signing`.
    #[test]
    fn the_published_signature_of_ed25519_is_made() {
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let signature = ed25519().sign(input.as_bytes()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(signature), expected);
    }

    #[test]
    fn a_token_is_signed_as_a_whole() {
        let key = ed25519();
        let token = key.token(&json!({"iss": "acme", "aud": "https://login.example.com"}), Some("2026")).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a token is looked at")]
        let token = std::str::from_utf8(token.expose()).unwrap().to_owned();
        assert_eq!(key.claims(&token), Some(json!({"iss": "acme", "aud": "https://login.example.com"})));
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&header).unwrap(),
            json!({"alg": "EdDSA", "typ": "JWT", "kid": "2026"})
        );
        // A change of any character is one of what was signed, or of the signature.
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
            let mut changed = token.clone();
            changed.replace_range(at..=at, &other.to_string());
            // The last character of a base64 text holds bits that mean nothing.
            if at + 1 < token.len() {
                assert_eq!(key.claims(&changed), None, "character {at}");
            }
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        for pem in ["", "canary", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(SigningKey::from_pem(&Secret::new(pem)).is_none(), "{pem}");
        }
        assert!(SigningKey::from_pem(&der("ENCRYPTED PRIVATE KEY", "AAAA")).is_none());
    }
}
