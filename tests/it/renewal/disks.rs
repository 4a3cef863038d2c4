//! Disks as they are: no refresh begins where its tokens could not be kept.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use tugtest::vault::renewal::NotBegun;
use tugtest::vault::store::NotWritten;

use super::child::{command, spent};
use super::{Hand, is_marked, world};
use crate::connections::Store;

/// Whether something that the long tests need is missing here, where it may be.
fn lacks(what: &str, there: bool) -> bool {
    assert!(there || std::env::var_os("TUGTEST_STORE_PRIVATE").is_none(), "{what} is needed");
    !there
}

/// What a child says when its folders are prepared by this script, as root in a mount namespace of its own; `$CHILD` refreshes.
fn mounted(store: &Store, mode: &str, script: &str) -> Option<String> {
    let able = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|output| output.status.success());
    if lacks("a mount namespace", able) {
        return None;
    }
    let child = command(store.workspace.root(), mode);
    let mut shell = Command::new("unshare");
    let words = super::child::WORDS.join(" ");
    let script = format!(
        "set -e; child() {{ \"$1\" {words} | sed -un 's/^> //p'; }}; small() {{ mkdir -p $1; cp -a $1 kept; mount -t tmpfs -o size=1m none $1; cp -a kept/. $1/; }}
         fill() {{ dd if=/dev/zero of=$1/fill bs=1024 count=2000 2> /dev/null || true; }}
         {script}"
    );
    shell.args(["--mount", "--propagation", "private", "sh", "-c", &script, "sh"]).arg(child.get_program());
    shell.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(store.workspace.root());
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn nothing_begins_where_nothing_can_be_kept() {
    let read_only = |folder: &str| format!("small {folder}; mount -o remount,ro {folder}; child \"$1\"");
    let full = |folder: &str| format!("small {folder}; fill {folder}; child \"$1\"");
    let cases = [
        (read_only("connections"), "connections: Failed(Os { code: 30"),
        (full("connections"), "connections/eu.yaml: Failed(Custom { kind: StorageFull"),
        (read_only(".tugtest"), ".tugtest: "),
        (full(".tugtest"), ".tugtest"),
        (
            "mount --bind connections/eu.yaml connections/eu.yaml; child \"$1\"".to_owned(),
            "connections/eu.yaml: Failed(Os { code: 18",
        ),
    ];
    for (script, expected) in cases {
        let store = world();
        let script =
            format!("{script}; ls -A connections .tugtest/refresh 2> /dev/null | grep -e json -e 'tmp$' || true");
        let Some(said) = mounted(&store, "refresh", &script) else { return };
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!((lines.len(), lines[0]), (2, "loaded"), "{script}\n{said}");
        assert!(lines[1].starts_with(&format!("not writable: {expected}")), "{script}\n{said}");
        assert_eq!(spent(store.workspace.root()), Vec::<u32>::new(), "nothing was sent");
        Hand::of(store.workspace.root()).go().abandon();
    }
}

#[test]
fn a_disk_that_fills_up_meanwhile_has_room_left_for_the_tokens() {
    let store = world();
    let script = "small connections
        child \"$1\" > said & for _ in $(seq 1000); do if grep -q go said; then break; fi; sleep 0.01; done
        fill connections; touch end; wait; rm connections/fill; cp connections/eu.yaml kept.yaml; cat said";
    let Some(said) = mounted(&store, "refresh hold long", script) else { return };
    assert_eq!(said, "loaded\ngo\nkept 1\n");
    fs::copy(store.workspace.path("kept.yaml"), store.workspace.path("connections/eu.yaml")).unwrap();
    assert_eq!(Hand::of(store.workspace.root()).token(), 1);
}

#[test]
fn a_link_is_not_written_through() {
    let store = world();
    let (path, elsewhere) = (store.workspace.path("connections/eu.yaml"), store.workspace.path("elsewhere.yaml"));
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    let hand = Hand::of(store.workspace.root());
    assert!(matches!(hand.begin(), Err(NotBegun::NotWritable(place, NotWritten::Link)) if place == path));
    assert!(!is_marked(&store));
}

#[test]
fn what_is_sent_and_what_is_used_is_on_the_disk_before() {
    let store = world();
    let child = command(store.workspace.root(), "refresh");
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-y",
        "-o",
        "trace.txt",
        "-e",
        "trace=openat,fsync,rename,renameat,renameat2,unlink,unlinkat,write",
    ]);
    strace.arg(child.get_program()).args(child.get_args()).current_dir(store.workspace.root());
    strace.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = strace.output().is_ok_and(|output| output.status.success());
    if lacks("strace", ran) {
        return;
    }
    let trace = store.workspace.read("trace.txt");
    let mut lines = trace.lines().enumerate();
    // Each is looked for after the one before it.
    for (call, what) in [
        ("fsync(", "/connections/.tugtest-"), // room for the tokens
        ("fsync(", "/refresh/.tugtest-"),     // the marker
        ("rename", "/refresh/eu.json\""),     // in its place
        ("fsync(", "/.tugtest/refresh>)"),    // and its name
        ("fsync(", "/.tugtest>)"),            // and its folder's
        ("write(", "server.log"),             // it is sent
        ("fsync(", "/connections/.tugtest-"), // the tokens
        ("rename", "/connections/eu.yaml\""), // in their place
        ("fsync(", "/connections>)"),         // and its name
        ("unlink", "/refresh/eu.json\""),     // no marker any more
        ("write(", "> kept 1"),               // and they are used
    ] {
        let found = lines.find(|(_, line)| line.contains(call) && line.contains(what));
        assert!(found.is_some(), "no {call} {what} in its place\n{trace}");
    }
}
