//! The form of secrets: what cannot be right is said before anything is sent. Lengths and character classes are named, never values.

use regex::bytes::Regex;

use crate::model::app::Recipe;
use crate::model::cause::Cause;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::scheme::Scheme;
use crate::model::scrub::SHORTEST;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;

/// Refuses what cannot be a value of this field; remarks on what does not look like the recipe's pattern, or is too short to mask.
///
/// # Errors
/// A judgement of phase `resolve` that says what cannot be right. Never holds a value.
pub fn inspect(
    connection: &str,
    scheme: Scheme,
    recipe: Option<&Recipe>,
    field: &str,
    secret: &Secret,
) -> Result<Vec<Warning>, Judgement> {
    #[expect(clippy::disallowed_methods, reason = "its form is judged before it is sent anywhere")]
    let value = secret.expose();
    check(connection, scheme, field, value)?;
    Ok(remark(recipe, field, value).into_iter().chain(too_short(field, value)).collect())
}

fn check(name: &str, scheme: Scheme, field: &str, value: &[u8]) -> Result<(), Judgement> {
    if value.is_empty() {
        let message = format!("Field `{field}` of connection `{name}` is empty.");
        return Err(judge(Cause::FieldMissing, message, "Store the value, or correct the reference."));
    }
    if is_placeholder(value) {
        let message = format!("Field `{field}` of connection `{name}` holds a placeholder, not a secret.");
        return Err(judge(Cause::PlaceholderSecret, message, "Replace it by the real value."));
    }
    if matches!(field, "private_key" | "client_key") {
        return Ok(()); // PEM has many lines
    }
    match fault(scheme, field, value) {
        None => Ok(()),
        Some((what, remedy)) => {
            let message = format!("Field `{field}` of connection `{name}` has {} and {what}.", length(value));
            Err(judge(Cause::FieldFormat, message, remedy))
        }
    }
}

fn length(value: &[u8]) -> String {
    match String::from_utf8_lossy(value).chars().count() {
        1 => "1 character".to_owned(),
        count => format!("{count} characters"),
    }
}

/// A kind of character, and what belongs to it.
type Class = (&'static str, fn(char) -> bool);

/// Which kinds of character it is made of.
fn classes(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let kinds: [Class; 6] = [
        ("small letters", |c| c.is_ascii_lowercase()),
        ("capital letters", |c| c.is_ascii_uppercase()),
        ("digits", |c| c.is_ascii_digit()),
        ("punctuation", |c| c.is_ascii_punctuation()),
        ("spaces", |c| c == ' '),
        ("characters outside ASCII", |c| !c.is_ascii()),
    ];
    let found: Vec<&str> = kinds.iter().filter(|(_, kind)| text.chars().any(kind)).map(|(name, _)| *name).collect();
    match found.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

fn judge(cause: Cause, message: String, remedy: &str) -> Judgement {
    Judgement::of(cause, Phase::Resolve, message, remedy)
}

/// What is wrong with it, and what to do.
fn fault(scheme: Scheme, field: &str, value: &[u8]) -> Option<(&'static str, &'static str)> {
    // What goes into a form may hold anything; what is pasted may bring its surroundings all the same.
    let token = match scheme {
        Scheme::Oauth2 => matches!(field, "access_token" | "refresh_token"),
        scheme => matches!(scheme, Scheme::ApiKey | Scheme::ShopifyCustomApp),
    };
    let space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if matches!(value.last(), Some(b'\n' | b'\r')) {
        return Some(("ends with a line break", "Store it without the line break."));
    }
    if value.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Some(("contains a line break", "Store the one line that is the secret."));
    }
    if value.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        return Some(("contains a control character", "Copy it again from where it is shown."));
    }
    if !token {
        return None;
    }
    if space(value.first()) || space(value.last()) {
        return Some(("begins or ends with a space", "Store it without the space."));
    }
    let quoted = |quote: u8| value.len() > 1 && value[0] == quote && value.last() == Some(&quote);
    if quoted(b'"') || quoted(b'\'') {
        return Some(("stands in quotes", "Store it without the quotes."));
    }
    if value.len() > 7 && value[..7].eq_ignore_ascii_case(b"bearer ") {
        return Some(("begins with `Bearer `", "Store the token alone; the scheme word is added when it is sent."));
    }
    if field == "access_token" && value.starts_with(b"shpss_") {
        let remedy = "Store the access token here; the app's secret belongs in `client_secret`.";
        return Some(("begins with `shpss_`, which marks an app's secret", remedy));
    }
    if !value.is_ascii() {
        return Some(("contains a character outside ASCII", "Copy it again from where it is shown."));
    }
    None
}

/// Values that people leave behind where a secret belongs.
fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "replace_me",
        "replace-me",
        "replaceme",
        "changeme",
        "change_me",
        "change-me",
        "todo",
        "tbd",
        "your-api-key",
        "your_api_key",
        "your-token",
        "secret-goes-here",
    ];
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let wrapped = |open: &str, close: &str| text.len() > open.len() && text.starts_with(open) && text.ends_with(close);
    let repeated = |mark: char| text.chars().count() >= 3 && text.chars().all(|c| c == mark);
    WORDS.contains(&lower.as_str())
        || wrapped("<", ">")
        || wrapped("${", "}")
        || wrapped("{{", "}}")
        || ['*', 'x', 'X', '.', '•'].into_iter().any(repeated)
}

/// A remark when the value cannot be masked by value: half of every text would go with it.
fn too_short(field: &str, value: &[u8]) -> Option<Warning> {
    (value.len() < SHORTEST).then(|| {
        let message = format!(
            "`{field}` has fewer than {SHORTEST} characters. What we send of it is hidden, but where a server repeats it, it is shown: \
             give this connection a longer secret."
        );
        Warning::new("short-secret", message)
    })
}

/// A remark when the value does not look like the recipe says, or has spaces around it. Formats change, and a password may have any
/// form, so this refuses nothing.
fn remark(recipe: Option<&Recipe>, field: &str, value: &[u8]) -> Option<Warning> {
    let known = recipe.and_then(|recipe| recipe.fields.iter().find(|known| &*known.name == field));
    let pattern = known.and_then(|known| known.pattern.as_deref());
    let usual = pattern.and_then(|pattern| Some(Regex::new(&format!("^(?:{pattern})$")).ok()?.is_match(value)));
    let of = format!("{} of {}", length(value), classes(value));
    let message = match known {
        Some(known) if usual == Some(false) => {
            let label = &known.label;
            format!(
                "`{field}` has {of}, and does not look like a {label}; if the verdict is a refusal, check that the right value was stored."
            )
        }
        _ if value.first() == Some(&b' ') || value.last() == Some(&b' ') => {
            format!("`{field}` has {}, and begins or ends with a space.", length(value))
        }
        _ => return None,
    };
    Some(Warning::new("unusual-format", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for value in ["***", "REPLACE_ME", "<your key>", "${KLAVIYO_KEY}", "xxxx", "{{api_key}}", "changeme"] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in ["correct-horse", "x", "pä:ss w%rd\"@#", "<", "a*b*c"] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn faults_name_the_class_of_the_character() {
        let text = |field: &str| fault(Scheme::Oauth2, field, "p%: +ä".as_bytes()).map(|(what, _)| what);
        assert_eq!(text("client_secret"), None, "a form can carry it");
        assert_eq!(text("access_token"), Some("contains a character outside ASCII"));
        let cases: [(Scheme, &str, Option<&str>); 9] = [
            (Scheme::ShopifyCustomApp, "shpss_canary", Some("begins with `shpss_`, which marks an app's secret")),
            (Scheme::ApiKey, "key\n", Some("ends with a line break")),
            (Scheme::ApiKey, "Bearer abc", Some("begins with `Bearer `")),
            (Scheme::ApiKey, " key", Some("begins or ends with a space")),
            (Scheme::ApiKey, "\"key\"", Some("stands in quotes")),
            (Scheme::ApiKey, "kéy", Some("contains a character outside ASCII")),
            (Scheme::ApiKey, "k\u{1}y", Some("contains a control character")),
            (Scheme::Ftp, " pä:ss w%rd\"@# ", None),
            (Scheme::Ftp, "pass\r\nDELE x", Some("contains a line break")),
        ];
        for (scheme, value, expected) in cases {
            assert_eq!(fault(scheme, "access_token", value.as_bytes()).map(|(what, _)| what), expected, "{value:?}");
        }
    }
}
