//! The listener on loopback that a browser comes back to (RFC 8252 section 7.3).
//!
//! Whoever on this machine can reach it is a stranger until they repeat what was asked. Browsers open spare connections and ask for icons,
//! other programs may knock: it serves all of them, within bounds, until the right one comes, and that once.

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use url::form_urlencoded;

use super::super::args::connect::{ConnectOptions, RedirectHost};
use super::super::complaint::Complaint;
use super::super::connections::tell;
use super::page::{Page, respond};
use super::session::Session;

/// Where the browser comes back to.
const PATH: &str = "/callback";
/// Connections at once. A browser opens six to one host.
const AT_ONCE: usize = 32;
/// For the head of a request. Spare connections of a browser send none.
const HEAD: Duration = Duration::from_secs(10);
/// For a whole connection: an exchange and a lock lie in between.
const WHOLE: Duration = Duration::from_secs(120);
/// The largest head, in bytes. Codes are a few hundred long, some are whole tokens.
const LARGEST: usize = 64 << 10;
/// For the last page to reach the browser.
const DELIVERY: Duration = Duration::from_secs(3);

/// What an answer is made of. Twice is what no server may send (RFC 6749 section 3.1), and which of the two counts nobody can say.
const MEANT: [&str; 8] = ["code", "error", "iss", "state", "oauth_token", "oauth_verifier", "oauth_problem", "denied"];

/// Parameters of a query.
pub(super) type Parameters = Vec<(String, String)>;

/// Tells the right visitor from strangers.
type Check = Box<dyn Fn(&Parameters) -> bool + Send + Sync>;

/// Who is expected.
enum Expected {
    /// Nobody yet.
    Nobody,
    /// Whoever passes this.
    Visitor(Check),
    /// Nobody any more.
    Done,
}

/// The right visitor, who waits for a page.
struct Visit {
    parameters: Parameters,
    page: oneshot::Sender<Page>,
}

/// What all connections share.
struct Shared {
    /// The `Host` headers that are ours: another one means that a stranger's name leads here (DNS rebinding).
    hosts: [String; 2],
    expected: Mutex<Expected>,
    visits: mpsc::Sender<Visit>,
    /// Whether it was said that a stranger came.
    told: AtomicBool,
    /// The page has left.
    delivered: Notify,
}

/// The listener.
pub(super) struct Listener {
    redirect: String,
    shared: Arc<Shared>,
    visits: mpsc::Receiver<Visit>,
}

/// A browser that waits for its page. While this is there, whoever comes later is told that all is done.
pub(super) struct Reply {
    page: Option<oneshot::Sender<Page>>,
    listener: Listener,
}

impl Listener {
    /// Begins to listen.
    pub(super) fn bind(session: &Session, options: &ConnectOptions) -> Result<Self, Complaint> {
        let wanted = options.port.unwrap_or_default();
        let bind = |address: SocketAddr| session.runtime.block_on(TcpListener::bind(address));
        let first = bind((Ipv4Addr::LOCALHOST, wanted).into()).map_err(|error| taken(wanted, &error))?;
        let port = first.local_addr().map_err(|error| taken(wanted, &error))?.port();
        let mut listeners = vec![first];
        let host = match options.redirect {
            RedirectHost::Address => "127.0.0.1",
            RedirectHost::Localhost => {
                // The name may lead to either; where there is no IPv6, nobody comes that way.
                listeners.extend(bind((Ipv6Addr::LOCALHOST, port).into()));
                "localhost"
            }
        };
        let (sender, visits) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
            expected: Mutex::new(Expected::Nobody),
            visits: sender,
            told: AtomicBool::new(false),
            delivered: Notify::new(),
        });
        for listener in listeners {
            session.runtime.spawn(accept(listener, Arc::clone(&shared)));
        }
        Ok(Listener { redirect: format!("http://{host}:{port}{PATH}"), shared, visits })
    }

    /// The redirect address.
    pub(super) fn redirect(&self) -> &str {
        &self.redirect
    }

    /// Lets the first one in who passes this check.
    pub(super) fn expect(&self, check: impl Fn(&Parameters) -> bool + Send + Sync + 'static) {
        *self.shared.expected.lock().unwrap_or_else(PoisonError::into_inner) = Expected::Visitor(Box::new(check));
    }

    /// Waits for them. None when nobody came in time.
    pub(super) fn visitor(
        mut self,
        session: &Session,
        patience: Duration,
    ) -> Result<Option<(Parameters, Reply)>, Complaint> {
        let visit = session.wait(async { Ok(tokio::time::timeout(patience, self.visits.recv()).await) })?;
        let Ok(Some(Visit { parameters, page })) = visit else { return Ok(None) };
        Ok(Some((parameters, Reply { page: Some(page), listener: self })))
    }
}

impl Reply {
    /// Gives the browser its page, and waits until that has left.
    pub(super) fn send(&mut self, session: &Session, page: Page) {
        // A browser that has gone away needs none.
        if let Some(waiting) = self.page.take()
            && waiting.send(page).is_ok()
        {
            let delivered = self.listener.shared.delivered.notified();
            let _ = session.runtime.block_on(async { tokio::time::timeout(DELIVERY, delivered).await });
        }
    }
}

impl Shared {
    /// Lets the right visitor in, once.
    fn take(&self, parameters: &Parameters) -> Result<(), Page> {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        match &*expected {
            Expected::Visitor(check) if !is_ambiguous(parameters) && check(parameters) => {
                *expected = Expected::Done;
                Ok(())
            }
            Expected::Done => Err(Page::Finished),
            Expected::Visitor(_) | Expected::Nobody => Err(Page::Foreign),
        }
    }

    /// The page for a request.
    async fn page(&self, request: &Request<Incoming>, carried: &AtomicBool) -> Page {
        let hosts = request.headers().get_all(hyper::header::HOST).iter();
        let hosts: Vec<&str> = hosts.map(|host| host.to_str().unwrap_or_default()).collect();
        if let Some(page) = misplaced(request.method().as_str(), request.uri(), &hosts, &self.hosts) {
            return page;
        }
        let query = request.uri().query().unwrap_or_default();
        let parameters: Parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if let Err(page) = self.take(&parameters) {
            if matches!(page, Page::Foreign) && !self.told.swap(true, Ordering::Relaxed) {
                tell(
                    "somebody called that was not asked (another `state`, or one that is there twice); it was turned away, and the wait goes on",
                );
            }
            return page;
        }
        let (page, waiting) = oneshot::channel();
        carried.store(true, Ordering::Relaxed);
        // Nobody takes it, or answers it, when the program is interrupted.
        if self.visits.send(Visit { parameters, page }).await.is_err() {
            return Page::Interrupted;
        }
        waiting.await.unwrap_or(Page::Interrupted)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    serve(stream, shared).await;
                    drop(place);
                });
            }
            // Out of descriptors, most likely: that passes.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// One connection, one request.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let carried = AtomicBool::new(false);
    let service = service_fn(async |request: Request<Incoming>| -> Result<Response<Full<Bytes>>, Infallible> {
        Ok(respond(&shared.page(&request, &carried).await))
    });
    let mut server = http1::Builder::new();
    server.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(LARGEST);
    // A connection that ends badly is the browser's affair.
    let _ = tokio::time::timeout(WHOLE, server.serve_connection(TokioIo::new(stream), service)).await;
    if carried.load(Ordering::Relaxed) {
        shared.delivered.notify_one();
    }
}

/// The page for a request that cannot be a callback; none for one that can.
fn misplaced(method: &str, uri: &hyper::Uri, hosts: &[&str], ours: &[String]) -> Option<Page> {
    let [host] = hosts else { return Some(Page::Misdirected) };
    // A request to a proxy names its host in the first line, whatever `Host` says.
    if uri.authority().is_some() || !ours.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        return Some(Page::Misdirected);
    }
    match (method, uri.path()) {
        ("GET", PATH) => None,
        (_, PATH) => Some(Page::BadMethod),
        _ => Some(Page::Nothing),
    }
}

/// Whether something that counts is there twice.
fn is_ambiguous(parameters: &Parameters) -> bool {
    MEANT.iter().any(|wanted| parameters.iter().filter(|(name, _)| name == wanted).count() > 1)
}

/// A parameter that is there once.
pub(super) fn once<'p>(parameters: &'p Parameters, wanted: &str) -> Option<&'p str> {
    let mut found = parameters.iter().filter(|(name, _)| name == wanted);
    found.next().filter(|_| found.next().is_none()).map(|(_, value)| value.as_str())
}

fn taken(port: u16, error: &std::io::Error) -> Complaint {
    let (why, help) = match error.kind() {
        std::io::ErrorKind::AddrInUse => (
            "another program listens there",
            "end that, or take another one with --port; it has to be the one that is registered at the app",
        ),
        std::io::ErrorKind::PermissionDenied => ("this user may not", "take one above 1023 with --port"),
        _ => ("the system refused", "try another one with --port"),
    };
    let at = if port == 0 { "127.0.0.1".to_owned() } else { format!("127.0.0.1:{port}") };
    Complaint::new(format!("nothing can listen on {at}: {why}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_of_the_path_at_our_own_name_is_a_callback() {
        let ours = ["127.0.0.1:5050".to_owned(), "localhost:5050".to_owned()];
        let cases: [(&str, &str, &[&str], Option<u16>); 15] = [
            ("GET", "/callback?code=x", &["127.0.0.1:5050"], None),
            ("GET", "/callback", &["localhost:5050"], None),
            ("GET", "/callback", &["LocalHost:5050"], None),
            ("GET", "/callback", &["evil.example:5050"], Some(421)),
            ("GET", "/callback", &["127.0.0.1"], Some(421)),
            ("GET", "/callback", &["127.0.0.1:5051"], Some(421)),
            ("GET", "/callback", &[], Some(421)),
            ("GET", "/callback", &["127.0.0.1:5050", "evil.example"], Some(421)),
            ("GET", "http://evil.example/callback", &["127.0.0.1:5050"], Some(421)),
            ("POST", "/callback", &["127.0.0.1:5050"], Some(405)),
            ("OPTIONS", "/callback", &["127.0.0.1:5050"], Some(405)),
            ("HEAD", "/callback", &["127.0.0.1:5050"], Some(405)),
            ("GET", "/favicon.ico", &["127.0.0.1:5050"], Some(404)),
            ("GET", "/callback/", &["127.0.0.1:5050"], Some(404)),
            ("GET", "/", &["evil.example"], Some(421)),
        ];
        for (method, uri, hosts, expected) in cases {
            let uri: hyper::Uri = uri.parse().expect("a target");
            let page = misplaced(method, &uri, hosts, &ours);
            assert_eq!(page.map(|page| respond(&page).status().as_u16()), expected, "{method} {uri} {hosts:?}");
        }
    }

    #[test]
    fn what_is_there_twice_is_not_there() {
        let parameters = |query: &str| form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Parameters>();
        assert_eq!(once(&parameters("a=1&state=x"), "state"), Some("x"));
        assert_eq!(once(&parameters("state=x&state=x"), "state"), None);
        assert_eq!(once(&parameters("a=1"), "state"), None);
    }
}
