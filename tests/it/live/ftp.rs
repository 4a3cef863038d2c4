//! FTP and FTPS: vsftpd, ProFTPD, Pure-FTPd, pyftpdlib, and what a port can be in place of them.

use serde_json::{Value, json};

use super::row::{Row, ftp, ftps};
use super::world::Before;

/// The probe of a step that works in a directory.
fn directory(path: &str) -> Value {
    json!({"ftp": {"directory": path}})
}

/// The probe of a step that uploads to a directory.
fn upload(path: &str) -> Value {
    json!({"ftp": {"directory": path, "write": true}})
}

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [plain(), limits(), tls(), proftpd(), pureftpd(), pyftpdlib(), elsewhere()].concat()
}

fn plain() -> Vec<Row> {
    vec![
        ftp("vsftpd: right login", "$vsftpd_plain"),
        ftp("vsftpd: right login by name, the name has two addresses", "$vsftpd_plain").set("host", "localhost"),
        ftp("vsftpd: right login over IPv6", "$vsftpd_ipv6").set("host", "::1"),
        ftp("vsftpd: right login, a password of odd characters", "$vsftpd_plain").set("username", "bob").secret("$bob"),
        ftp("vsftpd: right login, banner of several lines", "$vsftpd_banner"),
        ftp("vsftpd: right login, the step's directory is there", "$vsftpd_plain").probe(directory("orders/2026")),
        ftp("vsftpd: right login, an absolute directory", "$vsftpd_chroot_ok").probe(directory("/orders")),
        ftp("vsftpd: right login, upload works", "$vsftpd_plain").probe(upload("incoming")),
        ftp("vsftpd: right login, a file fits the pattern", "$vsftpd_plain")
            .probe(json!({"ftp": {"directory": "orders", "file": "orders-*.csv"}})),
        ftp("vsftpd: wrong password", "$vsftpd_plain").secret("canary-wrong-8Hd5").fails("credential-rejected", "auth"),
        ftp("vsftpd: wrong user", "$vsftpd_plain").set("username", "alicia").fails("credential-rejected", "auth"),
        ftp("vsftpd: locked account", "$vsftpd_plain")
            .set("username", "locked")
            .secret("$locked")
            .fails("credential-rejected", "auth"),
        ftp("vsftpd: expired account", "$vsftpd_plain")
            .set("username", "expired")
            .secret("$locked")
            .fails("credential-rejected", "auth"),
        ftp("vsftpd: anonymous", "$vsftpd_anonymous").set("username", "anonymous"),
        ftp("vsftpd: a name where only guests are let in", "$vsftpd_anonymous").fails("login-denied", "auth"),
        ftp("vsftpd: user on the deny list", "$vsftpd_userlist").fails("login-denied", "auth"),
        ftp("vsftpd: directory missing", "$vsftpd_plain")
            .probe(directory("nowhere"))
            .fails("path-unavailable", "authz"),
        ftp("vsftpd: directory not permitted", "$vsftpd_plain")
            .probe(directory("closed"))
            .fails("permission-missing", "authz"),
        ftp("vsftpd: no file fits the pattern", "$vsftpd_plain")
            .probe(json!({"ftp": {"directory": "orders", "file": "invoices-*.csv"}}))
            .fails("path-unavailable", "transfer"),
        ftp("vsftpd: upload into a directory that is read-only", "$vsftpd_plain")
            .probe(upload("frozen"))
            .fails("permission-missing", "transfer"),
        ftp("vsftpd: upload to a server that is read-only", "$vsftpd_readonly")
            .probe(upload("incoming"))
            .fails("permission-missing", "transfer"),
    ]
}

fn limits() -> Vec<Row> {
    vec![
        ftp("vsftpd: too many users", "$vsftpd_max1")
            .after(Before::Connect("vsftpd_max1"))
            .unknown("rate-limited", "banner"),
        ftp("vsftpd: too many sessions from one address", "$vsftpd_perip")
            .after(Before::Connect("vsftpd_perip"))
            .unknown("rate-limited", "banner"),
        // In place of the 230: the phase is the one in which it was seen.
        ftp("vsftpd: accepted, then no session (chroot)", "$vsftpd_chroot").fails("session-refused", "auth"),
        ftp("vsftpd: no passive mode", "$vsftpd_nopasv").fails("data-channel-failed", "transfer"),
        ftp("vsftpd: PASV names an address where nobody is", "$vsftpd_liar").warns("passive-address-ignored"),
    ]
}

fn tls() -> Vec<Row> {
    vec![
        ftps("vsftpd: FTPS, session reuse required", "ftps", "$vsftpd_tls").probe(upload("incoming")),
        ftps("vsftpd: FTPS, session reuse not required", "ftps", "$vsftpd_tls_noreuse"),
        ftps("vsftpd: FTPS, implicit", "ftps-implicit", "$vsftpd_implicit"),
        ftps("vsftpd: FTPS, wrong password", "ftps", "$vsftpd_tls")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        ftp("vsftpd: plain FTP where TLS is required", "$vsftpd_tls").fails("tls-required", "auth"),
        ftps("vsftpd: FTPS where no TLS is offered", "ftps", "$vsftpd_plain").fails("tls-not-offered", "tls"),
        ftps("vsftpd: implicit FTPS on a plain port", "ftps-implicit", "$vsftpd_plain")
            .fails("tls-handshake-failed", "tls"),
        ftps("vsftpd: implicit FTPS on an explicit port", "ftps-implicit", "$vsftpd_tls")
            .fails("tls-handshake-failed", "tls"),
        ftps("vsftpd: explicit FTPS on an implicit port", "ftps", "$vsftpd_implicit")
            .unknown("response-timeout", "banner"),
        ftp("vsftpd: plain FTP on an implicit port", "$vsftpd_implicit").unknown("response-timeout", "banner"),
        ftps("vsftpd: certificate expired", "ftps", "$vsftpd_expired").fails("tls-expired", "tls"),
        ftps("vsftpd: certificate self-signed", "ftps", "$vsftpd_selfsigned").fails("tls-untrusted", "tls"),
        ftps("vsftpd: certificate for another name", "ftps", "$vsftpd_wrongname").fails("tls-name-mismatch", "tls"),
        ftp("vsftpd: FTPS, CA not known to us", "$vsftpd_tls").set("protocol", "ftps").fails("tls-untrusted", "tls"),
        ftps("vsftpd: client certificate wanted, none given", "ftps", "$vsftpd_certreq")
            .fails("client-certificate-required", "tls"),
        ftps("vsftpd: client certificate of another CA", "ftps", "$vsftpd_certreq")
            .client("$pki/badclient.crt", "$pki/badclient.key")
            .fails("client-certificate-rejected", "tls"),
        ftps("vsftpd: client certificate right", "ftps", "$vsftpd_certreq")
            .client("$pki/client.crt", "$pki/client.key"),
    ]
}

fn proftpd() -> Vec<Row> {
    vec![
        ftp("ProFTPD: right login, upload works", "$proftpd_plain").probe(upload("/incoming")),
        ftp("ProFTPD: right login, a password of odd characters", "$proftpd_plain")
            .set("username", "bob")
            .secret("$bob"),
        ftp("ProFTPD: wrong password", "$proftpd_plain")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        ftp("ProFTPD: wrong user", "$proftpd_plain").set("username", "alicia").fails("credential-rejected", "auth"),
        ftp("ProFTPD: directory missing", "$proftpd_plain")
            .probe(directory("/nowhere"))
            .fails("path-unavailable", "authz"),
        ftp("ProFTPD: directory not permitted", "$proftpd_plain")
            .probe(directory("/closed"))
            .fails("permission-missing", "authz"),
        ftp("ProFTPD: upload into a directory that is read-only", "$proftpd_plain")
            .probe(upload("/frozen"))
            .fails("permission-missing", "transfer"),
        ftp("ProFTPD: too many users", "$proftpd_max1")
            .after(Before::Login("proftpd_max1"))
            .unknown("rate-limited", "auth"),
        ftps("ProFTPD: FTPS, session reuse required", "ftps", "$proftpd_tls").probe(upload("/incoming")),
        ftps("ProFTPD: FTPS, session reuse not required", "ftps", "$proftpd_tls_noreuse"),
        ftps("ProFTPD: FTPS, implicit", "ftps-implicit", "$proftpd_implicit"),
        ftp("ProFTPD: plain FTP where TLS is required", "$proftpd_tls").fails("tls-required", "auth"),
        ftps("ProFTPD: FTPS where no TLS is offered", "ftps", "$proftpd_plain").fails("tls-not-offered", "tls"),
        ftp("ProFTPD: access list closes before the banner", "$proftpd_deny").fails("login-denied", "banner"),
    ]
}

/// Wrong passwords are left out: the server lets them wait for up to 13 seconds.
fn pureftpd() -> Vec<Row> {
    vec![
        ftp("Pure-FTPd: right login, upload works", "$pureftpd_plain").probe(upload("/incoming")),
        ftp("Pure-FTPd: directory missing", "$pureftpd_plain")
            .probe(directory("/nowhere"))
            .fails("path-unavailable", "authz"),
        ftp("Pure-FTPd: upload into a directory that is read-only", "$pureftpd_plain")
            .probe(upload("/frozen"))
            .fails("permission-missing", "transfer"),
        ftps("Pure-FTPd: FTPS", "ftps", "$pureftpd_tls").probe(upload("/incoming")),
        ftps("Pure-FTPd: FTPS, for data too", "ftps", "$pureftpd_tls_data").probe(upload("/incoming")),
        ftp("Pure-FTPd: plain FTP where TLS is required", "$pureftpd_tls").fails("tls-required", "auth"),
        ftp("Pure-FTPd: too many users", "$pureftpd_max1")
            .after(Before::Connect("pureftpd_max1"))
            .unknown("rate-limited", "banner"),
        ftp("Pure-FTPd: anonymous, by that name", "$pureftpd_anonymous").set("username", "anonymous"),
        // It lets anybody in with any password, as a guest.
        ftp("Pure-FTPd: a name and a password that nobody looks at", "$pureftpd_anonymous")
            .unknown("probe-not-discriminating", "assert"),
    ]
}

fn pyftpdlib() -> Vec<Row> {
    vec![
        ftp("pyftpdlib: right login, upload works", "$pyftpdlib_plain").probe(upload("/incoming")),
        ftp("pyftpdlib: wrong password", "$pyftpdlib_plain")
            .secret("canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        ftp("pyftpdlib: directory missing", "$pyftpdlib_plain")
            .probe(directory("/nowhere"))
            .fails("path-unavailable", "authz"),
        ftp("pyftpdlib: upload by a user who may only read", "$pyftpdlib_plain")
            .set("username", "reader")
            .secret("$reader")
            .probe(upload("/"))
            .fails("permission-missing", "transfer"),
        ftps("pyftpdlib: FTPS", "ftps", "$pyftpdlib_tls").probe(upload("/incoming")),
        ftps("pyftpdlib: FTPS, implicit", "ftps-implicit", "$pyftpdlib_implicit").probe(upload("/incoming")),
        ftp("pyftpdlib: plain FTP where TLS is required", "$pyftpdlib_tls").fails("tls-required", "auth"),
    ]
}

fn elsewhere() -> Vec<Row> {
    vec![
        ftp("FTP: closed port", "$dead").unknown("connect-refused", "connect"),
        ftp("FTP: nobody answers the handshake", "$odd_full").unknown("connect-timeout", "connect"),
        ftp("FTP: silent port", "$odd_silent").unknown("response-timeout", "banner"),
        ftp("FTP: reset before the banner", "$odd_reset").unknown("connection-reset", "banner"),
        ftp("FTP: a port that speaks HTTP, and so waits for us", "$nginx").unknown("response-timeout", "banner"),
        ftp("FTP: a port that speaks SSH", "$odd_ssh").fails("protocol-mismatch", "banner"),
        ftp("FTP: a port that speaks SMTP", "$odd_smtp").fails("protocol-mismatch", "banner"),
        ftp("FTP: a port that speaks nothing known", "$odd_garbage").fails("protocol-mismatch", "banner"),
        ftps("FTP: TLS on a silent port", "ftps-implicit", "$odd_silent").unknown("response-timeout", "tls"),
        ftp("FTP: no answer to the password", "$odd_ftp_mute").unknown("response-timeout", "auth"),
        ftp("FTP: closed after the password", "$odd_ftp_drop").unknown("connection-reset", "auth"),
        ftp("FTP: busy after the password", "$odd_ftp_busy").unknown("rate-limited", "auth"),
        ftp("FTP: account disabled", "$odd_ftp_disabled").fails("account-suspended", "auth"),
        ftp("FTP: wrong host", "21").set("host", "nowhere.invalid").fails("host-not-found", "dns"),
        ftp("FTP: resolver fails", "21").set("host", "servfail.test").private().unknown("dns-unavailable", "dns"),
        ftp("FTP: resolver is silent", "21").set("host", "silent.test").private().unknown("dns-unavailable", "dns"),
        ftp("FTP: no route", "21").set("host", "192.0.2.1").private().unknown("network-unreachable", "connect"),
        ftp("FTP: a name that leads to the metadata address", "21")
            .set("host", "metadata.test")
            .private()
            .fails("destination-refused", "dns"),
    ]
}
