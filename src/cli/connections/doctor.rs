//! `tugtest connections doctor`: what is wrong or risky with the store.

use std::path::{Path, PathBuf};

use jiff::{Span, Timestamp};

use super::super::args::connections::DoctorOptions;
use super::super::complaint::Complaint;
use super::super::connections::block_on;
use super::super::exit::Exit;
use super::findings::Findings;
use super::folder::Folder;
use super::usage::Usage;
use crate::model::connection::{Connection, SecretReference};
use crate::vault::binding::Binding;
use crate::vault::crypt::{BadRecipient, Identity};
use crate::vault::identity::Source;
use crate::vault::recipients::{self, Recipients};
use crate::vault::sealed::Content;
use crate::vault::{Closed, access, block_of, renewal};

/// A grant that ends sooner than this is remarked on, in days.
const SOON: i64 = 14;

/// Examines the store. Errors end with 2; warnings do under `--strict`.
pub(super) fn doctor(start: &Path, options: &DoctorOptions) -> Result<Exit, Complaint> {
    let mut folder = Folder::whole(start);
    let usage = Usage::of(&mut folder.loader);
    let mut findings = Findings::default();
    findings.files(&folder);
    findings.keys(&folder)?;
    let connections: Vec<_> = folder.loader.connections.valid.values().cloned().collect();
    let recipients = folder.recipients()?;
    for connection in &connections {
        findings.clear_secrets(connection);
        if connection.sealed {
            findings.sealed(&folder, connection, &recipients);
        } else if !connection.secrets.contains_key(renewal::REFRESH_TOKEN) {
            findings.expiry(&folder, connection);
        }
        if usage.of_connection(&connection.name).is_empty() {
            findings.warn(
                "unused",
                &connection.file,
                "no scenario uses it",
                format!("if nothing else does: tugtest connections delete {}", connection.name),
            );
        }
    }
    for name in &folder.loader.connections.broken {
        let file = folder.shown(&folder.file(name));
        findings.error(
            "invalid",
            &file,
            "the file is not valid",
            "`tugtest check` shows each mistake with its place".to_owned(),
        );
    }
    for (name, used) in &usage.missing {
        let what = format!("step `{}` selects the connection `{name}`, which is not there", used.step);
        findings.error(
            "missing",
            &format!("{}:{}", used.file, used.line),
            &what,
            format!("tugtest connections add {name}"),
        );
    }
    Ok(findings.report(options, connections.len()))
}

impl Findings {
    /// Links, rests of writers that were killed, and folders that others may write to.
    fn files(&mut self, folder: &Folder) {
        let path = folder.path();
        let shown = folder.shown(path);
        if let Ok(metadata) = std::fs::metadata(path)
            && is_writable_by_others(&metadata)
        {
            self.error("mode", &shown, "others may write to this folder", format!("chmod go-w {shown}"));
        }
        let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let shown = folder.shown(&path);
            if path.is_symlink() {
                self.warn(
                    "link",
                    &shown,
                    "this is a link, and is not written through",
                    "put the file itself here".to_owned(),
                );
            } else if name.starts_with(".tugtest-") {
                let help = "the next `connections` command that writes takes it away".to_owned();
                self.warn(
                    "left-behind",
                    &shown,
                    "a writer was stopped before it had finished; nothing in it is in clear",
                    help,
                );
            }
        }
    }

    /// The identity and the recipients.
    fn keys(&mut self, folder: &Folder) -> Result<(), Complaint> {
        let source = folder.vault.source();
        if let Source::File { path, .. } = source
            && std::fs::metadata(path).is_ok_and(|metadata| access::is_open(&metadata))
        {
            let place = path.display().to_string();
            self.error("mode", &place, "others may read this identity", access::remedy(path));
        }
        let recipients = folder.recipients()?;
        let file = folder.shown(&recipients::file(folder.path()));
        for bad in &recipients.bad {
            let (what, help) = match bad.why {
                BadRecipient::Secret => (
                    "a secret key stands here",
                    "take it out at once, and make a new one: it must be regarded as known",
                ),
                BadRecipient::Kind => ("SSH keys of this kind cannot encrypt", "use ssh-ed25519 or ssh-rsa"),
                BadRecipient::Unknown => {
                    ("this is no public key", "write age1... or an SSH key, or # before a comment")
                }
            };
            self.error("recipient", &format!("{file}:{}", bad.line), what, help.to_owned());
        }
        self.owners(&recipients, &file);
        self.identity(folder, &recipients, &file);
        Ok(())
    }

    /// Keys that are listed twice, or without an owner.
    fn owners(&mut self, recipients: &Recipients, file: &str) {
        for (number, listed) in recipients.listed.iter().enumerate() {
            let twice = recipients.listed[..number].iter().any(|other| other.recipient == listed.recipient);
            if twice {
                self.warn(
                    "recipient",
                    &format!("{file}:{}", listed.line),
                    "this key is listed twice",
                    "delete one of the lines".to_owned(),
                );
            }
            if listed.owner.is_none() {
                let help = "write its owner above it, after #, so that others know whom it belongs to".to_owned();
                self.warn(
                    "recipient",
                    &format!("{file}:{}", listed.line),
                    "nobody is named as the owner of this key",
                    help,
                );
            }
        }
    }

    /// Whether there is an identity, and one that anything is sealed for.
    fn identity(&mut self, folder: &Folder, recipients: &Recipients, file: &str) {
        let anything_sealed = folder.loader.connections.valid.values().any(|connection| connection.sealed);
        match block_on(folder.vault.identities()) {
            Err(none) if anything_sealed => {
                self.error(
                    "no-identity",
                    &folder.vault.source().to_string(),
                    &format!("sealed connections cannot be opened: {}", none.why),
                    none.help,
                );
            }
            Ok(own) if !recipients.listed.is_empty() => {
                let mine = own.iter().filter_map(Identity::recipient).any(|own| recipients.holds(own.text()));
                if !mine {
                    let help =
                        "add your key and let somebody who can open the connections run `tugtest connections rekey`";
                    self.warn("recipient", file, "you hold none of the keys that are listed", help.to_owned());
                }
            }
            _ => {}
        }
    }

    fn clear_secrets(&mut self, connection: &Connection) {
        let name = &connection.name;
        let clear = connection.secrets.iter().filter(|(_, reference)| matches!(reference, SecretReference::Literal(_)));
        for (field, _) in clear {
            let help = format!(
                "seal it: tugtest connections edit {name} --from-env {field}=VARIABLE; and change it at the app"
            );
            self.warn("clear", &connection.file, &format!("`{field}` is written in clear"), help);
            if std::fs::metadata(&*connection.file).is_ok_and(|metadata| access::is_open(&metadata)) {
                let help = access::remedy(Path::new(&*connection.file));
                self.error("mode", &connection.file, "others may read this file, and a secret is in it in clear", help);
            }
        }
    }

    fn expiry(&mut self, folder: &Folder, connection: &Connection) {
        let Some(expiry) = connection.public("expires_at").and_then(|text| text.parse::<Timestamp>().ok()) else {
            return;
        };
        let (now, name) = (Timestamp::now(), &connection.name);
        let soon = now.checked_add(Span::new().hours(SOON * 24)).unwrap_or(now);
        let help = match folder.with_recipe(connection, |recipe| connection.connect_command(recipe)) {
            Some(command) => format!("grant it anew: {command}"),
            None => format!("renew it at the app, then: tugtest connections edit {name}"),
        };
        if expiry <= now {
            self.error("expired", &connection.file, &format!("its grant has expired, at {expiry}"), help);
        } else if expiry <= soon {
            self.warn("expiring", &connection.file, &format!("its grant expires soon, at {expiry}"), help);
        }
    }

    /// Whether a refresh was begun of which nobody knows how it ended. What cannot be opened may have got another token since.
    fn refresh(&mut self, folder: &Folder, connection: &Connection, content: Option<&Content>) {
        let token = content.map(|content| content.secrets.get(renewal::REFRESH_TOKEN));
        let root = &folder.loader.workspace.root;
        let Some(left) = renewal::unfinished(root, &connection.name, token.flatten()) else { return };
        if token.is_some_and(|token| token.is_none()) {
            return;
        }
        let begun = left.since.map_or_else(String::new, |since| format!(" on {since}"));
        let name = &connection.name;
        let help = match folder.with_recipe(connection, |recipe| connection.connect_command(recipe)) {
            Some(command) => format!("reconnect: {command}"),
            None => format!("reconnect: get new tokens at the app, then: tugtest connections edit {name}"),
        };
        self.warn(
            "refresh-unfinished",
            &connection.file,
            &format!("a refresh was begun{begun} and its end is unknown: the refresh token is not sent again"),
            help,
        );
    }

    /// Whether a sealed block can be opened, belongs here, and is sealed for those who are listed.
    fn sealed(&mut self, folder: &Folder, connection: &Connection, recipients: &Recipients) {
        let block = block_of(Path::new(&*connection.file)).unwrap_or_default();
        let opened = block_on(folder.vault.open(&block));
        self.refresh(folder, connection, opened.as_ref().ok());
        // An access token that can be refreshed may be as old as it likes.
        if !opened.as_ref().is_ok_and(|content| content.secrets.contains_key(renewal::REFRESH_TOKEN)) {
            self.expiry(folder, connection);
        }
        let content = match opened {
            Ok(content) => content,
            // Said once, for all of them.
            Err(Closed::NoIdentity(_)) => return,
            Err(closed) => {
                let judgement = closed.judgement(&connection.name);
                let code = if closed == Closed::NotForUs { "not-for-you" } else { "damaged" };
                self.error(
                    code,
                    &connection.file,
                    judgement.message.trim_end_matches('.'),
                    judgement.remedy.unwrap_or_default(),
                );
                return;
            }
        };
        let name = &connection.name;
        if let Ok(destination) = folder.destination(connection)
            && let Some(difference) = content.binding.difference(&Binding::of(connection, &destination))
        {
            let help =
                format!("undo the change of the file; if it was meant: tugtest connections edit {name} --rebind");
            self.error(
                "destination-refused",
                &connection.file,
                &format!("its secrets are refused: {difference}"),
                help,
            );
        }
        let rekey = || "tugtest connections rekey".to_owned();
        if content.recipients.iter().any(|key| !recipients.holds(key)) {
            self.error(
                "recipients-changed",
                &connection.file,
                "it is still sealed for a key that is no longer listed",
                rekey(),
            );
        }
        if recipients.listed.iter().any(|listed| !content.recipients.iter().any(|key| key == listed.recipient.text())) {
            self.warn(
                "recipients-changed",
                &connection.file,
                "it is not sealed yet for every key that is listed",
                rekey(),
            );
        }
    }
}

#[cfg(unix)]
fn is_writable_by_others(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o022 != 0
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &std::fs::Metadata) -> bool {
    false
}
