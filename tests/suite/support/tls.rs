//! A certificate authority of the test's own, and server certificates good and bad.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Which certificate a double shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// From the authority, for 127.0.0.1.
    Good,
    /// Its time is over.
    Expired,
    /// For another host.
    WrongHost,
    /// From nobody but itself.
    SelfSigned,
}

/// A certificate authority.
pub struct Authority {
    /// Its certificate, for `--cacert`.
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// What a server needs to show such a certificate and to speak these protocols.
    pub fn acceptor(&self, certificate: Certificate, alpn: &[&[u8]]) -> TlsAcceptor {
        let (chain, key) = self.issue(certificate);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(vec![chain], key).unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    fn issue(&self, certificate: Certificate) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let host = if certificate == Certificate::WrongHost { "other.example" } else { "127.0.0.1" };
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        if certificate == Certificate::Expired {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 1, 2));
        }
        let key = KeyPair::generate().unwrap();
        let signed = match certificate {
            Certificate::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        (signed.unwrap().der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }
}
