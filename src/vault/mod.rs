//! Floor 1: connections and their secrets, in and out.
//!
//! In: references are resolved and sealed blocks opened here and nowhere else; what comes out is a credential. Out: what a person gives is
//! sealed, and written so that a crash leaves the old file or the new one. Local state (fingerprint key, last verdicts, markers of
//! refreshes) is kept here too.

pub mod access;
pub mod binding;
mod canary;
mod command;
pub mod crypt;
pub mod draft;
pub mod fingerprint;
mod form;
pub mod identity;
pub mod last;
pub mod local;
pub mod recipients;
pub mod renewal;
pub mod sealed;
mod source;
pub mod store;
pub mod value;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::model::app::Recipe;
use crate::model::cause::Cause;
use crate::model::connection::{Connection, SecretReference};
use crate::model::credential::Credential;
use crate::model::endpoint::Address;
use crate::model::evidence::Warning;
use crate::model::fields::Fields;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;
use crate::yaml;

use self::binding::Binding;
use self::crypt::{Damage, Identity, Unopened};
use self::identity::{Ask, NoIdentity, Source};
use self::sealed::Content;

pub use self::canary::canary;
pub use self::form::inspect;

/// Opens what is sealed and resolves what is referred to. Identities are fetched when the first sealed block is met, and once.
pub struct Vault {
    source: Source,
    ask: Box<dyn Ask>,
    /// Variables that hold secrets: no program that is started gets to see them.
    withheld: Vec<Box<str>>,
    identities: OnceCell<Result<Vec<Identity>, NoIdentity>>,
}

/// A connection's values, and remarks on their form.
#[derive(Debug)]
pub struct Resolved {
    /// The values.
    pub credential: Credential,
    /// Remarks that change no verdict.
    pub warnings: Vec<Warning>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.source)
    }
}

impl Vault {
    /// A vault with identities of this source. `variables` are those that connections refer to.
    pub fn new(source: Source, ask: Box<dyn Ask>, variables: impl IntoIterator<Item = Box<str>>) -> Self {
        let withheld = identity::withheld().into_iter().chain(variables).collect();
        Vault { source, ask, withheld, identities: OnceCell::new() }
    }

    /// The identities at hand.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn identities(&self) -> Result<&[Identity], NoIdentity> {
        let load = || identity::load(&self.source, &*self.ask);
        self.identities.get_or_init(load).await.as_deref().map_err(Clone::clone)
    }

    /// Where its identities come from.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Opens a sealed block. Nothing is checked yet of what it is bound to.
    ///
    /// # Errors
    /// Why it stays closed.
    pub async fn open(&self, block: &str) -> Result<Content, Closed> {
        let identities = self.identities().await.map_err(Closed::NoIdentity)?;
        open_with(block, identities, &self.source)
    }

    /// Resolves every secret of a connection, sealed or referred to, and checks the form of what it finds.
    ///
    /// # Errors
    /// A judgement of phase `resolve`: `secret-unavailable`, `destination-refused`, `placeholder-secret`, `field-missing` or
    /// `field-format`. Never holds a value.
    pub async fn resolve(
        &self,
        connection: &Connection,
        recipe: Option<&Recipe>,
        destination: &[Address],
    ) -> Result<Resolved, Judgement> {
        private_if_clear(connection)?;
        let mut secrets = Fields::new();
        if connection.sealed {
            secrets = self.open_for(connection, destination).await?.secrets;
        }
        for (field, reference) in connection.secrets.iter() {
            if self.source.is_behind(reference) {
                return Err(own_key(connection, field));
            }
            let secret = source::read(field, reference, &self.withheld).await?;
            if secrets.insert(field.into(), secret).is_some() {
                let message =
                    format!("`{field}` of connection `{}` is stated twice: sealed, and in clear.", connection.name);
                let remedy = format!(
                    "Take it out of `fields`, or store it anew: `tugtest connections edit {}`.",
                    connection.name
                );
                return Err(unavailable(message, remedy));
            }
        }
        let mut warnings = Vec::new();
        for (field, secret) in secrets.iter() {
            warnings.extend(inspect(&connection.name, connection.scheme, recipe, field, secret)?);
        }
        let (name, public) = (Arc::clone(&connection.name), connection.public.clone());
        Ok(Resolved { credential: Credential { connection: name, public, secrets }, warnings })
    }

    /// Opens the sealed block of a connection, if it is the block of this connection as it stands.
    ///
    /// # Errors
    /// A judgement of phase `resolve`: `secret-unavailable` or `destination-refused`.
    pub async fn open_for(&self, connection: &Connection, destination: &[Address]) -> Result<Content, Judgement> {
        let name = &connection.name;
        let opened = match block_of(Path::new(&*connection.file)) {
            Some(block) => self.open(&block).await,
            None => Err(Closed::Damaged(None)),
        };
        let content = opened.map_err(|closed| closed.judgement(name))?;
        match content.binding.difference(&Binding::of(connection, destination)) {
            None => Ok(content),
            Some(difference) => Err(elsewhere(name, &difference)),
        }
    }
}

/// The judgement on a connection whose secrets are bound to something else. `difference` is that of [`Binding::difference`].
#[must_use]
pub fn elsewhere(name: &str, difference: &str) -> Judgement {
    Judgement::of(
        Cause::DestinationRefused,
        Phase::Resolve,
        format!("The secrets of connection `{name}` were not used: {difference}."),
        format!(
            "Undo the change of the file. If it was meant, bind the secrets anew: `tugtest connections edit {name} --rebind`."
        ),
    )
}

/// The judgement on a connection that would send the identity itself somewhere, and with it every sealed secret.
fn own_key(connection: &Connection, field: &str) -> Judgement {
    let name = &connection.name;
    Judgement::of(
        Cause::DestinationRefused,
        Phase::Resolve,
        format!(
            "`{field}` of connection `{name}` refers to the identity that opens sealed connections, which is sent nowhere."
        ),
        "Refer to the secret of the app. If you did not write this, find out who did, and look at what else they changed.",
    )
}

/// A file that holds a secret in clear is not used while others can read it.
fn private_if_clear(connection: &Connection) -> Result<(), Judgement> {
    let clear = connection.secrets.values().any(|reference| matches!(reference, SecretReference::Literal(_)));
    let path = Path::new(&*connection.file);
    if !clear || !std::fs::metadata(path).is_ok_and(|metadata| access::is_open(&metadata)) {
        return Ok(());
    }
    let name = &connection.name;
    Err(unavailable(
        format!("The file of connection `{name}` holds a secret in clear, and others can read it."),
        format!(
            "Make it private: {}. Better still, seal it: `tugtest connections edit {name}`. Then change the secret at the app.",
            access::remedy(path)
        ),
    ))
}

/// The sealed block that stands in a connection file.
#[must_use]
pub fn block_of(file: &Path) -> Option<Zeroizing<String>> {
    let text = Zeroizing::new(std::fs::read_to_string(file).ok()?);
    let tree = yaml::parse(&text).ok()?;
    tree.root.get("sealed").and_then(yaml::Node::text).map(|block| Zeroizing::new(block.to_owned()))
}

/// Opens a sealed block with these identities, which come from this source. Nothing is checked yet of what it is bound to.
fn open_with(block: &str, identities: &[Identity], source: &dyn fmt::Display) -> Result<Content, Closed> {
    let plain = crypt::open(block.as_bytes(), identities).map_err(|unopened| match unopened {
        Unopened::NotForUs => Closed::NotForUs,
        Unopened::WrongPassphrase => {
            let why = format!("the passphrase does not open {source}");
            Closed::NoIdentity(NoIdentity::new(why, "try again, or check which key it is"))
        }
        Unopened::Damaged(damage) => Closed::Damaged(Some(damage)),
    })?;
    sealed::read(&plain).ok_or(Closed::Damaged(None))
}

/// Why a sealed block stays closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// There is no identity here.
    NoIdentity(NoIdentity),
    /// It is sealed for others.
    NotForUs,
    /// It is not what was written: where, if that can be told.
    Damaged(Option<Damage>),
}

impl Closed {
    /// The judgement on a connection that cannot be opened.
    #[must_use]
    pub fn judgement(&self, name: &str) -> Judgement {
        match self {
            Closed::NoIdentity(NoIdentity { why, help, .. }) => unavailable(
                format!("Connection `{name}` is sealed, and it takes an identity to open it: {why}."),
                capitalised(help),
            ),
            Closed::NotForUs => unavailable(
                format!("Connection `{name}` is sealed for others: no identity here opens it."),
                "Ask somebody who can open it to add your public key: `tugtest connections rekey --add KEY`."
                    .to_owned(),
            ),
            Closed::Damaged(damage) => {
                let part = match damage {
                    Some(Damage::Armor) => "its lines are not as they were written",
                    Some(Damage::Header) => "its header is not as it was written",
                    Some(Damage::Authentication) => "its header was changed",
                    Some(Damage::Payload) => "its content is cut off or was changed",
                    None => "what is in it is no secret of a connection",
                };
                unavailable(
                    format!("The sealed block of connection `{name}` is damaged: {part}."),
                    format!(
                        "Restore the file from version control or a copy, or store the secrets anew: `tugtest connections edit {name}`."
                    ),
                )
            }
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

fn unavailable(message: String, remedy: String) -> Judgement {
    Judgement::of(Cause::SecretUnavailable, Phase::Resolve, message, remedy)
}
