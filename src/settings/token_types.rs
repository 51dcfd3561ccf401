//! Where a token comes from.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::model::token::Token;

/// The one place a token comes from.
#[derive(Debug)]
pub enum TokenSource {
    /// A token that is already there.
    Ready {
        /// The token.
        token: Token,
        /// Where it was found: `HANGUP_TOKEN`, `/home/ada/.config/hangup/config.toml:3: token`, ...
        origin: String,
    },
    /// A file that holds a token; read again when the service rejects it.
    File {
        /// The file.
        path: PathBuf,
        /// Who named it: `--token-file`, or file, line and key of the config.
        origin: String,
    },
    /// A command that prints a token.
    Command {
        /// The argv list.
        argv: Vec<String>,
        /// Who named it.
        origin: String,
    },
    /// Application credentials, with which a token is asked for.
    Credentials {
        /// The credentials.
        credentials: Credentials,
        /// Who named them.
        origin: String,
    },
}

/// Application credentials.
#[derive(Debug)]
pub struct Credentials {
    /// The tenant's id or domain (empty for a managed identity).
    pub tenant_id: String,
    /// The application's client id; for a managed identity, that of a user-assigned one, or empty.
    pub client_id: String,
    /// The proof.
    pub proof: Proof,
    /// `AZURE_AUTHORITY_HOST`, where set: it takes the place of the cloud's own authority.
    pub authority: Option<String>,
    /// `IDENTITY_HEADER`, which goes to a managed identity's endpoint; it is never shown.
    pub identity_header: Option<SecretString>,
}

/// What proves that we are the application.
#[derive(Debug)]
pub enum Proof {
    /// A client secret.
    Secret(SecretString),
    /// A file that holds the client secret.
    SecretFile(PathBuf),
    /// A PEM file with the certificate and its private key.
    Certificate(PathBuf),
    /// A file with a token from a federated identity provider.
    FederatedTokenFile(PathBuf),
    /// The machine's own managed identity.
    ManagedIdentity,
}
