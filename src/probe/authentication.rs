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
}

/// How far HTTP Digest has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Digest {
    /// The request carries no credential: it asks for a challenge.
    Asking,
    /// It carries the answer to one.
    Answering(Box<Proof>),
}
