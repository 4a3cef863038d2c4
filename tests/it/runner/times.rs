//! Every wait ends.

use std::time::{Duration, Instant};

use crate::cli::server::{Reply, Server};
use crate::cli::workspace::{Ended, Workspace, api, step};

fn timed(url: &str, words: &str) -> (Ended, Duration) {
    let workspace =
        Workspace::new().with("connections/api.yaml", &api(url, "")).with_steps("steps", [step("A", "").as_str()]);
    let started = Instant::now();
    let ended = workspace.run(&format!("run --live --retries 0 --format json {words}"));
    (ended, started.elapsed())
}

#[test]
fn a_silent_server_costs_the_timeout_and_no_more() {
    let server = Server::start(|_| Reply::Silence);
    let (ended, took) = timed(&server.url(), "--timeout 300ms");
    assert_eq!(ended.ends_with(3).step()["cause"], "response-timeout");
    assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(1300), "{took:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_that_drips_is_cut_off() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = listener.accept().expect("a client");
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
        // One byte at a time, for ever: each is in time, the whole is not.
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let (ended, took) = timed(&url, "--timeout 400ms");
    assert_eq!(ended.step()["verdict"], "inconclusive", "{}", ended.stdout);
    assert!(took < Duration::from_millis(1400), "{took:?}");
}

#[test]
fn many_silent_servers_cost_one_timeout() {
    let servers: Vec<Server> = (0..20).map(|_| Server::start(|_| Reply::Silence)).collect();
    let mut workspace = Workspace::new();
    let steps: Vec<String> = (0..20).map(|number| step("A", &format!("connection: c{number}"))).collect();
    for (number, server) in servers.iter().enumerate() {
        workspace = workspace.with(&format!("connections/c{number}.yaml"), &api(&server.url(), ""));
    }
    let workspace = workspace.with_steps("steps", steps.iter().map(String::as_str));
    let started = Instant::now();
    workspace.run("run --live --retries 0 --timeout 400ms").ends_with(3);
    assert!(started.elapsed() < Duration::from_millis(1600), "{:?}", started.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn the_connect_timeout_holds_by_itself() {
    // A port whose queue is full answers no handshake: what comes further is dropped.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (url, _full) = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port on loopback");
        let listener = socket.listen(1).expect("it listens");
        let address = listener.local_addr().expect("it is bound");
        let mut queued = Vec::new();
        loop {
            let connecting = tokio::net::TcpSocket::new_v4().expect("a socket").connect(address);
            match tokio::time::timeout(Duration::from_millis(100), connecting).await {
                Ok(stream) => queued.push(stream.expect("a place in the queue")),
                Err(_) => break,
            }
            assert!(queued.len() < 100, "the queue never fills");
        }
        (format!("http://{address}"), (listener, queued))
    });
    let (ended, took) = timed(&url, "--connect-timeout 300ms --timeout 20s");
    assert_eq!(ended.ends_with(3).step()["cause"], "connect-timeout");
    assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(1500), "{took:?}");
    let (ended, took) = timed(&url, "--connect-timeout 20s --timeout 300ms");
    assert_eq!(ended.ends_with(3).step()["verdict"], "inconclusive");
    assert!(took < Duration::from_millis(1500), "the whole bounds the part: {took:?}");
}

#[test]
fn a_port_where_nobody_listens_is_told_at_once() {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let (ended, took) = timed(&format!("http://127.0.0.1:{port}"), "");
    assert_eq!(ended.ends_with(3).step()["cause"], "connect-refused");
    assert!(took < Duration::from_secs(1), "{took:?}");
}
