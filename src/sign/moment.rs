//! The moment of a signature: time and chance, given by whoever asks for one.

/// When a request is signed, and the number that no other request of that time has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970 (RFC 5849 section 3.3).
    pub timestamp: u64,
    /// Milliseconds of that second.
    pub millisecond: u16,
    /// Any text.
    pub nonce: String,
}
