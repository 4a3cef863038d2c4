//! FTP: what is asked of a server byte by byte, and where data connections go.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::shop::{Left, Shop};

const CANARY: &str = "canary-ftp-password";

/// A server that answers each command line, and what it heard.
struct Scripted {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn start(reply: impl Fn(&str) -> String + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (heard, reply) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(reply));
        let all = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, heard) = (Arc::clone(&reply), Arc::clone(&all));
                // A client that leaves in the middle ends its thread.
                thread::spawn(move || converse(&stream, &*reply, &heard));
            }
        });
        Scripted { port, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panicked").clone()
    }
}

fn converse(mut stream: &TcpStream, reply: &dyn Fn(&str) -> String, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"220 ready\r\n")?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        heard.lock().expect("nobody panicked").push(line.clone());
        stream.write_all(reply(line.trim_end()).as_bytes())?;
    }
}

/// The usual answers of a server that lets this user in.
fn usual(command: &str) -> String {
    let text = match command.split(' ').next().unwrap_or_default() {
        "USER" => "331 password please",
        "PASS" => "230 logged in",
        "PWD" => "257 \"/\" is the directory",
        "CWD" => "250 changed",
        "QUIT" => "221 bye",
        _ => "502 not here",
    };
    format!("{text}\r\n")
}

fn run(protocol: &str, port: u16, more: &Value) -> Left {
    let mut shop = Shop::new();
    let mut fields = json!({"protocol": protocol, "host": "127.0.0.1", "port": port, "username": "deploy"});
    fields["password"] = shop.secret(CANARY);
    fields.as_object_mut().expect("a mapping").extend(more.as_object().cloned().unwrap_or_default());
    if let Some(secret) = more["secret"].as_str() {
        fields["password"] = shop.secret(secret);
        fields.as_object_mut().expect("a mapping").remove("secret");
    }
    shop.step("ftp", "ftp", &fields, None);
    shop.run(&["--format", "json", "--trace", "--timeout", "3s"])
}

#[test]
fn no_field_brings_in_a_command_of_its_own() {
    let fields = [
        json!({"secret": "a\r\nDELE x"}),
        json!({"secret": "a\nDELE x"}),
        json!({"secret": "a\rDELE x"}),
        json!({"secret": "a\0DELE x"}),
        json!({"username": "a\r\nDELE x"}),
        json!({"username": "a\nDELE x"}),
        json!({"directory": "a\r\nDELE x"}),
        json!({"directory": "a\nDELE x"}),
    ];
    for more in fields {
        let server = Scripted::start(usual);
        let left = run("ftp", server.port, &more);
        let heard = server.heard();
        assert!(heard.is_empty(), "{more}: {heard:?}");
        assert!(left.code == Some(2) || left.causes() == ["field-format"], "{more}: {}{}", left.stdout, left.stderr);
    }
    // Percent signs are characters like any other.
    let server = Scripted::start(usual);
    run("ftp", server.port, &json!({"secret": "a%0d%0aDELE x", "username": "u%0aQUIT"}));
    assert_eq!(server.heard()[..2], ["USER u%0aQUIT\r\n", "PASS a%0d%0aDELE x\r\n"]);
}

#[test]
fn without_tls_no_login_is_sent() {
    let answers: [fn(&str) -> &'static str; 6] = [
        |_| "502 not here\r\n",
        |_| "530 log in first\r\n",
        |_| "234 go\r\n230 logged in\r\n",
        |_| "234 go\r\n331 password please\r\n230 logged in\r\n257 \"/\"\r\n",
        |_| "334 ADAT\r\n",
        |_| "200 ok\r\n",
    ];
    for answer in answers {
        let server = Scripted::start(move |command| match command.split(' ').next() {
            Some("AUTH") => answer(command).to_owned(),
            _ => usual(command),
        });
        let left = run("ftps", server.port, &json!({}));
        let heard = server.heard().concat();
        assert!(!heard.contains("USER") && !heard.contains("PASS") && !heard.contains(CANARY), "{heard:?}");
        assert!(heard.starts_with("AUTH TLS\r\n"), "{heard:?}");
        assert_ne!(left.causes(), ["pass"], "{}", left.stdout);
    }
    let server = Scripted::start(usual);
    let left = run("ftps-implicit", server.port, &json!({}));
    assert_eq!(left.causes(), ["tls-handshake-failed"], "{}", left.stdout);
    assert!(!server.heard().concat().contains("deploy"));
}

/// A listener that counts who comes.
fn counted(ip: Ipv4Addr, port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((ip, port)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            seen.fetch_add(1, Ordering::SeqCst);
            // Whoever came may be gone already.
            let _ = stream.write_all(b"a.csv\r\n");
        }
    });
    (port, count)
}

#[test]
fn data_connections_go_to_the_control_peer() {
    let (port, own) = counted(Ipv4Addr::LOCALHOST, 0);
    let (_, sink) = counted(Ipv4Addr::new(127, 0, 0, 2), port);
    let (high, low) = (port >> 8, port & 255);
    for (address, least) in [("127,0,0,2", 1), ("10,0,0,5", 2), ("169,254,169,254", 3), ("0,0,0,0", 4)] {
        let server = Scripted::start(move |command| match command.split(' ').next() {
            Some("PASV") => format!("227 Entering Passive Mode ({address},{high},{low}).\r\n"),
            Some("NLST") => "150 here it comes\r\n226 done\r\n".to_owned(),
            _ => usual(command),
        });
        let left = run("ftp", server.port, &json!({}));
        let steps = left.steps();
        assert_eq!(left.causes(), ["pass"], "{address}: {}", left.stdout);
        let warned = steps[0]["warnings"].to_string().contains("passive-address-ignored");
        assert_eq!(warned, !address.starts_with('0'), "{address}: {}", steps[0]["warnings"]);
        assert_eq!((own.load(Ordering::SeqCst), sink.load(Ordering::SeqCst)), (least, 0), "{address}");
    }
}
