//! HTTPS: every fault that a certificate or a handshake can have, in front of a server that would say yes.

use super::row::{Row, at, https};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [good(), certificates(), handshakes()].concat()
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
