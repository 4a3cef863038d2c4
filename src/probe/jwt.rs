//! JSON Web Tokens (RFC 7519): the claims that explain an answer. Nothing of them is verified: the server decides, and they only say why.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::model::secret::Secret;

/// The claims of a token, if the secret is one.
pub(crate) fn claims(secret: &Secret) -> Option<Value> {
    #[expect(clippy::disallowed_methods, reason = "what is read are the token's own claims")]
    let token = std::str::from_utf8(secret.expose()).ok()?;
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// The day on which a token has expired, as `2026-11-24`, if the secret is a token that says so.
pub(crate) fn expired_on(secret: &Secret, now: jiff::Timestamp) -> Option<String> {
    let claims = claims(secret)?;
    // RFC 7519 section 2: a NumericDate may have a fraction.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a date beyond the range of i64 is cut to its end, and refused below"
    )]
    let expiry = jiff::Timestamp::from_second(claims.get("exp")?.as_f64()? as i64).ok()?;
    (expiry < now).then(|| expiry.strftime("%Y-%m-%d").to_string())
}

/// The scopes that a token holds, if it is one that says so: `scope` by RFC 9068 section 2.2.3, `scp` with some servers.
pub(crate) fn scopes(secret: &Secret) -> Option<Value> {
    let mut claims = claims(secret)?;
    ["scope", "scp"].into_iter().find_map(|name| claims.get_mut(name).map(Value::take))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expired(token: &str) -> Option<String> {
        let now = jiff::Timestamp::from_second(1_767_225_600).expect("2026-01-01");
        expired_on(&Secret::new(token), now)
    }

    fn token(claims: &str) -> String {
        format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn only_a_past_expiry_counts() {
        // The claims of the example in RFC 7519 section 3.1: `exp` is 2011-03-22.
        assert_eq!(expired(&token(r#"{"iss":"joe","exp":1300819380}"#)), Some("2011-03-22".to_owned()));
        assert_eq!(expired(&token(r#"{"exp":1767225599.5}"#)), Some("2025-12-31".to_owned()));
        assert_eq!(expired(&token(r#"{"exp":1767225600}"#)), None);
        assert_eq!(expired(&token(r#"{"exp":1e300}"#)), None);
        assert_eq!(expired(&token(r#"{"exp":"soon"}"#)), None);
    }

    #[test]
    fn other_secrets_are_no_tokens() {
        for text in ["canary", "a.b.c", "a.b", "..", "a.e30.c.d", ""] {
            assert_eq!(expired(text), None, "{text}");
        }
    }
}
