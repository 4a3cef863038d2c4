//! The session store, which also is the one place where rustls tells us that a handshake begins.

use std::fmt;
use std::sync::Arc;

use rustls::NamedGroup;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

use crate::model::phase::Phase;

use super::transcript::enter_current;

/// How many servers' sessions one configuration remembers.
const SERVERS: usize = 64;

/// Remembers sessions in memory, as rustls does by default, and enters [`Phase::Tls`] when a client asks for its first key share:
/// that question comes once, at the start of each handshake, in the task that connects.
pub(super) struct MarkingSessions(Arc<ClientSessionMemoryCache>);

impl Default for MarkingSessions {
    fn default() -> Self {
        MarkingSessions(Arc::new(ClientSessionMemoryCache::new(SERVERS)))
    }
}

impl fmt::Debug for MarkingSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MarkingSessions")
    }
}

impl ClientSessionStore for MarkingSessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        enter_current(Phase::Tls);
        self.0.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server_name)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.0.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(&self, server_name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(&self, server_name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server_name)
    }
}
