//! Where a token comes from, and how it is renewed.

mod assertion;
mod azure;
mod command;
mod error;
mod failure;
mod file;
mod held;
mod patience;
mod wire;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use self::error::{TokenError, Trouble};
use self::held::Held;
use self::patience::Patience;
use crate::claims::Claims;
use crate::settings::{Cloud, Credentials, Proof, TokenSource};
use crate::token::Token;
use crate::transport::Proxies;

/// Makes an HTTP client; called when the first sign-in is about to be sent.
pub type MakeClient = Box<dyn Fn(Proxies) -> anyhow::Result<reqwest::Client> + Send + Sync>;

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

/// The one place of a run that has its token: all workers share it.
///
/// Nothing is read, run or sent before the first [`TokenProvider::token`]. Dropping a future of it ends
/// whatever it had under way, a command's whole process group too.
pub struct TokenProvider {
    source: TokenSource,
    sign_in: SignIn,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// Whether the one renewal after a 401 has been used.
    renewed: bool,
    /// The failure that ended it: nobody asks a second time.
    failed: Option<TokenError>,
    client: Option<reqwest::Client>,
}

impl TokenProvider {
    /// Takes the source; does nothing with it yet.
    pub fn new(source: TokenSource, sign_in: SignIn) -> Self {
        Self { source, sign_in, state: Mutex::default() }
    }

    /// Who named the source, such as `HANGUP_TOKEN`.
    pub fn origin(&self) -> &str {
        match &self.source {
            TokenSource::Ready { origin, .. }
            | TokenSource::File { origin, .. }
            | TokenSource::Command { origin, .. }
            | TokenSource::Credentials { origin, .. } => origin,
        }
    }

    /// The token: asked for once, by whoever comes first, and again shortly before it ends.
    ///
    /// # Errors
    /// [`TokenError`] where there is none to be had. All later calls then get the same error.
    pub async fn token(&self) -> Result<Token, TokenError> {
        if let TokenSource::Ready { token, .. } = &self.source {
            return Ok(token.clone());
        }
        let mut state = self.state.lock().await;
        let now = Instant::now();
        match &state.held {
            Some(held) if !held.due(now) => Ok(held.token.clone()),
            Some(held) if !held.over(now) => self.renew_ahead(&mut state).await,
            _ => self.fetch(&mut state).await,
        }
    }

    /// Another token after the service rejected `rejected`: one renewal a run, shared by all who were
    /// rejected with the same token. `None` where the source has no other, or has renewed already.
    ///
    /// # Errors
    /// [`TokenError`] where the renewal failed.
    pub async fn renew(&self, rejected: &Token) -> Result<Option<Token>, TokenError> {
        if let TokenSource::Ready { .. } = &self.source {
            return Ok(None);
        }
        let mut state = self.state.lock().await;
        if let Some(held) = state.held.as_ref().filter(|held| held.token != *rejected) {
            return Ok(Some(held.token.clone()));
        }
        if state.renewed {
            return state.failed.clone().map_or(Ok(None), Err);
        }
        let renewed = self.fetch(&mut state).await;
        state.renewed = true;
        // A command and the sign-in service have been asked; a file may simply not have been replaced.
        let same = |token: &Token| matches!(self.source, TokenSource::File { .. }) && token == rejected;
        renewed.map(|token| Some(token).filter(|t| !same(t)))
    }

    /// Asks for a token. A failure is for good: it is told to all that wait and come later.
    async fn fetch(&self, state: &mut State) -> Result<Token, TokenError> {
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        match self.ask(&mut state.client, self.sign_in.retries).await {
            Ok(held) => {
                let token = held.token.clone();
                state.held = Some(held);
                Ok(token)
            }
            Err(error) => {
                state.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Asks ahead of time, without retries: while the token at hand is good, nobody should wait for another.
    async fn renew_ahead(&self, state: &mut State) -> Result<Token, TokenError> {
        if let Ok(held) = self.ask(&mut state.client, 0).await {
            state.held = Some(held);
        } else if let Some(held) = &mut state.held {
            held.put_off(Instant::now());
        }
        match &state.held {
            Some(held) => Ok(held.token.clone()),
            None => self.fetch(state).await,
        }
    }

    async fn ask(&self, client: &mut Option<reqwest::Client>, retries: u32) -> Result<Held, TokenError> {
        let token = match &self.source {
            TokenSource::Ready { token, .. } => return Ok(Held::new(token.clone(), None)),
            TokenSource::File { path, .. } => {
                let text = file::read("token", path).await?;
                Token::parse(&text)
                    .map_err(|e| TokenError::denied(format!("no token in `{}`: {e}", file::shown(path))))?
            }
            TokenSource::Command { argv, origin } => command::run(argv, origin).await?,
            TokenSource::Credentials { credentials, .. } => {
                return self.sign_in(credentials, client, retries).await;
            }
        };
        let lifetime = Claims::read(&token).and_then(|claims| claims.lifetime(Timestamp::now()));
        Ok(Held::new(token, lifetime))
    }

    /// Signs in, by the same rules of patience as for Graph.
    async fn sign_in(
        &self,
        credentials: &Credentials,
        client: &mut Option<reqwest::Client>,
        retries: u32,
    ) -> Result<Held, TokenError> {
        let SignIn { cloud, deadline, timeout, .. } = self.sign_in;
        let until_deadline = deadline.map(|end| end.saturating_duration_since(Instant::now()));
        let mut patience = Patience::new(retries, until_deadline.unwrap_or(patience::MAX_PAUSE));
        loop {
            let wire = wire::Wire { client: self.client(credentials, client)?, timeout };
            let failure = match azure::attempt(credentials, cloud, wire).await {
                Ok(issued) => return Ok(Held::new(issued.token, issued.lifetime)),
                Err(failure) => failure,
            };
            match patience.after(&failure, rand::random()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(failure.into_error(&azure::service(credentials, cloud))),
            }
        }
    }

    fn client(
        &self,
        credentials: &Credentials,
        made: &mut Option<reqwest::Client>,
    ) -> Result<reqwest::Client, TokenError> {
        if let Some(client) = made {
            return Ok(client.clone());
        }
        let proxies = match credentials.proof {
            Proof::ManagedIdentity => Proxies::Never,
            _ => Proxies::Environment,
        };
        let client = (self.sign_in.client)(proxies)
            .map_err(|e| TokenError::denied(format!("cannot set up the sign-in: {e:#}")))?;
        Ok(made.insert(client).clone())
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenProvider").field("origin", &self.origin()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
