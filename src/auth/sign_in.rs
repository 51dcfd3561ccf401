//! Signing in with application credentials, with patience.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::azure;
use super::cached_token::CachedToken;
use super::error::TokenError;
use super::http_client::Wire;
use super::patience::RetryBudget;
use crate::http::client::Client;
use crate::http::retry::LONGEST_IDLE;
use crate::http::transport::Proxies;
use crate::settings::{Cloud, Credentials};

/// Makes an HTTP client; called when the first sign-in is about to be sent.
pub type MakeClient = Box<dyn Fn(Proxies) -> anyhow::Result<Client> + Send + Sync>;

/// What signing in needs to know beside the credentials.
pub struct SignIn {
    /// The cloud: authority and scope.
    pub cloud: Cloud,
    /// Makes our own client, with `--cacert` and without redirects.
    pub client: MakeClient,
    /// Retries after the first attempt; 0 is one attempt whatever comes.
    pub retries: u32,
    /// The time for one attempt.
    pub timeout: Duration,
    /// The end of the whole run: a wait that goes beyond it is not begun.
    pub deadline: Option<Instant>,
}

/// What one sign-in leaves for the next.
#[derive(Default)]
pub(super) struct Line {
    client: Option<Client>,
    /// Until when the service wants to be left alone.
    pub quiet: Option<Instant>,
}

impl SignIn {
    /// Signs in, by the same rules of patience as for Graph.
    pub(super) async fn run(
        &self,
        credentials: &Credentials,
        line: &mut Line,
        retries: u32,
    ) -> Result<CachedToken, TokenError> {
        let now = Instant::now();
        let time = self.deadline.map_or(LONGEST_IDLE, |end| end.saturating_duration_since(now));
        let mut patience = RetryBudget::new(retries, time);
        if let Some(until) = line.quiet.take() {
            let wait = until.saturating_duration_since(now);
            sleep(patience.spend(wait).ok_or_else(|| TokenError::busy(wait))?).await;
        }
        loop {
            let wire = Wire { client: self.client(credentials, line)?, timeout: self.timeout };
            let failure = match azure::attempt(credentials, self.cloud, wire).await {
                Ok(issued) => return Ok(CachedToken::new(issued.token, issued.lifetime)),
                Err(failure) => failure,
            };
            let Some(wait) = patience.after(&failure, rand::random()) else {
                let too_long = patience.is_outlasted_by(&failure);
                let error = failure.into_error(&azure::service(credentials, self.cloud));
                return Err(if too_long { error.too_long() } else { error });
            };
            sleep(wait).await;
        }
    }

    fn client(&self, credentials: &Credentials, line: &mut Line) -> Result<Client, TokenError> {
        if let Some(client) = &line.client {
            return Ok(client.clone());
        }
        let client = (self.client)(azure::proxies(credentials, self.cloud))
            .map_err(|e| TokenError::denied(format!("cannot set up the sign-in: {e:#}")))?;
        Ok(line.client.insert(client).clone())
    }
}
