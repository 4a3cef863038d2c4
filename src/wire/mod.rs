//! Floor 1: bytes out. The only client sockets of tugtest, and transport errors as typed obstacles.

pub mod client_certificate;
pub(crate) mod ftp;
pub mod http;
pub mod obstacle;
mod pem;
mod provider;
pub mod tcp;
pub mod tls;
mod tls_obstacle;
mod tls_session;
pub mod transcript;

use std::time::Duration;

use self::http::client::Clients;
use self::tcp::Reach;
use self::tls::TlsConfigs;

/// Bounds on every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the TCP handshake.
    pub connect: Duration,
    /// For one attempt, from its first byte to its last.
    pub total: Duration,
    /// For a body, after decompression, in bytes.
    pub body: usize,
    /// For a head, in bytes.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { connect: Duration::from_secs(5), total: Duration::from_secs(30), body: 8 << 20, headers: 64 << 10 }
    }
}

/// The door to the outside: everything that a run sends goes through one of these.
#[derive(Debug)]
pub struct Wire {
    /// How far it may reach.
    pub reach: Reach,
    /// The bounds of every attempt.
    pub limits: Limits,
    /// TLS configurations, made once.
    pub tls: TlsConfigs,
    /// HTTP clients, made once.
    clients: Clients,
}

impl Wire {
    /// A wire with this reach and these bounds.
    #[must_use]
    pub fn new(reach: Reach, limits: Limits) -> Self {
        Wire { reach, limits, tls: TlsConfigs::default(), clients: Clients::default() }
    }
}
