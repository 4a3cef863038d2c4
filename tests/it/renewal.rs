//! Renewals: tokens that are exchanged once, by one process, and kept before they are used.

mod child;
mod commands;
mod crashes;
mod crowds;
mod disks;
mod meanwhile;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tugtest::model::connection::Connection;
use tugtest::model::endpoint::Address;
use tugtest::model::fields::Fields;
use tugtest::model::scheme::Scheme;
use tugtest::model::secret::Secret;
use tugtest::vault::block_of;
use tugtest::vault::crypt::{self, Identity};
use tugtest::vault::renewal::{self, Begun, NotBegun, Renewal, Request, Tokens};
use tugtest::vault::sealed::{self, Content};

use crate::connections::Store;

const APP: &str = "app: grants
title: Grants
types:
  oauth2:
    fields: {access_token: {label: Access token}, refresh_token: {label: Refresh token}}
    base_url: https://grants.example
    place: {header: Authorization, value: \"Bearer {access_token}\"}
";
/// When the access token of the connection expires, before anything is refreshed.
const EXPIRED: &str = "2026-01-31T12:00:00Z";

/// A workspace with a sealed connection `eu`, whose tokens are `rt-canary-0` and `at-canary-0`.
pub(crate) fn world() -> Store {
    let store = Store::new();
    store.workspace.write("apps/grants.yaml", APP);
    give(
        &store,
        "add eu --app grants",
        r#""client_id": "ours", "expires_at": "2026-01-31T12:00:00Z", "client_secret": "cs-canary", "access_token": "at-canary-0", "refresh_token": "rt-canary-0""#,
    );
    store
}

/// Gives fields to a command.
fn give(store: &Store, words: &str, fields: &str) {
    let ended =
        store.feed(&format!("connections {words} --stdin --no-probe"), &format!("{{\"fields\": {{{fields}}}}}"));
    ended.ends_with(0);
}

/// The number at the end of a token.
fn number(token: Option<&Secret>) -> u32 {
    let mut text = String::new();
    // The only way to a canary's text that is open to tests.
    let same = |token: &str| {
        token.clone_into(&mut text);
        token.to_owned()
    };
    drop(token.expect("it is there").encoded(same));
    text.rsplit('-').next().and_then(|number| number.parse().ok()).expect("tokens of these tests end with a number")
}

/// What a server that takes each refresh token once gives for this one.
fn tokens(number: u32, expires_at: &str) -> Tokens {
    let access_token = Secret::new(format!("at-canary-{number}"));
    let refresh_token = Some(Secret::new(format!("rt-canary-{number}")));
    Tokens { access_token, refresh_token, expires_at: Some(expires_at.parse().expect("a time")) }
}

/// A connection as a process has loaded it.
struct Hand {
    root: PathBuf,
    connection: Connection,
    destination: Vec<Address>,
    identities: Vec<Identity>,
    secrets: Fields<Secret>,
    patience: Duration,
}

impl Hand {
    fn of(root: &Path) -> Hand {
        let file = root.join("connections/eu.yaml");
        let identities = vec![identity(&root.join("home/config/tugtest/identity.txt"))];
        let content = open(&file, &identities);
        let expires = tugtest::yaml::parse(&fs::read_to_string(&file).expect("the file")).expect("it is YAML");
        let expires = expires.root.get("fields").and_then(|fields| fields.get("expires_at")?.text().map(Into::into));
        let connection = Connection {
            name: "eu".into(),
            app: "grants".into(),
            scheme: Scheme::Oauth2,
            label: None,
            default: false,
            public: expires.map(|at| ("expires_at".into(), at)).into_iter().collect(),
            secrets: Fields::new(),
            place: None,
            sealed: true,
            file: file.to_str().expect("a path of text").into(),
        };
        let destination = vec![Address { scheme: "https".into(), host: "grants.example".into(), port: 443 }];
        let patience = Duration::from_secs(60);
        Hand { root: root.to_owned(), connection, destination, identities, secrets: content.secrets, patience }
    }

    fn token(&self) -> u32 {
        number(self.secrets.get("refresh_token"))
    }

    fn begin(&self) -> Result<Begun, NotBegun> {
        renewal::begin(Request {
            root: &self.root,
            connection: &self.connection,
            destination: &self.destination,
            identities: &self.identities,
            refresh_token: self.secrets.get("refresh_token").expect("a refresh token"),
            access_token: self.secrets.get("access_token"),
            patience: self.patience,
            now: now(),
        })
    }

    #[track_caller]
    fn go(&self) -> Renewal {
        match self.begin() {
            Ok(Begun::Go(renewal)) => renewal,
            other => panic!("{other:?}"),
        }
    }

    /// Panics unless a refresh of this token is known to be unfinished.
    #[track_caller]
    fn is_unfinished(&self) {
        assert!(
            matches!(self.begin(), Ok(Begun::Unfinished { since: Some(since) }) if since == now()),
            "{:?}",
            self.begin()
        );
    }
}

fn now() -> Timestamp {
    "2026-02-01T08:30:00Z".parse().expect("a time")
}

fn identity(file: &Path) -> Identity {
    let text = fs::read_to_string(file).expect("an identity");
    text.lines().find_map(Identity::parse).expect("a key of age")
}

/// What is sealed in a file.
fn open(file: &Path, identities: &[Identity]) -> Content {
    let block = block_of(file).expect("a sealed block");
    sealed::read(&crypt::open(block.as_bytes(), identities).expect("it opens")).expect("it is ours")
}

/// Whether there is a marker of `eu`.
fn is_marked(store: &Store) -> bool {
    store.workspace.path(".tugtest/refresh/eu.json").exists()
}

/// The files of a workspace in which a token stands in clear.
fn in_clear(root: &Path) -> Vec<PathBuf> {
    let files = ["connections", ".tugtest", ".tugtest/refresh"].map(|folder| fs::read_dir(root.join(folder)));
    let files = files.into_iter().flatten().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    files.filter(|path| fs::read(path).is_ok_and(|text| text.windows(7).any(|part| part == b"-canary"))).collect()
}
