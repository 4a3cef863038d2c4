//! Faults: what doubles do wrong, on the raw bytes of a connection. Shared by the HTTP gate and the FTP responder.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::model::fixture::Fault;

/// A stream over one TCP socket, with or without TLS in between.
pub(super) trait OverTcp: AsyncRead + AsyncWrite + Unpin {
    /// The socket underneath.
    fn tcp(&self) -> &TcpStream;
}

impl OverTcp for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl OverTcp for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What is left of a conversation after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The whole answer was sent; the conversation goes on.
    GoOn,
    /// It is over: drop the stream, which closes or resets it.
    HangUp,
}

/// Plays a fault in place of, or while, sending this answer.
///
/// # Errors
/// The peer went away first.
pub(super) async fn play<S: OverTcp>(fault: Fault, stream: &mut S, answer: &[u8]) -> io::Result<After> {
    match fault {
        Fault::Reset => stream.tcp().set_zero_linger()?,
        Fault::Close => stream.shutdown().await?,
        Fault::Silence => outwait(stream).await,
        Fault::Garbage => {
            stream.write_all(GARBAGE).await?;
            stream.shutdown().await?;
        }
        Fault::Slow => {
            trickle(stream, answer).await?;
            return Ok(After::GoOn);
        }
        Fault::Truncate => {
            stream.write_all(&answer[..middle(answer)]).await?;
            stream.shutdown().await?;
        }
    }
    Ok(After::HangUp)
}

/// Bytes that begin no answer of any protocol here, with a line break so that line readers see them.
const GARBAGE: &[u8] = b"\x00\xff\xfe\x13garbage\x07\r\n\r\n";

/// The longest that a slow answer takes, a pause between two writes, and how many writes fit.
const SLOW_PAUSE: Duration = Duration::from_millis(20);
const SLOW_TOTAL: Duration = Duration::from_secs(1);
const SLOW_WRITES: usize = 1000;

/// Says nothing until the peer has had enough.
async fn outwait<S: OverTcp>(stream: &mut S) {
    let mut ignored = [0; 256];
    while matches!(stream.read(&mut ignored).await, Ok(read) if read > 0) {}
}

/// One byte at a time, 20 ms apart; closer together, then more at once, where that would take longer than a second.
async fn trickle<S: OverTcp>(stream: &mut S, answer: &[u8]) -> io::Result<()> {
    let at_once = answer.len().div_ceil(SLOW_WRITES).max(1);
    let writes = u32::try_from(answer.len().div_ceil(at_once)).unwrap_or(u32::MAX).max(1);
    let pause = SLOW_PAUSE.min(SLOW_TOTAL / writes);
    // By the clock: pauses that came late on a busy machine would add up otherwise.
    let mut pace = tokio::time::interval(pause);
    for bytes in answer.chunks(at_once) {
        stream.write_all(bytes).await?;
        stream.flush().await?;
        pace.tick().await;
    }
    Ok(())
}

/// Where to stop: in the middle of the body where an HTTP answer has one, else in the middle of everything.
fn middle(answer: &[u8]) -> usize {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    match head {
        Some(head) if head < answer.len() => head + (answer.len() - head) / 2,
        _ => answer.len() / 2,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What a client sees when this fault is played on `answer`.
    async fn seen(fault: Fault, answer: &'static [u8]) -> (Vec<u8>, io::Result<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let after = play(fault, &mut stream, answer).await.unwrap();
            assert_eq!(after == After::GoOn, fault == Fault::Slow);
        });
        #[expect(clippy::disallowed_methods, reason = "the test is the client")]
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut got = Vec::new();
        let end = client.read_to_end(&mut got).await.map(drop);
        server.await.unwrap();
        (got, end)
    }

    #[tokio::test]
    async fn each_fault_is_seen_for_what_it_is() {
        let (got, end) = seen(Fault::Reset, b"220 ready\r\n").await;
        assert!(got.is_empty());
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let (got, end) = seen(Fault::Close, b"220 ready\r\n").await;
        assert!(got.is_empty() && end.is_ok());
        let (got, _) = seen(Fault::Garbage, b"220 ready\r\n").await;
        assert_eq!(got, GARBAGE);
        let (got, _) = seen(Fault::Slow, b"220 ready\r\n").await;
        assert_eq!(got, b"220 ready\r\n");
        let (got, _) = seen(Fault::Truncate, b"220 ready\r\n").await;
        assert_eq!(got, b"220 r");
    }

    #[tokio::test]
    async fn silence_lasts_until_the_peer_goes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test is the client")]
        let client = TcpStream::connect(address).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let silence = tokio::spawn(async move { play(Fault::Silence, &mut stream, b"220\r\n").await });
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(!silence.is_finished());
        drop(client);
        assert_eq!(silence.await.unwrap().unwrap(), After::HangUp);
    }

    #[test]
    fn an_answer_is_cut_in_the_middle_of_its_body() {
        assert_eq!(middle(b"HTTP/1.1 200 OK\r\n\r\nabcd"), 21);
        assert_eq!(middle(b"HTTP/1.1 204 No Content\r\n\r\n"), 13);
    }
}
