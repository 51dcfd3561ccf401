//! The reasons why there is no token.

use std::fmt;
use std::time::Duration;

use crate::model::exit::Exit;

/// What kind of trouble it is, and so what a script can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody will get a token this way: a refusal, a missing file, a command that fails.
    Denied,
    /// The sign-in service was busy or out of reach after all retries: the same command later may work.
    Temporary,
    /// The sign-in service showed a certificate that is not trusted.
    Untrusted,
}

/// The reason why there is no token. It holds no secret, and its texts are clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    /// What happened, on one line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The service's own code, such as `AADSTS7000215`.
    pub code: Option<String>,
    /// What kind of trouble it is.
    pub trouble: Trouble,
    /// How long the sign-in service asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl TokenError {
    /// Nobody will get a token this way. `message` must be safe to show.
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: None, trouble: Trouble::Denied, retry_after: None }
    }

    /// The same, with what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// No source of tokens is set.
    pub fn no_source() -> Self {
        Self::denied("no token found").hint(
            "use --token-file FILE or HANGUP_TOKEN, or name a source in config.toml: token_file, token_command, \
             or tenant_id, client_id and client_secret_file",
        )
    }

    /// The sign-in service asked to be left alone for longer than there is time.
    pub(crate) fn busy(wait: Duration) -> Self {
        let error = Self::denied("the sign-in service is busy and asked to be left alone for a while");
        Self { trouble: Trouble::Temporary, retry_after: Some(wait), ..error }
    }

    /// The same, where the pause that the service asked for is the reason to give up.
    pub(crate) fn too_long(self) -> Self {
        Self { message: format!("{}, which is too long to wait here", self.message), ..self }
    }

    /// Whether the same command may work later.
    pub fn temporary(&self) -> bool {
        self.trouble == Trouble::Temporary
    }

    /// The exit code of a run that ends for this.
    pub fn exit(&self) -> Exit {
        match self.trouble {
            Trouble::Denied => Exit::Denied,
            Trouble::Temporary => Exit::Temporary,
            Trouble::Untrusted => Exit::Failed,
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TokenError {}
