//! Floor 2: doubles, stand-in servers on loopback that play a fixture.
//!
//! A double belongs to one step of a mocked run: it is raised before the probe and finished after it. Only the effective address
//! leads to it; the probe cannot tell it from the real server. In mocked runs every secret is a canary, so a double never holds a
//! real one; what it says of a request names fields in place of their values all the same.

mod assertion;
mod digest;
mod fault;
mod ftp;
mod gate;
mod hmac;
mod http;
mod listener;
mod matching;
mod oauth1;
mod session;
mod sigv4;
mod template;

use std::fmt;
use std::io;

use crate::model::app::Placement;
use crate::model::credential::Credential;
use crate::model::endpoint::StandIn;
use crate::model::fixture::Fixture;

/// A stand-in server that listens on loopback until it is finished or dropped.
#[derive(Debug)]
pub struct Double(Kind);

#[derive(Debug)]
enum Kind {
    Http(http::HttpDouble),
    Ftp(ftp::FtpDouble),
}

/// Raises the double that plays a fixture, its `{{field}}` marks filled from the credential. `place` is where the credential goes in a
/// request: what it signs is verified.
///
/// # Errors
/// No socket to listen on, or a fixture that cannot be served as it is written (a header value with a line break, for one).
pub async fn raise(fixture: &Fixture, credential: &Credential, place: Option<&Placement>) -> io::Result<Double> {
    let kind = match fixture {
        Fixture::Http(exchanges) => {
            Kind::Http(http::raise(exchanges, &session::credential(credential, place), place).await?)
        }
        Fixture::Ftp(script) => Kind::Ftp(ftp::raise(script, credential).await?),
    };
    Ok(Double(kind))
}

impl Double {
    /// Where it listens, and the certificate that it shows.
    #[must_use]
    pub fn stand_in(&self) -> StandIn {
        match &self.0 {
            Kind::Http(double) => double.stand_in(),
            Kind::Ftp(double) => double.stand_in(),
        }
    }

    /// Takes it down. The first request that its fixture does not hold, if there was one, decides the step: whatever the probe
    /// made of the double's answer rests on nothing.
    #[must_use]
    pub fn finish(self) -> Option<Mismatch> {
        match self.0 {
            Kind::Http(double) => double.finish(),
            Kind::Ftp(double) => double.finish(),
        }
    }
}

/// A request that a fixture does not hold, and what comes nearest. Names fields as `{{field}}` where a value is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was asked: a request line, or a command.
    pub request: String,
    /// The nearest one that the fixture expects; none when it expects nothing at all.
    pub nearest: Option<String>,
    /// What differs between the two, one sentence part each.
    pub differences: Vec<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not in the fixture", self.request)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest is {nearest}, with {}", self.differences.join("; ")),
            None => f.write_str(", which expects nothing more"),
        }
    }
}
