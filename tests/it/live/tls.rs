//! HTTPS: every fault that a certificate or a handshake can have, in front of a server that would say yes.

use super::row::{Row, at, certificate, get, https};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [good(), certificates(), handshakes(), clients()].concat()
}

fn good() -> Vec<Row> {
    vec![
        https("TLS: right", "https://localhost:$nginx_good"),
        https("TLS: right, by IPv4 address", "https://127.0.0.1:$nginx_good"),
        https("TLS: right, by IPv6 address", "https://[::1]:$nginx_good"),
        https("TLS: right, HTTP/2", "https://localhost:$nginx_h2"),
        https("TLS: right, only TLS 1.2", "https://localhost:$nginx_tls12"),
        https("TLS: right, only TLS 1.3", "https://localhost:$nginx_tls13"),
        https("TLS: right, behind an intermediate", "https://localhost:$nginx_chain"),
        https("TLS: right, with a client certificate", "https://localhost:$nginx_mtls")
            .client("$pki/client.crt", "$pki/client.key"),
        https("TLS: right, wrong token", "https://localhost:$nginx_good")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
    ]
}

fn certificates() -> Vec<Row> {
    vec![
        https("TLS: certificate expired", "https://localhost:$nginx_expired").fails("tls-expired", "tls"),
        https("TLS: certificate not valid yet", "https://localhost:$nginx_notyet").fails("tls-not-yet-valid", "tls"),
        https("TLS: certificate for another name", "https://localhost:$nginx_wrongname")
            .fails("tls-name-mismatch", "tls"),
        https("TLS: certificate self-signed", "https://localhost:$nginx_selfsigned").fails("tls-untrusted", "tls"),
        https("TLS: certificate of an unknown CA", "https://localhost:$nginx_untrusted").fails("tls-untrusted", "tls"),
        https("TLS: intermediate missing", "https://localhost:$nginx_nochain").fails("tls-untrusted", "tls"),
        at("TLS: CA not known to us", "https://localhost:$nginx_good", "/").fails("tls-untrusted", "tls"),
    ]
}

fn handshakes() -> Vec<Row> {
    vec![
        https("TLS: only TLS 1.0 and 1.1", "https://localhost:$nginx_tls10").fails("tls-handshake-failed", "tls"),
        https("TLS: only a cipher of long ago", "https://localhost:$nginx_cbc").fails("tls-handshake-failed", "tls"),
        https("TLS: client certificate wanted, none given", "https://localhost:$nginx_mtls")
            .fails("client-certificate-required", "tls"),
        https("TLS: client certificate of another CA", "https://localhost:$nginx_mtls")
            .client("$pki/badclient.crt", "$pki/badclient.key")
            .fails("client-certificate-rejected", "tls"),
        https("TLS: client certificate expired", "https://localhost:$nginx_mtls")
            .client("$pki/expiredclient.crt", "$pki/expiredclient.key")
            .fails("client-certificate-rejected", "tls"),
        https("TLS: to a port that speaks HTTP in clear", "https://127.0.0.1:$nginx")
            .fails("tls-handshake-failed", "tls"),
        https("TLS: to a port that speaks FTP in clear", "https://127.0.0.1:$vsftpd_plain")
            .fails("tls-handshake-failed", "tls"),
        https("TLS: to a silent port", "https://127.0.0.1:$odd_silent").unknown("response-timeout", "tls"),
        https("TLS: to a port that resets", "https://127.0.0.1:$odd_reset").unknown("connection-reset", "tls"),
        // nginx answers with a page of its own that says so.
        https("TLS: in clear to a port that speaks TLS", "http://127.0.0.1:$nginx_good")
            .fails("protocol-mismatch", "banner"),
    ]
}

/// Certificates of clients, asked for in the handshake by OpenSSL itself.
fn clients() -> Vec<Row> {
    let tls12 = |name: &'static str| https(name, "https://localhost:$openssl_tls1_2").probe(get("/whole"));
    let tls13 = |name: &'static str| https(name, "https://localhost:$openssl_tls1_3").probe(get("/whole"));
    vec![
        tls12("mTLS 1.2: right, SEC1 key").client("$pki/client.crt", "$pki/client.key"),
        tls13("mTLS 1.3: right, SEC1 key").client("$pki/client.crt", "$pki/client.key"),
        tls12("mTLS 1.2: right, PKCS#1 key").client("$pki/rsaclient.crt", "$pki/rsaclient.key"),
        tls13("mTLS 1.3: right, PKCS#8 key").client("$pki/client.crt", "$pki/client8.key"),
        tls12("mTLS 1.2: right, X.509 version 1").client("$pki/plainclient.crt", "$pki/plainclient.key"),
        tls13("mTLS 1.3: right, behind an intermediate").client("$pki/behindchain.crt", "$pki/behindchain.key"),
        certificate(
            "mTLS 1.2: right, and nothing else",
            "https://localhost:$openssl_tls1_2",
            "$pki/client.crt",
            "@$pki/client.key",
        ),
        certificate(
            "mTLS 1.3: right, and nothing else",
            "https://localhost:$openssl_tls1_3",
            "$pki/client.crt",
            "@$pki/client.key",
        ),
        tls12("mTLS 1.2: none given").fails("client-certificate-required", "tls"),
        tls13("mTLS 1.3: none given").fails("client-certificate-required", "tls"),
        tls12("mTLS 1.2: of another CA")
            .client("$pki/badclient.crt", "$pki/badclient.key")
            .fails("client-certificate-rejected", "tls"),
        tls13("mTLS 1.3: of another CA")
            .client("$pki/badclient.crt", "$pki/badclient.key")
            .fails("client-certificate-rejected", "tls"),
        tls12("mTLS 1.2: expired")
            .client("$pki/expiredclient.crt", "$pki/expiredclient.key")
            .fails("client-certificate-rejected", "tls"),
        tls13("mTLS 1.3: expired")
            .client("$pki/expiredclient.crt", "$pki/expiredclient.key")
            .fails("client-certificate-rejected", "tls"),
        tls13("mTLS 1.3: the one between is missing")
            .client("$pki/behind.crt", "$pki/behind.key")
            .fails("client-certificate-rejected", "tls"),
        tls13("mTLS: key of another certificate")
            .client("$pki/client.crt", "$pki/badclient.key")
            .fails("field-format", "resolve"),
        tls13("mTLS: key is encrypted")
            .client("$pki/client.crt", "$pki/encrypted.key")
            .fails("field-format", "resolve"),
        tls13("mTLS: PKCS#12 in place of PEM")
            .client("$pki/client.p12", "$pki/client.key")
            .fails("field-format", "resolve"),
        tls13("mTLS: certificate is not there")
            .client("$pki/nobody.crt", "$pki/client.key")
            .fails("field-format", "resolve"),
        tls13("mTLS: key is not there")
            .client("$pki/client.crt", "$pki/nobody.key")
            .fails("secret-unavailable", "resolve"),
    ]
}
