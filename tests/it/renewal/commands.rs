//! What `tugtest connections` says of a refresh without an end, and when it forgets it.

use super::{Hand, give, is_marked, world};

#[test]
fn the_doctor_and_show_tell_of_a_refresh_without_an_end() {
    let store = world();
    let text = "2026-02-01T08:30:00Z";
    assert!(!store.run("connections doctor").stdout.contains("refresh"));
    let renewal = Hand::of(store.workspace.root()).go();
    assert!(!store.run("connections doctor").stdout.contains("refresh-unfinished"), "it is under way");
    drop(renewal);
    let doctor = store.run("connections doctor");
    let expected = format!(
        "warning[refresh-unfinished]: a refresh was begun on {text} and its end is unknown: the refresh token is not sent again\n  --> connections/eu.yaml\n  = help: reconnect"
    );
    assert!(doctor.stdout.contains(&expected), "{}", doctor.stdout);
    let show = store.run("connections show eu").ends_with(0);
    assert!(
        show.stdout.contains(&format!("refresh         begun on {text}, its end is unknown: reconnect")),
        "{}",
        show.stdout
    );
    let show = store.run("connections show eu --format json").ends_with(0).json();
    assert_eq!(show["refresh_unfinished"]["since"], text);
    // Without the identity it cannot be told of which token it is.
    let store = store.other_user("bob");
    assert!(store.run("connections doctor").stdout.contains("warning[refresh-unfinished]"));
    let store = store.other_user("home");
    // Of another token it says nothing.
    let marker = store.workspace.read(".tugtest/refresh/eu.json");
    give(&store, "edit eu", r#""refresh_token": "rt-canary-5""#);
    assert!(!is_marked(&store));
    store.workspace.write(".tugtest/refresh/eu.json", &marker);
    assert!(!store.run("connections doctor").stdout.contains("refresh-unfinished"));
    let show = store.run("connections show eu --format json").ends_with(0).json();
    assert!(show.get("refresh_unfinished").is_none());
}

#[test]
fn only_another_token_ends_what_is_unknown() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    drop(hand.go());
    store.run("connections edit eu --label x --no-probe").ends_with(0);
    give(&store, "edit eu", r#""client_secret": "cs-canary-3""#);
    give(&store, "edit eu", r#""refresh_token": "rt-canary-0""#);
    store.run("connections rekey --yes").ends_with(0);
    hand.is_unfinished();
    let exported = store.run("connections export eu").ends_with(0).stdout;
    store.workspace.write("exported.json", &exported);
    store.run("connections import exported.json --replace --yes").ends_with(0);
    hand.is_unfinished();
    std::fs::remove_file(store.workspace.path("connections/eu.yaml")).unwrap();
    give(&store, "add eu --app grants", r#""access_token": "at-canary-0", "refresh_token": "rt-canary-0""#);
    hand.is_unfinished();
    store.workspace.write(".tugtest/refresh/eu.json", "{");
    give(&store, "edit eu", r#""client_secret": "cs-canary-4""#);
    assert!(is_marked(&store), "the token is the same, whatever the marker said");
    give(&store, "edit eu", r#""refresh_token": "rt-canary-1""#);
    assert!(!is_marked(&store));
    Hand::of(store.workspace.root()).go().abandon();
}

#[test]
fn a_marker_follows_its_connection_and_ends_with_it() {
    let store = world();
    let marker = |name: &str| store.workspace.path(&format!(".tugtest/refresh/{name}.json")).exists();
    drop(Hand::of(store.workspace.root()).go());
    store.run("connections rename eu us --yes").ends_with(0);
    assert!(marker("us") && !marker("eu"));
    assert!(store.run("connections doctor").stdout.contains("refresh-unfinished"));
    store.run("connections rename us eu --yes").ends_with(0);
    Hand::of(store.workspace.root()).is_unfinished();
    store.run("connections delete eu --yes").ends_with(0);
    assert!(!marker("us") && !marker("eu"));
}
