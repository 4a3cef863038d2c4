//! The questions of `add` and `edit`: field by field, as the app's recipe describes them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::super::ask::{self, NoAnswer};
use super::super::complaint::Complaint;
use super::folder::tell;
use super::given::from_file;
use crate::document::describe;
use crate::model::app::{App, Recipe, RecipeField};
use crate::model::connection::Connection;
use crate::model::oauth2::{ClientAuth, Grant};
use crate::model::scheme::Scheme;
use crate::model::secret::Secret;
use crate::vault::{self, draft::Given};

/// Fields that are asked for only where a connection has them already, or that have a question of their own.
const UNASKED: [&str; 7] = ["place", "ca_file", "client_cert", "client_key", "allow_cleartext", "proxy", "known_hosts"];
/// Fields that are asked for only where the app's recipe describes them: other apps know no such thing.
const DESCRIBED: [&str; 1] = ["session_token"];
/// What a field of few words may hold.
const PROTOCOLS: [&str; 4] = ["ftp", "ftps", "ftps-implicit", "sftp"];

impl From<NoAnswer> for Complaint {
    fn from(_: NoAnswer) -> Self {
        Complaint::declined()
    }
}

/// Whom the questions are about.
pub(in crate::cli) struct Subject<'s> {
    pub(in crate::cli) name: &'s str,
    pub(in crate::cli) app: &'s App,
    pub(in crate::cli) scheme: Scheme,
    /// The connection as it is, when it is edited.
    pub(in crate::cli) now: Option<&'s Connection>,
    /// The secret fields that it has.
    pub(in crate::cli) kept: Vec<String>,
}

impl Subject<'_> {
    fn recipe(&self) -> Option<&Recipe> {
        self.app.recipe(self.scheme)
    }

    fn described(&self, field: &str) -> Option<&RecipeField> {
        self.recipe()?.fields.iter().find(|known| &*known.name == field)
    }

    /// The fields in the order in which they are asked for: the recipe's, then the others of the scheme.
    fn fields(&self) -> Vec<&str> {
        let described = self.recipe().into_iter().flat_map(|recipe| &recipe.fields).map(|field| &*field.name);
        let own = self.scheme.fields();
        let needed = |name: &str| own.iter().any(|field| field.name == name && field.required);
        let asked = |name: &str| !UNASKED.contains(&name) || needed(name);
        let mut fields: Vec<&str> = described.filter(|field| asked(field)).collect();
        let own = own.iter().map(|field| field.name);
        let free = self.scheme.is_http() && self.recipe().is_none_or(|recipe| recipe.base_url.is_none());
        let base = (free && self.scheme != Scheme::ShopifyCustomApp && self.scheme != Scheme::DomainLogin)
            .then_some("base_url");
        for field in base.into_iter().chain(own) {
            if !fields.contains(&field) && !DESCRIBED.contains(&field) && asked(field) {
                fields.push(field);
            }
        }
        fields
    }

    /// Whether a field is of no use beside the answers so far.
    fn is_idle(&self, field: &str, given: &BTreeMap<String, Given>) -> bool {
        let known = |name: &str| match given.get(name) {
            Some(Given::Clear(value)) => value.as_str(),
            _ => self.now.and_then(|now| now.public(name)),
        };
        let of_sftp = matches!(field, "private_key" | "passphrase" | "host_key");
        match self.scheme {
            Scheme::Ftp => of_sftp && known("protocol") != Some("sftp"),
            Scheme::Oauth2 => self.is_idle_grant(field, &known),
            _ => false,
        }
    }

    /// The same of a grant: what a recipe says need not be asked for, and each grant has fields of its own.
    fn is_idle_grant<'k>(&self, field: &str, known: &dyn Fn(&str) -> Option<&'k str>) -> bool {
        let recipe = self.recipe().and_then(|recipe| recipe.oauth2.as_ref());
        let usual = recipe.and_then(|recipe| recipe.grant);
        let grant = known("grant").and_then(Grant::from_name).or(usual);
        match field {
            // Rare, or known to the recipe: asked for only where the recipe has words for it.
            _ if self.now.is_some_and(|now| now.public(field).is_some()) => false,
            "grant" => usual.is_some(),
            "issuer" => known("token_url").is_some() || self.described(field).is_none(),
            "username" | "password" => grant != Some(Grant::Password),
            "access_token" | "refresh_token" | "expires_at" => grant.is_some_and(|grant| !grant.needs_person()),
            "private_key" | "key_id" => known("client_auth") != Some(ClientAuth::PrivateKeyJwt.name()),
            "client_secret" => matches!(known("client_auth"), Some("private-key-jwt" | "none")),
            _ => self.described(field).is_none() && !matches!(field, "client_id" | "scopes"),
        }
    }

    /// Asks for every field that is not given yet.
    pub(in crate::cli) fn ask(&self, given: &mut BTreeMap<String, Given>) -> Result<(), Complaint> {
        if let Some(renew) = self.recipe().and_then(|recipe| recipe.renew.as_deref()) {
            tell(&format!("{}: credentials are made at {renew}", self.app.title));
        }
        for field in self.fields() {
            if !given.contains_key(field) && !self.is_idle(field, given) {
                self.ask_for(field, given)?;
            }
        }
        let placed = self.recipe().is_some_and(|recipe| recipe.place.is_some()) || self.now.is_some();
        if self.scheme == Scheme::ApiKey && !placed && !given.contains_key("place") {
            let header = ask::line("Header that carries the key", Some("Authorization"), false)?;
            let usual = if header.eq_ignore_ascii_case("authorization") { "Bearer {api_key}" } else { "{api_key}" };
            let value = ask::line("Its value", Some(usual), false)?;
            given.insert("place".to_owned(), Given::Clear(serde_json::json!({"header": header, "value": value})));
        }
        Ok(())
    }

    /// Asks for one field.
    pub(in crate::cli) fn ask_for(&self, field: &str, given: &mut BTreeMap<String, Given>) -> Result<(), Complaint> {
        if let Some(help) = self.described(field).and_then(|field| field.help.as_deref()) {
            tell(&format!("  {help}"));
        }
        let secret = self.scheme.field(field).is_some_and(|field| field.secret);
        let answer = if secret { self.secret(field)? } else { self.public(field)? };
        given.extend(answer.map(|answer| (field.to_owned(), answer)));
        Ok(())
    }

    /// Asks again for one field, after a check has failed: which one, the person knows.
    pub(super) fn ask_again(&self, given: &mut BTreeMap<String, Given>) -> Result<(), Complaint> {
        let mut fields = self.fields();
        fields.extend(given.contains_key("place").then_some("place"));
        fields.push("none of them: give up");
        let chosen = ask::choice("Which one shall be answered again?", &fields, 0)?;
        if chosen + 1 == fields.len() {
            return Err(Complaint::declined());
        }
        given.remove(fields[chosen]);
        self.ask(given)
    }

    fn prompt(&self, field: &str) -> String {
        let label = self.described(field).map(|described| described.label.to_string());
        label.unwrap_or_else(|| format!("{field} ({})", describe(field).trim_end_matches('.')))
    }

    fn optional(&self, field: &str) -> bool {
        let needed = field == "base_url" || (self.scheme == Scheme::Ftp && field == "password");
        !needed && self.scheme.field(field).is_some_and(|field| !field.required)
    }

    /// Asks for a public value until it can be right.
    fn public(&self, field: &str) -> Result<Option<Given>, Complaint> {
        let now = self.now.and_then(|now| now.public(field));
        let words: Vec<&str> = match field {
            "protocol" => PROTOCOLS.into(),
            "grant" => Grant::ALL.map(Grant::name).into(),
            "client_auth" => ClientAuth::ALL.map(ClientAuth::name).into(),
            _ => Vec::new(),
        };
        if !words.is_empty() {
            let at = words.iter().position(|word| Some(*word) == now).unwrap_or_default();
            let chosen = words[ask::choice(&self.prompt(field), &words, at)?];
            return Ok(Some(Given::Clear(chosen.into())));
        }
        loop {
            let answer = ask::line(&self.prompt(field), now, self.optional(field))?;
            let answer = answer.trim();
            if answer.is_empty() || Some(answer) == now {
                return Ok(None);
            }
            let pattern = self.described(field).and_then(|described| described.pattern.as_deref());
            let fits = pattern.is_none_or(|pattern| {
                regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(answer))
            });
            if fits || ask::yes("That does not look like one. Take it all the same?", false)? {
                return Ok(Some(Given::Clear(value(field, answer))));
            }
        }
    }

    /// Asks for a secret, without showing it, until its form can be right.
    fn secret(&self, field: &str) -> Result<Option<Given>, Complaint> {
        let kept = self.kept.iter().any(|kept| kept == field);
        let hint = if kept { " [Enter keeps it]" } else { "" };
        if matches!(field, "private_key" | "client_key") {
            return key_file(&format!("File with the {}{hint}", field.replace('_', " ")));
        }
        loop {
            let answer = ask::hidden(&format!("{}{hint}", self.prompt(field)), kept || self.optional(field))?;
            if answer.is_empty() {
                return Ok(None);
            }
            let secret = Secret::new(answer.as_bytes());
            match vault::inspect(self.name, self.scheme, self.recipe(), field, &secret) {
                Err(judgement) => tell(&format!("{} {}", judgement.message, judgement.remedy.unwrap_or_default())),
                Ok(_) => return Ok(Some(Given::Secret(secret))),
            }
        }
    }
}

/// Asks for a file, and takes what is in it: a key has too many lines to be typed.
fn key_file(prompt: &str) -> Result<Option<Given>, Complaint> {
    loop {
        let path = ask::line(prompt, None, true)?;
        if path.trim().is_empty() {
            return Ok(None);
        }
        match from_file("the key", Path::new(path.trim())) {
            Ok(bytes) => return Ok(Some(Given::Secret(Secret::new(bytes.as_slice())))),
            Err(complaint) => tell(&complaint.message),
        }
    }
}

/// A public value as the file has it: a port is a number.
fn value(field: &str, answer: &str) -> Value {
    match answer.parse::<u16>() {
        Ok(port) if field == "port" => port.into(),
        _ => answer.into(),
    }
}
