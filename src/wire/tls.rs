//! TLS: one way to make a client configuration, always verified; and what can go wrong with it, typed.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;

use super::client_certificate::{self, Showing};
use super::obstacle::Obstacle;
use super::pem::certificates;
use super::provider::provider;
use super::tls_obstacle;
pub use super::tls_obstacle::TlsObstacle;
use super::tls_session::MarkingSessions;

/// What one connection asks of TLS. Connections with the same wishes share a configuration, and so its resumable sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TlsWishes {
    /// A PEM file with further certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// A PEM file with our certificate chain.
    pub client_cert: Option<PathBuf>,
    /// The connection whose `client_key` belongs to it; part of the key, since the key itself is secret.
    pub owner: Option<Arc<str>>,
    /// The certificate of a double: trusted, and nothing else is.
    pub double: Option<Vec<u8>>,
    /// ALPN names to offer.
    pub alpn: Vec<&'static [u8]>,
}

impl TlsWishes {
    /// The wishes of a connection for an endpoint.
    #[must_use]
    pub fn of(credential: &Credential, endpoint: &Endpoint, alpn: &[&'static [u8]]) -> Self {
        // Files on this machine say how to trust the real server; a double is trusted by its own certificate alone.
        let path = |name| credential.public(name).filter(|_| endpoint.effective.is_none()).map(PathBuf::from);
        let double = endpoint.effective.as_ref().and_then(|double| double.certificate.clone());
        let client_cert = path("client_cert");
        TlsWishes {
            ca_file: path("ca_file"),
            owner: client_cert.is_some().then(|| Arc::clone(&credential.connection)),
            client_cert,
            double,
            alpn: alpn.to_vec(),
        }
    }
}

/// Makes client configurations and keeps them.
#[derive(Debug, Default)]
pub struct TlsConfigs {
    made: Mutex<HashMap<TlsWishes, Arc<ClientConfig>>>,
}

impl TlsConfigs {
    /// The configuration for these wishes.
    ///
    /// # Errors
    /// [`Obstacle::Setting`] when a certificate or key file cannot be used.
    pub fn get(&self, wishes: &TlsWishes, credential: &Credential) -> Result<Arc<ClientConfig>, Obstacle> {
        if let Some(config) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(wishes) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(configure(wishes, credential)?);
        if wishes.double.is_none() {
            // A double lives for one step; keeping its configuration would only grow.
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.insert(wishes.clone(), Arc::clone(&config));
        }
        Ok(config)
    }
}

fn configure(wishes: &TlsWishes, credential: &Credential) -> Result<ClientConfig, Obstacle> {
    let verifier = Arc::new(TypedVerifier::for_wishes(wishes)?);
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| Obstacle::setting("This build has no TLS versions", "Report this as a bug."))?
        .dangerous() // "dangerous" is rustls' word for a verifier of one's own; ours only adds types to the standard one.
        .with_custom_certificate_verifier(verifier);
    let shown = wishes.client_cert.as_ref().map(|path| client_certificate::certified(path, credential)).transpose()?;
    let mut config = builder.with_client_cert_resolver(Arc::new(Showing(shown)));
    config.alpn_protocols = wishes.alpn.iter().map(|name| name.to_vec()).collect();
    config.resumption = rustls::client::Resumption::store(Arc::new(MarkingSessions::default()));
    Ok(config)
}

/// The system's roots, read once and only when some certificate has to be verified.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    Arc::clone(ROOTS.get_or_init(|| {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(store)
    }))
}

/// The standard verifier, with typed reasons, and one addition: a certificate that the connection itself pins by `ca_file` is
/// trusted as it is (name and dates still have to be right), since people do give the server's own self-signed certificate there.
struct TypedVerifier {
    pinned: Vec<CertificateDer<'static>>,
    only_pinned: bool,
    inner: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl TypedVerifier {
    fn for_wishes(wishes: &TlsWishes) -> Result<Self, Obstacle> {
        let pinned = match (&wishes.double, &wishes.ca_file) {
            (Some(double), _) => vec![CertificateDer::from(double.clone())],
            (None, Some(path)) => certificates("ca_file", path)?,
            (None, None) => Vec::new(),
        };
        Ok(TypedVerifier { pinned, only_pinned: wishes.double.is_some(), inner: OnceLock::new() })
    }

    /// The standard verifier over the system's roots and the connection's own. None: there is no root at all.
    fn inner(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        let build = || {
            let mut roots = if self.only_pinned { RootCertStore::empty() } else { (*system_roots()).clone() };
            roots.add_parsable_certificates(self.pinned.iter().cloned());
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().ok()
        };
        self.inner.get_or_init(build).as_ref()
    }
}

impl fmt::Debug for TypedVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedVerifier").field("pinned", &self.pinned.len()).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for TypedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.pinned.iter().any(|pinned| pinned.as_ref() == end_entity.as_ref()) {
            return tls_obstacle::verify_pinned(end_entity, server_name, now)
                .map(|()| ServerCertVerified::assertion())
                .map_err(TlsObstacle::into_rustls);
        }
        let Some(inner) = self.inner() else {
            return Err(TlsObstacle::NoRoots.into_rustls());
        };
        inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| TlsObstacle::from_verification(&error, end_entity).into_rustls())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
