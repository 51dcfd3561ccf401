//! The simulated Graph: a real HTTP server on loopback inside the process, for trying the tool and for testing scripts.
//! It accepts the same requests as Graph, and its responses look like Graph's.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;

use super::service::Service;
use crate::model::token::Token;

/// A running simulated Graph; dropping it stops it and closes its connections.
#[derive(Debug)]
pub struct Sandbox {
    /// `http://127.0.0.1:PORT`
    pub base_url: String,
    /// The only token that it accepts, a new one each time.
    pub token: Token,
    server: AbortHandle,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Starts a simulated Graph as tasks on the current runtime.
///
/// The prefix of an ID decides what happens to the call; every other call is established until it is deleted. As with
/// Graph, a second `DELETE` of a call gets 404 with code 8522. Only the latest calls are remembered, so that millions
/// of them take no more memory than thousands.
///
/// # Errors
/// No loopback port is available.
pub async fn start() -> io::Result<Sandbox> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let token = Token::parse(&format!("sandbox-{}", Uuid::new_v4().simple())).map_err(io::Error::other)?;
    let service = Arc::new(Service::new(token.clone()));
    let server = tokio::spawn(serve(listener, service)).abort_handle();
    Ok(Sandbox { base_url, token, server })
}

/// Accepts connections until aborted. The set owns their tasks, so that they end with this one.
async fn serve(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&service)));
                }
                // Most likely out of file descriptors: retrying at once would only use up the processor.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, service: Arc<Service>) {
    // Otherwise small responses wait for the client's delayed acknowledgement; if this fails, they are only late.
    let _ = stream.set_nodelay(true);
    let respond = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { service.respond(&request).await }
    });
    // The client sees a broken connection itself.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), respond).await;
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
