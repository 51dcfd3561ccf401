//! Makes connections: name resolution, TCP, proxy, TLS.

use std::error::Error;
use std::future::{Future, Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use super::connect_error::ConnectErrorKind::Permanent;
use super::connect_error::{ConnectError, Stage};
use super::connection::{Connection, Stream};
use super::error_chain::find;
use super::proxy::{Proxy, ProxyChoice, ProxyScheme, ProxySettings};
use super::resolve::resolve;
use super::single_flight::ConnectGate;
use super::tunnel::{SocksTarget, http_connect, socks_connect};

#[derive(Clone)]
pub(super) struct Connector(Arc<Inner>);

struct Inner {
    gate: ConnectGate,
    slots: Arc<Semaphore>,
    options: ConnectOptions,
}

pub(super) struct ConnectOptions {
    pub tls: Arc<ClientConfig>,
    /// `None` never uses a proxy.
    pub proxies: Option<ProxySettings>,
    pub timeout: Duration,
    /// The most connections over HTTP/1.1.
    pub max_connections: usize,
    /// Added to the message about an unknown issuer.
    pub roots: String,
}

impl Connector {
    pub fn new(options: ConnectOptions) -> Self {
        let slots = Arc::new(Semaphore::new(options.max_connections.max(1)));
        Self(Arc::new(Inner { gate: ConnectGate::default(), slots, options }))
    }

    /// Returns whether a connection was ever made.
    pub fn has_connected(&self) -> bool {
        self.0.gate.has_connected()
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let connect = async {
                let permit = Arc::clone(&inner.slots).acquire_owned().await;
                let permit = permit.map_err(|_| ConnectError::new(Permanent, "the client was closed"))?;
                inner.options.connect(uri, permit).await
            };
            inner.gate.connect(connect).await
        })
    }
}

/// Where a connection is to end.
struct Target {
    host: String,
    port: u16,
    https: bool,
}

impl Target {
    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl ConnectOptions {
    async fn connect(&self, uri: Uri, permit: OwnedSemaphorePermit) -> Result<Connection, ConnectError> {
        let invalid = || ConnectError::new(Permanent, "invalid URL");
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let target = Target { host: uri.host().ok_or_else(invalid)?.to_owned(), port, https };
        let deadline = Deadline { end: Instant::now() + self.timeout, limit: self.timeout };
        let choice = match &self.proxies {
            Some(proxies) => {
                let url = Url::parse(&uri.to_string()).map_err(|_| invalid())?;
                proxies.choose(&url).map_err(|why| ConnectError::new(Permanent, why))?
            }
            None => ProxyChoice::Direct,
        };
        let stream = match &choice {
            ProxyChoice::Direct => {
                let stream = deadline.tcp(&target.host, target.port, target.address()).await?;
                Box::new(stream) as Box<dyn Stream>
            }
            ProxyChoice::Proxy(proxy) => self.tunnel(proxy, &target, &deadline).await?,
        };
        if !target.https {
            return Ok(Connection::new(stream, false, permit));
        }
        let peer = match &choice {
            ProxyChoice::Direct => target.address(),
            ProxyChoice::Proxy(proxy) => format!("{} (through proxy {})", target.address(), proxy.address()),
        };
        let stream = self.tls(&self.tls, &target.host, peer, stream, &deadline).await?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Connection::new(Box::new(stream), is_http2, permit))
    }

    async fn tunnel(
        &self,
        proxy: &Proxy,
        target: &Target,
        deadline: &Deadline,
    ) -> Result<Box<dyn Stream>, ConnectError> {
        let name = format!("proxy {}", proxy.address());
        // The proxy has to be able to reach this host, so it is resolved before the proxy is asked.
        let address = match proxy.scheme {
            ProxyScheme::Socks5 => deadline.resolve(&target.host, target.port).await?.first().copied(),
            _ => None,
        };
        let tcp = deadline.tcp(&proxy.host, proxy.port, name.clone()).await?;
        let mut stream: Box<dyn Stream> = match proxy.scheme {
            ProxyScheme::Https => {
                let mut tls = ClientConfig::clone(&self.tls);
                tls.alpn_protocols.clear();
                Box::new(self.tls(&Arc::new(tls), &proxy.host, name.clone(), Box::new(tcp), deadline).await?)
            }
            _ => Box::new(tcp),
        };
        let stage = Stage::Tunneling(name);
        let Target { host, port, .. } = target;
        if proxy.is_socks() {
            let to = address.map_or(SocksTarget::Name(host), |address| SocksTarget::Address(address.ip()));
            deadline.limit(stage, socks_connect(&mut stream, proxy, to, *port)).await??;
        } else {
            deadline.limit(stage, http_connect(&mut stream, proxy, host, *port)).await??;
        }
        Ok(stream)
    }

    async fn tls(
        &self,
        config: &Arc<ClientConfig>,
        host: &str,
        peer: String,
        stream: Box<dyn Stream>,
        deadline: &Deadline,
    ) -> Result<tokio_rustls::client::TlsStream<Box<dyn Stream>>, ConnectError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare)
            .map_err(|_| ConnectError::new(Permanent, format!("{host} is not a valid host name")))?;
        let connecting = TlsConnector::from(Arc::clone(config)).connect(name, stream);
        let connected = deadline.limit(Stage::Handshaking(peer.clone()), connecting).await?;
        connected.map_err(|error| ConnectError::tls(&peer, &error, &self.roots))
    }
}

/// The end of a connection attempt, whose message names what took so long.
struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    async fn limit<T>(&self, stage: Stage, work: impl Future<Output = T>) -> Result<T, ConnectError> {
        timeout_at(self.end, work).await.map_err(|_| ConnectError::timed_out(&stage, self.limit))
    }

    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
        self.limit(Stage::Resolving(host.to_owned()), resolve(host, port)).await?
    }

    async fn tcp(&self, host: &str, port: u16, peer: String) -> Result<TcpStream, ConnectError> {
        let addresses = self.resolve(host, port).await?;
        // It tries IPv6 and IPv4 side by side (RFC 8305).
        let mut connector = HttpConnector::new_with_resolver(Resolved(addresses));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        // Only the resolver above sees the host.
        let uri =
            Uri::builder().scheme("http").authority(format!("resolved:{port}")).path_and_query("/").build();
        let uri = uri.map_err(|_| ConnectError::new(Permanent, "invalid port"))?;
        let connected = self.limit(Stage::Connecting(peer.clone()), connector.call(uri)).await?;
        let stream = connected.map_err(|error| match find::<io::Error>(&error) {
            Some(error) => ConnectError::tcp(&peer, error),
            None => ConnectError::tcp(&peer, &io::Error::other("no connection")),
        })?;
        Ok(stream.into_inner())
    }
}

/// Addresses that are known already.
#[derive(Clone)]
struct Resolved(Vec<SocketAddr>);

impl Service<Name> for Resolved {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(std::mem::take(&mut self.0).into_iter()))
    }
}
