//! Sealed blocks in other files than their own, and files whose clear part was changed: their secrets go nowhere.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tugtest::document::{self, Apps as _};
use tugtest::model::app::App;
use tugtest::model::cause::Cause;
use tugtest::model::connection::Connection;
use tugtest::model::endpoint::Address;
use tugtest::model::fields::Fields;
use tugtest::model::phase::Phase;
use tugtest::model::secret::Secret;
use tugtest::model::verdict::Judgement;
use tugtest::model::workspace::Workspace;
use tugtest::probe::target;
use tugtest::vault::binding::Binding;
use tugtest::vault::crypt::{self, Identity, Recipient};
use tugtest::vault::identity::{Ask, Source};
use tugtest::vault::{Vault, sealed};
use tugtest::yaml::write;
use zeroize::Zeroizing;

use super::CANARY_SSH_RECIPIENT;
use crate::shelf;

const CANARY: &str = "canary-0123456789-abcdef";
const HTTP: &str = "app: http
type: api-key
fields:
  base_url: https://api.example.com/v1
  proxy: http://proxy.example.com:3128
  ca_file: ca.pem
  allow_cleartext: true
  place: {header: X-Api-Key}
";
const FTP: &str = "app: ftp
fields:
  protocol: ftps
  host: files.example.com
  port: 2121
  username: canary
  ca_file: ca.pem
";
const ZENDESK: &str = "app: zendesk\nfields: {domain: acme, username: canary@example.com}\n";
const KLAVIYO: &str = "app: klaviyo\nfields: {}\n";
const GORGIAS: &str = "app: gorgias\nfields: {grant: refresh-token, token_url: https://login.example.com/token}\n";

struct Nobody;

impl Ask for Nobody {
    fn passphrase(&self, _: &str) -> Option<Zeroizing<String>> {
        None
    }
}

/// A workspace with sealed connections, and the key that opens them.
struct Store {
    folder: TempDir,
    workspace: Workspace,
    recipient: Recipient,
    vault: Vault,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("it is there");
        let workspace = Workspace { connections: root.join("connections"), root, ..shelf::workspace() };
        fs::create_dir(&workspace.connections).expect("a folder");
        let (identity, key) = Identity::generate();
        let recipient = identity.recipient().expect("a key").clone();
        let vault = Vault::new(Source::Key(key), Box::new(Nobody), []);
        let store = Store { folder, workspace, recipient, vault };
        store.put("ca.pem", "the certificates of today\n");
        store.put("other.pem", "other certificates\n");
        store
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("a file");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.workspace.connections.join(format!("{name}.yaml"))
    }

    /// Writes a connection: its clear part, and a block.
    fn write(&self, name: &str, clear: &str, block: &str) {
        let block = if block.contains('\n') { write::block(block, "  ") } else { write::text(block) };
        fs::write(self.file(name), format!("{clear}sealed: {block}\n")).expect("a file");
    }

    fn load(&self, name: &str) -> Connection {
        let file = self.file(name);
        let loaded = document::connection::load(&file, &file.to_string_lossy(), &self.workspace, shelf::shelf());
        assert_eq!(loaded.diagnostics, []);
        loaded.value.expect("a connection without a fault")
    }

    /// Seals a secret for a connection as its clear part says, and writes it. Returns the block.
    fn seal(&self, name: &str, clear: &str, secret: &str) -> String {
        self.write(name, clear, "none yet");
        let connection = self.load(name);
        let field = field(&connection);
        let secrets: Fields<Secret> = [(field.into(), Secret::new(secret))].into();
        let binding = Binding::of(&connection, &places(&app(&connection), &connection));
        let block = sealed::seal(&binding, &secrets, std::slice::from_ref(&self.recipient)).expect("a recipient");
        self.write(name, clear, &block);
        block
    }

    /// Whether the connection as it stands gets this secret, and what is said when it does not.
    async fn gets(&self, name: &str, secret: &str) -> Result<(), Judgement> {
        let connection = self.load(name);
        self.resolve(&app(&connection), &connection, secret).await
    }

    async fn resolve(&self, app: &App, connection: &Connection, secret: &str) -> Result<(), Judgement> {
        let recipe = app.recipe(connection.scheme);
        let resolved = self.vault.resolve(connection, recipe, &places(app, connection)).await?;
        assert_eq!(resolved.credential.secrets.get(field(connection)), Some(&Secret::new(secret)));
        assert_eq!(resolved.credential.secrets.len(), 1);
        Ok(())
    }
}

/// The field that holds the secret.
fn field(connection: &Connection) -> &'static str {
    let fields = connection.scheme.fields().iter().filter(|field| field.secret);
    fields.map(|field| field.name).next().expect("a secret field")
}

fn app(connection: &Connection) -> Arc<App> {
    shelf::shelf().app(&connection.app).expect("an app of the shelf")
}

fn places(app: &App, connection: &Connection) -> Vec<Address> {
    target::destination(app, app.recipe(connection.scheme), connection).expect("it leads somewhere")
}

/// A refusal with this cause, which tells nothing of the secret.
fn refused(what: &str, outcome: Result<(), Judgement>, cause: Cause) {
    let Err(judgement) = outcome else { panic!("{what}: the secret was given out") };
    assert_eq!((judgement.cause, judgement.phase), (Some(cause), Phase::Resolve), "{what}: {}", judgement.message);
    assert!(judgement.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{what}");
    let said = format!("{judgement:?}");
    let parts = CANARY.as_bytes().windows(6).map(|part| std::str::from_utf8(part).expect("ASCII"));
    for part in parts.filter(|part| *part != "canary") {
        assert!(!said.contains(part), "{what}: {said}");
    }
}

#[tokio::test]
async fn a_connection_as_it_was_sealed_gets_its_secret() {
    let store = Store::new();
    for (name, clear) in [("a", HTTP), ("b", FTP), ("c", ZENDESK), ("d", KLAVIYO), ("e", GORGIAS)] {
        store.seal(name, clear, CANARY);
        store.gets(name, CANARY).await.expect(name);
    }
    // What sends it nowhere else may change.
    let harmless = [
        ("api.example.com/v1", "API.example.com:443/v2"),
        ("place: {header: X-Api-Key}", "place: {header: X-Other-Key}"),
        ("type: api-key", "type: text\nlabel: Another\ndefault: true"),
        ("ca.pem", "./ca.pem"),
        ("  allow_cleartext: true\n", ""),
    ];
    let block = store.seal("a", HTTP, CANARY);
    for (before, after) in harmless {
        assert!(HTTP.contains(before), "{before}");
        store.write("a", &HTTP.replace(before, after), &block);
        store.gets("a", CANARY).await.expect(after);
    }
}

#[tokio::test]
async fn a_changed_file_does_not_get_the_secret() {
    let store = Store::new();
    let changes = [
        (HTTP, "app: http", "app: klaviyo"),
        (HTTP, "type: api-key\nfields:\n", "type: key-secret\nfields:\n  key: canary\n"),
        (HTTP, "api.example.com", "evil.example.com"),
        (HTTP, "api.example.com", "api.example.com.evil.example"),
        (HTTP, "api.example.com", "api.example.com:8443"),
        (HTTP, "https://api", "http://api"),
        (HTTP, "https://api", "http://evil.example:443/api"),
        (HTTP, "proxy.example.com", "evil.example.com"),
        (HTTP, ":3128", ":3129"),
        (HTTP, "  proxy: http://proxy.example.com:3128\n", ""),
        (HTTP, "ca.pem", "other.pem"),
        (HTTP, "ca.pem", "missing.pem"),
        (HTTP, "  ca_file: ca.pem\n", ""),
        (FTP, "files.example.com", "evil.example.com"),
        (FTP, "2121", "2122"),
        (FTP, "  port: 2121\n", ""),
        (FTP, "protocol: ftps", "protocol: ftp"),
        (FTP, "protocol: ftps", "protocol: ftps-implicit"),
        (FTP, "  username", "  known_hosts: ca.pem\n  username"),
        (FTP, "  username", "  host_key: SHA256:0123456789012345678901234567890123456789012\n  username"),
        (ZENDESK, "acme", "evil"),
        (ZENDESK, "acme,", "acme, base_url: https://evil.example,"),
        (KLAVIYO, "{}", "{base_url: https://evil.example}"),
        (KLAVIYO, "{}", "{proxy: http://evil.example}"),
        (KLAVIYO, "{}", "{ca_file: other.pem}"),
        (GORGIAS, "login.example.com", "evil.example.com"),
        (GORGIAS, "token_url", "base_url: https://evil.example, token_url"),
    ];
    for (clear, before, after) in changes {
        assert!(clear.contains(before), "{before}");
        let block = store.seal("a", clear, CANARY);
        store.write("a", &clear.replace(before, after), &block);
        refused(after, store.gets("a", CANARY).await, Cause::DestinationRefused);
        store.write("a", clear, &block);
        store.gets("a", CANARY).await.expect("it was put back");
    }
}

#[tokio::test]
async fn what_lies_outside_the_file_is_bound_too() {
    let store = Store::new();
    store.seal("a", HTTP, CANARY);
    store.put("ca.pem", "the certificates of somebody else\n");
    refused("another ca_file", store.gets("a", CANARY).await, Cause::DestinationRefused);
    fs::remove_file(store.folder.path().join("ca.pem")).expect("it was there");
    refused("no ca_file", store.gets("a", CANARY).await, Cause::DestinationRefused);
    store.put("ca.pem", "the certificates of today\n");
    store.gets("a", CANARY).await.expect("the same contents");

    store.seal("b", KLAVIYO, CANARY);
    let connection = store.load("b");
    let recipe = "app: klaviyo\ntitle: Klaviyo\ntypes: {api-key: {base_url: \"https://evil.example\", place: {header: X-Key}}}\n";
    let evil = document::app::load(recipe, "apps/klaviyo.yaml").value.expect("an app");
    refused("a recipe", store.resolve(&evil, &connection, CANARY).await, Cause::DestinationRefused);
    store.resolve(&app(&connection), &connection, CANARY).await.expect("the recipe that it was sealed with");
}

#[tokio::test]
async fn a_block_in_another_file_stays_closed() {
    let store = Store::new();
    let [eu, us] = [("eu", CANARY), ("us", "canary-of-the-other")].map(|(name, secret)| store.seal(name, HTTP, secret));
    store.write("eu", HTTP, &us);
    store.write("us", HTTP, &eu);
    for name in ["eu", "us"] {
        refused("swapped", store.gets(name, CANARY).await, Cause::DestinationRefused);
    }
    store.write("other", HTTP, &eu);
    refused("under another name", store.gets("other", CANARY).await, Cause::DestinationRefused);
    store.write("ftp", FTP, &eu);
    refused("in another connection", store.gets("ftp", CANARY).await, Cause::DestinationRefused);
    store.write("eu", HTTP, &eu);
    store.gets("eu", CANARY).await.expect("put back");
}

#[tokio::test]
async fn what_is_no_block_of_ours_gives_no_secret() {
    let store = Store::new();
    let block = store.seal("a", KLAVIYO, CANARY);
    let for_us =
        |plain: &str| crypt::seal(plain.as_bytes(), std::slice::from_ref(&store.recipient)).expect("a recipient");
    let somebody = Recipient::parse(CANARY_SSH_RECIPIENT).expect("a key");
    let secrets: Fields<Secret> = [("api_key".into(), Secret::new(CANARY))].into();
    let connection = store.load("a");
    let binding = Binding::of(&connection, &places(&app(&connection), &connection));
    let cut: Vec<&str> = block.lines().take(4).collect();
    let blocks = [
        ("garbage", CANARY.to_owned()),
        ("lines of garbage", format!("{CANARY}\n{CANARY}\n")),
        ("nothing", String::new()),
        ("cut", cut.join("\n")),
        (
            "armor of garbage",
            format!("-----BEGIN AGE ENCRYPTED FILE-----\n{CANARY}\n-----END AGE ENCRYPTED FILE-----\n"),
        ),
        ("for somebody else", sealed::seal(&binding, &secrets, &[somebody]).expect("a recipient")),
        ("text", for_us(CANARY)),
        ("no text", for_us("")),
        ("JSON", for_us(&format!("{{\"api_key\": \"{CANARY}\"}}"))),
        ("a key of its own", for_us(&format!("{{\"tugtest\": 1, \"fields\": {{\"api_key\": \"{CANARY}\"}}}}"))),
    ];
    for (what, other) in blocks {
        store.write("a", KLAVIYO, &other);
        refused(what, store.gets("a", CANARY).await, Cause::SecretUnavailable);
    }
    store.write("a", KLAVIYO, &block);
    store.gets("a", CANARY).await.expect("put back");
}
