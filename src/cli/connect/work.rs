//! The connection that is made: a new one, or one that is there and gets new tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::super::args::connect::ConnectOptions;
use super::super::ask;
use super::super::complaint::Complaint;
use super::super::connections::{
    Candidate, Change, Existing, Folder, Input, Kept, Subject, check, given, must_be_free, save, save_change, stand_in,
};
use super::Wish;
use crate::model::app::{App, Recipe};
use crate::model::connection::{Connection, is_name};
use crate::model::scheme::Scheme;
use crate::vault::draft::{Draft, Given};
use crate::vault::renewal::{ACCESS_TOKEN, EXPIRES_AT};

/// Fields that a new grant replaces; whoever changes them meanwhile changes nothing that it rests on.
const REPLACED: [&str; 3] = [EXPIRES_AT, "grant", "token"];

/// What is to become a connection.
pub(super) enum Work {
    /// A new one.
    New(Draft),
    /// One that is kept already.
    Again(Box<Kept>, Change),
}

impl Work {
    /// Takes what is given, asks for what is not, and finds out whether there is such a connection.
    pub(super) fn begin(
        folder: &Folder,
        (options, wish): (&ConnectOptions, &Wish),
        input: Input,
        (app, scheme): (Arc<App>, Scheme),
        asking: bool,
    ) -> Result<Self, Complaint> {
        let name = &*wish.name;
        let there = is_name(name) && std::fs::symlink_metadata(folder.file(name)).is_ok();
        let mut fields = BTreeMap::new();
        for (field, raw) in input.fields {
            fields.insert(field.clone(), given(scheme, &field, raw)?);
        }
        if !options.scopes.is_empty() {
            fields.insert("scopes".to_owned(), Given::Clear(scopes(&options.scopes)));
        }
        let default = options.default || input.default.unwrap_or_default();
        if there {
            let kept = folder.kept(name)?;
            may_replace(options.yes || wish.named, &kept.connection, &app, scheme)?;
            let fields = fields.into_iter().map(|(field, given)| (field, Some(given))).collect();
            let mut change = Change { fields, label: input.label, default: default.then_some(true), opened: None };
            change.open(folder, &kept, false)?;
            return Ok(Work::Again(Box::new(kept), change));
        }
        must_be_free(folder, name)?;
        if asking {
            let subject = Subject { name, app: &app, scheme, now: None, kept: Vec::new() };
            for field in asked(&app, scheme) {
                // With an issuer it is known where the rest is.
                let told = matches!(field, "authorize_url" | "token_url") && fields.contains_key("issuer");
                if !told && !fields.contains_key(field) {
                    subject.ask_for(field, &mut fields)?;
                }
            }
        }
        let (name, app, scheme) = (name.to_owned(), app.name.to_string(), Some(scheme.name().to_owned()));
        Ok(Work::New(Draft { name, app, scheme, label: input.label, default, fields, sealed: None }))
    }

    /// Sets fields, as the server itself has stated them.
    pub(super) fn set(&mut self, fields: &[(&'static str, String)]) {
        for (field, value) in fields {
            let given = Given::Clear(value.as_str().into());
            match self {
                Work::New(draft) => drop(draft.fields.insert((*field).to_owned(), given)),
                Work::Again(_, change) => drop(change.fields.insert((*field).to_owned(), Some(given))),
            }
        }
    }

    /// Its kind of authentication.
    pub(super) fn scheme(&self) -> Scheme {
        match self {
            Work::New(draft) if draft.scheme.as_deref() == Some(Scheme::Oauth1.name()) => Scheme::Oauth1,
            Work::New(_) => Scheme::Oauth2,
            Work::Again(kept, _) => kept.connection.scheme,
        }
    }

    /// A complaint unless something says where the authorization server is.
    pub(super) fn must_lead_somewhere(&self, recipe: Option<&Recipe>) -> Result<(), Complaint> {
        let known = recipe.and_then(|recipe| recipe.oauth2.as_ref());
        let stated = |field: &str| match self {
            Work::New(draft) => draft.fields.contains_key(field),
            Work::Again(kept, change) => {
                change.fields.contains_key(field) || kept.connection.public.contains_key(field)
            }
        };
        if ["token_url", "issuer"]
            .into_iter()
            .any(|field| stated(field) || known.is_some_and(|known| known.url(field).is_some()))
        {
            return Ok(());
        }
        let help = "give `issuer`, or `authorize_url` and `token_url`, with --stdin or --from-env; the app's documentation has them";
        Err(Complaint::new("nothing says where the authorization server is", help))
    }

    /// The connection as far as it is known: checked as a loader would, with something in place of the tokens to come.
    pub(super) fn candidate(&mut self, folder: &Folder) -> Result<Candidate, Complaint> {
        match self {
            Work::New(draft) => {
                let mut draft = draft.clone();
                if draft.scheme.as_deref() == Some(Scheme::Oauth2.name()) {
                    draft.fields.insert(ACCESS_TOKEN.to_owned(), Given::Clear(stand_in()));
                }
                check(folder, &draft)
            }
            Work::Again(kept, change) => {
                let secrets = change.secrets(kept)?;
                let lacking = kept.connection.scheme == Scheme::Oauth2 && !secrets.contains_key(ACCESS_TOKEN);
                if lacking {
                    change.fields.insert(ACCESS_TOKEN.to_owned(), Some(Given::Clear(stand_in())));
                }
                let text = change.checked_text(folder, kept, &secrets);
                if lacking {
                    change.fields.remove(ACCESS_TOKEN);
                }
                Candidate::check(folder, &kept.connection.name, &text?, secrets)
            }
        }
    }

    /// Seals the connection with what was granted, and writes it.
    pub(super) fn seal(
        self,
        folder: &Folder,
        granted: BTreeMap<String, Option<Given>>,
    ) -> Result<Candidate, Complaint> {
        match self {
            Work::New(mut draft) => {
                let there = granted.into_iter().filter_map(|(field, given)| Some((field, given?)));
                draft.fields.extend(there);
                let candidate = check(folder, &draft)?;
                candidate.tell_remarks();
                save(folder, &draft, &candidate, Existing::Refuse)?;
                Ok(candidate)
            }
            Work::Again(before, mut change) => {
                change.fields.extend(granted);
                // A refresh that is under way would write the tokens of the old grant over these.
                let _quiet = folder.quiet()?;
                let kept = folder.kept(&before.connection.name)?;
                if !is_same(&before.connection, &kept.connection) {
                    let message = format!("`{}` was changed by somebody else in the meantime", kept.connection.name);
                    return Err(Complaint::new(message, "look at it, and connect again; nothing was changed"));
                }
                change.open(folder, &kept, false)?;
                let secrets = change.secrets(&kept)?;
                let text = change.checked_text(folder, &kept, &secrets)?;
                let candidate = Candidate::check(folder, &kept.connection.name, &text, secrets)?;
                candidate.tell_remarks();
                save_change(folder, &kept, &change, &candidate)?;
                Ok(candidate)
            }
        }
    }
}

/// Whether a connection may get new tokens: it is one of this app and type, and somebody means it.
fn may_replace(meant: bool, kept: &Connection, app: &App, scheme: Scheme) -> Result<(), Complaint> {
    let name = &kept.name;
    if kept.app != app.name || kept.scheme != scheme {
        let message = format!("there is a connection `{name}` already, of another app or type");
        return Err(Complaint::new(message, "choose another name: --name NAME"));
    }
    if meant {
        return Ok(());
    }
    let question = format!("There is a connection `{name}` already. Give it new tokens?");
    match ask::is_there() {
        true if ask::yes(&question, true)? => Ok(()),
        true => Err(Complaint::declined()),
        false => {
            let help = format!("new tokens for it: --name {name}. Another connection: --name NAME");
            Err(Complaint::new(format!("there is a connection `{name}` already"), help))
        }
    }
}

/// Whether a connection is still what the grant was asked for.
fn is_same(before: &Connection, now: &Connection) -> bool {
    let public = |connection: &Connection| -> Vec<(String, String)> {
        let fields = connection.public.iter().filter(|(name, _)| !REPLACED.contains(name));
        fields.map(|(name, value)| (name.to_owned(), value.to_string())).collect()
    };
    before.app == now.app && before.scheme == now.scheme && public(before) == public(now)
}

/// The fields to ask for: those that the recipe describes, but for what the grant brings, and those of the client.
fn asked(app: &App, scheme: Scheme) -> Vec<&str> {
    let recipe = app.recipe(scheme);
    let described = recipe.into_iter().flat_map(|recipe| &recipe.fields).map(|field| &*field.name);
    let mut fields: Vec<&str> = described
        .filter(|field| scheme.field(field).is_none() || matches!(*field, "base_url" | "client_id" | "consumer_key"))
        .collect();
    let known = recipe.and_then(|recipe| recipe.oauth2.as_deref());
    let client: &[&str] = match (scheme, known) {
        (Scheme::Oauth1, _) => &["consumer_key", "consumer_secret"],
        (_, Some(known)) if known.client_id.is_some() => &[],
        (_, Some(_)) => &["client_id", "client_secret"],
        (_, None) => &["base_url", "issuer", "authorize_url", "token_url", "client_id", "client_secret"],
    };
    fields.extend(client);
    let mut seen = std::collections::BTreeSet::new();
    fields.retain(|field| seen.insert(*field));
    fields
}

fn scopes(given: &[String]) -> serde_json::Value {
    match given {
        [one] => one.as_str().into(),
        several => json!(several),
    }
}
