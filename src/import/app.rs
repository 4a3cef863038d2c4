//! An app of the catalogue, as much of it as an importer has to know.

use crate::model::app::{App, Recipe};
use crate::model::credential::named;
use crate::model::scheme::Scheme;

/// An app that connections can be imported for.
#[derive(Debug, Clone)]
pub struct Known<'k> {
    /// Its name in the catalogue.
    pub name: &'k str,
    /// What it offers. An app that offers nothing needs no connection, and none is imported for it.
    pub schemes: Vec<KnownScheme<'k>>,
}

/// A kind of authentication that an app offers.
#[derive(Debug, Clone)]
pub struct KnownScheme<'k> {
    /// The kind.
    pub scheme: Scheme,
    /// Public fields that the app's recipe adds to those of the kind.
    pub extra: Vec<&'k str>,
    /// Fields that the kind leaves open and this app cannot do without: `base_url` and `place` where its recipe states none, and
    /// those that its base URL is made of.
    pub needs: Vec<&'k str>,
}

impl<'k> Known<'k> {
    /// What an importer has to know of an app.
    #[must_use]
    pub fn of(app: &'k App) -> Self {
        Known { name: &app.name, schemes: app.recipes.iter().map(KnownScheme::of).collect() }
    }

    /// What it offers of this kind.
    pub(super) fn offer(&self, scheme: Scheme) -> Option<&KnownScheme<'k>> {
        self.schemes.iter().find(|offered| offered.scheme == scheme)
    }
}

impl<'k> KnownScheme<'k> {
    /// What an importer has to know of a recipe.
    #[must_use]
    pub fn of(recipe: &'k Recipe) -> Self {
        let scheme = recipe.scheme;
        let extra =
            recipe.fields.iter().map(|field| &*field.name).filter(|name| scheme.field(name).is_none()).collect();
        let located =
            !matches!(scheme, Scheme::ApiKey | Scheme::KeySecret | Scheme::ClientCertificate | Scheme::Oauth1);
        let free = !located && recipe.base_url.is_none();
        let unplaced = scheme == Scheme::ApiKey && recipe.place.is_none();
        let mut needs: Vec<&str> = recipe.base_url.as_deref().into_iter().flat_map(named).collect();
        needs.extend(free.then_some("base_url"));
        needs.extend(unplaced.then_some("place"));
        KnownScheme { scheme, extra, needs }
    }

    /// Whether a field is a secret; none where there is no such field.
    pub(super) fn secrecy(&self, name: &str) -> Option<bool> {
        let own = self.scheme.field(name).map(|field| field.secret);
        own.or_else(|| self.extra.contains(&name).then_some(false))
    }

    /// What a connection with these fields lacks, in words.
    pub(super) fn lack(&self, has: &dyn Fn(&str) -> bool) -> Option<String> {
        let fields = self.scheme.fields();
        let required = fields.iter().filter(|field| field.required).map(|field| field.name);
        // A base URL of the connection's own is not made of anything.
        let needed = self.needs.iter().copied().filter(|name| *name == "place" || !has("base_url"));
        if let Some(name) = required.chain(needed).find(|name| !has(name)) {
            return Some(format!("`{name}`"));
        }
        let secret = fields.iter().any(|field| field.secret && has(field.name));
        match self.scheme {
            Scheme::ShopifyCustomApp if !(has("access_token") || has("client_id") && has("client_secret")) => {
                Some("`access_token`, or `client_id` with `client_secret`".to_owned())
            }
            Scheme::Ftp if !(has("password") || has("private_key")) => Some("`password`".to_owned()),
            _ => (!secret).then(|| "a secret".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::app::{AppKind, Placement, RecipeField};

    #[test]
    fn a_recipe_tells_what_it_leaves_open() {
        let field =
            |name: &str| RecipeField { name: name.into(), label: "x".into(), pattern: None, help: None, usual: None };
        let recipe = |scheme, base_url: Option<&str>, placed: bool, fields: &[&str]| Recipe {
            scheme,
            fields: fields.iter().map(|name| field(name)).collect(),
            base_url: base_url.map(Into::into),
            place: placed.then(|| Placement::Query { name: "k".into(), value: "{api_key}".into() }),
            oauth1: None,
            oauth2: None,
            probe: None,
            renew: None,
            verified: false,
            sources: Vec::new(),
        };
        let url = Some("https://{region}.example.com");
        let recipes = vec![
            recipe(Scheme::ApiKey, url, true, &["api_key", "region"]),
            recipe(Scheme::KeySecret, None, true, &["base_url", "key", "secret"]),
            recipe(Scheme::DomainLogin, None, false, &[]),
        ];
        let kind = AppKind::Connected;
        let app = App { name: "a".into(), title: "A".into(), kind, recipes };
        let known = Known::of(&app);
        let open: Vec<_> = known.schemes.iter().map(|known| (&known.extra[..], &known.needs[..])).collect();
        assert_eq!(open, [(&["region"][..], &["region"][..]), (&[], &["base_url"]), (&[], &[])]);
        let unplaced = recipe(Scheme::ApiKey, None, false, &[]);
        assert_eq!(KnownScheme::of(&unplaced).needs, ["base_url", "place"]);
    }

    #[test]
    fn a_connection_lacks_what_its_recipe_leaves_open() {
        let lack = |scheme, needs: &[&'static str], has: &[&str]| {
            let known = KnownScheme { scheme, extra: Vec::new(), needs: needs.to_vec() };
            known.lack(&|name| has.contains(&name))
        };
        for (scheme, needs, has, lacks) in [
            (Scheme::ApiKey, &[][..], &["api_key"][..], None),
            (Scheme::ApiKey, &["base_url", "place"], &["api_key"], Some("`base_url`")),
            (Scheme::ApiKey, &["base_url", "place"], &["api_key", "base_url"], Some("`place`")),
            (Scheme::ApiKey, &["region"], &["api_key"], Some("`region`")),
            (Scheme::ApiKey, &["region"], &["api_key", "base_url"], None),
            (Scheme::KeySecret, &[], &["key"], Some("`secret`")),
            (Scheme::Ftp, &[], &["host", "username"], Some("`password`")),
            (Scheme::Ftp, &[], &["host", "username", "private_key"], None),
            (Scheme::Oauth2, &[], &["client_id"], Some("a secret")),
            (Scheme::Oauth2, &[], &["refresh_token"], None),
            (Scheme::ShopifyCustomApp, &[], &["shop", "client_id", "client_secret"], None),
        ] {
            assert_eq!(lack(scheme, needs, has).as_deref(), lacks, "{scheme} {has:?}");
        }
        let shop = lack(Scheme::ShopifyCustomApp, &[], &["shop", "client_id"]);
        assert!(shop.is_some_and(|lacks| lacks.contains("`client_secret`")));
    }
}
