//! OAuth 1.0a (RFC 5849): what a recipe knows of the server that a person grants access at.

/// Where an app hands tokens out (RFC 5849 section 2): templates that may name public fields.
#[derive(Debug, Clone)]
pub struct Oauth1Recipe {
    /// Where temporary credentials are issued (section 2.1).
    pub request_url: Box<str>,
    /// Where a person grants access (section 2.2).
    pub authorize_url: Box<str>,
    /// Where they are exchanged for a token (section 2.3).
    pub token_url: Box<str>,
}

impl Oauth1Recipe {
    /// A URL by its key.
    #[must_use]
    pub fn url(&self, key: &str) -> Option<&str> {
        match key {
            "request_url" => Some(&self.request_url),
            "authorize_url" => Some(&self.authorize_url),
            "token_url" => Some(&self.token_url),
            _ => None,
        }
    }
}
