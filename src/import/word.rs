//! Words for fields: what other places call what a scheme has.

use super::app::{Known, KnownScheme};
use crate::model::scheme::{HTTP_FIELDS, Scheme};

/// Other words for a scheme's fields. A word means a field only in the schemes that have it here.
const ALIASES: &[(Scheme, &str, &[&str])] = &[
    (
        Scheme::ApiKey,
        "api_key",
        &[
            "KEY",
            "TOKEN",
            "ACCESS_TOKEN",
            "API_TOKEN",
            "AUTH_TOKEN",
            "SECRET",
            "SECRET_KEY",
            "API_SECRET",
            "ACCESS_KEY",
            "PRIVATE_KEY",
            "PRIVATE_API_KEY",
            "PASSWORD",
            "PASS",
            "PAT",
            "TEXT",
            "VALUE",
        ],
    ),
    (
        Scheme::KeySecret,
        "key",
        &["API_KEY", "CONSUMER_KEY", "CLIENT_ID", "ACCESS_KEY", "PUBLIC_KEY", "USERNAME", "USER", "LOGIN"],
    ),
    (
        Scheme::KeySecret,
        "secret",
        &[
            "API_SECRET",
            "SECRET_KEY",
            "KEY_SECRET",
            "CONSUMER_SECRET",
            "CLIENT_SECRET",
            "PRIVATE_KEY",
            "PASSWORD",
            "PASS",
        ],
    ),
    (Scheme::DomainLogin, "domain", &["SUBDOMAIN", "HOST", "HOSTNAME", "SERVER", "SHOP", "STORE", "ACCOUNT"]),
    (Scheme::DomainLogin, "username", &["USER", "LOGIN", "EMAIL"]),
    (
        Scheme::DomainLogin,
        "password",
        &["PASS", "PASSWD", "PWD", "TOKEN", "API_TOKEN", "ACCESS_TOKEN", "API_KEY", "KEY", "SECRET"],
    ),
    (Scheme::Oauth1, "consumer_key", &["KEY", "API_KEY", "CLIENT_ID"]),
    (Scheme::Oauth1, "consumer_secret", &["SECRET", "API_SECRET", "CLIENT_SECRET"]),
    (Scheme::Oauth1, "token", &["ACCESS_TOKEN"]),
    (Scheme::Oauth1, "token_secret", &["ACCESS_TOKEN_SECRET"]),
    (Scheme::Oauth2, "client_secret", &["SECRET"]),
    (Scheme::Oauth2, "access_token", &["TOKEN"]),
    (Scheme::Oauth2, "token_url", &["TOKEN_ENDPOINT", "ACCESS_TOKEN_URL"]),
    (Scheme::Oauth2, "authorize_url", &["AUTH_URL", "AUTHORIZATION_URL"]),
    (Scheme::Oauth2, "scopes", &["SCOPE"]),
    (Scheme::Ftp, "protocol", &["METHOD"]),
    (Scheme::Ftp, "host", &["HOSTNAME", "SERVER", "DOMAIN"]),
    (Scheme::Ftp, "username", &["USER", "LOGIN"]),
    (Scheme::Ftp, "password", &["PASS", "PASSWD", "PWD"]),
    (Scheme::Ftp, "private_key", &["KEY", "SSH_KEY"]),
    (Scheme::Ftp, "passphrase", &["PRIVATE_KEY_PASSPHRASE", "KEY_PASSPHRASE"]),
    (Scheme::Ftp, "host_key", &["FINGERPRINT", "HOST_KEY_FINGERPRINT"]),
    (Scheme::Ftp, "directory", &["DIR", "FOLDER", "PATH"]),
    (
        Scheme::ShopifyCustomApp,
        "shop",
        &[
            "STORE",
            "DOMAIN",
            "SHOP_DOMAIN",
            "STORE_DOMAIN",
            "SHOP_NAME",
            "STORE_NAME",
            "HOST",
            "URL",
            "SHOP_URL",
            "STORE_URL",
        ],
    ),
    // A private app had an API key, a password that served as the token, and a shared secret.
    (
        Scheme::ShopifyCustomApp,
        "access_token",
        &["TOKEN", "API_TOKEN", "PASSWORD", "PASS", "ADMIN_TOKEN", "ADMIN_ACCESS_TOKEN", "ADMIN_API_ACCESS_TOKEN"],
    ),
    (Scheme::ShopifyCustomApp, "client_id", &["API_KEY", "KEY"]),
    (
        Scheme::ShopifyCustomApp,
        "client_secret",
        &["API_SECRET", "API_SECRET_KEY", "SHARED_SECRET", "SECRET", "SECRET_KEY"],
    ),
    (Scheme::ShopifyCustomApp, "api_version", &["VERSION"]),
];

/// Other words for the base URL, where the connection has to state it. Where the recipe does, only its own name can replace it: a key
/// had better not go to some address that a variable happens to hold.
const BASE_URL: &[&str] = &["URL", "API_URL", "API_BASE_URL", "ENDPOINT", "SITE_URL", "SHOP_URL", "STORE_URL"];

/// Words between an app and a field that say that the value is not for calling its API.
const OTHER_USE: &[&str] = &["WEBHOOK", "SIGNING", "PUBLIC", "PUBLISHABLE", "VERIFICATION", "ENCRYPTION"];

/// A name from elsewhere as a word: `apiKey`, `api-key` and `API key` are `API_KEY`.
pub(super) fn word_of(name: &str) -> String {
    let mut word = String::with_capacity(name.len() + 2);
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && lower {
                word.push('_');
            }
            word.push(c.to_ascii_uppercase());
        } else if !word.ends_with('_') && !word.is_empty() {
            word.push('_');
        }
        lower = c.is_ascii_lowercase();
    }
    word.truncate(word.trim_end_matches('_').len());
    word
}

/// The field that a word means in a scheme, and whether it is the field's own name.
pub(super) fn field_of<'k>(known: &KnownScheme<'k>, word: &str) -> Option<(&'k str, bool)> {
    let shared = if known.scheme.is_http() { HTTP_FIELDS } else { &[] };
    let own = known.scheme.fields().iter().chain(shared).map(|field| field.name).chain(known.extra.iter().copied());
    if let Some(name) = own.into_iter().find(|name| name.eq_ignore_ascii_case(word)) {
        return Some((name, true));
    }
    let aliases = ALIASES.iter().filter(|(scheme, ..)| *scheme == known.scheme);
    if let Some((_, name, _)) = aliases.into_iter().find(|(_, _, words)| words.contains(&word)) {
        return Some((name, false));
    }
    (known.needs.contains(&"base_url") && BASE_URL.contains(&word)).then_some(("base_url", false))
}

/// Splits what follows an app's name into what tells its connections apart, and the word for a field: the longest one that any scheme
/// knows, so that `CLIENT_SECRET` is never the `SECRET` of a connection named `client`.
pub(super) fn split<'r>(app: &Known<'_>, rest: &'r str) -> Option<(Option<&'r str>, &'r str)> {
    let ends = std::iter::once(0).chain(rest.match_indices('_').map(|(at, _)| at + 1));
    let at = ends.into_iter().find(|at| is_word(app, &rest[*at..]))?;
    let between = rest[..at].trim_matches('_');
    Some(((!between.is_empty()).then_some(between), &rest[at..]))
}

/// Whether a word between an app and a field says that the value is something else than a credential.
pub(super) fn is_other_use(between: &str) -> bool {
    between.split('_').any(|word| OTHER_USE.contains(&word))
}

fn is_word(app: &Known<'_>, word: &str) -> bool {
    let schemes = Scheme::ALL.iter().flat_map(|scheme| scheme.fields());
    let extra = app.schemes.iter().flat_map(|known| known.extra.iter().copied());
    let mut names = schemes.chain(HTTP_FIELDS).map(|field| field.name).chain(extra);
    names.any(|name| name.eq_ignore_ascii_case(word))
        || ALIASES.iter().any(|(_, _, words)| words.contains(&word))
        || BASE_URL.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::samples;

    #[test]
    fn names_from_elsewhere_become_words() {
        for (name, word) in [
            ("apiKey", "API_KEY"),
            ("API key", "API_KEY"),
            ("api--key-", "API_KEY"),
            ("Key / Secret", "KEY_SECRET"),
            ("OAuth 2.0", "OAUTH_2_0"),
            ("__x", "X"),
            ("\u{e4}", ""),
        ] {
            assert_eq!(word_of(name), word, "{name}");
        }
    }

    #[test]
    fn the_longest_word_is_the_field() {
        let apps = samples::apps();
        let slack = apps.iter().find(|app| app.name == "slack").unwrap();
        for (rest, split_up) in [
            ("API_KEY", Some((None, "API_KEY"))),
            ("EU_API_KEY", Some((Some("EU"), "API_KEY"))),
            ("_API_KEY", Some((None, "API_KEY"))),
            ("EU_WEST_2_TOKEN", Some((Some("EU_WEST_2"), "TOKEN"))),
            ("CLIENT_SECRET", Some((None, "CLIENT_SECRET"))),
            ("LIST_ID", None),
            ("", None),
        ] {
            assert_eq!(split(slack, rest), split_up, "{rest}");
        }
        assert!(is_other_use("EU_WEBHOOK") && !is_other_use("EU"));
    }

    #[test]
    fn every_alias_names_a_field_that_exists() {
        for (scheme, name, words) in ALIASES {
            assert!(scheme.field(name).is_some(), "{scheme} has no {name}");
            for word in *words {
                assert!(scheme.field(&word.to_lowercase()).is_none(), "{scheme} has a field {word}");
                assert_eq!(word_of(word), *word);
            }
        }
    }
}
