//! Ways of running.

/// How a run reached its endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Against doubles on loopback.
    Mocked,
    /// Against the real servers.
    Live,
}

impl Mode {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Mocked => "mocked",
            Mode::Live => "live",
        }
    }
}
