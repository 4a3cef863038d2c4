//! Templates: which fields they may name.

use super::code;
use super::page::Refusal;
use crate::model::app::Recipe;
use crate::model::credential::{Piece, named, pieces};
use crate::model::scheme::Scheme;
use crate::yaml::nearest::suggestion;
use crate::yaml::secrecy::quoted;

/// The fields that a template may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nameable<'r> {
    pub(super) scheme: Scheme,
    /// Names that a recipe adds to those of the scheme; they are public.
    pub(super) extra: &'r [Box<str>],
}

/// What a template's field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Secret,
}

impl Nameable<'_> {
    /// The template that is the bare secret of the scheme.
    pub(super) const fn bare(&self) -> &'static str {
        match self.scheme {
            Scheme::ApiKey => "{api_key}",
            Scheme::KeySecret => "{secret}",
            Scheme::DomainLogin => "{password}",
            _ => "{access_token}",
        }
    }

    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        match self.scheme.field(name) {
            Some(field) if field.secret => Some(Kind::Secret),
            Some(_) => Some(Kind::Public),
            None => self.extra.iter().any(|extra| &**extra == name).then_some(Kind::Public),
        }
    }

    pub(super) fn names(&self) -> Vec<&str> {
        let own = self.scheme.fields().iter().map(|field| field.name);
        own.chain(self.extra.iter().map(AsRef::as_ref)).collect()
    }

    fn known(&self, name: &str) -> Result<Kind, Refusal> {
        self.kind(name).ok_or_else(|| {
            let message = format!("the template names the field {}, which this type does not have", quoted(name));
            let help = suggestion(name, self.names()).unwrap_or_else(|| "check the name".to_owned());
            Refusal::new(code::UNKNOWN_FIELD, message, help)
        })
    }

    /// A template of public fields alone: a base URL, a path, a header beside the credential's.
    pub(super) fn public(&self, template: &str) -> Result<(), Refusal> {
        for name in named(template) {
            if self.known(name)? == Kind::Secret {
                let message = format!("the template names the secret `{name}` where only public fields may stand");
                let help =
                    "state under `place` where the secret goes; it is put into the request there and nowhere else";
                return Err(Refusal::new(code::SECRET_IN_TEMPLATE, message, help));
            }
        }
        Ok(())
    }

    /// A template that places a credential: all its fields exist.
    ///
    /// Returns whether one of them is a secret.
    pub(super) fn placing(&self, template: &str) -> Result<bool, Refusal> {
        let mut secret = false;
        for name in named(template) {
            secret |= self.known(name)? == Kind::Secret;
        }
        Ok(secret)
    }
}

/// Names that a recipe adds to those of its scheme.
pub(super) fn extra_names(recipe: &Recipe) -> Vec<Box<str>> {
    let added = recipe.fields.iter().filter(|field| recipe.scheme.field(&field.name).is_none());
    added.map(|field| field.name.clone()).collect()
}

/// A template with a word in the place of each field: a field stands for a word, so any word shows whether the rest is well-formed.
pub(super) fn filled(template: &str) -> String {
    pieces(template).map(|piece| if let Piece::Text(text) = piece { text } else { "field" }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_name_only_what_may_stand_there() {
        let extra = ["store".into()];
        let fields = Nameable { scheme: Scheme::DomainLogin, extra: &extra };
        assert!(fields.public("https://{domain}.zendesk.com/{store}").is_ok());
        assert_eq!(fields.public("{password}").unwrap_err().code, "secret-in-template");
        let refusal = fields.public("{domian}").unwrap_err();
        assert_eq!((refusal.code, &*refusal.help), ("unknown-field", "did you mean `domain`?"));
        assert!(fields.placing("{username}/token:{password}").unwrap());
        assert!(!fields.placing("{username}").unwrap());
    }
}
