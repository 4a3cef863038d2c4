//! Clear ends: whatever goes wrong before there are tokens leaves the folder as it was.

use serde_json::json;

use super::authority::{Authority, Manners};
use super::person::visit;
use super::{CLIENT_SECRET, assert_page, begin, kept, world};

#[test]
fn every_way_to_no_tokens_says_why_and_leaves_nothing() {
    let token = |status, body| Manners { tokens: Some((status, body)), ..Manners::default() };
    let cases: [(Manners, i32, &str, &str); 10] = [
        (
            Manners { error: Some("access_denied"), ..Manners::default() },
            1,
            "[interaction-required]",
            "Access was not granted",
        ),
        (Manners { error: Some("invalid_scope"), ..Manners::default() }, 1, "[config-invalid]", "invalid_scope"),
        (Manners { error: Some("server_error"), ..Manners::default() }, 3, "[provider-error]", "server_error"),
        (Manners { mute: true, ..Manners::default() }, 1, "[unexpected-response]", "neither"),
        (token(400, json!({"error": "invalid_grant"})), 1, "[grant-invalid]", "invalid_grant"),
        (token(401, json!({"error": "invalid_client"})), 1, "[client-rejected]", "invalid_client"),
        (token(200, json!({"error": "bad_verification_code"})), 1, "[grant-invalid]", "bad_verification_code"),
        (token(200, json!({"token": "canary-access-lost"})), 1, "[unexpected-response]", "no access token"),
        (token(503, json!({})), 3, "[provider-error]", "503"),
        (token(429, json!({"error": "slow_down"})), 3, "[rate-limited]", "slow_down"),
    ];
    for (manners, code, cause, said) in cases {
        let authority = Authority::new(manners);
        let store = world(&authority);
        let person = begin(&store, "");
        let visited = visit(&person.page());
        let ended = person.ends().ends_with(code);
        assert!(ended.stderr.contains(cause) && ended.stderr.contains(said), "{cause}: {}", ended.stderr);
        assert!(ended.stderr.contains("= help: "), "{}", ended.stderr);
        assert_page(&visited, 200, "Not connected");
        assert_eq!(kept(&store), Vec::<String>::new(), "{cause}");
        for secret in [CLIENT_SECRET, "canary-code", "canary-access"] {
            assert!(!ended.stderr.contains(secret) && !ended.stdout.contains(secret), "{cause}: {}", ended.stderr);
            assert!(!visited.text.contains(secret), "{cause}: {}", visited.text);
        }
    }
}

#[test]
fn an_answer_of_another_server_is_not_used() {
    let metadata = r#"{"issuer": "{url}", "token_endpoint": "{url}/token", "authorization_endpoint": "{url}/authorize",
        "authorization_response_iss_parameter_supported": true}"#;
    for callback in ["&iss=https%3A%2F%2Fevil.example", ""] {
        let manners = Manners { metadata: Some(metadata), callback: callback.to_owned(), ..Manners::default() };
        let authority = Authority::new(manners);
        let store = world(&authority);
        let recipe = super::recipe(&authority, "issuer: {url}");
        store.workspace.write("apps/canary.yaml", &recipe);
        let person = begin(&store, "");
        let visited = visit(&person.page());
        let ended = person.ends().ends_with(1);
        assert!(ended.stderr.contains("[destination-refused]"), "{callback}: {}", ended.stderr);
        assert_page(&visited, 200, "Not connected");
        assert_eq!(authority.asked("/token").len(), 0, "the code was sent nowhere");
        assert_eq!(kept(&store), Vec::<String>::new());
    }
}

#[test]
fn whoever_does_not_come_back_is_waited_for_and_no_longer() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "--timeout 1s");
    let redirect = super::person::redirect(&person.page());
    let ended = person.ends().ends_with(3);
    assert!(ended.stderr.contains("nobody came back from 127.0.0.1 within 1 s"), "{}", ended.stderr);
    assert!(ended.stderr.contains(redirect.as_str()), "the address to register: {}", ended.stderr);
    assert_eq!(kept(&store), Vec::<String>::new());
}

#[test]
fn ctrl_c_leaves_nothing() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "");
    person.page();
    person.interrupt();
    let ended = person.ends().ends_with(130);
    assert!(ended.stderr.contains("nothing was changed here"), "{}", ended.stderr);
    assert_eq!(kept(&store), Vec::<String>::new());
}

#[test]
fn what_cannot_begin_does_not() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let port = taken.local_addr().expect("it is bound").port();
    let client = "--from-env client_id=CANARY_API_KEY";
    store.add("eu", "pk_canary_canary_canary_canary_1").ends_with(0);
    let before = kept(&store);
    let cases = [
        ("connect klaviyo", "connections add --app klaviyo"),
        ("connect klavio", "did you mean `klaviyo`?"),
        ("connect canary", "register one"),
        ("connect canary --type api-key", "it offers: oauth2"),
        ("connect canary --name Bad_Name!", "small letters"),
        (&format!("connect canary --name eu {client}"), "of another app or type"),
        (&format!("connect canary --port {port} {client}"), "another program listens there"),
        (&format!("connect canary --no-listen {client}"), "comes back to a listener"),
        (&format!("connect canary --device {client}"), "`device_url` is empty"),
        (&format!("connect http {client}"), "give `issuer`"),
        ("connect canary --port 0", "--port"),
        ("connect canary --timeout soon", "--timeout"),
        ("connect canary --device --no-listen", "--no-listen"),
    ];
    for (words, said) in cases {
        let mut tool = store.tool(words);
        let ended = crate::cli::workspace::run(tool.env("BROWSER", store.workspace.path("browser"))).ends_with(2);
        assert!(ended.stderr.contains(said), "{words}: {}", ended.stderr);
        assert_eq!(kept(&store), before, "{words}");
    }
    assert!(!store.workspace.path("browser.url").exists(), "nobody was sent anywhere");
    assert_eq!(authority.asked("/token").len(), 0);
}

#[test]
fn a_folder_that_takes_nothing_ends_with_five() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    store.workspace.write("connections", "a file where the folder has to be");
    let person = begin(&store, "");
    let visited = visit(&person.page());
    let ended = person.ends().ends_with(5);
    assert!(ended.stderr.contains("not written"), "{}", ended.stderr);
    assert_page(&visited, 200, "Not connected");
}

#[test]
fn a_connection_that_was_led_elsewhere_meanwhile_gets_no_tokens() {
    let authority = Authority::new(Manners::default());
    let store = world(&authority);
    let person = begin(&store, "--no-probe");
    visit(&person.page());
    person.ends().ends_with(0);
    let again = || super::person::Person::begin(&store, "connect canary --name canary", &[]);
    // Somebody refreshes it while the person is at the page: that is replaced.
    let person = again();
    let page = person.page();
    let path = store.workspace.path("connections/canary.yaml");
    let at = store.file("canary").find("expires_at").expect("a time") + "expires_at: \"2".len();
    let mut text = store.file("canary");
    text.replace_range(at..=at, "1");
    std::fs::write(&path, &text).expect("a file of ours");
    visit(&page);
    person.ends().ends_with(0);
    // Somebody leads it elsewhere: the grant was not for that.
    let person = again();
    let page = person.page();
    let text = store.file("canary").replace("fields:\n", "fields:\n  base_url: http://127.0.0.1:9\n");
    std::fs::write(&path, &text).expect("a file of ours");
    let visited = visit(&page);
    let ended = person.ends().ends_with(2);
    assert!(ended.stderr.contains("was changed by somebody else"), "{}", ended.stderr);
    assert_page(&visited, 200, "Not connected");
    assert_eq!(store.file("canary"), text);
}
