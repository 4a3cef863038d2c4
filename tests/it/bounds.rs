//! Servers without end and without sense: every probe ends in time and in little memory, and none of them passes.

mod mutations;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::leaks::shop::{Left, Shop, tool};

/// What a server says; it is given the stream after the request, or at once for FTP.
type Say = fn(TcpStream) -> std::io::Result<()>;

/// Starts a server, and tells its port.
fn serve(asks_first: bool, say: Say) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || -> std::io::Result<()> {
                let mut stream = stream;
                if asks_first {
                    // Probes are short: one read is the whole request.
                    let _ = stream.read(&mut [0; 4096])?;
                }
                say(stream)
            });
        }
    });
    port
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

fn endless(mut stream: TcpStream, head: &[u8], part: &[u8]) -> std::io::Result<()> {
    stream.write_all(head)?;
    let part = part.repeat((16384 / part.len()).max(1));
    loop {
        stream.write_all(&part)?;
    }
}

fn dripping(mut stream: TcpStream, head: &[u8], part: &[u8]) -> std::io::Result<()> {
    stream.write_all(head)?;
    loop {
        stream.write_all(part)?;
        thread::sleep(Duration::from_millis(100));
    }
}

fn once(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes)?;
    stream.shutdown(Shutdown::Write)
}

/// 64 MiB of spaces before a good answer, in about 64 KiB.
fn bomb(mut stream: TcpStream) -> std::io::Result<()> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..64 {
        packed.write_all(&vec![b' '; 1 << 20])?;
    }
    packed.write_all(b"{\"ok\":true}")?;
    let packed = packed.finish()?;
    assert!(packed.len() < 512 << 10, "{}", packed.len());
    stream.write_all(OK)?;
    stream.write_all(format!("content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len()).as_bytes())?;
    once(stream, &packed)
}

/// HTTP servers. None of them gives a complete good answer.
const HTTP: [(&str, Say); 24] = [
    ("bomb", bomb),
    ("endless body", |stream| endless(stream, &[OK, b"\r\n"].concat(), b" ")),
    ("endless body, chunked", |stream| {
        endless(stream, &[OK, b"transfer-encoding: chunked\r\n\r\n"].concat(), b"1\r\n \r\n")
    }),
    ("endless headers", |stream| endless(stream, OK, b"x-more: and more\r\n")),
    ("endless header", |stream| endless(stream, &[OK, b"x-more: "].concat(), b"and more ")),
    ("endless status", |stream| endless(stream, b"HTTP/1.1 200 ", b"OK ")),
    ("endless interim answers", |stream| endless(stream, b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")),
    ("endless chunk extension", |stream| {
        endless(stream, &[OK, b"transfer-encoding: chunked\r\n\r\n1;"].concat(), b"a=b;")
    }),
    ("endless trailers", |stream| {
        endless(
            stream,
            &[OK, b"transfer-encoding: chunked\r\n\r\nb\r\n{\"ok\":true}\r\n0\r\n"].concat(),
            b"x-more: and more\r\n",
        )
    }),
    ("endless line", |stream| endless(stream, b"", b"and so on ")),
    ("dripping body", |stream| dripping(stream, &[OK, b"content-length: 9000\r\n\r\n"].concat(), b" ")),
    ("dripping headers", |stream| dripping(stream, OK, b"x: y\r\n")),
    ("dripping interim answers", |stream| dripping(stream, b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    ("dripping status", |stream| dripping(stream, b"HTTP/1.1 200 ", b"O")),
    ("silence", |stream| dripping(stream, b"", b"")),
    ("too short", |stream| once(stream, &[OK, b"content-length: 900\r\n\r\n{\"ok\":true}"].concat())),
    ("too long", |stream| once(stream, &[OK, b"content-length: 5\r\n\r\n{\"ok\":true}"].concat())),
    ("two lengths", |stream| {
        once(stream, &[OK, b"content-length: 5\r\ncontent-length: 11\r\n\r\n{\"ok\":true}"].concat())
    }),
    ("negative length", |stream| once(stream, &[OK, b"content-length: -1\r\n\r\n{\"ok\":true}"].concat())),
    ("no status", |stream| once(stream, b"HTTP/1.1\r\n\r\n{\"ok\":true}")),
    ("status of two digits", |stream| once(stream, b"HTTP/1.1 20 OK\r\ncontent-length: 11\r\n\r\n{\"ok\":true}")),
    ("status of letters", |stream| once(stream, b"HTTP/1.1 2OO OK\r\ncontent-length: 11\r\n\r\n{\"ok\":true}")),
    ("no gzip", |stream| {
        once(stream, &[OK, b"content-encoding: gzip\r\ncontent-length: 11\r\n\r\n{\"ok\":true}"].concat())
    }),
    ("nothing", |stream| once(stream, b"")),
];

/// Reads commands and answers each: `PASS` without end.
fn endless_login(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"220 ready\r\n")?;
    let mut heard = [0; 512];
    let length = stream.read(&mut heard)?;
    assert!(heard[..length].starts_with(b"USER"));
    stream.write_all(b"331 password please\r\n")?;
    let _ = stream.read(&mut heard)?;
    endless(stream, b"", b"230-Welcome, and so on\r\n")
}

const FTP: [(&str, Say); 8] = [
    ("endless banner", |stream| endless(stream, b"220 ", b"ready ")),
    ("endless banner of lines", |stream| endless(stream, b"", b"220-and so on\r\n")),
    ("endless garbage", |stream| endless(stream, b"", b"\x00\xff\xfe")),
    ("endless empty lines", |stream| endless(stream, b"", b"\r\n")),
    ("dripping banner", |stream| dripping(stream, b"220-", b"x")),
    ("dripping lines", |stream| dripping(stream, b"", b"220-and so on\r\n")),
    ("endless login", endless_login),
    ("silence", |stream| dripping(stream, b"", b"")),
];

fn over_http(shop: &mut Shop, port: u16) {
    let secret = shop.secret("canary-bounds-key");
    let place = json!({"header": "X-Api-Key"});
    let fields = json!({"base_url": format!("http://127.0.0.1:{port}"), "place": place, "api_key": secret});
    let accept = json!({"status": 200, "json": {"$.ok": true}});
    shop.step("http", "api-key", &fields, Some(json!({"http": {"request": "GET /x", "accept": accept}})));
}

fn over_ftp(shop: &mut Shop, port: u16) {
    let password = shop.secret("canary-bounds-password");
    let fields = json!({"protocol": "ftp", "host": "127.0.0.1", "port": port, "username": "u", "password": password});
    shop.step("ftp", "ftp", &fields, None);
}

fn names() -> impl Iterator<Item = &'static str> {
    HTTP.iter().chain(&FTP).map(|(name, _)| *name)
}

fn check(left: &Left, names: impl Iterator<Item = &'static str>) {
    let steps = left.steps();
    for (step, name) in steps.iter().zip(names) {
        assert_ne!(step["verdict"], "pass", "{name}: {step}");
        assert_ne!(step["cause"], "internal-error", "{name}: {step}");
        // A proof of life beside the verdict: what was seen, and what to do.
        assert!(!step["message"].as_str().expect("a message").is_empty() && step["remedy"] != Value::Null, "{step}");
        let duration = step["duration_ms"].as_u64().expect("a duration");
        assert!(duration < 4000, "{name} took {duration} ms: {step}");
    }
    assert_eq!(left.code, Some(1), "{}", left.stderr);
}

#[test]
fn every_probe_ends_in_time_and_none_passes() {
    let mut shop = Shop::new();
    for (_, say) in HTTP {
        over_http(&mut shop, serve(true, say));
    }
    for (_, say) in FTP {
        over_ftp(&mut shop, serve(false, say));
    }
    let begun = Instant::now();
    let left = shop.run(&["--format", "json", "--timeout", "3s"]);
    assert_eq!(left.steps().len(), names().count(), "{}", left.stderr);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    check(&left, names());
}

/// The most memory that the tool held at any time, in KiB, while it ran this.
fn peak(shop: &Shop) -> Option<u64> {
    shop.plan();
    let options = ["run", "--live", "--retries", "0", "--jobs", "1", "--timeout", "2s", "--format", "json"];
    let mut child = tool()
        .args(options)
        .current_dir(shop.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut most = None;
    while child.try_wait().expect("it is ours").is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = now.max(most);
        thread::sleep(Duration::from_millis(10));
    }
    most
}

/// A step at the end keeps the process there until it has been looked at.
#[test]
fn no_server_makes_the_tool_grow() {
    let greedy = [0, 1, 2, 3, 4, 6, 7, 9].map(|at: usize| HTTP[at].1);
    let held = |says: &[Say], ftp: &[Say]| {
        let mut shop = Shop::new();
        for say in says {
            over_http(&mut shop, serve(true, *say));
        }
        for say in ftp {
            over_ftp(&mut shop, serve(false, *say));
        }
        over_http(&mut shop, serve(true, |stream| dripping(stream, b"", b"")));
        peak(&shop)
    };
    let greedy_ftp = [0, 1, 2, 6].map(|at: usize| FTP[at].1);
    let (idle, full) = (held(&[], &[]), held(&greedy, &greedy_ftp));
    let (Some(idle), Some(full)) = (idle, full) else {
        eprintln_skip();
        return;
    };
    let grown = full.saturating_sub(idle);
    assert!(grown < 64 << 10, "{idle} KiB idle, {full} KiB under fire");
}

/// There is no /proc on this system.
fn eprintln_skip() {
    // A test may say why it did not look.
    let _ = std::io::stderr().write_all(b"skipped: the memory of a process cannot be read here\n");
}
