//! Processes that are killed while they refresh.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tugtest::vault::renewal::{self, Begun};

use super::child::{spent, start};
use super::{Hand, give, in_clear, is_marked, world};

/// Kills children at random moments of a refresh. After each the file opens with the old tokens or the new ones, a token that was sent is
/// never sent again, and what was said to be kept is there.
fn kill_refreshes(rounds: u32) {
    let store = world();
    let root = store.workspace.root();
    let begun = Instant::now();
    assert_eq!(start(root, "refresh").end(), "kept 1");
    let mut whole = begun.elapsed();
    let mut random = fastrand::Rng::with_seed(13);
    let (mut old, mut lost, mut new) = (0, 0, 0);
    for round in 0..rounds {
        let before = Hand::of(root).token();
        let child = start(root, "refresh");
        std::thread::sleep(whole.mul_f64(0.2 + random.f64()));
        let said = child.kill();
        let hand = Hand::of(root);
        let sent = spent(root);
        assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), sent.len(), "round {round}: a token was sent twice");
        let was_sent = sent.contains(&before);
        assert_eq!(in_clear(root), Vec::<std::path::PathBuf>::new(), "round {round}");
        whole = whole.mul_f64(if hand.token() == before { 1.08 } else { 0.92 });
        if hand.token() != before {
            assert!(was_sent && hand.token() == before + 1, "round {round}: {said}");
            assert_eq!(renewal::unfinished(root, "eu", hand.secrets.get("refresh_token")), None, "round {round}");
            // A marker that may be left is of the old token: nobody is held up by it.
            hand.go().abandon();
            assert!(!is_marked(&store), "round {round}");
            new += 1;
            continue;
        }
        assert!(!said.starts_with("kept"), "round {round}: it said so, and it was not");
        if is_marked(&store) {
            hand.is_unfinished();
            lost += 1;
            let next = before + 1000;
            give(
                &store,
                "edit eu",
                &format!("\"access_token\": \"at-canary-{next}\", \"refresh_token\": \"rt-canary-{next}\""),
            );
            assert!(!is_marked(&store), "round {round}: who reconnects starts anew");
        } else {
            assert!(!was_sent, "round {round}: sent without a marker");
            hand.go().abandon();
            old += 1;
        }
    }
    let least = rounds / 20;
    assert!(old > least && lost > least && new > least, "{old} before it began, {lost} without an end, {new} kept");
}

#[test]
fn a_refresh_that_is_killed_is_kept_or_never_sent_again() {
    kill_refreshes(60);
}

#[test]
#[ignore = "long: tests/store/run"]
fn a_thousand_killed_refreshes() {
    kill_refreshes(1000);
}

#[test]
fn whoever_comes_after_a_killed_one_does_not_send_its_token() {
    let store = world();
    let root = store.workspace.root();
    let mut holder = start(root, "refresh hold");
    assert_eq!([holder.next(), holder.next()], [Some("loaded".to_owned()), Some("go".to_owned())]);
    let begun = Instant::now();
    assert_eq!(start(root, "refresh impatient").end(), "not begun: Busy");
    let waiting = start(root, "refresh");
    std::thread::sleep(Duration::from_millis(200));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(renewal::unfinished(root, "eu", None), None, "one that is under way is not unfinished");
    holder.kill();
    assert_eq!(waiting.end(), "unfinished");
    assert_eq!(spent(root), [0]);
    let hand = Hand::of(root);
    assert!(renewal::unfinished(root, "eu", hand.secrets.get("refresh_token")).is_some());
    assert!(matches!(hand.begin(), Ok(Begun::Unfinished { .. })));
}
