//! The servers of `tests/live` as the suite sees them: the table that `up.sh` wrote, and sessions that are in the way of a row.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

/// Names to values: ports, paths, passwords.
pub(super) struct World(BTreeMap<String, String>);

impl World {
    /// Reads the table of the servers that are up.
    pub(super) fn load() -> World {
        let root = std::env::var_os("TUGTEST_LIVE_ROOT")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/live"), PathBuf::from);
        let table = root.join("state/live.env");
        let text = fs::read_to_string(&table).expect("the table of the live servers; tests/live/run starts them");
        World(text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    /// Whether we stand in a network namespace with a resolver of our own, so that names and routes have known answers.
    pub(super) fn is_private(&self) -> bool {
        self.get("private") == "yes"
    }

    /// One value of the table.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("the table of the live servers has no `{name}`"))
    }

    /// The text with every `$name` replaced by its value. (`$.ok` is a JSON path and stays.)
    pub(super) fn fill(&self, text: &str) -> String {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            match &part[..end] {
                "" => filled.push('$'),
                name => filled.push_str(self.get(name)),
            }
            filled.push_str(&part[end..]);
        }
        filled
    }

    /// Says what `tests/live/grant.py` says: what a person grants at the `OpenID` provider, and what that has seen.
    pub(super) fn driver(&self, arguments: &[&str]) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/grant.py");
        let mut driver = Command::new("python3");
        driver.arg(script).args([self.get("oauth2"), self.get("client_secret")]).args(arguments);
        let output = driver.output().expect("python3");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the driver says JSON")
    }

    /// Every token that the `OpenID` provider has issued.
    pub(super) fn tokens(&self) -> Vec<String> {
        let tokens = self.driver(&["tokens"]);
        let tokens: Vec<_> =
            tokens.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        assert!(!tokens.is_empty(), "it has issued some before anybody asked");
        tokens
    }

    /// Does what has to be done before a row, and returns what has to stay open while it runs.
    pub(super) fn prepare(&self, before: Before) -> Option<TcpStream> {
        match before {
            Before::Nothing => None,
            Before::Connect(server) => {
                let (_, stream) = self.dial(server);
                Some(stream)
            }
            Before::Login(server) => {
                let (mut reader, mut stream) = self.dial(server);
                write!(stream, "USER alice\r\n").expect("a holder's USER");
                line(&mut reader);
                write!(stream, "PASS {}\r\n", self.get("alice")).expect("a holder's PASS");
                assert!(line(&mut reader).starts_with("230"), "the holder of {server} is not let in");
                Some(stream)
            }
            Before::Get(server, path) => {
                let mut stream = self.connect(server);
                write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("a request that spends the allowance");
                line(&mut BufReader::new(stream));
                None
            }
        }
    }

    /// Connects and reads the greeting.
    fn dial(&self, server: &str) -> (BufReader<TcpStream>, TcpStream) {
        let stream = self.connect(server);
        let mut reader = BufReader::new(stream.try_clone().expect("a second handle on a socket"));
        let greeting = line(&mut reader);
        assert!(greeting.starts_with("220"), "{server} greets the holder with {greeting:?}");
        (reader, stream)
    }

    #[expect(clippy::disallowed_methods, reason = "not the tool's socket: somebody else's session that is in its way")]
    fn connect(&self, server: &str) -> TcpStream {
        let port = self.get(server).parse().expect("a port");
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a server that is up");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line from a server");
    line
}

/// What others have done to a server before a row runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    /// Nothing.
    Nothing,
    /// Somebody is connected.
    Connect(&'static str),
    /// Somebody is logged in.
    Login(&'static str),
    /// Somebody has asked for this path.
    Get(&'static str, &'static str),
}
