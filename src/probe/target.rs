//! Where a connection leads: its declared address, normalised and checked before anything is sent.

mod base_url;
mod ftp;
mod server;
mod template;
pub(crate) use self::server::{ServerUrl, oauth1_url, server_url};
pub(crate) use self::template::SEGMENT;

use std::net::IpAddr;

use crate::model::app::{App, Recipe};
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::scheme::Scheme;
use crate::model::shop;
use crate::model::verdict::Judgement;
use crate::wire::tcp::Reach;

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Scheme, host and port.
    pub address: Address,
    /// The path of the base URL, percent-encoded, without a slash at its end: empty, or `/wp-json/wc/v3`. Empty for FTP.
    pub base_path: Box<str>,
}

impl Target {
    /// Whether secrets would cross a network in clear there.
    #[must_use]
    pub fn is_cleartext(&self) -> bool {
        matches!(&*self.address.scheme, "http" | "ftp") && !is_loopback(&self.address.host)
    }
}

/// Where this connection leads, by its own fields and the app's recipe.
///
/// # Errors
/// A judgement in phase `resolve`: `field-missing`, `field-format` or `destination-refused`.
pub fn target(app: &App, recipe: Option<&Recipe>, connection: &Connection) -> Result<Target, Judgement> {
    if connection.scheme == Scheme::Ftp {
        let address = ftp::address(connection)?;
        return reachable(Target { address, base_path: "".into() });
    }
    let own = connection.public("base_url").map(str::trim).filter(|text| !text.is_empty());
    let target = match (own, connection.scheme) {
        (Some(written), Scheme::ShopifyCustomApp) => stand_in_for_shopify(base_url::read("base_url", written)?)?,
        (Some(written), _) => base_url::read("base_url", written)?,
        (None, Scheme::ShopifyCustomApp) => {
            let host = shopify_host(connection.public("shop").unwrap_or_default())?;
            base_url::read("shop", &format!("https://{host}"))?
        }
        (None, scheme) => {
            let domain = (scheme == Scheme::DomainLogin).then_some("https://{domain}");
            match recipe.and_then(|recipe| recipe.base_url.as_deref()).or(domain) {
                Some(written) => template::fill(written, connection)?,
                None => at_server(app, recipe, connection)?,
            }
        }
    };
    encrypted(&target, connection)?;
    reachable(target)
}

/// An OAuth 2.0 connection without an API leads to its authorization server: a token can be obtained there, or asked about.
fn at_server(app: &App, recipe: Option<&Recipe>, connection: &Connection) -> Result<Target, Judgement> {
    for field in ["token_url", "issuer", "introspection_url"] {
        if let Some(url) = server_url(recipe, connection, field)? {
            return Ok(Target { address: url.address, base_path: "".into() });
        }
    }
    Err(missing("base_url", &format!("and the app `{}` has none of its own", app.name)))
}

/// Everywhere that a connection's secrets may go: its target, and the endpoints of an authorization server.
///
/// # Errors
/// As [`target`].
pub fn destination(app: &App, recipe: Option<&Recipe>, connection: &Connection) -> Result<Vec<Address>, Judgement> {
    let mut places = vec![target(app, recipe, connection)?.address];
    places.extend(server::addresses(recipe, connection)?);
    Ok(places)
}

/// A secret goes over `http://` only on loopback, or where the connection says so.
fn encrypted(target: &Target, connection: &Connection) -> Result<(), Judgement> {
    let address = &target.address;
    let allowed = connection.public("allow_cleartext").is_some_and(|text| text.trim() == "true");
    if *address.scheme != *"http" || allowed || is_loopback(&address.host) {
        return Ok(());
    }
    Err(Judgement::of(
        Cause::DestinationRefused,
        Phase::Resolve,
        format!("Refusing to send a secret to {address}: without TLS everybody on the way can read it."),
        "Write `https://`. If the network in between is yours alone, say `allow_cleartext: true` in the connection.",
    ))
}

/// No secret goes to link-local addresses, whatever names them.
fn reachable(target: Target) -> Result<Target, Judgement> {
    match target.address.host.parse::<IpAddr>().map(|ip| Reach::Anywhere.allows(ip)) {
        Ok(Err(obstacle)) => {
            let judgement = obstacle.judgement(&target.address);
            Err(Judgement { cause: Some(Cause::DestinationRefused), phase: Phase::Resolve, ..judgement })
        }
        _ => Ok(target),
    }
}

/// Whether a host is this machine by its name alone (RFC 6761 section 6.3) or by its address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let address = || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    name == "localhost" || name.ends_with(".localhost") || address()
}

/// The host of a Shopify store, from what people write: `acme`, `acme.myshopify.com`, or a URL of its admin.
fn shopify_host(shop: &str) -> Result<String, Judgement> {
    if shop.trim().is_empty() {
        return Err(missing("shop", "so there is no store to ask"));
    }
    shop::normalise(shop).map_err(|reason| {
        let what = format!("{} {reason}", quoted(shop));
        malformed("shop", &what, "Write `NAME.myshopify.com`; the admin shows it under Settings > Domains.")
    })
}

/// A base URL of a Shopify connection may name a store or a stand-in on this machine; anything else would get the token.
fn stand_in_for_shopify(target: Target) -> Result<Target, Judgement> {
    let host = &target.address.host;
    if is_loopback(host) || host.ends_with(".myshopify.com") {
        return Ok(target);
    }
    Err(Judgement::of(
        Cause::DestinationRefused,
        Phase::Resolve,
        format!("Refusing to send a Shopify token to `{host}`: it is not a store of Shopify's."),
        "Leave `base_url` away and write `shop: NAME.myshopify.com`.",
    ))
}

/// A field that has to be filled in and is not: `why` ends the sentence.
fn missing(field: &str, why: &str) -> Judgement {
    Judgement::of(
        Cause::FieldMissing,
        Phase::Resolve,
        format!("Field `{field}` is empty, {why}."),
        format!("Fill in `{field}` in the connection."),
    )
}

/// A field whose form cannot be right: `what` ends the sentence.
fn malformed(field: &str, what: &str, remedy: &str) -> Judgement {
    Judgement::of(Cause::FieldFormat, Phase::Resolve, format!("Field `{field}` cannot be right: {what}."), remedy)
}

/// A public value as messages quote it. One that may hold a login is not quoted at all.
fn quoted(value: &str) -> String {
    if value.contains(['@', '?']) {
        return format!("a text of {} characters", value.chars().count());
    }
    let short: String = value.chars().take(80).collect();
    format!("`{short}`")
}

#[cfg(test)]
mod tests;
