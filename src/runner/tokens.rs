//! Tokens that a run obtains: kept in mind for its other steps, and in the store for good.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::probe::oauth2::Granted;
use crate::probe::oauth2::keep::{self, Keeper, Pending, Token};
use crate::vault::renewal::{self, NotBegun, NotKept, Renewal, Request, Tokens};
use crate::vault::store::NotWritten;
use crate::vault::{Vault, elsewhere};

/// The tokens of a live run, with the store behind them.
#[derive(Debug)]
pub struct StoredTokens {
    vault: Vault,
    root: PathBuf,
    /// How long to wait for another process that refreshes the same connection.
    patience: Duration,
    known: Mutex<HashMap<Arc<str>, Token>>,
}

impl StoredTokens {
    /// Tokens that are kept in the workspace at `root`, in connections that `vault` opens.
    #[must_use]
    pub fn new(vault: Vault, root: PathBuf, patience: Duration) -> Self {
        StoredTokens { vault, root, patience, known: Mutex::default() }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Arc<str>, Token>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Keeper for StoredTokens {
    fn known(&self, connection: &Connection) -> Option<Token> {
        self.locked().get(&connection.name).cloned()
    }

    fn note(&self, connection: &Connection, token: &Token) {
        self.locked().insert(Arc::clone(&connection.name), token.clone());
    }

    async fn begin(
        &self,
        connection: &Connection,
        destination: &[Address],
        credential: &Credential,
    ) -> Result<keep::Begun, Judgement> {
        let name = Arc::clone(&connection.name);
        let Some(refresh_token) = credential.secret(renewal::REFRESH_TOKEN).cloned() else {
            return Err(not_begun(&name, NotBegun::NotSealed));
        };
        if !connection.sealed {
            return Err(not_begun(&name, NotBegun::NotSealed));
        }
        let identities = self.vault.identities().await;
        let identities = identities.map_err(|none| crate::vault::Closed::NoIdentity(none).judgement(&name))?.to_vec();
        let access_token = credential.secret(renewal::ACCESS_TOKEN).cloned();
        let (root, patience) = (self.root.clone(), self.patience);
        let (mut connection, destination) = (connection.clone(), destination.to_vec());
        // What is in hand may be newer than what was loaded: a run can outlive a token that it has got.
        connection.public = credential.public.clone();
        let begun = spawn_blocking(move || {
            renewal::begin(Request {
                root: &root,
                connection: &connection,
                destination: &destination,
                identities: &identities,
                refresh_token: &refresh_token,
                access_token: access_token.as_ref(),
                patience,
                now: Timestamp::now(),
            })
        });
        match begun.await.map_err(|_| interrupted(&name))? {
            Ok(renewal::Begun::Go(renewal)) => Ok(keep::Begun::Go(Box::new(Stored { renewal, name }))),
            Ok(renewal::Begun::Renewed { secrets, expires_at }) => {
                let mut newer = credential.clone();
                newer.secrets.extend(secrets.iter().map(|(field, secret)| (field.into(), secret.clone())));
                let expires_at = expires_at.and_then(|at| at.parse().ok());
                Ok(keep::Begun::Renewed(Token::among(newer, expires_at)))
            }
            Ok(renewal::Begun::Unfinished { since }) => Ok(keep::Begun::Unfinished { since }),
            Err(why) => Err(not_begun(&name, why)),
        }
    }
}

/// A refresh that is under way, and whose tokens will be sealed.
#[derive(Debug)]
struct Stored {
    renewal: Renewal,
    name: Arc<str>,
}

#[async_trait]
impl Pending for Stored {
    async fn keep(self: Box<Self>, granted: &Granted, expires_at: Option<Timestamp>) -> Result<(), Judgement> {
        let Stored { renewal, name } = *self;
        let tokens = Tokens {
            access_token: granted.access_token.clone(),
            refresh_token: granted.refresh_token.clone(),
            expires_at,
        };
        let kept = spawn_blocking(move || renewal.keep(&tokens).map(drop)).await;
        kept.map_err(|_| interrupted(&name))?.map_err(|why| not_kept(&name, &why))
    }

    async fn abandon(self: Box<Self>) {
        // A marker that stays says too much, never too little.
        let _ = spawn_blocking(move || self.renewal.abandon()).await;
    }
}

fn interrupted(name: &str) -> Judgement {
    Judgement::of(
        Cause::RefreshUnfinished,
        Phase::Auth,
        format!("The refresh of `{name}` was interrupted on this machine."),
        "Run again; if a refresh token may have been spent, that will be said then.",
    )
}

/// Why a refresh was not begun. Nothing was sent.
fn not_begun(name: &str, why: NotBegun) -> Judgement {
    let (message, remedy) = match why {
        NotBegun::Closed(closed) => return closed.judgement(name),
        NotBegun::Changed(difference) => return elsewhere(name, &difference),
        NotBegun::NotSealed => {
            return Judgement::of(
                Cause::CredentialExpired,
                Phase::Auth,
                format!(
                    "The access token of `{name}` is of no use any more, and a new one could not be kept: only what is sealed in the \
                     connection can be replaced. Nothing was refreshed."
                ),
                format!(
                    "Seal its tokens: `tugtest connections edit {name}`. Or put a new access token where the old one is kept."
                ),
            );
        }
        NotBegun::Busy => (
            "another process refreshes this connection, or writes to its folder, and did not finish in time".to_owned(),
            "Run again.".to_owned(),
        ),
        NotBegun::NotWritable(path, refused) => (
            format!("`{}` cannot be written to ({})", path.display(), reason(&refused)),
            "Make it writable.".to_owned(),
        ),
        NotBegun::Gone => ("its file is not there any more".to_owned(), "Restore it.".to_owned()),
        NotBegun::NoRecipients => (
            "nobody is listed in `.recipients` whom new tokens could be sealed for".to_owned(),
            "List yourself: `tugtest connections rekey --add KEY`.".to_owned(),
        ),
        NotBegun::BadRecipient(line) => {
            (format!("line {line} of `.recipients` is no public key"), "Correct that line.".to_owned())
        }
    };
    Judgement::of(
        Cause::SecretUnavailable,
        Phase::Auth,
        format!("The tokens of `{name}` need a refresh, which was not begun: {message}. Nothing was sent."),
        remedy,
    )
}

/// Why tokens that came were not kept.
fn not_kept(name: &str, why: &NotKept) -> Judgement {
    let what = match why {
        NotKept::Replaced => "somebody stored other tokens meanwhile, which were left as they are".to_owned(),
        NotKept::Gone => "the connection is not there any more, or is not sealed any more".to_owned(),
        NotKept::Closed(_) => "the connection was sealed anew meanwhile, and does not open".to_owned(),
        NotKept::Busy => "another process was writing to the folder, and did not finish in time".to_owned(),
        NotKept::NotWritten(path, refused) => {
            format!("`{}` could not be written ({})", path.display(), reason(refused))
        }
    };
    Judgement::of(
        Cause::RefreshUnfinished,
        Phase::Auth,
        format!("New tokens for `{name}` came, and could not be stored: {what}. They were not used."),
        format!("Mend that, then connect `{name}` anew: the stored refresh token may be spent."),
    )
}

const fn reason(refused: &NotWritten) -> &'static str {
    match refused {
        NotWritten::Link => "a link stands in its place",
        NotWritten::Exists => "it exists already",
        NotWritten::NoFile => "it is no file",
        NotWritten::Failed(_) => "the system refused",
        NotWritten::Unconfirmed(_) => "the disk did not confirm it",
    }
}
