//! Asking the issuer about a token (RFC 7662): the one question that changes nothing.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::members;
use super::dialogue::Dialogue;
use super::form::Form;
use crate::model::cause::Cause;
use crate::model::oauth2::ParameterPlace;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::probe::judge::token::Wanted;
use crate::probe::scopes::Listed;
use crate::probe::target::ServerUrl;

/// What the issuer says of a token.
#[derive(Debug)]
pub(super) struct Introspected {
    /// Whether it is good now.
    pub(super) active: bool,
    /// Its scopes.
    pub(super) scopes: Option<Listed>,
    /// Whose it is.
    pub(super) account: Option<String>,
}

impl Dialogue<'_> {
    /// Asks about the access token in hand.
    pub(super) async fn introspect(&self, url: &ServerUrl) -> Result<Introspected, Judgement> {
        let Some(token) = self.credential.secret("access_token") else {
            return Err(super::client::empty("access_token"));
        };
        let mut form = Form::default();
        form.secret("token", token, &self.label("access_token"));
        form.open("token_type_hint", "access_token");
        let heard = self.post(url, form, ParameterPlace::Body).await.map_err(|unheard| unheard.judgement)?;
        let body = members(&heard.answer);
        let active = body.as_ref().and_then(|body| body.get("active")).and_then(Value::as_bool);
        let success = heard.answer.status() == 200;
        self.write_down(&heard.answer, body.as_ref());
        let (Some(active), Some(body)) = (active.filter(|_| success), &body) else {
            return Err(self.asked(&heard).no_token(&heard.answer, body.as_ref(), Wanted::Introspection).judgement);
        };
        let account = ["username", "sub"].into_iter().find_map(|name| body.get(name)?.as_str());
        Ok(Introspected {
            active,
            scopes: body.get("scope").and_then(|scope| Listed::of(std::iter::once(scope), self.scrubber)),
            account: account.map(str::to_owned),
        })
    }

    /// The judgement on a token that the issuer calls inactive: it does not say why, so the connection's own date may.
    pub(super) fn inactive(&self, url: &ServerUrl, expires_at: Option<Timestamp>) -> Judgement {
        let host = &url.address.host;
        match expires_at.filter(|at| *at < Timestamp::now()) {
            Some(at) => Judgement::of(
                Cause::CredentialExpired,
                Phase::Auth,
                format!("{host} says that the access token is not active; it expired on {}.", day(at)),
                format!(
                    "Allow a refresh (`--allow-refresh`, or `refresh: allowed` in the connection), or {}.",
                    self.connection.anew(self.recipe)
                ),
            ),
            None => Judgement::of(
                Cause::CredentialRejected,
                Phase::Auth,
                format!(
                    "{host} says that the access token is not active: it was revoked, has expired, or never was one."
                ),
                format!("Somebody has to {}.", self.connection.anew(self.recipe)),
            ),
        }
    }
}

/// A time as people read it, to the minute.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
