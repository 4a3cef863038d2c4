//! OAuth 1.0a in three legs (RFC 5849 section 2), before a provider that shares nothing with ours: oauthlib signs nothing off that is not right.

use serde_json::Value;
use url::Url;

use super::leak;
use super::world::World;
use crate::cli::workspace::Ended;
use crate::connect::person::{Person, Visited, get, location, visit};
use crate::connect::{assert_page, browser, kept};
use crate::connections::Store;

/// A consumer's secret that the provider does not know.
const WRONG: &str = "canary-wrong-8Hd5";

/// A workspace with an app that this provider grants access to.
struct Scene {
    store: Store,
    url: Url,
    secret: String,
    /// How many answers the provider had given before.
    before: usize,
}

impl Scene {
    fn new(world: &World) -> Scene {
        let store = Store::new();
        browser(&store);
        let url: Url = format!("http://127.0.0.1:{}/", world.get("oauth1")).parse().expect("a URL");
        let recipe = "app: canary
title: Canary
types:
  oauth1:
    base_url: {url}
    oauth1: {request_url: \"{url}/request_token\", authorize_url: \"{url}/authorize\", token_url: \"{url}/access_token\"}
    http: {request: GET /ok, accept: {status: 200, json: {$.ok: true}}}
";
        store.workspace.write("apps/canary.yaml", &recipe.replace("{url}", url.as_str().trim_end_matches('/')));
        let scenario = "workflow: a\nsteps:\n  - {name: a, app: canary, connection: canary}\n";
        store.workspace.write("scenarios/a.yaml", scenario);
        let mut scene = Scene { store, url, secret: world.get("api_key").to_owned(), before: 0 };
        scene.before = scene.told("answers").len();
        scene
    }

    /// What the provider tells: `secrets` that it has issued, or its `answers`.
    fn told(&self, what: &str) -> Vec<String> {
        let told: Value = serde_json::from_str(&get(&self.url.join("/told").expect("a URL")).text).expect("JSON");
        serde_json::from_value(told[what].clone()).expect("texts")
    }

    /// How it answered in this scene.
    fn answers(&self) -> Vec<String> {
        self.told("answers").split_off(self.before)
    }

    fn begin(&self, words: &str, secret: &str) -> Person<'_> {
        let words = format!(
            "connect canary --from-env consumer_key=CANARY_KEY --from-env consumer_secret=CANARY_SECRET {words}"
        );
        Person::begin(&self.store, &words, &[("CANARY_KEY", "canary-consumer"), ("CANARY_SECRET", secret)])
    }

    /// That no secret, neither the consumer's nor one that was ever issued, is in any of these.
    fn assert_tight(&self, texts: &[&str]) {
        let issued = self.told("secrets");
        for secret in issued.iter().map(String::as_str).chain([self.secret.as_str(), WRONG]) {
            for text in texts {
                assert_eq!(leak::search(text, secret), Vec::<String>::new(), "LEAKS");
            }
        }
    }

    /// That it ended with this cause, and left nothing behind.
    fn assert_nothing(&self, person: Person<'_>, code: i32, cause: &str, visited: Option<&Visited>) -> Ended {
        if let Some(visited) = visited {
            assert_page(visited, 200, "Not connected");
        }
        let ended = person.ends().ends_with(code);
        assert!(ended.stderr.contains(&format!("[{cause}]")), "{cause}: {}", ended.stderr);
        assert!(ended.stderr.contains("= help: "), "{}", ended.stderr);
        assert_eq!(kept(&self.store), Vec::<String>::new(), "{cause}");
        let page = visited.map_or("", |visited| &visited.text);
        self.assert_tight(&[&ended.stdout, &ended.stderr, page]);
        ended
    }

    /// That a connection is sealed whose token the provider accepts, by itself and not because the run says so.
    fn assert_connected(&self, ended: Ended, page: &str) {
        let ended = ended.ends_with(0);
        assert!(ended.stdout.contains("PASS"), "{}", ended.stdout);
        let ran = self.store.run("run --live --trace --format json --no-progress").ends_with(0);
        assert_eq!(ran.json()["scenarios"][0]["steps"][0]["verdict"], "pass", "{}", ran.stdout);
        let file = self.store.file("canary");
        assert!(file.contains("\nsealed: |"), "{file}");
        self.assert_tight(&[&ended.stdout, &ended.stderr, page, &file, &ran.stdout, &ran.stderr]);
        // It is these very tokens: with another secret the same run is refused.
        let spoilt = r#"{"fields": {"token_secret": "canary-wrong-8Hd5"}}"#;
        self.store.feed("connections edit canary --stdin --no-probe --yes", spoilt).ends_with(0);
        let ran = self.store.run("run --live --format json --no-progress").ends_with(1);
        assert_eq!(ran.json()["scenarios"][0]["steps"][0]["cause"], "signature-invalid", "{}", ran.stdout);
    }
}

/// The same page, where the person clicks something else.
fn clicking(page: &Url, answer: &str) -> Url {
    let mut page = page.clone();
    page.query_pairs_mut().append_pair("answer", answer);
    page
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_person_grants_in_the_browser_and_the_token_works() {
    let scene = Scene::new(&World::load());
    let person = scene.begin("", &scene.secret);
    let visited = visit(&person.page());
    assert_page(&visited, 200, "Connected with Canary");
    scene.assert_connected(person.ends(), &visited.text);
    assert_eq!(scene.answers(), ["/request_token 200", "/authorize 302", "/access_token 200"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn every_method_and_place_gets_through_all_three_legs() {
    let world = World::load();
    let key = format!("--from-file private_key={}/rsa.key", world.get("pki"));
    for (place, method) in [
        ("header", "PLAINTEXT"),
        ("header", "HMAC-SHA256"),
        ("header", "HMAC-SHA512"),
        ("header", "RSA-SHA1"),
        ("header", "RSA-SHA256"),
        ("query", "HMAC-SHA1"),
        ("form", "HMAC-SHA1"),
    ] {
        let scene = Scene::new(&world);
        let recipe = scene.store.workspace.read("apps/canary.yaml");
        let ask = if place == "form" { "request: POST /ok" } else { "request: GET /ok" };
        let placed = recipe.replace("    http:", &format!("    place: {{oauth1: {place}}}\n    http:"));
        scene.store.workspace.write("apps/canary.yaml", &placed.replace("request: GET /ok", ask));
        let rsa = method.starts_with("RSA");
        let secret = if rsa { key.as_str() } else { "--from-env consumer_secret=CANARY_SECRET" };
        let words = format!(
            "connect canary --from-env consumer_key=CANARY_KEY --from-env signature_method=CANARY_METHOD {secret}"
        );
        let variables =
            [("CANARY_KEY", "canary-consumer"), ("CANARY_METHOD", method), ("CANARY_SECRET", &scene.secret)];
        let person = Person::begin(&scene.store, &words, &variables);
        let visited = visit(&person.page());
        let ended = person.ends().ends_with(0);
        assert!(ended.stdout.contains("PASS"), "{place} {method}: {}", ended.stdout);
        assert_eq!(scene.answers(), ["/request_token 200", "/authorize 302", "/access_token 200"], "{place} {method}");
        scene.assert_tight(&[&ended.stdout, &ended.stderr, &visited.text, &scene.store.file("canary")]);
    }
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_person_types_the_pin_of_the_page() {
    let scene = Scene::new(&World::load());
    let pin = |person: &Person<'_>| -> String {
        let shown = visit(&person.page()).text;
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(shown.as_bytes()).into_owned().collect();
        fields.into_iter().find(|(name, _)| name == "oauth_verifier").expect("the page shows it").1
    };
    let mut person = scene.begin("--no-listen", &scene.secret);
    let typed = pin(&person);
    // A finger slips: it is the PIN that is wrong, not the consumer.
    person.types(&typed.chars().rev().collect::<String>());
    let ended = scene.assert_nothing(person, 1, "grant-invalid", None);
    assert!(ended.stderr.contains("PIN") && !ended.stderr.contains("consumer_secret"), "{}", ended.stderr);
    // Nothing is typed at all.
    let mut person = scene.begin("--no-listen", &scene.secret);
    person.page();
    person.closes();
    let ended = person.ends().ends_with(3);
    assert!(ended.stderr.contains("nothing was saved"), "{}", ended.stderr);
    assert_eq!(kept(&scene.store), Vec::<String>::new());
    let mut person = scene.begin("--no-listen", &scene.secret);
    let typed = pin(&person);
    person.types(&format!(" {typed} "));
    scene.assert_connected(person.ends(), "");
    let legs = ["/request_token 200", "/authorize 200", "/access_token 401"];
    let last = ["/request_token 200", "/request_token 200", "/authorize 200", "/access_token 200"];
    assert_eq!(scene.answers(), [&legs[..], &last].concat());
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_person_says_no() {
    let scene = Scene::new(&World::load());
    for (said, code, cause) in [
        ("denied", 1, "interaction-required"),
        ("user_refused", 1, "interaction-required"),
        ("permission_denied", 1, "interaction-required"),
        // Not a person's no, and nobody knows whose.
        ("parameter_rejected", 3, "forbidden"),
    ] {
        let person = scene.begin("", &scene.secret);
        let visited = visit(&clicking(&person.page(), said));
        scene.assert_nothing(person, code, cause, Some(&visited));
    }
    assert!(!scene.answers().iter().any(|answer| answer.starts_with("/access_token")), "{:?}", scene.answers());
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_consumer_that_is_wrong_sends_nobody_anywhere() {
    let scene = Scene::new(&World::load());
    // An empty 401 to a request that holds nothing but the consumer's own: which half of it is wrong, nobody says, and so neither do we.
    let ended = scene.assert_nothing(scene.begin("", WRONG), 1, "client-rejected", None);
    for said in ["refused the consumer, or its signature", "`consumer_key` and `consumer_secret`"] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert!(!scene.store.workspace.path("browser.url").exists(), "no browser was started");
    assert_eq!(scene.answers(), ["/request_token 401"]);
}

#[test]
#[ignore = "needs the live servers: tests/live/run"]
fn a_wrong_verifier_is_told_from_a_wrong_consumer() {
    let scene = Scene::new(&World::load());
    let bring = |change: &dyn Fn(&str, &str) -> String| {
        let person = scene.begin("", &scene.secret);
        let page = person.page();
        let mut callback = location(&get(&page), &page).expect("it sends the browser back");
        let pairs: Vec<(String, String)> = callback.query_pairs().into_owned().collect();
        let changed = pairs.iter().map(|(name, value)| (name.clone(), change(name, value)));
        callback.query_pairs_mut().clear().extend_pairs(changed);
        (person, callback)
    };
    let (person, callback) = bring(&|name, value| {
        if name == "oauth_verifier" { value.chars().rev().collect() } else { value.to_owned() }
    });
    let visited = visit(&callback);
    let ended = scene.assert_nothing(person, 1, "grant-invalid", Some(&visited));
    assert!(!ended.stderr.contains("consumer_secret"), "{}", ended.stderr);
    // Somebody else's temporary credentials are a stranger's, and the wait goes on for the right one.
    let (person, stranger) =
        bring(&|name, value| if name == "oauth_token" { "canary-other".to_owned() } else { value.to_owned() });
    assert_page(&visit(&stranger), 400, "This is not the answer");
    person.interrupt();
    let ended = person.ends().ends_with(130);
    assert!(ended.stderr.contains("nothing was changed here"), "{}", ended.stderr);
    assert_eq!(kept(&scene.store), Vec::<String>::new());
    let legs = ["/request_token 200", "/authorize 302"];
    assert_eq!(scene.answers(), [&legs[..], &["/access_token 401"], &legs].concat());
}
