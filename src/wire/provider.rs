//! The crypto provider of TLS.

use std::sync::{Arc, Once, OnceLock};

use rustls::crypto::CryptoProvider;

/// The crypto provider, named explicitly so that no other crate's choice can matter.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())))
}

/// Draws the first random number, which takes aws-lc some 60 ms to gather entropy for: before a handshake, so that no server is
/// blamed for it, and only in runs that speak TLS at all.
pub(super) fn seed() {
    static SEEDED: Once = Once::new();
    // A failure here comes again in the handshake, where it is typed.
    SEEDED.call_once(|| drop(provider().secure_random.fill(&mut [0; 8])));
}
