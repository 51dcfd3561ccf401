//! Application credentials: whole, or what is missing. Those of the config and of `AZURE_*` are never mixed.

use url::{Host, Url};

use super::files::check_readable;
use super::urls::authority;
use super::{CommandError, Credentials, Env, Proof, TokenSource};
use crate::model::loopback::is_loopback;

/// The token source that one place names.
pub(super) enum Search {
    Found(TokenSource),
    /// Incomplete application credentials: the message says what is missing.
    Partial(String),
    Nothing,
}

/// A value and who named it.
type Named = (String, String);

/// What was found of the credentials in one place.
pub(super) struct Parts {
    /// The tenant.
    pub tenant_id: Option<Named>,
    /// The client id.
    pub client_id: Option<Named>,
    /// The proof.
    pub proof: Option<Proof>,
}

/// What the parts are called in one place.
pub(super) struct Names {
    tenant_id: &'static str,
    client_id: &'static str,
    proof: &'static str,
}

/// In the config.
pub(super) const CONFIG: Names = Names {
    tenant_id: "tenant_id",
    client_id: "client_id",
    proof: "one of client_secret, client_secret_file, client_certificate, federated_token_file",
};

/// In the environment.
const AZURE: Names = Names {
    tenant_id: "AZURE_TENANT_ID",
    client_id: "AZURE_CLIENT_ID",
    proof: "one of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE",
};

/// Puts the parts together. `origin` is who named the proof, or the first of what there is without one.
pub(super) fn whole(parts: Parts, names: &Names, origin: String, env: &Env) -> Result<Search, CommandError> {
    let managed = matches!(parts.proof, Some(Proof::ManagedIdentity));
    let tenant = parts.tenant_id.filter(|(id, _)| !id.trim().is_empty());
    let client = parts.client_id.filter(|(id, _)| !id.trim().is_empty());
    let missing: Vec<&str> = [
        (tenant.is_none() && !managed).then_some(names.tenant_id),
        (client.is_none() && !managed).then_some(names.client_id),
        parts.proof.is_none().then_some(names.proof),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Some(proof) = parts.proof.filter(|_| missing.is_empty()) else {
        return Ok(Search::Partial(format!(
            "{origin}: the application credentials are not whole: missing {}",
            missing.join(" and ")
        )));
    };
    check_proof(&proof, &origin)?;
    if managed {
        check_identity_endpoint(env)?;
    }
    let credentials = Credentials {
        tenant_id: tenant.map(id).transpose()?.unwrap_or_default(),
        client_id: client.map(id).transpose()?.unwrap_or_default(),
        proof,
        authority: env.read("AZURE_AUTHORITY_HOST", authority)?,
        identity_header: if managed { env.get("IDENTITY_HEADER")?.map(Into::into) } else { None },
    };
    Ok(Search::Found(TokenSource::Credentials { credentials, origin }))
}

/// A tenant or client id goes into a URL, so it is checked.
fn id((id, who): Named) -> Result<String, CommandError> {
    super::values::tenant_id(&id).map_err(|why| CommandError::denied(format!("{who}: {why}")))
}

/// `IDENTITY_ENDPOINT` gets the identity header, so over plain HTTP it must be on this machine or its link.
fn check_identity_endpoint(env: &Env) -> Result<(), CommandError> {
    let Some(endpoint) = env.get("IDENTITY_ENDPOINT")? else { return Ok(()) };
    let url =
        Url::parse(&endpoint).map_err(|_| CommandError::denied("IDENTITY_ENDPOINT: not a URL".to_owned()))?;
    let is_link_local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unicast_link_local(),
        _ => false,
    };
    if url.scheme() == "https" || is_loopback(&url) || is_link_local {
        return Ok(());
    }
    Err(CommandError::denied(
        "IDENTITY_ENDPOINT: plain HTTP is allowed to loopback and link-local addresses only".to_owned(),
    ))
}

fn check_proof(proof: &Proof, who: &str) -> Result<(), CommandError> {
    use secrecy::ExposeSecret;
    match proof {
        Proof::Secret(secret) if secret.expose_secret().trim().is_empty() => {
            Err(CommandError::denied(format!("{who}: is empty")))
        }
        Proof::SecretFile(path) | Proof::Certificate(path) | Proof::FederatedTokenFile(path) => {
            check_readable(who, path)
        }
        Proof::Secret(_) | Proof::ManagedIdentity => Ok(()),
    }
}

/// What the `AZURE_*` variables say. Of several proofs the first is taken, in the order in which the SDKs do.
pub(super) fn from_azure(env: &Env) -> Result<Search, CommandError> {
    let named = |name: &str| Ok(env.get(name).map_err(denied)?.map(|value| (value, name.to_owned())));
    let (tenant_id, client_id) = (named(AZURE.tenant_id)?, named(AZURE.client_id)?);
    let proof = azure_proof(env)?;
    let origin = match (&proof, &tenant_id, &client_id) {
        (Some((_, name)), ..) => (*name).to_owned(),
        (None, Some((_, name)), _) | (None, None, Some((_, name))) => name.clone(),
        (None, None, None) => return Ok(Search::Nothing),
    };
    let parts = Parts { tenant_id, client_id, proof: proof.map(|(proof, _)| proof) };
    whole(parts, &AZURE, origin, env)
}

fn azure_proof(env: &Env) -> Result<Option<(Proof, &'static str)>, CommandError> {
    let (secret, certificate, federated) =
        ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE");
    if let Some(text) = env.get(secret).map_err(denied)? {
        return Ok(Some((Proof::Secret(text.into()), secret)));
    }
    let certificate = env.path(certificate).map(|path| (Proof::Certificate(path), certificate));
    Ok(certificate.or_else(|| env.path(federated).map(|path| (Proof::FederatedTokenFile(path), federated))))
}

fn denied(refusal: CommandError) -> CommandError {
    CommandError::denied(refusal.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_endpoint_over_http_must_be_near() {
        let check = |url: &str| check_identity_endpoint(&Env::of([("IDENTITY_ENDPOINT", url)]));
        for url in [
            "http://localhost:40342/metadata",
            "http://127.0.0.1:1/x",
            "http://[::1]/x",
            "http://169.254.169.254/x",
            "http://[fe80::1]/x",
            "https://identity.example/x",
            "",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in ["http://identity.example/x", "http://10.0.0.1/x", "http://[2001:db8::1]/x", "x"] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
