//! Client certificates: what a connection shows to a server that asks who we are, and whether it asked.

use std::path::Path;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{Error, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::model::credential::Credential;

use super::obstacle::Obstacle;
use super::pem::{certificates, client_key};
use super::provider::provider;
use super::tls_obstacle::day;
use super::transcript::note_certificate_asked;

/// Shows a certificate, if there is one, and notes for the attempt under way that it was asked for.
#[derive(Debug)]
pub(super) struct Showing(pub(super) Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Showing {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        note_certificate_asked();
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// The certificate of a connection, with those between it and its authority where the file has them, and its key.
///
/// It is ours, so that nothing is asked of it but that the key belongs to it: what else it has to be, the server decides. (The usual
/// check refuses certificates of X.509 version 1, which many private authorities issue.)
pub(super) fn certified(path: &Path, credential: &Credential) -> Result<Arc<CertifiedKey>, Obstacle> {
    let chain = certificates("client_cert", path)?;
    let Some(key) = credential.secret("client_key") else {
        let what = "`client_cert` is set and `client_key` is not.";
        return Err(Obstacle::setting(what, "Add `client_key: {file: PATH}`, or store it sealed."));
    };
    let key = provider().key_provider.load_private_key(client_key(key)?).map_err(|error| unsupported(&error))?;
    let own = chain.first().and_then(|own| parsed(own)).ok_or_else(|| {
        let what = format!("`client_cert`: the first certificate in the file {} is not well-formed.", path.display());
        Obstacle::setting(what, "Copy it anew. It has to be the first in the file, before those of its authorities.")
    })?;
    if key.public_key().is_some_and(|public| public.as_ref() != own.subject_pki.raw) {
        let way_out =
            "Give the key that this certificate was made with. The certificate has to be the first in its file.";
        return Err(Obstacle::setting("`client_key` does not fit `client_cert`.", way_out));
    }
    Ok(Arc::new(CertifiedKey::new(chain.clone(), key)))
}

fn unsupported(_: &Error) -> Obstacle {
    let what = "`client_key` is a key of a kind, or of a size, that TLS here cannot sign with.";
    Obstacle::setting(what, "Use RSA (2048 bits or more), ECDSA (P-256, P-384, P-521) or Ed25519.")
}

fn parsed<'c>(certificate: &'c CertificateDer<'_>) -> Option<X509Certificate<'c>> {
    X509Certificate::from_der(certificate).ok().map(|(_, parsed)| parsed)
}

/// The day on which a connection's own certificate expired, if it has; `now` in seconds since 1970.
#[must_use]
pub fn expired_on(credential: &Credential, now: i64) -> Option<String> {
    let chain = certificates("client_cert", Path::new(credential.public("client_cert")?)).ok()?;
    let until = parsed(chain.first()?)?.validity().not_after.timestamp();
    (until < now).then(|| day(until))
}
