//! Floor 2: the interview. Asks what a step needs to know of its connection and judges the answers.

mod account;
mod authentication;
pub mod catalog;
mod digest;
mod filled;
mod found;
mod ftp;
mod hmac;
mod http;
mod judge;
mod jwt;
pub mod oauth1;
pub mod oauth2;
mod placement;
mod scopes;
mod session;
mod shopify;
mod sigv4;
pub mod target;

use crate::model::app::{App, Placement, Recipe};
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
use crate::wire::transcript::Transcript;

use self::found::Found;
use self::oauth2::Rest;
use self::oauth2::keep::Keeper;

pub use self::placement::place_of;
pub use self::target::{Target, target};

/// Who is interviewed, and about what.
#[derive(Debug, Clone, Copy)]
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
    /// Whether tokens that have expired may be refreshed; the connection may say so too.
    pub may_refresh: bool,
    /// Keeps tokens that are obtained.
    pub keeper: &'a dyn Keeper,
    /// Masks secrets in everything that is kept of the conversation.
    pub scrubber: &'a Scrubber,
}

/// What is spoken with this subject.
enum Interview<'a> {
    Http(&'a HttpProbe),
    Ftp(Option<&'a FtpProbe>),
    Shopify(Option<&'a ShopifyProbe>),
    /// A token, and nothing that is asked with it.
    Token,
    /// Nothing: why not.
    Nothing(&'static str),
    /// The step asks for a conversation that the connection is not made for: of which kind.
    Misfit(&'static str),
}

/// Finds out whether a step's connection works.
///
/// The conversations are boxed: a step that waits for its turn stays small.
pub async fn interview(subject: &Subject<'_>, wire: &Wire) -> Finding {
    let usual = ShopifyProbe::default();
    let rest = match choose(subject) {
        Interview::Http(probe) => Rest::Http(probe),
        Interview::Shopify(spec) => Rest::Shopify(spec.unwrap_or(&usual)),
        Interview::Token => Rest::Token,
        Interview::Ftp(spec) => return Box::pin(ftp::probe(subject, spec.unwrap_or(&FtpProbe::default()), wire)).await,
        Interview::Nothing(why) => return no_probe(why),
        Interview::Misfit(kind) => return misfit(subject, kind),
    };
    match oauth2::grant(subject) {
        Some(grant) => Box::pin(oauth2::probe(subject, grant, rest, wire)).await,
        None => Box::pin(plain(subject, rest, wire)).await,
    }
}

/// An interview with the credential as it is stored.
async fn plain(subject: &Subject<'_>, rest: Rest<'_>, wire: &Wire) -> Finding {
    let transcript = Transcript::begin(subject.scrubber);
    let mut found = Found::default();
    let judgement = match rest {
        Rest::Http(probe) => match place_of(subject.connection, subject.recipe) {
            Some(Placement::Session(place)) => {
                session::probe(subject, &place, probe, wire, &transcript, &mut found).await
            }
            _ => http::probe(subject, probe, wire, &transcript, None, &mut found).await,
        },
        Rest::Shopify(spec) => shopify::probe(subject, spec, wire, &transcript, &mut found).await,
        Rest::Token => return misfit(subject, "oauth-token"),
    };
    found.finding(judgement, transcript)
}

/// The step's own probe, else the one that the scheme or the recipe brings.
fn choose<'a>(subject: &Subject<'a>) -> Interview<'a> {
    match (subject.probe, subject.connection.scheme) {
        (Some(ProbeSpec::OauthToken), Scheme::Oauth2 | Scheme::ShopifyCustomApp) => Interview::Token,
        (Some(ProbeSpec::OauthToken), _) => Interview::Misfit("oauth-token"),
        (Some(ProbeSpec::Http(_)), Scheme::Ftp) => Interview::Misfit("http"),
        (Some(ProbeSpec::Http(probe)), _) => Interview::Http(probe),
        (Some(ProbeSpec::Ftp(spec)), Scheme::Ftp) => Interview::Ftp(Some(spec)),
        (Some(ProbeSpec::Ftp(_)), _) => Interview::Misfit("ftp"),
        (Some(ProbeSpec::Shopify(spec)), Scheme::ShopifyCustomApp) => Interview::Shopify(Some(spec)),
        (Some(ProbeSpec::Shopify(_)), _) => Interview::Misfit("shopify"),
        (None, Scheme::Ftp) => Interview::Ftp(None),
        (None, Scheme::ShopifyCustomApp) => Interview::Shopify(None),
        (None, Scheme::Oauth2) => {
            let probe = subject.recipe.and_then(|recipe| recipe.probe.as_ref());
            probe.map_or(Interview::Token, Interview::Http)
        }
        (
            None,
            Scheme::ApiKey | Scheme::KeySecret | Scheme::DomainLogin | Scheme::ClientCertificate | Scheme::Oauth1,
        ) => {
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
