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

use super::{TokenError, file};

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

const NOT_PEM: Problem = Problem::new("is not PEM").hint(
    "make one PEM file of certificate and key; of a .pfx: openssl pkcs12 -in FILE.pfx -out FILE.pem -nodes",
);

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
