//! Signs in with application credentials, and retries within a budget.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};

use super::azure;
use super::cached_token::CachedToken;
use super::error::TokenError;
use super::http_client::SignInTransport;
use super::retry_budget::SignInBudget;
use super::sign_in_error::Failure;
use crate::http::client::Client;
use crate::http::retry::LONGEST_IDLE;
use crate::http::transport::{Proxies, Tls, Transport};
use crate::settings::{Cloud, Credentials, Limits};

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
    /// The end of the whole run: a wait that would end after it is not started.
    pub deadline: Option<Instant>,
}

/// What one sign-in leaves for the next.
#[derive(Default)]
pub(super) struct SignInSession {
    client: Option<Client>,
    /// Until when the service wants to be left alone.
    pub not_before: Option<Instant>,
}

impl SignIn {
    /// Signs in over `transport`, within the limits that requests to Graph have.
    pub fn new(transport: &Transport, cloud: Cloud, limits: Limits, deadline: Option<Instant>) -> Self {
        let transport = transport.clone();
        let client = Box::new(move |proxies| transport.client(proxies, Tls::SystemRoots));
        Self { cloud, client, retries: limits.retries, timeout: limits.timeout, deadline }
    }

    /// Signs in, with the same retry rules as for Graph.
    pub(super) async fn run(
        &self,
        credentials: &Credentials,
        session: &mut SignInSession,
        retries: u32,
    ) -> Result<CachedToken, TokenError> {
        let now = Instant::now();
        let time = self.deadline.map_or(LONGEST_IDLE, |end| end.saturating_duration_since(now));
        let mut budget = SignInBudget::new(retries, time);
        if let Some(until) = session.not_before.take() {
            let wait = until.saturating_duration_since(now);
            sleep(budget.spend(wait).ok_or_else(|| TokenError::busy(wait))?).await;
        }
        loop {
            let transport =
                SignInTransport { client: self.client(credentials, session)?, timeout: self.timeout };
            let failure = match attempt(credentials, self.cloud, transport).await {
                Ok(issued) => return Ok(CachedToken::new(issued.token, issued.lifetime)),
                Err(failure) => failure,
            };
            let Some(wait) = budget.after(&failure, rand::random()) else {
                let too_long = budget.is_outlasted_by(&failure);
                let error = failure.into_error(&azure::service(credentials, self.cloud));
                return Err(if too_long { error.too_long() } else { error });
            };
            sleep(wait).await;
        }
    }

    fn client(&self, credentials: &Credentials, session: &mut SignInSession) -> Result<Client, TokenError> {
        if let Some(client) = &session.client {
            return Ok(client.clone());
        }
        let client = (self.client)(azure::proxies(credentials, self.cloud))
            .map_err(|e| TokenError::denied(format!("cannot set up the sign-in: {e:#}")))?;
        Ok(session.client.insert(client).clone())
    }
}

/// One attempt. A panic inside the library costs this sign-in only.
async fn attempt(
    credentials: &Credentials,
    cloud: Cloud,
    client: SignInTransport,
) -> Result<azure::IssuedToken, Failure> {
    let attempt = AssertUnwindSafe(azure::attempt(credentials, cloud, client)).catch_unwind().await;
    attempt.unwrap_or_else(|_| Err(Failure::denied("an internal error while signing in")))
}
