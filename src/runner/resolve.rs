//! Credentials: every one of a plan is resolved, once, before anything is sent.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use crate::model::app::{App, Placement, Recipe};
use crate::model::connection::Connection;
use crate::model::credential::Credential;
use crate::model::evidence::Warning;
use crate::model::report::Mode;
use crate::model::scrub::Scrubber;
use crate::model::verdict::Judgement;
use crate::probe::place_of;
use crate::probe::target::destination;
use crate::sign::oauth1::Signer;
use crate::vault::{self, Vault};

use super::plan::{Job, Plan, Work};

/// How many secrets are fetched at once: a reference may be a program that takes its time.
const AT_ONCE: usize = 8;

/// A credential with remarks on its form, or why there is none.
type Resolution = Result<(Arc<Credential>, Vec<Warning>), Box<Judgement>>;

impl Plan {
    /// Whether something in it is sealed and will be opened.
    #[must_use]
    pub fn needs_identity(&self) -> bool {
        let sealed = |job: &Job| matches!(&job.work, Work::Probe(probe) if probe.connection.sealed);
        self.mode == Mode::Live && self.jobs.iter().any(sealed)
    }

    /// Resolves every credential of the plan, each once, and teaches the scrubber all of them before anything is sent.
    pub async fn resolve(&mut self, vault: &Vault, scrubber: &Scrubber) {
        self.jobs.shrink_to_fit();
        let mode = self.mode;
        let mut numbers: HashMap<Arc<str>, usize> = HashMap::new();
        let mut distinct: Vec<(Arc<Connection>, Arc<App>)> = Vec::new();
        for job in &self.jobs {
            if let Work::Probe(probe) = &job.work {
                numbers.entry(Arc::clone(&probe.connection.name)).or_insert_with(|| {
                    distinct.push((Arc::clone(&probe.connection), Arc::clone(&probe.app)));
                    distinct.len() - 1
                });
            }
        }
        let resolving = distinct.iter().map(|(connection, app)| credential(vault, connection, app, mode));
        let resolved: Vec<Resolution> = stream::iter(resolving).buffered(AT_ONCE).collect().await;
        for ((connection, app), resolution) in distinct.iter().zip(&resolved) {
            if let Ok((credential, _)) = resolution {
                teach(scrubber, credential, place_of(connection, app.recipe(connection.scheme)).as_ref());
            }
        }
        for job in &mut self.jobs {
            let Work::Probe(probe) = &mut job.work else { continue };
            match &resolved[numbers[&probe.connection.name]] {
                Ok((credential, warnings)) => {
                    probe.credential = Arc::clone(credential);
                    probe.warnings.clone_from(warnings);
                }
                Err(judgement) => {
                    job.name_target();
                    job.work = Work::Settled(judgement.clone());
                }
            }
        }
    }
}

async fn credential(vault: &Vault, connection: &Connection, app: &App, mode: Mode) -> Resolution {
    let recipe: Option<&Recipe> = app.recipe(connection.scheme);
    match mode {
        Mode::Mocked => Ok((Arc::new(vault::canary(connection, place_of(connection, recipe).as_ref())), Vec::new())),
        Mode::Live => {
            let destination = destination(app, recipe, connection).map_err(Box::new)?;
            let resolved = vault.resolve(connection, recipe, &destination).await.map_err(Box::new)?;
            Ok((Arc::new(resolved.credential), resolved.warnings))
        }
    }
}

/// Teaches the scrubber the secrets of a credential, and what HTTP Basic and OAuth 1.0a make of them.
fn teach(scrubber: &Scrubber, credential: &Credential, place: Option<&Placement>) {
    let name = &credential.connection;
    for (field, secret) in credential.secrets.iter() {
        scrubber.learn(&format!("{name}.{field}"), secret);
    }
    if let Some(Placement::Oauth1(_)) = place {
        let joined = Signer::of(credential).joined();
        // Without a shared secret, where a private key signs, it is `&` alone.
        if joined.len() > 1 {
            scrubber.learn(&format!("{name}.oauth1"), &joined);
        }
    }
    let basic = match place {
        Some(Placement::Basic { username, password }) => Some((username, password)),
        Some(Placement::Session(session)) => {
            session.login.basic.as_ref().map(|(username, password)| (username, password))
        }
        _ => None,
    };
    if let Some((username, password)) = basic
        && let (Ok(user), Ok(secret)) = (credential.fill_public(username), credential.fill(password))
    {
        scrubber.learn_basic(&format!("{name}.basic"), &user, &secret);
    }
}
