//! The stations of a probe, in the order in which they are passed.

use std::fmt;

/// Where in an interview something happened. Reports give the time spent in each, and the one that a failure belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before any packet: selecting the connection, resolving its secrets, checking their form.
    Resolve,
    /// Turning a host name into addresses.
    Dns,
    /// The TCP handshake.
    Connect,
    /// The TLS handshake, for FTP also the negotiation that leads to it.
    Tls,
    /// What a server says before it is asked anything (FTP).
    Banner,
    /// Offering the credential and reading the verdict on it.
    Auth,
    /// Asking for what the step needs beyond being known.
    Authz,
    /// Moving data: FTP listings and the write probe.
    Transfer,
    /// Comparing an answer with what was required of it.
    Assert,
}

impl Phase {
    /// All phases in the order of an interview.
    pub const ALL: [Phase; 9] = [
        Phase::Resolve,
        Phase::Dns,
        Phase::Connect,
        Phase::Tls,
        Phase::Banner,
        Phase::Auth,
        Phase::Authz,
        Phase::Transfer,
        Phase::Assert,
    ];

    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Resolve => "resolve",
            Phase::Dns => "dns",
            Phase::Connect => "connect",
            Phase::Tls => "tls",
            Phase::Banner => "banner",
            Phase::Auth => "auth",
            Phase::Authz => "authz",
            Phase::Transfer => "transfer",
            Phase::Assert => "assert",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
