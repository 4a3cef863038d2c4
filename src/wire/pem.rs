//! PEM files (RFC 7468): what people give as certificates and keys, and what it is when it is not that.

use std::io;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::model::secret::Secret;

use super::obstacle::Obstacle;

/// The first byte of every DER structure that a certificate or a key could be in (X.690: a SEQUENCE).
const SEQUENCE: u8 = 0x30;
/// How to come from a container to PEM.
const CONVERT: &str = "Convert it: `openssl pkcs12 -in FILE -nodes -out FILE.pem` for `.p12` and `.pfx`, `openssl x509 -inform der` for a \
                       certificate alone.";

/// The certificates in a file that `field` names.
pub(super) fn certificates(field: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Obstacle> {
    let shown = path.display();
    let wrong =
        |what: &str, way_out: &str| Err(Obstacle::setting(format!("`{field}`: the file {shown} {what}."), way_out));
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound => {
                    wrong("does not exist", "Correct the path: a relative one begins at the workspace.")
                }
                io::ErrorKind::PermissionDenied => {
                    wrong("may not be read by this user", "Give this user the right to read it.")
                }
                io::ErrorKind::IsADirectory => wrong("is a directory", "Give the path of a PEM file."),
                _ => wrong("cannot be read", "Give the path of a PEM file that this user can read."),
            };
        }
    };
    if bytes.first() == Some(&SEQUENCE) {
        return wrong("is not PEM but binary (DER, or PKCS#12)", CONVERT);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) if holds(&bytes, "PRIVATE KEY-----") => {
            wrong("holds a private key and no certificate", "Give the certificate here, and the key as `client_key`.")
        }
        Ok(_) => wrong("holds no certificate", "It should have a line `BEGIN CERTIFICATE` between dashes."),
        Err(_) => wrong("is damaged: its base64 or its END line is not as it should be", "Copy it anew, as text."),
    }
}

/// The private key in the field `client_key`.
pub(super) fn client_key(key: &Secret) -> Result<PrivateKeyDer<'static>, Obstacle> {
    #[expect(clippy::disallowed_methods, reason = "the TLS stack signs with the key")]
    let pem = key.expose();
    let wrong = |what: &str, way_out: &str| Err(Obstacle::setting(format!("`client_key` {what}."), way_out));
    if holds(pem, "ENCRYPTED") {
        let way_out =
            "Decrypt it: `openssl pkey -in FILE -out FILE.open`, and store that sealed: `tugtest connections edit`.";
        return wrong("is encrypted with a passphrase, which nobody could type here", way_out);
    }
    if pem.first() == Some(&SEQUENCE) {
        return wrong("is not PEM but binary (DER, or PKCS#12)", CONVERT);
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(_) if holds(pem, "BEGIN CERTIFICATE-----") => {
            wrong("holds a certificate and no key", "Give the key here, and the certificate as `client_cert`.")
        }
        Err(_) => wrong(
            "holds no PEM private key",
            "Give an unencrypted PKCS#8, PKCS#1 or SEC1 key, with its BEGIN and END lines.",
        ),
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
