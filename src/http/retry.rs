//! The retry policy: which failures are retried, who waits, and for how long.
//!
//! Pure: the jitter is an argument, and the caller sleeps. This is the only retry layer. A wait is exponential back-off
//! with [full jitter], or what the service asked for in `Retry-After`, whichever is longer.
//!
//! [full jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

use std::time::Duration;

use crate::http::attempt::Attempt;
use crate::model::codes::status_meaning;

/// The longest time that a run may be held up without one call settled.
pub const LONGEST_IDLE: Duration = Duration::from_secs(600);

/// The upper bound of the first back-off: long enough for a gateway to choose another server.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// The upper bound of every back-off: somebody is waiting for the call to end.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Says if an attempt is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Final,
    Retryable {
        scope: Scope,
        retry_after: Option<Duration>,
        /// Set if the retry uses up one of `--retries`.
        counts: bool,
    },
}

/// Who waits before the retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Call,
    /// The whole run: the service asked for it, or cannot be reached.
    Run,
}

/// Classifies an attempt.
pub fn classify(attempt: &Attempt) -> Class {
    let (scope, retry_after, counts) = match attempt {
        Attempt::Answered(response) if status_meaning(response.status).is_retryable() => {
            match (response.status, response.retry_after) {
                (429, retry_after) => (Scope::Run, retry_after, false),
                (503, Some(asked)) => (Scope::Run, Some(asked), true),
                (_, retry_after) => (Scope::Call, retry_after, true),
            }
        }
        Attempt::Lost(_) => (Scope::Call, None, true),
        Attempt::NotConnected(_) => (Scope::Run, None, true),
        _ => return Class::Final,
    };
    Class::Retryable { scope, retry_after, counts }
}

/// The retries of one call.
#[derive(Debug, Clone, Copy)]
pub struct RetryBudget {
    retries: u32,
    used: u32,
}

impl RetryBudget {
    pub fn new(retries: u32) -> Self {
        Self { retries, used: 0 }
    }

    /// Takes a retry, if one is left. Throttled attempts do not count, but `--retries 0` is one attempt.
    pub fn take(&mut self, counts: bool) -> bool {
        if !counts {
            return self.allows_retries();
        }
        let left = self.used < self.retries;
        self.used += u32::from(left);
        left
    }

    /// Whether `--retries` is not 0.
    pub fn allows_retries(&self) -> bool {
        self.retries > 0
    }

    pub fn used(&self) -> u32 {
        self.used
    }
}

/// Returns how long to wait before a retry, after `retries` earlier ones. What the service asks for is never undercut,
/// and never less than the back-off before jitter, lest `Retry-After: 0` lead to a busy loop.
pub fn retry_wait(retry_after: Option<Duration>, retries: u32, jitter: f64) -> Duration {
    match retry_after {
        Some(asked) => asked.max(backoff(retries, 1.0)),
        None => backoff(retries, jitter),
    }
}

/// Returns a back-off with full jitter: anything from zero to a bound that doubles each time. `jitter` is from 0 to 1.
pub fn backoff(times: u32, jitter: f64) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << times.min(16)).min(LONGEST_BACKOFF);
    bound.mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::attempt::{LostResponse, Response};

    const ASKED: Option<Duration> = Some(Duration::from_secs(7));

    fn response(status: u16, retry_after: Option<Duration>) -> Attempt {
        Attempt::Answered(Response { status, retry_after, ..Response::default() })
    }

    #[test]
    fn classifies_each_kind_of_attempt() {
        let lost = LostResponse { may_have_acted: true, status: None, reason: "reset".into() };
        let retryable = |scope, retry_after, counts| Class::Retryable { scope, retry_after, counts };
        let table = [
            (response(429, ASKED), retryable(Scope::Run, ASKED, false)),
            (response(429, None), retryable(Scope::Run, None, false)),
            (response(503, ASKED), retryable(Scope::Run, ASKED, true)),
            (response(503, None), retryable(Scope::Call, None, true)),
            (response(500, ASKED), retryable(Scope::Call, ASKED, true)),
            (response(408, None), retryable(Scope::Call, None, true)),
            (response(520, None), retryable(Scope::Call, None, true)),
            (Attempt::Lost(lost), retryable(Scope::Call, None, true)),
            (Attempt::NotConnected(String::new()), retryable(Scope::Run, None, true)),
            (Attempt::CertificateRejected(String::new()), Class::Final),
            (Attempt::CannotSend(String::new()), Class::Final),
            (response(204, None), Class::Final),
            (response(404, ASKED), Class::Final),
            (response(501, ASKED), Class::Final),
        ];
        for (attempt, class) in table {
            assert_eq!(classify(&attempt), class, "{attempt:?}");
        }
    }

    #[test]
    fn budget_runs_out_but_not_on_throttling() {
        let mut budget = RetryBudget::new(2);
        assert_eq!(
            [true, false, true, true, false].map(|counts| budget.take(counts)),
            [true, true, true, false, true]
        );
        assert_eq!(budget.used(), 2);
        let mut none = RetryBudget::new(0);
        assert_eq!([none.take(true), none.take(false)], [false, false]);
    }

    #[test]
    fn backoff_bound_doubles_up_to_thirty_seconds() {
        let bounds: Vec<f64> = (0..9).map(|n| backoff(n, 1.0).as_secs_f64()).collect();
        assert_eq!(bounds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST_BACKOFF);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
        assert_eq!(backoff(3, 0.5), Duration::from_secs(2));
    }

    proptest! {
        #[test]
        fn retry_after_is_never_undercut(seconds in 0..100_000u64, retries in 0..9u32, jitter in 0.0..1.0) {
            let asked = Duration::from_secs(seconds);
            let wait = retry_wait(Some(asked), retries, jitter);
            prop_assert!(wait >= asked && wait >= FIRST_BACKOFF);
        }
    }
}
