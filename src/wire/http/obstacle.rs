//! What came between us and an HTTP answer, read from the client's errors by type.

use std::error::Error;
use std::io;

use crate::model::phase::Phase;

use super::client::Stopped;
use crate::wire::Limits;
use crate::wire::obstacle::Obstacle;
use crate::wire::tls::TlsObstacle;

/// What there is to know about an exchange that failed.
pub(super) struct Circumstances {
    /// The phase in which it failed.
    pub(super) phase: Phase,
    /// Whether we had a client certificate to show.
    pub(super) offered: bool,
    /// Whether the server asked for one.
    pub(super) asked: bool,
    /// Whether it went through a proxy.
    pub(super) proxied: bool,
    /// The bounds in force.
    pub(super) limits: Limits,
}

/// What an error says.
#[derive(Debug)]
pub(super) enum Reading {
    /// This.
    Clear(Obstacle),
    /// Something else than HTTP may have come. A look at the port's first bytes can say what; otherwise it is this.
    Unclear(Obstacle),
    /// The door was shut by a server that had asked for a certificate. A look at its last words can say why; otherwise it is this.
    Shut(Obstacle),
}

/// What an error means.
pub(super) fn read(error: &reqwest::Error, at: &Circumstances) -> Reading {
    match plainly(error, at) {
        // Whichever way the client came to know of it: by a write, by a read, or while it had nothing to do yet.
        Reading::Clear(shut @ Obstacle::Closed(_)) | Reading::Unclear(shut @ Obstacle::Closed(_)) if at.asked => {
            Reading::Shut(shut)
        }
        reading => reading,
    }
}

/// What an error says by itself.
fn plainly(error: &reqwest::Error, at: &Circumstances) -> Reading {
    if let Some(Stopped(obstacle)) = find::<Stopped>(error) {
        return Reading::Clear(if at.proxied { behind_proxy(obstacle) } else { obstacle.clone() });
    }
    if let Some(tls) = TlsObstacle::within(error, at.offered) {
        return Reading::Clear(Obstacle::Tls(meant(tls, at)));
    }
    if error.is_timeout() {
        let late = late(at.phase, &at.limits);
        return Reading::Clear(if at.proxied && at.phase <= Phase::Connect { behind_proxy(&late) } else { late });
    }
    let (io, hyper) = (find::<io::Error>(error), find::<hyper::Error>(error));
    if at.proxied && error.is_connect() {
        let io = io.map(|io| Obstacle::from_io(io, at.phase, at.limits.connect));
        return Reading::Clear(io.as_ref().map_or_else(no_tunnel, behind_proxy));
    }
    Reading::Clear(match (io, hyper) {
        (Some(io), Some(_)) if matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            Obstacle::Malformed("its body breaks the rules of HTTP".to_owned())
        }
        (None, Some(hyper)) if hyper.is_parse() => {
            let what = "its first bytes are no HTTP response, or its head is too large";
            return Reading::Unclear(Obstacle::Malformed(what.to_owned()));
        }
        // Bytes that came before the request was sent: a banner, most likely.
        (None, Some(hyper)) if !hyper.is_incomplete_message() => return Reading::Unclear(Obstacle::Closed(at.phase)),
        (_, None) if error.is_decode() => {
            Obstacle::Malformed("its `content-encoding` does not fit its body".to_owned())
        }
        (Some(io), _) => Obstacle::from_io(io, at.phase, at.limits.connect),
        (None, _) => Obstacle::Closed(at.phase),
    })
}

/// What an alert means, given what came before it: OpenSSL under TLS 1.2 says `handshake_failure` to a client that has no certificate
/// when asked for one, and Java under TLS 1.3 `bad_certificate`. Once the handshake is done, other alerts are about other things.
pub(super) fn meant(tls: TlsObstacle, at: &Circumstances) -> TlsObstacle {
    let about_ours = |alert: &str| at.phase <= Phase::Tls || matches!(alert, "handshake_failure" | "bad_certificate");
    match tls {
        TlsObstacle::Alert(alert) if at.asked && !at.offered && about_ours(&alert) => {
            TlsObstacle::ClientCertificateRequired
        }
        tls => tls,
    }
}

/// No answer in time, by the phase that took too long.
pub(super) fn late(phase: Phase, limits: &Limits) -> Obstacle {
    match phase {
        Phase::Resolve | Phase::Dns => Obstacle::DnsUnavailable,
        Phase::Connect => Obstacle::ConnectTimeout(limits.connect),
        phase => Obstacle::ResponseTimeout(phase, limits.total),
    }
}

/// An error of a type in a chain of errors.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn behind_proxy(obstacle: &Obstacle) -> Obstacle {
    match obstacle {
        Obstacle::DestinationRefused(_) | Obstacle::Setting(..) => obstacle.clone(),
        Obstacle::HostNotFound => Obstacle::Proxy("its host does not exist in DNS".to_owned()),
        Obstacle::ConnectRefused => Obstacle::Proxy("nothing listens at its address".to_owned()),
        other => Obstacle::Proxy(format!("it could not be reached ({})", other.cause())),
    }
}

fn no_tunnel() -> Obstacle {
    Obstacle::Proxy("it opened no tunnel to this host (it may want a login, or forbid this destination)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_after_a_question_that_we_could_not_answer_is_about_that() {
        let alert = |name: &str| TlsObstacle::Alert(name.to_owned());
        let at = |phase, asked, offered, name| {
            let limits = Limits::default();
            meant(alert(name), &Circumstances { phase, offered, asked, proxied: false, limits })
        };
        let (required, failure) = (TlsObstacle::ClientCertificateRequired, "handshake_failure");
        assert_eq!(at(Phase::Tls, true, false, failure), required);
        assert_eq!(at(Phase::Auth, true, false, "bad_certificate"), required);
        assert_eq!(at(Phase::Tls, false, false, failure), alert(failure), "nobody asked: it is a cipher, or a version");
        assert_eq!(at(Phase::Tls, true, true, failure), alert(failure));
        assert_eq!(at(Phase::Auth, true, false, "internal_error"), alert("internal_error"), "the handshake was done");
    }

    #[test]
    fn lateness_is_blamed_on_the_phase_that_took_too_long() {
        let limits = Limits::default();
        assert_eq!(late(Phase::Dns, &limits), Obstacle::DnsUnavailable);
        assert_eq!(late(Phase::Connect, &limits), Obstacle::ConnectTimeout(limits.connect));
        assert_eq!(late(Phase::Tls, &limits), Obstacle::ResponseTimeout(Phase::Tls, limits.total));
    }
}
