//! Caution: which words and lines may hold a secret, and so are never quoted in a message.
//!
//! This errs on the side of hiding. A hidden line costs a glance at the file; a shown secret costs a new secret.

/// What secrets of well-known providers begin with.
const BEGINNINGS: &[&str] = &[
    "shpat_",
    "shpca_",
    "shppa_",
    "shpss_",
    "shptka_",
    "sk_",
    "sk-",
    "pk_",
    "rk_",
    "xox",
    "xapp-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "akia",
    "asia",
    "eyj",
    "ya29.",
    "sg.",
    "whsec_",
    "key-",
    "pat-",
    "ops_",
    "dop_v1_",
    "npm_",
    "ck_",
    "cs_",
    "age-secret-key-",
    "-----begin",
];

/// What names of fields that hold secrets contain, separators left out.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "clientkey",
    "authorization",
    "credential",
    "signature",
    "cookie",
];

/// Words in front of a credential in an `Authorization` header.
const SCHEME_WORDS: &[&str] = &["bearer ", "basic ", "token ", "apikey ", "klaviyo-api-key "];

/// Whether a name says that its value is a secret: `api_key`, `X-Auth-Token`, `Authorization`.
#[must_use]
pub fn names_secret(name: &str) -> bool {
    let folded: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.iter().any(|part| folded.contains(part)) || folded == "pass" || folded == "pwd" || folded == "auth"
}

/// Whether a single word or value may be a secret. Templates such as `{{api_key}}` are none.
#[must_use]
pub fn may_be_secret(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let after_scheme = SCHEME_WORDS.iter().find_map(|word| lower.strip_prefix(word));
    if after_scheme.is_some_and(|rest| !rest.trim_start().starts_with('{') && !rest.is_empty())
        || follows_scheme(&lower)
    {
        return true;
    }
    let mut words =
        value.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '=' | '&' | '(' | ')' | '[' | ']'));
    words.any(|word| begins_like_one(word) || is_random(word) || has_userinfo(word))
}

/// Whether a line of a file may hold a secret.
#[must_use]
pub fn line_may_hold_secret(line: &str) -> bool {
    may_be_secret(line) || line.match_indices([':', '=']).any(|(at, _)| names_and_states(&line[..at], &line[at + 1..]))
}

/// `password: x`, `"api_key": "x"`, `?token=x`: a name of a secret before the sign, and a value that is no template after it.
fn names_and_states(before: &str, after: &str) -> bool {
    let edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | '}' | '[' | ']' | ',' | '?' | '&' | ';');
    let name = before.trim_end_matches(edge).rsplit(edge).next().unwrap_or_default();
    let value = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let stated = !value.is_empty() && !value.starts_with(['{', '[', '#', '}', ',', '|', '>']) && !value.contains("{{");
    stated && names_secret(name)
}

/// `Bearer x` and `Basic eA==` anywhere, unless a template follows.
fn follows_scheme(lower: &str) -> bool {
    [("bearer ", 1), ("basic ", 12)].into_iter().any(|(scheme, shortest)| {
        lower.match_indices(scheme).any(|(at, _)| {
            let apart = !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            let rest = lower[at + scheme.len()..].trim_start();
            let word = rest.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).next().unwrap_or_default();
            apart && word.len() >= shortest && !word.starts_with('{')
        })
    })
}

fn begins_like_one(word: &str) -> bool {
    let word = word.trim_start_matches(['{', '`', ':', '/']);
    BEGINNINGS.iter().any(|beginning| {
        word.len() >= beginning.len() + 4
            && word.is_char_boundary(beginning.len())
            && word[..beginning.len()].eq_ignore_ascii_case(beginning)
    })
}

/// `https://user:password@host`.
fn has_userinfo(word: &str) -> bool {
    let Some((_, rest)) = word.split_once("://") else { return false };
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@') && authority.contains(':'))
}

/// Long, of mixed letters and digits, and with little repetition: nothing that a person would type as a name.
fn is_random(word: &str) -> bool {
    const SHORTEST: usize = 20;
    let runs = word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '_' | '-')));
    runs.filter(|run| run.len() >= SHORTEST).any(|run| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
        digits >= 3 && letters >= 3 && entropy(run) > 3.0
    })
}

/// Shannon entropy in bits a byte.
fn entropy(run: &str) -> f64 {
    let mut counts = [0_u16; 256];
    for byte in run.bytes().take(256) {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u16::try_from(run.len().min(256)).unwrap_or(256));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// A word in backticks for a message, shortened; or words in its place when it may be a secret.
#[must_use]
pub fn quoted(word: &str) -> String {
    const SHOWN: usize = 60;
    if may_be_secret(word) {
        return "(not shown: it may be a secret)".to_owned();
    }
    match word.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("`{}...`", &word[..at]),
        None => format!("`{word}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_secrets_are_hidden() {
        for line in [
            "password: canary",
            "  api_key: \"canary\"",
            "headers: {X-Auth-Token: canary}",
            "  value: 'Bearer canary'",
            "  - Basic Y2FuYXJ5OmNhbmFyeQ==",
            "  Authorization: Bearer canary",
            "request: GET /v1/me?api_key=canary",
            "base_url: https://user:canary@example.com",
            "name: shpat_canary",
            "note: sk_live_canary",
            "value: 4f9a1c77b2e04d5e8a6bc3d2",
            "json: {\"client_secret\": \"canary\"}",
            "x: eyJhbGciOiJIUzI1NiJ9",
        ] {
            assert!(line_may_hold_secret(line), "{line}");
        }
    }

    #[test]
    fn ordinary_lines_are_shown() {
        for line in [
            "workflow: Send new orders to the warehouse",
            "    connection: klaviyo-eu",
            "  api_key: {env: KLAVIYO_API_KEY}",
            "      - request: {path: /, headers: {authorization: \"Klaviyo-API-Key {{api_key}}\"}}",
            "    fixture: klaviyo/permission-missing-lists-read",
            "    request: GET /api/accounts?page=2",
            "password:",
            "name: Basic login works",
            "value: Bearer {{token}}",
            "  - {expect: \"PASS {{password}}\", send: 230 ok}",
            "place: {header: Authorization, value: \"Bearer {api_key}\"}",
            "expect: {fail: credential-rejected}",
            "url: https://developers.klaviyo.com/en/reference/get_accounts",
            "cause: connection-ambiguous-and-more-words-2",
        ] {
            assert!(!line_may_hold_secret(line), "{line}");
        }
    }

    #[test]
    fn quotes_are_short_and_careful() {
        assert_eq!(quoted("slck"), "`slck`");
        assert_eq!(quoted("shpat_canary"), "(not shown: it may be a secret)");
        assert!(quoted(&"word ".repeat(100)).len() < 70);
    }
}
