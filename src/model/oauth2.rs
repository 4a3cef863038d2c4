//! OAuth 2.0 (RFC 6749): how a token is obtained, and what a recipe knows of the servers that issue it.

use super::query::JsonQuery;

/// How an access token is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grant {
    /// By the client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// By a code that a person's browser brings (RFC 6749 section 4.1, with PKCE by RFC 7636).
    AuthorizationCode,
    /// By a refresh token that somebody has obtained elsewhere (RFC 6749 section 6).
    RefreshToken,
    /// By a code that a person types on another device (RFC 8628).
    DeviceCode,
    /// By a person's user name and password (RFC 6749 section 4.3).
    Password,
}

impl Grant {
    /// All grants, in the order of the documentation.
    pub const ALL: [Grant; 5] =
        [Grant::ClientCredentials, Grant::AuthorizationCode, Grant::RefreshToken, Grant::DeviceCode, Grant::Password];

    /// The word in connections and recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Grant::ClientCredentials => "client-credentials",
            Grant::AuthorizationCode => "authorization-code",
            Grant::RefreshToken => "refresh-token",
            Grant::DeviceCode => "device-code",
            Grant::Password => "password",
        }
    }

    /// The grant with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Grant::ALL.into_iter().find(|grant| grant.name() == name)
    }

    /// The grant of a connection that states none, by the fields that it has.
    #[must_use]
    pub fn likely(has: &dyn Fn(&str) -> bool) -> Self {
        if has("refresh_token") {
            Grant::RefreshToken
        } else if has("access_token") {
            Grant::AuthorizationCode
        } else if has("username") && has("password") {
            Grant::Password
        } else {
            Grant::ClientCredentials
        }
    }

    /// Whether a person has given it, once: such a grant can be kept alive by refreshing, and not be made anew without them.
    #[must_use]
    pub const fn needs_person(self) -> bool {
        !matches!(self, Grant::ClientCredentials | Grant::Password)
    }
}

/// How a client proves itself to a token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientAuth {
    /// HTTP Basic, id and secret form-encoded first (RFC 6749 section 2.3.1).
    Basic,
    /// Id and secret in the form (RFC 6749 section 2.3.1).
    Post,
    /// An assertion that its private key has signed (RFC 7523 section 2.2).
    PrivateKeyJwt,
    /// Not at all: a public client, which states its id alone.
    None,
}

impl ClientAuth {
    /// All ways, in the order of the documentation.
    pub const ALL: [ClientAuth; 4] = [ClientAuth::Basic, ClientAuth::Post, ClientAuth::PrivateKeyJwt, ClientAuth::None];

    /// The word in connections and recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ClientAuth::Basic => "basic",
            ClientAuth::Post => "post",
            ClientAuth::PrivateKeyJwt => "private-key-jwt",
            ClientAuth::None => "none",
        }
    }

    /// The way with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ClientAuth::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// Where the parameters of a token request stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ParameterPlace {
    /// In a form body, as RFC 6749 has it.
    #[default]
    Body,
    /// In the query, where an app insists on it.
    Query,
}

impl ParameterPlace {
    /// Both places.
    pub const ALL: [ParameterPlace; 2] = [ParameterPlace::Body, ParameterPlace::Query];

    /// The word in connections and recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ParameterPlace::Body => "body",
            ParameterPlace::Query => "query",
        }
    }

    /// The place with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ParameterPlace::ALL.into_iter().find(|place| place.name() == name)
    }
}

/// The fields of a connection that hold URLs of an authorization server. A recipe may state each of them too.
pub const URL_FIELDS: [&str; 6] =
    ["issuer", "token_url", "authorize_url", "device_url", "introspection_url", "revocation_url"];

/// What a recipe knows of an app's authorization server. The connection's own fields win over it.
#[derive(Debug, Clone, Default)]
pub struct Oauth2Recipe {
    /// The usual grant.
    pub grant: Option<Grant>,
    /// URLs by the name of the connection's field ([`URL_FIELDS`]): templates that may name public fields.
    pub urls: Vec<(Box<str>, Box<str>)>,
    /// How clients prove themselves.
    pub client_auth: Option<ClientAuth>,
    /// A public client that everybody may use.
    pub client_id: Option<Box<str>>,
    /// The scopes to ask for when the connection states none.
    pub scopes: Vec<Box<str>>,
    /// What stands between scopes: a space by RFC 6749 section 3.3, a comma with some.
    pub separator: Option<Box<str>>,
    /// Whether the server refuses the parameters of PKCE.
    pub without_pkce: bool,
    /// Parameters of the authorization request beside those of the RFC: `access_type: offline`.
    pub authorize: Vec<(Box<str>, Box<str>)>,
    /// Parameters of token requests beside those of the RFC: `audience`.
    pub token: Vec<(Box<str>, Box<str>)>,
    /// Where the parameters of a refresh stand.
    pub refresh_in: ParameterPlace,
    /// Where the access token stands in a token answer, when it is not `$.access_token`.
    pub access_token: Option<JsonQuery>,
}

impl Oauth2Recipe {
    /// A URL by the name of its field.
    #[must_use]
    pub fn url(&self, field: &str) -> Option<&str> {
        self.urls.iter().find(|(name, _)| **name == *field).map(|(_, url)| &**url)
    }
}
