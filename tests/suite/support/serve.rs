//! The double's listener: a task a connection, over TLS or plain.

use std::future::Future;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::http2::Ends;
use super::record::Shared;
use super::{http1, http2};

/// Another certificate from some connection on.
#[derive(Clone)]
pub struct Later {
    pub from: usize,
    pub tls: TlsAcceptor,
}

/// Runs a server until it is stopped; its connections end with the runtime.
pub fn run(server: impl Future<Output = ()>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            () = server => {}
            _ = stopped => {}
        }
    });
}

/// What listens.
pub struct Server {
    pub shared: Arc<Shared>,
    pub tls: Option<TlsAcceptor>,
    pub later: Option<Later>,
    pub ends: Ends,
}

impl Server {
    /// Takes connections until it is dropped.
    pub async fn serve(self, listener: std::net::TcpListener) {
        let listener = TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let number = self.shared.connected();
            let later = self.later.as_ref().filter(|later| number >= later.from);
            let tls = later.map(|later| later.tls.clone()).or_else(|| self.tls.clone());
            tokio::spawn(converse(stream, Arc::clone(&self.shared), number, tls, self.ends));
        }
    }
}

async fn converse(
    stream: TcpStream,
    shared: Arc<Shared>,
    number: usize,
    tls: Option<TlsAcceptor>,
    ends: Ends,
) {
    let Some(tls) = tls else { return http1::converse(stream, shared, number).await };
    let Ok(stream) = tls.accept(stream).await else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2::converse(stream, shared, number, ends).await;
    } else {
        http1::converse(stream, shared, number).await;
    }
}
