//! What a probe asks and what it takes for an answer.

use super::query::JsonQuery;

use super::cause::Cause;

/// What to do to find out whether a connection works.
#[derive(Debug, Clone)]
pub enum ProbeSpec {
    /// An HTTP request with rules to read the answer by.
    Http(Box<HttpProbe>),
    /// An FTP session.
    Ftp(FtpProbe),
    /// Shopify's Admin API.
    Shopify(ShopifyProbe),
    /// Obtain an OAuth token and stop there.
    OauthToken,
}

/// One HTTP check: a request, and the rules that its answer is read by.
#[derive(Debug, Clone)]
pub struct HttpProbe {
    /// What is asked.
    pub request: HttpRequest,
    /// Every one must hold for a pass: the positive evidence. Empty: a 2xx answer that is not an HTML page.
    pub accept: HttpConditions,
    /// The first whose conditions all hold decides the cause. Tried before anything else.
    pub refuse: Vec<HttpRefusal>,
    /// Whose account it is.
    pub account: Option<JsonQuery>,
    /// The scopes that were granted.
    pub scopes: Option<JsonQuery>,
    /// Permission checks, asked after the first check has passed. A 403 here is a missing permission by construction.
    pub then: Vec<PermissionCheck>,
}

/// One check of a permission, after authentication has succeeded.
#[derive(Debug, Clone)]
pub struct PermissionCheck {
    /// What is asked.
    pub request: HttpRequest,
    /// What it shows: the scope or the right in the provider's words.
    pub needs: Box<str>,
    /// Every one must hold. Empty: a 2xx answer that is not an HTML page.
    pub accept: HttpConditions,
}

/// A request as written, before the credential is placed in it. Values are templates that may name public fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, upper-case.
    pub method: Box<str>,
    /// The path below the base URL, starting with a slash.
    pub path: Box<str>,
    /// Query parameters, in order.
    pub query: Vec<(Box<str>, Box<str>)>,
    /// Headers, in order.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// The body.
    pub body: Option<Box<HttpBody>>,
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpBody {
    /// Sent as `application/json`.
    Json(serde_json::Value),
    /// Sent as `application/x-www-form-urlencoded`.
    Form(Vec<(Box<str>, Box<str>)>),
    /// Sent as it is, `text/plain` unless a header says otherwise.
    Text(Box<str>),
}

/// Conditions on an answer; all of them must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpConditions {
    /// The status is one of these.
    pub status: Vec<StatusMatch>,
    /// Headers, by lower-case name.
    pub headers: Vec<(Box<str>, ValueMatch)>,
    /// Values in the JSON body.
    pub json: Vec<(JsonQuery, ValueMatch)>,
    /// The body as text.
    pub text: Option<Box<ValueMatch>>,
}

impl HttpConditions {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.status.is_empty() && self.headers.is_empty() && self.json.is_empty() && self.text.is_none()
    }
}

/// A status, or a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusMatch {
    /// Exactly this one.
    Code(u16),
    /// `2xx`: the first digit.
    Family(u8),
}

impl StatusMatch {
    /// Whether this status is meant.
    #[must_use]
    pub const fn matches(self, status: u16) -> bool {
        match self {
            StatusMatch::Code(code) => code == status,
            StatusMatch::Family(digit) => status / 100 == digit as u16,
        }
    }
}

/// What a value has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueMatch {
    /// It is there and is not null.
    Exists,
    /// It is this. For headers, `application/json` also matches with parameters after it.
    Equals(serde_json::Value),
    /// It matches this regular expression somewhere. Valid, but compiled at use: thousands of compiled ones would not be flat.
    Matches(Box<str>),
}

/// A rule that reads an answer as a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRefusal {
    /// All must hold.
    pub when: HttpConditions,
    /// What it means.
    pub cause: Cause,
    /// What to do about it, in place of the usual remedy.
    pub remedy: Option<Box<str>>,
}

/// What to try on an FTP server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FtpProbe {
    /// The directory that the step uses; the login directory when none is given.
    pub directory: Option<Box<str>>,
    /// Whether to store, measure and delete a uniquely named file there.
    pub write: bool,
    /// A file pattern with `*` that has to match something in the listing.
    pub file: Option<Box<str>>,
}

/// What to ask a Shopify store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopifyProbe {
    /// Scopes that the step needs.
    pub scopes: Vec<Box<str>>,
    /// The API version to ask for, as `YYYY-MM`; the connection's, or the newest stable one, when not given.
    pub api_version: Option<Box<str>>,
}
