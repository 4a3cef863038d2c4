//! Endpoints: the one seam between mocked and live.

use std::fmt;
use std::net::SocketAddr;

/// Where a connection leads: what it says, and where we really connect.
///
/// A mocked run raises a double and sets `effective`; nothing else differs. Reports show `declared` only, so that no random port
/// reaches a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What the connection says.
    pub declared: Address,
    /// The double that stands in, if any.
    pub effective: Option<StandIn>,
}

impl Endpoint {
    /// An endpoint that is what it says.
    #[must_use]
    pub const fn real(declared: Address) -> Self {
        Endpoint { declared, effective: None }
    }
}

/// A scheme, a host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// `https`, `http`, `ftp`, `ftps`, `ftps-implicit` or `sftp`.
    pub scheme: Box<str>,
    /// The host name or IP address (IPv6 without brackets).
    pub host: Box<str>,
    /// The port.
    pub port: u16,
}

impl Address {
    /// The port that a scheme means when none is written.
    #[must_use]
    pub fn default_port(scheme: &str) -> u16 {
        match scheme {
            "http" => 80,
            "ftp" | "ftps" => 21,
            "ftps-implicit" => 990,
            "sftp" => 22,
            _ => 443,
        }
    }

    /// `host:port`, with brackets around IPv6: the key of per-host limits.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The value of a `Host` header (RFC 9110 section 7.2): the port only where it is not the scheme's own.
    #[must_use]
    pub fn host_header(&self) -> String {
        let shown = self.to_string();
        shown.split_once("://").map_or(shown.clone(), |(_, host)| host.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() };
        if self.port == Address::default_port(&self.scheme) {
            write!(f, "{}://{host}", self.scheme)
        } else {
            write!(f, "{}://{host}:{}", self.scheme, self.port)
        }
    }
}

/// A double on loopback, as the wire sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// Where it listens. Always loopback.
    pub socket: SocketAddr,
    /// The certificate that it shows, DER; the wire trusts it for this endpoint alone. None: it speaks no TLS.
    pub certificate: Option<Vec<u8>>,
}
