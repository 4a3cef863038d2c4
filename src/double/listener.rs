//! What every double listens with: a port of its own on loopback, and a task for each client.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// A listener on loopback. Closed, with every connection, when dropped.
#[derive(Debug)]
pub(super) struct Listener {
    /// Where it listens.
    pub(super) socket: SocketAddr,
    task: AbortHandle,
}

impl Listener {
    /// Opens a port, and hands each client over to a visit of its own.
    ///
    /// A visit ends with an error when its client leaves in the middle; nobody is left to be told.
    pub(super) async fn open<V>(visit: impl Fn(TcpStream) -> V + Send + 'static) -> io::Result<Listener>
    where
        V: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let socket = listener.local_addr()?;
        let task = tokio::spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                visits.spawn(visit(client));
                while visits.try_join_next().is_some() {}
            }
        });
        Ok(Listener { socket, task: task.abort_handle() })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}
