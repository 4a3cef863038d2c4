//! Client certificates through the built tool: servers that ask for one in the handshake, and everything that can be wrong with ours.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the right answer")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientCertVerifierBuilder, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::cli::workspace::{Ended, Workspace, run};
use crate::connections::Store;
use crate::http_server::{Act, Server, json};
use crate::leaks::scanner::{Wanted, scan};

const STEP: &str = "{name: X, app: http, probe: {http: {request: GET /me, accept: {json: {$.ok: true}}}}}";

/// An authority that issues certificates.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
}

/// A certificate and its key, both PEM.
struct Leaf {
    certificate: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority { params, key: KeyPair::generate().unwrap() }
    }

    fn certificate(&self) -> rcgen::Certificate {
        self.params.self_signed(&self.key).unwrap()
    }

    fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)).unwrap();
        Leaf { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// An authority below this one.
    fn below(&self) -> (Authority, String) {
        let below = Authority::new("intermediate");
        let certificate = below.params.signed_by(&below.key, &Issuer::from_params(&self.params, &self.key)).unwrap();
        (below, certificate.pem())
    }

    /// A server of this authority, for clients of this authority.
    fn server(&self, version: &'static SupportedProtocolVersion) -> ServerConfig {
        self.server_for(self.clients().build().unwrap(), version)
    }

    /// What verifies clients of this authority.
    fn clients(&self) -> ClientCertVerifierBuilder {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate().der().clone()).unwrap();
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
    }

    /// A server of this authority that verifies its clients so.
    fn server_for(
        &self,
        clients: Arc<dyn ClientCertVerifier>,
        version: &'static SupportedProtocolVersion,
    ) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let leaf = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let own = params.signed_by(&leaf, &Issuer::from_params(&self.params, &self.key)).unwrap();
        let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
        let key = PrivateKeyDer::try_from(leaf.serialize_der()).unwrap();
        builder.with_client_cert_verifier(clients).with_single_cert(vec![own.der().clone()], key).unwrap()
    }
}

/// A workspace with one connection of nothing but a certificate, and a step that uses it.
struct World {
    workspace: Workspace,
    server: Server,
}

impl World {
    async fn new(authority: &Authority, version: &'static SupportedProtocolVersion) -> World {
        let server = Server::start_tls(authority.server(version), |_| Act::Answer(json(r#"{"ok": true}"#))).await;
        let workspace = Workspace::new().with("ca.pem", &authority.certificate().pem()).with_steps("a", [STEP]);
        World { workspace, server }
    }

    fn base(&self) -> String {
        format!("https://localhost:{}", self.server.address.port())
    }

    /// A connection of this type with these further fields.
    fn connection(&self, scheme: &str, more: &str) {
        let text =
            format!("app: http\ntype: {scheme}\nfields:\n  base_url: {}\n  ca_file: ca.pem\n{more}", self.base());
        self.workspace.write("connections/bank.yaml", &text);
    }

    fn shows(&self, certificate: &str, key: &str) -> Ended {
        self.workspace.write("client.pem", certificate);
        self.workspace.write("client.key", key);
        self.connection("client-certificate", "  client_cert: client.pem\n  client_key: {file: client.key}\n");
        self.run()
    }

    fn run(&self) -> Ended {
        run(&mut self.workspace.tool("run --live --trace --retries 0 --format json"))
    }

    /// What was found of a certificate and a key.
    fn found(&self, certificate: &str, key: &str) -> Value {
        let ended = self.shows(certificate, key);
        let secret = [Wanted::new("key", key)];
        let text = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
        assert_eq!(scan("output", &text, &secret), Vec::<String>::new(), "{}", ended.stdout);
        ended.step()
    }
}

const BOTH: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

/// Cause, phase and message of a step.
fn told(step: &Value) -> (&str, &str, String) {
    let text = |field: &str| step[field].as_str().unwrap_or_default();
    (text("cause"), text("phase"), format!("{} {}", text("message"), text("remedy")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_alone_is_enough_for_a_connection() {
    let authority = Authority::new("ours");
    for version in BOTH {
        let world = World::new(&authority, version).await;
        let leaf = authority.issue(|_| {});
        assert_eq!(world.found(&leaf.certificate, &leaf.key)["verdict"], "pass");
        let asked = world.server.requests();
        assert!(!asked[0].contains("authorization"), "{}", asked[0]);
        // Behind an authority between it and the root, the file holds both; one file may hold the key too.
        let (below, between) = authority.below();
        let leaf = below.issue(|_| {});
        let chain = format!("{}{between}", leaf.certificate);
        assert_eq!(world.found(&chain, &leaf.key)["verdict"], "pass");
        let one = format!("{}{chain}", leaf.key);
        assert_eq!(world.found(&one, &one)["verdict"], "pass");
        let step = world.found(&leaf.certificate, &leaf.key);
        assert_eq!(told(&step).0, "client-certificate-rejected", "the one between is missing: {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_goes_beside_every_kind_of_credential() {
    let authority = Authority::new("ours");
    let world = World::new(&authority, &rustls::version::TLS13).await;
    let leaf = authority.issue(|_| {});
    world.workspace.write("client.pem", &leaf.certificate);
    world.workspace.write("client.key", &leaf.key);
    let shown = "  client_cert: client.pem\n  client_key: {file: client.key}\n";
    for (scheme, fields) in [
        ("api-key", "  place: {header: X-Key}\n  api_key: {env: CANARY_API_KEY}\n"),
        ("key-secret", "  key: k\n  secret: {env: CANARY_API_KEY}\n"),
        (
            "key-secret",
            "  key: k\n  secret: {env: CANARY_API_KEY}\n  place: {hmac: {sign: \"{body}\", headers: {X-S: \"{signature}\"}}}\n",
        ),
        ("domain-login", "  domain: x.example\n  username: u\n  password: {env: CANARY_API_KEY}\n"),
        ("oauth1", "  consumer_key: k\n  consumer_secret: {env: CANARY_API_KEY}\n"),
    ] {
        world.connection(scheme, &format!("{fields}{shown}"));
        assert_eq!(world.run().ends_with(0).step()["verdict"], "pass", "{scheme}");
        world.connection(scheme, fields);
        let step = world.run().ends_with(1).step();
        assert_eq!(step["cause"], "client-certificate-required", "{scheme}: {step}");
    }
    assert_eq!(world.server.requests().len(), 5, "nothing is sent without it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_of_a_certificate_is_told() {
    let (ours, others) = (Authority::new("ours"), Authority::new("others"));
    for version in BOTH {
        let world = World::new(&ours, version).await;
        let stranger = others.issue(|_| {});
        let step = world.found(&stranger.certificate, &stranger.key);
        let (cause, phase, words) = told(&step);
        assert_eq!((cause, phase), ("client-certificate-rejected", "tls"), "{step}");
        assert!(!words.contains("expired on"), "{words}");
        let expired = ours.issue(|params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 2, 1);
        });
        let step = world.found(&expired.certificate, &expired.key);
        let (cause, phase, words) = told(&step);
        assert_eq!((cause, phase), ("client-certificate-rejected", "tls"), "{step}");
        assert!(words.contains("(`client_cert` expired on 2020-02-01.)"), "{words}");
        world.connection("key-secret", "  key: k\n  secret: {env: CANARY_API_KEY}\n");
        assert_eq!(told(&world.run().step()).0, "client-certificate-required");
        assert_eq!(world.server.requests(), [""; 0], "nobody got so far as to ask");
    }
}

/// A server that takes any client's handshake, asks for a certificate, and resets `lost` connections without an alert, as when our
/// request crosses it; after that it says what it thinks.
async fn crossing(authority: &Authority, lost: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let anybody = authority.clients().allow_unauthenticated().build().unwrap();
    let lenient = TlsAcceptor::from(Arc::new(authority.server_for(anybody, &rustls::version::TLS13)));
    let strict = TlsAcceptor::from(Arc::new(authority.server(&rustls::version::TLS13)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if seen.fetch_add(1, Ordering::SeqCst) < lost {
                let stream = lenient.accept(stream).await.unwrap();
                stream.get_ref().0.set_zero_linger().unwrap();
            } else {
                assert!(strict.accept(stream).await.is_err(), "nobody has a certificate here");
            }
        }
    });
    (address, connections)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_our_request_has_crossed_is_asked_for_again() {
    let authority = Authority::new("ours");
    for (lost, cause, phase) in [(1, "client-certificate-required", "tls"), (2, "connection-reset", "auth")] {
        let (address, connections) = crossing(&authority, lost).await;
        let connection = format!(
            "app: http\ntype: api-key\nfields: {{base_url: \"https://localhost:{}\", ca_file: ca.pem, place: {{header: X-Key}}, \
             api_key: {{env: CANARY_API_KEY}}}}\n",
            address.port()
        );
        let workspace = Workspace::new()
            .with("ca.pem", &authority.certificate().pem())
            .with("connections/bank.yaml", &connection)
            .with_steps("a", [STEP]);
        let step = run(&mut workspace.tool("run --live --retries 0 --format json")).step();
        let (told_cause, told_phase, _) = told(&step);
        assert_eq!((told_cause, told_phase), (cause, phase), "{step}");
        assert_eq!(connections.load(Ordering::SeqCst), 2, "one look, and no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_used_are_told_before_anything_is_opened() {
    let authority = Authority::new("ours");
    let world = World::new(&authority, &rustls::version::TLS13).await;
    let (leaf, other) = (authority.issue(|_| {}), authority.issue(|_| {}));
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nY2FuYXJ5\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let legacy = leaf.key.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n");
    let cut = leaf.certificate.replace("-----END CERTIFICATE-----", "");
    for (certificate, key, words) in [
        (&*leaf.certificate, &*other.key, "`client_key` does not fit `client_cert`"),
        (&*leaf.certificate, encrypted, "`client_key` is encrypted with a passphrase"),
        (&*leaf.certificate, &*legacy, "`client_key` is encrypted with a passphrase"),
        (&*leaf.certificate, &*leaf.certificate, "`client_key` holds a certificate and no key"),
        (&*leaf.certificate, "canary", "`client_key` holds no PEM private key"),
        (&*leaf.certificate, "0canary", "`client_key` is not PEM but binary"),
        (&*leaf.key, &*leaf.key, "holds a private key and no certificate"),
        ("0canary", &*leaf.key, "is not PEM but binary"),
        ("canary", &*leaf.key, "holds no certificate"),
        (&*cut, &*leaf.key, "is damaged"),
        ("-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n", &*leaf.key, "is not well-formed"),
    ] {
        let step = world.found(certificate, key);
        let (cause, phase, message) = told(&step);
        assert_eq!((cause, phase), ("field-format", "resolve"), "{step}");
        assert!(message.contains(words) && !message.contains("canary"), "{message}");
    }
    world.connection("client-certificate", "  client_cert: gone.pem\n  client_key: {file: client.key}\n");
    assert!(told(&world.run().step()).2.contains("gone.pem does not exist"));
    world.connection("client-certificate", "  client_cert: client.pem\n  client_key: {file: gone.key}\n");
    assert_eq!(told(&world.run().step()).0, "secret-unavailable");
    assert_eq!(world.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_kept_sealed_like_any_secret() {
    let authority = Authority::new("ours");
    let world = World::new(&authority, &rustls::version::TLS13).await;
    let leaf = authority.issue(|_| {});
    let store = Store::new();
    store.workspace.write("ca.pem", &authority.certificate().pem());
    store.workspace.write("client.pem", &leaf.certificate);
    store.workspace.write("client.key", &leaf.key);
    let fields =
        serde_json::json!({"fields": {"base_url": world.base(), "ca_file": "ca.pem", "client_cert": "client.pem"}});
    let add = "connections add bank --app http --type client-certificate --stdin --from-file client_key=client.key --no-probe";
    store.feed(add, &fields.to_string()).ends_with(0);
    let file = store.file("bank");
    assert!(
        file.contains("type: client-certificate") && !file.contains("PRIVATE KEY") && file.contains("sealed:"),
        "{file}"
    );
    store.run("check").ends_with(0);
    let step = "{name: X, app: http, probe: {http: {request: GET /me}}}";
    store.workspace.write("scenarios/a.yaml", &crate::cli::workspace::scenario("a", [step]));
    assert_eq!(store.run("run --live --format json").ends_with(0).step()["verdict"], "pass");
}
