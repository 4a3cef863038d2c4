//! A process that refreshes: this very test program, told by its environment what to do.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tugtest::model::secret::Secret;
use tugtest::vault::renewal::{Begun, NotBegun, NotKept};

use super::{Hand, tokens};

const MODE: &str = "TUGTEST_RENEWAL_CHILD";

/// What the child does, step by step. Without a mode this is no child, and nothing is done.
#[test]
fn child() {
    let Ok(mode) = std::env::var(MODE) else { return };
    let root = std::env::current_dir().expect("a folder");
    let mut hand = Hand::of(&root);
    tell("loaded");
    if mode.contains("impatient") {
        hand.patience = Duration::ZERO;
    }
    if mode.contains("together") {
        wait_for(&root.join("start"));
    }
    match hand.begin() {
        Ok(Begun::Go(renewal)) => {
            let next = spend(&root, hand.token());
            tell("go");
            if mode.contains("hold") {
                wait_for(&root.join("end"));
            }
            std::thread::sleep(Duration::from_millis(3));
            let mut new = tokens(next, "2026-02-01T09:30:00Z");
            if mode.contains("long") {
                new.access_token = Secret::new(format!("{}-canary-{next}", "x".repeat(11 << 10)));
            }
            match renewal.keep(&new) {
                Ok(secrets) => tell(&format!("kept {}", super::number(secrets.get("refresh_token")))),
                Err(NotKept::NotWritten(_, why)) => tell(&format!("not kept: {why:?}")),
                Err(why) => tell(&format!("not kept: {why:?}")),
            }
        }
        Ok(Begun::Renewed { secrets, .. }) => tell(&format!("renewed {}", super::number(secrets.get("refresh_token")))),
        Ok(Begun::Unfinished { .. }) => tell("unfinished"),
        Err(NotBegun::NotWritable(place, why)) => {
            let place = place.strip_prefix(&root).unwrap_or(&place).display().to_string();
            tell(&format!("not writable: {place}: {why:?}"));
        }
        Err(why) => tell(&format!("not begun: {why:?}")),
    }
}

/// A server that takes each refresh token once: what it was sent, a line each. The next token has the number that comes back.
fn spend(root: &Path, token: u32) -> u32 {
    let mut log = OpenOptions::new().create(true).append(true).open(root.join("server.log")).expect("a log");
    log.write_all(format!("{token}\n").as_bytes()).expect("it is written");
    token + 1
}

/// The refresh tokens that the server was sent, in order.
pub(super) fn spent(root: &Path) -> Vec<u32> {
    let log = fs::read_to_string(root.join("server.log")).unwrap_or_default();
    log.lines().map(|line| line.parse().expect("a number")).collect()
}

#[expect(clippy::print_stdout, reason = "this is how a child talks to its parent")]
fn tell(text: &str) {
    println!("\n> {text}");
}

fn wait_for(file: &Path) {
    let begun = Instant::now();
    while !file.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody is there any more");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The words that make this program such a child.
pub(super) const WORDS: [&str; 3] = ["--exact", "renewal::child::child", "--nocapture"];

/// This program, as a child in a workspace.
pub(super) fn command(root: &Path, mode: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(WORDS).env(MODE, mode).current_dir(root);
    command
}

/// A child that runs.
pub(super) struct Running {
    pub(super) process: Child,
    said: BufReader<ChildStdout>,
}

pub(super) fn start(root: &Path, mode: &str) -> Running {
    let mut process =
        command(root, mode).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a child");
    let said = BufReader::new(process.stdout.take().expect("it is piped"));
    Running { process, said }
}

impl Running {
    /// The next thing that it says; none at its end.
    pub(super) fn next(&mut self) -> Option<String> {
        self.said.by_ref().lines().map_while(Result::ok).find_map(|line| line.strip_prefix("> ").map(str::to_owned))
    }

    /// The last thing that it says, once it has ended.
    pub(super) fn end(mut self) -> String {
        let mut last = String::new();
        while let Some(said) = self.next() {
            last = said;
        }
        self.process.wait().expect("it ends");
        last
    }

    pub(super) fn kill(mut self) -> String {
        self.process.kill().expect("it can be killed");
        self.end()
    }
}
