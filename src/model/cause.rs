//! Causes: the stable codes that say why a verdict is what it is.
//!
//! A code is a promise: kebab-case, unique, explained by `tugtest explain CODE`, and frozen by a snapshot.

use std::fmt;

/// What a probe says of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Positive evidence that the credential is accepted and may do what the step needs.
    Pass,
    /// Positive evidence that the connection will not work.
    Fail,
    /// No judgement: no answer, or one that proves nothing.
    Inconclusive,
    /// Nothing to probe.
    Skip,
}

impl Verdict {
    /// The word that reports and scenarios use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Skip => "skip",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The family of a cause: what kind of trouble it is, and so who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The credential was refused.
    Rejected,
    /// The credential was accepted, but something that the step needs is missing.
    Limited,
    /// Our settings are wrong; the credential was never judged.
    Misconfigured,
    /// The account, the shop or our address is suspended.
    Blocked,
    /// The server could not prove who it is; the credential was not sent.
    Untrusted,
    /// No answer.
    Unreachable,
    /// An answer that proves nothing.
    Unknown,
    /// There was nothing to probe.
    Skipped,
}

impl Class {
    /// The word that reports and explanations use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::Rejected => "rejected",
            Class::Limited => "limited",
            Class::Misconfigured => "misconfigured",
            Class::Blocked => "blocked",
            Class::Untrusted => "untrusted",
            Class::Unreachable => "unreachable",
            Class::Unknown => "unknown",
            Class::Skipped => "skipped",
        }
    }

    /// The verdict that every cause of this class leads to.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Class::Rejected | Class::Limited | Class::Misconfigured | Class::Blocked | Class::Untrusted => {
                Verdict::Fail
            }
            Class::Unreachable | Class::Unknown => Verdict::Inconclusive,
            Class::Skipped => Verdict::Skip,
        }
    }
}

/// Whether asking again could change the answer, and under which condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Never: the answer is final, and repeating it may lock an account.
    Never,
    /// A transport retry with backoff and jitter.
    Transport,
    /// After the time that the server named.
    AfterHint,
    /// Only after somebody has authenticated anew.
    Reauthenticate,
    /// Once, with a change made by us (a new nonce, the server's time, TLS).
    OnceChanged,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $class:ident, $retry:ident;)*) => {
        /// Why a verdict is what it is. The doc comment of each is its one-line meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Cause { $($(#[$doc])* $name,)* }

        impl Cause {
            /// Every cause, in the order of an interview.
            pub const ALL: &'static [Cause] = &[$(Cause::$name,)*];

            /// The stable code, as reports and scenarios spell it.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Cause::$name => $code,)* } }

            /// The family it belongs to.
            #[must_use]
            pub const fn class(self) -> Class { match self { $(Cause::$name => Class::$class,)* } }

            /// Whether asking again can help.
            #[must_use]
            pub const fn retry(self) -> Retry { match self { $(Cause::$name => Retry::$retry,)* } }
        }
    };
}

causes! {
    /// The step selects a connection that does not exist, or none fits.
    ConnectionMissing = "connection-missing", Misconfigured, Never;
    /// Several connections fit and nothing selects one.
    ConnectionAmbiguous = "connection-ambiguous", Misconfigured, Never;
    /// The connection's own file is not valid; `tugtest check` shows the place.
    ConnectionInvalid = "connection-invalid", Misconfigured, Never;
    /// A required field of the connection is empty.
    FieldMissing = "field-missing", Misconfigured, Never;
    /// A field has a form that cannot be right.
    FieldFormat = "field-format", Misconfigured, Never;
    /// The stored secret is a placeholder that nobody filled in.
    PlaceholderSecret = "placeholder-secret", Misconfigured, Never;
    /// A secret reference could not be resolved.
    SecretUnavailable = "secret-unavailable", Misconfigured, Never;
    /// The secret may not be sent to this destination.
    DestinationRefused = "destination-refused", Misconfigured, Never;
    /// The host name does not exist.
    HostNotFound = "host-not-found", Misconfigured, Never;
    /// The resolver gave no answer.
    DnsUnavailable = "dns-unavailable", Unreachable, Transport;
    /// Nothing listens on the port.
    ConnectRefused = "connect-refused", Unreachable, Transport;
    /// No answer to the TCP handshake in time.
    ConnectTimeout = "connect-timeout", Unreachable, Transport;
    /// There is no route to the host.
    NetworkUnreachable = "network-unreachable", Unreachable, Transport;
    /// The proxy refused or failed.
    ProxyFailed = "proxy-failed", Unreachable, Never;
    /// The peer closed the connection before it answered.
    ConnectionReset = "connection-reset", Unreachable, Transport;
    /// Connected, but no answer in time.
    ResponseTimeout = "response-timeout", Unreachable, Transport;
    /// The certificate is signed by nobody we trust.
    TlsUntrusted = "tls-untrusted", Untrusted, Never;
    /// The certificate has expired.
    TlsExpired = "tls-expired", Untrusted, Never;
    /// The certificate is not valid yet.
    TlsNotYetValid = "tls-not-yet-valid", Untrusted, Never;
    /// The certificate is for other host names.
    TlsNameMismatch = "tls-name-mismatch", Untrusted, Never;
    /// The TLS handshake failed: version, cipher, or not TLS at all.
    TlsHandshakeFailed = "tls-handshake-failed", Untrusted, Never;
    /// The server offers no TLS where the connection asks for it.
    TlsNotOffered = "tls-not-offered", Misconfigured, Never;
    /// The server wants a client certificate and got none.
    ClientCertificateRequired = "client-certificate-required", Misconfigured, Never;
    /// The server refused our client certificate.
    ClientCertificateRejected = "client-certificate-rejected", Rejected, Never;
    /// The SSH host key differs from the pinned one.
    HostKeyChanged = "host-key-changed", Untrusted, Never;
    /// The SSH host key is pinned nowhere.
    HostKeyUnknown = "host-key-unknown", Untrusted, Never;
    /// No common SSH algorithms.
    SshHandshakeFailed = "ssh-handshake-failed", Untrusted, Never;
    /// The server insists on TLS and the connection does not use it.
    TlsRequired = "tls-required", Misconfigured, OnceChanged;
    /// The port speaks another protocol than the connection says.
    ProtocolMismatch = "protocol-mismatch", Misconfigured, Never;
    /// The server saw no credential.
    CredentialMissing = "credential-missing", Rejected, Never;
    /// The server refused the credential.
    CredentialRejected = "credential-rejected", Rejected, Never;
    /// The credential was good once and has expired.
    CredentialExpired = "credential-expired", Rejected, Reauthenticate;
    /// This credential was refused earlier in the run and is not sent again.
    AlreadyRejected = "already-rejected", Rejected, Never;
    /// The OAuth grant or refresh token is dead.
    GrantInvalid = "grant-invalid", Rejected, Reauthenticate;
    /// The app's own client id or secret is wrong.
    ClientRejected = "client-rejected", Rejected, Never;
    /// A request signature did not match.
    SignatureInvalid = "signature-invalid", Rejected, Never;
    /// The clocks disagree too much.
    ClockSkew = "clock-skew", Misconfigured, OnceChanged;
    /// A nonce was seen before.
    NonceReused = "nonce-reused", Unknown, OnceChanged;
    /// An earlier refresh has an unknown outcome and is never replayed.
    RefreshUnfinished = "refresh-unfinished", Unknown, Reauthenticate;
    /// A person has to finish signing in.
    InteractionRequired = "interaction-required", Limited, Reauthenticate;
    /// The server does not let this user in at all; no password was asked for.
    LoginDenied = "login-denied", Blocked, Never;
    /// The request itself is wrong.
    ConfigInvalid = "config-invalid", Misconfigured, Never;
    /// The credential is good, but a permission is missing.
    PermissionMissing = "permission-missing", Limited, Never;
    /// The credential is good, but for another account.
    WrongAccount = "wrong-account", Limited, Never;
    /// Refused without saying whether the credential or a permission is to blame.
    Forbidden = "forbidden", Unknown, Never;
    /// The account or shop is suspended.
    AccountSuspended = "account-suspended", Blocked, Never;
    /// Our address is blocked.
    IpBlocked = "ip-blocked", Blocked, Never;
    /// Not judged: the server limits the rate of requests.
    RateLimited = "rate-limited", Unknown, AfterHint;
    /// Not judged: the provider has a fault of its own.
    ProviderError = "provider-error", Unknown, Transport;
    /// The path, the tenant or the API version does not exist.
    NotFound = "not-found", Misconfigured, Never;
    /// The server sends us elsewhere; the credential does not follow.
    Redirected = "redirected", Misconfigured, Never;
    /// The answer is not what this API gives.
    UnexpectedResponse = "unexpected-response", Misconfigured, Never;
    /// The probe also passes with a wrong credential and so proves nothing.
    ProbeNotDiscriminating = "probe-not-discriminating", Unknown, Never;
    /// The login is good, but no session follows.
    SessionRefused = "session-refused", Limited, Never;
    /// The login is good, but the data connection fails.
    DataChannelFailed = "data-channel-failed", Limited, Transport;
    /// The server wants the TLS session of the control connection resumed for data.
    TlsSessionReuseRequired = "tls-session-reuse-required", Limited, Never;
    /// The login is good, but the directory does not exist.
    PathUnavailable = "path-unavailable", Limited, Never;
    /// The double was asked for something that its fixture does not hold.
    FixtureUnmatched = "fixture-unmatched", Misconfigured, Never;
    /// No probe is known for this app.
    NoProbe = "no-probe", Skipped, Never;
    /// This step needs no connection.
    NotRequired = "not-required", Skipped, Never;
    /// A live probe was asked for where only mocked runs are allowed.
    Offline = "offline", Skipped, Never;
    /// A mocked run, and the step names no fixture.
    NoFixture = "no-fixture", Skipped, Never;
    /// The run ended before this step was judged.
    Cancelled = "cancelled", Skipped, Never;
    /// The step is switched off in its workflow.
    Disabled = "disabled", Skipped, Never;
    /// A bug in tugtest, not in the connection.
    InternalError = "internal-error", Unknown, Never;
}

impl Cause {
    /// The cause with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Cause> {
        Cause::ALL.iter().copied().find(|cause| cause.code() == code)
    }

    /// The verdict that it leads to.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        self.class().verdict()
    }

    /// Whether a later run of the same step could end otherwise with nothing changed by anybody.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self.retry(), Retry::Transport | Retry::AfterHint)
    }

    /// Whether nothing was tested at all (reported as untested, never as met).
    #[must_use]
    pub const fn untested(self) -> bool {
        matches!(self, Cause::NoFixture | Cause::NoProbe | Cause::Cancelled | Cause::Offline)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let codes: HashSet<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
        assert_eq!(codes.len(), Cause::ALL.len());
        for code in codes {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
        }
    }

    #[test]
    fn rejected_is_never_retried_by_itself() {
        for cause in Cause::ALL.iter().filter(|cause| cause.class() == Class::Rejected) {
            assert!(!cause.retryable(), "{cause}");
        }
    }
}
