//! Sockets on loopback.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A router behind a socket; gone when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves a router at a free port.
    pub async fn start(router: Router) -> Self {
        Self::at(Self::listen().await, router)
    }

    /// A free port, for routers that have to know their own address.
    pub async fn listen() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.expect("a free port")
    }

    /// Serves a router.
    pub fn at(listener: TcpListener, router: Router) -> Self {
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { address, task }
    }

    /// `127.0.0.1:<port>`
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
