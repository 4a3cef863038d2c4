//! What the tests of this folder share: a small catalogue, and a look at what came of a text.

use serde_json::Value;

use super::{Form, Imported, Known, KnownScheme, import};
use crate::model::scheme::Scheme;
use crate::model::secret::Secret;
use crate::vault::draft::{Draft, Given};

/// A catalogue with an app of each kind.
pub(super) fn apps() -> Vec<Known<'static>> {
    let one = |scheme, extra: &[&'static str], needs: &[&'static str]| KnownScheme {
        scheme,
        extra: extra.to_vec(),
        needs: needs.to_vec(),
    };
    let app = |name, schemes| Known { name, schemes };
    vec![
        app("delay", Vec::new()),
        app("ftp", vec![one(Scheme::Ftp, &[], &[])]),
        app(
            "http",
            vec![
                one(Scheme::ApiKey, &[], &["base_url", "place"]),
                one(Scheme::KeySecret, &[], &["base_url"]),
                one(Scheme::DomainLogin, &[], &[]),
            ],
        ),
        app("klaviyo", vec![one(Scheme::ApiKey, &[], &[])]),
        app("my-store", vec![one(Scheme::ApiKey, &[], &[])]),
        app("my-store.eu", vec![one(Scheme::ApiKey, &[], &[])]),
        app(
            "regional",
            vec![one(Scheme::ApiKey, &["region"], &["region"]), one(Scheme::Oauth2, &["region"], &["region"])],
        ),
        app("shopify", vec![one(Scheme::ShopifyCustomApp, &[], &[])]),
        app("slack", vec![one(Scheme::ApiKey, &[], &[])]),
        app("woocommerce", vec![one(Scheme::KeySecret, &[], &["base_url"])]),
        app("zendesk", vec![one(Scheme::DomainLogin, &[], &[])]),
    ]
}

/// What comes of a text with this catalogue.
pub(super) fn imported(form: Form, text: &str) -> Imported {
    import(form, text, &apps(), None).unwrap()
}

/// A public value or a secret that a test expects.
#[derive(Debug)]
pub(super) enum Want {
    Clear(Value),
    Secret(&'static str),
}

pub(super) fn clear(value: impl Into<Value>) -> Want {
    Want::Clear(value.into())
}

/// Checks a draft: its name, app, type and all of its fields.
pub(super) fn expect(draft: &Draft, name: &str, of: (&str, Scheme), fields: &[(&str, Want)]) {
    assert_eq!((&*draft.name, &*draft.app, draft.scheme.as_deref()), (name, of.0, Some(of.1.name())));
    let names: Vec<&str> = draft.fields.keys().map(|name| &**name).collect();
    let mut wanted: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    wanted.sort_unstable();
    assert_eq!(names, wanted, "fields of {}", draft.name);
    for (name, want) in fields {
        let same = match (&draft.fields[*name], want) {
            (Given::Clear(value), Want::Clear(want)) => value == want,
            (Given::Secret(secret), Want::Secret(want)) => *secret == Secret::new(*want),
            _ => false,
        };
        assert!(same, "`{name}` of {} is {:?}, not {want:?}", draft.name, draft.fields[*name]);
    }
}

/// The names of what was left out.
pub(super) fn left(imported: &Imported) -> Vec<&str> {
    imported.left_out.iter().map(|left| &*left.what).collect()
}

/// Checks that the reason for leaving something out has these words.
pub(super) fn because(imported: &Imported, what: &str, words: &str) {
    let found = imported.left_out.iter().any(|left| left.what == what && left.why.contains(words));
    assert!(found, "{what} ({words}) is not among {:#?}", imported.left_out);
}
