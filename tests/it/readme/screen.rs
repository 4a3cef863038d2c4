//! The report on the README's first screen, beside a real one of the same run: an API that accepts its key, and an FTP server that
//! refuses its password.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use regex::Regex;

use super::blocks;
use crate::cli::server::{OK, Server};
use crate::cli::workspace::{Workspace, api};

/// An FTP server with the words of vsFTPd, which knows nobody.
fn ftp_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut answers = stream.try_clone().expect("a second hand on it");
            let mut say = move |line: &str| answers.write_all(format!("{line}\r\n").as_bytes());
            let mut said = say("220 (vsFTPd 3.0.3)");
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                said = said.and_then(|()| match line.split(' ').next() {
                    Some("USER") => say("331 Please specify the password."),
                    Some("PASS") => say("530 Login incorrect."),
                    Some("QUIT") => say("221 Goodbye."),
                    _ => say("530 Please login with USER and PASS."),
                });
                // Whoever has gone away needs no answer.
                if said.is_err() {
                    break;
                }
            }
        }
    });
    address
}

/// The report with times, versions and ports masked.
fn masked(report: &str) -> String {
    let mut text = report.trim_end().to_owned();
    for (what, mask) in [
        (r"\[ *\d+\.\d{3}s\]", "[TIME]"),
        (r"(?m)( )\d+\.\d{3}s( [<>-] )", "${1}TIME${2}"),
        (r"127\.0\.0\.1(:\d+)?", "HOST"),
        (r"tugtest \d+\.\d+\.\d+", "tugtest VERSION"),
    ] {
        text = Regex::new(what).expect("an expression").replace_all(&text, mask).into_owned();
    }
    text
}

#[test]
fn the_first_screen_is_what_the_tool_prints() {
    let (server, ftp) = (Server::start(|_| OK), ftp_server());
    let port = ftp.port();
    let files = format!(
        "app: ftp\ntype: ftp\nfields: {{protocol: ftp, host: 127.0.0.1, port: {port}, username: deploy, password: {{env: CANARY_API_KEY}}}}\n"
    );
    let orders = "workflow: Orders\nsteps:\n  - name: Read orders\n    app: http\n    probe: {http: {request: GET /v1/orders}}\n  - name: Upload\n    app: ftp\n";
    let workspace = Workspace::new()
        .with("connections/api.yaml", &api(&server.url(), ""))
        .with("connections/files.yaml", &files)
        .with("scenarios/orders.yaml", orders);
    let ended = workspace.run("run --live").ends_with(1);
    let shown = blocks("text").into_iter().next().expect("a first screen");
    assert_eq!(masked(shown), masked(&ended.stdout), "the README shows another report than the tool prints");
}
