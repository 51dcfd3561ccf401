//! How requests leave this machine: TLS, roots, proxies and connections. One TLS stack for Graph and sign-in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::single_flight::SingleFlightLayer;
pub use super::single_flight::Superseded;

/// Pings while requests are under way: a dead HTTP/2 connection is dropped and not retried into.
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_PATIENCE: Duration = Duration::from_secs(5);

/// What a client is built from.
#[derive(Debug, Clone)]
pub struct Transport {
    cacert: Option<Cacert>,
    connect_timeout: Duration,
    user_agent: &'static str,
    /// Made with the first client and shared by the next: reading the system's roots takes milliseconds.
    with_roots: Arc<OnceLock<rustls::ClientConfig>>,
}

#[derive(Debug, Clone)]
struct Cacert {
    path: PathBuf,
    roots: Vec<CertificateDer<'static>>,
}

/// Whether proxies from the environment are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxies {
    /// As the usual variables say.
    Environment,
    /// Never: the sandbox, loopback, managed-identity end points.
    Never,
}

/// Whether the client will ever speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// With the system's roots, which take milliseconds to read.
    SystemRoots,
    /// Only plain HTTP to loopback: no roots are read.
    Unused,
}

impl Transport {
    /// Reads the additional root, so that a bad file is told of before anything is sent.
    ///
    /// # Errors
    /// A `--cacert` file that cannot be read or has no certificate in it.
    pub fn new(cacert: Option<&Path>, connect_timeout: Duration) -> Result<Self> {
        let cacert = cacert.map(read_cacert).transpose()?;
        let user_agent = concat!("hangup/", env!("CARGO_PKG_VERSION"));
        Ok(Self { cacert, connect_timeout, user_agent, with_roots: Arc::default() })
    }

    /// Builds a client. Reads the system's roots, so it is called only when a request is about to be sent.
    ///
    /// # Errors
    /// No root certificate at all, or a TLS set-up that the library refuses.
    pub fn client(&self, proxies: Proxies, tls: Tls) -> Result<Client> {
        let turns = SingleFlightLayer::default();
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls_for(tls)?)
            .connector_layer(turns.clone())
            .connect_timeout(self.connect_timeout)
            .user_agent(self.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .http2_keep_alive_interval(PING_EVERY)
            .http2_keep_alive_timeout(PING_PATIENCE);
        if proxies == Proxies::Never {
            builder = builder.no_proxy();
        }
        let http = builder.build().context("the HTTP client could not be set up")?;
        Ok(Client { http, turns })
    }

    fn tls_for(&self, tls: Tls) -> Result<rustls::ClientConfig> {
        if tls == Tls::Unused {
            return self.tls(tls);
        }
        if let Some(made) = self.with_roots.get() {
            return Ok(made.clone());
        }
        let made = self.tls(tls)?;
        Ok(self.with_roots.get_or_init(|| made).clone())
    }

    fn tls(&self, tls: Tls) -> Result<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        if tls == Tls::SystemRoots {
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
            for root in self.cacert.iter().flat_map(|cacert| &cacert.roots) {
                roots.add(root.clone()).context("--cacert: not a usable root certificate")?;
            }
            if roots.is_empty() {
                bail!("no root certificates on this machine: install ca-certificates, or give --cacert FILE");
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("TLS could not be set up")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn read_cacert(path: &Path) -> Result<Cacert> {
    let shown = path.display();
    let pem = std::fs::read(path).with_context(|| format!("--cacert: {shown} cannot be read"))?;
    let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .with_context(|| format!("--cacert: {shown} is not PEM"))?;
    if roots.is_empty() {
        bail!("--cacert: {shown} has no certificate in it (PEM: -----BEGIN CERTIFICATE-----)");
    }
    let mut store = rustls::RootCertStore::empty();
    for root in &roots {
        let usable = store.add(root.clone());
        usable.with_context(|| format!("--cacert: {shown} has a certificate in it that cannot be used"))?;
    }
    Ok(Cacert { path: path.to_owned(), roots })
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cacert {
            Some(cacert) => write!(f, "system roots and {}", cacert.path.display()),
            None => f.write_str("system roots"),
        }
    }
}

/// An HTTP client that knows of its connections.
#[derive(Debug, Clone)]
pub struct Client {
    /// The client itself.
    pub http: reqwest::Client,
    turns: SingleFlightLayer,
}

impl Client {
    /// Whether a connection was ever made. Before that no request can have been sent.
    pub fn was_ever_connected(&self) -> bool {
        self.turns.was_ever_connected()
    }
}
