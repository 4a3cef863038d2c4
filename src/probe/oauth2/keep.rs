//! What an interview may do with tokens that it is given: the capability that a run passes in.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::answer::Granted;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Address;
use crate::model::verdict::Judgement;
use crate::probe::scopes::Listed;

/// An access token in hand, with the values that it stands among.
#[derive(Debug, Clone)]
pub struct Token {
    /// The connection's values, this token as their `access_token`.
    pub credential: Arc<Credential>,
    /// When it expires, where that is known.
    pub expires_at: Option<jiff::Timestamp>,
    /// Whether it was issued in this run: whoever has it has seen that it can be had.
    pub is_new: bool,
    /// For how many seconds it is good, where it was issued just now and whoever did so said it.
    pub good_for: Option<i64>,
    /// By how many seconds the server's clock was ahead of ours, where that had to be put right to get it.
    pub ahead: Option<i64>,
    /// The scopes that it has, where whoever issued it says so.
    pub scopes: Option<Listed>,
}

impl Token {
    /// This token in place of the one among these values, with its own date.
    #[must_use]
    pub fn among(mut credential: Credential, expires_at: Option<jiff::Timestamp>) -> Self {
        match expires_at {
            Some(at) => drop(credential.public.insert("expires_at".into(), at.to_string().into())),
            None => drop(credential.public.remove("expires_at")),
        }
        Token { credential: Arc::new(credential), expires_at, is_new: true, good_for: None, ahead: None, scopes: None }
    }
}

/// Keeps tokens: for the rest of a run, and for good.
#[async_trait]
pub trait Keeper: Send + Sync + fmt::Debug {
    /// The token that this run has obtained for a connection, if it has.
    fn known(&self, connection: &Connection) -> Option<Token>;

    /// Keeps a token for the rest of the run.
    fn note(&self, connection: &Connection, token: &Token);

    /// Asks for the right to refresh: nobody else may do so now, and that it was begun outlasts a crash. `destination` is everywhere that the
    /// connection's secrets may go, which what is sealed is bound to.
    ///
    /// # Errors
    /// A judgement when it cannot be had. Nothing was sent.
    async fn begin(
        &self,
        connection: &Connection,
        destination: &[Address],
        credential: &Credential,
    ) -> Result<Begun, Judgement>;
}

/// How a refresh begins.
#[derive(Debug)]
pub enum Begun {
    /// It may be sent.
    Go(Box<dyn Pending>),
    /// Somebody has done it meanwhile: these are the tokens.
    Renewed(Token),
    /// One with this very token was sent before, and nobody knows what became of it.
    Unfinished {
        /// When, where that is known.
        since: Option<jiff::Timestamp>,
    },
}

/// A refresh that is under way. Dropped without an end, its outcome is unknown, and its token is never sent again.
#[async_trait]
pub trait Pending: Send + fmt::Debug {
    /// The server has answered: keeps the tokens for good, before the first of them is used.
    ///
    /// # Errors
    /// A judgement when they could not be kept.
    async fn keep(self: Box<Self>, granted: &Granted, expires_at: Option<jiff::Timestamp>) -> Result<(), Judgement>;

    /// The server has certainly not acted: everything is as it was.
    async fn abandon(self: Box<Self>);
}

/// Keeps nothing: for a world that ends with its step, as each double's does.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

#[async_trait]
impl Keeper for Nowhere {
    fn known(&self, _: &Connection) -> Option<Token> {
        None
    }

    fn note(&self, _: &Connection, _: &Token) {}

    async fn begin(&self, _: &Connection, _: &[Address], _: &Credential) -> Result<Begun, Judgement> {
        Ok(Begun::Go(Box::new(Nowhere)))
    }
}

#[async_trait]
impl Pending for Nowhere {
    async fn keep(self: Box<Self>, _: &Granted, _: Option<jiff::Timestamp>) -> Result<(), Judgement> {
        Ok(())
    }

    async fn abandon(self: Box<Self>) {}
}
