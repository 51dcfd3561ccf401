//! The assertion that a client certificate signs.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pem::Pem;
use ring::digest;
use ring::rsa::{KeyPair, PublicKeyComponents};
use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use super::error::TokenError;
use super::secret_file as file;

/// How long an assertion is good for: Entra recommends 5 to 10 minutes.
const LIFETIME: Duration = Duration::from_secs(600);

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

/// Signs an assertion for `client_id` that `audience`, the token end point, accepts once.
///
/// PS256 and the SHA-256 thumb print are what Entra's documentation asks for. The certificates go along:
/// without them an application that trusts a subject name and an issuer cannot be signed in.
pub(super) fn sign(
    pem: &str,
    path: &Path,
    client_id: &str,
    audience: &str,
) -> Result<SecretString, TokenError> {
    let name = file::shown(path);
    let bad = |problem: Problem| {
        let error = TokenError::denied(format!("the client certificate in `{name}` {}", problem.what));
        match problem.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    };
    let blocks = pem::parse_many(pem).map_err(|_| bad(NOT_PEM))?;
    let (key, modulus) = private_key(&blocks).map_err(bad)?;
    let chain = chain(&blocks, &modulus).map_err(bad)?;
    let assertion = jsonwebtoken::encode(&header(&chain), &claims(client_id, audience), &key)
        .map_err(|_| bad(Problem::new("cannot sign: its private key is damaged")))?;
    Ok(SecretString::from(assertion))
}

/// What is wrong with the file, as the end of a sentence, and what to do about it.
struct Problem {
    what: &'static str,
    hint: Option<&'static str>,
}

impl Problem {
    const fn new(what: &'static str) -> Self {
        Self { what, hint: None }
    }

    const fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

/// What to do about a file of another kind.
pub(super) const PEM_WANTED: &str = "give one PEM file of certificate and key; out of a .pfx: openssl pkcs12 -in FILE.pfx -out FILE.pem -nodes";

const NOT_PEM: Problem = Problem::new("is not PEM").hint(PEM_WANTED);

/// The private key, ready to sign, and its modulus.
fn private_key(blocks: &[Pem]) -> Result<(EncodingKey, Vec<u8>), Problem> {
    let block = blocks.iter().find(|b| b.tag().ends_with("PRIVATE KEY"));
    let block = block.ok_or(
        Problem::new("has no private key with it")
            .hint("the file must hold both, the certificate and its key"),
    )?;
    if block.tag() == "ENCRYPTED PRIVATE KEY" || block.headers().get("Proc-Type").is_some() {
        return Err(Problem::new("has a private key with a pass phrase, which nobody can type here")
            .hint("take it off: openssl pkey -in FILE -out KEY.pem"));
    }
    let rsa_only = Problem::new("has a private key that is not RSA: Entra takes no other");
    let key = EncodingKey::from_rsa_pem(pem::encode(block).as_bytes()).map_err(|_| rsa_only)?;
    Ok((key, modulus(block)?))
}

fn modulus(block: &Pem) -> Result<Vec<u8>, Problem> {
    let pair = match block.tag() {
        "RSA PRIVATE KEY" => KeyPair::from_der(block.contents()),
        _ => KeyPair::from_pkcs8(block.contents()),
    };
    let pair = pair
        .map_err(|_| Problem::new("has a private key that cannot sign: it is damaged or under 2048 bits"))?;
    let PublicKeyComponents { n, .. } = PublicKeyComponents::from(pair.public());
    Ok(n)
}

/// The certificates, the key's own first, whatever their order in the file.
fn chain<'a>(blocks: &'a [Pem], modulus: &[u8]) -> Result<Vec<&'a [u8]>, Problem> {
    let mut chain: Vec<_> = blocks.iter().filter(|b| b.tag() == "CERTIFICATE").map(Pem::contents).collect();
    if chain.is_empty() {
        return Err(Problem::new("is not there: the file holds a key only")
            .hint("the file must hold both, the certificate and its key"));
    }
    // A certificate for this key has the key's modulus in it, as it stands.
    let own = chain.iter().position(|der| der.windows(modulus.len()).any(|w| w == modulus));
    let own = own.ok_or(Problem::new("does not belong to the private key that is with it"))?;
    chain[..=own].rotate_right(1);
    Ok(chain)
}

fn header(chain: &[&[u8]]) -> Header {
    let thumb_print = digest::digest(&digest::SHA256, chain[0]);
    Header {
        x5t_s256: Some(URL_SAFE_NO_PAD.encode(thumb_print)),
        x5c: Some(chain.iter().map(|der| STANDARD.encode(der)).collect()),
        ..Header::new(Algorithm::PS256)
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
    use jsonwebtoken::{DecodingKey, Validation};
    use secrecy::ExposeSecret;
    use serde_json::Value;

    use super::*;

    const PKCS8: &str = include_str!("../../tests/data/client.pem");
    const PKCS1: &str = include_str!("../../tests/data/client-pkcs1.pem");
    const AUDIENCE: &str = "https://login.example/t/oauth2/v2.0/token";

    fn signed(pem: &str) -> Result<String, TokenError> {
        sign(pem, Path::new("c.pem"), "app", AUDIENCE).map(|s| s.expose_secret().to_owned())
    }

    fn refused(pem: &str) -> String {
        let error = signed(pem).unwrap_err();
        assert!(!error.message.contains("MII"), "{error}");
        error.message
    }

    fn blocks(pem: &str) -> Vec<Pem> {
        pem::parse_many(pem).unwrap()
    }

    fn certificate() -> Pem {
        blocks(PKCS8).into_iter().find(|b| b.tag() == "CERTIFICATE").unwrap()
    }

    #[test]
    fn the_signature_verifies_against_the_certificate() {
        for pem in [PKCS8, PKCS1, &PKCS8.replace('\n', "\r\n"), &format!("Bag Attributes\n  x: y\n{PKCS8}")] {
            let assertion = signed(pem).unwrap();
            let key = DecodingKey::from_rsa_pem(pem::encode(&certificate()).as_bytes()).unwrap();
            let mut validation = Validation::new(Algorithm::PS256);
            validation.set_audience(&[AUDIENCE]);
            validation.set_issuer(&["app"]);
            validation.validate_nbf = true;
            let claims = jsonwebtoken::decode::<Value>(&assertion, &key, &validation).unwrap();
            let (header, claims) = (claims.header, claims.claims);
            assert_eq!(claims["sub"], "app");
            assert_eq!(claims["exp"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap(), 600);
            let der = certificate().into_contents();
            let print = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &der));
            assert_eq!(header.x5t_s256, Some(print));
            assert_eq!(header.x5c, Some(vec![STANDARD.encode(der)]));
        }
    }

    #[test]
    fn each_assertion_is_for_one_use() {
        assert_ne!(signed(PKCS8).unwrap(), signed(PKCS8).unwrap());
    }

    #[test]
    fn the_keys_own_certificate_comes_first() {
        let other = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap();
        let assertion = signed(&format!("{}{PKCS8}", other.cert.pem())).unwrap();
        let chain = jsonwebtoken::decode_header(&assertion).unwrap().x5c.unwrap();
        assert_eq!(chain, [STANDARD.encode(certificate().contents()), STANDARD.encode(other.cert.der())]);
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why() {
        let key = pem::encode(&blocks(PKCS8)[1]);
        let other = rcgen::generate_simple_self_signed(vec!["x.example".to_owned()]).unwrap();
        let elliptic = format!("{}{}", other.cert.pem(), other.signing_key.serialize_pem());
        let locked = PKCS8.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let broken = PKCS8.replace("PRIVATE KEY", "RSA PRIVATE KEY");
        let table = [
            ("", "no private key"),
            ("\u{0}\u{1}", "no private key"),
            (&pem::encode(&certificate()), "no private key"),
            (&key, "holds a key only"),
            (&locked, "pass phrase"),
            (&format!("{old}{PKCS8}"), "pass phrase"),
            (&elliptic, "not RSA"),
            (&broken, "damaged"),
            (&format!("{}{key}", other.cert.pem()), "does not belong"),
            ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "not PEM"),
        ];
        for (pem, part) in table {
            let message = refused(pem);
            let start = "the client certificate in `c.pem` ";
            assert!(message.starts_with(start) && message.contains(part), "{part}: {message}");
        }
    }
}
