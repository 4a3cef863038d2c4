//! Who signs: what a credential has of the protocol's names and secrets.

use super::{Keys, Method, Moment, Parameter, Unsigned};
use crate::model::credential::Credential;
use crate::model::secret::Secret;

/// A consumer, with a token where there is one. A key-secret pair is a consumer without a token ("one-legged").
#[derive(Debug, Clone, Copy)]
pub struct Signer<'c> {
    credential: &'c Credential,
    /// How it signs.
    pub method: Method,
}

impl<'c> Signer<'c> {
    /// The signer that a credential is. The method is the one that it states, else the usual one for the secrets that it has.
    #[must_use]
    pub fn of(credential: &'c Credential) -> Self {
        let stated = credential.public("signature_method").and_then(Method::from_name);
        let method = stated.unwrap_or_else(|| match credential {
            _ if credential.secret("secret").is_some() => Method::HmacSha256,
            _ if credential.secret("consumer_secret").is_none() && credential.secret("private_key").is_some() => {
                Method::RsaSha1
            }
            _ => Method::HmacSha1,
        });
        Signer { credential, method }
    }

    /// The consumer key.
    #[must_use]
    pub fn consumer_key(&self) -> Option<&'c str> {
        self.text("consumer_key").or_else(|| self.text("key"))
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> Option<&'c str> {
        self.text("token")
    }

    /// The realm of the header.
    #[must_use]
    pub fn realm(&self) -> Option<&'c str> {
        self.text("realm")
    }

    fn text(&self, name: &str) -> Option<&'c str> {
        self.credential.public(name).filter(|text| !text.is_empty())
    }

    fn secret(&self, name: &str) -> Option<&'c Secret> {
        self.credential.secret(name)
    }

    /// The parameters of the protocol, all but the signature.
    #[must_use]
    pub fn parameters(&self, moment: &Moment) -> Vec<Parameter> {
        let mut parameters = vec![
            ("oauth_consumer_key", self.consumer_key().unwrap_or_default().to_owned()),
            ("oauth_nonce", moment.nonce.clone()),
            ("oauth_signature_method", self.method.name().to_owned()),
            ("oauth_timestamp", moment.timestamp.to_string()),
        ];
        parameters.extend(self.token().map(|token| ("oauth_token", token.to_owned())));
        parameters.push(("oauth_version", "1.0".to_owned()));
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What the secrets are joined to: the key of the HMAC methods, and the signature of `PLAINTEXT`.
    #[must_use]
    pub fn joined(&self) -> Secret {
        self.keys().joined()
    }

    fn keys(&self) -> Keys<'c> {
        let consumer = self.secret("consumer_secret").or_else(|| self.secret("secret"));
        Keys { consumer, token: self.secret("token_secret"), private: self.secret("private_key") }
    }

    /// The signature of a base string.
    ///
    /// # Errors
    /// When the method takes a key that is not there.
    pub fn sign(&self, base: &str) -> Result<Secret, Unsigned> {
        self.method.sign(base, self.keys())
    }
}
