//! What talking to an authorization server takes.

use std::time::Duration;

use crate::model::app::Recipe;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::oauth2::Oauth2Recipe;
use crate::model::scrub::Scrubber;
use crate::wire::Wire;
use crate::wire::transcript::Transcript;

/// Everything that talking to an authorization server takes.
#[derive(Debug, Clone, Copy)]
pub struct Dialogue<'a> {
    /// The app's recipe, if it has one.
    pub recipe: Option<&'a Recipe>,
    /// The connection.
    pub connection: &'a Connection,
    /// Its values.
    pub credential: &'a Credential,
    /// Where the API is, and the double that stands in for everything, if any.
    pub endpoint: &'a Endpoint,
    /// The wire.
    pub wire: &'a Wire,
    /// Where what is said is written down.
    pub transcript: &'a Transcript<'a>,
    /// Masks secrets, those met on the way too.
    pub scrubber: &'a Scrubber,
    /// How long each answer is waited for at least, whatever is left of the attempt's own time.
    pub patience: Duration,
}

impl<'a> Dialogue<'a> {
    /// What the recipe knows of the server.
    pub(super) fn known(&self) -> Option<&'a Oauth2Recipe> {
        self.recipe.and_then(|recipe| recipe.oauth2.as_deref())
    }

    /// How a secret of the connection is called where it is masked.
    pub(super) fn label(&self, field: &str) -> String {
        format!("{}.{field}", self.connection.name)
    }
}
