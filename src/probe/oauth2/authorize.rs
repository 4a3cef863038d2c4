//! The authorization code grant (RFC 6749 section 4.1) with PKCE (RFC 7636): what a browser is sent to, what it may come back with, and the
//! exchange of its code.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::answer::Granted;
use super::client::{Client, empty, random_text};
use super::dialogue::Dialogue;
use super::discover::Discovered;
use super::form::Form;
use crate::model::cause::Cause;
use crate::model::oauth2::ParameterPlace;
use crate::model::phase::Phase;
use crate::model::scrub::Scrubber;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::judge::consent::Returned;
use crate::probe::judge::quote;
use crate::probe::judge::token::Wanted;

/// Texts that nobody can guess: one that the answer has to repeat, one that the exchange has to know.
pub struct Chance {
    state: Zeroizing<String>,
    verifier: Zeroizing<String>,
}

impl Chance {
    /// New ones, of 256 random bits each.
    #[must_use]
    pub fn draw() -> Self {
        Chance { state: Zeroizing::new(random_text()), verifier: Zeroizing::new(random_text()) }
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance(***)")
    }
}

/// A request for a grant that a browser carries.
#[derive(Debug)]
pub struct Authorization {
    url: String,
    host: String,
    redirect_uri: String,
    state: Secret,
    /// None where the server takes no PKCE.
    verifier: Option<Secret>,
    /// Who has to have answered, where that is known.
    issuer: Option<String>,
    /// Whether the answer has to say so (RFC 9207 section 3).
    names_issuer: bool,
    connection: String,
}

impl Authorization {
    pub(super) fn of(
        dialogue: &Dialogue<'_>,
        redirect_uri: &str,
        metadata: Option<&Discovered>,
        chance: &Chance,
    ) -> Result<Self, Judgement> {
        let page = dialogue.stated("authorize_url")?;
        let client_id = Client(dialogue).id().ok_or_else(|| empty("client_id"))?;
        let known = dialogue.known();
        let (state, verifier) = (Secret::new(chance.state.as_bytes()), Secret::new(chance.verifier.as_bytes()));
        dialogue.scrubber.learn(&dialogue.label("state"), &state);
        dialogue.scrubber.learn(&dialogue.label("code_verifier"), &verifier);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&page.query);
        query.append_pair("response_type", "code");
        query.append_pair("client_id", client_id);
        query.append_pair("redirect_uri", redirect_uri);
        if let Some(scopes) = dialogue.scopes() {
            query.append_pair("scope", &scopes);
        }
        let verifier = Some(verifier).filter(|_| known.is_none_or(|known| !known.without_pkce));
        if verifier.is_some() {
            query.append_pair("code_challenge", &challenge(&chance.verifier));
            query.append_pair("code_challenge_method", "S256");
        }
        for (name, template) in known.map(|known| known.authorize.as_slice()).unwrap_or_default() {
            query.append_pair(name, &dialogue.filled(template)?);
        }
        query.append_pair("state", &chance.state);
        // A space as `%20`, which every server reads; `+` is one in forms alone.
        let url = format!("{}?{}", page.text(), query.finish().replace('+', "%20"));
        Ok(Authorization {
            url,
            host: page.address.host.to_string(),
            redirect_uri: redirect_uri.to_owned(),
            state,
            verifier,
            issuer: metadata.map(|metadata| metadata.issuer.clone()).or_else(|| dialogue.issuer()),
            names_issuer: metadata.is_some_and(|metadata| metadata.names_issuer),
            connection: dialogue.connection.name.to_string(),
        })
    }

    /// The page for the person. Its `state` and what else is in it say nothing of the tokens to come.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host of that page.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What an answer has to repeat to be one to this request.
    #[must_use]
    pub const fn state(&self) -> &Secret {
        &self.state
    }

    /// The code in an answer. Its state was compared before; who sent it is compared here (RFC 9207 section 2.4).
    ///
    /// # Errors
    /// A judgement when it brings no code, or one of another server.
    pub fn code(&self, parameters: &[(String, String)], scrubber: &Scrubber) -> Result<Secret, Judgement> {
        let get = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        if let Some(code) = get("code") {
            scrubber.learn(&format!("{}.code", self.connection), &Secret::new(code));
        }
        self.compare_issuer(get("iss"), scrubber)?;
        let returned = Returned { host: &self.host, connection: &self.connection, scrubber };
        if let Some(error) = get("error") {
            return Err(returned.refused(error, get("error_description")));
        }
        let code = get("code").filter(|code| !code.is_empty()).ok_or_else(|| returned.empty_handed("code"))?;
        Ok(Secret::new(code))
    }

    fn compare_issuer(&self, said: Option<&str>, scrubber: &Scrubber) -> Result<(), Judgement> {
        let came = match (said, &self.issuer) {
            (Some(said), Some(expected)) if said != expected => format!("from {}", quote(said, scrubber)),
            (None, _) if self.names_issuer => "without a word on who sent it".to_owned(),
            _ => return Ok(()),
        };
        let expected = quote(self.issuer.as_deref().unwrap_or_default(), scrubber);
        Err(Judgement::of(
            Cause::DestinationRefused,
            Phase::Auth,
            format!(
                "The answer came {came}, and {expected} was asked: another server may have sent it in, so nothing of it was used."
            ),
            "Connect again. If it repeats, compare `issuer` with what the server states, and do not go on if you cannot explain it.",
        ))
    }

    pub(super) async fn exchange(&self, dialogue: &Dialogue<'_>, code: &Secret) -> Result<Granted, Judgement> {
        let url = dialogue.stated("token_url")?;
        let mut form = Form::default();
        form.open("grant_type", "authorization_code");
        form.secret("code", code, &dialogue.label("code"));
        form.open("redirect_uri", self.redirect_uri.as_str());
        if let Some(verifier) = &self.verifier {
            form.secret("code_verifier", verifier, &dialogue.label("code_verifier"));
        }
        let asked = dialogue.ask(&url, form, ParameterPlace::Body, Wanted::Code).await;
        asked.map_err(|denied| denied.judgement)
    }
}

/// `S256` of RFC 7636 section 4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests;
