//! Holds back the whole run: how many requests may be in flight, and until when none may start.
//!
//! The number of concurrent requests follows [AIMD]: halved when the service is overloaded, raised by one after a
//! number of successes. Pauses back off exponentially; those after lost connections with [full jitter].
//!
//! [AIMD]: https://en.wikipedia.org/wiki/Additive_increase/multiplicative_decrease
//! [full jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::http::attempt::Attempt;
use crate::http::retry::{LONGEST_IDLE, backoff};

/// Successes per permit before one more request may be in flight, after throttling: slow enough not to exceed a rate
/// limit again and again, quick enough that an occasional 429 does not leave a long run with one request at a time.
const SUCCESSES_AFTER_THROTTLING: usize = 4;

/// The same after a 503 that asks for no pause, which need not be about the number of requests.
const SUCCESSES_AFTER_OVERLOAD: usize = 1;

/// The brake that all calls of a run share.
#[derive(Debug)]
pub struct Throttle {
    permits: Arc<Semaphore>,
    deadline: Option<Instant>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// No request starts before this.
    not_before: Instant,
    /// When the latest burst of failures was noticed. Requests that started earlier belong to the same burst.
    burst_started: Option<Instant>,
    consecutive_backoffs: u32,
    /// Time spent waiting, or about to be spent waiting, since a call was last settled.
    held_up: Duration,
    /// When the last wait that [`State::held_up`] includes is over.
    held_up_until: Instant,
    /// How many requests may be in flight now, and the most that ever may.
    limit: usize,
    max_limit: usize,
    /// When the limit was last halved. Requests that started earlier do not halve it again.
    halved_at: Option<Instant>,
    /// Permits to forget when returned: the limit shrank while they were in use.
    permits_to_forget: usize,
    /// Successes since the limit last changed, and how many per permit raise it.
    successes: usize,
    successes_per_increase: usize,
}

/// The right to have one request in flight.
#[derive(Debug)]
pub struct Permit {
    permit: Option<OwnedSemaphorePermit>,
    throttle: Arc<Throttle>,
}

/// Why the run pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// 429, or 503 with `Retry-After`.
    Throttled {
        retry_after: Option<Duration>,
    },
    NoConnection,
}

impl PauseReason {
    /// Tells why an attempt pauses the run, and if for lack of a connection, why there was none.
    pub fn of(attempt: &Attempt, retry_after: Option<Duration>) -> (Self, Option<&str>) {
        match attempt {
            Attempt::NotConnected(reason) => (Self::NoConnection, Some(reason)),
            _ => (Self::Throttled { retry_after }, None),
        }
    }
}

/// What became of a request for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseOutcome {
    /// No request starts before `until`; `is_new` if this request for a pause set that time.
    Until { until: Instant, is_new: bool },
    /// The wait would end after the deadline, or is itself longer than a run waits. It does not start.
    TooLong { wait: Duration },
    /// With this wait the run would have waited too long without a call settled. It does not start.
    NoProgress { wait: Duration },
}

impl Throttle {
    /// Allows at most `max_limit` requests in flight, and no wait beyond `deadline`.
    pub fn new(max_limit: usize, deadline: Option<Instant>) -> Arc<Self> {
        let now = Instant::now();
        let state = State {
            not_before: now,
            burst_started: None,
            consecutive_backoffs: 0,
            held_up: Duration::ZERO,
            held_up_until: now,
            limit: max_limit,
            max_limit,
            halved_at: None,
            permits_to_forget: 0,
            successes: 0,
            successes_per_increase: SUCCESSES_AFTER_THROTTLING,
        };
        Arc::new(Self { permits: Arc::new(Semaphore::new(max_limit)), deadline, state: Mutex::new(state) })
    }

    /// Waits for a permit and for the end of any pause. Permits are given in the order in which they were asked for.
    pub async fn acquire(self: &Arc<Self>) -> Permit {
        // The semaphore is never closed, so there always is a permit in the end.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let permit = Permit { permit, throttle: Arc::clone(self) };
        // A permit that is held during a pause delays nobody: no other request may start either.
        loop {
            let until = self.state().not_before;
            if until <= Instant::now() {
                return permit;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// Pauses the run because of the response to a request that started at `started`. `jitter` is from 0 to 1.
    pub fn pause(&self, reason: PauseReason, started: Instant, jitter: f64) -> PauseOutcome {
        let now = Instant::now();
        let mut state = self.state();
        let same_burst = state.burst_started.is_some_and(|burst| started <= burst);
        let wait = state.wait_for(reason, same_burst, jitter);
        let until = now + wait;
        if let Some(outcome) = self.refuses(&state, now, until) {
            return outcome;
        }
        state.hold_up(now, until);
        let is_new = until > state.not_before.max(now);
        state.not_before = state.not_before.max(until);
        let until = state.not_before;
        if !same_burst {
            state.burst_started = Some(now);
            state.consecutive_backoffs += 1;
        }
        if matches!(reason, PauseReason::Throttled { .. }) {
            self.halve(&mut state, started, now);
            state.successes_per_increase = SUCCESSES_AFTER_THROTTLING;
        }
        PauseOutcome::Until { until, is_new }
    }

    /// Asks whether a single call may wait, which delays no other call.
    pub fn wait_of_call(&self, wait: Duration) -> PauseOutcome {
        let now = Instant::now();
        let mut state = self.state();
        let until = now + wait;
        self.refuses(&state, now, until).unwrap_or_else(|| {
            state.hold_up(now, until);
            PauseOutcome::Until { until, is_new: true }
        })
    }

    fn refuses(&self, state: &State, now: Instant, until: Instant) -> Option<PauseOutcome> {
        let wait = until - now;
        if wait > LONGEST_IDLE || self.deadline.is_some_and(|deadline| until > deadline) {
            return Some(PauseOutcome::TooLong { wait });
        }
        let held_up = state.held_up + state.longer(now, until);
        (held_up > LONGEST_IDLE).then_some(PauseOutcome::NoProgress { wait })
    }

    /// Lowers the limit without a pause: the service is overloaded, but did not say for how long.
    pub fn overloaded(&self, started: Instant) {
        let mut state = self.state();
        if self.halve(&mut state, started, Instant::now()) {
            state.successes_per_increase = SUCCESSES_AFTER_OVERLOAD;
        }
    }

    /// AIMD's multiplicative decrease; returns false where the burst has led to it before.
    fn halve(&self, state: &mut State, started: Instant, now: Instant) -> bool {
        if state.halved_at.is_some_and(|halved| started <= halved) {
            return false;
        }
        let before = state.limit;
        state.limit = (before / 2).max(1);
        state.halved_at = Some(now);
        state.successes = 0;
        let surplus = before - state.limit;
        state.permits_to_forget += surplus - self.permits.forget_permits(surplus);
        true
    }

    /// AIMD's additive increase, after a response that asks for no pause.
    pub fn succeeded(&self) {
        let mut state = self.state();
        state.consecutive_backoffs = 0;
        if state.limit == state.max_limit {
            return;
        }
        state.successes += 1;
        if state.successes < state.successes_per_increase * state.limit {
            return;
        }
        state.successes = 0;
        state.limit += 1;
        if state.permits_to_forget > 0 {
            state.permits_to_forget -= 1;
        } else {
            self.permits.add_permits(1);
        }
    }

    /// Notes that a call was settled. Progress was made: only what is left of the present waits still counts.
    pub fn call_settled(&self) {
        let mut state = self.state();
        if !state.held_up.is_zero() {
            state.held_up = state.held_up_until.saturating_duration_since(Instant::now());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns how long to pause. A burst of failures backs off once; what the service asks for is never undercut,
    /// and it never asks for less than the back-off, lest `Retry-After: 0` lead to a busy loop.
    fn wait_for(&self, reason: PauseReason, same_burst: bool, jitter: f64) -> Duration {
        match reason {
            PauseReason::Throttled { retry_after } if same_burst => retry_after.unwrap_or_default(),
            PauseReason::NoConnection if same_burst => Duration::ZERO,
            PauseReason::Throttled { retry_after } => {
                backoff(self.consecutive_backoffs, 1.0).max(retry_after.unwrap_or_default())
            }
            PauseReason::NoConnection => backoff(self.consecutive_backoffs, jitter),
        }
    }

    fn hold_up(&mut self, now: Instant, until: Instant) {
        self.held_up += self.longer(now, until);
        self.held_up_until = self.held_up_until.max(until);
    }

    /// Returns by how much a wait prolongs those that are counted already.
    fn longer(&self, now: Instant, until: Instant) -> Duration {
        until.saturating_duration_since(self.held_up_until.max(now))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.throttle.state();
        if state.permits_to_forget > 0
            && let Some(permit) = self.permit.take()
        {
            state.permits_to_forget -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn free(throttle: &Throttle) -> usize {
        throttle.permits.available_permits()
    }

    fn asked(seconds: u32) -> PauseReason {
        PauseReason::Throttled { retry_after: Some(seconds * SECOND) }
    }

    /// Pauses after a request that started now, which is later than any burst so far.
    async fn pause(throttle: &Throttle, reason: PauseReason) -> PauseOutcome {
        tokio::time::advance(SECOND / 1000).await;
        throttle.pause(reason, Instant::now(), 1.0)
    }

    #[tokio::test(start_paused = true)]
    async fn pause_holds_back_every_request_and_is_only_lengthened() {
        let throttle = Throttle::new(4, None);
        let start = Instant::now();
        throttle.pause(asked(5), start, 0.0);
        let shorter = throttle.pause(asked(1), start, 0.0);
        assert_eq!(shorter, PauseOutcome::Until { until: start + 5 * SECOND, is_new: false });
        throttle.acquire().await;
        assert_eq!(start.elapsed(), 5 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn burst_halves_the_limit_once_and_successes_raise_it_again() {
        let throttle = Throttle::new(8, None);
        let permits = [throttle.acquire().await, throttle.acquire().await, throttle.acquire().await];
        let started = Instant::now();
        tokio::time::advance(SECOND).await;
        for _ in &permits {
            throttle.pause(asked(1), started, 0.0);
        }
        assert_eq!(free(&throttle), 1);
        drop(permits);
        assert_eq!(free(&throttle), 4);
        for _ in 0..SUCCESSES_AFTER_THROTTLING * 8 * 10 {
            throttle.succeeded();
        }
        assert_eq!(free(&throttle), 8, "never above the maximum");
    }

    #[tokio::test(start_paused = true)]
    async fn overload_halves_the_limit_without_a_pause() {
        let throttle = Throttle::new(8, None);
        let started = Instant::now();
        tokio::time::advance(SECOND).await;
        throttle.overloaded(started);
        throttle.overloaded(started);
        assert_eq!(free(&throttle), 4);
        // A 429 of the same burst still pauses.
        let pause = throttle.pause(PauseReason::Throttled { retry_after: None }, started, 0.0);
        assert_eq!(pause, PauseOutcome::Until { until: Instant::now() + SECOND / 2, is_new: true });
        assert_eq!(free(&throttle), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn lost_connections_back_off_longer_each_round() {
        let throttle = Throttle::new(8, None);
        let mut waits = Vec::new();
        for _ in 0..4 {
            let started = Instant::now();
            tokio::time::advance(SECOND / 1000).await;
            let now = Instant::now();
            let PauseOutcome::Until { until, .. } = throttle.pause(PauseReason::NoConnection, started, 1.0)
            else {
                panic!("too long")
            };
            // A second failure of the same burst changes nothing.
            let again = throttle.pause(PauseReason::NoConnection, started, 1.0);
            assert_eq!(again, PauseOutcome::Until { until, is_new: false });
            waits.push((until - now).as_secs_f64());
            tokio::time::sleep_until(until).await;
        }
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0]);
        assert_eq!(free(&throttle), 8, "an outage says nothing about how many requests are too many");
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_0_backs_off_and_ends_after_ten_minutes_without_progress() {
        for retry_after in [None, Some(Duration::ZERO)] {
            let throttle = Throttle::new(8, None);
            let start = Instant::now();
            let mut rounds = 0;
            let outcome = loop {
                match pause(&throttle, PauseReason::Throttled { retry_after }).await {
                    PauseOutcome::Until { .. } => rounds += 1,
                    outcome => break outcome,
                }
                throttle.acquire().await;
            };
            assert_eq!(outcome, PauseOutcome::NoProgress { wait: 30 * SECOND });
            assert_eq!(rounds, 6 + 18, "0.5 s to 16 s, then 30 s each");
            assert!(start.elapsed() <= LONGEST_IDLE, "{:?}", start.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn success_resets_the_back_off() {
        let throttle = Throttle::new(8, None);
        for _ in 0..100 {
            let PauseOutcome::Until { until, .. } = pause(&throttle, asked(0)).await else {
                panic!("too long")
            };
            assert_eq!(until - Instant::now(), SECOND / 2);
            throttle.acquire().await;
            throttle.succeeded();
            throttle.call_settled();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn wait_beyond_the_deadline_does_not_start() {
        let now = Instant::now();
        let throttle = Throttle::new(1, Some(now + 10 * SECOND));
        assert_eq!(throttle.pause(asked(11), now, 0.0), PauseOutcome::TooLong { wait: 11 * SECOND });
        assert_eq!(throttle.wait_of_call(11 * SECOND), PauseOutcome::TooLong { wait: 11 * SECOND });
        throttle.acquire().await;
        assert_eq!(now.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn ten_minutes_of_waiting_need_a_settled_call() {
        let throttle = Throttle::new(1, None);
        for _ in 0..6 {
            assert!(matches!(pause(&throttle, asked(99)).await, PauseOutcome::Until { .. }));
            throttle.acquire().await;
        }
        assert_eq!(pause(&throttle, asked(99)).await, PauseOutcome::NoProgress { wait: 99 * SECOND });
        throttle.call_settled();
        assert!(matches!(pause(&throttle, asked(99)).await, PauseOutcome::Until { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn call_settled_during_a_pause_leaves_the_rest_of_the_pause_counted() {
        let throttle = Throttle::new(1, None);
        pause(&throttle, asked(400)).await;
        throttle.call_settled();
        throttle.acquire().await;
        assert_eq!(pause(&throttle, asked(300)).await, PauseOutcome::NoProgress { wait: 300 * SECOND });
    }

    #[tokio::test(start_paused = true)]
    async fn waits_of_single_calls_count_once_where_they_overlap() {
        let throttle = Throttle::new(1, None);
        for _ in 0..50 {
            assert!(matches!(throttle.wait_of_call(300 * SECOND), PauseOutcome::Until { .. }));
        }
        tokio::time::advance(300 * SECOND).await;
        assert!(matches!(throttle.wait_of_call(300 * SECOND), PauseOutcome::Until { .. }));
        tokio::time::advance(300 * SECOND).await;
        assert_eq!(throttle.wait_of_call(SECOND), PauseOutcome::NoProgress { wait: SECOND });
    }

    #[tokio::test(start_paused = true)]
    async fn longest_retry_after_does_not_overflow() {
        let throttle = Throttle::new(1, None);
        let pause = throttle.pause(asked(u32::MAX), Instant::now(), 0.0);
        assert!(matches!(pause, PauseOutcome::TooLong { .. }));
    }
}
