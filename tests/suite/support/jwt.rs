//! Verifies client assertions as Entra would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

/// Panics unless `assertion` is signed with PS256 by the key in `pem`, for this audience and the client `app`.
pub fn verify_assertion(assertion: &str, pem: &str, audience: &str) {
    let parts: Vec<Vec<u8>> =
        assertion.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let json = |part: &[u8]| serde_json::from_slice::<Value>(part).unwrap();
    let (header, claims) = (json(&parts[0]), json(&parts[1]));
    assert_eq!(header["alg"], "PS256");
    assert_eq!((&claims["aud"], &claims["iss"]), (&audience.into(), &"app".into()));
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let pair = KeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let (message, _) = assertion.rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, pair.public().as_ref());
    public.verify(message.as_bytes(), &parts[2]).unwrap();
}
