//! How a request authenticates: for the judge, and for messages.

use crate::sign::digest::Proof;

/// How a request authenticates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// The scheme of the `Authorization` header in lower case, where that is the place and a scheme is in it: `bearer`.
    pub(crate) scheme: Option<String>,
    /// The place, for messages: `` header `x-api-key` ``.
    pub(crate) place: String,
    /// What was signed, where a signature authenticates: lines for the transcript.
    pub(crate) signed: Vec<String>,
    /// The public half of the credential, where servers tell it from the secret one.
    pub(crate) key: Option<String>,
    /// How far HTTP Digest has come.
    pub(crate) digest: Option<Digest>,
    /// What is on the wire in the name of the credential.
    pub(crate) bearer: Bearer,
}

/// What is sent in the name of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Bearer {
    /// The credential itself, or what it signs.
    #[default]
    Credential,
    /// The credential itself, to log in with: in whatever part of the request the app wants it.
    Login,
    /// A token that this server issued a moment ago, when it accepted the credential.
    Token,
}

/// How far HTTP Digest has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Digest {
    /// The request carries no credential: it asks for a challenge.
    Asking,
    /// It carries the answer to one.
    Answering(Box<Proof>),
}

/// The scheme word of an `Authorization` template: `Bearer {api_key}` has one, `{api_key}` has none of ours.
pub(super) fn scheme_in(template: &str) -> Option<String> {
    let (word, _) = template.split_once(' ')?;
    (!word.contains('{')).then(|| word.to_ascii_lowercase())
}
