//! The root certificates that are trusted.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::model::network_env::NetworkEnv;

/// More than all public authorities together take.
const MAX_BUNDLE: u64 = 8 * 1024 * 1024;

/// Where distributions keep all roots in one file: Debian and its kin, Fedora, SUSE, Alpine, FreeBSD.
#[cfg(all(unix, not(target_vendor = "apple")))]
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Where the system's roots come from.
#[derive(Debug, Clone, Default)]
pub(super) struct RootSource {
    file: Option<PathBuf>,
    directories: Option<std::ffi::OsString>,
}

impl RootSource {
    pub fn new(env: &NetworkEnv) -> Self {
        let file = env.get("SSL_CERT_FILE").map(PathBuf::from);
        Self { file, directories: env.get("SSL_CERT_DIR").map(ToOwned::to_owned) }
    }

    /// Returns what to add to a message about an unknown issuer where a variable replaces the system's roots.
    pub fn describe(&self) -> String {
        let names: Vec<String> = [("SSL_CERT_FILE", self.file.as_ref().map(|file| file.as_os_str()))]
            .into_iter()
            .chain([("SSL_CERT_DIR", self.directories.as_deref())])
            .filter_map(|(name, value)| Some(format!("{name}={}", crate::text::clean(value?.to_str()?, 80))))
            .collect();
        if names.is_empty() { String::new() } else { format!(" (only those of {})", names.join(" and ")) }
    }

    /// Reads the roots.
    ///
    /// Where there is one file with all of them, the directory beside it, which holds the same roots in some 150
    /// files, is not read: that takes as long as the request. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the
    /// system's.
    pub fn load(&self) -> Result<Vec<CertificateDer<'static>>> {
        if self.file.is_none() && self.directories.is_none() {
            return Ok(system_roots());
        }
        let mut roots = Vec::new();
        if let Some(file) = &self.file {
            roots = read_bundle("SSL_CERT_FILE", file)?;
        }
        for directory in self.directories.iter().flat_map(std::env::split_paths) {
            roots.extend(rustls_native_certs::load_certs_from_paths(None, Some(&directory)).certs);
        }
        Ok(roots)
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn system_roots() -> Vec<CertificateDer<'static>> {
    for bundle in BUNDLES {
        let found = rustls_native_certs::load_certs_from_paths(Some(Path::new(bundle)), None).certs;
        if !found.is_empty() {
            return found;
        }
    }
    rustls_native_certs::load_native_certs().certs
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn system_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// Reads a PEM file with certificates. `name` is the option or variable that gave it.
pub(super) fn read_bundle(name: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    use std::io::Read;
    let shown = crate::text::clean(&path.to_string_lossy(), 200);
    let mut pem = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("{name}: cannot open {shown}"))?;
    file.take(MAX_BUNDLE + 1)
        .read_to_end(&mut pem)
        .with_context(|| format!("{name}: cannot read {shown}"))?;
    if pem.len() as u64 > MAX_BUNDLE {
        bail!("{name}: {shown} is larger than {} MiB: is it a certificate file?", MAX_BUNDLE >> 20);
    }
    let roots = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| anyhow::anyhow!("{name}: {shown} is not a valid PEM file"))?;
    if roots.is_empty() {
        bail!("{name}: {shown} contains no certificate (PEM: -----BEGIN CERTIFICATE-----)");
    }
    Ok(roots)
}

/// Builds the store: all usable system roots, and each additional one, which has to be usable.
pub(super) fn store(
    system: Vec<CertificateDer<'static>>,
    additional: &[CertificateDer<'static>],
) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(system);
    for root in additional {
        store
            .add(root.clone())
            .map_err(|_| anyhow::anyhow!("--cacert: a certificate in the file cannot be used as a root"))?;
    }
    if store.is_empty() {
        bail!("no root certificates found on this machine: install ca-certificates, or give --cacert FILE");
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oversized_bundle_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("huge.pem");
        std::fs::File::create(&path).unwrap().set_len(MAX_BUNDLE + 1).unwrap();
        let error = read_bundle("--cacert", &path).unwrap_err().to_string();
        assert!(error.contains("huge.pem is larger than 8 MiB"), "{error}");
    }

    #[test]
    fn root_variables_are_named() {
        let env = NetworkEnv::new(|name| (name == "SSL_CERT_FILE").then(|| "/x.pem".into()));
        assert_eq!(RootSource::new(&env).describe(), " (only those of SSL_CERT_FILE=/x.pem)");
        let error = format!("{:#}", RootSource::new(&env).load().unwrap_err());
        assert!(error.contains("SSL_CERT_FILE: cannot open /x.pem"), "{error}");
        assert_eq!(RootSource::default().describe(), "");
    }
}
