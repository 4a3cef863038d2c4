//! `tugtest connections rekey`: every sealed block anew, for the recipients that are listed now.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::super::args::connections::RekeyOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::connections::block_on;
use super::super::exit::Exit;
use super::defaults::unchangeable;
use super::folder::{Folder, tell};
use super::keys;
use crate::vault::crypt::{BadRecipient, Identity, Recipient};
use crate::vault::draft::{Changes, Part, changed};
use crate::vault::identity::Source;
use crate::vault::recipients::{self, Recipients};
use crate::vault::sealed::{self, Content};
use crate::vault::{block_of, store};

/// Seals everything anew.
pub(super) fn rekey(start: &Path, options: &RekeyOptions) -> Result<Exit, Complaint> {
    let folder = Folder::at(start);
    let _quiet = folder.quiet()?;
    let _lock = folder.lock()?;
    let before = folder.recipients()?;
    let own = block_on(folder.vault.identities()).map_err(|none| Complaint::new(none.why, none.help))?;
    let mut text = folder.recipients_text()?;
    for key in &options.add {
        text = added(&text, key, options.owner.as_deref())?;
    }
    for word in &options.remove {
        text = removed(&text, word)?;
    }
    let renewal = options.new_identity.then(|| Renewal::begin(&folder, own)).transpose()?;
    if let Some(renewal) = &renewal {
        text = renewal.exchanged(&text);
    }
    let after = Recipients::parse(&text);
    check(&folder, &after, own, renewal.as_ref())?;
    // Everything is opened before anything is written: what nobody here can open keeps its recipients, and is said.
    let blocks = open_all(&folder)?;
    announce(&before, &after, blocks.len());
    if !options.yes {
        if !ask::is_there() {
            return Err(Complaint::nobody("Every sealed connection would be sealed anew."));
        }
        if !ask::yes("Seal them anew?", true)? {
            return Err(Complaint::declined());
        }
    }
    // Both identities are in the file from here on, so that after a crash everything opens, old and new.
    if let Some(renewal) = &renewal {
        renewal.keep_both()?;
    }
    if text != folder.recipients_text()? {
        folder.write(&recipients::file(folder.path()), &text)?;
    }
    for block in &blocks {
        block.seal(&folder, &after.keys())?;
    }
    if let Some(renewal) = &renewal {
        renewal.keep_new()?;
    }
    tell(&format!("sealed {} anew, for {}", crate::report::plural(blocks.len(), "connection"), keys::audience(&after)));
    if after.keys().len() < before.keys().len()
        || before.listed.iter().any(|listed| !after.holds(listed.recipient.text()))
    {
        tell(
            "note: whoever was removed may still have older versions of these files. Change the secrets themselves, too: at the \
             apps, then `tugtest connections edit NAME`",
        );
    }
    Ok(Exit::Met)
}

fn added(text: &str, key: &str, owner: Option<&str>) -> Result<String, Complaint> {
    let recipients = Recipients::parse(key);
    if let Some(bad) = recipients.bad.first() {
        let why = match bad.why {
            BadRecipient::Secret => {
                "that is a secret key, and only a public one is shared: it begins with age1 or ssh-"
            }
            BadRecipient::Kind => "SSH keys of this kind cannot encrypt; use ssh-ed25519 or ssh-rsa",
            BadRecipient::Unknown => "that is no public key: age1..., ssh-ed25519 ... or ssh-rsa ...",
        };
        return Err(Complaint::new(why, "your colleague's `tugtest init` prints theirs"));
    }
    let mut text = text.to_owned();
    for listed in recipients.listed {
        if Recipients::parse(&text).holds(listed.recipient.text()) {
            tell("note: that key is listed already");
            continue;
        }
        let owner = owner.or(listed.owner.as_deref()).unwrap_or("added by rekey");
        text = recipients::with(&text, &listed.recipient, owner);
    }
    Ok(text)
}

fn removed(text: &str, word: &str) -> Result<String, Complaint> {
    let recipients = Recipients::parse(text);
    let lines: Vec<usize> = recipients.named(word).iter().map(|listed| listed.line).collect();
    match lines.len() {
        0 => Err(Complaint::new(
            format!("no recipient is called `{word}`"),
            format!("say an owner or the beginning of a key; listed are: {}", keys::audience(&recipients)),
        )),
        1 => Ok(recipients::without(text, &lines)),
        _ => Err(Complaint::new(format!("several recipients are called `{word}`"), "say the beginning of the key")),
    }
}

fn check(folder: &Folder, after: &Recipients, own: &[Identity], renewal: Option<&Renewal>) -> Result<(), Complaint> {
    if let Some(bad) = after.bad.first() {
        let file = folder.shown(&recipients::file(folder.path()));
        return Err(Complaint::new(format!("line {} of {file} is no public key", bad.line), "mend or delete the line"));
    }
    if after.listed.is_empty() {
        return Err(keys::no_recipients());
    }
    let new = renewal.map(|renewal| &renewal.recipient);
    let mine = own.iter().filter_map(Identity::recipient).chain(new).any(|key| after.holds(key.text()));
    if !mine {
        tell("note: you are not among the recipients any more; after this you cannot open the connections yourself");
    }
    Ok(())
}

fn announce(before: &Recipients, after: &Recipients, count: usize) {
    let name = |listed: &recipients::Listed| {
        format!("{} {}", listed.owner.as_deref().unwrap_or("unnamed"), listed.recipient.text())
    };
    for listed in after.listed.iter().filter(|listed| !before.holds(listed.recipient.text())) {
        tell(&format!("+ {}", name(listed)));
    }
    for listed in before.listed.iter().filter(|listed| !after.holds(listed.recipient.text())) {
        tell(&format!("- {}", name(listed)));
    }
    tell(&format!("{} sealed", crate::report::plural(count, "connection")));
}

/// A block that was opened.
struct Opened {
    name: String,
    path: PathBuf,
    text: Zeroizing<String>,
    content: Content,
}

impl Opened {
    /// Seals it anew, bound to what it was bound to.
    fn seal(&self, folder: &Folder, recipients: &[Recipient]) -> Result<(), Complaint> {
        let block = sealed::seal(&self.content.binding, &self.content.secrets, recipients);
        let sealed = Part::Set(block.map_err(|_| keys::no_recipients())?);
        let text = changed(&self.text, &Changes { sealed, ..Changes::default() });
        folder.write(&self.path, &text.ok_or_else(|| unchangeable(folder, &self.path))?)
    }
}

/// Opens every sealed block of the folder, as it stands: what it is bound to is neither checked nor changed.
fn open_all(folder: &Folder) -> Result<Vec<Opened>, Complaint> {
    let mut opened = Vec::new();
    let mut closed = Vec::new();
    for name in folder.names() {
        let path = folder.must_exist(&name)?;
        let Some(block) = block_of(&path) else { continue };
        match block_on(folder.vault.open(&block)) {
            Ok(content) => {
                let text = std::fs::read_to_string(&path).map(Zeroizing::new).unwrap_or_default();
                opened.push(Opened { name, path, text, content });
            }
            Err(why) => closed.push((name, why)),
        }
    }
    if let Some((name, why)) = closed.first() {
        let judgement = why.judgement(name);
        let more = if closed.len() > 1 { format!(" ({} in all)", closed.len()) } else { String::new() };
        return Err(Complaint {
            message: format!("nothing was changed: {}{more}", judgement.message.trim_end_matches('.')),
            ..Complaint::judged(&judgement)
        });
    }
    opened.sort_by(|one: &Opened, other| one.name.cmp(&other.name));
    Ok(opened)
}

/// A new identity in place of the user's own one.
struct Renewal {
    path: PathBuf,
    before: Zeroizing<Vec<u8>>,
    own: Vec<String>,
    recipient: Recipient,
    secret: Zeroizing<String>,
}

impl Renewal {
    fn begin(folder: &Folder, own: &[Identity]) -> Result<Self, Complaint> {
        let Source::File { path, .. } = folder.vault.source() else {
            let help = "make a new key, list it with `rekey --add`, give it to the job, and remove the old one with `rekey --remove`";
            return Err(Complaint::new("only an identity in a file of its own is exchanged in place", help));
        };
        let before = std::fs::read(path).map(Zeroizing::new).unwrap_or_default();
        if !before.trim_ascii_start().starts_with(b"#") && !before.trim_ascii_start().starts_with(b"AGE-SECRET-KEY-") {
            let help = "make a new one with `age-keygen`, list it with `rekey --add`, and remove the old one with `rekey --remove`";
            return Err(Complaint::new("an SSH key or an identity with a passphrase is not exchanged in place", help));
        }
        let (identity, secret) = Identity::generate();
        let Some(recipient) = identity.recipient().cloned() else { return Err(keys::no_recipients()) };
        let own = own.iter().filter_map(|own| Some(own.recipient()?.text().to_owned())).collect();
        Ok(Renewal { path: path.clone(), before, own, recipient, secret })
    }

    /// The recipients with the new key in place of the old one.
    fn exchanged(&self, text: &str) -> String {
        let listed = Recipients::parse(text);
        let old: Vec<&recipients::Listed> =
            listed.listed.iter().filter(|listed| self.own.iter().any(|own| own == listed.recipient.text())).collect();
        let owner =
            old.iter().find_map(|listed| listed.owner.clone()).map_or_else(keys::user, |owner| owner.to_string());
        let lines: Vec<usize> = old.iter().map(|listed| listed.line).collect();
        recipients::with(&recipients::without(text, &lines), &self.recipient, &owner)
    }

    fn keep_both(&self) -> Result<(), Complaint> {
        let mut both = keys::identity_file(&self.recipient, &self.secret);
        both.extend_from_slice(&self.before);
        self.write(&both)
    }

    fn keep_new(&self) -> Result<(), Complaint> {
        self.write(&keys::identity_file(&self.recipient, &self.secret))?;
        tell(&format!("your identity is a new one: {}. Keep a copy of it in a safe place.", self.path.display()));
        Ok(())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Complaint> {
        let shown = self.path.display().to_string();
        store::write(&self.path, bytes).map_err(|refused| Complaint::not_written(&shown, &refused))
    }
}
