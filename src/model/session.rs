//! Sessions: a login that brings a token, the token in every later request, and a logout.

use super::probe::{HttpConditions, HttpRefusal, HttpRequest};
use super::query::JsonQuery;

/// The field of a credential that the token of a session is kept under while the session lasts; templates name it.
pub const TOKEN: &str = "session_token";

/// How an app's sessions work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPlace {
    /// What is asked first, with the secrets in it.
    pub login: Login,
    /// Where the token is in the answer.
    pub token: TokenSource,
    /// Where it goes in every later request.
    pub sent: TokenPlace,
    /// What is asked at the end, with the token.
    pub logout: Option<HttpRequest>,
}

/// The request that opens a session, and the rules that its answer is read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The request. Unlike those of a probe it may name secret fields, in its query, its headers and its body.
    pub request: HttpRequest,
    /// User name and password of an HTTP Basic header, as templates.
    pub basic: Option<(Box<str>, Box<str>)>,
    /// Every one must hold. Empty: a 2xx answer that is not an HTML page.
    pub accept: HttpConditions,
    /// The first whose conditions all hold decides the cause.
    pub refuse: Vec<HttpRefusal>,
}

/// Where the token is in the answer to a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// In the JSON body: a text or a number.
    Json(JsonQuery),
    /// In a header.
    Header(Box<str>),
    /// In a cookie of this name.
    Cookie(Box<str>),
}

/// Where the token goes in later requests. Values are templates that name it: `Bearer {session_token}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenPlace {
    /// In a header.
    Header {
        /// The header's name.
        name: Box<str>,
        /// The template of its value.
        value: Box<str>,
    },
    /// In the query.
    Query {
        /// The parameter's name.
        name: Box<str>,
        /// The template of its value.
        value: Box<str>,
    },
}
