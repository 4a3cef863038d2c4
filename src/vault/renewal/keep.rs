//! How a refresh ends: its tokens are kept, or it is known that nothing happened. Anything else leaves the marker.

use std::fmt;
use std::time::Duration;

use super::super::crypt::{Identity, Recipient};
use super::super::open_with;
use super::super::sealed::Content;
use super::super::store::{self, Lock, NotLocked, Reserve};
use super::file::{File, Unread, recipients};
use super::marker::{Held, Place};
use super::{ACCESS_TOKEN, NotKept, REFRESH_TOKEN, Tokens};
use crate::model::fields::Fields;
use crate::model::secret::Secret;

/// How long it waits for whoever writes to the folder: what would be lost cannot be had again.
const PATIENCE: Duration = Duration::from_secs(60);

/// A refresh that may be sent, once. Nobody else refreshes the connection while this is there. Dropped without an end, it is unfinished.
#[must_use = "a refresh that is dropped is never sent again"]
pub struct Renewal {
    begin: Box<Begin>,
    reserve: Reserve,
    _held: Held,
}

/// What is known when a refresh begins.
pub(super) struct Begin {
    pub(super) place: Place,
    pub(super) file: File,
    pub(super) content: Content,
    pub(super) identities: Vec<Identity>,
    /// Whom the new tokens are sealed for.
    pub(super) keys: Vec<Recipient>,
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Renewal({:?})", self.begin.place)
    }
}

impl Renewal {
    pub(super) fn new(begin: Begin, reserve: Reserve, held: Held) -> Self {
        Renewal { begin: Box::new(begin), reserve, _held: held }
    }

    /// The secrets that are sealed now, by field.
    #[must_use]
    pub const fn secrets(&self) -> &Fields<Secret> {
        &self.begin.content.secrets
    }

    /// Keys of the list of recipients that the connection was not sealed for, and will be: somebody else may have listed them.
    #[must_use]
    pub fn new_recipients(&self) -> Vec<&str> {
        let Begin { keys, content, .. } = &*self.begin;
        keys.iter().map(Recipient::text).filter(|key| !content.recipients.iter().any(|known| known == key)).collect()
    }

    /// Seals the new tokens in place of the old ones. They are on the disk when this returns, and are not to be used before. Gives all
    /// sealed secrets, by field.
    ///
    /// # Errors
    /// Why they were not kept. They are lost then, and so is the old refresh token if the server takes each once.
    pub fn keep(self, tokens: &Tokens) -> Result<Fields<Secret>, NotKept> {
        let Renewal { begin, reserve, _held } = self;
        let Begin { place, file: before, content, identities, keys } = *begin;
        let folder = before.folder();
        let _lock = Lock::take(folder, PATIENCE).map_err(|refused| match refused {
            NotLocked::Busy => NotKept::Busy,
            NotLocked::Failed(error) => NotKept::NotWritten(folder.to_owned(), error.into()),
        })?;
        store::clean(folder);
        let file = File::read(&before.path).map_err(|(Unread::Gone | Unread::NotSealed)| NotKept::Gone)?;
        let old = content.secrets.get(REFRESH_TOKEN).cloned();
        // Opened anew only if it is another one: with a passphrase that takes its time.
        let mut content = if file.block == before.block {
            content
        } else {
            open_with(&file.block, &identities, &"the identity").map_err(NotKept::Closed)?
        };
        if content.secrets.get(REFRESH_TOKEN) != old.as_ref() {
            return Err(NotKept::Replaced);
        }
        let new = tokens.refresh_token.clone().filter(|token| !token.is_empty() && Some(token) != old.as_ref());
        let rotated = new.is_some();
        content.secrets.insert(ACCESS_TOKEN.into(), tokens.access_token.clone());
        content.secrets.extend(new.map(|token| (REFRESH_TOKEN.into(), token)));
        // A list that somebody spoils in this moment is no reason to lose them: then they are sealed for those who were listed before.
        let keys = recipients(folder).unwrap_or(keys);
        let text = file.with(&content.binding, &content.secrets, &keys).and_then(|text| text.until(tokens.expires_at));
        let text = text.ok_or(NotKept::Gone)?;
        if !rotated {
            // The answer is here, and by it the old token is still good: there is nothing unfinished, whatever becomes of the file.
            let _ = place.remove();
        }
        drop(reserve);
        store::write(&file.path, text.bytes()).map_err(|refused| NotKept::NotWritten(file.path.clone(), refused))?;
        if rotated {
            // One that stays is of a token that is no more.
            let _ = place.remove();
        }
        Ok(content.secrets)
    }

    /// Ends a refresh that the server has surely not carried out: the token may be sent again.
    pub fn abandon(self) {
        // One that stays says too much, never too little.
        let _ = self.begin.place.remove();
    }
}
