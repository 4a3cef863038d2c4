//! Everything that obtaining a grant takes, on one desk.

use crate::model::app::{App, Recipe};
use crate::model::credential::Credential;
use crate::model::scheme::Scheme;
use crate::probe::oauth2::applicant::Applicant;
use crate::probe::oauth2::discover::Discovered;

use super::super::args::connect::ConnectOptions;
use super::super::complaint::Complaint;
use super::super::connections::{Candidate, Folder};
use super::session::{Session, ended};
use super::work::Work;

/// Secrets that a new grant replaces: they play no part in obtaining it.
const TOKENS: [&str; 3] = ["access_token", "refresh_token", "token_secret"];

/// Who asks whom for what.
pub(super) struct Desk<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) folder: &'a Folder,
    pub(super) app: &'a App,
    pub(super) recipe: Option<&'a Recipe>,
    pub(super) session: &'a Session,
    pub(super) candidate: Candidate,
    /// The values of the client.
    pub(super) credential: Credential,
    /// What the issuer's metadata say, if they were asked.
    pub(super) metadata: Option<Discovered>,
}

impl<'a> Desk<'a> {
    /// Resolves the client's secrets.
    pub(super) fn set(
        folder: &'a Folder,
        options: &'a ConnectOptions,
        app: &'a App,
        session: &'a Session,
        work: &mut Work,
    ) -> Result<Self, Complaint> {
        let recipe = app.recipe(work.scheme());
        if work.scheme() == Scheme::Oauth2 {
            work.must_lead_somewhere(recipe)?;
        }
        let candidate = work.candidate(folder)?;
        let credential = client(folder, recipe, session, &candidate)?;
        Ok(Desk { options, folder, app, recipe, session, candidate, credential, metadata: None })
    }

    /// Asks the issuer where those endpoints are that are wanted and not stated. What it says is written into the connection, so that what is
    /// sealed is bound to it.
    pub(super) fn ask_issuer(&mut self, wanted: &[&str], work: &mut Work) -> Result<(), Complaint> {
        self.metadata = self.session.wait(async {
            let discovered = self.applicant().discover(wanted).await;
            discovered.map_err(|judgement| ended(&judgement))
        })?;
        if let Some(metadata) = &self.metadata {
            work.set(&metadata.fields);
            self.candidate = work.candidate(self.folder)?;
            self.credential.public = self.candidate.connection.public.clone();
        }
        Ok(())
    }

    /// Whom the person knows: the app, or for any API the host that it is at.
    pub(super) fn title(&self) -> String {
        let host = self.candidate.destination.first().filter(|_| *self.app.name == *"http");
        host.map_or_else(|| self.app.title.to_string(), |address| address.host.to_string())
    }

    pub(super) fn applicant(&self) -> Applicant<'_> {
        let (recipe, connection, credential) = (self.recipe, &self.candidate.connection, &self.credential);
        Applicant { recipe, connection, credential, wire: &self.session.wire, scrubber: &self.session.scrubber }
    }

    /// The variables that no program gets to see which is started: what they hold is secret.
    pub(super) fn withheld(&self) -> Vec<Box<str>> {
        let given = self.options.sources.from_env.iter().map(|(_, variable)| variable.as_str().into());
        let identity = crate::vault::identity::withheld();
        identity.into_iter().chain(self.folder.loader.variables()).chain(given).collect()
    }
}

/// The values of the client; the scrubber learns its secrets.
fn client(
    folder: &Folder,
    recipe: Option<&Recipe>,
    session: &Session,
    candidate: &Candidate,
) -> Result<Credential, Complaint> {
    let mut connection = candidate.connection.clone();
    for token in TOKENS {
        connection.secrets.remove(token);
    }
    connection.public.remove("token");
    let resolved = session.wait(async {
        let resolved = folder.vault.resolve(&connection, recipe, &candidate.destination).await;
        resolved.map_err(|judgement| ended(&judgement))
    })?;
    for (field, secret) in resolved.credential.secrets.iter() {
        session.scrubber.learn(&format!("{}.{field}", connection.name), secret);
    }
    Ok(resolved.credential)
}
