//! A certificate made on the spot, for one double.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// A self-signed certificate for a host (and `localhost`): its DER, and what serves it.
pub(super) fn make(host: &str) -> io::Result<(Vec<u8>, TlsAcceptor)> {
    let mut names = vec![host.to_owned(), "localhost".to_owned()];
    names.dedup();
    // rcgen makes an IP address out of a name that is one.
    let names = names.into_iter().filter(|name| name.parse::<IpAddr>().is_ok() || name.is_ascii()).collect::<Vec<_>>();
    let params = CertificateParams::new(names).map_err(|_| unusable("the host fits into no certificate"))?;
    let key = KeyPair::generate().map_err(|_| unusable("no key could be made"))?;
    let certificate = params.self_signed(&key).map_err(|_| unusable("no certificate could be made"))?;
    let der = certificate.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![der.clone()], key))
        .map_err(|_| unusable("the certificate cannot be served"))?;
    Ok((der.to_vec(), TlsAcceptor::from(Arc::new(config))))
}

fn unusable(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
