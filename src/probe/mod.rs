//! Floor 2: the interview. Asks what a step needs to know of its connection and judges the answers.

mod authentication;
pub mod catalog;
mod digest;
mod ftp;
mod http;
mod judge;
mod jwt;
mod oauth1;
mod placement;
mod shopify;
mod sigv4;
pub mod target;

use crate::model::app::{App, Recipe};
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::evidence::Finding;
use crate::model::phase::Phase;
use crate::model::probe::{FtpProbe, HttpProbe, ProbeSpec, ShopifyProbe};
use crate::model::scheme::Scheme;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;
use crate::wire::Wire;

pub use self::target::{Target, target};

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
    /// Where it leads, and the double that stands in, if any. `declared` is the address of [`target()`].
    pub endpoint: &'a Endpoint,
    /// The path of the base URL, from [`Target::base_path`].
    pub base_path: &'a str,
    /// What the step asks in place of the recipe's probe.
    pub probe: Option<&'a ProbeSpec>,
    /// Scopes that the step needs.
    pub requires: &'a [Box<str>],
    /// The account that it has to be.
    pub account: Option<&'a str>,
    /// Masks secrets in everything that is kept of the conversation.
    pub scrubber: &'a Scrubber,
}

/// What is spoken with this subject.
enum Interview<'a> {
    Http(&'a HttpProbe),
    Ftp(Option<&'a FtpProbe>),
    Shopify(Option<&'a ShopifyProbe>),
    /// Nothing: why not.
    Nothing(&'static str),
    /// The step asks for a conversation that the connection is not made for: of which kind.
    Misfit(&'static str),
}

/// Finds out whether a step's connection works.
///
/// The conversations are boxed: a step that waits for its turn stays small.
pub async fn interview(subject: &Subject<'_>, wire: &Wire) -> Finding {
    match choose(subject) {
        Interview::Http(probe) => Box::pin(http::probe(subject, probe, wire)).await,
        Interview::Ftp(spec) => Box::pin(ftp::probe(subject, spec.unwrap_or(&FtpProbe::default()), wire)).await,
        Interview::Shopify(spec) => {
            Box::pin(shopify::probe(subject, spec.unwrap_or(&ShopifyProbe::default()), wire)).await
        }
        Interview::Nothing(why) => no_probe(why),
        Interview::Misfit(kind) => misfit(subject, kind),
    }
}

/// The step's own probe, else the one that the scheme or the recipe brings.
fn choose<'a>(subject: &Subject<'a>) -> Interview<'a> {
    match (subject.probe, subject.connection.scheme) {
        (Some(ProbeSpec::OauthToken), _) | (_, Scheme::Oauth2) => {
            Interview::Nothing("OAuth 2.0 connections are probed by a later version of tugtest")
        }
        (Some(ProbeSpec::Http(_)), Scheme::Ftp) => Interview::Misfit("http"),
        (Some(ProbeSpec::Http(probe)), _) => Interview::Http(probe),
        (Some(ProbeSpec::Ftp(spec)), Scheme::Ftp) => Interview::Ftp(Some(spec)),
        (Some(ProbeSpec::Ftp(_)), _) => Interview::Misfit("ftp"),
        (Some(ProbeSpec::Shopify(spec)), Scheme::ShopifyCustomApp) => Interview::Shopify(Some(spec)),
        (Some(ProbeSpec::Shopify(_)), _) => Interview::Misfit("shopify"),
        (None, Scheme::Ftp) => Interview::Ftp(None),
        (None, Scheme::ShopifyCustomApp) => Interview::Shopify(None),
        (None, Scheme::ApiKey | Scheme::KeySecret | Scheme::DomainLogin | Scheme::Oauth1) => {
            let probe = subject.recipe.and_then(|recipe| recipe.probe.as_ref());
            probe.map_or(Interview::Nothing("nothing is known that could be asked of this app"), Interview::Http)
        }
    }
}

/// Nothing was asked: `why` ends a sentence.
pub(crate) fn no_probe(why: &str) -> Finding {
    Finding::without_evidence(Judgement::of(
        Cause::NoProbe,
        Phase::Resolve,
        format!("Not tested: {why}."),
        "Add `probe: {http: {request: GET /path, accept: {status: 200}}}` to the step, or a recipe `apps/NAME.yaml`.",
    ))
}

fn misfit(subject: &Subject<'_>, kind: &str) -> Finding {
    let (name, scheme) = (&subject.connection.name, subject.connection.scheme);
    Finding::without_evidence(Judgement::of(
        Cause::ConfigInvalid,
        Phase::Resolve,
        format!("The step has a `probe: {kind}`, and the connection `{name}` is of type `{scheme}`; nothing was sent."),
        "Select another connection, or give the step the probe that fits this one.",
    ))
}
