//! What HTTP clients are built from: TLS, roots, proxies and limits. One TLS stack for Graph and sign-in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::pki_types::CertificateDer;
use url::Url;

use super::client::Client;
use super::connector::{ConnectOptions, Connector};
use super::proxy::{ProxyChoice, ProxySettings};
use super::roots::{self, RootSource};
use crate::model::network_env::NetworkEnv;

#[derive(Debug, Clone)]
pub struct Transport {
    cacert: Option<Cacert>,
    roots: RootSource,
    proxies: ProxySettings,
    connect_timeout: Duration,
    max_connections: usize,
    /// Made for the first client and shared by the next: reading the system's roots takes milliseconds.
    tls: Arc<OnceLock<Arc<rustls::ClientConfig>>>,
}

#[derive(Debug, Clone)]
struct Cacert {
    path: PathBuf,
    roots: Vec<CertificateDer<'static>>,
}

/// Whether proxies from the environment are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxies {
    Environment,
    /// For the sandbox, loopback addresses and the managed-identity endpoint.
    Never,
}

/// Whether a client will ever speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    SystemRoots,
    /// Only plain HTTP: no roots are read.
    Unused,
}

impl Transport {
    /// Reads the additional root, so that a bad file is reported before anything is sent.
    ///
    /// # Errors
    /// A `--cacert` file that cannot be read or contains no usable certificate.
    pub fn new(
        cacert: Option<&Path>,
        connect_timeout: Duration,
        max_connections: usize,
        env: &NetworkEnv,
    ) -> Result<Self> {
        let cacert = cacert.map(read_cacert).transpose()?;
        let (roots, proxies) = (RootSource::new(env), ProxySettings::new(env));
        Ok(Self { cacert, roots, proxies, connect_timeout, max_connections, tls: Arc::default() })
    }

    /// Returns the proxy that a URL is reached through.
    ///
    /// # Errors
    /// A proxy variable that would be used and cannot be understood; the message names it.
    pub fn proxy_for(&self, url: &Url) -> Result<ProxyChoice, String> {
        self.proxies.choose(url)
    }

    /// Returns what is odd about the proxy variables and does no harm to the run.
    pub fn warnings(&self) -> &[String] {
        self.proxies.warnings()
    }

    /// Builds a client. Reads the system's roots, so it is called only when a request is about to be sent.
    ///
    /// # Errors
    /// No root certificates at all.
    pub fn client(&self, proxies: Proxies, tls: Tls) -> Result<Client> {
        let connector = Connector::new(ConnectOptions {
            tls: match tls {
                Tls::SystemRoots => self.tls_with_roots()?,
                Tls::Unused => Arc::new(tls_config(rustls::RootCertStore::empty())?),
            },
            proxies: (proxies == Proxies::Environment).then(|| self.proxies.clone()),
            timeout: self.connect_timeout,
            max_connections: self.max_connections,
            roots: self.roots.describe(),
        });
        Ok(Client::new(connector))
    }

    fn tls_with_roots(&self) -> Result<Arc<rustls::ClientConfig>> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let additional = self.cacert.as_ref().map_or(&[][..], |cacert| &cacert.roots);
        let config = Arc::new(tls_config(roots::store(self.roots.load()?, additional)?)?);
        Ok(Arc::clone(self.tls.get_or_init(|| config)))
    }
}

fn tls_config(roots: rustls::RootCertStore) -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS cannot be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn read_cacert(path: &Path) -> Result<Cacert> {
    let roots = roots::read_bundle("--cacert", path)?;
    roots::store(Vec::new(), &roots).with_context(|| crate::text::clean(&path.to_string_lossy(), 200))?;
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
