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
mod renew;

use std::sync::Arc;

use jiff::Timestamp;

pub use self::answer::Granted;
pub use self::dialogue::Dialogue;
use self::introspect::day;
use self::keep::Token;
use super::found::Found;
use super::scopes;
use super::{Subject, http, shopify};
use crate::model::cause::Cause;
use crate::model::credential::Credential;
use crate::model::evidence::{Finding, Warning};
use crate::model::oauth2::Grant;
use crate::model::phase::Phase;
use crate::model::probe::{HttpProbe, ShopifyProbe};
use crate::model::scheme::Scheme;
use crate::model::verdict::Judgement;
use crate::wire::Wire;
use crate::wire::transcript::Transcript;

/// What is asked when there is a token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rest<'a> {
    /// The app's API.
    Http(&'a HttpProbe),
    /// Shopify's Admin API.
    Shopify(&'a ShopifyProbe),
    /// Nothing but whether there is a good token.
    Token,
}

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
        Dialogue { recipe, connection, credential, endpoint, wire: self.wire, transcript: self.transcript, scrubber }
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
        let mut judgement = self.ask(&token).await;
        if judgement.cause.is_none() && matches!(self.rest, Rest::Token) {
            judgement.message = issued(&token);
        }
        Ok(judgement)
    }

    /// A grant that a person has given: what is stored is used, and refreshed only when that is needed and allowed.
    async fn given(&mut self) -> Result<Judgement, Judgement> {
        let Subject { connection, keeper, credential, .. } = *self.subject;
        let token = keeper.known(connection).unwrap_or_else(|| stored(credential));
        let there = token.credential.secret("access_token").is_some_and(|token| !token.is_empty());
        let past = is_past(token.expires_at);
        if self.may_renew(&token) && (past || !there) {
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
            format!("Allow a refresh (`--allow-refresh`, or `refresh: allowed` in `{name}`), or connect anew.")
        } else {
            format!("There is no refresh token: connect `{name}` anew.")
        };
        Err(Judgement::of(cause, refused.phase, format!("{}{when}", refused.message), remedy))
    }

    /// Whether tokens may be refreshed: there is something to do it with, and the run or the connection allows it.
    fn may_renew(&self, token: &Token) -> bool {
        let stated = self.subject.connection.public("refresh");
        let allowed = stated == Some("allowed") || (self.subject.may_refresh && stated != Some("forbidden"));
        allowed && token.credential.secret("refresh_token").is_some_and(|token| !token.is_empty())
    }

    async fn renew(&self, token: &Token) -> Result<Token, Judgement> {
        let Subject { connection, keeper, .. } = *self.subject;
        let renewed = renew::renew(&self.dialogue(&token.credential), self.subject).await?;
        keeper.note(connection, &renewed);
        Ok(renewed)
    }

    /// Asks the rest with a token in hand.
    async fn ask(&mut self, token: &Token) -> Judgement {
        let subject = Subject { credential: &token.credential, ..*self.subject };
        let listed = match self.listed(token).await {
            Ok(listed) => listed,
            Err(judgement) => return judgement,
        };
        match self.rest {
            Rest::Http(probe) => {
                let granted = listed.or_else(|| token.scopes.clone());
                http::probe(&subject, probe, self.wire, self.transcript, granted.as_ref(), &mut self.found).await
            }
            Rest::Shopify(spec) => shopify::probe(&subject, spec, self.wire, self.transcript, &mut self.found).await,
            Rest::Token => {
                let granted = listed.or_else(|| token.scopes.clone());
                self.found.scopes.required = subject.requires.iter().map(ToString::to_string).collect();
                let compared = scopes::compare(&subject, granted.as_ref(), &[], &mut self.found);
                compared.err().unwrap_or_else(|| Judgement::pass(Phase::Auth, self.known_good()))
            }
        }
    }

    /// Asks the issuer about the token where that is the question, or where nothing else tells which scopes it has.
    async fn listed(&mut self, token: &Token) -> Result<Option<scopes::Listed>, Judgement> {
        let fresh = self.subject.credential.secret("access_token") != token.credential.secret("access_token");
        let wanted = match self.rest {
            Rest::Token => !fresh || (token.scopes.is_none() && !self.subject.requires.is_empty()),
            Rest::Http(probe) => probe.scopes.is_none() && token.scopes.is_none() && !self.subject.requires.is_empty(),
            Rest::Shopify(_) => false,
        };
        if !wanted {
            return Ok(None);
        }
        let dialogue = self.dialogue(&token.credential);
        let Some(url) = dialogue.find("introspection_url").await? else {
            return if matches!(self.rest, Rest::Token) && !fresh {
                Err(nothing_to_ask(self.subject))
            } else {
                Ok(None)
            };
        };
        let introspected = dialogue.introspect(&url).await?;
        if !introspected.active {
            return Err(dialogue.inactive(&url, token.expires_at));
        }
        if self.found.account.is_none() {
            self.found.account = introspected.account;
        }
        Ok(introspected.scopes)
    }

    /// Says which scopes were asked for and not granted: some servers drop them without a word.
    fn compare_with_asked(&mut self, token: &Token) {
        let (Some(asked), Some(granted)) = (self.subject.connection.public("scopes"), &token.scopes) else { return };
        let dropped: Vec<_> = asked
            .split([' ', ','])
            .filter(|scope| !scope.is_empty() && !granted.scopes.iter().any(|known| known == scope))
            .map(|scope| format!("`{scope}`"))
            .collect();
        if !dropped.is_empty() {
            let what = format!("The server granted less than was asked for: it left out {}.", dropped.join(", "));
            self.found.warnings.push(Warning::new("scopes-dropped", what));
        }
    }

    fn known_good(&self) -> String {
        match &self.found.account {
            Some(account) => format!("The issuer says that the access token is active; account `{account}`."),
            None => "The issuer says that the access token is active.".to_owned(),
        }
    }
}

/// The token of a connection as it is stored.
fn stored(credential: &Credential) -> Token {
    let expires_at = credential.public("expires_at").and_then(|at| at.parse().ok());
    Token { credential: Arc::new(credential.clone()), expires_at, good_for: None, scopes: None }
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

fn issued(token: &Token) -> String {
    match token.good_for {
        Some(seconds) => format!("The token endpoint issued an access token, good for {seconds} s."),
        None => "The token endpoint issued an access token.".to_owned(),
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

fn nothing_to_ask(subject: &Subject<'_>) -> Judgement {
    let name = &subject.connection.name;
    Judgement::of(
        Cause::NoProbe,
        Phase::Resolve,
        format!("Not tested: nothing is known that the access token of `{name}` could be asked about."),
        "State `introspection_url` in the connection, or give the step `probe: {http: {request: GET /path, accept: {status: 200}}}`.",
    )
}
