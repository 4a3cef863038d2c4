//! Obtaining a token: by the client's own credentials, by a login, by a refresh token.

use jiff::{SignedDuration, Timestamp};

use super::answer::{Granted, members};
use super::dialogue::Dialogue;
use super::form::Form;
use super::keep::Token;
use crate::model::credential::Credential;
use crate::model::oauth2::{Grant, ParameterPlace};
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::judge::token::{Refusal, Wanted};
use crate::probe::target::ServerUrl;

/// Why no token came.
pub(super) struct Denied {
    pub(super) judgement: Judgement,
    /// Whether the server has certainly not acted: nothing was sent, or it has refused clearly.
    pub(super) clear: bool,
}

impl From<Judgement> for Denied {
    fn from(judgement: Judgement) -> Self {
        Denied { judgement, clear: true }
    }
}

impl Dialogue<'_> {
    /// A token for the client itself, or for a login (RFC 6749 sections 4.3 and 4.4).
    pub(super) async fn obtain(&self, grant: Grant) -> Result<Token, Judgement> {
        let url = self.endpoint("token_url").await?;
        let mut form = Form::default();
        let wanted = if grant == Grant::Password {
            form.open("grant_type", "password");
            form.open("username", self.credential.public("username").unwrap_or_default());
            let password = self.credential.secret("password").ok_or_else(|| super::client::empty("password"))?;
            form.secret("password", password, &self.label("password"));
            Wanted::Password
        } else {
            form.open("grant_type", "client_credentials");
            Wanted::Client
        };
        if let Some(scopes) = self.scopes() {
            form.open("scope", scopes);
        }
        let granted = self.ask(&url, form, ParameterPlace::Body, wanted).await.map_err(|denied| denied.judgement)?;
        Ok(self.token(&granted))
    }

    /// A token for the refresh token (RFC 6749 section 6).
    pub(super) async fn refresh(&self, url: &ServerUrl, refresh_token: &Secret) -> Result<Granted, Denied> {
        let mut form = Form::default();
        form.open("grant_type", "refresh_token");
        form.secret("refresh_token", refresh_token, &self.label("refresh_token"));
        let stated = self.credential.public("refresh_in").and_then(ParameterPlace::from_name);
        let place = stated.or_else(|| self.known().map(|known| known.refresh_in)).unwrap_or_default();
        self.ask(url, form, place, Wanted::Refresh).await
    }

    /// Asks a token endpoint.
    pub(super) async fn ask(
        &self,
        url: &ServerUrl,
        mut form: Form,
        place: ParameterPlace,
        wanted: Wanted,
    ) -> Result<Granted, Denied> {
        for (name, template) in self.known().map(|known| known.token.as_slice()).unwrap_or_default() {
            form.open(name, self.filled(template)?);
        }
        let heard = self
            .post(url, form, place)
            .await
            .map_err(|unheard| Denied { judgement: unheard.judgement, clear: !unheard.sent })?;
        if let Some(granted) = self.granted(&heard.answer) {
            return Ok(Granted { ahead: heard.ahead, ..granted });
        }
        let Refusal { judgement, clear } =
            self.asked(&heard).no_token(&heard.answer, members(&heard.answer).as_ref(), wanted);
        Err(Denied { judgement, clear })
    }

    /// The token in an answer, among the values of the connection.
    pub(super) fn token(&self, granted: &Granted) -> Token {
        let mut credential = Credential::clone(self.credential);
        credential.secrets.insert("access_token".into(), granted.access_token.clone());
        if let Some(refresh_token) = &granted.refresh_token {
            credential.secrets.insert("refresh_token".into(), refresh_token.clone());
        }
        let token = Token::among(credential, granted.expires_at(Timestamp::now()));
        Token { good_for: granted.expires_in, scopes: granted.scopes.clone(), ahead: granted.ahead, ..token }
    }

    /// The scopes to ask for, as a request has them.
    pub(super) fn scopes(&self) -> Option<String> {
        let known = self.known();
        let separator = known.and_then(|known| known.separator.as_deref()).unwrap_or(" ");
        let own = self.connection.public("scopes").map(|scopes| scopes.split([' ', ',']).collect::<Vec<_>>());
        let usual = || known.map(|known| known.scopes.iter().map(AsRef::as_ref).collect());
        let scopes: Vec<&str> = own.or_else(usual).unwrap_or_default();
        let scopes: Vec<&str> = scopes.into_iter().filter(|scope| !scope.is_empty()).collect();
        (!scopes.is_empty()).then(|| scopes.join(separator))
    }

    /// A recipe's template, filled from public fields.
    pub(super) fn filled(&self, template: &str) -> Result<String, Judgement> {
        self.credential.fill_public(template).map_err(|field| super::client::empty(&field))
    }
}

impl Granted {
    /// When the access token expires, if the answer says how long it is good for.
    #[must_use]
    pub fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_add(SignedDuration::from_secs(self.expires_in?)).ok()
    }
}
