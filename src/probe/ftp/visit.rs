//! What happens after the login: where we are, the step's directory, what is in it, and what may be put there.

use super::guest::Guest;
use super::judge::{self, Stage};
use super::listing::Listing;
use super::login::Entry;
use crate::model::cause::Cause;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::probe::FtpProbe;
use crate::model::verdict::Judgement;
use crate::wire::ftp::Session;
use crate::wire::ftp::data::TransferTrouble;
use crate::wire::ftp::reply::Reply;
use crate::wire::transcript::Transcript;

/// A session of somebody who is logged in.
pub(super) struct Visit<'v, 'a> {
    pub(super) guest: &'v Guest<'a>,
    pub(super) session: Box<Session<'a>>,
    pub(super) warnings: &'v mut Vec<Warning>,
    pub(super) transcript: &'a Transcript<'a>,
    /// Where the login leads, as `PWD` says.
    pub(super) home: Option<String>,
    /// The same as it may be shown.
    pub(super) shown_home: Option<String>,
}

impl Visit<'_, '_> {
    /// Tries what the step needs. The pass, or why not.
    pub(super) async fn run(&mut self, spec: &FtpProbe, entry: Entry) -> Result<Judgement, Judgement> {
        self.transcript.enter(Phase::Authz);
        self.look_around().await?;
        self.compare_account()?;
        self.enter_directory().await?;
        self.transcript.enter(Phase::Transfer);
        let listed = self.take_stock(spec).await?;
        if spec.write {
            self.upload().await?;
        }
        Ok(self.conclude(entry, listed.as_deref(), spec.write))
    }

    /// `PWD`, really sent: the first command that only a session answers.
    async fn look_around(&mut self) -> Result<(), Judgement> {
        let reply = self.say("PWD").await?;
        if reply.code == 257 {
            let text = reply.lines.join(" ");
            self.home = quoted_path(&text);
            // Scrubbed before it is taken apart: quotes in it end the path, and double ones become one.
            self.shown_home = quoted_path(&self.guest.scrubber.scrub(&text));
            return Ok(());
        }
        if reply.is_yes() || judge::not_implemented(&reply) && !reply.words().contains("oops") {
            return Ok(());
        }
        let observed = format!("Logged in as `{}`, but `PWD` was refused", self.guest.user);
        Err(self.refused(Stage::Session, &observed, &reply))
    }

    /// A step may say whose account it has to be: a user name, or, with a slash, where the login has to lead.
    fn compare_account(&self) -> Result<(), Judgement> {
        let Some(expected) = self.guest.account else { return Ok(()) };
        let leads = expected.starts_with('/');
        let actual = if leads { self.home.as_deref().unwrap_or_default() } else { self.guest.user };
        if actual.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        let actual = if leads { self.shown_home.as_deref().unwrap_or_default() } else { self.guest.user };
        Err(Judgement::of(
            Cause::WrongAccount,
            Phase::Authz,
            format!("The login is good, but for `{}`; the step expects `{expected}`.", self.guest.scrubbed(actual)),
            "Select the connection of the right account for this step.",
        ))
    }

    /// `CWD` to the step's directory. Where the server does not say why it refuses, the directory above it may tell.
    async fn enter_directory(&mut self) -> Result<(), Judgement> {
        let Some(directory) = self.guest.directory else { return Ok(()) };
        let reply = self.say(&format!("CWD {directory}")).await?;
        if reply.is_yes() {
            return Ok(());
        }
        let observed = format!("Logged in as `{}`, but the directory `{directory}` cannot be entered", self.guest.user);
        let mut judgement = self.refused(Stage::Directory, &observed, &reply);
        if judge::leaves_open(&reply) {
            match self.exists(directory).await {
                Some(true) => {
                    judgement = self.guest.judged(Cause::PermissionMissing, Phase::Authz, &observed, &reply);
                    judgement.message.push_str(" The directory above it does list that name.");
                }
                Some(false) => judgement.message.push_str(" The directory above it does not list that name."),
                None => judgement.message.push_str(" (Or it is closed to this user: the server does not say which.)"),
            }
        }
        Err(judgement)
    }

    /// Whether the directory above lists the name. None: it cannot be looked into either.
    async fn exists(&mut self, directory: &str) -> Option<bool> {
        let trimmed = directory.trim_end_matches('/');
        let (above, name) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
        if above != "." {
            let above = if above.is_empty() { "/" } else { above };
            let entered = self.session.say(&format!("CWD {above}")).await.ok()?.is_yes();
            if !entered {
                return None;
            }
        }
        let listing = Listing::of(&mut self.session, None).await.ok()?;
        Some(listing.names.iter().any(|entry| entry == name))
    }

    /// Lists the directory, and finds the step's files in it. What was listed, in words; none: it may not be listed, and the step
    /// only writes.
    async fn take_stock(&mut self, spec: &FtpProbe) -> Result<Option<String>, Judgement> {
        let (below, pattern) = match spec.file.as_deref().map(|file| file.rsplit_once('/').unwrap_or(("", file))) {
            None => (None, None),
            Some((below, pattern)) => (Some(below).filter(|below| !below.is_empty()), Some(pattern)),
        };
        let shown = self.shown_directory(below);
        let listing = match Listing::of(&mut self.session, below).await {
            Ok(listing) => listing,
            Err(TransferTrouble::Refused { reply, .. })
                if spec.write && pattern.is_none() && self.may_only_write(&reply) =>
            {
                self.warnings.push(Warning::new(
                    "listing-refused",
                    format!(
                        "{shown} may not be listed (`{}`); storing a file there decides.",
                        self.guest.quote(&reply)
                    ),
                ));
                return Ok(None);
            }
            Err(trouble) => {
                let observed = format!("Logged in as `{}`, but {shown} cannot be listed", self.guest.user);
                return Err(self.transfer_failed(Stage::Listing, &observed, trouble));
            }
        };
        match pattern {
            Some(pattern) if !listing.holds(pattern) => Err(Judgement::of(
                Cause::PathUnavailable,
                Phase::Transfer,
                format!(
                    "Logged in as `{}` and listed {shown} ({}), but nothing there matches `{pattern}`.",
                    self.guest.user,
                    listing.count()
                ),
                "Correct the step's `file` or `directory`, or see whether the file was delivered.",
            )),
            Some(pattern) => Ok(Some(format!("{shown} ({}, `{pattern}` among them)", listing.count()))),
            None => Ok(Some(format!("{shown} ({})", listing.count()))),
        }
    }

    fn may_only_write(&self, reply: &Reply) -> bool {
        judge::cause(Stage::Listing, self.session.secured(), reply) == Cause::PermissionMissing
    }

    /// The directory as messages name it.
    pub(super) fn shown_directory(&self, below: Option<&str>) -> String {
        match (self.guest.directory.or(self.shown_home.as_deref()), below) {
            (Some(directory), None) => format!("`{}`", self.guest.scrubbed(directory)),
            (Some(directory), Some(below)) => {
                format!("`{}`", self.guest.scrubbed(&format!("{}/{below}", directory.trim_end_matches('/'))))
            }
            (None, Some(below)) => format!("`{below}`"),
            (None, None) => "the login directory".to_owned(),
        }
    }

    fn conclude(&self, entry: Entry, listed: Option<&str>, stored: bool) -> Judgement {
        let guest = self.guest;
        let under_tls = if self.session.secured() { " under TLS" } else { "" };
        let mut message = format!("Logged in as `{}`{under_tls}", guest.user);
        if let Some(listed) = listed {
            message.push_str(", listed ");
            message.push_str(listed);
        }
        if stored {
            message.push_str(", stored and deleted a file");
        }
        message.push('.');
        if entry == Entry::ByAnything && !guest.is_anonymous() {
            message.push_str(
                " But the server let that user in before or without looking at the password, as it would anybody.",
            );
            return Judgement::of(
                Cause::ProbeNotDiscriminating,
                Phase::Assert,
                message,
                "Ask the server's owner whether this account is meant to need no password; anonymous-only servers let everybody in.",
            );
        }
        Judgement::pass(Phase::Transfer, message)
    }

    pub(super) async fn say(&mut self, command: &str) -> Result<Reply, Judgement> {
        self.session.say(command).await.map_err(|obstacle| self.guest.hindered(&obstacle))
    }

    pub(super) fn refused(&self, stage: Stage, observed: &str, reply: &Reply) -> Judgement {
        self.guest.refused(stage, self.transcript.clock().current(), self.session.secured(), observed, reply)
    }
}

/// The path in a 257 reply: in double quotes, a quote in it doubled (RFC 959, appendix II).
fn quoted_path(text: &str) -> Option<String> {
    let inside = &text[text.find('"')? + 1..];
    let mut path = String::new();
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.peek() == Some(&'"') => {
                chars.next();
                path.push('"');
            }
            '"' => return Some(path),
            c => path.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_replies() {
        assert_eq!(quoted_path("\"/home/alice\" is the current directory").as_deref(), Some("/home/alice"));
        // RFC 959's own example.
        assert_eq!(quoted_path("\"/usr/dm/a \"\"b\"\"\" directory created").as_deref(), Some("/usr/dm/a \"b\""));
        assert_eq!(quoted_path("/home/alice"), None);
        assert_eq!(quoted_path("\"/home"), None);
    }
}
