//! Where a token comes from, and how it is renewed.

use std::fmt;
use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::azure;
use super::cached_token::CachedToken;
use super::command;
use super::error::TokenError;
use super::secret_file as file;
use super::sign_in::SignIn;
use super::sign_in::SignInSession;
use crate::auth::claims::Claims;
use crate::model::token::Token;
use crate::settings::TokenSource;
use crate::settings::files::shown;

/// How the token in use stands.
enum TokenState {
    Good(Token),
    /// Good, but it is time for another.
    Ending(Token),
    None,
}

/// The one place of a run that has its token: all workers share it.
///
/// Nothing is read, run or sent before the first [`TokenProvider::token`]. Dropping a future of it ends
/// whatever it was doing, a command's whole process group too.
pub struct TokenProvider {
    source: TokenSource,
    sign_in: SignIn,
    /// The token in use: a lock of its own, so that nobody waits for a renewal while the token is good.
    held: std::sync::Mutex<Option<CachedToken>>,
    /// Whoever asks for a token has this.
    state: Mutex<RefreshState>,
}

#[derive(Default)]
struct RefreshState {
    /// Whether the one renewal after a 401 has been used.
    renewed: bool,
    /// The failure that ended it: nobody asks a second time.
    failed: Option<TokenError>,
    session: SignInSession,
}

impl TokenProvider {
    /// Takes the source; does nothing with it yet.
    pub fn new(source: TokenSource, sign_in: SignIn) -> Self {
        Self { source, sign_in, held: std::sync::Mutex::default(), state: Mutex::default() }
    }

    /// Whether nothing has to be run or asked for a token: it is there already, or in a file.
    pub fn is_at_hand(&self) -> bool {
        matches!(self.source, TokenSource::Ready { .. } | TokenSource::File { .. })
    }

    /// Returns the host that a sign-in goes to; `None` for a source without one.
    pub fn sign_in_host(&self) -> Option<String> {
        match &self.source {
            TokenSource::Credentials { credentials, .. } => {
                Some(azure::service(credentials, self.sign_in.cloud))
            }
            _ => None,
        }
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
    /// [`TokenError`] if there is none. All later calls then get the same error.
    pub async fn token(&self) -> Result<Token, TokenError> {
        if let TokenSource::Ready { token, .. } = &self.source {
            return Ok(token.clone());
        }
        if let TokenState::Good(token) = self.in_use() {
            return Ok(token);
        }
        // Boxed: it is large, and would make every call's own future as large.
        Box::pin(self.refresh_if_needed()).await
    }

    async fn refresh_if_needed(&self) -> Result<Token, TokenError> {
        let mut state = match self.in_use() {
            TokenState::Good(token) => return Ok(token),
            TokenState::Ending(token) => match self.state.try_lock() {
                Ok(state) => state,
                // Somebody is at it already, and this one is still good.
                Err(_) => return Ok(token),
            },
            TokenState::None => self.state.lock().await,
        };
        // Things may have changed while this one waited.
        match self.in_use() {
            TokenState::Good(token) => Ok(token),
            TokenState::Ending(token) => Ok(self.renew_ahead(&mut state).await.unwrap_or(token)),
            TokenState::None => self.fetch(&mut state).await,
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
        Box::pin(self.renew_once(rejected)).await
    }

    async fn renew_once(&self, rejected: &Token) -> Result<Option<Token>, TokenError> {
        let mut state = self.state.lock().await;
        if let Some(token) = self.newer(rejected) {
            return Ok(Some(token));
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

    fn held(&self) -> MutexGuard<'_, Option<CachedToken>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_use(&self) -> TokenState {
        let now = Instant::now();
        match &*self.held() {
            Some(held) if !held.needs_renewal(now) => TokenState::Good(held.token.clone()),
            Some(held) if !held.has_expired(now) => TokenState::Ending(held.token.clone()),
            _ => TokenState::None,
        }
    }

    /// The token in use, where it is not `rejected`.
    fn newer(&self, rejected: &Token) -> Option<Token> {
        self.held().as_ref().map(|held| held.token.clone()).filter(|token| token != rejected)
    }

    fn hold(&self, held: CachedToken) -> Token {
        let token = held.token.clone();
        *self.held() = Some(held);
        token
    }

    /// Asks for a token. A failure is final: everyone who waits or comes later gets it.
    async fn fetch(&self, state: &mut RefreshState) -> Result<Token, TokenError> {
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        match self.ask(state, self.sign_in.retries).await {
            Ok(held) => Ok(self.hold(held)),
            Err(error) => {
                state.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Asks ahead of time, without retries: the token at hand is still good.
    async fn renew_ahead(&self, state: &mut RefreshState) -> Option<Token> {
        let error = match self.ask(state, 0).await {
            Ok(held) => return Some(self.hold(held)),
            Err(error) => error,
        };
        let now = Instant::now();
        state.session.not_before = error.retry_after.and_then(|wait| now.checked_add(wait));
        if let Some(held) = self.held().as_mut() {
            held.postpone_renewal(now, error.retry_after);
        }
        None
    }

    async fn ask(&self, state: &mut RefreshState, retries: u32) -> Result<CachedToken, TokenError> {
        let token = match &self.source {
            TokenSource::Ready { token, .. } => return Ok(CachedToken::new(token.clone(), None)),
            TokenSource::File { path, .. } => {
                let text = file::read("token", path).await?;
                Token::parse(&text)
                    .map_err(|e| TokenError::denied(format!("`{}` cannot be used: {e}", shown(path))))?
            }
            TokenSource::Command { argv, origin } => command::run(argv, origin).await?,
            TokenSource::Credentials { credentials, .. } => {
                return self.sign_in.run(credentials, &mut state.session, retries).await;
            }
        };
        let lifetime = Claims::read(&token).and_then(|claims| claims.lifetime(Timestamp::now()));
        Ok(CachedToken::new(token, lifetime))
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenProvider").field("origin", &self.origin()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
