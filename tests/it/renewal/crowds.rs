//! Many at once: one refreshes, and the others take what it got.

use std::sync::Barrier;
use std::time::Duration;

use tugtest::model::secret::Secret;
use tugtest::vault::renewal::{Begun, NotBegun, Tokens};

use super::child::{spent, start};
use super::{Hand, is_marked, number, tokens, world};

#[test]
fn of_twenty_processes_one_refreshes() {
    let store = world();
    let root = store.workspace.root();
    let mut children: Vec<_> = (0..20).map(|_| start(root, "refresh together")).collect();
    for child in &mut children {
        assert_eq!(child.next().as_deref(), Some("loaded"));
    }
    store.workspace.write("start", "");
    let mut ends: Vec<String> = children.into_iter().map(super::child::Running::end).collect();
    ends.sort();
    assert_eq!(ends[0], "kept 1");
    assert_eq!(ends[1..], vec!["renewed 1"; 19]);
    assert_eq!(spent(root), [0]);
    assert!(!is_marked(&store));
}

/// So many threads with the same tokens in hand; the one that may go is given these. How many went.
fn crowd(new: &Tokens) -> usize {
    let store = world();
    let (threads, root) = (20, store.workspace.root());
    let barrier = Barrier::new(threads);
    let went = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let hand = Hand::of(root);
                    barrier.wait();
                    match hand.begin() {
                        Ok(Begun::Go(renewal)) => {
                            std::thread::sleep(Duration::from_millis(20));
                            renewal.keep(new).expect("it is kept");
                            true
                        }
                        Ok(Begun::Renewed { secrets, .. }) => {
                            assert_eq!(number(secrets.get("access_token")), 1);
                            false
                        }
                        other => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        all.into_iter().map(|thread| thread.join().expect("no panic")).filter(|went| *went).count()
    });
    assert!(!is_marked(&store));
    went
}

#[test]
fn of_twenty_threads_one_refreshes() {
    assert_eq!(crowd(&tokens(1, "2026-02-01T09:30:00Z")), 1);
}

#[test]
fn a_refresh_token_that_stays_and_no_time_are_recognised_too() {
    let access_token = Secret::new("at-canary-1");
    assert_eq!(crowd(&Tokens { access_token, refresh_token: None, expires_at: None }), 1);
}

#[test]
fn patience_ends() {
    let store = world();
    let hand = Hand::of(store.workspace.root());
    let renewal = hand.go();
    let impatient = Hand { patience: Duration::from_millis(50), ..Hand::of(store.workspace.root()) };
    let begun = std::time::Instant::now();
    assert!(matches!(impatient.begin(), Err(NotBegun::Busy)));
    assert!(begun.elapsed() >= Duration::from_millis(50));
    renewal.abandon();
    // Whoever writes to the folder holds it up as well, before anything is sent.
    let writer = tugtest::vault::store::Lock::take(&store.workspace.path("connections"), Duration::ZERO).unwrap();
    assert!(matches!(impatient.begin(), Err(NotBegun::Busy)));
    assert!(!is_marked(&store));
    drop(writer);
    impatient.go().abandon();
}
