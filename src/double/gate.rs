//! The gate before an HTTP double whose fixture has faults: wiremock speaks HTTP well, so what has to go wrong goes wrong here.
//!
//! The gate passes a request on, reads the whole answer (every answer behind a gate ends its connection), takes the private mark
//! off and plays the fault that it names on the raw bytes.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fault;
use super::listener::Listener;
use crate::model::fixture::Fault;

/// The private header by which an answer says what is to go wrong with it. Never reaches the client.
pub(super) const MARK: &str = "x-tugtest-fault";

/// Opens a gate to the server behind it.
pub(super) async fn open(behind: SocketAddr) -> io::Result<Listener> {
    Listener::open(move |client| visit(client, behind)).await
}

/// One connection: one request, one answer. Either side may leave at any time; then there is nobody left to tell.
async fn visit(mut client: TcpStream, behind: SocketAddr) -> io::Result<()> {
    let mut answer = ask(&mut client, behind).await?;
    match take_mark(&mut answer) {
        Some(fault) => fault::play(fault, &mut client, &answer).await.map(drop),
        None => client.write_all(&answer).await,
    }
}

/// Passes the client's bytes on and reads the answer to its end. Fails when the client leaves before that.
async fn ask(client: &mut TcpStream, behind: SocketAddr) -> io::Result<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "a gate belongs to its double: this leads to the server behind it")]
    let mut server = TcpStream::connect(behind).await?;
    let (mut from_server, mut to_server) = server.split();
    let mut answer = Vec::new();
    let mut read = std::pin::pin!(from_server.read_to_end(&mut answer));
    let mut question = [0; 4096];
    loop {
        tokio::select! {
            end = &mut read => { end?; break; }
            bytes = client.read(&mut question) => match bytes? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                bytes => to_server.write_all(&question[..bytes]).await?,
            },
        }
    }
    Ok(answer)
}

/// Removes the mark from the head of an answer and says which fault it named.
fn take_mark(answer: &mut Vec<u8>) -> Option<Fault> {
    let head_end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 2;
    let mut from = 0;
    while from < head_end {
        let end = from + answer[from..].windows(2).position(|two| two == b"\r\n")? + 2;
        let line = std::str::from_utf8(&answer[from..end]).unwrap_or_default();
        if let Some(name) = line.strip_prefix(MARK).and_then(|rest| rest.strip_prefix(':')) {
            let fault = Fault::from_name(name.trim());
            answer.drain(from..end);
            return fault;
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_taken_off() {
        let mut answer =
            b"HTTP/1.1 200 OK\r\nx-tugtest-fault: slow\r\na: b\r\n\r\nx-tugtest-fault: reset\r\n\r\n".to_vec();
        assert_eq!(take_mark(&mut answer), Some(Fault::Slow));
        assert_eq!(answer, b"HTTP/1.1 200 OK\r\na: b\r\n\r\nx-tugtest-fault: reset\r\n\r\n");
        assert_eq!(take_mark(&mut answer), None);
    }
}
