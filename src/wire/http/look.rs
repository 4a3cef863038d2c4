//! A second look at a port whose answer could not be read. No request is sent, and no secret.

use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;

use super::client::encrypted;
use super::obstacle::{Circumstances, Reading, meant};
use crate::wire::Wire;
use crate::wire::obstacle::Obstacle;
use crate::wire::tcp;
use crate::wire::tls::{TlsObstacle, TlsWishes};
use crate::wire::transcript::Transcript;

/// How long a port may take to show what it speaks, or why it does not.
const PEEK: Duration = Duration::from_secs(1);

impl Wire {
    /// What can be learned of a failure by one more look, which sends no request and no secret.
    pub(super) async fn look_again(
        &self,
        failed: Reading,
        endpoint: &Endpoint,
        credential: &Credential,
        at: &Circumstances,
        transcript: &Transcript<'_>,
    ) -> Obstacle {
        let direct = !at.proxied;
        let (seen, guess) = match failed {
            Reading::Unclear(guess) if direct && !encrypted(endpoint) => {
                (self.name_protocol(endpoint, transcript).await, guess)
            }
            Reading::Shut(guess) if direct => (self.last_words(endpoint, credential, at, transcript).await, guess),
            Reading::Clear(obstacle) | Reading::Unclear(obstacle) | Reading::Shut(obstacle) => return obstacle,
        };
        seen.unwrap_or(guess)
    }

    /// Says why a server that asks for a certificate ends a connection: makes TLS anew, and only listens. Under TLS 1.3 a client takes
    /// the handshake for done before the server has looked at the certificate (RFC 8446 section 4.4), so that the alert and our
    /// request cross, and the reset that the request brings about can overtake the alert.
    async fn last_words(
        &self,
        endpoint: &Endpoint,
        credential: &Credential,
        at: &Circumstances,
        transcript: &Transcript<'_>,
    ) -> Option<Obstacle> {
        let phase = transcript.clock().current();
        let heard = tokio::time::timeout(PEEK, self.farewell(endpoint, credential, transcript)).await;
        transcript.enter(phase);
        let tls = TlsObstacle::within_io(&heard.ok().flatten()?, at.offered)?;
        Some(Obstacle::Tls(meant(tls, at)))
    }

    /// The error that ends a TLS connection on which we say nothing.
    async fn farewell(
        &self,
        endpoint: &Endpoint,
        credential: &Credential,
        transcript: &Transcript<'_>,
    ) -> Option<io::Error> {
        let config = self.tls.get(&TlsWishes::of(credential, endpoint, &[]), credential).ok()?;
        let name = ServerName::try_from(endpoint.declared.host.to_string()).ok()?;
        let stream = tcp::connect(endpoint, self.reach, self.limits.connect, transcript).await.ok()?;
        match TlsConnector::from(config).connect(name, stream).await {
            Ok(mut stream) => stream.read(&mut [0]).await.err(),
            Err(error) => Some(error),
        }
    }

    /// Says what a port speaks that does not speak HTTP: connects anew, listens, and sends an empty line. Nothing of the credential.
    async fn name_protocol(&self, endpoint: &Endpoint, transcript: &Transcript<'_>) -> Option<Obstacle> {
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
}
