//! Floor 2: the interview. Asks what a step needs to know of its connection and judges the answers.

mod ftp;

use crate::model::app::{App, Recipe};
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::probe::ProbeSpec;
use crate::model::scrub::Scrubber;

/// Who is interviewed, and about what.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The app.
    pub app: &'a App,
    /// Its recipe for the connection's scheme; none where the app has none (`http`, `ftp`).
    pub recipe: Option<&'a Recipe>,
    /// The selected connection.
    pub connection: &'a Connection,
    /// Its resolved values.
    pub credential: &'a Credential,
    /// Where it leads.
    pub endpoint: &'a Endpoint,
    /// What the step asks in place of the recipe's probe.
    pub probe: Option<&'a ProbeSpec>,
    /// Scopes that the step needs.
    pub requires: &'a [Box<str>],
    /// The account that it has to be.
    pub account: Option<&'a str>,
    /// Masks secrets in everything that is kept of the conversation.
    pub scrubber: &'a Scrubber,
}
