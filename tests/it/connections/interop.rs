//! The `age` program of the distribution on both sides: it opens what we seal, and we open what it seals.

use std::process::{Command, Stdio};

use super::{CANARY, OTHER, Store, feed};
use crate::cli::workspace::{Ended, run};

/// A program of the distribution. Without it there is nothing to compare with, but where it was promised.
fn there(program: &str) -> bool {
    let there =
        Command::new(program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).status();
    assert!(there.is_ok() || std::env::var_os("TUGTEST_STORE_PRIVATE").is_none(), "{program} is not installed");
    there.is_ok()
}

/// The sealed block of a file, as it can be given to `age`.
fn block(store: &Store, name: &str) -> String {
    let file = store.file(name);
    let (_, block) = file.split_once("sealed: |\n").expect("a sealed block");
    block.lines().map(|line| line.trim_start().to_owned() + "\n").collect::<Vec<_>>().concat()
}

fn age(store: &Store, words: &str, given: &str) -> Ended {
    let mut age = Command::new("age");
    age.args(words.split_whitespace()).current_dir(store.workspace.root());
    feed(&mut age, given.as_bytes())
}

#[test]
fn age_opens_what_we_seal() {
    if !there("age") {
        return;
    }
    let store = Store::with_one();
    let opened = age(&store, "-d -i home/config/tugtest/identity.txt", &block(&store, "eu")).ends_with(0);
    let content: serde_json::Value = serde_json::from_str(&opened.stdout).expect("JSON");
    assert_eq!(content["fields"]["api_key"], CANARY);
    assert_eq!(
        (&content["name"], &content["app"], &content["type"]),
        (&"eu".into(), &"klaviyo".into(), &"api-key".into())
    );
    assert_eq!(content["destination"], serde_json::json!([{"scheme": "https", "host": "a.klaviyo.com", "port": 443}]));
}

#[test]
fn we_open_what_age_seals() {
    if !there("age") {
        return;
    }
    let store = Store::with_one();
    let print = store.key("eu");
    let opened = age(&store, "-d -i home/config/tugtest/identity.txt", &block(&store, "eu")).ends_with(0);
    // The file of recipients is one that the program takes as it is.
    let sealed = age(&store, "-a -R connections/.recipients", &opened.stdout).ends_with(0).stdout;
    let text = format!("app: klaviyo\ntype: api-key\nsealed: |\n  {}\n", sealed.trim_end().replace('\n', "\n  "));
    store.workspace.write("connections/eu.yaml", &text);
    assert_eq!(store.key("eu"), print);
    let other = opened.stdout.replace(CANARY, OTHER).replace("\"eu\"", "\"us\"");
    let sealed = age(&store, "-a -R connections/.recipients", &other).ends_with(0).stdout;
    let text = format!("app: klaviyo\nsealed: |\n  {}\n", sealed.trim_end().replace('\n', "\n  "));
    store.workspace.write("connections/us.yaml", &text);
    assert!(store.key("us").is_some_and(|other| Some(other) != print));
    assert!(store.run("connections show eu").ends_with(0).stdout.contains("sealed, fingerprint"));
}

#[test]
fn an_identity_with_a_passphrase_is_read_from_a_descriptor() {
    if !there("age") || !there("script") {
        return;
    }
    let store = Store::with_one();
    // `age -p` asks on a terminal; what it writes is what age itself would take as an identity.
    let script = "printf 'canary pass\\ncanary pass\\n' | script -qec 'age -p -a -o locked home/config/tugtest/identity.txt' /dev/null > /dev/null; chmod 600 locked";
    run(Command::new("sh").args(["-c", script]).current_dir(store.workspace.root())).ends_with(0);
    assert!(store.workspace.read("locked").starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    store.workspace.write("passphrase", "canary pass\n");
    store.workspace.write("wrong", "canary wrong\n");
    let with = |descriptor: &str| {
        let tool = store.tool("connections show eu");
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec \"$@\" {descriptor}"), "sh"]).arg(tool.get_program()).args(tool.get_args());
        shell
            .envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(store.workspace.root());
        shell.env("TUGTEST_IDENTITY", "locked");
        if !descriptor.is_empty() {
            shell.env("TUGTEST_PASSPHRASE_FD", "3");
        }
        run(&mut shell)
    };
    with("3< passphrase").ends_with(0);
    let wrong = with("3< wrong").ends_with(2);
    assert!(
        wrong.stderr.contains("the passphrase does not open locked") && !wrong.stderr.contains("canary"),
        "{}",
        wrong.stderr
    );
    let nobody = with("").ends_with(2);
    assert!(nobody.stderr.contains("has a passphrase, and there is nobody to ask"), "{}", nobody.stderr);
}

#[test]
fn ssh_keys_are_recipients_and_identities() {
    if !there("ssh-keygen") {
        return;
    }
    let store = Store::with_one();
    for (kind, size) in [("ed25519", "256"), ("rsa", "2048")] {
        let words = format!("-q -t {kind} -b {size} -N  -C kim -f {kind}");
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(words.split(' ')).current_dir(store.workspace.root());
        run(&mut keygen).ends_with(0);
        let public = store.workspace.read(&format!("{kind}.pub"));
        let mut rekey = store.tool("connections rekey --yes --add");
        let ended = run(rekey.arg(public.trim())).ends_with(0);
        assert!(ended.stderr.contains("+ kim ssh-"), "{}", ended.stderr);
        let mut show = store.tool("connections show eu");
        run(show.env("TUGTEST_IDENTITY", kind)).ends_with(0);
    }
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-p", "-P", "", "-N", "canary pass", "-f", "ed25519"]).current_dir(store.workspace.root());
    run(&mut keygen).ends_with(0);
    let mut show = store.tool("connections show eu");
    let locked = run(show.env("TUGTEST_IDENTITY", "ed25519")).ends_with(2);
    assert!(locked.stderr.contains("has a passphrase"), "{}", locked.stderr);
    let script = "exec 3< pass; exec \"$@\"";
    store.workspace.write("pass", "canary pass");
    let tool = store.tool("connections show eu");
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(tool.get_program()).args(tool.get_args());
    shell.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(store.workspace.root());
    run(shell.env("TUGTEST_IDENTITY", "ed25519").env("TUGTEST_PASSPHRASE_FD", "3")).ends_with(0);
}
