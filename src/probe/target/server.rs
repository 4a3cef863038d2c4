//! Where an app's authorization server is: its endpoints, checked like every place that a secret may go to.

use url::Url;

use super::{Target, base_url, encrypted, reachable, template};
use crate::model::app::Recipe;
use crate::model::connection::Connection;
use crate::model::endpoint::Address;
use crate::model::oauth2::URL_FIELDS;
use crate::model::verdict::Judgement;

/// One endpoint of an authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl {
    /// Scheme, host and port.
    pub(crate) address: Address,
    /// The path, percent-encoded, exactly as stated.
    pub(crate) path: String,
    /// Parameters that the URL brings with it (RFC 6749 sections 3.1 and 3.2 allow them).
    pub(crate) query: Vec<(Box<str>, Box<str>)>,
}

impl ServerUrl {
    /// Reads a URL; `field` is where it was stated.
    pub(crate) fn read(field: &str, written: &str, connection: &Connection) -> Result<Self, Judgement> {
        let (base, query) = written.split_once('?').unwrap_or((written, ""));
        let target = base_url::read(field, base)?;
        ServerUrl::checked(target, base, query, connection)
    }

    /// The same of a recipe's template.
    fn filled(written: &str, connection: &Connection) -> Result<Self, Judgement> {
        let (base, query) = written.split_once('?').unwrap_or((written, ""));
        let target = template::fill(base, connection)?;
        let slash = if base.ends_with('/') { "/" } else { "" };
        let whole = format!("{}{}{slash}", target.address, target.base_path);
        ServerUrl::checked(target, &whole, query, connection)
    }

    fn checked(target: Target, whole: &str, query: &str, connection: &Connection) -> Result<Self, Judgement> {
        encrypted(&target, connection)?;
        let target = reachable(target)?;
        // The path as it stands: a slash at its end belongs to it, other than in a base URL.
        let path = Url::parse(whole).map_or_else(|_| target.base_path.to_string(), |url| url.path().to_owned());
        let query = url::form_urlencoded::parse(query.as_bytes());
        let query = query.map(|(name, value)| (name.into(), value.into())).collect();
        Ok(ServerUrl { address: target.address, path, query })
    }

    /// The URL without its parameters, as messages and assertions name it.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.address, self.path)
    }
}

/// An endpoint by the name of its field: the connection's own, else the recipe's. None where neither states it.
///
/// # Errors
/// A judgement in phase `resolve`: `field-missing`, `field-format` or `destination-refused`.
pub(crate) fn server_url(
    recipe: Option<&Recipe>,
    connection: &Connection,
    field: &str,
) -> Result<Option<ServerUrl>, Judgement> {
    let own = connection.public(field).map(str::trim).filter(|text| !text.is_empty());
    if let Some(written) = own {
        return ServerUrl::read(field, written, connection).map(Some);
    }
    let known = recipe.and_then(|recipe| recipe.oauth2.as_ref()).and_then(|known| known.url(field));
    known.map(|written| ServerUrl::filled(written, connection)).transpose()
}

/// A URL of the server that hands OAuth 1.0a tokens out, by its key. None where the recipe names no such server.
///
/// # Errors
/// As [`server_url`].
pub(crate) fn oauth1_url(
    recipe: Option<&Recipe>,
    connection: &Connection,
    key: &str,
) -> Result<Option<ServerUrl>, Judgement> {
    let known = recipe.and_then(|recipe| recipe.oauth1.as_ref()).and_then(|known| known.url(key));
    known.map(|written| ServerUrl::filled(written, connection)).transpose()
}

/// Everywhere that an authorization server may get secrets of a connection. The page for people is not among it: the browser opens that.
pub(super) fn addresses(recipe: Option<&Recipe>, connection: &Connection) -> Result<Vec<Address>, Judgement> {
    let fields = URL_FIELDS.into_iter().filter(|field| *field != "authorize_url");
    let found = fields.map(|field| server_url(recipe, connection, field));
    let found = found.chain(["request_url", "token_url"].map(|key| oauth1_url(recipe, connection, key)));
    found.filter_map(Result::transpose).map(|url| url.map(|url| url.address)).collect()
}
