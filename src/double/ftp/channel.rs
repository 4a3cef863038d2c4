//! A connection of the double, control or data, in clear or under TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::double::fault::OverTcp;

/// The longest command line that is read, in bytes.
const LINE_LIMIT: usize = 8192;

/// A connection.
pub(super) enum Channel {
    /// In clear.
    Clear(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What came over the control connection.
pub(super) enum Heard {
    /// A command, without its line end.
    Command(Vec<u8>),
    /// A line that does not end.
    Endless,
    /// The client has left.
    Nothing,
}

impl Channel {
    /// A connection that was just accepted.
    pub(super) fn accepted(stream: TcpStream) -> Channel {
        // Replies are short and come in pairs; waiting to fill packets would cost each step some 40 ms.
        let _ = stream.set_nodelay(true);
        Channel::Clear(stream)
    }

    /// The same connection under TLS.
    pub(super) async fn secure(self, acceptor: &TlsAcceptor) -> io::Result<Channel> {
        match self {
            Channel::Clear(stream) => Ok(Channel::Tls(Box::new(acceptor.accept(stream).await?))),
            secured @ Channel::Tls(_) => Ok(secured),
        }
    }

    /// Whether it is under TLS.
    pub(super) const fn is_secure(&self) -> bool {
        matches!(self, Channel::Tls(_))
    }

    /// Reads one command.
    pub(super) async fn hear(&mut self) -> io::Result<Heard> {
        let mut line = Vec::new();
        loop {
            match self.read_u8().await {
                Ok(b'\n') => break,
                Ok(byte) if line.len() < LINE_LIMIT => line.push(byte),
                Ok(_) => return Ok(Heard::Endless),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Heard::Nothing),
                Err(error) => return Err(error),
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Heard::Command(line))
    }
}

impl OverTcp for Channel {
    fn tcp(&self) -> &TcpStream {
        match self {
            Channel::Clear(stream) => stream,
            Channel::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl AsyncRead for Channel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Channel::Clear(stream) => Pin::new(stream).poll_read(cx, buf),
            Channel::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Channel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Channel::Clear(stream) => Pin::new(stream).poll_write(cx, buf),
            Channel::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Channel::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Channel::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Channel::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Channel::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
