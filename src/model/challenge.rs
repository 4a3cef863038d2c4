//! `WWW-Authenticate`: what a server wants (RFC 9110 section 11.6.1), and why it refused (RFC 6750 section 3).

use super::quoted::quoted_string;

/// More challenges than this are not read.
const CHALLENGES: usize = 16;
/// More parameters than this of one challenge are not read.
const PARAMETERS: usize = 16;

/// One challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, in lower case: `bearer`.
    pub scheme: String,
    /// Its parameters: names in lower case, values unquoted.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter's value.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the challenges of one header line. What breaks the grammar is passed over: servers in the wild leave out commas and quotes.
#[must_use]
pub fn challenges(line: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some(first) = rest.chars().next() else { return found };
        let (token, after) = rest.split_at(rest.find(|c| !is_token(c)).unwrap_or(rest.len()));
        if token.is_empty() {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let value = after.trim_start_matches([' ', '\t']);
        if let Some(value) = value.strip_prefix('=') {
            let (value, after) = parameter_value(value.trim_start_matches([' ', '\t']));
            if let Some(challenge) = found.last_mut().filter(|challenge| challenge.parameters.len() < PARAMETERS) {
                challenge.parameters.push((token.to_ascii_lowercase(), value));
            }
            rest = after;
        } else if let Some(qop) = found.last_mut().and_then(|challenge| unquoted_list(challenge, token)) {
            qop.extend([",", token]);
            rest = after;
        } else {
            if found.len() == CHALLENGES {
                return found;
            }
            found.push(Challenge { scheme: token.to_ascii_lowercase(), parameters: Vec::new() });
            rest = without_token68(after);
        }
    }
}

/// Reads the parameters of `Authentication-Info` (RFC 7615), which are those of a challenge that names no scheme.
#[must_use]
pub fn without_scheme(line: &str) -> Challenge {
    challenges(&format!("digest {line}")).into_iter().next().unwrap_or_default()
}

/// The `qop` of HTTP Digest that goes on with this word: some servers write the list without the quotes that it needs.
fn unquoted_list<'c>(challenge: &'c mut Challenge, word: &str) -> Option<&'c mut String> {
    let last = challenge.parameters.last_mut().filter(|(name, _)| name == "qop");
    last.filter(|_| challenge.scheme == "digest" && matches!(word, "auth" | "auth-int")).map(|(_, value)| value)
}

/// A token or a quoted string (RFC 9110 section 5.6.4), and what follows.
fn parameter_value(text: &str) -> (String, &str) {
    quoted_string(text).unwrap_or_else(|| {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        (text[..end].to_owned(), &text[end..])
    })
}

/// Passes over the token68 of a scheme such as `Negotiate`, if there is one.
fn without_token68(after: &str) -> &str {
    let text = after.trim_start_matches([' ', '\t']);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/".contains(c))).unwrap_or(text.len());
    let rest = text[end..].trim_start_matches('=').trim_start_matches([' ', '\t']);
    if end > 0 && (rest.is_empty() || rest.starts_with(',')) && text.len() < after.len() { rest } else { after }
}

/// A character of a token (RFC 9110 section 5.6.2).
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Vec<(String, Vec<(String, String)>)> {
        challenges(line).into_iter().map(|challenge| (challenge.scheme, challenge.parameters)).collect()
    }

    fn challenge(scheme: &str, parameters: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        (scheme.to_owned(), parameters.collect())
    }

    #[test]
    fn the_examples_of_the_rfcs_are_read() {
        // RFC 6750 section 3.
        let expired = challenge(
            "bearer",
            &[("realm", "example"), ("error", "invalid_token"), ("error_description", "The access token expired")],
        );
        let line = r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#;
        assert_eq!(read(line), [expired]);
        // RFC 9110 section 11.6.1: two challenges in one line.
        let line = r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#;
        let second = challenge("newauth", &[("realm", "apps"), ("type", "1"), ("title", "Login to \"apps\"")]);
        assert_eq!(read(line), [challenge("basic", &[("realm", "simple")]), second]);
    }

    #[test]
    fn real_servers_are_read_too() {
        assert_eq!(read("Bearer"), [challenge("bearer", &[])]);
        assert_eq!(
            read("Negotiate YII=, Basic realm=x"),
            [challenge("negotiate", &[]), challenge("basic", &[("realm", "x")])]
        );
        assert_eq!(read("Negotiate, NTLM"), [challenge("negotiate", &[]), challenge("ntlm", &[])]);
        let missing_commas = challenge("bearer", &[("realm", "api"), ("error", "invalid_token")]);
        assert_eq!(read(r#"Bearer realm="api" error="invalid_token""#), [missing_commas]);
        assert_eq!(read(r#"OAuth realm="api"#), [challenge("oauth", &[("realm", "api")])]);
        assert_eq!(read(r#"realm="no scheme""#), []);
        let qop = challenge("digest", &[("qop", "auth,auth-int"), ("nonce", "n")]);
        assert_eq!(read(r#"Digest qop=auth, auth-int, nonce="n""#), [qop]);
    }

    proptest! {
        #[test]
        fn a_malformed_challenge_never_panics(line in ".*") {
            let _ = challenges(&line);
        }

        #[test]
        fn a_wellformed_challenge_is_read_back(scheme in "[a-z]{1,9}", name in "[a-z_]{1,9}", value in "[ -~]{0,20}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            let found = challenges(&format!("{scheme} {name}=\"{escaped}\""));
            prop_assert_eq!(found, vec![Challenge { scheme, parameters: vec![(name, value)] }]);
        }
    }
}
