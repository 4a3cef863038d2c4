//! Disks as they are: links, modes, folders that cannot be written to, no space left.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::{CANARY, OTHER, Store};
use crate::cli::workspace::run;

fn mode(store: &Store, path: &str) -> u32 {
    fs::metadata(store.workspace.path(path)).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn files_are_private_whatever_the_umask() {
    for umask in ["000", "077", "022"] {
        let store = Store::new();
        let script = format!("umask {umask}; exec \"$@\" < given.json");
        store.workspace.write("given.json", &format!(r#"{{"fields": {{"api_key": "{CANARY}"}}}}"#));
        let tool = store.tool("connections add eu --app klaviyo --stdin --no-probe");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, "sh"]).arg(tool.get_program()).args(tool.get_args());
        shell
            .envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(store.workspace.root());
        run(&mut shell).ends_with(0);
        for file in ["connections/eu.yaml", "connections/.recipients", "home/config/tugtest/identity.txt"] {
            assert_eq!(mode(&store, file), 0o600, "{file} under umask {umask}");
        }
        assert_eq!(mode(&store, "home/config/tugtest"), 0o700, "under umask {umask}");
    }
}

#[test]
fn a_link_in_place_of_a_file_is_left_alone() {
    let store = Store::with_one();
    let elsewhere = store.workspace.path("elsewhere.yaml");
    fs::rename(store.workspace.path("connections/eu.yaml"), &elsewhere).unwrap();
    symlink(&elsewhere, store.workspace.path("connections/eu.yaml")).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    for words in [
        "connections edit eu --label x --no-probe",
        "connections delete eu --yes",
        "connections rename eu us --yes",
        "connections rekey --yes",
        "connections default eu",
    ] {
        let ended = store.run(words).ends_with(2);
        assert!(ended.stderr.contains("connections/eu.yaml is a link"), "{words}: {}", ended.stderr);
        assert_eq!(fs::read(&elsewhere).unwrap(), before, "{words}");
    }
    // A link that leads nowhere is no free name either.
    symlink("/nowhere", store.workspace.path("connections/us.yaml")).unwrap();
    store.add("us", CANARY).ends_with(2);
    fs::remove_file(store.workspace.path("connections/.lock")).unwrap();
    symlink(store.workspace.path("victim"), store.workspace.path("connections/.lock")).unwrap();
    store.add("new", CANARY).ends_with(5);
    assert!(!store.workspace.path("victim").exists(), "no file is made through a link");
}

#[test]
fn an_identity_that_others_can_read_is_refused_with_the_way_out() {
    let store = Store::with_one();
    let path = store.workspace.path("home/config/tugtest/identity.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let ended = store.run("connections show eu").ends_with(2);
    assert!(ended.stderr.contains("can be read by others"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("chmod 600 {}", path.display())), "{}", ended.stderr);
    let step = store.run("probe eu --format json").ends_with(1).step();
    assert_eq!(step["cause"], "secret-unavailable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    store.run("connections show eu").ends_with(0);
}

#[test]
fn a_clear_secret_that_others_can_read_is_refused_with_the_way_out() {
    let store = Store::new();
    store.workspace.write("connections/c.yaml", &format!("app: klaviyo\nfields: {{api_key: {CANARY}}}\n"));
    let path = store.workspace.path("connections/c.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let step = store.run("probe c --format json").ends_with(1).step();
    assert_eq!(step["cause"], "secret-unavailable");
    assert!(step["remedy"].as_str().unwrap().contains("chmod 600 connections/c.yaml"), "{step}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let step = store.run("probe c --format json --timeout 5s").step();
    assert_ne!(step["cause"], "secret-unavailable");
}

/// Runs the tool where the folder of connections is another file system: as root, in a mount namespace of its own.
fn mounted(store: &Store, options: &str, script: &str) -> Option<crate::cli::workspace::Ended> {
    let able = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|output| output.status.success());
    if !able {
        // Not root, or not Linux: tests/store/run is where this has to run.
        assert!(std::env::var_os("TUGTEST_STORE_PRIVATE").is_none(), "a mount namespace of one's own takes root");
        return None;
    }
    let tool = store.tool("");
    let mut shell = Command::new("unshare");
    let mount = format!(
        "set -e; cp -a connections kept; mount -t tmpfs -o {options} none connections; cp -a kept/. connections/; {script}"
    );
    shell.args(["--mount", "--propagation", "private", "sh", "-c", &mount, "sh"]).arg(tool.get_program());
    shell.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(store.workspace.root());
    Some(run(&mut shell))
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let store = Store::with_one();
    store.workspace.write("given.json", &format!(r#"{{"fields": {{"api_key": "{OTHER}"}}}}"#));
    let script = "
        dd if=/dev/zero of=connections/fill bs=1024 count=2000 2> /dev/null || true
        code=0; \"$1\" connections edit eu --stdin --no-probe < given.json || code=$?
        cmp connections/eu.yaml kept/eu.yaml
        stat -c %a connections/eu.yaml
        ls -A connections | grep -c '^\\.tugtest-' || true
        rm connections/fill
        \"$1\" connections edit eu --stdin --no-probe < given.json
        exit $code";
    let Some(ended) = mounted(&store, "size=1m", script) else { return };
    let ended = ended.ends_with(5);
    assert!(ended.stderr.contains("connections/eu.yaml was not written: there is no space left"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "600\n0\n", "the mode is the old one, and nothing unfinished is left");
    assert!(ended.stderr.ends_with("saved connections/eu.yaml, sealed for home\n"), "{}", ended.stderr);
}

#[test]
fn a_read_only_folder_is_said_and_left_alone() {
    let store = Store::with_one();
    let script = "
        mount -o remount,ro connections
        code=0; \"$1\" connections edit eu --label x --no-probe || code=$?
        cmp connections/eu.yaml kept/eu.yaml
        \"$1\" connections list > /dev/null
        exit $code";
    let Some(ended) = mounted(&store, "size=1m", script) else { return };
    assert!(ended.ends_with(5).stderr.contains("read-only"));
}

/// The system calls of an edit, by `strace`; none where it is missing.
fn traced(store: &Store, options: &[&str]) -> Option<(i32, String)> {
    let tool = store.tool("connections edit eu --stdin --no-probe");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-o", "trace.txt"]).args(options).arg(tool.get_program()).args(tool.get_args());
    strace.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(store.workspace.root());
    let given = fs::File::open(store.workspace.path("given.json")).expect("what is given");
    let promised = std::env::var_os("TUGTEST_STORE_PRIVATE").is_some();
    let output = match strace.stdin(given).output() {
        Ok(output) => output,
        Err(_) if !promised => return None,
        Err(error) => panic!("strace: {error}"),
    };
    let trace = store.workspace.read("trace.txt");
    // Where processes may not be traced there is nothing to see.
    (promised || trace.contains("exited")).then(|| (output.status.code().unwrap_or(-1), trace))
}

#[test]
fn what_is_written_is_on_the_disk_before_it_is_in_its_place() {
    let store = Store::with_one();
    store.workspace.write("given.json", &format!(r#"{{"fields": {{"api_key": "{OTHER}"}}}}"#));
    let Some((0, trace)) = traced(&store, &["-e", "trace=openat,fsync,rename,renameat,renameat2"]) else { return };
    let place = |what: &str, from: usize| {
        let lines = trace.lines().enumerate().skip(from);
        let found = lines.filter(|(_, line)| !line.contains("ENOENT")).find(|(_, line)| line.contains(what));
        found.map_or_else(|| panic!("no {what}\n{trace}"), |(number, _)| number)
    };
    let made = place("/connections/.tugtest-", 0);
    let line = trace.lines().nth(made).unwrap();
    assert!(line.contains("O_EXCL") && line.contains("0600"), "{line}");
    let synced = place("fsync(", made);
    assert!(trace.lines().nth(synced).unwrap().contains(".tugtest-"), "the file itself\n{trace}");
    let renamed = place("rename", synced);
    let folder = place("fsync(", renamed);
    assert!(trace.lines().nth(folder).unwrap().contains("/connections>)"), "then the folder\n{trace}");
}

#[test]
fn a_disk_that_fails_leaves_the_old_file_or_the_new_one() {
    let store = Store::with_one();
    let prints = {
        store.add("other", OTHER).ends_with(0);
        [store.key("eu"), store.key("other")]
    };
    store.workspace.write("given.json", &format!(r#"{{"fields": {{"api_key": "{OTHER}"}}}}"#));
    for call in ["fsync", "renameat,renameat2,rename", "write"] {
        for when in 1..=6 {
            let inject = format!("inject={call}:error=EIO:when={when}");
            let Some((code, trace)) =
                traced(&store, &["-e", "trace=fsync,write,rename,renameat,renameat2", "-e", &inject])
            else {
                return;
            };
            let print = store.key("eu");
            assert!(prints.contains(&print), "{call} {when}: {code}\n{trace}");
            assert!(matches!(code, 0 | 5), "{call} {when}: {code}\n{trace}");
        }
    }
}
