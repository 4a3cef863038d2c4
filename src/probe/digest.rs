//! HTTP Digest in an interview (RFC 7616): the first question goes without a credential, and its refusal says how to ask again. A challenge
//! is kept for the questions that follow.

use crate::model::challenge::{challenges, without_scheme};
use crate::model::phase::Phase;
use crate::model::quoted::quote_string;
use crate::model::scrub::Scrubber;
use crate::model::secret::{Part, Secret};
use crate::sign::digest::{Challenge, Login, Proof, Qop, choose, user_parameter};
use crate::wire::http::{Content, Request, Response};

use super::authentication::{Authentication, Digest};

/// What stands for what is derived of a password in transcripts.
const HIDDEN: &str = "***";
/// A cookie of fewer bytes opens nothing, and masking it would blot out ordinary text.
const SHORTEST_COOKIE: usize = 16;

/// What was heard of a server that is spoken to by HTTP Digest.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    session: Option<Session>,
    /// Cookies of the server's: some know by them which challenge is answered.
    cookies: Vec<(String, Secret)>,
    /// Whether another challenge was taken up for the question that is being asked. That happens once.
    renewed: bool,
}

/// A challenge, and how often it was answered.
#[derive(Debug)]
struct Session {
    challenge: Challenge,
    /// The number that the next answer takes: the challenge's, or a later one of the server's.
    nonce: String,
    /// Our number and the key, from the first answer on.
    keyed: Option<(String, Secret)>,
    count: u32,
}

/// Who answers.
#[derive(Debug)]
pub(super) struct Answerer<'c> {
    pub(super) login: Login<'c>,
    /// The user name as it may be shown.
    pub(super) shown: String,
    /// The connection's name.
    pub(super) connection: &'c str,
    /// Learns the key and each response: both are for trying passwords, wherever a server repeats them.
    pub(super) scrubber: &'c Scrubber,
}

impl Conversation {
    /// Begins the next question.
    pub(super) const fn next_question(&mut self) {
        self.renewed = false;
    }

    /// Puts the answer into a request, if there is a challenge to answer. `cnonce` is a number that nobody can guess.
    pub(super) fn answer(&mut self, request: &mut Request, who: &Answerer<'_>, cnonce: &str) -> Authentication {
        self.bring_cookies(request);
        let mut authentication = Authentication {
            scheme: Some("digest".to_owned()),
            place: "HTTP Digest".to_owned(),
            digest: Some(Digest::Asking),
            ..Authentication::default()
        };
        let Some(session) = &mut self.session else { return authentication };
        if session.challenge.qop == Some(Qop::AuthInt) && !request.has_header("accept-encoding") {
            // The server's own proof is over its body as it is sent.
            request.headers.push(("accept-encoding".into(), Content::Open("identity".to_owned())));
        }
        let proof = session.proof(request, who, cnonce);
        let response = proof.response(&request.method, request.body_shown().as_bytes());
        let label = format!("{}.digest", who.connection);
        who.scrubber.learn(&label, &proof.key);
        who.scrubber.learn(&label, &response);
        let (value, shown) = header(&session.challenge, &proof, who, &response);
        request.headers.push(("authorization".into(), Content::Secret { value, shown }));
        authentication.digest = Some(Digest::Answering(Box::new(proof)));
        authentication
    }

    /// Whether an answer is no verdict but a challenge to take up: the first one, one whose number is said to be stale, and any where the
    /// credential has proved good before. Everything else is a refusal, which another try would only repeat.
    pub(super) fn is_challenged(
        &mut self,
        sent: &Authentication,
        response: &Response,
        phase: Phase,
        scrubber: &Scrubber,
    ) -> bool {
        let Some(stage) = &sent.digest else { return false };
        self.keep_cookies(response, scrubber);
        if response.status != 401 {
            self.take_next_nonce(response);
            return false;
        }
        let Some(Ok(challenge)) = choose(&found(response)) else { return false };
        let again = match stage {
            Digest::Asking => true,
            Digest::Answering(_) if self.renewed => false,
            Digest::Answering(_) => challenge.stale || phase == Phase::Authz,
        };
        if again {
            self.renewed = matches!(stage, Digest::Answering(_));
            let nonce = challenge.nonce.clone();
            self.session = Some(Session { challenge, nonce, keyed: None, count: 0 });
        }
        again
    }

    /// A server may name the number for the next answer (RFC 7616 section 3.5). The key of a session stays.
    fn take_next_nonce(&mut self, response: &Response) {
        let info = response.header("authentication-info").map(without_scheme);
        let next = info.as_ref().and_then(|info| info.parameter("nextnonce")).filter(|next| next.is_ascii());
        if let (Some(session), Some(next)) = (&mut self.session, next)
            && session.nonce != next
        {
            (session.nonce, session.count) = (next.to_owned(), 0);
        }
    }

    fn keep_cookies(&mut self, response: &Response, scrubber: &Scrubber) {
        for line in response.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let (name, value) = (name.trim(), Secret::new(value.trim()));
            // Some repeat the challenge's number there, which is in every transcript.
            let is_nonce = self.session.as_ref().is_some_and(|session| value == Secret::new(session.nonce.as_str()));
            if value.len() >= SHORTEST_COOKIE && !is_nonce {
                scrubber.learn("cookie", &value);
            }
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value));
        }
    }

    fn bring_cookies(&self, request: &mut Request) {
        if self.cookies.is_empty() || request.has_header("cookie") {
            return;
        }
        let mut parts = Vec::new();
        for (name, value) in &self.cookies {
            let and = if parts.is_empty() { "" } else { "; " };
            parts.extend([Part::Clear(and), Part::Clear(name), Part::Clear("="), Part::Secret(value)]);
        }
        let names: Vec<_> = self.cookies.iter().map(|(name, _)| format!("{name}={HIDDEN}")).collect();
        let cookie = Content::Secret { value: Secret::concat(parts), shown: names.join("; ") };
        request.headers.push(("cookie".into(), cookie));
    }
}

impl Session {
    fn proof(&mut self, request: &Request, who: &Answerer<'_>, cnonce: &str) -> Proof {
        let Challenge { algorithm, qop, realm, .. } = &self.challenge;
        let keyed = || (cnonce.to_owned(), who.login.key(*algorithm, realm, &self.nonce, cnonce));
        let (cnonce, key) = self.keyed.get_or_insert_with(keyed).clone();
        self.count += 1;
        let uri = request.target().unwrap_or_default();
        Proof { algorithm: *algorithm, qop: *qop, key, nonce: self.nonce.clone(), cnonce, count: self.count, uri }
    }
}

/// The header's value (RFC 7616 section 3.4), and what is shown of it.
fn header(challenge: &Challenge, proof: &Proof, who: &Answerer<'_>, response: &Secret) -> (Secret, String) {
    let (user, shown) = if challenge.userhash {
        let hash = who.login.user_hash(proof.algorithm.hash, &challenge.realm);
        let parts = [Part::Clear("username=\""), Part::Secret(&hash), Part::Clear("\", userhash=true")];
        (Secret::concat(parts), format!("username=\"{HIDDEN}\", userhash=true"))
    } else {
        (who.login.user.encoded(user_parameter), user_parameter(&who.shown))
    };
    let quoted = |name: &str, text: &str| format!(", {name}={}", quote_string(text));
    let mut rest = [("realm", &challenge.realm), ("nonce", &proof.nonce), ("uri", &proof.uri)]
        .map(|(name, text)| quoted(name, text))
        .concat();
    rest.extend(challenge.opaque.as_ref().map(|opaque| quoted("opaque", opaque)));
    rest.extend(challenge.named.then(|| format!(", algorithm={}", proof.algorithm.name())));
    if let Some(qop) = proof.qop {
        rest.extend([", qop=", qop.name(), ", nc=", &proof.counted(), &quoted("cnonce", &proof.cnonce)]);
    } else if proof.algorithm.session {
        rest.push_str(&quoted("cnonce", &proof.cnonce));
    }
    rest.push_str(", response=\"");
    let parts =
        [Part::Clear("Digest "), Part::Secret(&user), Part::Clear(&rest), Part::Secret(response), Part::Clear("\"")];
    (Secret::concat(parts), format!("Digest {shown}{rest}{HIDDEN}\""))
}

/// The challenges of an answer, as they are: what is hashed of them may not be masked.
fn found(response: &Response) -> Vec<crate::model::challenge::Challenge> {
    let lines = response.headers.get_all("www-authenticate").iter();
    lines.flat_map(|line| challenges(&String::from_utf8_lossy(line.as_bytes()))).collect()
}
