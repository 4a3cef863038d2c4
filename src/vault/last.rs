//! The last verdicts of a workspace's connections, in its local state. One for each way of running: a mocked pass says nothing of a server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{local, store};
use crate::model::cause::Cause;
use crate::model::last::LastVerdict;
use crate::model::report::Mode;
use crate::model::verdict::Verdict;

/// The file in the local state.
const FILE: &str = "verdicts.json";
/// How long a run waits for another one that is writing; what it would have remembered is worth no more.
const PATIENCE: Duration = Duration::from_millis(500);
/// A file of more is not ours.
const MOST: u64 = 64 << 20;

/// What is remembered of every connection.
#[derive(Debug, Default)]
pub struct LastVerdicts {
    known: BTreeMap<String, Entry>,
    now: Timestamp,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mocked: Option<Line>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    verdict: String,
    cause: Option<String>,
    account: Option<Box<str>>,
    at: Box<str>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    connections: BTreeMap<String, Entry>,
}

impl LastVerdicts {
    /// What the local state of a workspace holds; nothing where it is lost or cannot be read.
    #[must_use]
    pub fn of(root: &Path, now: Timestamp) -> Self {
        LastVerdicts { known: read(root), now }
    }

    /// The last verdict of a live run.
    #[must_use]
    pub fn live(&self, connection: &str) -> Option<LastVerdict> {
        self.known.get(connection)?.live.as_ref()?.verdict(Mode::Live, self.now)
    }

    /// The last verdict of a live run, or of a mocked one where there was none.
    #[must_use]
    pub fn any(&self, connection: &str) -> Option<LastVerdict> {
        let mocked = || self.known.get(connection)?.mocked.as_ref()?.verdict(Mode::Mocked, self.now);
        self.live(connection).or_else(mocked)
    }
}

fn read(root: &Path) -> BTreeMap<String, Entry> {
    let path = file(root);
    let small = std::fs::metadata(&path).is_ok_and(|found| found.len() <= MOST);
    let text = small.then(|| std::fs::read(&path).ok()).flatten();
    let document: Option<Document> = text.and_then(|text| serde_json::from_slice(&text).ok());
    document.filter(|document| document.version == 1).map(|document| document.connections).unwrap_or_default()
}

/// Adds what a run found. Where that cannot be kept, nothing is: no run fails for it.
pub fn remember(root: &Path, found: BTreeMap<String, LastVerdict>) {
    change(root, |known| {
        for (name, last) in found {
            let entry = known.entry(name).or_default();
            match last.mode {
                Mode::Live => entry.live = Some(Line::of(last)),
                Mode::Mocked => entry.mocked = Some(Line::of(last)),
            }
        }
    });
}

/// Carries what is known over to a connection's new name.
pub fn rename(root: &Path, old: &str, new: &str) {
    change(root, |known| {
        if let Some(entry) = known.remove(old) {
            known.insert(new.to_owned(), entry);
        }
    });
}

/// Forgets a connection.
pub fn forget(root: &Path, name: &str) {
    if read(root).contains_key(name) {
        change(root, |known| drop(known.remove(name)));
    }
}

fn change(root: &Path, change: impl FnOnce(&mut BTreeMap<String, Entry>)) {
    let folder = local::folder(root);
    if local::make(&folder).is_err() {
        return;
    }
    let Ok(_lock) = store::Lock::take(&folder, PATIENCE) else { return };
    store::clean(&folder);
    let mut connections = read(root);
    change(&mut connections);
    if let Ok(text) = serde_json::to_vec(&Document { version: 1, connections }) {
        // Best effort, as said above.
        let _ = store::write(&file(root), &text);
    }
}

fn file(root: &Path) -> PathBuf {
    local::folder(root).join(FILE)
}

impl Line {
    fn of(last: LastVerdict) -> Self {
        let cause = last.cause.map(|cause| cause.code().to_owned());
        Line { verdict: last.verdict.name().to_owned(), cause, account: last.account, at: last.at }
    }

    /// None when another version wrote words that this one does not know.
    fn verdict(&self, mode: Mode, now: Timestamp) -> Option<LastVerdict> {
        let then: Timestamp = self.at.parse().ok()?;
        let age = Duration::from_secs(u64::try_from(now.as_second() - then.as_second()).unwrap_or_default());
        let verdicts = [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive];
        let verdict = verdicts.into_iter().find(|verdict| verdict.name() == self.verdict)?;
        let cause = self.cause.as_deref().and_then(Cause::from_code);
        Some(LastVerdict { verdict, cause, account: self.account.clone(), at: self.at.clone(), age, mode })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(root: &Path) -> LastVerdicts {
        LastVerdicts::of(root, "2026-01-31T12:01:00Z".parse().unwrap())
    }

    fn last(verdict: Verdict, cause: Option<Cause>, mode: Mode) -> BTreeMap<String, LastVerdict> {
        let last = LastVerdict {
            verdict,
            cause,
            account: Some("Acme".into()),
            at: "2026-01-31T12:00:00Z".into(),
            age: Duration::ZERO,
            mode,
        };
        [("eu".to_owned(), last)].into()
    }

    #[test]
    fn a_live_verdict_is_not_hidden_by_a_mocked_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(known(root).any("eu"), None);
        remember(root, last(Verdict::Pass, None, Mode::Mocked));
        assert_eq!(known(root).live("eu"), None);
        assert_eq!(known(root).any("eu").map(|last| last.mode), Some(Mode::Mocked));
        remember(root, last(Verdict::Fail, Some(Cause::CredentialRejected), Mode::Live));
        remember(root, last(Verdict::Pass, None, Mode::Mocked));
        let found = known(root).any("eu").unwrap();
        assert_eq!((found.verdict, found.cause), (Verdict::Fail, Some(Cause::CredentialRejected)));
        assert_eq!(found.age, Duration::from_secs(60));
        rename(root, "eu", "us");
        assert_eq!(known(root).any("us"), Some(found));
        forget(root, "us");
        assert_eq!(known(root).any("us"), None);
        assert!(root.join(".tugtest/.gitignore").exists());
    }

    #[test]
    fn a_lost_or_strange_state_is_no_state() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(local::folder(root)).unwrap();
        for text in [
            "",
            "{",
            r#"{"version": 2, "connections": {}}"#,
            r#"{"version": 1, "connections": {"eu": {"live": {"verdict": "odd", "cause": null, "account": null, "at": ""}}}}"#,
        ] {
            std::fs::write(file(root), text).unwrap();
            assert_eq!(known(root).any("eu"), None, "{text}");
        }
        remember(root, last(Verdict::Pass, None, Mode::Live));
        assert!(known(root).live("eu").is_some());
    }
}
