//! Identities: the secret keys that open sealed connections, and where they are kept.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use zeroize::Zeroizing;

use super::access;
use super::crypt::{self, BadIdentity, Identity, Unopened};
use crate::model::connection::SecretReference;

/// Names a file with an identity: age's own format, encrypted with a passphrase or not, or an SSH private key.
pub const FILE_VARIABLE: &str = "TUGTEST_IDENTITY";
/// Holds an identity itself: `AGE-SECRET-KEY-1...`, several on lines of their own.
pub const KEY_VARIABLE: &str = "TUGTEST_AGE_KEY";
/// A command that prints an identity, such as that of the operating system's keychain. Never asked unless it is set.
pub const COMMAND_VARIABLE: &str = "TUGTEST_IDENTITY_COMMAND";

/// The number of a file descriptor that the passphrase of an identity is read from.
pub const PASSPHRASE_VARIABLE: &str = "TUGTEST_PASSPHRASE_FD";

/// More than an identity file can be, in bytes.
const MOST: u64 = 1 << 20;

/// Asks a person.
pub trait Ask: Send + Sync {
    /// The passphrase of this key. None when there is nobody to ask.
    fn passphrase(&self, of: &str) -> Option<Zeroizing<String>>;
}

/// Where identities come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file; `named` when the environment names it.
    File {
        /// Its path.
        path: PathBuf,
        /// Whether somebody asked for this one.
        named: bool,
    },
    /// The text itself.
    Key(Zeroizing<String>),
    /// The output of a program: its words.
    Command(Vec<Box<str>>),
    /// There is no place for one: no home directory.
    Nowhere,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({self})")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File { path, .. } => write!(f, "{}", path.display()),
            Source::Key(_) => f.write_str(KEY_VARIABLE),
            Source::Command(_) => f.write_str(COMMAND_VARIABLE),
            Source::Nowhere => f.write_str("nowhere"),
        }
    }
}

impl Source {
    /// The first that is set of `TUGTEST_IDENTITY`, `TUGTEST_AGE_KEY` and `TUGTEST_IDENTITY_COMMAND`; else the user's own file.
    #[must_use]
    pub fn of_environment() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        if let Some(path) = set(FILE_VARIABLE) {
            return Source::File { path: path.into(), named: true };
        }
        if let Some(key) = set(KEY_VARIABLE) {
            return Source::Key(Zeroizing::new(key.to_string_lossy().into_owned()));
        }
        if let Some(command) = set(COMMAND_VARIABLE) {
            // As a shell would cut it, without one: nothing is expanded. What cannot be cut is no command.
            let words = shell_words::split(&command.to_string_lossy()).unwrap_or_default();
            return Source::Command(words.into_iter().map(Into::into).collect());
        }
        user_file().map_or(Source::Nowhere, |path| Source::File { path, named: false })
    }
}

impl Source {
    /// Whether a reference leads to an identity: to that of this source, or to one that the environment could name.
    #[must_use]
    pub fn is_behind(&self, reference: &SecretReference) -> bool {
        match reference {
            SecretReference::Env(name) => withheld().contains(name),
            SecretReference::File(path) => {
                let same = |own: &Path| matches!((own.canonicalize(), path.canonicalize()), (Ok(own), Ok(path)) if own == path);
                let named = matches!(self, Source::File { path, .. } if same(path));
                named || user_file().is_some_and(|own| same(&own))
            }
            SecretReference::Command(_) | SecretReference::Literal(_) | SecretReference::Given(_) => false,
        }
    }
}

/// The user's own identity file: `identity.txt` in the configuration directory of tugtest.
#[must_use]
pub fn user_file() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("tugtest").join("identity.txt"))
}

/// Why there is no identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoIdentity {
    /// What is the matter, as the end of a sentence that begins with what was wanted.
    pub why: String,
    /// What to do.
    pub help: String,
    /// Whether there is one, and only its passphrase was not given.
    pub locked: bool,
}

impl NoIdentity {
    pub(super) fn new(why: impl Into<String>, help: impl Into<String>) -> Self {
        NoIdentity { why: why.into(), help: help.into(), locked: false }
    }
}

/// Nobody, where nobody is to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Ask for Nobody {
    fn passphrase(&self, _: &str) -> Option<Zeroizing<String>> {
        None
    }
}

/// Fetches the identities of a source.
///
/// # Errors
/// Why there are none. Never quotes what was read.
pub async fn load(source: &Source, ask: &dyn Ask) -> Result<Vec<Identity>, NoIdentity> {
    match source {
        Source::File { path, named } => from_file(path, *named, ask),
        Source::Key(key) => read(key.as_bytes(), KEY_VARIABLE, ask),
        Source::Command(words) => {
            let (program, arguments) =
                words.split_first().ok_or_else(|| absent("its command holds no program, or an open quote"))?;
            let printed = super::command::output(program, arguments, &withheld()).await.map_err(|(what, _)| {
                let help = "run the command by hand; it should print AGE-SECRET-KEY-1... alone";
                NoIdentity::new(format!("the command of {COMMAND_VARIABLE} {what}"), help)
            })?;
            read(&printed, COMMAND_VARIABLE, ask)
        }
        Source::Nowhere => Err(absent("there is no home directory to keep one in")),
    }
}

/// Variables that no program which is started gets to see.
#[must_use]
pub fn withheld() -> Vec<Box<str>> {
    [KEY_VARIABLE, FILE_VARIABLE, COMMAND_VARIABLE, PASSPHRASE_VARIABLE].map(Into::into).into()
}

fn absent(why: &str) -> NoIdentity {
    let help = format!(
        "set {FILE_VARIABLE} to the file of your identity, or {KEY_VARIABLE} to the key itself (in CI: as a secret of the job); \
         `tugtest init` makes an identity"
    );
    NoIdentity::new(why, help)
}

fn from_file(path: &Path, named: bool, ask: &dyn Ask) -> Result<Vec<Identity>, NoIdentity> {
    let shown = path.display().to_string();
    let bytes = match access::private_bytes(path, MOST) {
        Ok(bytes) => bytes,
        Err(access::Refused::Missing) if !named => return Err(absent("there is none here")),
        Err(refused) => {
            let why = format!("the identity file {shown} {}", refused.why());
            return Err(NoIdentity::new(why, refused.help(path)));
        }
    };
    read(&bytes, &shown, ask)
}

/// Reads the text of an identity file. `origin` names it in messages.
///
/// # Errors
/// Why it holds no identity that can be used.
pub fn read(text: &[u8], origin: &str, ask: &dyn Ask) -> Result<Vec<Identity>, NoIdentity> {
    let begins = |mark: &str| text.trim_ascii_start().starts_with(mark.as_bytes());
    if begins("-----BEGIN AGE ENCRYPTED FILE-----") || begins("age-encryption.org/") {
        return unlocked(text, origin, ask);
    }
    if begins("-----BEGIN ") {
        return Identity::ssh(text.trim_ascii_start(), || ask.passphrase(origin)).map(|key| vec![key]).map_err(|bad| {
            match bad {
                BadIdentity::NoKey => no_key(origin),
                BadIdentity::Kind => NoIdentity::new(
                    format!("the SSH key of {origin} is of a kind that cannot decrypt"),
                    "use an Ed25519 or RSA key, or make one with `tugtest init`",
                ),
                BadIdentity::NoPassphrase => no_passphrase(origin),
            }
        });
    }
    let lines = std::str::from_utf8(text).map_err(|_| no_key(origin))?.lines().map(str::trim);
    let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let identities: Option<Vec<Identity>> = keys.map(Identity::parse).collect();
    identities.filter(|identities| !identities.is_empty()).ok_or_else(|| no_key(origin))
}

/// Opens an identity file that is encrypted with a passphrase.
fn unlocked(text: &[u8], origin: &str, ask: &dyn Ask) -> Result<Vec<Identity>, NoIdentity> {
    let passphrase = ask.passphrase(origin).ok_or_else(|| no_passphrase(origin))?;
    let plain = crypt::open(text, [&Identity::passphrase(&passphrase)]).map_err(|unopened| match unopened {
        Unopened::NotForUs | Unopened::WrongPassphrase => {
            NoIdentity::new(format!("the passphrase does not open {origin}"), "try again, or check which file it is")
        }
        Unopened::Damaged(_) => NoIdentity::new(
            format!("{origin} is damaged, or asks for more work than is sensible"),
            "restore it from a copy",
        ),
    })?;
    if plain.trim_ascii_start().starts_with(b"-----BEGIN AGE") {
        return Err(no_key(origin));
    }
    read(&plain, origin, ask)
}

fn no_key(origin: &str) -> NoIdentity {
    let help = "it should hold AGE-SECRET-KEY-1... as `tugtest init` and `age-keygen` write it, or an SSH private key";
    NoIdentity::new(format!("{origin} holds no identity that can be read"), help)
}

fn no_passphrase(origin: &str) -> NoIdentity {
    let help = "run it in a terminal, or give the passphrase by a file descriptor: TUGTEST_PASSPHRASE_FD=3 tugtest ... 3< FILE";
    let why = format!("{origin} has a passphrase, and there is nobody to ask for it");
    NoIdentity { locked: true, ..NoIdentity::new(why, help) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Says(Option<&'static str>);

    impl Ask for Says {
        fn passphrase(&self, _: &str) -> Option<Zeroizing<String>> {
            self.0.map(|text| Zeroizing::new(text.to_owned()))
        }
    }

    #[test]
    fn identity_files_hold_comments_and_keys() {
        let (_, one) = Identity::generate();
        let (_, two) = Identity::generate();
        let text = format!("# made today\n\n{}\n  {}\n", *one, *two);
        assert_eq!(read(text.as_bytes(), "x", &Says(None)).unwrap().len(), 2);
        for text in ["", "# nothing\n", "canary", "AGE-SECRET-KEY-1CANARY", "\u{0}\u{1}", "-----BEGIN CANARY-----\n"] {
            let refused = read(text.as_bytes(), "x", &Says(None)).unwrap_err();
            assert!(refused.why.contains("no identity"), "{}", refused.why);
            assert!(!refused.why.to_lowercase().contains("canary"), "{}", refused.why);
        }
    }

    #[test]
    fn a_locked_file_without_anybody_to_ask_says_so() {
        let refused = read(b"age-encryption.org/v1\n", "x", &Says(None)).unwrap_err();
        assert!(refused.why.contains("has a passphrase"));
        assert!(refused.help.contains("TUGTEST_PASSPHRASE_FD"));
    }
}
