//! OAuth 2.0 connections (RFC 6749): a token first, then whatever the app is asked with it.
//!
//! A grant that a person has given is probed with the access token that is there. Only when that has expired, and the run may, is it
//! refreshed. Clients and logins that need no person obtain a token each run: that is what tells whether they still work.

pub(crate) mod answer;
pub mod applicant;
pub mod authorize;
mod client;
pub mod device;
mod dialogue;
pub mod discover;
mod endpoints;
mod exchange;
mod form;
mod introspect;
pub mod keep;
mod obtain;
pub mod renew;
mod rest;
mod revoke;

use std::sync::Arc;

use std::time::Duration;

use jiff::Timestamp;

pub use self::answer::Granted;
pub use self::dialogue::Dialogue;
use self::introspect::day;
use self::keep::Token;
pub(crate) use self::rest::Rest;
use super::found::Found;
use super::scopes::Listed;
use super::{Subject, jwt};
use crate::model::cause::Cause;
use crate::model::credential::Credential;
use crate::model::evidence::{Finding, Warning};
use crate::model::oauth2::Grant;
use crate::model::phase::Phase;
use crate::model::probe::ProbeSpec;
use crate::model::scheme::Scheme;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;
use crate::wire::Wire;
use crate::wire::transcript::Transcript;

/// How a connection comes by its token. None where it has one that cannot be made anew, and where it is no OAuth 2.0 at all.
pub(crate) fn grant(subject: &Subject<'_>) -> Option<Grant> {
    let Subject { connection, credential, recipe, .. } = subject;
    let has = |name: &str| {
        credential.secret(name).is_some_and(|secret| !secret.is_empty())
            || credential.public(name).is_some_and(|text| !text.is_empty())
    };
    match connection.scheme {
        Scheme::Oauth2 => {
            let stated = connection.public("grant").and_then(Grant::from_name);
            let usual = recipe.and_then(|recipe| recipe.oauth2.as_ref()).and_then(|known| known.grant);
            Some(stated.or(usual).unwrap_or_else(|| Grant::likely(&has)))
        }
        Scheme::ShopifyCustomApp if has("refresh_token") => Some(Grant::RefreshToken),
        Scheme::ShopifyCustomApp if has("client_id") && has("client_secret") && !has("access_token") => {
            Some(Grant::ClientCredentials)
        }
        _ => None,
    }
}

/// Interviews with a token that the connection has, or obtains.
pub(crate) async fn probe(subject: &Subject<'_>, grant: Grant, rest: Rest<'_>, wire: &Wire) -> Finding {
    let transcript = Transcript::begin(subject.scrubber);
    let mut interview = Interview { subject, rest, wire, transcript: &transcript, found: Found::default() };
    let held = if grant.needs_person() { interview.given().await } else { interview.own(grant).await };
    let judgement = match held {
        Ok(judgement) | Err(judgement) => judgement,
    };
    let found = interview.found;
    found.finding(judgement, transcript)
}

struct Interview<'a> {
    subject: &'a Subject<'a>,
    rest: Rest<'a>,
    wire: &'a Wire,
    transcript: &'a Transcript<'a>,
    found: Found,
}

impl Interview<'_> {
    fn dialogue<'d>(&'d self, credential: &'d Credential) -> Dialogue<'d> {
        let Subject { recipe, connection, endpoint, scrubber, .. } = *self.subject;
        let (wire, transcript, patience) = (self.wire, self.transcript, Duration::ZERO);
        Dialogue { recipe, connection, credential, endpoint, wire, transcript, scrubber, patience }
    }

    /// A client, or a login, that obtains its token itself.
    async fn own(&mut self, grant: Grant) -> Result<Judgement, Judgement> {
        let Subject { connection, keeper, credential, .. } = *self.subject;
        let known = keeper.known(connection).filter(|token| !is_past(token.expires_at));
        let token = if let Some(token) = known {
            token
        } else {
            let token = self.dialogue(credential).obtain(grant).await?;
            keeper.note(connection, &token);
            token
        };
        self.compare_with_asked(&token);
        token.ahead.into_iter().for_each(|ahead| self.found.warn_of_clock(ahead));
        Ok(self.ask(&token).await)
    }

    /// A grant that a person has given: what is stored is used, and refreshed only when that is needed and allowed.
    async fn given(&mut self) -> Result<Judgement, Judgement> {
        let Subject { connection, keeper, credential, scrubber, .. } = *self.subject;
        let token = keeper.known(connection).unwrap_or_else(|| stored(credential, scrubber));
        let there = token.credential.secret("access_token").is_some_and(|token| !token.is_empty());
        let past = is_past(token.expires_at);
        if self.may_renew(&token) && (past || !there || self.is_to_obtain(&token).await?) {
            let token = self.renew(&token).await?;
            return Ok(self.ask(&token).await);
        }
        if !there {
            return Err(nothing_to_ask_with(connection));
        }
        let judgement = self.ask(&token).await;
        match judgement.cause {
            None if past => {
                let what = "`expires_at` of the connection is past, and the token was accepted all the same: the date, or this machine's clock, is wrong.";
                self.found.warnings.push(Warning::new("clock-skew", what));
                Ok(judgement)
            }
            Some(cause) if has_expired(cause, &token) => self.expired(judgement, &token).await,
            _ => Ok(judgement),
        }
    }

    /// Whether the step wants a token to be obtained, and nothing could be asked about the one that is there.
    async fn is_to_obtain(&self, token: &Token) -> Result<bool, Judgement> {
        let stated = matches!(self.subject.probe, Some(ProbeSpec::OauthToken));
        Ok(stated && self.dialogue(&token.credential).find("introspection_url").await?.is_none())
    }

    /// The server does not take the access token any more.
    async fn expired(&mut self, refused: Judgement, token: &Token) -> Result<Judgement, Judgement> {
        if self.may_renew(token) {
            self.found = Found::default();
            let renewed = self.renew(token).await?;
            return Ok(self.ask(&renewed).await);
        }
        let name = &self.subject.connection.name;
        let when = token.expires_at.filter(|at| is_past(Some(*at)));
        let cause =
            if when.is_some() { Cause::CredentialExpired } else { refused.cause.unwrap_or(Cause::CredentialRejected) };
        let when = when.map_or_else(String::new, |at| format!(" The access token expired on {}.", day(at)));
        let refreshable = token.credential.secret("refresh_token").is_some();
        let remedy = if refreshable && self.subject.connection.public("refresh") == Some("forbidden") {
            format!("`{name}` says `refresh: forbidden`: take that out, or refresh the tokens where they come from.")
        } else if refreshable {
            let anew = self.subject.connection.anew(self.subject.recipe);
            format!("Allow a refresh (`--allow-refresh`, or `refresh: allowed` in `{name}`), or {anew}.")
        } else {
            format!("There is no refresh token: {}.", self.subject.connection.anew(self.subject.recipe))
        };
        Err(Judgement::of(cause, refused.phase, format!("{}{when}", refused.message), remedy))
    }

    /// Whether tokens may be refreshed: there is something to do it with, and the run or the connection allows it.
    fn may_renew(&self, token: &Token) -> bool {
        let stated = self.subject.connection.public("refresh");
        let allowed = stated == Some("allowed") || (self.subject.may_refresh && stated != Some("forbidden"));
        allowed && token.credential.secret("refresh_token").is_some_and(|token| !token.is_empty())
    }

    async fn renew(&mut self, token: &Token) -> Result<Token, Judgement> {
        let Subject { connection, keeper, .. } = *self.subject;
        let renewed = renew::renew(&self.dialogue(&token.credential), self.subject).await?;
        renewed.ahead.into_iter().for_each(|ahead| self.found.warn_of_clock(ahead));
        keeper.note(connection, &renewed);
        Ok(renewed)
    }
}

/// The token of a connection as it is stored.
fn stored(credential: &Credential, scrubber: &Scrubber) -> Token {
    let expires_at = credential.public("expires_at").and_then(|at| at.parse().ok());
    let scopes = credential.secret("access_token").and_then(jwt::scopes);
    let scopes = scopes.and_then(|scopes| Listed::of(std::iter::once(&scopes), scrubber));
    Token { credential: Arc::new(credential.clone()), expires_at, is_new: false, good_for: None, ahead: None, scopes }
}

fn is_past(at: Option<Timestamp>) -> bool {
    at.is_some_and(|at| at <= Timestamp::now())
}

/// Whether a refusal is one of a token past its time. Where the connection knows that it is not, it was revoked, and a refresh would not help.
fn has_expired(cause: Cause, token: &Token) -> bool {
    match cause {
        Cause::CredentialExpired => true,
        // What is refused beside the token, a client's key for one, is not mended by a new token.
        Cause::CredentialRejected | Cause::CredentialMissing => token.expires_at.is_none() || is_past(token.expires_at),
        _ => false,
    }
}

fn nothing_to_ask_with(connection: &crate::model::connection::Connection) -> Judgement {
    let name = &connection.name;
    Judgement::of(
        Cause::NoProbe,
        Phase::Resolve,
        format!(
            "Not tested: `{name}` has a refresh token and no access token, and only a refresh could tell whether that is good."
        ),
        format!("Allow it (`--allow-refresh`, or `refresh: allowed` in `{name}`); the new tokens are stored then."),
    )
}
