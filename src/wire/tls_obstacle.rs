//! What can go wrong with TLS, from rustls' types to ours.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{AlertDescription, CertificateError, OtherError};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::model::cause::Cause;
use crate::model::endpoint::Address;

/// Why a TLS session did not come about, or was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsObstacle {
    /// Nobody we trust signed the certificate: its issuer, and whether it signed itself.
    Untrusted {
        /// The issuer's distinguished name.
        issuer: String,
        /// Whether issuer and subject are the same.
        self_signed: bool,
    },
    /// The certificate has expired, on this day.
    Expired(String),
    /// The certificate is valid only from this day.
    NotYetValid(String),
    /// The certificate is for these names.
    NameMismatch(Vec<String>),
    /// The certificate cannot be used: why.
    Unusable(String),
    /// This machine has no trusted roots.
    NoRoots,
    /// The server wants a client certificate and got none.
    ClientCertificateRequired,
    /// The server refused our client certificate with this alert.
    ClientCertificateRejected(String),
    /// The server ended the handshake with this alert.
    Alert(String),
    /// The peer does not speak TLS.
    NotTls,
    /// Anything else that the protocol forbids, in a few words.
    Handshake(String),
}

impl TlsObstacle {
    /// Reads the standard verifier's error; the certificate adds the names and dates that the error may lack.
    pub(super) fn from_verification(error: &rustls::Error, certificate: &CertificateDer<'_>) -> Self {
        let rustls::Error::InvalidCertificate(error) = error else {
            return TlsObstacle::of(error, false);
        };
        let parsed = X509Certificate::from_der(certificate).ok().map(|(_, parsed)| parsed);
        let day = |before: bool| {
            parsed.as_ref().map_or_else(String::new, |parsed| {
                let validity = parsed.validity();
                day(if before { validity.not_before } else { validity.not_after }.timestamp())
            })
        };
        let self_signed = parsed.as_ref().is_some_and(|parsed| parsed.issuer() == parsed.subject());
        let untrusted = || TlsObstacle::Untrusted {
            issuer: parsed.as_ref().map_or_else(String::new, |parsed| parsed.issuer().to_string()),
            self_signed,
        };
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsObstacle::Expired(day(false)),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsObstacle::NotYetValid(day(true))
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsObstacle::NameMismatch(parsed.as_ref().map(names).unwrap_or_default())
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => untrusted(),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                TlsObstacle::Unusable("it is not made for servers".to_owned())
            }
            CertificateError::BadEncoding => TlsObstacle::Unusable("it is not well-formed".to_owned()),
            CertificateError::Revoked => TlsObstacle::Unusable("it was revoked".to_owned()),
            // `openssl req -x509` makes its certificates authorities; that nobody trusts them is what matters.
            _ if self_signed => untrusted(),
            _ => TlsObstacle::Unusable("it breaks the rules of X.509".to_owned()),
        }
    }

    /// Reads an error of a session. `offered` says whether we showed a client certificate.
    #[must_use]
    pub fn of(error: &rustls::Error, offered: bool) -> Self {
        match error {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other))) => {
                let ours = other.downcast_ref::<TlsObstacle>().cloned();
                ours.unwrap_or_else(|| TlsObstacle::Unusable("it was refused".to_owned()))
            }
            rustls::Error::InvalidCertificate(_) => TlsObstacle::Unusable("it was refused".to_owned()),
            rustls::Error::AlertReceived(alert) => TlsObstacle::from_alert(*alert, offered),
            rustls::Error::InvalidMessage(_) => TlsObstacle::NotTls,
            rustls::Error::PeerIncompatible(_) => {
                TlsObstacle::Handshake("the server shares no TLS version or cipher with us".to_owned())
            }
            rustls::Error::PeerMisbehaved(_) => TlsObstacle::Handshake("the server broke the protocol".to_owned()),
            rustls::Error::NoApplicationProtocol => {
                TlsObstacle::Handshake("the server shares no application protocol with us".to_owned())
            }
            _ => TlsObstacle::Handshake("the handshake ended early".to_owned()),
        }
    }

    fn from_alert(alert: AlertDescription, offered: bool) -> Self {
        let name = alert_name(alert);
        match alert {
            AlertDescription::CertificateRequired => TlsObstacle::ClientCertificateRequired,
            AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::AccessDenied
                if offered =>
            {
                TlsObstacle::ClientCertificateRejected(name)
            }
            _ => TlsObstacle::Alert(name),
        }
    }

    /// Finds a TLS error inside an IO error, however deep it sits.
    #[must_use]
    pub fn within_io(error: &io::Error, offered: bool) -> Option<Self> {
        error.get_ref().and_then(|inner| TlsObstacle::within(inner, offered))
    }

    /// Finds a TLS error in a chain of errors. Walking `source()` alone misses it: IO errors hide theirs behind `get_ref`.
    #[must_use]
    pub fn within(error: &(dyn Error + 'static), offered: bool) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Some(TlsObstacle::of(tls, offered));
            }
            if let Some(found) = error.downcast_ref::<io::Error>().and_then(|io| TlsObstacle::within_io(io, offered)) {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    /// The form in which our verifier hands it through rustls.
    pub(super) fn into_rustls(self) -> rustls::Error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }

    /// The cause that it leads to.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        match self {
            TlsObstacle::Untrusted { .. } | TlsObstacle::Unusable(_) | TlsObstacle::NoRoots => Cause::TlsUntrusted,
            TlsObstacle::Expired(_) => Cause::TlsExpired,
            TlsObstacle::NotYetValid(_) => Cause::TlsNotYetValid,
            TlsObstacle::NameMismatch(_) => Cause::TlsNameMismatch,
            TlsObstacle::ClientCertificateRequired => Cause::ClientCertificateRequired,
            TlsObstacle::ClientCertificateRejected(_) => Cause::ClientCertificateRejected,
            TlsObstacle::Alert(_) | TlsObstacle::NotTls | TlsObstacle::Handshake(_) => Cause::TlsHandshakeFailed,
        }
    }

    /// Message and remedy. Nothing secret was sent: each message may say so.
    pub(super) fn words(&self, address: &Address) -> (String, String) {
        let (host, at) = (&address.host, address.authority());
        match self {
            TlsObstacle::Untrusted { issuer, self_signed } => (
                format!(
                    "The certificate of {at} is not trusted: {} `{issuer}`. The credential was not sent.",
                    if *self_signed { "it signed itself, as" } else { "nobody we trust knows its issuer" }
                ),
                "If the server is yours, give the certificate of its authority as `ca_file`; if its authority is a public one, \
                 the server does not send the intermediate certificate."
                    .to_owned(),
            ),
            TlsObstacle::Expired(on) => (
                format!("The certificate of {at} expired on {on}. The credential was not sent."),
                "The owner of the server has to renew it. Check this machine's clock too.".to_owned(),
            ),
            TlsObstacle::NotYetValid(from) => (
                format!("The certificate of {at} is valid only from {from}. The credential was not sent."),
                "Check this machine's clock; otherwise the owner of the server has to install the right one.".to_owned(),
            ),
            TlsObstacle::NameMismatch(names) => (
                format!(
                    "The certificate is for {}, not for `{host}`. The credential was not sent.",
                    if names.is_empty() { "no host name at all".to_owned() } else { names.join(", ") }
                ),
                "Put a host name that the certificate names into the connection.".to_owned(),
            ),
            TlsObstacle::Unusable(why) => (
                format!("The certificate of {at} cannot be used: {why}. The credential was not sent."),
                "The owner of the server has to install a proper one.".to_owned(),
            ),
            TlsObstacle::NoRoots => (
                format!("This machine has no trusted root certificates, so {at} could not prove who it is."),
                "Install the system's CA certificates (package `ca-certificates`), or give a `ca_file`.".to_owned(),
            ),
            TlsObstacle::ClientCertificateRequired => (
                format!("{at} wants a client certificate and the connection has none."),
                "Add `client_cert` and `client_key` to the connection.".to_owned(),
            ),
            TlsObstacle::ClientCertificateRejected(alert) => (
                format!("{at} refused the client certificate (alert `{alert}`)."),
                "Check its issuer and its expiry, or get a new one from the owner of the server.".to_owned(),
            ),
            TlsObstacle::Alert(alert) => (
                format!("{at} ended the TLS handshake with alert `{alert}`. The credential was not sent."),
                "It may want a client certificate (`client_cert`), a newer TLS version than it has, or another port."
                    .to_owned(),
            ),
            TlsObstacle::NotTls => (
                format!("{at} does not speak TLS: its first bytes are something else. The credential was not sent."),
                "Check port and protocol: plain instead of TLS, or explicit (`ftps`) instead of implicit (`ftps-implicit`)."
                    .to_owned(),
            ),
            TlsObstacle::Handshake(what) => (
                format!("The TLS handshake with {at} failed: {what}. The credential was not sent."),
                "The server needs TLS 1.2 or newer with a modern cipher; ask its owner.".to_owned(),
            ),
        }
    }
}

impl fmt::Display for TlsObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause().code())
    }
}

impl Error for TlsObstacle {}

/// Verifies a certificate that the connection pins by itself: its name and its dates.
pub(super) fn verify_pinned(
    certificate: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), TlsObstacle> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return Err(TlsObstacle::Unusable("it is not well-formed".to_owned()));
    };
    let (from, until) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < from {
        return Err(TlsObstacle::NotYetValid(day(from)));
    }
    if now > until {
        return Err(TlsObstacle::Expired(day(until)));
    }
    let named = ParsedCertificate::try_from(certificate)
        .is_ok_and(|end_entity| verify_server_name(&end_entity, server_name).is_ok());
    if named { Ok(()) } else { Err(TlsObstacle::NameMismatch(names(&parsed))) }
}

/// The subject alternative names.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let Some(extension) = extension else { return Vec::new() };
    let name = |general: &x509_parser::extensions::GeneralName<'_>| match general {
        x509_parser::extensions::GeneralName::DNSName(name) => Some((*name).to_owned()),
        x509_parser::extensions::GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
            _ => None,
        },
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

/// A day in UTC: `2026-11-24`.
pub(super) fn day(timestamp: i64) -> String {
    jiff::Timestamp::from_second(timestamp).map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// The name of an alert as RFC 8446 section 6 spells it.
fn alert_name(alert: AlertDescription) -> String {
    let camel = format!("{alert:?}");
    let mut name = String::with_capacity(camel.len() + 4);
    for (index, c) in camel.chars().enumerate() {
        let after_lower = index > 0 && camel.as_bytes()[index - 1].is_ascii_lowercase();
        if c.is_ascii_uppercase() && after_lower {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_spelled_as_in_the_rfc() {
        assert_eq!(alert_name(AlertDescription::HandshakeFailure), "handshake_failure");
        assert_eq!(alert_name(AlertDescription::UnknownCA), "unknown_ca");
    }

    #[test]
    fn a_tls_error_is_found_behind_nested_io_errors() {
        let tls = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let nested = io::Error::other(io::Error::other(tls));
        assert_eq!(TlsObstacle::within_io(&nested, false), Some(TlsObstacle::ClientCertificateRequired));
    }
}
