//! A small HTTP server whose answers may wait for what a test does: one thread a connection, one request a connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a server does with a request.
pub(crate) enum Reply {
    /// This status, these header lines (each with its line break), this body.
    Status(u16, &'static str, &'static str),
    /// A TCP reset.
    Reset,
    /// Nothing, until the client gives up.
    Silence,
}

/// A plain acceptance.
pub(crate) const OK: Reply = Reply::Status(200, "", "{}");

/// A request, as far as tests look at it.
#[derive(Clone)]
pub(crate) struct Request {
    /// Its place among all requests, from 1.
    pub(crate) number: usize,
    /// Head and body.
    pub(crate) head: String,
    /// When it was read.
    pub(crate) at: Instant,
}

/// What a server knows of its clients.
#[derive(Default)]
struct State {
    requests: Vec<Request>,
    in_flight: usize,
    most_in_flight: usize,
}

/// A server on loopback.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Server {
    /// A server that answers each request as `reply` says; `reply` may wait.
    pub(crate) fn start(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("it is bound");
        let (shared, reply) = (<Arc<(Mutex<State>, Condvar)>>::default(), Arc::new(reply));
        let server = Server { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, reply) = (Arc::clone(&shared), Arc::clone(&reply));
                thread::spawn(move || serve(stream, &shared, &*reply));
            }
        });
        server
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.shared).requests.clone()
    }

    /// The most requests that were ever waiting for their answer at once.
    pub(crate) fn most_in_flight(&self) -> usize {
        lock(&self.shared).most_in_flight
    }

    /// Waits until so many requests have come.
    pub(crate) fn await_requests(&self, count: usize) {
        let (state, changed) = &*self.shared;
        let guard = state.lock().expect("no thread panics with it");
        let waited = changed.wait_timeout_while(guard, PATIENCE, |state| state.requests.len() < count);
        let (state, timeout) = waited.expect("no thread panics with it");
        assert!(!timeout.timed_out(), "{count} requests were awaited, {} came", state.requests.len());
    }
}

fn lock(shared: &(Mutex<State>, Condvar)) -> MutexGuard<'_, State> {
    shared.0.lock().expect("no thread panics with it")
}

fn serve(mut stream: TcpStream, shared: &(Mutex<State>, Condvar), reply: &(dyn Fn(&Request) -> Reply + Send + Sync)) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&head) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
        }
    }
    let request = {
        let mut state = lock(shared);
        let (number, head) = (state.requests.len() + 1, String::from_utf8_lossy(&head).into_owned());
        let request = Request { number, head, at: Instant::now() };
        state.requests.push(request.clone());
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
        shared.1.notify_all();
        request
    };
    let reply = reply(&request);
    // Before the answer leaves: the client may send its next request as soon as it has it.
    lock(shared).in_flight -= 1;
    match reply {
        Reply::Status(status, headers, body) => {
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} Canary\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
            );
            // A client that has gone away (a cancelled probe) is no fault of the server.
            let _ = stream.write_all(answer.as_bytes());
        }
        Reply::Reset => reset(stream),
        Reply::Silence => while stream.read(&mut buffer).is_ok_and(|count| count > 0) {},
    }
}

/// Whether a request is there with all of its body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    length.is_none_or(|length| length.trim().parse().is_ok_and(|length: usize| body.len() >= length))
}

/// Closes with a reset instead of a farewell.
fn reset(stream: TcpStream) {
    stream.set_nonblocking(true).expect("a socket of ours");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream).expect("a socket of ours");
        stream.set_zero_linger().expect("a socket of ours");
    });
}

/// A gate that is shut until a test opens it.
#[derive(Clone, Default)]
pub(crate) struct Latch(Arc<(Mutex<bool>, Condvar)>);

impl Latch {
    /// Lets everybody through, from now on.
    pub(crate) fn open(&self) {
        *self.0.0.lock().expect("no thread panics with it") = true;
        self.0.1.notify_all();
    }

    /// Waits until it is open.
    pub(crate) fn pass(&self) {
        let guard = self.0.0.lock().expect("no thread panics with it");
        let waited = self.0.1.wait_timeout_while(guard, PATIENCE, |open| !*open);
        assert!(!waited.expect("no thread panics with it").1.timed_out(), "nobody opened the latch");
    }
}
