//! Markers: files of the local state which say that a refresh was begun, one for each connection, and the locks beside them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::fingerprint::Fingerprints;
use super::super::local;
use super::super::store::{self, Lock, NotLocked, NotWritten};
use super::NotBegun;
use crate::model::secret::Secret;

/// The folder in the local state.
const FOLDER: &str = "refresh";
/// The version of a marker.
const VERSION: u32 = 1;
/// A file of more is no marker.
const MOST: u64 = 64 << 10;

/// Where the marker and the lock of a connection are.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    name: String,
}

/// Holds off everybody else who would refresh the connection, or change all of them.
#[derive(Debug)]
pub(super) struct Held {
    _own: Lock,
    _shared: Lock,
}

/// What a marker says.
#[derive(Debug)]
pub(super) enum Marker {
    /// There is none.
    None,
    /// A refresh was begun.
    Of(Written),
    /// Something is there that cannot be read.
    Unreadable,
}

/// The content of a marker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Written {
    version: u32,
    /// The fingerprint of the refresh token.
    token: String,
    /// What tells the key of the fingerprint from others.
    key: String,
    since: Box<str>,
}

impl Place {
    pub(super) fn of(root: &Path, name: &str) -> Self {
        Place { root: root.to_owned(), name: name.to_owned() }
    }

    pub(super) fn folder(&self) -> PathBuf {
        local::folder(&self.root).join(FOLDER)
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder().join(format!("{}.{ending}", self.name))
    }

    fn path(&self) -> PathBuf {
        self.file("json")
    }

    /// Waits until nobody else refreshes this connection.
    pub(super) fn hold(&self, patience: impl Fn() -> Duration) -> Result<Held, NotBegun> {
        let state = local::folder(&self.root);
        local::make(&state).map_err(|error| NotBegun::NotWritable(state, error.into()))?;
        let refused = |refused| match refused {
            NotLocked::Busy => NotBegun::Busy,
            NotLocked::Failed(error) => NotBegun::NotWritable(self.folder(), error.into()),
        };
        let shared = Lock::share(&self.folder(), patience()).map_err(refused)?;
        let own = Lock::on(&self.file("lock"), patience()).map_err(refused)?;
        Ok(Held { _own: own, _shared: shared })
    }

    pub(super) fn read(&self) -> Marker {
        let path = self.path();
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Marker::None,
            Ok(found) if found.is_file() && found.len() <= MOST => {}
            _ => return Marker::Unreadable,
        }
        let written: Option<Written> = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        written.filter(|written| written.version == VERSION).map_or(Marker::Unreadable, Marker::Of)
    }

    /// Notes that a refresh begins, so that it lasts: the file, its name, and the folders on the way to it.
    pub(super) fn write(&self, prints: &Fingerprints, token: &Secret, now: Timestamp) -> Result<(), NotWritten> {
        let since = super::file::whole_seconds(now).to_string().into();
        let written = Written { version: VERSION, token: prints.whole(token), key: prints.of_key(), since };
        let text = serde_json::to_vec(&written).map_err(io::Error::from)?;
        store::write(&self.path(), &text)?;
        store::sync(&local::folder(&self.root)).and_then(|()| store::sync(&self.root))
    }

    pub(super) fn remove(&self) -> Result<(), NotWritten> {
        match store::remove(&self.path()) {
            Err(NotWritten::Failed(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

impl Marker {
    /// Whether it may be that of this token: what cannot be read, or is under a key that was lost, may be.
    fn may_be_of(&self, prints: Option<&Fingerprints>, token: &Secret) -> bool {
        match (self, prints) {
            (Marker::None, _) => false,
            (Marker::Of(written), Some(prints)) if written.key == prints.of_key() => {
                written.token == prints.whole(token)
            }
            (Marker::Of(_) | Marker::Unreadable, _) => true,
        }
    }

    /// What is unfinished if the token is this one.
    pub(super) fn of(&self, prints: Option<&Fingerprints>, token: &Secret) -> Option<Unfinished> {
        self.may_be_of(prints, token).then(|| self.begun()).flatten()
    }

    fn begun(&self) -> Option<Unfinished> {
        match self {
            Marker::None => None,
            Marker::Of(written) => Some(Unfinished { since: written.since.parse().ok() }),
            Marker::Unreadable => Some(Unfinished { since: None }),
        }
    }
}

/// A refresh that was begun and has no known end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// When it was begun; none where the marker cannot be read any more.
    pub since: Option<Timestamp>,
}

/// Whether a refresh of a connection was left without a known end. Without the refresh token that is sealed now it can only be told that one
/// was left, maybe of an older token. One that is under way is none.
#[must_use]
pub fn unfinished(root: &Path, name: &str, token: Option<&Secret>) -> Option<Unfinished> {
    let place = Place::of(root, name);
    if matches!(place.read(), Marker::None) || matches!(place.hold(|| Duration::ZERO), Err(NotBegun::Busy)) {
        return None;
    }
    let prints = Fingerprints::lasting(&local::folder(root)).ok();
    let marker = place.read();
    token.map_or_else(|| marker.begun(), |token| marker.of(prints.as_ref(), token))
}

/// Forgets what is known of a connection that is gone.
pub fn forget(root: &Path, name: &str) {
    // Best effort: one that stays says too much, never too little.
    let _ = Place::of(root, name).remove();
}

/// Forgets a refresh of a token that a connection had before it got this one. A refresh of this very token stays what it is.
pub fn forget_others(root: &Path, name: &str, token: Option<&Secret>) {
    let place = Place::of(root, name);
    let same = |token| match place.read() {
        Marker::Of(written) => {
            let prints = Fingerprints::lasting(&local::folder(root));
            prints.is_ok_and(|prints| written.key == prints.of_key() && written.token == prints.whole(token))
        }
        // Whoever gives a secret anew ends what cannot be read any more.
        Marker::None | Marker::Unreadable => false,
    };
    if !token.is_some_and(same) {
        forget(root, name);
    }
}

/// Copies what is known to a connection's new name, before the connection has it. The old one is for [`forget`], when the old file is gone.
///
/// # Errors
/// Why it could not be copied: then the connection has to keep its name.
pub fn carry(root: &Path, old: &str, new: &str) -> Result<(), NotWritten> {
    let (old, new) = (Place::of(root, old), Place::of(root, new));
    match fs::read(old.path()) {
        Ok(text) => store::write(&new.path(), &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => new.remove(),
        Err(error) => Err(error.into()),
    }
}

/// Waits until no connection is being refreshed, and holds off whoever would begin. None where there is no local state that could be locked,
/// and so nobody here who refreshes. To be taken before the lock of the folder of connections.
///
/// # Errors
/// [`NotLocked::Busy`] when a refresh does not end in time.
pub fn pause(root: &Path, patience: Duration) -> Result<Option<Lock>, NotLocked> {
    let folder = Place::of(root, "").folder();
    if local::make(&local::folder(root)).is_err() {
        return Ok(None);
    }
    match Lock::take(&folder, patience) {
        Ok(lock) => {
            store::clean(&folder);
            Ok(Some(lock))
        }
        Err(NotLocked::Failed(_)) => Ok(None),
        Err(busy) => Err(busy),
    }
}
