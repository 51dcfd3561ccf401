//! Application credentials, through `azure_identity`.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{ClientMethodOptions, ClientOptions, RetryOptions, Transport, Url, UserAgentOptions};
use azure_core::time::OffsetDateTime;
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId,
};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::client_assertion as assertion;
use super::error::TokenError;
use super::http_client::SignInTransport;
use super::secret_file as file;
use super::sign_in_error::Failure;
use crate::http::error_chain::{error_chain, find};
use crate::http::transport::Proxies;
use crate::model::loopback::is_loopback;
use crate::model::token::Token;
use crate::settings::{Cloud, Credentials, Proof};
use crate::text;

/// A token, and the time until it expires.
pub(super) struct IssuedToken {
    pub token: Token,
    pub lifetime: Option<Duration>,
}

/// Asks once for a token.
///
/// The credential is built again each time: its cache has no forced renewal, a certificate's assertion is for
/// one use, and a federated token may have been replaced in its file.
pub(super) async fn attempt(
    credentials: &Credentials,
    cloud: Cloud,
    wire: SignInTransport,
) -> Result<IssuedToken, Failure> {
    let authority = authority(credentials, cloud).map_err(Failure::Final)?;
    let proof = read_credential(credentials, &authority).await.map_err(Failure::Final)?;
    let options = options(&authority, wire);
    let client = client(credentials, &proof, options).map_err(|e| failure(&e))?;
    // Graph's own scope, also when requests go to another base URL.
    let scope = format!("{}/.default", cloud.graph());
    let access = client.get_token(&[&scope], None).await.map_err(|e| failure(&e))?;
    issued(&access)
}

/// Returns the name of the sign-in service for messages.
pub(super) fn service(credentials: &Credentials, cloud: Cloud) -> String {
    if matches!(credentials.proof, Proof::ManagedIdentity) {
        return "the managed identity endpoint".to_owned();
    }
    authority(credentials, cloud)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "the sign-in service".to_owned())
}

/// Proxies are for what lies beyond this machine and its host.
pub(super) fn proxies(credentials: &Credentials, cloud: Cloud) -> Proxies {
    match credentials.proof {
        Proof::ManagedIdentity => Proxies::Never,
        _ if authority(credentials, cloud).is_ok_and(|authority| is_loopback(&authority)) => Proxies::Never,
        _ => Proxies::Environment,
    }
}

/// The authority: the one that is set, else the cloud's.
fn authority(credentials: &Credentials, cloud: Cloud) -> Result<Url, TokenError> {
    let set = credentials.authority.as_deref().map_or(cloud.authority(), str::trim);
    let whole = if set.contains("://") { set.to_owned() } else { format!("https://{set}") };
    let bad = |why| {
        let shown = text::clean(set, 80);
        TokenError::denied(format!("the authority `{shown}` (AZURE_AUTHORITY_HOST) {why}"))
    };
    let url = Url::parse(&whole).map_err(|_| bad("is not a URL"))?;
    if url.scheme() != "https" {
        return Err(bad("must be https: credentials are sent there"));
    }
    Ok(url)
}

/// The credential that goes into the request.
enum Credential {
    Secret(SecretString),
    Assertion(SecretString),
    ManagedIdentity,
}

/// Reads the credential from its source, and registers it as a secret.
async fn read_credential(credentials: &Credentials, authority: &Url) -> Result<Credential, TokenError> {
    let credential = match &credentials.proof {
        Proof::Secret(secret) => Credential::Secret(secret.clone()),
        Proof::SecretFile(path) => {
            let text = file::read("client secret", path).await?;
            // Only line ends: a secret may well end in a space or begin with one.
            Credential::Secret(filled(text.trim_end_matches(['\r', '\n']), "client secret")?)
        }
        Proof::FederatedTokenFile(path) => {
            let text = file::read("federated token", path).await?;
            Credential::Assertion(filled(text.trim(), "federated token")?)
        }
        Proof::Certificate(path) => {
            let pem = file::read("client certificate", path).await;
            let pem = pem.map_err(|e| e.hint(assertion::PEM_WANTED))?;
            let Credentials { tenant_id, client_id, .. } = credentials;
            let audience = format!("{}{tenant_id}/oauth2/v2.0/token", root(authority));
            Credential::Assertion(assertion::sign(&pem, path, client_id, &audience)?)
        }
        Proof::ManagedIdentity => {
            // azure_identity sends this header; the endpoint may echo it.
            if let Some(header) = &credentials.identity_header {
                text::register_secret(header.expose_secret());
            }
            Credential::ManagedIdentity
        }
    };
    if let Credential::Secret(secret) | Credential::Assertion(secret) = &credential {
        text::register_secret(secret.expose_secret());
    }
    Ok(credential)
}

fn filled(text: &str, what: &str) -> Result<SecretString, TokenError> {
    if text.is_empty() {
        return Err(TokenError::denied(format!("the file with the {what} is empty")));
    }
    Ok(SecretString::from(text))
}

/// The authority without its path, which Entra's token path replaces; ends in `/`.
fn root(authority: &Url) -> String {
    format!("{}/", authority.origin().ascii_serialization())
}

fn options(authority: &Url, wire: SignInTransport) -> ClientOptions {
    // The authority is always set here: azure_identity would look for it in the environment.
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = authority.to_string();
    ClientOptions {
        // Retries are ours, in one layer, by the same rules as Graph's.
        retry: RetryOptions::none(),
        transport: Some(Transport::new(Arc::new(wire))),
        cloud: Some(Arc::new(cloud.into())),
        user_agent: UserAgentOptions { application_id: Some("hangup".to_owned()) },
        ..ClientOptions::default()
    }
}

fn client(
    credentials: &Credentials,
    credential: &Credential,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let Credentials { tenant_id, client_id, .. } = credentials;
    Ok(match credential {
        Credential::Secret(secret) => ClientSecretCredential::new(
            tenant_id,
            client_id.clone(),
            Secret::new(secret.expose_secret().to_owned()),
            Some(ClientSecretCredentialOptions { client_options }),
        )?,
        Credential::Assertion(assertion) => ClientAssertionCredential::new(
            tenant_id.clone(),
            client_id.clone(),
            Ready(assertion.clone()),
            Some(ClientAssertionCredentialOptions { client_options }),
        )?,
        Credential::ManagedIdentity => {
            let id = Some(client_id.clone()).filter(|id| !id.is_empty()).map(UserAssignedId::ClientId);
            let options = ManagedIdentityCredentialOptions { user_assigned_id: id, client_options };
            ManagedIdentityCredential::new(Some(options))?
        }
    })
}

/// An assertion that is there already.
#[derive(Debug)]
struct Ready(SecretString);

#[async_trait::async_trait]
impl ClientAssertion for Ready {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose_secret().to_owned())
    }
}

/// What went wrong, out of the layers that `azure_identity` wraps it in.
fn failure(error: &Error) -> Failure {
    if let Some(failure) = find::<Failure>(error) {
        return failure.clone();
    }
    let garbled = |e: &Error| *e.kind() == ErrorKind::DataConversion;
    if error_chain(error).filter_map(|e| e.downcast_ref()).any(garbled) {
        // Without the parser's own words: they quote what it stumbled over.
        return Failure::denied("the sign-in service's answer is not a token response");
    }
    let last = error_chain(error).last().map(ToString::to_string).unwrap_or_default();
    Failure::denied(format!("the application credentials cannot be used: {}", text::clean(&last, 300)))
}

fn issued(access: &AccessToken) -> Result<IssuedToken, Failure> {
    let text = Zeroizing::new(access.token.secret().to_owned());
    let token = Token::parse(&text)
        .map_err(|e| Failure::denied(format!("the sign-in service's answer is not a token response: {e}")))?;
    let lifetime = Duration::try_from(access.expires_on - OffsetDateTime::now_utc()).ok();
    Ok(IssuedToken { token, lifetime })
}
