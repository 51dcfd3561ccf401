//! The token in use, and when it is time for another.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::token::Token;

/// How long before its end a token is renewed, where its life is long enough for that.
const MARGIN: Duration = Duration::from_secs(300);
/// How long to leave it at that when a renewal ahead of time failed: the token at hand still works.
const NEXT_TRY: Duration = Duration::from_secs(30);

/// A token in use.
pub(super) struct CachedToken {
    pub token: Token,
    /// When it should be renewed, and when it ends; `None` where that is not known.
    life: Option<Life>,
}

#[derive(Clone, Copy)]
struct Life {
    renew: Instant,
    end: Instant,
}

impl CachedToken {
    /// `lifetime` is what is left of it.
    pub fn new(token: Token, lifetime: Option<Duration>) -> Self {
        // One that has ended by our clock is used all the same, until the service rejects it: the clock may
        // be wrong.
        let known = lifetime.filter(|l| !l.is_zero());
        Self { token, life: known.and_then(Life::of) }
    }

    /// Whether it is time for another.
    pub fn due(&self, now: Instant) -> bool {
        self.life.is_some_and(|life| life.renew <= now)
    }

    /// Whether it has ended.
    pub fn over(&self, now: Instant) -> bool {
        self.life.is_some_and(|life| life.end <= now)
    }

    /// A renewal ahead of time failed: the token at hand is used for a while longer, at most to its end;
    /// `asked` is how long the service wants to be left alone.
    pub fn put_off(&mut self, now: Instant, asked: Option<Duration>) {
        if let Some(life) = &mut self.life {
            let next = now.checked_add(NEXT_TRY.max(asked.unwrap_or_default()));
            life.renew = next.map_or(life.end, |next| next.min(life.end));
        }
    }
}

impl Life {
    fn of(lifetime: Duration) -> Option<Self> {
        let now = Instant::now();
        let margin = MARGIN.min(lifetime / 5);
        // Not at once again where a source hands out the same token until its last second.
        let renew = lifetime.saturating_sub(margin).max(Duration::from_secs(1));
        Some(Self { renew: now.checked_add(renew)?, end: now.checked_add(lifetime)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(lifetime: Option<u64>) -> CachedToken {
        CachedToken::new(Token::parse("t").unwrap(), lifetime.map(Duration::from_secs))
    }

    /// Seconds until it is due, and until it is over.
    fn life(held: &CachedToken) -> Option<(u64, u64)> {
        let left = |at: Instant| at.duration_since(Instant::now()).as_secs();
        held.life.map(|life| (left(life.renew), left(life.end)))
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_renewed_ahead_of_its_end() {
        let table = [(3600, 3300), (1500, 1200), (100, 80), (5, 4), (1, 1)];
        for (lifetime, due) in table {
            assert_eq!(life(&held(Some(lifetime))), Some((due, lifetime)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_without_a_known_end_is_used_until_it_is_rejected() {
        for lifetime in [None, Some(0), Some(u64::MAX)] {
            assert_eq!(life(&held(lifetime)), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_failed_is_put_off_but_not_beyond_the_end() {
        for (asked, next) in
            [(None, 30), (Some(5), 30), (Some(100), 100), (Some(1000), 300), (Some(u64::MAX), 300)]
        {
            let mut held = held(Some(3600));
            tokio::time::advance(Duration::from_secs(3300)).await;
            assert!(held.due(Instant::now()) && !held.over(Instant::now()));
            held.put_off(Instant::now(), asked.map(Duration::from_secs));
            assert_eq!(life(&held), Some((next, 300)));
        }
    }
}
