//! Crashes and crowds: writers that are killed, and many at once. The long rounds are run by `tests/store/run`.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{CANARY, OTHER, Store};

/// Starts an edit that gives this key.
fn begin_edit(store: &Store, key: &str) -> Child {
    let given = format!("given-{key}.json");
    if !store.workspace.path(&given).exists() {
        store.workspace.write(&given, &format!(r#"{{"fields": {{"api_key": "{key}"}}}}"#));
    }
    let stdin = fs::File::open(store.workspace.path(&given)).expect("what is given");
    let mut tool = store.tool("connections edit eu --stdin --no-probe");
    tool.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the tool starts")
}

/// Kills edits at random moments. After each, the file opens as the old or the new one, and nothing is left in clear.
fn kill_edits(rounds: u32) {
    let store = Store::with_one();
    let opened = |key: &str| {
        store.add("probe", key).ends_with(0);
        let print = store.key("probe");
        store.run("connections delete probe --yes").ends_with(0);
        print.expect("it opens")
    };
    let prints = [opened(CANARY), opened(OTHER)];
    let begun = Instant::now();
    begin_edit(&store, CANARY).wait().expect("it ends");
    let mut whole = begun.elapsed();
    let mut random = fastrand::Rng::with_seed(7);
    let (mut killed, mut rests, mut changed) = (0, 0, 0);
    let mut now = 0;
    for round in 0..rounds {
        let wish = 1 - now;
        let mut child = begin_edit(&store, [CANARY, OTHER][wish]);
        std::thread::sleep(whole.mul_f64(0.1 + random.f64()));
        killed += u32::from(child.kill().is_ok() && !child.wait().expect("it ends").success());
        let print = store.key("eu").unwrap_or_else(|| panic!("round {round}: the file does not open"));
        let found = prints.iter().position(|known| *known == print);
        let found = found.unwrap_or_else(|| panic!("round {round}: neither the old secret nor the new one"));
        assert!(found == now || found == wish);
        changed += u32::from(found == wish);
        // The moments gather around that of the change, however busy the machine is.
        whole = whole.mul_f64(if found == wish { 0.9 } else { 1.1 });
        now = found;
        for entry in fs::read_dir(store.workspace.path("connections")).expect("the folder").flatten() {
            let text = fs::read(entry.path()).expect("a file");
            let clear = text.windows(6).any(|part| part == b"canary");
            assert!(!clear, "round {round}: {} holds a secret in clear", entry.path().display());
            rests += u32::from(entry.file_name().to_string_lossy().starts_with(".tugtest-"));
        }
    }
    assert!(killed > rounds / 4 && changed > rounds / 10, "killed {killed}, changed {changed} of {rounds}");
    // Whoever writes next clears up.
    store.run("connections edit eu --label done --no-probe").ends_with(0);
    let left = fs::read_dir(store.workspace.path("connections")).expect("the folder").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with(".tugtest-")).count();
    assert_eq!(left, 0, "{rests} rests were met");
}

#[test]
fn an_edit_that_is_killed_leaves_the_old_file_or_the_new_one() {
    kill_edits(60);
}

#[test]
#[ignore = "long: tests/store/run"]
fn a_thousand_killed_edits() {
    kill_edits(1000);
}

/// So many processes that each add so many connections, at once.
fn crowd(processes: usize, adds: usize) {
    let store = Store::with_one();
    std::thread::scope(|scope| {
        for process in 0..processes {
            let store = &store;
            scope.spawn(move || {
                for number in 0..adds {
                    store.add(&format!("p{process}-{number}"), CANARY).ends_with(0);
                }
            });
        }
    });
    let listed = store.run("connections list --format json").ends_with(0).json();
    let rows = listed["connections"].as_array().expect("rows");
    assert_eq!(rows.len(), processes * adds + 1);
    assert!(rows.iter().all(|row| row["state"] == "sealed"));
    assert_eq!(store.workspace.read("connections/.recipients").matches("age1").count(), 1);
    assert_eq!(store.key("p0-0"), store.key("eu"));
}

#[test]
fn writers_at_once_lose_nothing() {
    crowd(8, 4);
}

#[test]
#[ignore = "long: tests/store/run"]
fn fifty_processes_with_twenty_adds_each() {
    crowd(50, 20);
}

#[test]
fn one_identity_is_made_however_many_come_first() {
    let store = Store::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let store = &store;
            scope.spawn(move || store.add(&format!("c{number}"), CANARY).ends_with(0));
        }
    });
    assert_eq!(store.workspace.read("connections/.recipients").matches("age1").count(), 1);
    let prints: Vec<_> = (0..8).map(|number| store.key(&format!("c{number}"))).collect();
    assert!(prints.iter().all(|print| print.is_some() && *print == prints[0]), "{prints:?}");
}

#[cfg(unix)]
#[test]
fn a_killed_holder_of_the_lock_blocks_nobody() {
    use std::os::unix::process::CommandExt as _;

    let store = Store::with_one();
    // The holder of the lock waits for an answer that never comes, and is killed.
    let mut holder = std::process::Command::new("flock");
    holder.args(["connections/.lock", "sleep", "60"]).current_dir(store.workspace.root()).process_group(0);
    let Ok(mut holder) = holder.spawn() else {
        assert!(std::env::var_os("TUGTEST_STORE_PRIVATE").is_none(), "flock is not installed");
        return;
    };
    std::thread::sleep(Duration::from_millis(200));
    let mut waiting = begin_edit(&store, OTHER);
    std::thread::sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().expect("it can be asked").is_none(), "it waits for the lock");
    let begun = Instant::now();
    // Both: the lock belongs to the open file, which the sleeper has too.
    let group = format!("kill -9 -{}", holder.id());
    assert!(std::process::Command::new("sh").args(["-c", &group]).status().expect("a shell").success());
    assert!(waiting.wait().expect("it ends").success());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    holder.wait().expect("it was killed");
}

#[test]
#[ignore = "long: tests/store/run"]
fn two_hundred_killed_rekeys() {
    let store = Store::with_one();
    for number in 0..20 {
        store.add(&format!("c{number}"), CANARY).ends_with(0);
    }
    let mut random = fastrand::Rng::with_seed(11);
    for round in 0..200 {
        let words = if round % 2 == 0 { "connections rekey --yes" } else { "connections rekey --new-identity --yes" };
        let mut tool = store.tool(words);
        let child = tool.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the tool starts");
        std::thread::sleep(Duration::from_micros(random.u64(0..120_000)));
        let _ = child.kill();
        child.wait().expect("it ends");
        for name in ["eu", "c0", "c7", "c19"] {
            assert!(store.key(name).is_some(), "round {round}: `{name}` does not open");
        }
    }
}
