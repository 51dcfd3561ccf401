//! The token in use, and when to renew it.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::token::Token;

/// A token is renewed this long before it expires, if its lifetime allows that.
const MARGIN: Duration = Duration::from_secs(300);
/// The time before the next try if a renewal ahead of time has failed: the present token still works.
const NEXT_TRY: Duration = Duration::from_secs(30);

/// A token in use.
pub(super) struct CachedToken {
    pub token: Token,
    /// `None` if the expiry is not known.
    expiry: Option<Expiry>,
}

#[derive(Clone, Copy)]
struct Expiry {
    renew: Instant,
    end: Instant,
}

impl CachedToken {
    /// Caches a token with this remaining lifetime.
    pub fn new(token: Token, lifetime: Option<Duration>) -> Self {
        // A token that has expired by our clock is still used until the service rejects it: the clock may be wrong.
        let known = lifetime.filter(|l| !l.is_zero());
        Self { token, expiry: known.and_then(Expiry::of) }
    }

    /// Whether it is time to renew the token.
    pub fn needs_renewal(&self, now: Instant) -> bool {
        self.expiry.is_some_and(|expiry| expiry.renew <= now)
    }

    /// Whether the token has expired.
    pub fn has_expired(&self, now: Instant) -> bool {
        self.expiry.is_some_and(|expiry| expiry.end <= now)
    }

    /// Postpones the renewal after a failed one, at most to the expiry, and by no less than `asked`, the service's
    /// own `Retry-After`.
    pub fn postpone_renewal(&mut self, now: Instant, asked: Option<Duration>) {
        if let Some(expiry) = &mut self.expiry {
            let next = now.checked_add(NEXT_TRY.max(asked.unwrap_or_default()));
            expiry.renew = next.map_or(expiry.end, |next| next.min(expiry.end));
        }
    }
}

impl Expiry {
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
        held.expiry.map(|expiry| (left(expiry.renew), left(expiry.end)))
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
            assert!(held.needs_renewal(Instant::now()) && !held.has_expired(Instant::now()));
            held.postpone_renewal(Instant::now(), asked.map(Duration::from_secs));
            assert_eq!(life(&held), Some((next, 300)));
        }
    }
}
