//! Files without a fault: they load in full, and the JSON Schemas agree with the loaders on them and on the invalid ones.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use tugtest::document::{self, Loaded};
use tugtest::model::app::Placement;
use tugtest::model::cause::Cause;
use tugtest::model::connection::{Connection, SecretReference};
use tugtest::model::fixture::{CannedBody, Fault, Fixture, FtpTls};
use tugtest::model::probe::{HttpBody, ProbeSpec, StatusMatch, ValueMatch};
use tugtest::model::scenario::Scenario;
use tugtest::model::scheme::Scheme;
use tugtest::model::verdict::Expectation;
use tugtest::report::diagnostics::render;

use crate::shelf;

const SCENARIO: &str = r#"
workflow: Send new orders to the warehouse
tags: [orders, nightly]
steps:
  - name: Order created
    app: shopify                       # same store: needs no connection
  - key: subscribe
    name: Subscribe profile
    app: klaviyo
    connection: klaviyo-eu
    requires: [accounts:read]          # scopes that this step needs beyond logging in
    fixture: klaviyo/ok
    account: Example GmbH
  - name: Upload order file
    app: ftp
    connection: warehouse
    probe: {ftp: {directory: /incoming, write: true, file: "*.csv"}}
    fixture: ftp/login-ok
    expect: pass
  - name: Ask an API
    app: http
    connection: my-api
    operation: get
    disabled: true
    probe:
      http:
        request: POST /v1/me?page=2
        query: {limit: 1, tag: [a, b]}
        headers: {Accept: application/json}
        body: {json: {on: true, at: 1.5, none: null, no: no}}
        accept:
          status: [200, 2xx]
          header: {Content-Type: application/json}
          json: {"$.account.id": exists, "$.n": 7, "$.name": {matches: "^a"}}
          text: {matches: "ok"}
        refuse:
          - {status: 403, json: {"$.error.code": invalid_key}, cause: credential-rejected}
        account: $.account.name
        scopes: $.scopes[*]
    expect: {inconclusive: rate-limited}
"#;

fn scenario(text: &str) -> Loaded<Scenario> {
    shelf::with_known(|known| document::scenario::parse(text, "scenarios/a.yaml", known))
}

fn connection(text: &str) -> Loaded<Connection> {
    document::connection::parse(text, "a", "connections/a.yaml", &shelf::workspace(), shelf::shelf())
}

#[test]
fn a_scenario_is_read_in_full() {
    let loaded = scenario(SCENARIO);
    assert_eq!(loaded.diagnostics, []);
    let scenario = loaded.value.unwrap();
    assert_eq!(
        (&*scenario.workflow, scenario.tags.len(), scenario.steps.len()),
        ("Send new orders to the warehouse", 2, 4)
    );
    assert_eq!(scenario.steps.iter().map(|step| step.line).collect::<Vec<_>>(), [5, 7, 14, 20]);
    let subscribe = &scenario.steps[1];
    assert_eq!((subscribe.key.as_deref(), subscribe.account.as_deref()), (Some("subscribe"), Some("Example GmbH")));
    assert_eq!(subscribe.requires, ["accounts:read".into()]);
    let Some(ProbeSpec::Ftp(ftp)) = &scenario.steps[2].probe else { panic!("{:?}", scenario.steps[2]) };
    assert_eq!((ftp.directory.as_deref(), ftp.write, ftp.file.as_deref()), (Some("/incoming"), true, Some("*.csv")));
    assert_eq!(scenario.steps[3].expect, Expectation::Cause(Cause::RateLimited));
    assert!(scenario.steps[3].disabled);
}

#[test]
fn an_http_probe_is_read_in_full() {
    let scenario = scenario(SCENARIO).value.unwrap();
    let Some(ProbeSpec::Http(probe)) = &scenario.steps[3].probe else { panic!("{:?}", scenario.steps[3]) };
    let request = &probe.request;
    assert_eq!((&*request.method, &*request.path), ("POST", "/v1/me"));
    let query: Vec<_> = request.query.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(query, [("page", "2"), ("limit", "1"), ("tag", "a"), ("tag", "b")]);
    assert_eq!(
        request.body.as_deref(),
        Some(&HttpBody::Json(json!({"on": true, "at": 1.5, "none": null, "no": "no"})))
    );
    assert_eq!(probe.accept.status, [StatusMatch::Code(200), StatusMatch::Family(2)]);
    assert_eq!(probe.accept.headers, [("content-type".into(), ValueMatch::Equals(json!("application/json")))]);
    let wanted: Vec<_> = probe.accept.json.iter().map(|(_, wanted)| wanted.clone()).collect();
    assert_eq!(wanted, [ValueMatch::Exists, ValueMatch::Equals(json!(7)), ValueMatch::Matches("^a".into())]);
    assert_eq!(probe.refuse[0].cause, Cause::CredentialRejected);
    assert!(probe.account.is_some() && probe.scopes.is_some());
}

/// A step with a mistake is dropped, its neighbours stay; one that names what does not exist stays and can be judged.
#[test]
fn what_is_not_broken_is_kept() {
    let text = "workflow: x\nsteps:\n  - {name: a, app: klaviyo, connection: nobody, fixture: no/such}\n  \
                - {name: b, app: klaviyo, conection: klaviyo-eu}\n  - {name: c, app: klaviyo, connection: klaviyo-eu}\n";
    let loaded = scenario(text);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["unknown-connection", "unknown-fixture", "unknown-key"]);
    let names: Vec<_> = loaded.value.unwrap().steps.iter().map(|step| step.name.to_string()).collect();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn a_missing_connection_may_be_meant() {
    let text =
        "workflow: x\nsteps:\n  - {name: a, app: klaviyo, connection: nobody, expect: {fail: connection-missing}}\n";
    assert_eq!(scenario(text).diagnostics, []);
}

#[test]
fn connections_keep_their_secrets_as_references() {
    let loaded = connection(
        "app: klaviyo\ntype: text\nlabel: Klaviyo, EU store\ndefault: true\nfields:\n  api_key: {file: keys/klaviyo}\n  \
         base_url: http://127.0.0.1:8080\n  ca_file: certs/ca.pem\n  allow_cleartext: true\n",
    );
    assert_eq!(loaded.diagnostics, []);
    let read = loaded.value.unwrap();
    assert_eq!((read.scheme, read.default, read.sealed), (Scheme::ApiKey, true, false));
    assert!(
        matches!(read.secrets.get("api_key"), Some(SecretReference::File(path)) if path == Path::new("/w/keys/klaviyo"))
    );
    assert_eq!(read.public("ca_file"), Some("/w/certs/ca.pem"));
    assert_eq!(
        (read.public("base_url"), read.public("allow_cleartext")),
        (Some("http://127.0.0.1:8080"), Some("true"))
    );

    let command = connection(
        "app: ftp\nfields: {host: files.example.com, port: 21, username: 0123, password: {command: [pass, show, ftp]}}\n",
    );
    assert_eq!(command.diagnostics, []);
    let read = command.value.unwrap();
    assert!(matches!(read.secrets.get("password"), Some(SecretReference::Command(words)) if words.len() == 3));
    assert_eq!((read.public("username"), read.public("port")), (Some("0123"), Some("21")));
}

#[test]
fn what_is_usual_need_not_be_stated() {
    let acme = |more: &str| {
        let text = format!("app: acme\nfields: {{consumer_key: a, consumer_secret: {{env: A}}{more}}}\n");
        let loaded = connection(&text);
        assert_eq!(loaded.diagnostics, [], "{text}");
        let read = loaded.value.unwrap();
        ["signature_method", "region"].map(|field| read.public(field).unwrap().to_owned())
    };
    assert_eq!(acme(""), ["HMAC-SHA256", "eu"]);
    assert_eq!(acme(", signature_method: HMAC-SHA1, region: us"), ["HMAC-SHA1", "us"]);
}

#[test]
fn connections_of_every_kind() {
    for text in [
        "app: http\ntype: api-key\nfields: {base_url: \"https://api.example.com\", place: {header: X-Api-Key}, api_key: {env: A}}\n",
        "app: http\ntype: api-key\nfields: {base_url: \"https://a.example\", place: {basic: {username: \"{api_key}\", password: \"\"}}, api_key: {env: A}}\n",
        "app: http\ntype: key-secret\nfields: {base_url: \"https://api.example.com\", key: ck, secret: {env: A}}\n",
        "app: zendesk\nfields: {domain: example, username: a@example.com, password: {env: A}}\n",
        "app: shopify\ntype: shopify-private-app\nfields: {shop: my-shop.myshopify.com, access_token: {env: A}, api_version: 2026-10}\n",
        "app: shopify\nfields: {shop: my-shop, client_id: a, client_secret: {env: A}}\n",
        "app: ftp\nfields: {protocol: ftps, host: 10.0.0.1, username: a, password: {env: A}}\n",
        "app: gorgias\nfields: {grant: refresh-token, client_id: a, client_secret: {env: A}, refresh_token: {env: B}, token_url: \"https://x.example/token\", scopes: [a, b]}\n",
        "app: klaviyo\nsealed: |\n  -----BEGIN AGE ENCRYPTED FILE-----\n  canary\n  -----END AGE ENCRYPTED FILE-----\n",
    ] {
        let loaded = connection(text);
        assert_eq!(loaded.diagnostics, [], "{text}");
        assert!(loaded.value.is_some());
    }
}

#[test]
fn a_secret_in_clear_is_used_and_warned_of() {
    let loaded = connection("app: klaviyo\nfields: {api_key: 0123}\n");
    assert!(!loaded.has_errors());
    assert_eq!(loaded.diagnostics[0].code, "secret-in-clear");
    assert!(
        matches!(loaded.value.unwrap().secrets.get("api_key"), Some(SecretReference::Literal(secret)) if secret.len() == 4)
    );
}

#[test]
fn fixtures_are_read_in_full() {
    let text = r#"
http:
  - request: {method: POST, path: /v1/me, query: {page: 2}, headers: {accept: "*/*"}, basic: {username: "{{key}}", password: "{{secret}}"}, body: {form: {a: b}}}
    response: {status: 201, headers: {set-cookie: [a=1, b=2]}, json: {id: 7}, delay: 500ms}
  - request: {path: /raw}
    response: {base64: "AAEC/w=="}
  - request: {path: /gone}
    response: {fault: reset}
"#;
    let loaded = document::fixture::parse(text, "a.yaml");
    assert_eq!(loaded.diagnostics, []);
    let Some(Fixture::Http(exchanges)) = loaded.value else { panic!("no exchanges") };
    assert_eq!(exchanges[0].request.basic, Some(("{{key}}".into(), "{{secret}}".into())));
    assert_eq!(exchanges[0].response.headers.len(), 2);
    assert_eq!((exchanges[0].response.status, exchanges[0].response.delay), (201, Some(Duration::from_millis(500))));
    assert_eq!(exchanges[0].response.body, CannedBody::Json(json!({"id": 7})));
    assert_eq!(exchanges[1].response.body, CannedBody::Bytes(vec![0, 1, 2, 255]));
    assert_eq!((&*exchanges[1].request.method, exchanges[1].response.status), ("GET", 200));
    assert_eq!(exchanges[2].response.fault, Some(Fault::Reset));

    let text = "ftp:\n  tls: explicit\n  dialogue:\n    - send: 220 ready\n    - {expect: \"USER {{username}}\", send: 331 password please}\n    \
                - {expect: \"LIST*\", send: \"150 here\", data: [a, b]}\n    - expect: FEAT\n      send: |\n        211-Features\n         UTF8\n        211 End\n    \
                - {expect: \"PASS {{password}}\", fault: close}\n";
    let loaded = document::fixture::parse(text, "a.yaml");
    assert_eq!(loaded.diagnostics, []);
    let Some(Fixture::Ftp(script)) = loaded.value else { panic!("no dialogue") };
    assert_eq!((script.tls, script.dialogue.len()), (FtpTls::Explicit, 5));
    assert_eq!(script.dialogue[0].send.as_deref(), Some("220 ready"));
    assert_eq!(script.dialogue[2].data.as_ref().map(Vec::len), Some(2));
    assert_eq!(script.dialogue[3].send.as_deref(), Some("211-Features\n UTF8\n211 End"));
}

#[test]
fn recipes_are_read_in_full() {
    use tugtest::document::Apps as _;
    let app = shelf::shelf().app("klaviyo").unwrap();
    let recipe = app.recipe(Scheme::ApiKey).unwrap();
    let place = Placement::Header { name: "Authorization".into(), value: "Klaviyo-API-Key {api_key}".into() };
    assert_eq!(recipe.place, Some(place));
    let probe = recipe.probe.as_ref().unwrap();
    assert_eq!((probe.then.len(), &*probe.then[0].needs), (1, "lists:read"));
    assert_eq!(probe.refuse[0].remedy.as_deref(), Some("Add the scope."));
    assert_eq!(recipe.fields[0].help.as_deref(), Some("Settings > API keys."));
}

/// Every loader, on one text.
fn load_all(text: &str) -> Vec<tugtest::model::diagnostic::Diagnostic> {
    let mut all = scenario(text).diagnostics;
    all.extend(connection(text).diagnostics);
    all.extend(document::fixture::parse(text, "a.yaml").diagnostics);
    all.extend(document::app::load(text, "a.yaml").diagnostics);
    all.extend(document::workspace::load(text, "tugtest.yaml", Path::new("/w")).diagnostics);
    all
}

const SECRET: &str = "canary-4f9a1c77b2e04d5e";
const CONNECTION: &str = "app: klaviyo\ntype: api-key\nfields: {api_key: canary-4f9a1c77b2e04d5e}\nlabel: EU\n";

proptest! {
    #[test]
    fn no_text_makes_a_loader_panic(text in "\\PC{0,80}") {
        let diagnostics = load_all(&text);
        prop_assert_eq!(render(&diagnostics, true).is_empty(), diagnostics.is_empty());
    }

    #[test]
    fn no_yaml_like_text_makes_a_loader_panic(text in "[a-c:{}\\[\\],&*!#|>'\"%@ \n\t\\-0-9é]{0,120}") {
        let diagnostics = load_all(&text);
        prop_assert_eq!(render(&diagnostics, false).is_empty(), diagnostics.is_empty());
    }

    #[test]
    fn no_mutation_of_a_valid_file_makes_a_loader_panic(at in 0..SCENARIO.len(), length in 0_usize..30, put in "[\\PC\n]{0,6}") {
        let mut bytes = SCENARIO.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        let text = String::from_utf8_lossy(&bytes);
        let diagnostics = load_all(&text);
        prop_assert_eq!(render(&diagnostics, false).is_empty(), diagnostics.is_empty());
    }

    /// However a connection file is broken around its secret, the secret is not shown.
    #[test]
    fn no_mutation_of_a_connection_shows_its_secret(
        at in 0..CONNECTION.len() - SECRET.len(),
        length in 0_usize..40,
        put in "[a-z:{}\\[\\],&*'\"# \n]{0,6}",
    ) {
        let secret = CONNECTION.find(SECRET).unwrap();
        let mut text = CONNECTION.to_owned();
        if at < secret {
            text.replace_range(at..(at + length).min(secret), &put);
        } else {
            let at = at + SECRET.len();
            text.replace_range(at..(at + length).min(CONNECTION.len()), &put);
        }
        let rendered = render(&connection(&text).diagnostics, false);
        prop_assert!(!rendered.contains("canary"), "{rendered}\n{text}");
    }
}
