//! Floor 1: secrets in. References are resolved here and nowhere else; what comes out is a credential.
//!
//! The encrypted store has its place here too: a sealed connection says so, and until it can be opened it is `secret-unavailable`.

mod canary;
mod command;
mod form;
mod source;
mod value;

use std::sync::Arc;

use crate::model::app::Recipe;
use crate::model::cause::Cause;
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::evidence::Warning;
use crate::model::phase::Phase;
use crate::model::verdict::Judgement;

pub use self::canary::canary;

/// A connection's values, and remarks on their form.
#[derive(Debug)]
pub struct Resolved {
    /// The values.
    pub credential: Credential,
    /// Remarks that change no verdict.
    pub warnings: Vec<Warning>,
}

/// Resolves every secret reference of a connection and checks the form of what it finds.
///
/// # Errors
/// A judgement of phase `resolve`: `secret-unavailable`, `placeholder-secret`, `field-missing` or `field-format`. Never holds a value.
pub async fn resolve(connection: &Connection, recipe: Option<&Recipe>) -> Result<Resolved, Judgement> {
    if connection.sealed {
        return Err(unavailable(
            format!("Connection `{}` is sealed, and this version cannot open sealed connections.", connection.name),
            "Give its secret fields as `{env: NAME}`, `{file: PATH}` or `{command: [...]}` references for now."
                .to_owned(),
        ));
    }
    let mut credential = Credential {
        connection: Arc::clone(&connection.name),
        public: connection.public.clone(),
        secrets: crate::model::fields::Fields::new(),
    };
    let mut warnings = Vec::new();
    for (field, reference) in connection.secrets.iter() {
        let secret = source::read(field, reference).await?;
        warnings.extend(form::inspect(connection, recipe, field, &secret)?);
        credential.secrets.insert(field.into(), secret);
    }
    Ok(Resolved { credential, warnings })
}

fn unavailable(message: String, remedy: String) -> Judgement {
    Judgement::of(Cause::SecretUnavailable, Phase::Resolve, message, remedy)
}
