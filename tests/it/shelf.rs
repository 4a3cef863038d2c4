//! A few apps, connections and fixtures for the loaders to know of: enough of a catalogue for tests that are not about the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use tugtest::document::{self, Apps, Known, KnownConnection};
use tugtest::model::app::App;
use tugtest::model::scheme::Scheme;
use tugtest::model::workspace::{RunSettings, Workspace};

const RECIPES: [&str; 9] = [
    r#"
app: klaviyo
title: Klaviyo
types:
  api-key:
    fields:
      api_key: {label: Private API key, pattern: "pk_[0-9a-f]{34}", help: "Settings > API keys."}
    base_url: https://a.klaviyo.com
    place: {header: Authorization, value: "Klaviyo-API-Key {api_key}"}
    http:
      request: GET /api/accounts
      headers: {revision: "2024-10-15"}
      accept: {status: 200, json: {"$.data[0].id": exists}}
      refuse:
        - {status: 403, json: {"$.errors[0].code": permission_denied}, cause: permission-missing, remedy: Add the scope.}
      account: $.data[0].attributes.contact_information.organization_name
      scopes: $.scopes[*]
      then:
        - {request: GET /api/lists?page=1, needs: "lists:read", accept: {status: [200, 2xx]}}
    renew: https://www.klaviyo.com/settings/account/api-keys
    sources: ["https://developers.klaviyo.com/en/reference/get_accounts"]
"#,
    r#"
app: zendesk
title: Zendesk
types:
  domain-login:
    fields:
      domain: {label: Subdomain}
    base_url: "https://{domain}.zendesk.com"
    place: {basic: {username: "{username}/token", password: "{password}"}}
"#,
    "app: acme\ntitle: Acme\ntypes: {oauth1: {fields: {signature_method: {label: Method, default: HMAC-SHA256}, region: {label: Region, default: eu}}, base_url: \"https://{region}.acme.example\"}}\n",
    "app: gorgias\ntitle: Gorgias\ntypes: {oauth2: {base_url: \"https://example.gorgias.com\"}}\n",
    "app: shopify\ntitle: Shopify\nkind: same-store\ntypes: {shopify-custom-app: {}}\n",
    "app: ftp\ntitle: FTP\ntypes: {ftp: {}}\n",
    "app: http\ntitle: API\ntypes: {api-key: {}, key-secret: {}, domain-login: {}, client-certificate: {}, oauth2: {}}\n",
    "app: delay\ntitle: Delay\nkind: built-in\n",
    "app: infinite-options\ntitle: Infinite Options\nkind: shoppad\n",
];

/// The apps.
pub(crate) struct Shelf(BTreeMap<Arc<str>, Arc<App>>);

impl Apps for Shelf {
    fn app(&self, name: &str) -> Option<Arc<App>> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.0.keys().cloned().collect()
    }
}

/// The apps, read once.
pub(crate) fn shelf() -> &'static Shelf {
    static SHELF: LazyLock<Shelf> = LazyLock::new(read);
    &SHELF
}

/// Reads the recipes, which have to be without a fault.
fn read() -> Shelf {
    let apps = RECIPES.map(|text| {
        let name = text
            .trim()
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("app: "))
            .expect("a recipe begins with its app");
        let loaded = document::app::load(text, &format!("apps/{name}.yaml"));
        assert_eq!(loaded.diagnostics, []);
        let app = loaded.value.expect("a recipe without a fault has a value");
        (Arc::clone(&app.name), Arc::new(app))
    });
    Shelf(apps.into_iter().collect())
}

/// The connections.
pub(crate) fn connections() -> BTreeMap<Arc<str>, KnownConnection> {
    let known = [
        ("klaviyo-eu", "klaviyo", Scheme::ApiKey),
        ("klaviyo-us", "klaviyo", Scheme::ApiKey),
        ("my-api", "http", Scheme::ApiKey),
        ("warehouse", "ftp", Scheme::Ftp),
        ("my-shop", "shopify", Scheme::ShopifyCustomApp),
        ("help-desk", "zendesk", Scheme::DomainLogin),
    ];
    let known =
        known.map(|(name, app, scheme)| (name.into(), KnownConnection { app: Some(app.into()), scheme: Some(scheme) }));
    known.into_iter().collect()
}

/// The fixtures.
pub(crate) fn fixtures() -> BTreeSet<Box<str>> {
    ["klaviyo/ok", "klaviyo/rejected", "ftp/login-ok"].map(Into::into).into_iter().collect()
}

/// All of it, for a test that loads scenarios.
pub(crate) fn with_known<T>(test: impl FnOnce(&Known<'_>) -> T) -> T {
    let (apps, connections, fixtures) = (shelf(), connections(), fixtures());
    test(&Known { apps, connections: &connections, fixtures: Some(&fixtures) })
}

/// A workspace that is nowhere.
pub(crate) fn workspace() -> Workspace {
    let below = |name: &str| PathBuf::from("/w").join(name);
    Workspace {
        root: PathBuf::from("/w"),
        scenarios: below("scenarios"),
        connections: below("connections"),
        fixtures: below("fixtures"),
        apps: below("apps"),
        run: RunSettings::default(),
    }
}
