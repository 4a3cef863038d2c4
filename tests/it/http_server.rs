//! Small HTTP servers that answer exact bytes and remember what they were asked.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the right answer")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What a server does with a connection or a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers these bytes, keeps the connection.
    Answer(Vec<u8>),
    /// Answers these bytes, closes the connection.
    AnswerAndClose(Vec<u8>),
    /// Says nothing.
    Silence,
    /// Closes with a TCP reset.
    Reset,
    /// Says these bytes before it is asked anything.
    Greet(Vec<u8>),
}

/// A server on loopback.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Requests so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A server that answers each request by its head.
    pub(crate) async fn start(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Server {
        Server::listen(None, act).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(tls: ServerConfig, act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Server {
        Server::listen(Some(TlsAcceptor::from(Arc::new(tls))), act).await
    }

    async fn listen(tls: Option<TlsAcceptor>, act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server =
            Server { address: listener.local_addr().unwrap(), requests: Arc::default(), connections: Arc::default() };
        let (requests, connections, act) = (server.requests.clone(), server.connections.clone(), Arc::new(act));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, act, tls) = (requests.clone(), act.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &requests, &*act).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &requests, &*act).await;
                            }
                        }
                    }
                });
            }
        });
        server
    }
}

/// A stream that can be reset.
trait Resettable {
    fn reset(&self);
}

impl Resettable for TcpStream {
    fn reset(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Resettable for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

async fn serve<S>(mut stream: S, requests: &Mutex<Vec<String>>, act: &(dyn Fn(&str) -> Act + Send + Sync))
where
    S: AsyncRead + AsyncWrite + Unpin + Resettable,
{
    if let Act::Greet(greeting) = act("") {
        let _ = stream.write_all(&greeting).await;
    }
    while let Some(request) = read_request(&mut stream).await {
        requests.lock().unwrap().push(request.clone());
        match act(&request) {
            Act::Answer(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::AnswerAndClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Act::Silence => tokio::time::sleep(Duration::from_secs(60)).await,
            Act::Reset => return stream.reset(),
            Act::Greet(_) => {}
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .to_ascii_lowercase()
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.lines().next().unwrap().trim().parse::<usize>().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
}

/// A complete answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        bytes.extend([name, ": ", value, "\r\n"]);
    }
    bytes.push_str("\r\n");
    [bytes.as_bytes(), body].concat()
}

/// A JSON answer with status 200.
pub(crate) fn json(body: &str) -> Vec<u8> {
    answer(200, &[("content-type", "application/json")], body)
}

/// A certificate for some names, signed by itself.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    key: KeyPair,
}

impl Identity {
    pub(crate) fn of(names: &[&str]) -> Identity {
        Identity::made(names, IsCa::NoCa)
    }

    /// As `openssl req -x509` makes them.
    pub(crate) fn authority(names: &[&str]) -> Identity {
        Identity::made(names, IsCa::Ca(BasicConstraints::Unconstrained))
    }

    fn made(names: &[&str], is_ca: IsCa) -> Identity {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        params.is_ca = is_ca;
        let certificate = params.self_signed(&key).unwrap();
        Identity { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// A server that shows it, and wants a certificate of its clients or not.
    pub(crate) fn server(&self, clients: Option<&Identity>, alpn: &[&str]) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.certificate.clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let mut config = builder.with_single_cert(vec![self.certificate.clone()], key).unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}
