//! What the words of an FTP reply say. The numbers alone do not: 530 stands for a wrong password, a full server, a user who has to
//! use TLS and a disabled account alike. Every rule rests on the recorded replies of real servers (the tests quote them).

/// The words of a reply, in lower case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'t>(pub(super) &'t str);

impl Words<'_> {
    fn any(self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| self.0.contains(needle))
    }

    /// No login, or no data, without TLS.
    pub(super) fn want_tls(self) -> bool {
        let tls = self.any(&[
            "tls",
            "ssl",
            "encrypt",
            "secure connection",
            "secure session",
            "auth first",
            "use auth",
            "auth command",
        ]);
        let must = self.any(&["must", "required", "requires", "need", "only", "first", "use auth", "not allowed"]);
        (tls && must) || self.any(&["cleartext sessions", "cleartext connection", "plaintext", "unencrypted"])
    }

    /// The TLS session of the control connection has to be resumed for data.
    pub(super) fn want_session_reuse(self) -> bool {
        self.any(&["session reuse", "session of data connection not resumed", "not resumed", "reuse required"])
    }

    /// The server is full, or limits how often somebody comes.
    pub(super) fn full(self) -> bool {
        self.any(&[
            "too many",
            "already logged in",
            "maximum number",
            "the maximum",
            "maximum clients",
            "maximum connection",
            "max connection",
            "connection limit",
            "connections limit",
            "no more users",
            "server is full",
            "rate limit",
            "try later",
            "try again later",
            "come back later",
        ])
    }

    /// Our address is kept out.
    pub(super) fn block_address(self) -> bool {
        let address = self.any(&[
            "ip address",
            "your ip",
            "this ip",
            "client ip",
            "ip not",
            "ip is",
            "ip has",
            "your host",
            "this host",
            "your address",
            "your network",
        ]);
        let kept_out =
            self.any(&["not allow", "not permit", "denied", "block", "banned", "refused", "restricted", "reject"]);
        (address && kept_out) || self.any(&["banned", "blacklist", "blocklist", "from your location"])
    }

    /// The account exists and may not be used.
    pub(super) fn suspend_account(self) -> bool {
        let account = self.any(&["account", "user", "login"]);
        let suspended = self.any(&["disabled", "locked", "suspended", "deactivated", "inactive", "not active"]);
        (account && suspended) || (self.0.contains("account") && self.0.contains("expired"))
    }

    /// The password was good once.
    pub(super) fn password_expired(self) -> bool {
        let changed =
            self.any(&["expired", "must be changed", "must change", "change your password", "needs to be changed"]);
        self.0.contains("password") && changed
    }

    /// The login was accepted, and its session could not be set up.
    pub(super) fn no_session(self) -> bool {
        self.any(&["oops", "home directory", "chroot", "cannot change directory", "home dir"])
    }

    /// Only anonymous logins.
    pub(super) fn anonymous_only(self) -> bool {
        self.0.contains("anonymous") && self.0.contains("only")
    }

    /// The user let in is the anonymous one.
    pub(super) fn anonymous(self) -> bool {
        self.any(&["anonymous", "guest login", "guest access"])
    }

    /// User name or password is wrong.
    pub(super) fn wrong_password(self) -> bool {
        self.any(&[
            "incorrect",
            "invalid",
            "wrong",
            "bad password",
            "authentication failed",
            "authentication failure",
            "authentication error",
            "authentication rejected",
            "authentication unsuccessful",
            "login failed",
            "login failure",
            "logon failure",
            "logon failed",
            "failed to log in",
            "failed to login",
            "not logged in",
            "cannot log in",
            "can't log in",
            "cannot login",
            "unable to log",
            "could not log",
            "login denied",
            "login rejected",
            "login or password",
            "unknown user",
            "user unknown",
            "no such user",
            "user not found",
            "password not accepted",
            "password rejected",
            "password mismatch",
            "access denied",
            "not authorized",
            "not authorised",
            "unauthorized",
            "credentials",
            // German, French, Spanish, Italian, Dutch: servers that are localised exist.
            "anmeldung fehlgeschlagen",
            "falsch",
            "incorrecto",
            "mot de passe",
            "non valido",
            "onjuist",
        ])
    }

    /// The user name is not known (as a reply to `USER`).
    pub(super) fn unknown_user(self) -> bool {
        self.any(&["unknown user", "user unknown", "no such user", "user not found", "invalid user", "incorrect"])
    }

    /// It is not there.
    pub(super) fn missing(self) -> bool {
        self.any(&[
            "no such",
            "not found",
            "not exist",
            "doesn't exist",
            "cannot find",
            "can't find",
            "not a directory",
            "not a valid directory",
            "invalid path",
            "no files",
        ])
    }

    /// It is there, but not for this user.
    pub(super) fn not_permitted(self) -> bool {
        self.any(&[
            "permission",
            "denied",
            "not permitted",
            "not allowed",
            "privilege",
            "not enough rights",
            "forbidden",
            "prohibited",
            "read-only",
            "readonly file",
        ])
    }

    /// A listing with nothing in it.
    pub(super) fn empty(self) -> bool {
        self.any(&["no files", "no such file", "empty", "no entries", "not found"])
    }

    /// There is no room.
    pub(super) fn no_room(self) -> bool {
        self.any(&["quota", "exceeded storage", "storage allocation", "disk full", "no space", "insufficient storage"])
    }

    /// The name of the file itself is not allowed.
    pub(super) fn forbid_name(self) -> bool {
        self.0.contains("name") && self.any(&["prohibited", "not allowed", "invalid", "illegal", "bad"])
    }
}
