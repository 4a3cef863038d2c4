//! The device grant: a code on the screen, and a server that is asked at its own pace.

use serde_json::json;

use super::authority::{Authority, Manners};
use super::person::Person;
use super::{CLIENT_SECRET, begin, kept, recipe, world};
use crate::connections::Store;

fn device_world(authority: &Authority) -> Store {
    let store = world(authority);
    store
        .workspace
        .write("apps/canary.yaml", &recipe(authority, "device_url: {url}/device, authorize_url: {url}/authorize"));
    store
}

#[test]
fn a_code_is_shown_and_entered() {
    let polls = vec![json!({"error": "authorization_pending"}), json!({"error": "authorization_pending"})];
    let authority = Authority::new(Manners { polls, ..Manners::default() });
    let store = device_world(&authority);
    let ended = begin(&store, "--device").ends().ends_with(0);
    assert!(ended.stderr.contains("│  CNRY-7421  │"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("{}/enter?user_code=CNRY-7421", authority.url())), "{}", ended.stderr);
    assert!(ended.stdout.contains("Canary Ltd"), "{}", ended.stdout);
    assert!(store.file("canary").contains("grant: device-code\n"), "{}", store.file("canary"));
    assert_eq!(authority.asked("/token").len(), 3);
    assert_eq!(authority.asked("/device")[0]["scope"], "read write");
    for secret in ["canary-device-code", CLIENT_SECRET, "canary-access", "canary-refresh"] {
        assert!(!ended.stderr.contains(secret) && !ended.stdout.contains(secret), "{}", ended.stderr);
    }
    assert!(!store.workspace.path("browser.url").exists(), "no browser was started here");
}

#[test]
fn a_machine_without_a_browser_takes_this_way_by_itself() {
    let authority = Authority::new(Manners::default());
    let store = device_world(&authority);
    let words = "connect canary --from-env client_id=CANARY_ID --from-env client_secret=CANARY_SECRET";
    let mut tool = store.tool(words);
    tool.env("CANARY_ID", "canary id & co").env("CANARY_SECRET", CLIENT_SECRET).env("SSH_CONNECTION", "far away");
    tool.env_remove("BROWSER");
    let ended = Person::of(&store, &mut tool).ends().ends_with(0);
    assert!(ended.stderr.contains("CNRY-7421"), "{}", ended.stderr);
}

#[test]
fn every_other_end_leaves_nothing() {
    let cases = [
        (json!({"error": "access_denied"}), 1, "[interaction-required]", ""),
        (json!({"error": "expired_token"}), 1, "[grant-invalid]", "not entered in time"),
        (json!({"error": "unauthorized_client"}), 1, "[client-rejected]", ""),
    ];
    for (poll, code, cause, said) in cases {
        let polls = vec![json!({"error": "authorization_pending"}), poll];
        let authority = Authority::new(Manners { polls, ..Manners::default() });
        let store = device_world(&authority);
        let ended = begin(&store, "--device").ends().ends_with(code);
        assert!(ended.stderr.contains(cause) && ended.stderr.contains(said), "{cause}: {}", ended.stderr);
        assert_eq!(kept(&store), Vec::<String>::new(), "{cause}");
    }
    // Too fast: five seconds more, which is longer than this person waits.
    let authority = Authority::new(Manners { polls: vec![json!({"error": "slow_down"})], ..Manners::default() });
    let store = device_world(&authority);
    let ended = begin(&store, "--device --timeout 2s").ends().ends_with(3);
    assert!(ended.stderr.contains("nobody entered the code within 2 s"), "{}", ended.stderr);
    assert_eq!(authority.asked("/token").len(), 1);
    assert_eq!(kept(&store), Vec::<String>::new());
    // Nobody there any more.
    let person = begin(&store, "--device");
    while authority.asked("/device").len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    person.interrupt();
    assert!(matches!(person.ends().code, 0 | 130), "it was faster than we, or it was interrupted");
}
