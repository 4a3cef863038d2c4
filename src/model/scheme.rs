//! Schemes: the kinds of authentication, and the fields that a connection of each kind has.

use std::fmt;

/// A kind of authentication, as the `type` of a connection names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// One secret value, placed where the app wants it.
    ApiKey,
    /// A public key and a secret, usually sent as HTTP Basic.
    KeySecret,
    /// A domain, a user name and a password or token.
    DomainLogin,
    /// A client certificate and nothing else.
    ClientCertificate,
    /// OAuth 1.0a signatures (RFC 5849).
    Oauth1,
    /// OAuth 2.0 grants (RFC 6749).
    Oauth2,
    /// FTP, FTPS and SFTP accounts.
    Ftp,
    /// A token of a custom app in a Shopify store.
    ShopifyCustomApp,
}

/// One field that a scheme knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemeField {
    /// The key under `fields`.
    pub name: &'static str,
    /// Whether its value is a secret.
    pub secret: bool,
    /// Whether a connection without it is not valid.
    pub required: bool,
}

const fn secret(name: &'static str, required: bool) -> SchemeField {
    SchemeField { name, secret: true, required }
}

const fn public(name: &'static str, required: bool) -> SchemeField {
    SchemeField { name, secret: false, required }
}

/// Fields that every HTTP connection may state, whatever its scheme.
pub const HTTP_FIELDS: &[SchemeField] = &[
    public("base_url", false),
    public("place", false),
    public("ca_file", false),
    public("client_cert", false),
    secret("client_key", false),
    public("allow_cleartext", false),
    public("proxy", false),
];

const API_KEY: &[SchemeField] = &[secret("api_key", true)];

const KEY_SECRET: &[SchemeField] = &[public("key", true), secret("secret", true), secret("session_token", false)];

const DOMAIN_LOGIN: &[SchemeField] = &[public("domain", true), public("username", true), secret("password", true)];

const CLIENT_CERTIFICATE: &[SchemeField] = &[public("client_cert", true), secret("client_key", true)];

const OAUTH1: &[SchemeField] = &[
    public("consumer_key", true),
    secret("consumer_secret", false),
    public("token", false),
    secret("token_secret", false),
    secret("private_key", false),
    public("signature_method", false),
    public("realm", false),
];

const OAUTH2: &[SchemeField] = &[
    public("grant", false),
    public("client_id", false),
    secret("client_secret", false),
    secret("access_token", false),
    secret("refresh_token", false),
    secret("private_key", false),
    secret("password", false),
    public("username", false),
    public("issuer", false),
    public("token_url", false),
    public("authorize_url", false),
    public("device_url", false),
    public("introspection_url", false),
    public("revocation_url", false),
    public("scopes", false),
    public("client_auth", false),
    public("key_id", false),
    public("refresh_in", false),
    public("expires_at", false),
    public("refresh", false),
];

const FTP: &[SchemeField] = &[
    public("protocol", false),
    public("host", true),
    public("port", false),
    public("username", true),
    secret("password", false),
    secret("private_key", false),
    secret("passphrase", false),
    public("host_key", false),
    public("known_hosts", false),
    public("ca_file", false),
    public("client_cert", false),
    secret("client_key", false),
    public("directory", false),
];

const SHOPIFY_CUSTOM_APP: &[SchemeField] = &[
    public("shop", true),
    secret("access_token", false),
    public("client_id", false),
    secret("client_secret", false),
    secret("refresh_token", false),
    public("expires_at", false),
    public("refresh", false),
    public("api_version", false),
];

impl Scheme {
    /// All schemes, in the order of the documentation.
    pub const ALL: [Scheme; 8] = [
        Scheme::ApiKey,
        Scheme::KeySecret,
        Scheme::DomainLogin,
        Scheme::ClientCertificate,
        Scheme::Oauth1,
        Scheme::Oauth2,
        Scheme::Ftp,
        Scheme::ShopifyCustomApp,
    ];

    /// The name in connection files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::ApiKey => "api-key",
            Scheme::KeySecret => "key-secret",
            Scheme::DomainLogin => "domain-login",
            Scheme::ClientCertificate => "client-certificate",
            Scheme::Oauth1 => "oauth1",
            Scheme::Oauth2 => "oauth2",
            Scheme::Ftp => "ftp",
            Scheme::ShopifyCustomApp => "shopify-custom-app",
        }
    }

    /// Older names, accepted wherever the name is.
    #[must_use]
    pub const fn aliases(self) -> &'static [&'static str] {
        match self {
            Scheme::ApiKey => &["text"],
            Scheme::DomainLogin => &["domain-username-password"],
            Scheme::ShopifyCustomApp => &["shopify-private-app"],
            _ => &[],
        }
    }

    /// The scheme with this name or alias.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Scheme> {
        Scheme::ALL.into_iter().find(|scheme| scheme.name() == name || scheme.aliases().contains(&name))
    }

    /// Whether it is spoken over HTTP, and so takes [`HTTP_FIELDS`] too.
    #[must_use]
    pub const fn is_http(self) -> bool {
        !matches!(self, Scheme::Ftp)
    }

    /// Its own fields. Shopify's alternatives (`access_token`, or `client_id` with `client_secret`) are checked by the loader.
    #[must_use]
    pub const fn fields(self) -> &'static [SchemeField] {
        match self {
            Scheme::ApiKey => API_KEY,
            Scheme::KeySecret => KEY_SECRET,
            Scheme::DomainLogin => DOMAIN_LOGIN,
            Scheme::ClientCertificate => CLIENT_CERTIFICATE,
            Scheme::Oauth1 => OAUTH1,
            Scheme::Oauth2 => OAUTH2,
            Scheme::Ftp => FTP,
            Scheme::ShopifyCustomApp => SHOPIFY_CUSTOM_APP,
        }
    }

    /// Looks a field up, the HTTP ones included.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static SchemeField> {
        let own = self.fields().iter().find(|field| field.name == name);
        own.or_else(|| {
            let shared = HTTP_FIELDS.iter().find(|field| field.name == name);
            shared.filter(|_| self.is_http())
        })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
