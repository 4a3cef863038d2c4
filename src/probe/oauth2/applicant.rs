//! Who asks a person for a grant: a connection that has no tokens yet, or wants new ones. The public face of `tugtest connect`.

use std::time::Duration;

use super::answer::Granted;
use super::authorize::{Authorization, Chance};
use super::device::Device;
use super::dialogue::Dialogue;
use super::discover::{Discovered, discovered};
use crate::model::app::Recipe;
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::target::server_url;
use crate::wire::Wire;
use crate::wire::transcript::Transcript;

/// Everything that asking for a grant takes.
#[derive(Debug, Clone, Copy)]
pub struct Applicant<'a> {
    /// The app's recipe, if it has one.
    pub recipe: Option<&'a Recipe>,
    /// The connection, as far as it is known.
    pub connection: &'a Connection,
    /// Its values: those of the client.
    pub credential: &'a Credential,
    /// The wire.
    pub wire: &'a Wire,
    /// Masks secrets, those met on the way too.
    pub scrubber: &'a Scrubber,
}

impl Applicant<'_> {
    /// Whether an endpoint is stated, by the connection or by its recipe.
    ///
    /// # Errors
    /// A judgement when what is stated cannot be right.
    pub fn states(&self, field: &str) -> Result<bool, Judgement> {
        Ok(server_url(self.recipe, self.connection, field)?.is_some())
    }

    /// What the issuer's metadata say of endpoints that are not stated. None where no issuer is stated, or all of `wanted` are.
    ///
    /// # Errors
    /// A judgement when there are no metadata, or those of another issuer.
    pub async fn discover(&self, wanted: &[&str]) -> Result<Option<Discovered>, Judgement> {
        let mut missing = false;
        for field in wanted {
            missing |= !self.states(field)?;
        }
        let issuer = server_url(self.recipe, self.connection, "issuer")?.filter(|_| missing);
        let Some(issuer) = issuer else { return Ok(None) };
        self.speak(async |dialogue| discovered(dialogue, &issuer).await).await.map(Some)
    }

    /// The page that a person's browser has to be sent to, and what its answer is to be compared with (RFC 6749 section 4.1.1).
    ///
    /// # Errors
    /// A judgement when something is missing for it. Nothing was sent.
    pub fn authorization(
        &self,
        redirect_uri: &str,
        metadata: Option<&Discovered>,
        chance: &Chance,
    ) -> Result<Authorization, Judgement> {
        let transcript = Transcript::begin(self.scrubber);
        let endpoint = self.endpoint()?;
        Authorization::of(&self.dialogue(&endpoint, &transcript), redirect_uri, metadata, chance)
    }

    /// The scopes that were asked for and not granted, as far as the server says which it has granted: some drop them without a word.
    #[must_use]
    pub fn left_out(&self, granted: &Granted) -> Vec<String> {
        let transcript = Transcript::begin(self.scrubber);
        let (Some(listed), Ok(endpoint)) = (&granted.scopes, self.endpoint()) else { return Vec::new() };
        let asked = self.dialogue(&endpoint, &transcript).scopes().unwrap_or_default();
        let missing = |scope: &&str| !scope.is_empty() && !listed.scopes.iter().any(|known| known == scope);
        asked.split([' ', ',']).filter(missing).map(str::to_owned).collect()
    }

    /// Exchanges a code for tokens (RFC 6749 section 4.1.3).
    ///
    /// # Errors
    /// A judgement when none came.
    pub async fn exchange(&self, authorization: &Authorization, code: &Secret) -> Result<Granted, Judgement> {
        self.speak(async |dialogue| authorization.exchange(dialogue, code).await).await
    }

    /// Asks for codes that a person types on another device (RFC 8628 section 3.1).
    ///
    /// # Errors
    /// A judgement when none came.
    pub async fn device(&self) -> Result<Device, Judgement> {
        self.speak(async |dialogue| dialogue.device().await).await
    }

    /// Waits until a person has entered the code (RFC 8628 section 3.4). None when they have not within this time, or within the code's own.
    ///
    /// # Errors
    /// A judgement when the server said no.
    pub async fn entered(&self, device: &Device, patience: Duration) -> Result<Option<Granted>, Judgement> {
        device.wait(patience, async || self.speak(async |dialogue| Ok(dialogue.poll(device).await)).await).await
    }

    /// Gives the tokens of the connection back, and says to which host. The refresh token first: with it the whole grant ends, and a server
    /// that takes back nothing but those has done enough.
    ///
    /// # Errors
    /// A judgement when they could not be given back.
    pub async fn give_back(&self) -> Result<String, Judgement> {
        self.speak(async |dialogue| {
            let url = dialogue.endpoint("revocation_url").await?;
            dialogue.revoke(&url, "refresh_token").await?;
            let ended = dialogue.credential.secret("refresh_token").is_some();
            match dialogue.revoke(&url, "access_token").await {
                Err(judgement) if !ended || judgement.cause != Some(Cause::ConfigInvalid) => Err(judgement),
                _ => Ok(url.address.host.to_string()),
            }
        })
        .await
    }

    /// Speaks with the server. Each conversation has a clock of its own: a person may take minutes in between.
    async fn speak<R>(
        &self,
        conversation: impl AsyncFnOnce(&Dialogue<'_>) -> Result<R, Judgement>,
    ) -> Result<R, Judgement> {
        let transcript = Transcript::begin(self.scrubber);
        let endpoint = self.endpoint()?;
        conversation(&self.dialogue(&endpoint, &transcript)).await
    }

    fn dialogue<'d>(&'d self, endpoint: &'d Endpoint, transcript: &'d Transcript<'d>) -> Dialogue<'d> {
        let Applicant { recipe, connection, credential, wire, scrubber } = *self;
        Dialogue { recipe, connection, credential, endpoint, wire, transcript, scrubber, patience: Duration::ZERO }
    }

    fn endpoint(&self) -> Result<Endpoint, Judgement> {
        for field in ["token_url", "issuer", "device_url", "revocation_url"] {
            if let Some(url) = server_url(self.recipe, self.connection, field)? {
                return Ok(Endpoint::real(url.address));
            }
        }
        Err(Judgement::of(
            Cause::FieldMissing,
            Phase::Resolve,
            "Field `token_url` is empty, and neither the app's recipe nor an `issuer` says where tokens are issued.",
            "Give `issuer`, or `authorize_url` and `token_url`, as the app's documentation has them.",
        ))
    }
}
