//! Servers that no fixture can describe: written by hand, byte by byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tugtest::model::endpoint::StandIn;

use super::stage::{Meeting, verdict};

/// Answers each command line with the next of these replies, byte for byte; everything it heard comes back at the end.
async fn server(greeting: &'static [u8], replies: &[&[u8]]) -> (StandIn, JoinHandle<String>) {
    let replies: Vec<Vec<u8>> = replies.iter().map(|reply| reply.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let socket = listener.local_addr().expect("its address");
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut heard = Vec::new();
        stream.write_all(greeting).await.expect("a greeting");
        for reply in replies {
            if !line(&mut stream, &mut heard).await || stream.write_all(&reply).await.is_err() {
                break;
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut heard)).await;
        String::from_utf8_lossy(&heard).into_owned()
    });
    (StandIn { socket, certificate: None }, heard)
}

async fn line(stream: &mut TcpStream, heard: &mut Vec<u8>) -> bool {
    while let Ok(byte) = stream.read_u8().await {
        heard.push(byte);
        if byte == b'\n' {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_login_in_clear_behind_234_brings_out_no_password() {
    // Without TLS behind it, the handshake meets the bytes in clear, or nothing.
    for replies in [&[&b"234 ok\r\n230 logged in\r\n"[..]][..], &[b"234 ok\r\n", b"230 logged in\r\n200 ok\r\n"]] {
        let (stand_in, heard) = server(b"220 ready\r\n", replies).await;
        let meeting = Meeting::over("ftps").within(Duration::from_millis(900));
        let finding = meeting.at(stand_in).await;
        let heard = heard.await.expect("what it heard");
        assert!(finding.judgement.cause.is_some(), "{finding:#?}");
        assert!(heard.starts_with("AUTH TLS\r\n") && !heard.contains("USER") && !heard.contains("PASS"), "{heard:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_of_a_field_with_a_line_break() {
    for meeting in [
        Meeting { user: "deploy\r\nDELE x", ..Meeting::over("ftp") },
        Meeting::over("ftp").directory("in\nDELE x"),
        Meeting::over("ftp").file("*\rDELE x"),
    ] {
        let (stand_in, heard) = server(b"220 ready\r\n", &[]).await;
        assert_eq!(verdict(&meeting.at(stand_in).await), "field-format in resolve");
        heard.abort();
    }
    let meeting = Meeting { password: b"canary\r\nDELE x".to_vec(), ..Meeting::over("ftp") };
    let (stand_in, heard) = server(b"220 ready\r\n", &[b"331 password\r\n"]).await;
    assert_eq!(verdict(&meeting.at(stand_in).await), "field-format in resolve");
    assert_eq!(heard.await.expect("what it heard"), "USER deploy\r\n");
}

#[tokio::test]
async fn percent_signs_stay_percent_signs() {
    let meeting = Meeting { user: "a%0d%0ab", ..Meeting::over("ftp") };
    let (stand_in, heard) = server(b"220 ready\r\n", &[b"530 no\r\n"]).await;
    assert_eq!(verdict(&meeting.at(stand_in).await), "login-denied in auth");
    assert_eq!(heard.await.expect("what it heard"), "USER a%0d%0ab\r\n");
}

#[tokio::test]
async fn passwords_go_out_byte_for_byte() {
    // Latin-1, which is no UTF-8; 255 is doubled, since control connections are Telnet (RFC 959, RFC 854).
    let meeting = Meeting { password: b"p\xe4ss\xff".to_vec(), ..Meeting::over("ftp") };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let socket = listener.local_addr().expect("its address");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut heard = Vec::new();
        stream.write_all(b"220 ready\r\n").await.expect("a greeting");
        line(&mut stream, &mut heard).await;
        stream.write_all(b"331 go on\r\n").await.expect("a reply");
        heard.clear();
        line(&mut stream, &mut heard).await;
        stream.write_all(b"530 Login incorrect.\r\n").await.expect("a reply");
        heard
    });
    let finding = meeting.at(StandIn { socket, certificate: None }).await;
    assert_eq!(verdict(&finding), "credential-rejected in auth");
    assert_eq!(server.await.expect("what it heard"), b"PASS p\xe4ss\xff\xff\r\n");
}

#[tokio::test]
async fn replies_with_a_line_that_looks_final_are_read_to_their_end() {
    let replies: &[&[u8]] = &[
        b"331 password\r\n",
        b"230-Quota:\r\n100 MB used\r\nof 200\r\n230 Welcome\r\n",
        b"257 \"/\"\r\n",
        b"550 Permission denied.\r\n",
        b"550 Permission denied.\r\n",
    ];
    let (stand_in, heard) = server(b"220-Hello\r\n999 lines\r\n220 ready\r\n", replies).await;
    let finding = Meeting::over("ftp").at(stand_in).await;
    assert_eq!(verdict(&finding), "data-channel-failed in transfer", "{finding:#?}");
    let heard = heard.await.expect("what it heard");
    assert!(heard.ends_with("PWD\r\nEPSV\r\nPASV\r\n"), "{heard:?}");
}

#[tokio::test]
async fn replies_without_end_are_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let socket = listener.local_addr().expect("its address");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut heard = Vec::new();
        stream.write_all(b"220 ready\r\n").await.expect("a greeting");
        line(&mut stream, &mut heard).await;
        while stream.write_all(b"331-and so on and so on\r\n").await.is_ok() {}
    });
    let finding = Meeting::over("ftp").at(StandIn { socket, certificate: None }).await;
    assert_eq!(verdict(&finding), "unexpected-response in assert");
    server.await.expect("it ends when we leave");
}

#[tokio::test]
async fn a_client_that_says_too_much_is_bounded_by_the_double() {
    use super::stage::{on, says};
    use tugtest::model::fixture::{Fixture, FtpScript, FtpTls};

    let script = FtpScript { tls: FtpTls::None, dialogue: vec![says("220 ready"), on("NOOP", "200 ok")] };
    let credential = Meeting::over("ftp").credential();
    let double = tugtest::double::raise(&Fixture::Ftp(script), &credential, None).await.expect("a double");
    for flood in [vec![b'x'; 100_000], b"NOOP\r\n".repeat(20_000)] {
        #[expect(clippy::disallowed_methods, reason = "the test is the client")]
        let mut client = TcpStream::connect(double.stand_in().socket).await.expect("a connection");
        let (mut read, mut write) = client.split();
        let mut answers = Vec::new();
        // Either side may find the connection gone; what counts is that it ends.
        let both = async {
            let _ = tokio::join!(write.write_all(&flood), read.read_to_end(&mut answers));
        };
        tokio::time::timeout(Duration::from_secs(10), both).await.expect("the double hangs up");
        assert!(answers.len() < 100_000, "{}", answers.len());
    }
}
