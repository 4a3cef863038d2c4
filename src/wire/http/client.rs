//! The one HTTP client builder: no redirects, no referer, no retries, no proxy but the connection's own, bounded in every way.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Proxy};
use rustls::ClientConfig;
use tower_layer::Layer;
use tower_service::Service;

use crate::model::credential::Credential;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;

use crate::wire::Wire;
use crate::wire::obstacle::Obstacle;
use crate::wire::provider::seed;
use crate::wire::tcp::{self, Reach};
use crate::wire::tls::TlsWishes;
use crate::wire::transcript::{PhaseClock, current_clock, enter_current};

/// How long a connection may wait for its next use. Shorter than servers keep theirs (Node closes after 5 s), so that none is
/// closed under a request.
const IDLE: Duration = Duration::from_secs(4);
/// What we say we are.
const USER_AGENT: &str = concat!("tugtest/", env!("CARGO_PKG_VERSION"));

/// The clients in use: connections that wish the same of TLS and proxy share one, and so its open connections.
#[derive(Default)]
pub(in crate::wire) struct Clients {
    made: Mutex<HashMap<ClientKey, Client>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ClientKey {
    tls: TlsWishes,
    proxy: Option<Box<str>>,
    /// Doubles come and go with their ports, so their connections are never kept: a later double on the same port would inherit them.
    pooled: bool,
}

impl Wire {
    /// The client for an endpoint, made at first use.
    pub(super) fn client(&self, endpoint: &Endpoint, credential: &Credential) -> Result<Client, Obstacle> {
        let double = endpoint.effective.as_ref();
        let alpn: &[&'static [u8]] = if double.is_some() { &[b"http/1.1"] } else { &[b"h2", b"http/1.1"] };
        let tls = if encrypted(endpoint) {
            seed();
            TlsWishes::of(credential, endpoint, alpn)
        } else {
            TlsWishes { alpn: alpn.to_vec(), ..TlsWishes::default() }
        };
        let key = ClientKey { tls, proxy: proxy(endpoint, credential).map(Into::into), pooled: double.is_none() };
        // Held while a client is made, so that a run's first requests share one.
        let mut made = self.clients.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&key) {
            return Ok(client.clone());
        }
        let config = self.tls.get(&key.tls, credential)?;
        let socket = double.filter(|stand_in| stand_in.certificate.is_some()).map(|stand_in| stand_in.socket);
        let client = self.build(&key, &config, socket)?;
        if key.tls.double.is_none() {
            made.insert(key, client.clone());
        }
        Ok(client)
    }

    fn build(&self, key: &ClientKey, tls: &ClientConfig, socket: Option<SocketAddr>) -> Result<Client, Obstacle> {
        let limits = self.limits;
        #[expect(clippy::disallowed_methods, reason = "this is the one builder")]
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(limits.connect)
            .pool_idle_timeout(IDLE)
            .http2_max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
            .tls_backend_preconfigured(tls.clone())
            .dns_resolver(Resolver { reach: self.reach, budget: limits.connect, socket })
            .connector_layer(PhaseLayer);
        if !key.pooled {
            builder = builder.pool_max_idle_per_host(0);
        }
        if let Some(proxy) = &key.proxy {
            builder = builder.proxy(self.checked_proxy(proxy)?);
        }
        builder.build().map_err(|_| {
            Obstacle::Setting("This build cannot set up its HTTP client".to_owned(), "Report this as a bug.".to_owned())
        })
    }

    /// The connection's proxy. The wire sends the credential through it, so it is checked like any destination.
    fn checked_proxy(&self, written: &str) -> Result<Proxy, Obstacle> {
        let wrong = |what: &str| {
            Obstacle::Setting(format!("`proxy`: {what}"), "Write it as `http://HOST:PORT`, without a login.".to_owned())
        };
        let url = url::Url::parse(written).map_err(|_| wrong("this is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("only `http` and `https` proxies are spoken"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a login, which would be stored and shown in clear"));
        }
        check_literal(&url, self.reach)?;
        Proxy::all(url.as_str()).map_err(|_| wrong("this is not a URL"))
    }
}

/// Whether the conversation with an endpoint is over TLS.
pub(super) fn encrypted(endpoint: &Endpoint) -> bool {
    let declared = || *endpoint.declared.scheme == *"https";
    endpoint.effective.as_ref().map_or_else(declared, |double| double.certificate.is_some())
}

/// The proxy that a connection names. A double is reached directly.
pub(super) fn proxy<'c>(endpoint: &Endpoint, credential: &'c Credential) -> Option<&'c str> {
    credential.public("proxy").filter(|proxy| endpoint.effective.is_none() && !proxy.is_empty())
}

/// Checks a host that is an IP address: no resolver will see it. The URL parser has read every spelling of it (`0x7f.1`).
pub(super) fn check_literal(url: &url::Url, reach: Reach) -> Result<(), Obstacle> {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => reach.allows(ip.into()),
        Some(url::Host::Ipv6(ip)) => reach.allows(ip.into()),
        _ => Ok(()),
    }
}

/// Our own resolver: typed errors, and the reach is checked on every address before it is used.
#[derive(Debug, Clone, Copy)]
struct Resolver {
    reach: Reach,
    budget: Duration,
    /// Where a double with TLS listens: its certificate is for the declared name, so the name stays in the URL.
    socket: Option<SocketAddr>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Resolver { reach, budget, socket } = *self;
        Box::pin(async move {
            if let Some(socket) = socket {
                reach.allows(socket.ip()).map_err(Stopped)?;
                return Ok(Box::new(std::iter::once(socket)) as Addrs);
            }
            enter_current(Phase::Dns);
            let ips = tcp::lookup(name.as_str(), reach, budget).await.map_err(Stopped)?;
            enter_current(Phase::Connect);
            Ok(Box::new(ips.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

/// An obstacle of our own on its way through the client's errors.
#[derive(Debug)]
pub(super) struct Stopped(pub(super) Obstacle);

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.cause().code())
    }
}

impl std::error::Error for Stopped {}

/// Keeps the clock of an attempt while the client opens a connection for it.
#[derive(Debug, Clone, Copy)]
struct PhaseLayer;

impl<S> Layer<S> for PhaseLayer {
    type Service = PhaseConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        PhaseConnector(inner)
    }
}

#[derive(Debug, Clone)]
struct PhaseConnector<S>(S);

impl<S, T> Service<T> for PhaseConnector<S>
where
    S: Service<T>,
    S::Future: Unpin,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let interrupted = current_clock().map(|clock| {
            let phase = clock.current();
            clock.retract(phase);
            Interrupted { phase, before: clock.current(), clock }
        });
        Connecting { inner: self.0.call(target), interrupted }
    }
}

/// A phase that waits for a connection.
struct Interrupted {
    /// The phase that was begun, and that follows when the connection stands.
    phase: Phase,
    /// The phase before that one.
    before: Phase,
    clock: Arc<PhaseClock>,
}

/// A connection being opened.
struct Connecting<F> {
    inner: F,
    interrupted: Option<Interrupted>,
}

impl<F, C, E> Future for Connecting<F>
where
    F: Future<Output = Result<C, E>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let ours = match (&self.interrupted, current_clock()) {
            (Some(interrupted), Some(current)) => Arc::ptr_eq(&interrupted.clock, &current),
            _ => false,
        };
        if !ours && let Some(Interrupted { phase, clock, .. }) = self.interrupted.take() {
            // An idle connection was faster, and this one is finished in the background for later use.
            if clock.current() <= Phase::Tls {
                clock.enter(phase);
            }
        }
        let polled = Pin::new(&mut self.inner).poll(context);
        let Some(Interrupted { phase, before, clock }) = &self.interrupted else { return polled };
        if clock.current() == *before {
            // The resolver would have entered `dns` by now: the host is an address.
            clock.enter(Phase::Connect);
        }
        let connected = ready!(polled);
        if connected.is_ok() {
            clock.enter(*phase);
        }
        Poll::Ready(connected)
    }
}
