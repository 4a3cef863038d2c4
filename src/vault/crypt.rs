//! Encryption: the only file that names the age crate. What goes in and out is the public age format (C2SP, age-encryption.org/v1).

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, Read, Write};
use std::mem;
use std::sync::Arc;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor};
use zeroize::Zeroizing;

/// The most work that a passphrase may cost, as a power of two: about four seconds. A file that asks for more is refused unread.
const MOST_WORK: u8 = 20;
/// How sealed bytes begin.
const MAGIC: &[u8] = b"age-encryption.org/";
/// How armored text begins.
const BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// A public key that blocks are sealed for.
#[derive(Clone)]
pub struct Recipient {
    key: Key,
    text: Box<str>,
}

#[derive(Clone)]
enum Key {
    Native(age::x25519::Recipient),
    Ssh(age::ssh::Recipient),
}

/// Why a text is no recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRecipient {
    /// A secret key: it must not be there at all.
    Secret,
    /// An SSH key of a kind that cannot encrypt.
    Kind,
    /// No key.
    Unknown,
}

impl Recipient {
    /// Reads a public key: `age1...`, `ssh-ed25519 ...` or `ssh-rsa ...`, without a comment.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, BadRecipient> {
        if text.to_ascii_uppercase().contains("SECRET-KEY") || text.contains("PRIVATE KEY") {
            return Err(BadRecipient::Secret);
        }
        let key = if text.starts_with("age1") {
            Key::Native(text.parse().map_err(|_| BadRecipient::Unknown)?)
        } else if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
            Key::Ssh(text.parse().map_err(|error| match error {
                age::ssh::ParseRecipientKeyError::Invalid(_) => BadRecipient::Unknown,
                _ => BadRecipient::Kind,
            })?)
        } else {
            return Err(BadRecipient::Unknown);
        };
        Ok(Recipient::of(key))
    }

    fn of(key: Key) -> Self {
        let text = match &key {
            Key::Native(key) => key.to_string(),
            Key::Ssh(key) => key.to_string(),
        };
        Recipient { key, text: text.into() }
    }

    /// The key in one canonical form.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.text)
    }
}

/// A secret key that opens what is sealed for its recipient. Clones share it: it is in memory once.
#[derive(Clone)]
pub struct Identity {
    key: Arc<dyn age::Identity + Send + Sync>,
    recipient: Option<Recipient>,
}

impl Identity {
    /// Makes a new one. Its text is what an identity file holds.
    #[must_use]
    pub fn generate() -> (Self, Zeroizing<String>) {
        let key = age::x25519::Identity::generate();
        let text = Zeroizing::new(age::secrecy::ExposeSecret::expose_secret(&key.to_string()).to_owned());
        (Identity::native(key), text)
    }

    /// Reads one line of an identity file: `AGE-SECRET-KEY-1...`.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        line.parse().ok().map(Identity::native)
    }

    /// Reads an SSH private key in PEM, which may ask for its passphrase.
    ///
    /// # Errors
    /// Why the key cannot be used.
    pub fn ssh(pem: &[u8], passphrase: impl FnOnce() -> Option<Zeroizing<String>>) -> Result<Self, BadIdentity> {
        let key = age::ssh::Identity::from_buffer(pem, None).map_err(|_| BadIdentity::NoKey)?;
        let recipient = age::ssh::Recipient::try_from(key.clone()).ok().map(|key| Recipient::of(Key::Ssh(key)));
        let key: Arc<dyn age::Identity + Send + Sync> = match key {
            age::ssh::Identity::Unencrypted(_) => Arc::new(key),
            age::ssh::Identity::Encrypted(_) => {
                let passphrase = passphrase().ok_or(BadIdentity::NoPassphrase)?;
                Arc::new(key.with_callbacks(Passphrase(passphrase)))
            }
            age::ssh::Identity::Unsupported(_) => return Err(BadIdentity::Kind),
        };
        Ok(Identity { key, recipient })
    }

    /// A passphrase, for files that were encrypted with one.
    #[must_use]
    pub fn passphrase(passphrase: &str) -> Self {
        let mut key = age::scrypt::Identity::new(passphrase.to_owned().into());
        key.set_max_work_factor(MOST_WORK);
        Identity { key: Arc::new(key), recipient: None }
    }

    fn native(key: age::x25519::Identity) -> Self {
        let recipient = Some(Recipient::of(Key::Native(key.to_public())));
        Identity { key: Arc::new(key), recipient }
    }

    /// Whom it can stand for: its public key.
    #[must_use]
    pub const fn recipient(&self) -> Option<&Recipient> {
        self.recipient.as_ref()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}

/// Why an SSH key is no identity for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadIdentity {
    /// It is no key.
    NoKey,
    /// A key of a kind that cannot decrypt, such as one on a security token.
    Kind,
    /// It has a passphrase, and nobody gave it.
    NoPassphrase,
}

/// Answers the one question that an encrypted SSH key asks.
#[derive(Clone)]
struct Passphrase(Zeroizing<String>);

impl age::Callbacks for Passphrase {
    fn display_message(&self, _: &str) {}

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn request_public_string(&self, _: &str) -> Option<String> {
        None
    }

    fn request_passphrase(&self, _: &str) -> Option<age::secrecy::SecretString> {
        Some(self.0.as_str().to_owned().into())
    }
}

/// Why an encrypted text was not opened. Nothing of its content is ever released then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It is whole as far as can be seen, but for somebody else.
    NotForUs,
    /// The key that it is for is locked, and the passphrase was not the right one.
    WrongPassphrase,
    /// The text is not what was written.
    Damaged(Damage),
}

/// Where a text is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// The lines around the encrypted bytes.
    Armor,
    /// The header, before it was authenticated.
    Header,
    /// The header, by its authentication code.
    Authentication,
    /// The content.
    Payload,
}

/// Seals bytes for all recipients, as armored text that ends with a line break.
///
/// # Errors
/// Only when there is no recipient.
pub fn seal(plain: &[u8], recipients: &[Recipient]) -> io::Result<String> {
    let keys = recipients.iter().map(|recipient| match &recipient.key {
        Key::Native(key) => key as &dyn age::Recipient,
        Key::Ssh(key) => key as &dyn age::Recipient,
    });
    let encryptor = Encryptor::with_recipients(keys).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut armored = Vec::new();
    let mut writer = encryptor.wrap_output(ArmoredWriter::wrap_output(&mut armored, Format::AsciiArmor)?)?;
    writer.write_all(plain)?;
    writer.finish().and_then(ArmoredWriter::finish)?;
    String::from_utf8(armored).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Opens a text, armored or binary, with whichever identity fits. All of it is authenticated before any of it is returned.
///
/// # Errors
/// Why it cannot be opened.
pub fn open<'i>(
    text: &[u8],
    identities: impl IntoIterator<Item = &'i Identity>,
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let sealed = within_armor(text)?;
    let decryptor = Decryptor::new_buffered(Input::of(&sealed)).map_err(|error| unopened(&error))?;
    let keys = identities.into_iter().map(|identity| &*identity.key as &dyn age::Identity);
    let mut reader = decryptor.decrypt(keys).map_err(|error| unopened(&error))?;
    // Content is shorter than what it was sealed to: a buffer that never grows leaves no copy of a secret behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len() + 1));
    match reader.read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        Err(_) => Err(Unopened::Damaged(Damage::Payload)),
    }
}

/// The sealed bytes in a text: those between the lines of its armor, or the text itself when it has none.
fn within_armor(text: &[u8]) -> Result<Cow<'_, [u8]>, Unopened> {
    // What is cut off within the first word has no armor either.
    if text.starts_with(MAGIC) || MAGIC.starts_with(text) {
        return Ok(Cow::Borrowed(text));
    }
    let armored = text.trim_ascii_start();
    let mut bytes = Vec::with_capacity(armored.len());
    let read = armored.starts_with(BEGIN).then(|| ArmoredReader::new(armored).read_to_end(&mut bytes));
    match read {
        Some(Ok(_)) => Ok(Cow::Owned(bytes)),
        _ => Err(Unopened::Damaged(Damage::Armor)),
    }
}

/// Sealed bytes for age to read. It parses the header from its beginning after each line that it reads, which for a file of a hundred
/// thousand lines takes hours: so all lines of the header are given to it as one.
struct Input<'s> {
    header: &'s [u8],
    rest: &'s [u8],
}

impl<'s> Input<'s> {
    fn of(sealed: &'s [u8]) -> Self {
        let last = sealed.windows(5).position(|bytes| bytes == b"\n--- ").map(|at| at + 1);
        let end =
            last.and_then(|last| sealed[last..].iter().position(|byte| *byte == b'\n').map(|length| last + length + 1));
        let (header, rest) = sealed.split_at(end.unwrap_or(sealed.len()));
        Input { header, rest }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(if self.header.is_empty() { self.rest } else { self.header })
    }

    fn consume(&mut self, amount: usize) {
        let part = if self.header.is_empty() { &mut self.rest } else { &mut self.header };
        *part = &part[amount..];
    }

    fn read_until(&mut self, byte: u8, into: &mut Vec<u8>) -> io::Result<usize> {
        if self.header.is_empty() {
            return self.rest.read_until(byte, into);
        }
        into.extend_from_slice(self.header);
        Ok(mem::take(&mut self.header).len())
    }
}

fn unopened(error: &DecryptError) -> Unopened {
    match error {
        // A key or passphrase of the right kind that does not open its part: somebody else's.
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed => Unopened::NotForUs,
        DecryptError::KeyDecryptionFailed => Unopened::WrongPassphrase,
        DecryptError::InvalidMac => Unopened::Damaged(Damage::Authentication),
        _ => Unopened::Damaged(Damage::Header),
    }
}
