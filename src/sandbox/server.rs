//! The simulated Graph: a real HTTP server on loopback inside the process, for trying the tool and for
//! rehearsing scripts. It takes the same requests as the service and answers in the service's own shapes.

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

/// A simulated Graph, as long as it is kept; dropping it stops it and closes its connections.
#[derive(Debug)]
pub struct Sandbox {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub base_url: String,
    /// The only token that it takes, another one each time.
    pub token: Token,
    server: AbortHandle,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Starts a simulated Graph as tasks on the runtime that this is called on.
///
/// How an id begins decides what becomes of the call: `gone-`, `busy-`, `denied-`, `expired-`, `broken-`,
/// `flaky-`, `slow-`, `lingering-` and `stuck-` as the command line's help has them; every other call is
/// established until it is deleted. As with the service, a call that has been ended is not found any more: a
/// second `DELETE` of it is answered with 404 and code 8522. Only the last 65,536 calls asked about are
/// remembered, so that a rehearsal with millions of them takes no more memory than one with thousands.
///
/// # Errors
/// Where no loopback port can be had.
pub async fn start() -> io::Result<Sandbox> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let token = Token::parse(&format!("sandbox-{}", Uuid::new_v4().simple())).map_err(io::Error::other)?;
    let service = Arc::new(Service::new(token.clone()));
    let server = tokio::spawn(serve(listener, service)).abort_handle();
    Ok(Sandbox { base_url, token, server })
}

/// Takes connections for ever. The set owns their tasks, so that they end with this one.
async fn serve(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&service)));
                }
                // Out of file descriptors, most likely: trying again at once would only burn the processor.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, service: Arc<Service>) {
    // Without it small answers wait for the client's delayed acknowledgement; if it fails they only come late.
    let _ = stream.set_nodelay(true);
    let respond = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { service.respond(&request).await }
    });
    // A connection that breaks is the client's affair: it sees the break itself.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), respond).await;
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
