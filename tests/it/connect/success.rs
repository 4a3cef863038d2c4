//! What comes of a grant: a sealed connection that was probed, and no secret anywhere else.

use super::authority::{Authority, Manners};
use super::person::visit;
use super::{CLIENT_SECRET, assert_page, begin, kept, recipe, world};
use crate::leaks::scanner::{Wanted, scan};

#[test]
fn a_grant_is_sealed_probed_and_seen_by_nobody_else() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "--label Canaries --default");
    let page = person.page();
    let visited = visit(&page);
    let ended = person.ends().ends_with(0);
    assert_page(&visited, 200, "Connected with Canary &amp; Sons");
    assert!(visited.text.contains("The connection <code>canary</code> is sealed"), "{}", visited.text);
    assert!(ended.stdout.contains("PASS") && ended.stdout.contains("Canary Ltd"), "{}", ended.stdout);
    assert!(ended.stderr.contains(page.as_str()), "the page is printed too: {}", ended.stderr);
    assert!(ended.stderr.contains("left out: `write`"), "{}", ended.stderr);
    let file = store.file("canary");
    let (clear, _) = file.split_once("sealed: |").expect("a sealed block");
    let (before, at) = clear.split_once("expires_at: ").expect("a time");
    assert_eq!(
        before,
        "app: canary\ntype: oauth2\nlabel: Canaries\ndefault: true\nfields:\n  client_id: \"canary id & co\"\n  "
    );
    assert!(at.ends_with("\n  grant: authorization-code\n"), "{at}");
    let shown = store.run("connections show canary --format json").ends_with(0).json();
    for field in ["access_token", "refresh_token", "client_secret"] {
        assert!(shown["fields"][field]["fingerprint"].is_string(), "{field}: {shown}");
    }
    let listed = store.run("connections list --format json").ends_with(0).json();
    assert_eq!(listed["connections"][0]["last"]["verdict"], "pass");
    assert_eq!(listed["connections"][0]["last"]["account"], "Canary Ltd");
    // What the client sent, and nothing of it anywhere else.
    let sent = authority.asked("/token").remove(0);
    assert_eq!(sent["grant_type"], "authorization_code");
    assert!(sent.contains_key("code_verifier") && !sent.contains_key("client_secret"), "{sent:?}");
    assert_eq!(authority.asked("/authorize")[0]["scope"], "read write");
    assert_eq!(authority.asked("/authorize")[0]["access_type"], "offline");
    let wanted = [
        Wanted::new("client_secret", CLIENT_SECRET),
        Wanted::new("code", &sent["code"]),
        Wanted::new("verifier", &sent["code_verifier"]),
        Wanted::new("access_token", "canary-access-1-token"),
        Wanted::new("refresh_token", "canary-refresh-1-token"),
    ];
    let environment = store.workspace.read("browser.env");
    for (what, text) in [
        ("stdout", ended.stdout.as_str()),
        ("stderr", &ended.stderr),
        ("the page", &visited.text),
        ("the file", &file),
        ("the browser's arguments", page.as_str()),
        ("the browser's environment", &environment),
    ] {
        assert_eq!(scan(what, text.as_bytes(), &wanted), Vec::<String>::new());
    }
    assert!(!environment.contains("CANARY_SECRET="), "{environment}");
    // The connection goes on working.
    store.run("probe canary").ends_with(0);
}

#[test]
fn connecting_again_replaces_the_tokens_and_nothing_else() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "--name eu --no-probe");
    visit(&person.page());
    person.ends().ends_with(0);
    let path = "connections/eu.yaml";
    let text = store.file("eu").replace("app: canary\n", "app: canary # ours\nlabel: Europe\n");
    store.workspace.write(path, &text);
    let fingerprints = || {
        let shown = store.run("connections show eu --format json").ends_with(0).json();
        ["client_secret", "access_token", "refresh_token"].map(|field| shown["fields"][field]["fingerprint"].clone())
    };
    let before = fingerprints();
    // Without a word on which one is meant, none is touched.
    std::fs::copy(store.workspace.path(path), store.workspace.path("connections/canary.yaml")).expect("a copy");
    let refused = store.run("connect canary").ends_with(2);
    assert!(refused.stderr.contains("new tokens for it: --name canary"), "{}", refused.stderr);
    std::fs::remove_file(store.workspace.path("connections/canary.yaml")).expect("a file of ours");
    // A marker of a refresh that never ended goes with the token that it is about.
    let marker = store.workspace.path(".tugtest/refresh/eu.json");
    std::fs::create_dir_all(marker.parent().expect("a folder")).expect("a folder");
    std::fs::write(&marker, "no marker that could be read").expect("a file");
    // The client is known by now.
    let person = super::person::Person::begin(&store, "connect canary --name eu", &[]);
    visit(&person.page());
    person.ends().ends_with(0);
    let after = fingerprints();
    assert_eq!(before[0], after[0]);
    assert!(before[1] != after[1] && before[2] != after[2], "{before:?} {after:?}");
    assert!(store.file("eu").starts_with("app: canary # ours\nlabel: Europe\ntype: oauth2\n"), "{}", store.file("eu"));
    assert_eq!(kept(&store), [".gitignore", ".recipients", "eu.yaml"]);
    assert!(!marker.exists(), "nothing is unfinished any more");
    // A grant without a refresh token leaves none of the old one behind.
    authority.behave(Manners { unrefreshable: true, ..Manners::default() });
    let person = super::person::Person::begin(&store, "connect eu", &[]);
    visit(&person.page());
    let ended = person.ends().ends_with(0);
    assert!(ended.stderr.contains("no refresh token came"), "{}", ended.stderr);
    assert!(fingerprints()[2].is_null(), "that of the old grant is gone");
}

#[test]
fn an_issuer_alone_is_enough_and_what_it_says_is_written_down() {
    let metadata = r#"{"issuer": "{url}", "authorization_endpoint": "{url}/authorize", "token_endpoint": "{url}/token",
        "introspection_endpoint": "{url}/introspect", "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["client_secret_basic"]}"#;
    let callback = "&iss={url}".to_owned();
    let authority = Authority::new(Manners { metadata: Some(metadata), callback, ..Manners::default() });
    let store = world(&authority);
    let given = serde_json::json!({"fields": {
        "issuer": authority.url(), "client_id": "canary id & co", "client_secret": CLIENT_SECRET, "scopes": "read",
    }});
    let mut tool = store.tool("connect http --name any --type oauth2 --no-probe --stdin");
    tool.env("BROWSER", store.workspace.path("browser"));
    let mut person = super::person::Person::of(&store, &mut tool);
    person.types(&given.to_string());
    person.closes();
    visit(&person.page());
    person.ends().ends_with(0);
    let (file, url) = (store.file("any"), authority.url());
    for line in [
        format!("authorize_url: \"{url}/authorize\""),
        format!("token_url: \"{url}/token\""),
        format!("introspection_url: \"{url}/introspect\""),
        "grant: authorization-code".to_owned(),
    ] {
        assert!(file.contains(&line), "{line}: {file}");
    }
    // Somebody who leads it elsewhere gets nothing of what is sealed.
    let moved = file.replace(&format!("token_url: \"{url}"), "token_url: \"http://127.0.0.1:9");
    assert_ne!(moved, file);
    store.workspace.write("connections/any.yaml", &moved);
    let ended = store.run("probe any").ends_with(1);
    assert!(ended.stdout.contains("destination-refused"), "{}", ended.stdout);
}

#[test]
fn a_probe_that_fails_keeps_the_connection() {
    let api = Some((403, serde_json::json!({"error": "canary"})));
    let authority = Authority::new(Manners { api, ..Manners::default() });
    let store = world(&authority);
    let person = begin(&store, "");
    let visited = visit(&person.page());
    let ended = person.ends().ends_with(3);
    assert_page(&visited, 200, "Connected with");
    assert!(ended.stdout.contains("forbidden"), "{}", ended.stdout);
    assert_eq!(kept(&store), [".gitignore", ".recipients", "canary.yaml"]);
}

#[test]
fn a_registered_address_is_kept_to() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    store.workspace.write("apps/canary.yaml", &recipe(&authority, "pkce: false, authorize_url: {url}/authorize"));
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        free.local_addr().expect("it is bound").port()
    };
    let person = begin(&store, &format!("--redirect localhost --port {port} --timeout 2s"));
    let page = person.page();
    assert_eq!(super::person::redirect(&page).as_str(), format!("http://localhost:{port}/callback"));
    assert!(!page.as_str().contains("code_challenge"), "{page}");
    // This authority wants PKCE, which the recipe says it does not take.
    visit(&page);
    let ended = person.ends().ends_with(1);
    assert!(ended.stderr.contains("[grant-invalid]"), "{}", ended.stderr);
}
