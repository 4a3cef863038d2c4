//! Every refusal that was recorded of a real server, and what it means.

use super::*;

fn read(stage: Stage, secured: bool, line: &str) -> Cause {
    let raw = line.replace(" / ", "\r\n") + "\r\n";
    cause(stage, secured, &Reply::parse(raw.as_bytes()).unwrap())
}

fn check(secured: bool, rows: &[(Stage, &str, Cause)]) {
    for (stage, line, expected) in rows {
        assert_eq!(read(*stage, secured, line), *expected, "{stage:?}: {line}");
    }
}

/// vsftpd 3.0.3, ProFTPD 1.3.8, Pure-FTPd 1.0.50, pyftpdlib 2.2.0 in clear, from the recorded tables.
#[test]
fn recorded_refusals_in_clear() {
    use Stage::{Directory, Greeting, Listing, Passive, Password, Store, User};
    check(
        false,
        &[
            (Password, "530 Login incorrect.", Cause::CredentialRejected),
            (Password, "530 Login authentication failed", Cause::CredentialRejected),
            (Password, "530 Authentication failed.", Cause::CredentialRejected),
            (Password, "530 Authentication failed. Disconnecting.", Cause::CredentialRejected),
            (User, "530 Permission denied.", Cause::LoginDenied),
            (User, "530 This FTP server is anonymous only.", Cause::LoginDenied),
            (User, "530 Non-anonymous sessions must use encryption.", Cause::TlsRequired),
            (User, "550 SSL/TLS required on the control channel", Cause::TlsRequired),
            (User, "550 SSL/TLS required on the control channel.", Cause::TlsRequired),
            (Password, "550 SSL/TLS required on the control channel.", Cause::TlsRequired),
            (
                User,
                "421-Sorry, cleartext sessions and weak ciphers are not accepted on this server. / 421 Please reconnect using TLS security mechanisms.",
                Cause::TlsRequired,
            ),
            (User, "503 Use AUTH first.", Cause::TlsRequired),
            (User, "534 Policy requires SSL.", Cause::TlsRequired),
            (Greeting, "421 There are too many connected users, please try later.", Cause::RateLimited),
            (Greeting, "421 There are too many connections from your internet address.", Cause::RateLimited),
            (Greeting, "421 1 users (the maximum) are already logged in, sorry", Cause::RateLimited),
            (Password, "530 Sorry, 1 users already logged in, try later", Cause::RateLimited),
            (
                Password,
                "530 Sorry, the maximum number of clients (10) for this user are already connected.",
                Cause::RateLimited,
            ),
            (Greeting, "421 Timeout.", Cause::ProviderError),
            (Password, "421 Timeout.", Cause::ProviderError),
            (Password, "500 OOPS: vsftpd: refusing to run with writable root inside chroot()", Cause::SessionRefused),
            (Store, "553 Could not create file.", Cause::PermissionMissing),
            (Store, "550 Permission denied.", Cause::PermissionMissing),
            (Store, "550 readonly/x: Permission denied", Cause::PermissionMissing),
            (Store, "553 Can't open that file: Permission denied", Cause::PermissionMissing),
            (Store, "550 Not enough privileges.", Cause::PermissionMissing),
            (Store, "552 Disk quota exceeded.", Cause::PermissionMissing),
            (Store, "452 Insufficient storage space in system.", Cause::ProviderError),
            (Passive, "550 Permission denied.", Cause::DataChannelFailed),
            (Listing, "425 Failed to establish connection.", Cause::DataChannelFailed),
            (Listing, "426 Failure writing network stream.", Cause::DataChannelFailed),
            (Listing, "521 Data connection cannot be opened with this PROT setting.", Cause::DataChannelFailed),
            (Listing, "522 Data connections must be encrypted.", Cause::TlsRequired),
            (Directory, "550 Failed to change directory.", Cause::PathUnavailable),
            (Directory, "550 nowhere: No such file or directory", Cause::PathUnavailable),
            (Directory, "550 Can't change directory to nowhere: No such file or directory", Cause::PathUnavailable),
            (Directory, "550 Can't change directory to closed: Permission denied", Cause::PermissionMissing),
            (Directory, "550 Not enough privileges.", Cause::PermissionMissing),
            (Listing, "530 Please login with USER and PASS.", Cause::SessionRefused),
        ],
    );
}

#[test]
fn recorded_refusals_under_tls() {
    use Stage::{AuthTls, DataProtection, Listing, Password};
    check(
        true,
        &[
            (Password, "530 Login incorrect.", Cause::CredentialRejected),
            (Listing, "522 SSL connection failed: session reuse required", Cause::TlsSessionReuseRequired),
            (
                Listing,
                "522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page",
                Cause::TlsSessionReuseRequired,
            ),
            (
                Listing,
                "425 Unable to build data connection: TLS session of data connection not resumed",
                Cause::TlsSessionReuseRequired,
            ),
            (Listing, "425 Unable to build data connection: Operation not permitted", Cause::TlsSessionReuseRequired),
            (DataProtection, "534 Unwilling to accept security parameters", Cause::TlsNotOffered),
        ],
    );
    // AUTH is asked in clear; what refuses it is no login's refusal.
    check(
        false,
        &[
            (AuthTls, "530 Please login with USER and PASS.", Cause::TlsNotOffered),
            (AuthTls, "500 AUTH not understood", Cause::TlsNotOffered),
            (AuthTls, "502 Command not implemented.", Cause::TlsNotOffered),
            (AuthTls, "504 AUTH TLS not supported", Cause::TlsNotOffered),
            (AuthTls, "534 Local policy on server does not allow TLS secure connections.", Cause::TlsNotOffered),
            (AuthTls, "421 Too many connections, try later", Cause::RateLimited),
        ],
    );
}

/// Replies as other servers and hosting firms word them.
#[test]
fn refusals_of_other_servers() {
    use Stage::{Greeting, Password, User};
    check(
        false,
        &[
            (Password, "530 User cannot log in.", Cause::CredentialRejected),
            (Password, "530 Not logged in, user or password incorrect!", Cause::CredentialRejected),
            (
                Password,
                "530-User cannot log in. / 530 Win32 error: The user name or password is incorrect.",
                Cause::CredentialRejected,
            ),
            (Password, "430 Invalid username or password.", Cause::CredentialRejected),
            (Password, "530 User bob cannot log in, home directory inaccessible.", Cause::SessionRefused),
            (Password, "530 Your account has been disabled.", Cause::AccountSuspended),
            (Password, "530 Account locked.", Cause::AccountSuspended),
            (Password, "530 Password expired, please change it.", Cause::CredentialExpired),
            (User, "530 IP address not allowed.", Cause::IpBlocked),
            (Greeting, "421 Your IP has been banned.", Cause::IpBlocked),
            (Password, "332 Need account for login.", Cause::InteractionRequired),
            (Password, "331 Enter the code from your authenticator.", Cause::InteractionRequired),
            (User, "332 Account required.", Cause::InteractionRequired),
            (User, "530 Unknown user.", Cause::CredentialRejected),
            (Greeting, "530 Sorry, no service for you.", Cause::LoginDenied),
            // Nobody has taught us these: not the credential's fault, and not cleared either.
            (Password, "530 Maintenance until Monday.", Cause::Forbidden),
            (Password, "451 Local error in processing.", Cause::ProviderError),
            (User, "500 OOPS: vsftpd: cannot locate user entry", Cause::ProviderError),
        ],
    );
}

#[test]
fn nothing_to_list_is_no_refusal() {
    let reply = |line: &str| Reply::parse(format!("{line}\r\n").as_bytes()).unwrap();
    assert!(lists_nothing(&reply("550 No files found.")));
    assert!(lists_nothing(&reply("450 No such file or directory")));
    assert!(!lists_nothing(&reply("550 Permission denied.")));
    assert!(!lists_nothing(&reply("425 No data connection")));
}

#[test]
fn only_vsftpds_wording_leaves_open_whether_a_directory_exists() {
    let reply = |line: &str| Reply::parse(format!("{line}\r\n").as_bytes()).unwrap();
    assert!(leaves_open(&reply("550 Failed to change directory.")));
    assert!(!leaves_open(&reply("550 x: No such file or directory")));
    assert!(!leaves_open(&reply("550 x: Permission denied")));
}
