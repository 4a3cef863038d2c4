//! Files that somebody changes while a refresh is under way.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tugtest::vault::renewal::{self, NotBegun, NotKept, Tokens};
use tugtest::vault::store::{NotLocked, NotWritten};

use super::{EXPIRED, Hand, give, is_marked, number, open, tokens, world};

#[test]
fn what_is_edited_by_hand_stays_edited() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    let renewal = hand.go();
    let text = store.file("eu").replace("app: grants\n", "app: grants\nlabel: Edited # by hand\n");
    fs::write(store.workspace.path("connections/eu.yaml"), text).unwrap();
    renewal.keep(&tokens(1, "2026-02-01T09:30:00Z")).unwrap();
    let text = store.file("eu");
    assert!(text.contains("label: Edited # by hand\n") && text.contains("2026-02-01T09:30:00Z"), "{text}");
    assert_eq!(Hand::of(store.workspace.root()).token(), 1);
}

#[test]
fn other_secrets_that_are_given_meanwhile_stay() {
    let store = world();
    let path = store.workspace.path("connections/eu.yaml");
    let hand = Hand::of(store.workspace.root());
    let renewal = hand.go();
    give(&store, "edit eu --label Other", r#""client_secret": "cs-canary-8""#);
    assert!(is_marked(&store), "the refresh token is the same, and may be spent");
    let secrets = renewal.keep(&tokens(1, EXPIRED)).unwrap();
    assert_eq!(number(secrets.get("client_secret")), 8);
    assert!(open(&path, &hand.identities).secrets == secrets && store.file("eu").contains("label: Other"));
    // The same after everything was sealed anew.
    let renewal = Hand::of(store.workspace.root()).go();
    let block = open(&path, &hand.identities);
    let keys = [hand.identities[0].recipient().unwrap().clone()];
    let block = tugtest::vault::sealed::seal(&block.binding, &block.secrets, &keys).unwrap();
    let text = store.file("eu");
    let indented: String = block.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    fs::write(&path, format!("{}sealed: |\n{indented}", text.split_once("sealed: |\n").unwrap().0)).unwrap();
    renewal.keep(&tokens(2, EXPIRED)).unwrap();
    assert_eq!(Hand::of(store.workspace.root()).token(), 2);
}

#[test]
fn a_token_that_is_given_meanwhile_is_not_overwritten() {
    let store = world();
    let renewal = Hand::of(store.workspace.root()).go();
    give(&store, "edit eu", r#""access_token": "at-canary-9", "refresh_token": "rt-canary-9""#);
    let text = store.file("eu");
    assert!(matches!(renewal.keep(&tokens(1, EXPIRED)), Err(NotKept::Replaced)));
    assert_eq!(store.file("eu"), text);
    let hand = Hand::of(store.workspace.root());
    assert_eq!(hand.token(), 9);
    hand.go().abandon();
}

#[test]
fn a_file_that_is_gone_or_closed_is_said() {
    let store = world();
    let path = store.workspace.path("connections/eu.yaml");
    let text = store.file("eu");
    let hand = Hand::of(store.workspace.root());
    let renewal = hand.go();
    fs::remove_file(&path).unwrap();
    assert!(matches!(renewal.keep(&tokens(1, EXPIRED)), Err(NotKept::Gone)));
    assert!(is_marked(&store) && !path.exists(), "nothing comes back to life");
    fs::write(&path, &text).unwrap();
    hand.is_unfinished();
    fs::remove_file(store.workspace.path(".tugtest/refresh/eu.json")).unwrap();
    let renewal = hand.go();
    fs::write(&path, text.replace("-----END", "----END")).unwrap();
    assert!(matches!(renewal.keep(&tokens(1, EXPIRED)), Err(NotKept::Closed(_))));
    fs::write(&path, &text).unwrap();
    hand.is_unfinished();
}

#[cfg(unix)]
#[test]
fn tokens_that_cannot_be_written_leave_the_marker_unless_the_old_one_is_still_good() {
    let store = world();
    let (path, elsewhere) = (store.workspace.path("connections/eu.yaml"), store.workspace.path("elsewhere.yaml"));
    let hand = Hand::of(store.workspace.root());
    let text = store.file("eu");
    for rotated in [false, true] {
        let renewal = hand.go();
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let new = tokens(1, EXPIRED);
        let refresh_token = new.refresh_token.filter(|_| rotated);
        let kept = renewal.keep(&Tokens { refresh_token, ..tokens(1, EXPIRED) });
        assert!(matches!(kept, Err(NotKept::NotWritten(place, NotWritten::Link)) if place == path));
        fs::remove_file(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
        assert_eq!((is_marked(&store), store.file("eu") == text), (rotated, true));
    }
    hand.is_unfinished();
}

#[test]
fn names_and_keys_do_not_change_while_a_refresh_is_under_way() {
    let store = world();
    let root = store.workspace.root();
    let hand = Hand { patience: Duration::from_millis(30), ..Hand::of(root) };
    let renewal = hand.go();
    assert!(matches!(renewal::pause(root, Duration::from_millis(30)), Err(NotLocked::Busy)));
    let mut rename = store.tool("connections rename eu us --yes");
    let mut rename = rename.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the tool starts");
    std::thread::sleep(Duration::from_millis(300));
    assert!(rename.try_wait().expect("it can be asked").is_none(), "it waits");
    renewal.keep(&tokens(1, EXPIRED)).unwrap();
    assert!(rename.wait().expect("it ends").success());
    let secrets = open(&store.workspace.path("connections/us.yaml"), &hand.identities).secrets;
    assert_eq!(number(secrets.get("refresh_token")), 1);
    let paused = renewal::pause(root, Duration::ZERO).unwrap();
    assert!(paused.is_some() && matches!(hand.begin(), Err(NotBegun::Busy)), "and the other way round");
}
