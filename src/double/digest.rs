//! The verifier of a double that wants HTTP Digest: it gives out challenges by itself, and lets in who answers one rightly, each count once.

use percent_encoding::percent_decode_str;
use url::Position;
use wiremock::Request;

use super::template::{Want, open};
use crate::model::challenge::{self, challenges};
use crate::model::credential::Credential;
use crate::model::fixture::ExpectedLogin;
use crate::model::hex::hex;
use crate::model::quoted::quote_string;
use crate::sign::digest::{self, Algorithm, Challenge, Proof, Qop};

/// What a double knows of its challenges.
#[derive(Debug, Default)]
pub(super) struct Issued(Vec<(Challenge, u32)>);

impl Issued {
    /// Remembers the challenges of an answer.
    pub(super) fn remember(&mut self, line: &str) {
        let found = challenges(line).into_iter().filter(|challenge| challenge.scheme == "digest");
        self.0.extend(found.filter_map(|challenge| Challenge::read(&challenge).ok()).map(|challenge| (challenge, 0)));
    }

    fn of(&self, nonce: &str) -> Option<(&Challenge, u32)> {
        let issued = self.0.iter().find(|(challenge, _)| challenge.nonce == nonce);
        issued.map(|(challenge, count)| (challenge, *count))
    }

    /// Uses up the count of an answer that was taken.
    pub(super) fn count(&mut self, got: &Request) {
        let Some(answer) = answer(got) else { return };
        let nonce = answer.parameter("nonce").unwrap_or_default();
        if let Some((_, last)) = self.0.iter_mut().find(|(challenge, _)| challenge.nonce == nonce) {
            *last = counted(&answer).unwrap_or(*last);
        }
    }
}

/// A login that is expected.
#[derive(Debug)]
pub(super) struct Login {
    user: Want,
    password: Want,
    realm: Box<str>,
    algorithm: Algorithm,
    qop: Option<Qop>,
}

impl Login {
    pub(super) fn new(login: &ExpectedLogin, credential: &Credential) -> Login {
        let usual = || Algorithm::from_name("SHA-256").unwrap_or(Algorithm::UNNAMED);
        Login {
            user: Want::new(&login.username, credential),
            password: Want::new(&login.password, credential),
            realm: login.realm.clone().unwrap_or_else(|| "double".into()),
            algorithm: login.algorithm.as_deref().and_then(Algorithm::from_name).unwrap_or_else(usual),
            qop: login.qop.as_deref().map_or(Some(Qop::Auth), Qop::from_name),
        }
    }

    /// A new challenge, as the header's value.
    pub(super) fn challenge(&self) -> String {
        let number = || hex(&std::array::from_fn::<u8, 16, _>(|_| fastrand::u8(..)));
        let qop = self.qop.map(|qop| format!(", qop=\"{}\"", qop.name())).unwrap_or_default();
        let (realm, algorithm) = (quote_string(&self.realm), self.algorithm.name());
        format!("Digest realm={realm}{qop}, algorithm={algorithm}, nonce=\"{}\", opaque=\"{}\"", number(), number())
    }

    /// What is wrong with the answer of a request; nothing when it is that of this login to a challenge that was issued.
    pub(super) fn difference(&self, got: &Request, issued: &Issued) -> Option<String> {
        let wrong = |what: &str| {
            Some(format!("digest: expected an answer of {} with {}, {what}", self.user.shown(), self.password.shown()))
        };
        let Some(answer) = answer(got) else { return wrong("got none") };
        let stated = |name: &str| answer.parameter(name);
        let Some((challenge, last)) = issued.of(stated("nonce").unwrap_or_default()) else {
            return wrong("got one to a challenge that was never made");
        };
        let name = challenge.algorithm.name();
        let echoed = [
            ("realm", Some(challenge.realm.as_str())),
            ("opaque", challenge.opaque.as_deref()),
            ("algorithm", challenge.named.then_some(name)),
            ("qop", challenge.qop.map(Qop::name)),
            ("uri", Some(&got.url[Position::BeforePath..Position::AfterQuery])),
        ];
        if let Some((name, _)) = echoed.iter().find(|(name, expected)| stated(name) != *expected) {
            return wrong(&format!("got one with another {name}"));
        }
        if challenge.qop.is_some() && counted(&answer).is_none_or(|count| count <= last) {
            return wrong("got one whose count was used before");
        }
        if !self.is_user(&answer, challenge) {
            return wrong("got that of another user");
        }
        let Some(proof) = self.proof(&answer, challenge) else { return wrong("got one that lacks something") };
        let response = proof.response(got.method.as_str(), &got.body);
        let right = open(&response) == stated("response").unwrap_or_default().as_bytes();
        if right { None } else { wrong("got one that does not match") }
    }

    fn is_user(&self, answer: &challenge::Challenge, challenge: &Challenge) -> bool {
        if let (true, Some(login)) = (challenge.userhash, self.login()) {
            let hidden = login.user_hash(challenge.algorithm.hash, &challenge.realm);
            return answer.parameter("username").is_some_and(|name| open(&hidden) == name.as_bytes());
        }
        let extended = answer.parameter("username*").and_then(|value| value.strip_prefix("UTF-8''"));
        match extended {
            Some(encoded) => self.user.is(&percent_decode_str(encoded).collect::<Vec<u8>>()),
            None => answer.parameter("username").is_some_and(|name| self.user.is(name.as_bytes())),
        }
    }

    fn login(&self) -> Option<digest::Login<'_>> {
        Some(digest::Login { user: self.user.filled()?, password: self.password.filled()? })
    }

    /// What the answer has to prove.
    fn proof(&self, answer: &challenge::Challenge, challenge: &Challenge) -> Option<Proof> {
        let Challenge { algorithm, qop, realm, nonce, .. } = challenge;
        let cnonce = answer.parameter("cnonce").unwrap_or_default();
        if qop.is_some() && cnonce.is_empty() {
            return None;
        }
        Some(Proof {
            algorithm: *algorithm,
            qop: *qop,
            key: self.login()?.key(*algorithm, realm, nonce, cnonce),
            nonce: nonce.clone(),
            cnonce: cnonce.to_owned(),
            count: counted(answer).unwrap_or_default(),
            uri: answer.parameter("uri")?.to_owned(),
        })
    }

    /// The double's own proof that it knows the password, as `Authentication-Info` has it, for an answer that was taken. Where bodies are
    /// protected there is none.
    pub(super) fn own_proof(&self, got: &Request, issued: &Issued) -> Option<String> {
        let answer = answer(got)?;
        let (challenge, _) = issued.of(answer.parameter("nonce")?)?;
        let proof = self.proof(&answer, challenge).filter(|proof| proof.qop == Some(Qop::Auth))?;
        let shown = proof.response("", &[]);
        let shown = String::from_utf8_lossy(open(&shown)).into_owned();
        Some(format!("rspauth=\"{shown}\", qop=auth, cnonce={}, nc={}", quote_string(&proof.cnonce), proof.counted()))
    }
}

/// The answer in a request.
fn answer(got: &Request) -> Option<challenge::Challenge> {
    let header = got.headers.get("authorization")?.to_str().ok()?;
    challenges(header).into_iter().next().filter(|answer| answer.scheme == "digest")
}

/// The count of an answer: eight hexadecimal digits.
fn counted(answer: &challenge::Challenge) -> Option<u32> {
    let written = answer.parameter("nc").filter(|written| written.len() == 8)?;
    u32::from_str_radix(written, 16).ok()
}

#[cfg(test)]
mod tests;
