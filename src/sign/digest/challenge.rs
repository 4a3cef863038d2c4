//! What a server wants answered (RFC 7616 section 3.3), and which of several challenges to answer.

use std::fmt;

use super::Algorithm;
use crate::model::challenge;

/// The quality of protection: what of a request is in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qop {
    /// Method, path and query.
    Auth,
    /// The body too.
    AuthInt,
}

impl Qop {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt].into_iter().find(|qop| qop.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// A challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The realm: which users are meant. It is a part of the key.
    pub realm: String,
    /// The server's number.
    pub nonce: String,
    /// What is sent back as it came.
    pub opaque: Option<String>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Whether the server has named it: only then the answer does.
    pub named: bool,
    /// What is to be protected; none for servers from before RFC 2617.
    pub qop: Option<Qop>,
    /// Whether the last answer was refused for its number alone.
    pub stale: bool,
    /// Whether the user name is to be hidden.
    pub userhash: bool,
}

/// Why a challenge cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// An algorithm that nobody here knows.
    Algorithm(String),
    /// Nothing known in the list of protections.
    Qop(String),
    /// No nonce.
    NoNonce,
    /// Characters beyond ASCII, which no two programs write in the same bytes.
    BeyondAscii,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Algorithm(name) => write!(f, "the algorithm {name}"),
            Unusable::Qop(list) => write!(f, "the protection {list}"),
            Unusable::NoNonce => f.write_str("no nonce"),
            Unusable::BeyondAscii => f.write_str("a realm beyond ASCII"),
        }
    }
}

impl Challenge {
    /// Reads a challenge of this scheme.
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn read(challenge: &challenge::Challenge) -> Result<Challenge, Unusable> {
        let stated = |name: &str| challenge.parameter(name);
        let is_true = |name: &str| stated(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let named = stated("algorithm");
        let algorithm = named.map_or(Some(Algorithm::UNNAMED), Algorithm::from_name);
        let nonce = stated("nonce").ok_or(Unusable::NoNonce)?;
        let (realm, opaque) = (stated("realm").unwrap_or_default(), stated("opaque"));
        if [realm, nonce, opaque.unwrap_or_default()].iter().any(|text| !text.is_ascii()) {
            return Err(Unusable::BeyondAscii);
        }
        Ok(Challenge {
            realm: realm.to_owned(),
            nonce: nonce.to_owned(),
            opaque: opaque.map(str::to_owned),
            algorithm: algorithm.ok_or_else(|| Unusable::Algorithm(named.unwrap_or_default().to_owned()))?,
            named: named.is_some(),
            qop: protection(stated("qop").unwrap_or_default())?,
            stale: is_true("stale"),
            userhash: is_true("userhash"),
        })
    }

    /// How it compares with others. `auth` goes before `auth-int`, whose answers break wherever something in between touches a body.
    fn worth(&self) -> impl Ord + use<> {
        (self.algorithm.hash, self.qop.is_some(), self.qop != Some(Qop::AuthInt))
    }
}

/// The protection to take of a list. An empty list is none, as servers mean it that write one.
fn protection(list: &str) -> Result<Option<Qop>, Unusable> {
    let words: Vec<&str> = list.split([',', ' ', '\t']).filter(|word| !word.is_empty()).collect();
    let known: Vec<Qop> = words.iter().filter_map(|word| Qop::from_name(word)).collect();
    match (words.is_empty(), known.contains(&Qop::Auth), known.first()) {
        (true, ..) => Ok(None),
        (_, true, _) => Ok(Some(Qop::Auth)),
        (_, _, Some(other)) => Ok(Some(*other)),
        (_, _, None) => Err(Unusable::Qop(words.join(", "))),
    }
}

/// The challenge to answer: the one with the strongest algorithm, and among equals the first. None where there is none of this scheme.
///
/// # Errors
/// Why none of them can be answered, for each of them.
#[must_use]
pub fn choose(found: &[challenge::Challenge]) -> Option<Result<Challenge, Vec<Unusable>>> {
    let mut best: Option<Challenge> = None;
    let mut unusable = Vec::new();
    for challenge in found.iter().filter(|challenge| challenge.scheme == "digest") {
        match Challenge::read(challenge) {
            Ok(read) if best.as_ref().is_none_or(|best| best.worth() < read.worth()) => best = Some(read),
            Ok(_) => {}
            Err(why) => unusable.push(why),
        }
    }
    match (best, unusable.is_empty()) {
        (Some(best), _) => Some(Ok(best)),
        (None, false) => Some(Err(unusable)),
        (None, true) => None,
    }
}
