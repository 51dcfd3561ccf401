//! Where requests go, Graph or the sandbox, and with which token.

use crate::model::exit::Exit;
use crate::sandbox::{self, Sandbox};
use crate::settings::{Action, CommandError, Settings, TokenSource};

/// What standard error says on every run of the sandbox, however quiet.
pub const SANDBOX_NOTICE: &str = "sandbox: a simulated service inside this process; no call is touched";

/// The name of the sandbox in reports and logs. Its port differs in every run, and `--resume` has to find the lines of
/// the run before.
const SANDBOX_URL: &str = "http://sandbox.localhost";

/// Where requests go, and what has to live as long as they do.
pub(super) struct Endpoint {
    pub base_url: String,
    /// The base URL as reports show it.
    pub shown_url: String,
    pub token: Option<TokenSource>,
    /// Keeps the simulated service running.
    pub sandbox: Option<Sandbox>,
}

impl Endpoint {
    /// Takes the endpoint and its token from the settings, and starts the sandbox where it is needed.
    ///
    /// # Errors
    /// The sandbox cannot listen on a loopback address.
    pub async fn prepare(settings: &mut Settings) -> Result<Self, CommandError> {
        let token = settings.token.take();
        if !settings.target.sandbox {
            let base_url = settings.target.base_url.clone();
            return Ok(Self { shown_url: base_url.clone(), base_url, token, sandbox: None });
        }
        let shown_url = SANDBOX_URL.to_owned();
        if settings.action == Action::DryRunLocal {
            return Ok(Self { base_url: shown_url.clone(), shown_url, token: None, sandbox: None });
        }
        let sandbox = sandbox::start().await.map_err(|error| CommandError {
            message: format!("--sandbox: cannot listen on a loopback address: {error}"),
            exit: Exit::Failed,
        })?;
        let token = TokenSource::Ready { token: sandbox.token.clone(), origin: "the sandbox".to_owned() };
        let base_url = sandbox.base_url.clone();
        Ok(Self { base_url, shown_url, token: Some(token), sandbox: Some(sandbox) })
    }
}
