//! The client assertion: a JWT that a client certificate's key signs (RFC 7523).

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::{digest, signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use super::error::TokenError;
use crate::settings::files::shown;

/// The lifetime of an assertion: Entra recommends 5 to 10 minutes.
const LIFETIME: Duration = Duration::from_secs(600);

/// The object identifier of RSA keys (RFC 8017, appendix A.1), as DER has it.
const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
    x5c: Vec<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
}

/// Signs an assertion for `client_id` that `audience`, the token endpoint, accepts once.
///
/// PS256 and the SHA-256 thumbprint are what Entra's documentation asks for. The certificates are sent along:
/// without them an application that trusts a subject name and an issuer cannot sign in.
pub(super) fn sign(
    pem: &str,
    path: &Path,
    client_id: &str,
    audience: &str,
) -> Result<SecretString, TokenError> {
    let name = shown(path);
    sign_with(pem, client_id, audience).map_err(|problem| {
        let error = TokenError::denied(format!("the client certificate in `{name}` {}", problem.message));
        match problem.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

fn sign_with(pem: &str, client_id: &str, audience: &str) -> Result<SecretString, Problem> {
    let key = private_key(pem)?;
    let PublicKeyComponents { n: modulus, .. } = PublicKeyComponents::<Vec<u8>>::from(key.public());
    let chain = chain(pem, &modulus)?;
    let part = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let json = |error: serde_json::Error| Problem::internal(&error);
    let header = part(serde_json::to_vec(&header(&chain)).map_err(json)?);
    let claims = part(serde_json::to_vec(&claims(client_id, audience)).map_err(json)?);
    let signed = format!("{header}.{claims}");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| Problem::new("cannot sign: its private key is damaged"))?;
    Ok(SecretString::from(format!("{signed}.{}", part(signature))))
}

/// A reason why the file cannot be used, as the end of a sentence.
struct Problem {
    message: String,
    hint: Option<&'static str>,
}

impl Problem {
    fn new(message: &str) -> Self {
        Self { message: message.to_owned(), hint: None }
    }

    fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    fn internal(error: &dyn std::error::Error) -> Self {
        Self::new(&format!("cannot be used: {error}"))
    }
}

/// The hint for a file of another kind.
pub(super) const PEM_WANTED: &str = "give one PEM file with the certificate and its key; to convert a .pfx: \
                                     openssl pkcs12 -in FILE.pfx -out FILE.pem -nodes";

const BOTH_WANTED: &str = "the file must contain both the certificate and its key";

fn private_key(pem: &str) -> Result<KeyPair, Problem> {
    if pem.contains("ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(Problem::new("has a private key with a passphrase, which cannot be entered here")
            .with_hint("remove it: openssl pkey -in FILE -out KEY.pem"));
    }
    let key = PrivateKeyDer::pem_slice_iter(pem.as_bytes())
        .next()
        .ok_or_else(|| Problem::new("has no private key").with_hint(BOTH_WANTED))?
        .map_err(|_| Problem::new("is not PEM").with_hint(PEM_WANTED))?;
    let pair = match &key {
        PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) if contains(der.secret_pkcs8_der(), RSA_OID) => {
            KeyPair::from_pkcs8(der.secret_pkcs8_der())
        }
        _ => return Err(Problem::new("has a private key that is not RSA; Entra accepts RSA keys only")),
    };
    pair.map_err(|_| Problem::new("has a private key that cannot sign: it is damaged or under 2048 bits"))
}

fn contains(der: &[u8], part: &[u8]) -> bool {
    der.windows(part.len()).any(|window| window == part)
}

/// Returns the certificates, the key's own first, whatever their order in the file.
fn chain(pem: &str, modulus: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let mut chain = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Problem::new("is not PEM").with_hint(PEM_WANTED))?;
    if chain.is_empty() {
        return Err(Problem::new("is missing: the file holds a key only").with_hint(BOTH_WANTED));
    }
    // A certificate for this key contains the key's modulus unchanged.
    let own = chain.iter().position(|der| contains(der, modulus));
    let own = own.ok_or_else(|| Problem::new("does not belong to the private key in the same file"))?;
    chain[..=own].rotate_right(1);
    Ok(chain)
}

fn header(chain: &[CertificateDer<'_>]) -> Header {
    let thumbprint = digest::digest(&digest::SHA256, &chain[0]);
    Header {
        typ: "JWT",
        alg: "PS256",
        thumbprint: URL_SAFE_NO_PAD.encode(thumbprint),
        x5c: chain.iter().map(|der| STANDARD.encode(der)).collect(),
    }
}

fn claims<'a>(client_id: &'a str, audience: &'a str) -> Claims<'a> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Claims {
        aud: audience,
        iss: client_id,
        sub: client_id,
        jti: Uuid::new_v4().to_string(),
        iat: now.as_secs(),
        nbf: now.as_secs(),
        exp: (now + LIFETIME).as_secs(),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::Value;

    use super::*;

    const PKCS8: &str = include_str!("../../tests/data/client.pem");
    const PKCS1: &str = include_str!("../../tests/data/client-pkcs1.pem");
    const AUDIENCE: &str = "https://login.example/t/oauth2/v2.0/token";

    fn signed(pem: &str) -> Result<String, TokenError> {
        sign(pem, Path::new("c.pem"), "app", AUDIENCE).map(|s| s.expose_secret().to_owned())
    }

    fn part(assertion: &str, index: usize) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(assertion.split('.').nth(index).unwrap()).unwrap()
    }

    fn json(assertion: &str, index: usize) -> Value {
        serde_json::from_slice(&part(assertion, index)).unwrap()
    }

    fn refused(pem: &str) -> String {
        let error = signed(pem).unwrap_err();
        assert!(!error.message.contains("MII"), "{error}");
        error.message
    }

    fn certificate() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(PKCS8.as_bytes()).unwrap()
    }

    /// The block of a PEM text that starts with this label.
    fn block<'a>(pem: &'a str, label: &str) -> &'a str {
        let start = pem.find(&format!("-----BEGIN {label}-----")).unwrap();
        let end = format!("-----END {label}-----");
        &pem[start..pem[start..].find(&end).unwrap() + start + end.len()]
    }

    #[test]
    fn signature_verifies_against_the_key() {
        for pem in [PKCS8, PKCS1, &PKCS8.replace('\n', "\r\n"), &format!("Bag Attributes\n  x: y\n{PKCS8}")] {
            let assertion = signed(pem).unwrap();
            let (message, _) = assertion.rsplit_once('.').unwrap();
            let pair = private_key(PKCS8).ok().unwrap();
            let key = signature::UnparsedPublicKey::new(
                &signature::RSA_PSS_2048_8192_SHA256,
                pair.public().as_ref(),
            );
            key.verify(message.as_bytes(), &part(&assertion, 2)).unwrap();
            let (header, claims) = (json(&assertion, 0), json(&assertion, 1));
            assert_eq!(
                (&claims["sub"], &claims["iss"], &claims["aud"]),
                (&"app".into(), &"app".into(), &AUDIENCE.into())
            );
            assert_eq!(claims["exp"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap(), 600);
            let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &certificate()));
            assert_eq!((&header["alg"], &header["x5t#S256"]), (&"PS256".into(), &thumbprint.into()));
            assert_eq!(header["x5c"], Value::from(vec![STANDARD.encode(certificate())]));
        }
    }

    #[test]
    fn each_assertion_is_for_one_use() {
        let id = || json(&signed(PKCS8).unwrap(), 1)["jti"].clone();
        assert_ne!(id(), id());
    }

    #[test]
    fn own_certificate_comes_first() {
        let other = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap();
        let assertion = signed(&format!("{}{PKCS8}", other.cert.pem())).unwrap();
        let chain = vec![STANDARD.encode(certificate()), STANDARD.encode(other.cert.der())];
        assert_eq!(json(&assertion, 0)["x5c"], Value::from(chain));
    }

    #[test]
    fn unusable_file_says_why() {
        let key = block(PKCS8, "PRIVATE KEY");
        let other = rcgen::generate_simple_self_signed(vec!["x.example".to_owned()]).unwrap();
        let elliptic = format!("{}{}", other.cert.pem(), other.signing_key.serialize_pem());
        let locked = PKCS8.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let broken = PKCS8.replace("PRIVATE KEY", "RSA PRIVATE KEY");
        let table = [
            ("", "no private key"),
            ("\u{0}\u{1}", "no private key"),
            (block(PKCS8, "CERTIFICATE"), "no private key"),
            (key, "holds a key only"),
            (&locked, "passphrase"),
            (&format!("{old}{PKCS8}"), "passphrase"),
            (&elliptic, "not RSA"),
            (&broken, "damaged"),
            (&format!("{}{key}", other.cert.pem()), "does not belong"),
            (&format!("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n{key}"), "not PEM"),
        ];
        for (pem, part) in table {
            let message = refused(pem);
            let start = "the client certificate in `c.pem` ";
            assert!(message.starts_with(start) && message.contains(part), "{part}: {message}");
        }
    }
}
