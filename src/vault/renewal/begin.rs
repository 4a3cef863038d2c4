//! How a refresh begins: alone, with the tokens that are sealed now, and only where the new ones can be kept.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::super::binding::Binding;
use super::super::crypt::Recipient;
use super::super::fingerprint::Fingerprints;
use super::super::sealed::Content;
use super::super::store::{self, Lock, NotLocked, Reserve};
use super::super::{local, open_with};
use super::file::{File, Unread, recipients};
use super::keep::{Begin, Renewal};
use super::marker::{Place, Unfinished};
use super::{ACCESS_TOKEN, Begun, NotBegun, REFRESH_TOKEN, Request};

/// New tokens may be longer than the old ones: so much more room is kept for them, in bytes.
const MORE_ROOM: usize = 16 << 10;

/// Begins a refresh of a connection's tokens, once nobody else refreshes them. Nothing may be sent but after [`Begun::Go`].
///
/// # Errors
/// Why it cannot begin. Nothing has changed then.
pub fn begin(request: Request<'_>) -> Result<Begun, NotBegun> {
    let started = Instant::now();
    let patience = || request.patience.saturating_sub(started.elapsed());
    let connection = request.connection;
    if !connection.sealed {
        return Err(NotBegun::NotSealed);
    }
    let place = Place::of(request.root, &connection.name);
    let held = place.hold(patience)?;
    let file = File::read(Path::new(&*connection.file)).map_err(|unread| match unread {
        Unread::Gone => NotBegun::Gone,
        Unread::NotSealed => NotBegun::NotSealed,
    })?;
    let content = open_with(&file.block, request.identities, &"the identity").map_err(NotBegun::Closed)?;
    if let Some(difference) = content.binding.difference(&Binding::of(connection, request.destination)) {
        return Err(NotBegun::Changed(difference));
    }
    let token = content.secrets.get(REFRESH_TOKEN).filter(|token| !token.is_empty() && !file.token_outside);
    let Some(token) = token.cloned() else { return Err(NotBegun::NotSealed) };
    if is_newer(&file, &content, &request) {
        return Ok(Begun::Renewed { secrets: content.secrets, expires_at: file.expires_at });
    }
    let state = local::folder(request.root);
    let prints = Fingerprints::lasting(&state).map_err(|refused| NotBegun::NotWritable(state, refused))?;
    // One of an older token is of no use any more; the new one takes its place.
    if let Some(Unfinished { since }) = place.read().of(Some(&prints), &token) {
        return Ok(Begun::Unfinished { since });
    }
    let (reserve, keys) = try_keeping(&file, &content, patience)?;
    place.write(&prints, &token, request.now).map_err(|refused| {
        // Nothing is sent, so nothing may be said to be unfinished.
        let _ = place.remove();
        NotBegun::NotWritable(place.folder(), refused)
    })?;
    let identities = request.identities.to_vec();
    Ok(Begun::Go(Renewal::new(Begin { place, file, content, identities, keys }, reserve, held)))
}

/// Whether what is sealed is not what is in hand, but what somebody else got since.
fn is_newer(file: &File, content: &Content, request: &Request<'_>) -> bool {
    let other = |name: &str, in_hand: Option<&_>| content.secrets.get(name).is_some_and(|token| Some(token) != in_hand);
    let time = |text: Option<&str>| text.and_then(|text| text.parse::<Timestamp>().ok());
    let (now, then) = (time(file.expires_at.as_deref()), time(request.connection.public(super::EXPIRES_AT)));
    other(REFRESH_TOKEN, Some(request.refresh_token)) || other(ACCESS_TOKEN, request.access_token) || now > then
}

/// Does all of what keeping will take, except for changing the file. What comes back is room for the new one, and the keys that it is for.
fn try_keeping(
    file: &File,
    content: &Content,
    patience: impl Fn() -> Duration,
) -> Result<(Reserve, Vec<Recipient>), NotBegun> {
    let folder = file.folder();
    let keys = recipients(folder)?;
    let _lock = Lock::take(folder, patience()).map_err(|refused| match refused {
        NotLocked::Busy => NotBegun::Busy,
        NotLocked::Failed(error) => NotBegun::NotWritable(folder.to_owned(), error.into()),
    })?;
    store::ignore_rests(folder);
    let again = file.with(&content.binding, &content.secrets, &keys).ok_or(NotBegun::Gone)?;
    let mut room = again.bytes().to_vec();
    room.resize(room.len() + MORE_ROOM, b'\n');
    let reserve =
        Reserve::take(&file.path, &room).map_err(|refused| NotBegun::NotWritable(file.path.clone(), refused))?;
    Ok((reserve, keys))
}
