//! Canaries: stand-ins for secrets in mocked runs. They look like nothing else, so that a leak is seen at once.

use std::sync::Arc;

use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::secret::Secret;

/// The credential of a mocked run: public fields as they are, a canary for every secret field. The same in every run.
#[must_use]
pub fn canary(connection: &Connection) -> Credential {
    // What a sealed block holds is not known without a key, so every secret field of the scheme gets one.
    let likely =
        connection.scheme.fields().iter().filter(|field| field.secret && (field.required || connection.sealed));
    let names = connection.secrets.keys().map(AsRef::as_ref).chain(likely.map(|field| field.name));
    let value = |field: &str| Secret::new(format!("canary-{}-{}", connection.name, field.replace('_', "-")));
    Credential {
        connection: Arc::clone(&connection.name),
        public: connection.public.clone(),
        secrets: names.map(|field| (field.into(), value(field))).collect(),
    }
}
