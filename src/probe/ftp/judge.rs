//! Reads an FTP server's refusals: which cause a reply leads to, by what was asked, its number and its words.

use super::texts::Words;
use crate::model::cause::Cause;
use crate::wire::ftp::reply::Reply;

/// What the server refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// To greet us.
    Greeting,
    /// `AUTH TLS`, before any login.
    AuthTls,
    /// `PBSZ` or `PROT P`, before any login.
    DataProtection,
    /// `USER`: no password was asked for yet.
    User,
    /// `PASS`.
    Password,
    /// A command that needs nothing but a session (`PWD`).
    Session,
    /// `CWD` to the step's directory.
    Directory,
    /// A passive data connection.
    Passive,
    /// A listing.
    Listing,
    /// Storing a file.
    Store,
}

/// The cause that a refusal leads to. `secured`: the control connection is under TLS.
pub(super) fn cause(stage: Stage, secured: bool, reply: &Reply) -> Cause {
    let text = reply.words();
    let words = Words(&text);
    match stage {
        Stage::Greeting | Stage::AuthTls | Stage::DataProtection | Stage::User | Stage::Password => {
            before_login(stage, secured, reply.code, words)
        }
        Stage::Session | Stage::Directory | Stage::Passive | Stage::Listing | Stage::Store => {
            after_login(stage, secured, reply.code, words)
        }
    }
}

fn before_login(stage: Stage, secured: bool, code: u16, words: Words<'_>) -> Cause {
    // Words that mean the same at every door come first, the more specific before the more general.
    if words.password_expired() {
        return Cause::CredentialExpired;
    }
    if words.block_address() {
        return Cause::IpBlocked;
    }
    if words.suspend_account() && stage != Stage::AuthTls {
        return Cause::AccountSuspended;
    }
    if words.full() {
        return Cause::RateLimited;
    }
    match stage {
        Stage::AuthTls | Stage::DataProtection if code == 421 => Cause::ProviderError,
        Stage::AuthTls | Stage::DataProtection => Cause::TlsNotOffered,
        _ if !secured && (code == 534 || words.want_tls()) => Cause::TlsRequired,
        Stage::Greeting => match code {
            530 | 500..=504 | 550 | 553 | 554 => Cause::LoginDenied,
            _ => Cause::ProviderError,
        },
        Stage::User => user(code, words),
        _ => password(code, words),
    }
}

fn user(code: u16, words: Words<'_>) -> Cause {
    match code {
        332 => Cause::InteractionRequired,
        430 | 530 | 532 if words.unknown_user() => Cause::CredentialRejected,
        // The transient family never judges; vsftpd's OOPS is a fault of the server's set-up.
        400..=499 => Cause::ProviderError,
        500 if words.no_session() => Cause::ProviderError,
        530 | 532 => Cause::LoginDenied,
        550 if words.not_permitted() || words.anonymous_only() => Cause::LoginDenied,
        500..=504 => Cause::ConfigInvalid,
        _ => Cause::Forbidden,
    }
}

fn password(code: u16, words: Words<'_>) -> Cause {
    match code {
        331..=339 => Cause::InteractionRequired,
        _ if words.no_session() => Cause::SessionRefused,
        // 430 is not in RFC 959, but in use: user name or password is wrong.
        430 => Cause::CredentialRejected,
        421 | 530 | 535 | 550 if words.wrong_password() => Cause::CredentialRejected,
        400..=499 => Cause::ProviderError,
        530 if words.anonymous_only() => Cause::LoginDenied,
        532 => Cause::InteractionRequired,
        500..=504 => Cause::ConfigInvalid,
        // A refusal in words that we do not know: it may be the password, and it may not.
        _ => Cause::Forbidden,
    }
}

fn after_login(stage: Stage, secured: bool, code: u16, words: Words<'_>) -> Cause {
    if words.want_session_reuse() || (code == 425 && secured && words.0.contains("operation not permitted")) {
        return Cause::TlsSessionReuseRequired;
    }
    if !secured && matches!(code, 521 | 522 | 534 | 550 | 530 | 425) && words.want_tls() {
        return Cause::TlsRequired;
    }
    match code {
        500 if words.no_session() => Cause::SessionRefused,
        530 => Cause::SessionRefused,
        421 if words.full() => Cause::RateLimited,
        421 => Cause::ProviderError,
        425 | 426 | 521 | 522 => Cause::DataChannelFailed,
        _ if stage == Stage::Passive => Cause::DataChannelFailed,
        _ if stage == Stage::Store => store(code, words),
        450 | 550 | 553 if stage == Stage::Directory => directory(words),
        501 if stage == Stage::Directory && words.missing() => Cause::PathUnavailable,
        450 | 550 | 553 if words.missing() && !words.not_permitted() => Cause::PathUnavailable,
        532 | 550 | 553 => Cause::PermissionMissing,
        450 if words.not_permitted() => Cause::PermissionMissing,
        400..=499 => Cause::ProviderError,
        500..=504 => Cause::ConfigInvalid,
        _ => Cause::UnexpectedResponse,
    }
}

/// vsftpd says the same to a directory that is missing and to one that is closed: then only a look around can tell.
fn directory(words: Words<'_>) -> Cause {
    if words.not_permitted() && !words.missing() { Cause::PermissionMissing } else { Cause::PathUnavailable }
}

fn store(code: u16, words: Words<'_>) -> Cause {
    match code {
        // 552: a full quota stops the step just as a missing right does, and the same people can mend it.
        502 | 532 | 550 | 552 | 553 => Cause::PermissionMissing,
        450..=452 if words.not_permitted() && !words.no_room() => Cause::PermissionMissing,
        400..=499 => Cause::ProviderError,
        500..=504 => Cause::ConfigInvalid,
        _ => Cause::UnexpectedResponse,
    }
}

/// Whether a refused listing only says that there is nothing to list.
pub(super) fn lists_nothing(reply: &Reply) -> bool {
    let text = reply.words();
    let words = Words(&text);
    matches!(reply.code, 450 | 550) && words.empty() && !words.not_permitted()
}

/// Whether the command of a listing is not known, and another one may be.
pub(super) const fn not_implemented(reply: &Reply) -> bool {
    matches!(reply.code, 500 | 502 | 504)
}

/// Whether a refused `CWD` leaves open whether the directory exists.
pub(super) fn leaves_open(reply: &Reply) -> bool {
    let text = reply.words();
    let words = Words(&text);
    matches!(reply.code, 450 | 550 | 553) && !words.not_permitted() && !words.missing()
}

/// Whether only the name of the file was refused.
pub(super) fn refuses_name(reply: &Reply) -> bool {
    reply.code == 553 && Words(&reply.words()).forbid_name()
}

/// Whether a 230 lets in the anonymous user.
pub(super) fn lets_in_anybody(reply: &Reply) -> bool {
    Words(&reply.words()).anonymous()
}

#[cfg(test)]
mod tests;
