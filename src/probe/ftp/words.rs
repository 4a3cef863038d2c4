//! What a refusal means and what to do about it, in words: the second sentence of a message, and its remedy.

use crate::model::cause::Cause;

/// Meaning and remedy of a cause that an FTP reply led to. `connection` is the connection's name.
pub(super) fn words(cause: Cause, connection: &str) -> (&'static str, String) {
    match cause {
        Cause::CredentialRejected
        | Cause::CredentialExpired
        | Cause::InteractionRequired
        | Cause::AccountSuspended
        | Cause::IpBlocked
        | Cause::LoginDenied
        | Cause::Forbidden => of_login(cause, connection),
        Cause::TlsRequired | Cause::TlsNotOffered | Cause::TlsSessionReuseRequired => of_tls(cause, connection),
        Cause::RateLimited => (
            "The server is full; the credential was not judged.",
            "Try again later, or run fewer steps against it at once (`--per-host`).".to_owned(),
        ),
        Cause::ConfigInvalid => (
            "It does not take a command that an upload needs.",
            "Check host and port: is this a complete FTP server?".to_owned(),
        ),
        Cause::UnexpectedResponse => (
            "That is no answer to what was asked.",
            "Check host, port and protocol: something else may answer there.".to_owned(),
        ),
        Cause::SessionRefused => (
            "The login is good, but the server opens no session.",
            "The server's owner has to mend the account's home directory or its set-up.".to_owned(),
        ),
        Cause::DataChannelFailed => (
            "The login is good, but files move over a second connection, and that fails.",
            "Ask the server's owner to open its passive ports in the firewall and to allow passive mode.".to_owned(),
        ),
        Cause::PathUnavailable => (
            "The login is good, but the path does not exist there.",
            "Correct the step's or the connection's `directory`; it begins where the login leads, or with `/`."
                .to_owned(),
        ),
        Cause::PermissionMissing => (
            "The login is good, but this user may not do that.",
            "Ask the server's owner for the permission (or the room), or use another directory.".to_owned(),
        ),
        _ => (
            "The server has a fault of its own; the credential was not judged.",
            "Try again later; if it stays, ask the server's owner.".to_owned(),
        ),
    }
}

fn of_login(cause: Cause, connection: &str) -> (&'static str, String) {
    match cause {
        Cause::CredentialRejected => (
            "User name or password is wrong.",
            format!(
                "Correct `username` and `password` in the connection `{connection}`. Do not just try again: servers lock accounts."
            ),
        ),
        Cause::CredentialExpired => (
            "The password was good once and has expired.",
            format!("Have the password renewed, then put it into the connection `{connection}`."),
        ),
        Cause::InteractionRequired => (
            "It wants more than a user name and a password.",
            "Automation needs an account without a second factor: ask the server's owner for one.".to_owned(),
        ),
        Cause::AccountSuspended => (
            "The account exists, but is disabled or locked.",
            "The server's owner has to enable or unlock the account.".to_owned(),
        ),
        Cause::IpBlocked => (
            "It keeps this machine's address out.",
            "Ask the server's owner to allow this machine's address.".to_owned(),
        ),
        Cause::LoginDenied => (
            "The password was never asked for: this user, or this address, is not let in.",
            "Ask the server's owner to let this user in from here.".to_owned(),
        ),
        _ => (
            "These words do not say whether the password is to blame.",
            "Read the server's words above; its owner can tell what they mean.".to_owned(),
        ),
    }
}

fn of_tls(cause: Cause, connection: &str) -> (&'static str, String) {
    match cause {
        Cause::TlsRequired => (
            "It insists on TLS.",
            format!("Set `protocol: ftps` in the connection `{connection}` (or `ftps-implicit`, on port 990)."),
        ),
        Cause::TlsNotOffered => (
            "It offers no TLS here, so the password was not sent.",
            "Use `ftps-implicit` or SFTP if the server has them, or set `protocol: ftp` knowing that the password then \
             travels in clear."
                .to_owned(),
        ),
        _ => (
            "The login is good, but it wants the TLS session of the login resumed on the data connection, and ours was not.",
            "On the server, switch that demand off (vsftpd: `require_ssl_reuse=NO`; ProFTPD: `TLSOptions \
             NoSessionReuseRequired`)."
                .to_owned(),
        ),
    }
}
