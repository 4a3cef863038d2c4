//! What came between us and an HTTP answer, read from the client's errors by type.

use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;

use super::client::Stopped;
use crate::wire::obstacle::Obstacle;
use crate::wire::tcp;
use crate::wire::tls::TlsObstacle;
use crate::wire::transcript::Transcript;
use crate::wire::{Limits, Wire};

/// How long a port may take to show what it speaks.
const PEEK: Duration = Duration::from_secs(1);

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
}

/// What an error means.
pub(super) fn read(error: &reqwest::Error, at: &Circumstances) -> Reading {
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
/// when asked for one.
fn meant(tls: TlsObstacle, at: &Circumstances) -> TlsObstacle {
    match tls {
        TlsObstacle::Alert(_) if at.asked && !at.offered => TlsObstacle::ClientCertificateRequired,
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

impl Wire {
    /// Says what a port speaks that does not speak HTTP: connects anew, listens, and sends an empty line. Nothing of the credential.
    pub(super) async fn name_protocol(&self, endpoint: &Endpoint, transcript: &Transcript<'_>) -> Option<Obstacle> {
        let phase = transcript.clock().current();
        let first = tokio::time::timeout(PEEK, self.first_bytes(endpoint, transcript)).await;
        transcript.enter(phase);
        let bytes = first.ok().flatten().unwrap_or_default();
        if let Some(name) = protocol(&bytes) {
            return Some(Obstacle::Protocol(name.to_owned()));
        }
        let is_http = bytes.is_empty() || bytes.starts_with(b"HTTP/");
        (!is_http).then(|| Obstacle::Malformed("its first bytes are no HTTP response".to_owned()))
    }

    async fn first_bytes(&self, endpoint: &Endpoint, transcript: &Transcript<'_>) -> Option<Vec<u8>> {
        let mut stream = tcp::connect(endpoint, self.reach, self.limits.connect, transcript).await.ok()?;
        let mut first = [0; 64];
        let heard = if let Ok(heard) = tokio::time::timeout(PEEK / 2, stream.read(&mut first)).await {
            heard.ok()?
        } else {
            // A server that waits for its client: an empty line is enough to make a TLS server complain in its own language.
            stream.write_all(b"\r\n\r\n").await.ok()?;
            stream.read(&mut first).await.ok()?
        };
        Some(first[..heard].to_vec())
    }
}

/// The name of a protocol by its first bytes.
fn protocol(first: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(first).to_ascii_uppercase();
    match first {
        [0x14..=0x17, 0x03, ..] => Some("TLS (so its URL begins with `https://`)"),
        _ if text.starts_with("SSH-") => Some("SSH"),
        _ if text.starts_with("220") && text.contains("SMTP") => Some("SMTP"),
        _ if text.starts_with("220") => Some("FTP or SMTP"),
        _ if text.starts_with("+OK") => Some("POP3"),
        _ if text.starts_with("* OK") => Some("IMAP"),
        _ if text.starts_with("-ERR") || text.starts_with("-NOAUTH") => Some("the Redis protocol"),
        [_, _, _, 0x00, 0x0a, ..] => Some("the MySQL protocol"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_named_by_their_first_bytes() {
        let seen: [(&[u8], Option<&str>); 7] = [
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n", Some("SSH")),
            (b"220 (vsFTPd 3.0.3)\r\n", Some("FTP or SMTP")),
            (b"220 mail.example.com ESMTP Postfix\r\n", Some("SMTP")),
            (b"\x15\x03\x01\x00\x02\x02\x16", Some("TLS (so its URL begins with `https://`)")),
            (b"-ERR wrong number of arguments\r\n", Some("the Redis protocol")),
            (b"hello", None),
            (b"", None),
        ];
        for (bytes, name) in seen {
            assert_eq!(protocol(bytes), name, "{bytes:?}");
        }
    }

    #[test]
    fn an_alert_after_a_question_that_we_could_not_answer_is_about_that() {
        let alert = || TlsObstacle::Alert("handshake_failure".to_owned());
        let at = |asked, offered| {
            let limits = Limits::default();
            meant(alert(), &Circumstances { phase: Phase::Tls, offered, asked, proxied: false, limits })
        };
        assert_eq!(at(true, false), TlsObstacle::ClientCertificateRequired);
        assert_eq!(at(false, false), alert(), "nobody asked: it is a cipher, or a version");
        assert_eq!(at(true, true), alert());
    }

    #[test]
    fn lateness_is_blamed_on_the_phase_that_took_too_long() {
        let limits = Limits::default();
        assert_eq!(late(Phase::Dns, &limits), Obstacle::DnsUnavailable);
        assert_eq!(late(Phase::Connect, &limits), Obstacle::ConnectTimeout(limits.connect));
        assert_eq!(late(Phase::Tls, &limits), Obstacle::ResponseTimeout(Phase::Tls, limits.total));
    }
}
