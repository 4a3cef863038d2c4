//! Renewals: the tokens of a sealed connection, exchanged for newer ones.
//!
//! Many servers take a refresh token once: whoever sends it again loses the grant. So a refresh happens by one process at a time, that it
//! begins is on the disk before anything is sent, and what it gives is on the disk before it is used. Where the end of one is unknown (the
//! process was killed, the answer never came) a marker of that token stays, and it is never sent again. Nothing is sent here, and everything
//! waits for the disk: callers that are asynchronous give it a thread.

mod begin;
mod file;
mod keep;
mod marker;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::Closed;
use super::crypt::Identity;
use super::store::NotWritten;
use crate::model::connection::Connection;
use crate::model::endpoint::Address;
use crate::model::fields::Fields;
use crate::model::secret::Secret;

pub use self::begin::begin;
pub use self::keep::Renewal;
pub use self::marker::{Unfinished, carry, forget, forget_others, pause, unfinished};

/// The secret field that is exchanged for new tokens.
pub const REFRESH_TOKEN: &str = "refresh_token";
/// The secret field with the token that requests are made with.
pub const ACCESS_TOKEN: &str = "access_token";
/// The public field that says until when the access token is good: RFC 3339.
pub const EXPIRES_AT: &str = "expires_at";

/// What a token endpoint gave, to be kept.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The new access token.
    pub access_token: Secret,
    /// The new refresh token. Where there is none, the old one stays good (RFC 6749, section 6).
    pub refresh_token: Option<Secret>,
    /// Until when the access token is good, where the server said so.
    pub expires_at: Option<Timestamp>,
}

/// What it takes to begin a refresh.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The root of the workspace: its local state lies below.
    pub root: &'r Path,
    /// The connection as it was loaded; `file` is read anew.
    pub connection: &'r Connection,
    /// Everywhere that its secrets may go.
    pub destination: &'r [Address],
    /// What opens its sealed block.
    pub identities: &'r [Identity],
    /// The refresh token in hand.
    pub refresh_token: &'r Secret,
    /// The access token in hand, if the connection had one. Where another one is found, somebody has refreshed meanwhile.
    pub access_token: Option<&'r Secret>,
    /// How long to wait for others.
    pub patience: Duration,
    /// The time.
    pub now: Timestamp,
}

/// How a refresh may begin.
#[derive(Debug)]
#[must_use]
pub enum Begun {
    /// It may: nobody else does, and that it began is on the disk. Dropping it without an end says that the outcome is unknown.
    Go(Renewal),
    /// Somebody has refreshed meanwhile: these are the values to use, those that are sealed.
    Renewed {
        /// The sealed secrets, by field.
        secrets: Fields<Secret>,
        /// Until when the access token is good, as it is written in the file.
        expires_at: Option<Box<str>>,
    },
    /// A refresh of this very token was begun earlier and its end is unknown: it is never sent again.
    Unfinished {
        /// When it was begun; none where the marker cannot be read any more.
        since: Option<Timestamp>,
    },
}

/// Why a refresh cannot begin. Nothing was sent, and nothing has changed.
#[derive(Debug)]
pub enum NotBegun {
    /// A token does not stand in the connection's sealed block (there is none, or it is a reference or in clear), so that a new one could
    /// not be kept.
    NotSealed,
    /// Somebody else refreshes this connection or writes to its folder, and did not finish in time.
    Busy,
    /// The file or folder that new tokens, or the note that a refresh begins, could not be written to, and why.
    NotWritable(PathBuf, NotWritten),
    /// There is no connection file at this place any more.
    Gone,
    /// The sealed block stays closed.
    Closed(Closed),
    /// Nobody is listed whom new tokens could be sealed for.
    NoRecipients,
    /// A line of the list of recipients is no public key; its number, from 1.
    BadRecipient(usize),
    /// The secrets were sealed for something else, as the end of a sentence: that of `Binding::difference`.
    Changed(String),
}

/// Why new tokens were not kept. The marker stays, so that the old refresh token is not sent again; unless the server left it good.
#[derive(Debug)]
pub enum NotKept {
    /// Another refresh token was sealed meanwhile. It is left as it is.
    Replaced,
    /// There is no sealed connection at this place any more.
    Gone,
    /// What was sealed anew meanwhile stays closed, so it cannot be told whether it is still ours.
    Closed(Closed),
    /// Somebody else is writing to the folder, and did not finish in time.
    Busy,
    /// The file or folder that could not be written to, and why. What was there is as it was, but for
    /// [`NotWritten::Unconfirmed`]: then the new tokens are in their place, and may be gone after a crash of the machine.
    NotWritten(PathBuf, NotWritten),
}
