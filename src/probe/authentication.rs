//! How a request authenticates: for the judge, and for messages.

/// How a request authenticates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// The scheme of the `Authorization` header in lower case, where that is the place and a scheme is in it: `bearer`.
    pub(crate) scheme: Option<String>,
    /// The place, for messages: `` header `x-api-key` ``.
    pub(crate) place: String,
    /// What was signed, where a signature authenticates.
    pub(crate) signed: Option<String>,
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

/// The scheme word of an `Authorization` template: `Bearer {api_key}` has one, `{api_key}` has none of ours.
pub(super) fn scheme_in(template: &str) -> Option<String> {
    let (word, _) = template.split_once(' ')?;
    (!word.contains('{')).then(|| word.to_ascii_lowercase())
}
