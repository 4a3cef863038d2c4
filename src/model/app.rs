//! Apps and their recipes: what the catalogue knows of a service, as data.

use std::sync::Arc;

use super::hmac::HmacPlace;
use super::oauth1::Oauth1Recipe;
use super::oauth2::Oauth2Recipe;
use super::probe::HttpProbe;
use super::scheme::Scheme;
use super::session::SessionPlace;

/// An entry of the app catalogue.
#[derive(Debug, Clone)]
pub struct App {
    /// The name that steps and connections use.
    pub name: Arc<str>,
    /// The name for people.
    pub title: Box<str>,
    /// What a step of this app needs.
    pub kind: AppKind,
    /// One recipe for each kind of authentication that the app offers. Empty unless the kind is [`AppKind::Connected`].
    pub recipes: Vec<Recipe>,
}

impl App {
    /// The recipe for a scheme.
    #[must_use]
    pub fn recipe(&self, scheme: Scheme) -> Option<&Recipe> {
        self.recipes.iter().find(|recipe| recipe.scheme == scheme)
    }
}

/// What a step of an app needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppKind {
    /// A connection.
    Connected,
    /// A connection when one is selected; otherwise the store itself, which needs none (Shopify).
    SameStore,
    /// Nothing: a tool that is built into the builder.
    BuiltIn,
    /// Nothing: an app of the builder's own family.
    Shoppad,
}

impl AppKind {
    /// The word in recipes and listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AppKind::Connected => "app",
            AppKind::SameStore => "same-store",
            AppKind::BuiltIn => "built-in",
            AppKind::Shoppad => "shoppad",
        }
    }
}

/// How one app is reached with one kind of authentication.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The kind of authentication.
    pub scheme: Scheme,
    /// The fields with what a person needs to know to fill them in.
    pub fields: Vec<RecipeField>,
    /// The base URL; may name public fields: `https://{domain}.zendesk.com`. None for FTP and the app `http`.
    pub base_url: Option<Box<str>>,
    /// Where the secret goes. None where the scheme fixes it (FTP, Shopify) or the connection states it (`http`).
    pub place: Option<Placement>,
    /// Where the app hands OAuth 1.0a tokens out.
    pub oauth1: Option<Box<Oauth1Recipe>>,
    /// What is known of the app's authorization server.
    pub oauth2: Option<Box<Oauth2Recipe>>,
    /// The check that tells a good credential from a bad one.
    pub probe: Option<HttpProbe>,
    /// Where a person gets a new credential.
    pub renew: Option<Box<str>>,
    /// Whether the facts were checked against the vendor's documentation.
    pub verified: bool,
    /// Where the facts come from.
    pub sources: Vec<Box<str>>,
}

/// One field of a recipe.
#[derive(Debug, Clone)]
pub struct RecipeField {
    /// The key under `fields` of a connection.
    pub name: Box<str>,
    /// The name for people.
    pub label: Box<str>,
    /// What the value looks like: a regular expression for the whole value.
    pub pattern: Option<Box<str>>,
    /// Where to find the value.
    pub help: Option<Box<str>>,
    /// What it is where a connection does not state it. Public fields alone have one.
    pub usual: Option<Box<str>>,
}

/// Where a secret is put in a request. Values are templates that may name fields: `Bearer {api_key}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// In a header.
    Header {
        /// The header's name.
        name: Box<str>,
        /// The template of its value.
        value: Box<str>,
    },
    /// In several headers at once, where an app wants more than one proof.
    Headers(Vec<(Box<str>, Box<str>)>),
    /// In the query string.
    Query {
        /// The parameter's name.
        name: Box<str>,
        /// The template of its value.
        value: Box<str>,
    },
    /// An OAuth 1.0a signature (RFC 5849) over the whole request.
    Oauth1(Oauth1Place),
    /// A keyed hash over parts of the request.
    Hmac(Box<HmacPlace>),
    /// A token that a login brings.
    Session(Box<SessionPlace>),
    /// Nowhere: the client certificate has proved who we are before anything is asked.
    Certificate,
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The template of the user name.
        username: Box<str>,
        /// The template of the password.
        password: Box<str>,
    },
    /// HTTP Digest (RFC 7616): the answer to a challenge that the server is asked for first.
    Digest {
        /// The template of the user name.
        username: Box<str>,
        /// The template of the password.
        password: Box<str>,
    },
    /// AWS Signature Version 4 over the whole request. Both templates name public fields alone.
    Sigv4 {
        /// The template of the region.
        region: Box<str>,
        /// The template of the service.
        service: Box<str>,
    },
}

impl Placement {
    /// Whether what is placed is made of the request itself, and so is another each time.
    #[must_use]
    pub const fn signs(&self) -> bool {
        matches!(self, Placement::Oauth1(_) | Placement::Hmac(_))
    }
}

/// Where the parameters of OAuth 1.0a stand in a request (RFC 5849 section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Oauth1Place {
    /// In the `Authorization` header.
    Header,
    /// In the query.
    Query,
    /// In a form body.
    Form,
}

impl Oauth1Place {
    /// All places.
    pub const ALL: [Oauth1Place; 3] = [Oauth1Place::Header, Oauth1Place::Query, Oauth1Place::Form];

    /// The word in connections, recipes and fixtures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Oauth1Place::Header => "header",
            Oauth1Place::Query => "query",
            Oauth1Place::Form => "form",
        }
    }

    /// The place with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Oauth1Place::ALL.into_iter().find(|place| place.name() == name)
    }
}
