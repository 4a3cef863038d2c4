//! How a request authenticates: for the judge, and for messages.

/// How a request authenticates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// The scheme of the `Authorization` header in lower case, where that is the place and a scheme is in it: `bearer`.
    pub(crate) scheme: Option<String>,
    /// The place, for messages: `` header `x-api-key` ``.
    pub(crate) place: String,
    /// What was signed, where a signature authenticates.
    pub(crate) signed: Option<String>,
}
