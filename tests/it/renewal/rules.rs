//! When a refresh may begin, and what a marker says.

use std::fs;

use tugtest::model::fields::Fields;
use tugtest::model::secret::Secret;
use tugtest::vault::Closed;
use tugtest::vault::crypt::Identity;
use tugtest::vault::renewal::{Begun, NotBegun};
use tugtest::vault::store::NotWritten;

use super::{EXPIRED, Hand, give, is_marked, number, open, tokens, world};

#[test]
fn new_tokens_take_the_place_of_the_old_ones_and_nothing_else_changes() {
    let store = world();
    let path = store.workspace.path("connections/eu.yaml");
    let text =
        format!("# ours\n{}# the end\n", store.file("eu").replace("client_id: ours", "client_id: ours # theirs"));
    fs::write(&path, &text).unwrap();
    let hand = Hand::of(store.workspace.root());
    let before = open(&path, &hand.identities);
    let renewal = hand.go();
    assert!(is_marked(&store) && store.file("eu") == text, "nothing but the marker is written before the answer");
    assert_eq!(number(renewal.secrets().get("refresh_token")), 0);
    let secrets = renewal.keep(&tokens(1, "2026-02-01T09:30:00.75Z")).unwrap();
    assert!(!is_marked(&store));
    let after = open(&path, &hand.identities);
    assert_eq!((number(secrets.get("access_token")), number(secrets.get("refresh_token"))), (1, 1));
    assert!(after.secrets == secrets && after.secrets.get("client_secret") == before.secrets.get("client_secret"));
    assert_eq!((after.binding, after.recipients), (before.binding, before.recipients));
    let outside = |text: &str| {
        let (head, rest) = text.split_once("sealed: |\n").expect("a block");
        (head.to_owned(), rest.split_once("-----END AGE ENCRYPTED FILE-----\n").expect("its end").1.to_owned())
    };
    let (head, end) = outside(&text);
    assert_eq!(outside(&store.file("eu")), (head.replace(EXPIRED, "2026-02-01T09:30:00Z"), end));
    store.run("connections show eu").ends_with(0);
    // What did not come is not guessed: the old refresh token stays, and no time is stated.
    let tokens = super::Tokens { refresh_token: None, expires_at: None, ..tokens(2, EXPIRED) };
    let secrets = Hand::of(store.workspace.root()).go().keep(&tokens).unwrap();
    assert_eq!((number(secrets.get("access_token")), number(secrets.get("refresh_token"))), (2, 1));
    assert!(!store.file("eu").contains("expires_at") && !is_marked(&store));
    // And a time that was not stated is stated.
    Hand::of(store.workspace.root()).go().keep(&super::tokens(3, EXPIRED)).unwrap();
    assert!(store.file("eu").contains("  expires_at: \"2026-01-31T12:00:00Z\"\n"), "{}", store.file("eu"));
}

#[test]
fn what_somebody_else_got_is_used() {
    let store = world();
    let root = store.workspace.root();
    let (stale, stated) = (Hand::of(root), Hand::of(root));
    stated.go().keep(&tokens(1, "2026-02-01T09:30:00Z")).unwrap();
    match stale.begin() {
        Ok(Begun::Renewed { secrets, expires_at }) => {
            assert_eq!(
                (number(secrets.get("refresh_token")), expires_at.as_deref()),
                (1, Some("2026-02-01T09:30:00Z"))
            );
        }
        other => panic!("{other:?}"),
    }
    // So is a refresh token that somebody gave.
    let stale = Hand::of(root);
    give(&store, "edit eu", r#""refresh_token": "rt-canary-5""#);
    match stale.begin() {
        Ok(Begun::Renewed { secrets, .. }) => assert_eq!(number(secrets.get("refresh_token")), 5),
        other => panic!("{other:?}"),
    }
    // The same tokens that are good for longer, too.
    let text = store.file("eu").replace("2026-02-01T09:30:00Z", "2026-03-01T00:00:00Z");
    let hand = Hand::of(root);
    fs::write(store.workspace.path("connections/eu.yaml"), text).unwrap();
    assert!(matches!(hand.begin(), Ok(Begun::Renewed { .. })));
    Hand::of(root).go().abandon();
    assert!(!is_marked(&store));
}

#[test]
fn an_end_that_is_unknown_is_remembered_and_one_that_is_known_is_not() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    hand.go().abandon();
    assert!(!is_marked(&store));
    drop(hand.go());
    hand.is_unfinished();
    hand.is_unfinished();
    // The marker names a token by its fingerprint alone, and is of no use for another one.
    let text = store.workspace.read(".tugtest/refresh/eu.json");
    assert!(!text.contains("canary"), "{text}");
    give(&store, "edit eu", r#""refresh_token": "rt-canary-7""#);
    store.workspace.write(".tugtest/refresh/eu.json", &text);
    Hand::of(store.workspace.root()).go().abandon();
    assert!(!is_marked(&store), "that of the old token is gone");
}

#[test]
fn a_marker_that_tells_nothing_is_taken_for_the_worst() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    let marker = store.workspace.path(".tugtest/refresh/eu.json");
    for text in ["", "{", "[]", r#"{"version": 2, "token": "", "key": "", "since": ""}"#] {
        drop(fs::create_dir_all(marker.parent().unwrap()));
        fs::write(&marker, text).unwrap();
        assert!(matches!(hand.begin(), Ok(Begun::Unfinished { since: None })), "{text}");
    }
    fs::remove_file(&marker).unwrap();
    drop(hand.go());
    // Without the key of the fingerprints nobody can tell which token it was.
    fs::remove_file(store.workspace.path(".tugtest/fingerprint.key")).unwrap();
    hand.is_unfinished();
    assert!(store.workspace.path(".tugtest/fingerprint.key").exists());
    hand.is_unfinished();
}

#[cfg(unix)]
#[test]
fn without_a_key_that_lasts_nothing_begins() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    drop(hand.go());
    let key = store.workspace.path(".tugtest/fingerprint.key");
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(hand.begin(), Err(NotBegun::NotWritable(_, NotWritten::Exists))), "{:?}", hand.begin());
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    hand.is_unfinished();
}

#[test]
fn only_tokens_that_are_sealed_can_be_exchanged() {
    let store = world();
    let path = store.workspace.path("connections/eu.yaml");
    let sealed = store.file("eu");
    let hand = Hand::of(store.workspace.root());
    for line in ["refresh_token: {env: CANARY}", "access_token: {file: token.txt}", "refresh_token: in-clear"] {
        fs::write(&path, sealed.replace("fields:\n", &format!("fields:\n  {line}\n"))).unwrap();
        assert!(matches!(hand.begin(), Err(NotBegun::NotSealed)), "{line}: {:?}", hand.begin());
    }
    fs::write(&path, "app: grants\nfields: {client_id: ours, refresh_token: {env: CANARY}}\n").unwrap();
    assert!(matches!(hand.begin(), Err(NotBegun::NotSealed)));
    let mut clear = Hand { ..hand };
    clear.connection.sealed = false;
    assert!(matches!(clear.begin(), Err(NotBegun::NotSealed)));
    clear.connection.sealed = true;
    for text in ["app: [", ""] {
        fs::write(&path, text).unwrap();
        assert!(matches!(clear.begin(), Err(NotBegun::Gone | NotBegun::NotSealed)), "{text}: {:?}", clear.begin());
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(clear.begin(), Err(NotBegun::Gone)));
    fs::write(&path, sealed).unwrap();
    give(&store, "edit eu --unset refresh_token", "");
    assert!(matches!(clear.begin(), Err(NotBegun::NotSealed)));
    assert!(!is_marked(&store));
}

#[test]
fn what_cannot_be_opened_or_leads_elsewhere_is_not_refreshed() {
    let store = world();
    let path = store.workspace.path("connections/eu.yaml");
    let text = store.file("eu");
    let mut hand = Hand::of(store.workspace.root());
    let lines: Vec<&str> = text.lines().collect();
    let line = lines[lines.len() - 3];
    let other = line.replace(line.trim().chars().next().unwrap(), if line.trim().starts_with('A') { "B" } else { "A" });
    fs::write(&path, text.replace(line, &other)).unwrap();
    assert!(matches!(hand.begin(), Err(NotBegun::Closed(Closed::Damaged(Some(_))))), "{:?}", hand.begin());
    fs::write(&path, &text).unwrap();
    let own = std::mem::replace(&mut hand.identities, vec![Identity::generate().0]);
    assert!(matches!(hand.begin(), Err(NotBegun::Closed(Closed::NotForUs))));
    hand.identities = own;
    hand.destination[0].host = "evil.example".into();
    match hand.begin() {
        Err(NotBegun::Changed(how)) => assert!(how.contains("now leads to https://evil.example"), "{how}"),
        other => panic!("{other:?}"),
    }
    hand.destination[0].host = "grants.example".into();
    hand.connection.public.insert("proxy".into(), "http://evil.example".into());
    assert!(matches!(hand.begin(), Err(NotBegun::Changed(_))));
    assert!(!is_marked(&store) && store.file("eu") == text);
}

#[test]
fn somebody_has_to_be_there_to_seal_for() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    let list = store.workspace.read("connections/.recipients");
    store.workspace.write("connections/.recipients", &format!("{list}age1typo\n"));
    assert!(matches!(hand.begin(), Err(NotBegun::BadRecipient(5))), "{:?}", hand.begin());
    store.workspace.write("connections/.recipients", "# nobody\n");
    assert!(matches!(hand.begin(), Err(NotBegun::NoRecipients)));
    fs::remove_file(store.workspace.path("connections/.recipients")).unwrap();
    assert!(matches!(hand.begin(), Err(NotBegun::NoRecipients)));
    assert!(!is_marked(&store));
    // A new one is sealed for, and can be told beforehand.
    let new = Identity::generate().0;
    let key = new.recipient().unwrap().text();
    store.workspace.write("connections/.recipients", &format!("{list}{key}\n"));
    let renewal = hand.go();
    assert_eq!(renewal.new_recipients(), [key]);
    // Spoiled in the meantime: it is sealed for those of the beginning.
    store.workspace.write("connections/.recipients", "age1typo\n");
    renewal.keep(&tokens(1, EXPIRED)).unwrap();
    assert_eq!(open(&store.workspace.path("connections/eu.yaml"), &[new]).recipients.len(), 2);
}

#[test]
fn an_empty_refresh_token_is_none() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    let new = super::Tokens { refresh_token: Some(Secret::new("")), ..tokens(1, EXPIRED) };
    let secrets: Fields<Secret> = hand.go().keep(&new).unwrap();
    assert_eq!(number(secrets.get("refresh_token")), 0);
}
