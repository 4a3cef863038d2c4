//! The first words of an FTP server, read before suppaftp reads them: so that another protocol, silence and a closed door can be
//! told apart, a 120 can be waited out, and a greeting that is no welcome is kept whole.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, Interest};
use tokio::net::TcpStream;

use crate::model::phase::Phase;

use super::reply::{self, Reply};
use crate::wire::obstacle::Obstacle;
use crate::wire::transcript::{Transcript, excerpt};

/// The longest line of a greeting, in bytes.
const LINE_LIMIT: usize = 4096;
/// How long to wait before a line that has begun is looked at again.
const PAUSE: Duration = Duration::from_millis(10);
/// How much of another protocol's first words is quoted, in characters.
const QUOTE: usize = 60;

/// How a server greets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// 220. Its last line is still unread: suppaftp wants to see it.
    Ready,
    /// Any other final reply, read to its end.
    Refused(Reply),
    /// It closed the connection in good order, and said nothing.
    ShutOut,
}

/// Waits for the greeting. `limit` bounds it, in bytes.
pub(super) async fn greet(
    stream: &mut TcpStream,
    limit: usize,
    transcript: &Transcript<'_>,
) -> Result<Greeting, Obstacle> {
    loop {
        let Some(first) = next_line(stream, true, transcript).await? else { return Ok(Greeting::ShutOut) };
        let opening = reply::code(&first).ok_or_else(|| foreign(&first, transcript))?;
        let mut whole = first.clone();
        let mut line = first;
        while !reply::ends(&line, opening) {
            take(stream, &line, transcript).await?;
            line = next_line(stream, false, transcript).await?.ok_or(Obstacle::Closed(Phase::Banner))?;
            whole.extend_from_slice(&line);
            if whole.len() > limit {
                return Err(Obstacle::Malformed(format!("a greeting of more than {limit} bytes")));
            }
        }
        let reply = Reply::parse(&whole)?;
        if opening == 220 {
            transcript.received(&shown(&line));
            let words = reply.words();
            // `220` also opens the greeting of mail servers (RFC 5321).
            if words.contains("smtp") && !words.contains("ftp") {
                return Err(Obstacle::Protocol("SMTP (mail)".to_owned()));
            }
            return Ok(Greeting::Ready);
        }
        take(stream, &line, transcript).await?;
        // 120: ready in some minutes; a 220 follows (RFC 959 section 5.4).
        if opening != 120 {
            return Ok(Greeting::Refused(reply));
        }
    }
}

/// The next line, left in the socket. None: closed in good order before the first byte of it.
async fn next_line(stream: &TcpStream, first: bool, transcript: &Transcript<'_>) -> Result<Option<Vec<u8>>, Obstacle> {
    let broken = |error: &io::Error| Obstacle::from_io(error, Phase::Banner, Duration::ZERO);
    let mut buffer = vec![0; LINE_LIMIT];
    let mut looks = 0;
    loop {
        let count = stream.peek(&mut buffer).await.map_err(|error| broken(&error))?;
        let seen = &buffer[..count];
        if seen.is_empty() {
            return Ok(None);
        }
        // A few looks at an odd beginning, so that more than its first byte can be quoted.
        looks += 1;
        if first && !may_open_a_reply(seen) && (count >= 8 || looks > 10) {
            return Err(foreign(seen, transcript));
        }
        if let Some(end) = seen.iter().position(|byte| *byte == b'\n') {
            return Ok(Some(seen[..=end].to_vec()));
        }
        if count == LINE_LIMIT {
            return Err(Obstacle::Malformed(format!("a greeting with a line of more than {LINE_LIMIT} bytes")));
        }
        // The rest of the line may never come; peeking alone would show the same bytes for ever.
        let ready = stream.ready(Interest::READABLE).await.map_err(|error| broken(&error))?;
        if ready.is_read_closed() {
            return if first && !may_open_a_reply(seen) {
                Err(foreign(seen, transcript))
            } else {
                Err(Obstacle::Closed(Phase::Banner))
            };
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes a line out of the socket that was looked at before.
async fn take(stream: &mut TcpStream, line: &[u8], transcript: &Transcript<'_>) -> Result<(), Obstacle> {
    let mut taken = vec![0; line.len()];
    stream.read_exact(&mut taken).await.map_err(|error| Obstacle::from_io(&error, Phase::Banner, Duration::ZERO))?;
    transcript.received(&shown(line));
    Ok(())
}

/// A line as text, without its end.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().to_owned()
}

/// Whether these bytes can be the beginning of `NNN text`.
fn may_open_a_reply(seen: &[u8]) -> bool {
    seen.iter().take(4).enumerate().all(|(at, byte)| match at {
        0..3 => byte.is_ascii_digit(),
        _ => matches!(byte, b' ' | b'-' | b'\r'),
    })
}

/// Names the protocol whose first bytes these are.
fn foreign(seen: &[u8], transcript: &Transcript<'_>) -> Obstacle {
    let known = match seen {
        [b'S', b'S', b'H', b'-', ..] => Some("SSH (its files are reached by `sftp`)"),
        [b'H', b'T', b'T', b'P', b'/', ..] => Some("HTTP (a web server)"),
        [0x15 | 0x16, 0x03, ..] => Some("TLS from the first byte (`ftps-implicit`)"),
        [b'*', b' ', b'O', b'K', ..] => Some("IMAP (mail)"),
        [b'+', b'O', b'K', ..] => Some("POP3 (mail)"),
        _ => None,
    };
    Obstacle::Protocol(known.map_or_else(
        || {
            let text = transcript.scrubber().scrub(&String::from_utf8_lossy(seen)).into_owned();
            format!("something else than FTP (it begins with `{}`)", excerpt(text.trim_end(), QUOTE))
        },
        str::to_owned,
    ))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::model::scrub::Scrubber;

    /// What is made of a server that says these pieces, a little apart, and closes. Also what is left for suppaftp.
    async fn greeted(pieces: &[&[u8]]) -> (Result<Greeting, Obstacle>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.to_vec()).collect();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            for piece in pieces {
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        });
        #[expect(clippy::disallowed_methods, reason = "the test is the client")]
        let mut stream = TcpStream::connect(address).await.unwrap();
        let scrubber = Scrubber::new();
        let greeting = greet(&mut stream, 1000, &Transcript::begin(&scrubber)).await;
        let mut rest = String::new();
        if greeting == Ok(Greeting::Ready) {
            stream.read_to_string(&mut rest).await.unwrap();
        }
        server.await.unwrap();
        (greeting, rest)
    }

    #[tokio::test]
    async fn the_last_line_is_left_for_suppaftp() {
        let (greeting, rest) = greeted(&[b"220-Hello\r\n100 users\r\n220", b" ready\r\n"]).await;
        assert_eq!(greeting, Ok(Greeting::Ready));
        assert_eq!(rest, "220 ready\r\n");
    }

    #[tokio::test]
    async fn a_server_that_is_ready_later_is_waited_for() {
        let (greeting, rest) = greeted(&[b"120 Ready in a minute.\r\n", b"220 Now.\r\n"]).await;
        assert!(greeting == Ok(Greeting::Ready), "{greeting:?}");
        assert_eq!(rest, "220 Now.\r\n");
    }

    #[tokio::test]
    async fn a_refusal_is_read_to_its_end() {
        let (greeting, _) = greeted(&[b"421-Sorry.\r\n", b"421 Too many.\r\n"]).await;
        let Ok(Greeting::Refused(reply)) = greeting else { panic!("{greeting:?}") };
        assert_eq!(reply.line(), "421 Sorry. Too many.");
    }

    #[tokio::test]
    async fn other_protocols_are_named() {
        for (pieces, named) in [
            (&[&b"SSH-2.0-OpenSSH_9.2p1\r\n"[..]][..], "SSH"),
            (&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], "HTTP"),
            (&[b"\x15\x03\x01\x00\x02\x02\x46"], "TLS"),
            (&[b"220 mail.example.com ESMTP Postfix\r\n"], "SMTP"),
            (&[b"J\0\0\0\n8.0.36\0"], "8.0.36"),
            (&[b"hi"], "`hi`"),
        ] {
            let (greeting, _) = greeted(pieces).await;
            let Err(Obstacle::Protocol(what)) = greeting else { panic!("{named}: {greeting:?}") };
            assert!(what.contains(named), "{what}");
        }
    }

    #[tokio::test]
    async fn a_closed_door_is_told_from_a_broken_greeting() {
        assert_eq!(greeted(&[]).await.0, Ok(Greeting::ShutOut));
        assert_eq!(greeted(&[b"22"]).await.0, Err(Obstacle::Closed(Phase::Banner)));
        assert_eq!(greeted(&[b"220-Hello\r\n"]).await.0, Err(Obstacle::Closed(Phase::Banner)));
    }

    #[tokio::test]
    async fn a_greeting_without_end_is_bounded() {
        assert!(matches!(
            greeted(&[&[b"220 ".to_vec(), vec![b'x'; 5000]].concat()]).await.0,
            Err(Obstacle::Malformed(_))
        ));
        let many = b"220-and so on and so on and so on and on\r\n".repeat(40);
        assert!(matches!(greeted(&[&many]).await.0, Err(Obstacle::Malformed(_))));
    }
}
