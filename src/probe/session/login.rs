//! The login of a session: the one request that may hold secrets anywhere, and the one answer that brings a secret.

use std::time::SystemTime;

use serde_json::Value;

use crate::model::cause::Cause;
use crate::model::credential::Credential;
use crate::model::phase::Phase;
use crate::model::secret::Secret;
use crate::model::session::{Login, SessionPlace, TOKEN, TokenSource};
use crate::model::verdict::Judgement;
use crate::probe::Subject;
use crate::probe::authentication::{Authentication, Bearer};
use crate::probe::judge::{Answer, Asked, Rules, judge, refuses};
use crate::wire::Wire;
use crate::wire::http::Response;
use crate::wire::transcript::Transcript;

use super::request::request;

/// How much of an answer is written down, in bytes.
const EVIDENCE: usize = 4096;

/// What came of a login.
pub(super) struct Opened {
    /// The credential with the token in it; none where no session was opened.
    pub(super) credential: Option<Credential>,
    /// Whether the login was accepted, and brought a token.
    pub(super) judgement: Judgement,
}

/// Logs in.
pub(super) async fn log_in(
    subject: &Subject<'_>,
    place: &SessionPlace,
    wire: &Wire,
    transcript: &Transcript<'_>,
) -> Opened {
    let asked = match request(subject, &place.login) {
        Ok(request) => request,
        Err(judgement) => return Opened { credential: None, judgement },
    };
    let line = asked.shown();
    transcript.enter(Phase::Auth);
    match wire.exchange(subject.endpoint, subject.credential, asked, transcript).await {
        Ok(response) => read(subject, place, &line, response, transcript),
        Err(obstacle) => Opened { credential: None, judgement: obstacle.judgement(&subject.endpoint.declared) },
    }
}

/// Reads the answer. The token is learned before anything of it is written down or quoted, and where it should be a token and nobody
/// has found one, nothing of it is shown but its keys.
fn read(
    subject: &Subject<'_>,
    place: &SessionPlace,
    line: &str,
    response: Response,
    transcript: &Transcript<'_>,
) -> Opened {
    let mut answer = Answer::new(response);
    let token = token(&place.token, &answer);
    if let Some(token) = &token {
        subject.scrubber.learn(&format!("{}.{TOKEN}", subject.connection.name), token);
    }
    let rules = Rules { accept: &place.login.accept, refuse: &place.login.refuse };
    let success = answer.status() < 400;
    if success && !refuses(rules, &answer, subject.scrubber) {
        answer.veil();
    }
    match answer.outline() {
        Some(outline) if answer.is_veiled() => transcript.received(&outline),
        _ if answer.is_veiled() || answer.response.body.is_empty() => {}
        _ => transcript.received_beginning(&answer.response.body, EVIDENCE),
    }
    let judgement = judged(subject, &place.login, line, rules, &answer);
    match (token, judgement.cause) {
        (Some(token), None) => {
            let judgement = Judgement::pass(Phase::Auth, format!("`{line}` brought a token"));
            Opened { credential: Some(with_token(subject.credential, token)), judgement }
        }
        (None, None) => Opened { credential: None, judgement: without_token(subject, place, line, &answer) },
        // A login that is not accepted may have opened a session all the same.
        (Some(token), Some(_)) if success => {
            Opened { credential: Some(with_token(subject.credential, token)), judgement }
        }
        (_, Some(_)) => Opened { credential: None, judgement },
    }
}

fn judged(subject: &Subject<'_>, login: &Login, line: &str, rules: Rules<'_>, answer: &Answer) -> Judgement {
    let (scheme, place) = match login.basic {
        Some(_) => (Some("basic".to_owned()), "HTTP Basic"),
        None => (None, "the login's request"),
    };
    let authentication =
        Authentication { scheme, place: place.to_owned(), bearer: Bearer::Login, ..Authentication::default() };
    let asked = Asked {
        line,
        address: &subject.endpoint.declared,
        phase: Phase::Auth,
        authentication: &authentication,
        needs: None,
        connection: &subject.connection.name,
        renew: subject.recipe.and_then(|recipe| recipe.renew.as_deref()),
        scrubber: subject.scrubber,
        now: SystemTime::now(),
    };
    judge(&asked, rules, answer)
}

fn with_token(credential: &Credential, token: Secret) -> Credential {
    let mut with_token = credential.clone();
    with_token.secrets.insert(TOKEN.into(), token);
    with_token
}

/// The token in an answer; none where there is nothing at its place.
fn token(source: &TokenSource, answer: &Answer) -> Option<Secret> {
    let headers = &answer.response.headers;
    let token = match source {
        TokenSource::Json(path) => {
            let found = answer.json().and_then(|body| path.query(body).iter().find_map(|node| plain(node)))?;
            Secret::new(found)
        }
        TokenSource::Header(name) => Secret::new(headers.get(&**name)?.as_bytes()),
        TokenSource::Cookie(name) => {
            let mut set = headers.get_all("set-cookie").iter().rev();
            // The last one is what a browser would keep.
            Secret::new(set.find_map(|set| cookie(set.as_bytes(), name.as_bytes()))?)
        }
    };
    (!token.is_empty()).then_some(token)
}

/// The value of a cookie that is set (RFC 6265 section 5.2), if it has this name.
fn cookie<'s>(set: &'s [u8], name: &[u8]) -> Option<&'s [u8]> {
    let pair = set.split(|byte| *byte == b';').next()?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (found, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
    (found == name).then_some(value)
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn without_token(subject: &Subject<'_>, place: &SessionPlace, line: &str, answer: &Answer) -> Judgement {
    let at = match &place.token {
        TokenSource::Json(path) => format!("at `{path}`"),
        TokenSource::Header(name) => format!("in a header `{name}`"),
        TokenSource::Cookie(name) => format!("in a cookie `{name}`"),
    };
    let with = answer.quote(subject.scrubber).map_or_else(String::new, |quote| format!(" with {quote}"));
    Judgement::of(
        Cause::UnexpectedResponse,
        Phase::Assert,
        format!("`{line}` answered {}{with}: there is no token {at}.", answer.status()),
        "Say under `token` of the session where the answer has it; if this is a refusal, say so in the login's `refuse`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_by_their_name() {
        assert_eq!(cookie(b"SESSION=abc=; Path=/; HttpOnly", b"SESSION"), Some(&b"abc="[..]));
        assert_eq!(cookie(b" SESSION = abc ", b"SESSION"), Some(&b"abc"[..]));
        assert_eq!(cookie(b"SESSIONID=abc", b"SESSION"), None);
        assert_eq!(cookie(b"x=1; SESSION=abc", b"SESSION"), None);
        assert_eq!(cookie(b"SESSION", b"SESSION"), None);
    }
}
