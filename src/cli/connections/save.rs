//! From what was given to a file: checked as any loader would, sealed for the recipients, probed if wanted.

use std::sync::Arc;

use super::super::args::Colour;
use super::super::complaint::Complaint;
use super::super::probe::probe_one;
use super::super::run::Carried;
use super::folder::{Folder, tell};
use super::keys;
use crate::model::connection::{Connection, SecretReference};
use crate::model::endpoint::Address;
use crate::model::evidence::Warning;
use crate::model::fields::Fields;
use crate::model::secret::Secret;
use crate::vault::binding::Binding;
use crate::vault::{self, crypt::Recipient, sealed};

/// Stands in the text that is checked where a sealed secret will be.
pub(in crate::cli) fn stand_in() -> serde_json::Value {
    serde_json::json!({"env": "TUGTEST_SEALED"})
}

/// A connection that is about to be saved.
pub(in crate::cli) struct Candidate {
    /// As a loader sees it, with the secrets themselves in place of the sealed block.
    pub(in crate::cli) connection: Connection,
    /// What is to be sealed.
    pub(in crate::cli) secrets: Fields<Secret>,
    /// Where the secrets may go.
    pub(in crate::cli) destination: Vec<Address>,
    /// Remarks on their form.
    pub(in crate::cli) remarks: Vec<Warning>,
}

impl Candidate {
    /// Checks a text, in which a stand-in is where each of the secrets belongs, and the form of the secrets.
    pub(in crate::cli) fn check(
        folder: &Folder,
        name: &str,
        text: &str,
        secrets: Fields<Secret>,
    ) -> Result<Self, Complaint> {
        let shown = folder.shown(&folder.file(name));
        let mut connection = folder.parse(text, name, &shown)?;
        let mut remarks = Vec::new();
        for (field, secret) in secrets.iter() {
            let scheme = connection.scheme;
            let found = folder.with_recipe(&connection, |recipe| vault::inspect(name, scheme, recipe, field, secret));
            remarks.extend(found.map_err(|judgement| Complaint::judged(&judgement))?);
            connection.secrets.insert(field.into(), SecretReference::Given(secret.clone()));
        }
        let destination = folder.destination(&connection)?;
        Ok(Candidate { connection, secrets, destination, remarks })
    }

    /// What its secrets will be bound to.
    pub(super) fn binding(&self) -> Binding {
        Binding::of(&self.connection, &self.destination)
    }

    /// The block with its secrets; none where there is nothing to seal.
    pub(super) fn seal(&self, recipients: &[Recipient]) -> Result<Option<String>, Complaint> {
        if self.secrets.is_empty() {
            return Ok(None);
        }
        let sealed = sealed::seal(&self.binding(), &self.secrets, recipients);
        sealed.map(Some).map_err(|_| keys::no_recipients())
    }

    /// Says what is remarkable about its secrets.
    pub(in crate::cli) fn tell_remarks(&self) {
        for remark in &self.remarks {
            tell(&format!("warning: {}", remark.message));
        }
    }

    /// Probes it live, as it will be saved. Nothing is remembered yet.
    pub(in crate::cli) fn probe(&self, folder: &Folder, colour: Colour) -> Carried {
        probe_one(&folder.loader, Arc::new(self.connection.clone()), colour)
    }
}
