//! The connection file of a renewal: what is read of it, and how it is changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::super::binding::Binding;
use super::super::crypt::Recipient;
use super::super::draft::{Changes, Part, changed};
use super::super::recipients::{self, Recipients};
use super::super::sealed;
use super::{ACCESS_TOKEN, EXPIRES_AT, NotBegun, REFRESH_TOKEN};
use crate::model::fields::Fields;
use crate::model::secret::Secret;
use crate::yaml;

/// A connection file as it stands.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    text: Zeroizing<String>,
    /// The sealed block.
    pub(super) block: String,
    pub(super) expires_at: Option<Box<str>>,
    /// Whether a token stands outside the sealed block, too.
    pub(super) token_outside: bool,
}

/// Why a file is none that can be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is not there, or no connection any more.
    Gone,
    /// Nothing is sealed in it.
    NotSealed,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, Unread> {
        let text = Zeroizing::new(fs::read_to_string(path).map_err(|_| Unread::Gone)?);
        let tree = yaml::parse(&text).map_err(|_| Unread::Gone)?;
        let block = tree.root.get("sealed").and_then(yaml::Node::text).ok_or(Unread::NotSealed)?.to_owned();
        let field = |name: &str| tree.root.get("fields")?.get(name);
        let expires_at = field(EXPIRES_AT).and_then(yaml::Node::text).map(Into::into);
        let token_outside = [ACCESS_TOKEN, REFRESH_TOKEN].into_iter().any(|name| field(name).is_some());
        Ok(File { path: path.to_owned(), text, block, expires_at, token_outside })
    }

    /// The folder that it lies in.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// The text with these secrets sealed for these keys, and everything else as it was. None where that cannot be done.
    pub(super) fn with(&self, binding: &Binding, secrets: &Fields<Secret>, keys: &[Recipient]) -> Option<Rewritten> {
        let block = sealed::seal(binding, secrets, keys).ok()?;
        let changes = Changes { sealed: Part::Set(block), ..Changes::default() };
        changed(&self.text, &changes).map(|text| Rewritten { text: Zeroizing::new(text) })
    }
}

/// The new text of a connection file.
pub(super) struct Rewritten {
    text: Zeroizing<String>,
}

impl Rewritten {
    /// States until when the access token is good, to the second; or takes that out.
    pub(super) fn until(self, expires_at: Option<Timestamp>) -> Option<Self> {
        let stated = yaml::parse(&self.text).ok()?.root.get("fields").is_some_and(|at| at.get(EXPIRES_AT).is_some());
        let expires_at = expires_at.map(|at| whole_seconds(at).to_string().into());
        if expires_at.is_none() && !stated {
            return Some(self);
        }
        let mut changes = Changes::default();
        changes.fields.insert(EXPIRES_AT.to_owned(), expires_at);
        changed(&self.text, &changes).map(|text| Rewritten { text: Zeroizing::new(text) })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// A time without its fraction of a second.
pub(super) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Whom new tokens are sealed for: by the rules of `connections edit`, but nobody is listed by this.
pub(super) fn recipients(folder: &Path) -> Result<Vec<Recipient>, NotBegun> {
    let text = match fs::read_to_string(recipients::file(folder)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NotBegun::NoRecipients),
        Err(error) => return Err(NotBegun::NotWritable(recipients::file(folder), error.into())),
    };
    let listed = Recipients::parse(&text);
    match (listed.bad.first(), listed.listed.is_empty()) {
        (Some(bad), _) => Err(NotBegun::BadRecipient(bad.line)),
        (None, true) => Err(NotBegun::NoRecipients),
        (None, false) => Ok(listed.keys()),
    }
}
