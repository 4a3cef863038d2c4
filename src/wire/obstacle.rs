//! Obstacles: what can come between us and an answer, by type and never by text.

use std::io;
use std::time::Duration;

use crate::model::cause::Cause;
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

use super::tls_obstacle::TlsObstacle;

/// Why there is no answer to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The name does not exist (NXDOMAIN, NODATA).
    HostNotFound,
    /// The resolver failed or did not answer.
    DnsUnavailable,
    /// Where the name leads is not a place to send secrets to. The text says which address, and why.
    DestinationRefused(String),
    /// Nothing listens.
    ConnectRefused,
    /// No answer to the TCP handshake in this time.
    ConnectTimeout(Duration),
    /// No route.
    NetworkUnreachable,
    /// The peer reset or closed the connection during this phase, before a complete answer.
    Closed(Phase),
    /// No answer in this time, although connected.
    ResponseTimeout(Phase, Duration),
    /// TLS.
    Tls(TlsObstacle),
    /// The proxy failed; the text says how.
    Proxy(String),
    /// The port speaks another protocol: what it speaks.
    Protocol(String),
    /// The answer breaks a bound of ours or the protocol's rules: which one.
    Malformed(String),
    /// Our own settings do not let us begin: what is wrong, and the way out.
    Setting(String, String),
}

impl Obstacle {
    /// A setting of ours that is in the way: what is wrong, and the way out, a sentence each.
    pub(super) fn setting(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Obstacle::Setting(what.into(), way_out.into())
    }

    /// Reads an IO error by its kind.
    #[must_use]
    pub fn from_io(error: &io::Error, phase: Phase, budget: Duration) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Obstacle::ConnectRefused,
            Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::AddrNotAvailable | Kind::NetworkDown => {
                Obstacle::NetworkUnreachable
            }
            Kind::TimedOut if phase <= Phase::Connect => Obstacle::ConnectTimeout(budget),
            Kind::TimedOut | Kind::WouldBlock => Obstacle::ResponseTimeout(phase, budget),
            _ => Obstacle::Closed(phase),
        }
    }

    /// The cause that it leads to.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        match self {
            Obstacle::HostNotFound => Cause::HostNotFound,
            Obstacle::DnsUnavailable => Cause::DnsUnavailable,
            Obstacle::DestinationRefused(_) => Cause::DestinationRefused,
            Obstacle::ConnectRefused => Cause::ConnectRefused,
            Obstacle::ConnectTimeout(_) => Cause::ConnectTimeout,
            Obstacle::NetworkUnreachable => Cause::NetworkUnreachable,
            Obstacle::Closed(_) => Cause::ConnectionReset,
            Obstacle::ResponseTimeout(..) => Cause::ResponseTimeout,
            Obstacle::Tls(tls) => tls.cause(),
            Obstacle::Proxy(_) => Cause::ProxyFailed,
            Obstacle::Protocol(_) => Cause::ProtocolMismatch,
            Obstacle::Malformed(_) => Cause::UnexpectedResponse,
            Obstacle::Setting(..) => Cause::FieldFormat,
        }
    }

    /// The phase that it belongs to.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self {
            Obstacle::HostNotFound | Obstacle::DnsUnavailable | Obstacle::DestinationRefused(_) => Phase::Dns,
            Obstacle::ConnectRefused
            | Obstacle::ConnectTimeout(_)
            | Obstacle::NetworkUnreachable
            | Obstacle::Proxy(_) => Phase::Connect,
            Obstacle::Closed(phase) | Obstacle::ResponseTimeout(phase, _) => *phase,
            Obstacle::Tls(_) => Phase::Tls,
            Obstacle::Protocol(_) => Phase::Banner,
            Obstacle::Malformed(_) => Phase::Assert,
            Obstacle::Setting(..) => Phase::Resolve,
        }
    }

    /// The judgement in words: what was observed, what it means, what to do.
    #[must_use]
    pub fn judgement(&self, address: &Address) -> Judgement {
        let (message, remedy) = self.words(address);
        Judgement::of(self.cause(), self.phase(), message, remedy)
    }

    fn words(&self, address: &Address) -> (String, String) {
        let (host, at) = (&address.host, address.authority());
        match self {
            Obstacle::HostNotFound => (
                format!("The host `{host}` does not exist in DNS, so nothing was sent."),
                "Check the spelling of the host, its subdomain and its region in the connection.".to_owned(),
            ),
            Obstacle::DnsUnavailable => (
                format!("The resolver gave no answer for `{host}`; the connection was not judged."),
                "Try again, or check the resolver and network of this machine.".to_owned(),
            ),
            Obstacle::DestinationRefused(why) => (
                format!("Refusing to send a secret to `{at}`: {why}."),
                "Point the connection at the host it was made for.".to_owned(),
            ),
            Obstacle::ConnectRefused => (
                format!("Nothing listens on {at}: the connection was refused before anything was sent."),
                "Check host, port and protocol, and whether the service runs.".to_owned(),
            ),
            Obstacle::ConnectTimeout(after) => (
                format!("No answer from {at} within {}: a firewall may drop our packets.", in_words(*after)),
                "Check host and port, and ask for this machine's address to be allowed.".to_owned(),
            ),
            Obstacle::NetworkUnreachable => (
                format!("There is no route to {at} from this machine."),
                "Check the network; does this host need a VPN?".to_owned(),
            ),
            Obstacle::Closed(phase) => (
                format!(
                    "{at} closed the connection during {phase}, before its answer was complete; the credential was not judged."
                ),
                match &*address.scheme {
                    "http" | "ftp" => "Try again. If it repeats: the port may want TLS, or this address may be banned.",
                    _ => {
                        "Try again. If it repeats: this machine's address may be banned, or something in between cuts in."
                    }
                }
                .to_owned(),
            ),
            Obstacle::ResponseTimeout(phase, after) => (
                format!("Connected to {at}, but {phase} brought no complete answer within {}.", in_words(*after)),
                "Try again, raise --timeout, or check whether the port speaks another protocol.".to_owned(),
            ),
            Obstacle::Tls(tls) => tls.words(address),
            Obstacle::Proxy(how) => {
                (format!("The proxy failed: {how}."), "Check the connection's `proxy` and its login.".to_owned())
            }
            Obstacle::Protocol(what) => (
                format!("{at} speaks {what}, and the connection says `{}`.", address.scheme),
                "Correct the port or the protocol in the connection.".to_owned(),
            ),
            Obstacle::Malformed(what) => (
                format!("{at} answered with something that cannot be read: {what}."),
                "Check host, port and base URL: something else may answer there.".to_owned(),
            ),
            Obstacle::Setting(what, way_out) => (what.clone(), way_out.clone()),
        }
    }
}

/// A duration as people say it.
fn in_words(time: Duration) -> String {
    if time.subsec_millis() == 0 && time.as_secs() > 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}
