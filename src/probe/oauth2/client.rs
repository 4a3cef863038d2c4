//! The client: who asks for a token, and how it proves that (RFC 6749 section 2.3, RFC 7523 section 2.2).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::dialogue::Dialogue;
use super::form::{Form, encoded};
use crate::model::cause::Cause;
use crate::model::oauth2::ClientAuth;
use crate::model::phase::Phase;
use crate::model::scheme::Scheme;
use crate::model::scrub::mask;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::authentication::Authentication;
use crate::probe::filled::basic_value;
use crate::sign::jws::SigningKey;
use crate::wire::http::{Content, Request};

/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion is good for, in seconds: as long as a request takes, and a clock is off.
const LIFE: u64 = 300;

/// A client with what it can prove itself by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a>(pub(super) &'a Dialogue<'a>);

impl<'a> Client<'a> {
    /// The client's id.
    pub(super) fn id(self) -> Option<&'a str> {
        let own = self.0.credential.public("client_id").filter(|id| !id.is_empty());
        own.or_else(|| self.0.known().and_then(|known| known.client_id.as_deref()))
    }

    fn secret(self, name: &str) -> Option<&'a Secret> {
        self.0.credential.secret(name).filter(|secret| !secret.is_empty())
    }

    /// How it proves itself: as stated, else by what there is to prove it with.
    pub(super) fn way(self) -> ClientAuth {
        let stated = self.0.credential.public("client_auth").and_then(ClientAuth::from_name);
        let usual = || self.0.known().and_then(|known| known.client_auth);
        let by_scheme = (self.0.connection.scheme == Scheme::ShopifyCustomApp).then_some(ClientAuth::Post);
        stated.or_else(usual).or(by_scheme).unwrap_or_else(|| {
            match (self.secret("client_secret"), self.secret("private_key")) {
                (Some(_), _) => ClientAuth::Basic,
                (None, Some(_)) => ClientAuth::PrivateKeyJwt,
                (None, None) => ClientAuth::None,
            }
        })
    }

    /// Puts the proof into a request, and says how it authenticates. `audience` is whom an assertion is for: the endpoint itself.
    pub(super) fn prove(
        self,
        form: &mut Form,
        request: &mut Request,
        audience: &str,
        now: SystemTime,
    ) -> Result<Authentication, Judgement> {
        let id = self.id().ok_or_else(|| empty("client_id"))?;
        let (scheme, place) = match self.way() {
            ClientAuth::Basic => {
                self.basic(id, request)?;
                (Some("basic".to_owned()), "HTTP Basic with the client's id and secret")
            }
            ClientAuth::Post => {
                let secret = self.secret("client_secret").ok_or_else(|| empty("client_secret"))?;
                form.open("client_id", id);
                form.secret("client_secret", secret, &self.0.label("client_secret"));
                (None, "the form with the client's id and secret")
            }
            ClientAuth::PrivateKeyJwt => {
                let assertion = self.assertion(id, audience, now)?;
                form.open("client_id", id);
                form.open("client_assertion_type", ASSERTION_TYPE);
                form.secret("client_assertion", &assertion, &self.0.label("client_assertion"));
                (None, "the form with an assertion that the client's key has signed")
            }
            ClientAuth::None => {
                form.open("client_id", id);
                (None, "the form with the client's id alone")
            }
        };
        Ok(Authentication { scheme, place: place.to_owned(), ..Authentication::default() })
    }

    /// Id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1), so that a colon in an id is none in the header.
    fn basic(self, id: &str, request: &mut Request) -> Result<(), Judgement> {
        let secret = self.secret("client_secret").ok_or_else(|| empty("client_secret"))?;
        let (id, secret) = (encoded(id), secret.encoded(encoded));
        let label = self.0.label("client_secret");
        self.0.scrubber.learn(&label, &secret);
        self.0.scrubber.learn_basic(&label, &id, &secret);
        let shown = format!("Basic base64({id}:{})", mask(&label));
        let value = basic_value(&Secret::new(id), &secret);
        request.headers.push(("authorization".into(), Content::Secret { value, shown }));
        Ok(())
    }

    fn assertion(self, id: &str, audience: &str, now: SystemTime) -> Result<Secret, Judgement> {
        let pem = self.secret("private_key").ok_or_else(|| empty("private_key"))?;
        let key = SigningKey::from_pem(pem).ok_or_else(|| {
            Judgement::of(
                Cause::FieldFormat,
                Phase::Resolve,
                "Field `private_key` holds no private key in PEM that could sign: RSA, P-256, P-384 or Ed25519.",
                "Store the whole file, with its BEGIN and END lines and without a passphrase.",
            )
        })?;
        let issued = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let claims = json!({
            "iss": id, "sub": id, "aud": audience, "jti": random_text(), "iat": issued, "exp": issued + LIFE,
        });
        let assertion = key.token(&claims, self.0.credential.public("key_id")).ok_or_else(|| {
            Judgement::of(
                Cause::InternalError,
                Phase::Resolve,
                "The assertion could not be signed.",
                "Please report this as a bug, with the kind of the key.",
            )
        })?;
        self.0.scrubber.learn(&self.0.label("client_assertion"), &assertion);
        Ok(assertion)
    }
}

/// 256 random bits in base64url: a text that nobody can guess.
pub(super) fn random_text() -> String {
    let mut bytes = [0; 32];
    // Without good random numbers others will do here: the system has none only before it is up.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        fastrand::fill(&mut bytes);
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn empty(field: &str) -> Judgement {
    Judgement::of(
        Cause::FieldMissing,
        Phase::Resolve,
        format!("Field `{field}` is empty, and the token endpoint wants it."),
        format!("Fill in `{field}` in the connection."),
    )
}
