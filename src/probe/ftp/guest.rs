//! Who logs in: the fields of the connection, looked at before any packet is sent; and how judgements about them are worded.

use crate::model::cause::Cause;
use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;
use crate::model::probe::FtpProbe;
use crate::model::scrub::Scrubber;
use crate::model::secret::Secret;
use crate::model::verdict::Judgement;
use crate::probe::Subject;
use crate::wire::ftp::open::Protection;
use crate::wire::ftp::reply::Reply;
use crate::wire::obstacle::Obstacle;
use crate::wire::transcript::excerpt;

use super::judge::{self, Stage};
use super::words::words;

/// The longest quotation of a server's reply in a message, in characters.
const QUOTE: usize = 200;

/// A login that is about to be tried.
pub(super) struct Guest<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) credential: &'a Credential,
    pub(super) protection: Protection,
    /// `host:port`, as messages show it.
    pub(super) at: String,
    pub(super) user: &'a str,
    /// None: anonymous, whose password is an address by convention (RFC 1635).
    pub(super) password: Option<&'a Secret>,
    /// The step's directory, or else the connection's.
    pub(super) directory: Option<&'a str>,
    /// The account that it has to be.
    pub(super) account: Option<&'a str>,
    connection: &'a str,
    pub(super) scrubber: &'a Scrubber,
}

impl<'a> Guest<'a> {
    /// Reads the fields.
    pub(super) fn invite(subject: &Subject<'a>, spec: &'a FtpProbe) -> Result<Self, Judgement> {
        let (endpoint, credential) = (subject.endpoint, subject.credential);
        let protection = match &*endpoint.declared.scheme {
            "ftp" => Protection::Plain,
            "ftps" => Protection::Explicit,
            "ftps-implicit" => Protection::Implicit,
            "sftp" => return Err(no_sftp()),
            other => return Err(no_protocol(other)),
        };
        let user = credential.public("username").filter(|user| !user.is_empty()).ok_or_else(|| missing("username"))?;
        let password = credential.secret("password").filter(|password| !password.is_empty());
        if password.is_none() && !is_anonymous(user) {
            return Err(missing("password"));
        }
        let directory = spec.directory.as_deref().or_else(|| credential.public("directory"));
        let directory = directory.filter(|directory| !directory.is_empty());
        for (field, value) in [("username", Some(user)), ("directory", directory), ("file", spec.file.as_deref())] {
            if value.is_some_and(|value| value.contains(['\r', '\n', '\0'])) {
                return Err(breaks_the_line(field));
            }
        }
        Ok(Guest {
            endpoint,
            credential,
            protection,
            at: endpoint.declared.authority(),
            user,
            password,
            directory,
            account: subject.account,
            connection: &subject.connection.name,
            scrubber: subject.scrubber,
        })
    }

    /// Whether the login is the one that every password opens.
    pub(super) fn is_anonymous(&self) -> bool {
        is_anonymous(self.user)
    }

    /// A server's reply, fit for a message.
    pub(super) fn quote(&self, reply: &Reply) -> String {
        excerpt(&self.scrubber.scrub(&reply.line()), QUOTE)
    }

    /// Server text, fit for a message.
    pub(super) fn scrubbed(&self, text: &str) -> String {
        excerpt(&self.scrubber.scrub(text), QUOTE)
    }

    /// The judgement of a refusal. `observed` is a clause that the reply is put behind.
    pub(super) fn refused(
        &self,
        stage: Stage,
        phase: Phase,
        secured: bool,
        observed: &str,
        reply: &Reply,
    ) -> Judgement {
        self.judged(judge::cause(stage, secured, reply), phase, observed, reply)
    }

    /// The same with a cause that is known already.
    pub(super) fn judged(&self, cause: Cause, phase: Phase, observed: &str, reply: &Reply) -> Judgement {
        let (meaning, remedy) = words(cause, self.connection);
        // Some servers say so at the password, some at the directory: what fails is the session for the transfer.
        let phase =
            if matches!(cause, Cause::PathUnavailable | Cause::SessionRefused) { Phase::Transfer } else { phase };
        let quote = self.quote(reply);
        let stop = if quote.ends_with(['.', '!', '?']) { "" } else { "." };
        Judgement::of(cause, phase, format!("{observed}: `{quote}`{stop} {meaning}"), remedy)
    }

    /// The judgement of an obstacle, with the hints that only FTP gives.
    pub(super) fn hindered(&self, obstacle: &Obstacle) -> Judgement {
        let mut judgement = obstacle.judgement(&self.endpoint.declared);
        match (obstacle, self.protection) {
            (Obstacle::ResponseTimeout(Phase::Banner, _), Protection::Plain | Protection::Explicit) => {
                judgement
                    .message
                    .push_str(" A server that waits for TLS from the first byte is silent in just this way.");
                judgement.remedy = Some(
                    "Try `protocol: ftps-implicit` (usually on port 990), or check host and port; then raise --timeout."
                        .to_owned(),
                );
            }
            (Obstacle::Setting(..), _) => judgement.message.push('.'),
            _ => {}
        }
        judgement
    }
}

fn is_anonymous(user: &str) -> bool {
    user.eq_ignore_ascii_case("anonymous") || user.eq_ignore_ascii_case("ftp")
}

fn missing(field: &str) -> Judgement {
    Judgement::of(
        Cause::FieldMissing,
        Phase::Resolve,
        format!("The connection has no `{field}`, so no login was tried."),
        format!("Add `{field}` to the connection."),
    )
}

fn breaks_the_line(field: &str) -> Judgement {
    Judgement::of(
        Cause::FieldFormat,
        Phase::Resolve,
        format!("`{field}` holds a line break or a NUL, which would end an FTP command early. Nothing was sent."),
        format!("Remove it from `{field}`."),
    )
}

fn no_sftp() -> Judgement {
    Judgement::of(
        Cause::NoProbe,
        Phase::Resolve,
        "The connection uses SFTP, which this version cannot probe; a later version will.",
        "Test it by hand until then, or use `protocol: ftps` if the server offers it.",
    )
}

fn no_protocol(scheme: &str) -> Judgement {
    Judgement::of(
        Cause::FieldFormat,
        Phase::Resolve,
        format!("`{scheme}` is no protocol of an FTP connection. Nothing was sent."),
        "Set `protocol` to ftp, ftps or ftps-implicit.",
    )
}
