//! TLS for FTP: a connector of our own, since suppaftp's flattens every TLS error to text, and a session store of its own for each
//! FTP session, since servers want exactly *this* control connection's session resumed on its data connections.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{HandshakeKind, SignatureScheme};
use suppaftp::tokio::{AsyncTlsConnector, TokioTlsStream};
use suppaftp::{FtpError, FtpResult};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;

use crate::wire::obstacle::Obstacle;
use crate::wire::tls::{TlsConfigs, TlsObstacle, TlsWishes};
use crate::wire::transcript::PhaseClock;

/// How many resumable sessions one FTP session keeps: a few data connections are all it opens.
const SESSIONS: usize = 4;

/// TLS of one FTP session: what it is made with, and what became of it.
pub(super) struct FtpTls {
    connector: TlsConnector,
    name: ServerName<'static>,
    /// Whether we show a client certificate.
    offered: bool,
    asked: Arc<Asked>,
    clock: Arc<PhaseClock>,
    /// The phase that follows the handshake of the control connection.
    next: Phase,
    state: Mutex<State>,
}

/// What became of it.
#[derive(Default)]
struct State {
    reached: bool,
    done: bool,
    obstacle: Option<Obstacle>,
    last_command: String,
    session: Option<String>,
}

impl FtpTls {
    /// Prepares TLS for an endpoint.
    ///
    /// # Errors
    /// [`Obstacle::Setting`]: the connection's certificate files, or a host that no certificate can name.
    pub(super) fn prepare(
        configs: &TlsConfigs,
        credential: &Credential,
        endpoint: &Endpoint,
        clock: &Arc<PhaseClock>,
        next: Phase,
    ) -> Result<Arc<Self>, Obstacle> {
        let wishes = TlsWishes::of(credential, endpoint, &[]);
        let mut config = (*configs.get(&wishes, credential)?).clone();
        let asked =
            Arc::new(Asked { inner: Arc::clone(&config.client_auth_cert_resolver), asked: AtomicBool::new(false) });
        config.client_auth_cert_resolver = Arc::<Asked>::clone(&asked);
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        let host = &endpoint.declared.host;
        let name = ServerName::try_from(host.to_string()).map_err(|_| {
            Obstacle::Setting(
                format!("`{host}` is no host name that a certificate could be for"),
                "Correct `host` in the connection.".to_owned(),
            )
        })?;
        Ok(Arc::new(FtpTls {
            connector: TlsConnector::from(Arc::new(config)),
            name,
            offered: wishes.client_cert.is_some(),
            asked,
            clock: Arc::clone(clock),
            next,
            state: Mutex::default(),
        }))
    }

    /// Makes TLS out of a connected socket.
    pub(super) async fn handshake(self: &Arc<Self>, stream: TcpStream) -> Result<FtpTlsStream, Obstacle> {
        let connecting = self.connector.connect(self.name.clone(), stream);
        match connecting.await {
            Ok(inner) => Ok(FtpTlsStream { inner, tls: Arc::clone(self) }),
            Err(error) => Err(self.obstacle(&error)),
        }
    }

    /// Reads an IO error of a TLS stream.
    pub(super) fn obstacle(&self, error: &io::Error) -> Obstacle {
        match TlsObstacle::within_io(error, self.offered) {
            // OpenSSL under TLS 1.2 says `handshake_failure` to a client that has no certificate when asked for one.
            Some(TlsObstacle::Alert(_)) if self.asked() && !self.offered => {
                Obstacle::Tls(TlsObstacle::ClientCertificateRequired)
            }
            Some(tls) => Obstacle::Tls(tls),
            None => Obstacle::from_io(error, self.clock.current(), Duration::ZERO),
        }
    }

    /// Whether the server asked for a client certificate.
    fn asked(&self) -> bool {
        self.asked.asked.load(Ordering::Relaxed)
    }

    /// Whether the TCP connection that TLS was to be made on had come about.
    pub(super) fn reached(&self) -> bool {
        self.state().reached
    }

    /// Whether the control connection's handshake succeeded.
    pub(super) fn done(&self) -> bool {
        self.state().done
    }

    /// Why the control connection's handshake failed.
    pub(super) fn take_obstacle(&self) -> Option<Obstacle> {
        self.state().obstacle.take()
    }

    /// The last command that was written under TLS: its first word, and `PROT`'s argument.
    pub(super) fn last_command(&self) -> String {
        self.state().last_command.clone()
    }

    /// The control connection's version and cipher, in words.
    pub(super) fn session(&self) -> Option<String> {
        self.state().session.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FtpTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FtpTls")
    }
}

/// What suppaftp calls for the control connection.
#[derive(Debug)]
pub(super) struct ControlConnector(pub(super) Arc<FtpTls>);

#[async_trait::async_trait]
impl AsyncTlsConnector for ControlConnector {
    type Stream = FtpTlsStream;

    async fn connect(&self, _domain: &str, stream: TcpStream) -> FtpResult<FtpTlsStream> {
        let tls = &self.0;
        tls.state().reached = true;
        tls.clock.enter(Phase::Tls);
        // Questions are short; waiting to fill packets would only cost time.
        let _ = stream.set_nodelay(true);
        match tls.handshake(stream).await {
            Ok(stream) => {
                let session = stream.summary();
                let mut state = tls.state();
                state.done = true;
                state.session = Some(session);
                drop(state);
                tls.clock.enter(tls.next);
                Ok(stream)
            }
            Err(obstacle) => {
                tls.state().obstacle = Some(obstacle);
                Err(FtpError::SecureError(String::new()))
            }
        }
    }
}

/// The connection's own certificate resolver, and a note of whether it was asked.
#[derive(Debug)]
struct Asked {
    inner: Arc<dyn ResolvesClientCert>,
    asked: AtomicBool,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, root_hint_subjects: &[&[u8]], sigschemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.inner.resolve(root_hint_subjects, sigschemes)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.inner.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}

/// A TLS stream over TCP that remembers which command of the negotiation went through it last.
pub(super) struct FtpTlsStream {
    inner: TlsStream<TcpStream>,
    tls: Arc<FtpTls>,
}

impl FtpTlsStream {
    /// Version, cipher and whether a session was resumed, in words.
    pub(super) fn summary(&self) -> String {
        let (_, session) = self.inner.get_ref();
        let version = match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        let cipher = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("?");
        let kind = if self.resumed() { "session resumed" } else { "new session" };
        format!("{version}, {cipher}, {kind}")
    }

    /// Whether an earlier session was resumed.
    pub(super) fn resumed(&self) -> bool {
        self.inner.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }
}

impl fmt::Debug for FtpTlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FtpTlsStream")
    }
}

impl TokioTlsStream for FtpTlsStream {
    type InnerStream = TlsStream<TcpStream>;

    fn tcp_stream(self) -> FtpResult<TcpStream> {
        Ok(self.inner.into_inner().0)
    }

    fn get_ref(&self) -> &TcpStream {
        self.inner.get_ref().0
    }

    fn mut_ref(&mut self) -> &mut Self::InnerStream {
        &mut self.inner
    }
}

impl AsyncRead for FtpTlsStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for FtpTlsStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        // Only the negotiation is remembered: nothing else may be kept of what is written here.
        for command in ["PBSZ 0", "PROT P"] {
            if buf.starts_with(command.as_bytes()) {
                command.clone_into(&mut self.tls.state().last_command);
            }
        }
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
