//! OAuth 1.0a (RFC 5849 section 2): every signature is verified, and the verifier comes by the browser or by hand.

use std::collections::BTreeMap;

use tugtest::model::credential::Credential;
use tugtest::model::secret::Secret;
use tugtest::sign::oauth1::{Parameter, Signer, base_string, read_header};

use super::authority::{Answer, Asked, Authority};
use super::person::{Person, visit};
use super::{assert_page, kept, world};
use crate::connections::Store;

/// Whether a request is signed by the consumer with this token's secret.
fn verified(asked: &Asked, url: &str, token: Option<(&str, &str)>) -> Option<BTreeMap<String, String>> {
    let own = read_header(asked.headers.get("authorization")?)?;
    let mut credential = Credential::default();
    credential.public.insert("consumer_key".into(), "canary-consumer".into());
    credential.secrets.insert("consumer_secret".into(), Secret::new("canary&consumer/secret"));
    if let Some((token, secret)) = token {
        credential.public.insert("token".into(), token.into());
        credential.secrets.insert("token_secret".into(), Secret::new(secret));
    }
    let signer = Signer::of(&credential);
    let stated: BTreeMap<String, String> = own.iter().cloned().collect();
    let all: Vec<Parameter> = own.into_iter().chain(asked.query.clone()).chain(asked.form.clone()).collect();
    let base = base_string(&asked.method, &format!("{url}{}", asked.path), &all);
    let right = signer.sign(&base).is_ok_and(|expected| expected == Secret::new(stated["oauth_signature"].as_str()));
    (right && stated.get("oauth_token").map(String::as_str) == signer.token()).then_some(stated)
}

fn form(body: &str) -> Answer {
    (200, String::new(), body.to_owned())
}

/// A server that hands tokens out; `confirms` is whether it is one of 1.0a.
fn authority(confirms: bool, denies: bool) -> Authority {
    let callback = std::sync::Mutex::new(String::new());
    Authority::of(move |asked, url| {
        let refused =
            (401, "www-authenticate: OAuth oauth_problem=\"signature_invalid\"\r\n".to_owned(), String::new());
        match asked.path.as_str() {
            "/request" => {
                let Some(stated) = verified(asked, url, None) else { return refused };
                callback.lock().expect("no panic").clone_from(&stated["oauth_callback"]);
                let confirmed = if confirms { "&oauth_callback_confirmed=true" } else { "" };
                form(&format!("oauth_token=canary-temporary&oauth_token_secret=canary-temporary-secret{confirmed}"))
            }
            "/authorize" => {
                let outcome = if denies {
                    "denied=canary-temporary"
                } else {
                    "oauth_token=canary-temporary&oauth_verifier=canary-verifier"
                };
                let callback = callback.lock().expect("no panic");
                (302, format!("location: {callback}?{outcome}\r\n"), String::new())
            }
            "/access" => {
                let stated = verified(asked, url, Some(("canary-temporary", "canary-temporary-secret")));
                match stated.as_ref().and_then(|stated| stated.get("oauth_verifier")).map(String::as_str) {
                    Some("canary-verifier" | "4711") => {
                        form("oauth_token=canary-token&oauth_token_secret=canary-token-secret&user_id=7")
                    }
                    Some("0816") => (401, String::new(), String::new()),
                    _ => refused,
                }
            }
            "/me" => match verified(asked, url, Some(("canary-token", "canary-token-secret"))) {
                Some(_) => (200, String::new(), r#"{"name": "Canary Ltd"}"#.to_owned()),
                None => refused,
            },
            _ => (404, String::new(), String::new()),
        }
    })
}

fn signed_world(authority: &Authority) -> Store {
    let store = world(authority);
    let recipe = "app: canary
title: Canary
types:
  oauth1:
    base_url: {url}
    place: {oauth1: header}
    oauth1: {request_url: \"{url}/request\", authorize_url: \"{url}/authorize\", token_url: \"{url}/access\"}
    http: {request: GET /me, accept: {status: 200, json: {\"$.name\": exists}}, account: $.name}
";
    store.workspace.write("apps/canary.yaml", &recipe.replace("{url}", &authority.url()));
    store
}

fn begin<'s>(store: &'s Store, words: &str) -> Person<'s> {
    let words =
        format!("connect canary --from-env consumer_key=CANARY_KEY --from-env consumer_secret=CANARY_SECRET {words}");
    Person::begin(store, &words, &[("CANARY_KEY", "canary-consumer"), ("CANARY_SECRET", "canary&consumer/secret")])
}

#[test]
fn a_browser_brings_the_verifier() {
    let authority = authority(true, false);
    let store = signed_world(&authority);
    let person = begin(&store, "");
    let visited = visit(&person.page());
    let ended = person.ends().ends_with(0);
    assert_page(&visited, 200, "Connected with Canary");
    assert!(ended.stdout.contains("Canary Ltd"), "{}", ended.stdout);
    let file = store.file("canary");
    assert!(
        file.starts_with(
            "app: canary\ntype: oauth1\nfields:\n  consumer_key: canary-consumer\n  token: canary-token\nsealed: |\n"
        ),
        "{file}"
    );
    for secret in ["canary&consumer", "canary-temporary-secret", "canary-token-secret", "canary-verifier"] {
        let all = [ended.stdout.as_str(), &ended.stderr, &visited.text, &file].concat();
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    // Again, with the consumer that is sealed by now.
    let person = Person::begin(&store, "connect canary --name canary", &[]);
    visit(&person.page());
    person.ends().ends_with(0);
}

#[test]
fn a_person_types_the_pin() {
    let authority = authority(true, false);
    let store = signed_world(&authority);
    let mut person = begin(&store, "--no-listen");
    person.page();
    person.types("4711");
    let ended = person.ends().ends_with(0);
    assert!(ended.stdout.contains("Canary Ltd"), "{}", ended.stdout);
    std::fs::remove_file(store.workspace.path("connections/canary.yaml")).expect("a file of ours");
    // A server that says nothing has accepted the consumer a moment ago all the same.
    for (pin, cause) in [("0815", "[signature-invalid]"), ("0816", "[grant-invalid]")] {
        let mut person = begin(&store, "--no-listen");
        person.types(pin);
        let ended = person.ends().ends_with(1);
        assert!(ended.stderr.contains(cause), "{}", ended.stderr);
        assert!(!kept(&store).contains(&"canary.yaml".to_owned()));
    }
}

#[test]
fn a_refusal_and_a_server_of_the_first_edition_end_clearly() {
    let denying = authority(true, true);
    let store = signed_world(&denying);
    let person = begin(&store, "");
    let visited = visit(&person.page());
    // Before the end, which is far off for somebody who was not recognised.
    assert_page(&visited, 200, "Not connected");
    let ended = person.ends().ends_with(1);
    assert!(ended.stderr.contains("[interaction-required]"), "{}", ended.stderr);
    assert_eq!(kept(&store), Vec::<String>::new());
    let unconfirming = authority(false, false);
    let store = signed_world(&unconfirming);
    let ended = begin(&store, "").ends().ends_with(1);
    assert!(ended.stderr.contains("oauth_callback_confirmed"), "{}", ended.stderr);
    assert_eq!(kept(&store), Vec::<String>::new());
    // Wrong consumer.
    let words = "connect canary --from-env consumer_key=CANARY_KEY --from-env consumer_secret=CANARY_KEY";
    let ended = Person::begin(&store, words, &[("CANARY_KEY", "canary-consumer")]).ends().ends_with(1);
    assert!(ended.stderr.contains("[signature-invalid]"), "{}", ended.stderr);
}
