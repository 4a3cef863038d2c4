//! What an interview over HTTP is made of: a case that each test changes where it is about something.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the right answer")]

use std::time::Duration;

use tugtest::model::app::{App, AppKind, Placement, Recipe};
use tugtest::model::connection::Connection;
use tugtest::model::credential::Credential;
use tugtest::model::endpoint::Endpoint;
use tugtest::model::evidence::Finding;
use tugtest::model::fields::Fields;
use tugtest::model::probe::{
    HttpConditions, HttpProbe, HttpRequest, PermissionCheck, ProbeSpec, StatusMatch, ValueMatch,
};
use tugtest::model::query::JsonQuery;
use tugtest::model::scheme::Scheme;
use tugtest::model::scrub::Scrubber;
use tugtest::model::secret::Secret;
use tugtest::probe::oauth2::keep::Nowhere;
use tugtest::probe::{Subject, interview, target};
use tugtest::wire::tcp::Reach;
use tugtest::wire::{Limits, Wire};

use crate::http_server::{Act, Server, answer, json as ok};

/// Public and secret fields.
pub(crate) type Written = (&'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

/// Everything that a case is made of; each test changes what it is about.
pub(crate) struct Case {
    pub(crate) recipe: Recipe,
    pub(crate) connection: Connection,
    pub(crate) credential: Credential,
    pub(crate) step: Option<ProbeSpec>,
    pub(crate) requires: Vec<Box<str>>,
    pub(crate) account: Option<&'static str>,
}

impl Case {
    /// A key in a header of its own, and a probe that wants an id.
    pub(crate) fn new(server: &Server) -> Case {
        Case::of(server, Scheme::ApiKey, &[], &[("api_key", "canary-api-key")])
    }

    pub(crate) fn of(server: &Server, scheme: Scheme, public: &[(&str, &str)], secrets: &[(&str, &str)]) -> Case {
        let mut public: Fields<Box<str>> =
            public.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        public.insert("base_url".into(), format!("{}/v1/", server.url()).into());
        let secrets = secrets.iter().map(|(name, value)| ((*name).into(), Secret::new(*value))).collect();
        let connection = Connection {
            name: "it".into(),
            app: "acme".into(),
            scheme,
            label: None,
            default: false,
            public: public.clone(),
            secrets: Fields::new(),
            place: None,
            sealed: false,
            file: "connections/it.yaml".into(),
        };
        let place = (scheme == Scheme::ApiKey).then(|| header("X-Api-Key", "{api_key}"));
        let accept = HttpConditions { json: vec![(path("$.id"), ValueMatch::Exists)], ..HttpConditions::default() };
        let probe = HttpProbe {
            request: get("/me"),
            accept,
            refuse: Vec::new(),
            account: Some(path("$.name")),
            scopes: Some(path("$.scopes")),
            then: Vec::new(),
        };
        let recipe = Recipe {
            scheme,
            fields: Vec::new(),
            base_url: None,
            place,
            oauth1: None,
            oauth2: None,
            probe: Some(probe),
            renew: Some("https://acme.example/keys".into()),
            verified: true,
            sources: Vec::new(),
        };
        let credential = Credential { connection: "it".into(), public, secrets };
        Case { recipe, connection, credential, step: None, requires: Vec::new(), account: None }
    }

    pub(crate) fn probe(&mut self) -> &mut HttpProbe {
        self.recipe.probe.as_mut().unwrap()
    }

    pub(crate) async fn finding(&self) -> Finding {
        let app = App { name: "acme".into(), title: "Acme".into(), kind: AppKind::Connected, recipes: Vec::new() };
        let target = target(&app, Some(&self.recipe), &self.connection).unwrap();
        let endpoint = Endpoint::real(target.address);
        let limits = Limits { total: Duration::from_secs(2), ..Limits::default() };
        let scrubber = Scrubber::new();
        let subject = Subject {
            app: &app,
            recipe: Some(&self.recipe),
            connection: &self.connection,
            credential: &self.credential,
            endpoint: &endpoint,
            base_path: &target.base_path,
            probe: self.step.as_ref(),
            requires: &self.requires,
            account: self.account,
            scrubber: &scrubber,
            may_refresh: false,
            keeper: &Nowhere,
        };
        let finding = interview(&subject, &Wire::new(Reach::Anywhere, limits)).await;
        assert!(!finding.judgement.message.is_empty());
        let told = format!("{finding:?}");
        assert!(!told.contains("canary"), "{told}");
        finding
    }
}

pub(crate) fn path(text: &str) -> JsonQuery {
    JsonQuery::parse(text).unwrap()
}

pub(crate) fn get(path: &str) -> HttpRequest {
    HttpRequest { method: "GET".into(), path: path.into(), query: Vec::new(), headers: Vec::new(), body: None }
}

pub(crate) fn header(name: &str, value: &str) -> Placement {
    Placement::Header { name: name.into(), value: value.into() }
}

pub(crate) fn basic(username: &str, password: &str) -> Placement {
    Placement::Basic { username: username.into(), password: password.into() }
}

pub(crate) fn check(at: &str, needs: &str) -> PermissionCheck {
    let accept = HttpConditions { status: vec![StatusMatch::Code(200)], ..HttpConditions::default() };
    PermissionCheck { request: get(at), needs: needs.into(), accept }
}

/// The API of the tests: `/v1/me` is open to the key, `/v1/lists` is not.
pub(crate) async fn acme() -> Server {
    Server::start(|head| match head.split([' ', '?']).nth(1) {
        Some("/v1/me") if head.contains("canary") || head.contains("authorization: Basic") => {
            Act::Answer(ok(r#"{"id": 7, "name": "Acme Ltd", "scopes": "orders:read orders:write"}"#))
        }
        Some("/v1/me") => Act::Answer(answer(401, &[], r#"{"error":"missing key"}"#)),
        Some("/v1/lists") => Act::Answer(answer(403, &[], r#"{"error":"forbidden"}"#)),
        Some("/v1/orders") => Act::Answer(ok("[]")),
        _ => Act::Answer(answer(404, &[], "")),
    })
    .await
}
