//! The budget of a sign-in: the retries that requests have too, and a bound on the time spent waiting. Pure: jitter is
//! passed in.

use std::time::Duration;

use super::sign_in_error::Failure;
use crate::http::retry::{LONGEST_IDLE, RetryBudget, retry_wait};

/// The retries and the waiting time that are left.
#[derive(Debug, Clone)]
pub(super) struct SignInBudget {
    retries: RetryBudget,
    /// Waits so far, those after throttling included.
    waits: u32,
    /// The time that may still be spent waiting.
    left: Duration,
}

impl SignInBudget {
    /// Nothing is settled while there is no token: the run's limit for that holds here too.
    pub fn new(retries: u32, left: Duration) -> Self {
        Self { retries: RetryBudget::new(retries), waits: 0, left: left.min(LONGEST_IDLE) }
    }

    /// How long to wait before the next attempt, or `None` to give up. `jitter` is between 0 and 1.
    pub fn after(&mut self, failure: &Failure, jitter: f64) -> Option<Duration> {
        let throttled = matches!(failure, Failure::Answer(answer) if answer.status == 429);
        if !failure.temporary() || !self.retries.take(!throttled) {
            return None;
        }
        let wait = retry_wait(asked_wait(failure), self.waits, jitter);
        self.waits = self.waits.saturating_add(1);
        self.spend(wait)
    }

    /// Whether the wait that the service asked for is longer than the time that is left.
    pub fn is_outlasted_by(&self, failure: &Failure) -> bool {
        self.retries.allows_retries()
            && failure.temporary()
            && asked_wait(failure).is_some_and(|wait| wait > self.left)
    }

    /// The same wait, where there is so much time left for it.
    pub fn spend(&mut self, wait: Duration) -> Option<Duration> {
        self.left = self.left.checked_sub(wait)?;
        Some(wait)
    }
}

fn asked_wait(failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::Answer(answer) => answer.retry_after,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sign_in_error::Refusal;
    use super::*;

    fn answer(status: u16, retry_after: Option<u64>) -> Failure {
        Failure::Answer(Refusal::read(status, retry_after.map(Duration::from_secs), b""))
    }

    fn waits(budget: &mut SignInBudget, failure: &Failure, times: usize) -> Vec<Option<u128>> {
        (0..times).map(|_| budget.after(failure, 1.0).map(|d| d.as_millis())).collect()
    }

    #[test]
    fn back_off_doubles_up_to_its_end_and_retries_run_out() {
        let mut budget = SignInBudget::new(8, LONGEST_IDLE);
        let schedule = [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000].map(Some);
        assert_eq!(waits(&mut budget, &answer(503, None), 8), schedule);
        assert_eq!(budget.after(&answer(503, None), 1.0), None);
        assert_eq!(SignInBudget::new(1, LONGEST_IDLE).after(&answer(503, None), 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn what_the_service_asks_for_is_obeyed_in_full() {
        let mut budget = SignInBudget::new(1, LONGEST_IDLE);
        assert_eq!(waits(&mut budget, &answer(429, Some(120)), 6)[4..], [Some(120_000), None]);
        let mut budget = SignInBudget::new(1, Duration::from_secs(10));
        assert_eq!(budget.after(&answer(503, Some(11)), 1.0), None);
        assert!(budget.is_outlasted_by(&answer(503, Some(11))));
        assert!(!budget.is_outlasted_by(&answer(503, Some(10))));
        assert!(!budget.is_outlasted_by(&answer(401, Some(11))));
    }

    #[test]
    fn throttling_uses_up_no_retries() {
        let mut budget = SignInBudget::new(1, LONGEST_IDLE);
        let schedule = [Some(1000), Some(1000), Some(2000)];
        assert_eq!(waits(&mut budget, &answer(429, Some(1)), 3), schedule, "never under the backoff");
        assert!(budget.after(&answer(500, None), 1.0).is_some());
        assert_eq!(budget.after(&answer(500, None), 1.0), None);
    }

    #[test]
    fn a_refusal_or_no_retries_ends_it_at_once() {
        assert_eq!(SignInBudget::new(4, LONGEST_IDLE).after(&answer(401, None), 1.0), None);
        assert_eq!(SignInBudget::new(0, LONGEST_IDLE).after(&answer(429, Some(1)), 1.0), None);
    }
}
