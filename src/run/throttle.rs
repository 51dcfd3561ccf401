//! What holds back the whole run: how many requests may be under way, and before when none may begin.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::http::retry::{LONGEST_IDLE, Wait, backoff};

/// After so many answers a slot without a 429, one more request may be under way: slow enough that a service
/// that allows so many requests a second is not asked far beyond it again and again, and quick enough that a
/// 429 here and there does not leave a long run with one request at a time.
const ANSWERS_PER_STEP: usize = 4;

/// The run's shared brake. Times come from tokio's clock, so tests can turn it.
#[derive(Debug)]
pub struct Throttle {
    slots: Arc<Semaphore>,
    deadline: Option<Instant>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    not_before: Instant,
    /// When the present throttling was first met: what began earlier belongs to the same burst.
    learnt: Option<Instant>,
    /// Back-offs in a row.
    rounds: u32,
    /// Pause begun since a call was last settled.
    idle: Duration,
    /// Requests that may be under way, and the most that ever may.
    limit: usize,
    ceiling: usize,
    /// Slots that are in use but are to vanish when they come back.
    debt: usize,
    answers: usize,
}

/// The right to have one request under way.
#[derive(Debug)]
pub struct Permit {
    permit: Option<OwnedSemaphorePermit>,
    throttle: Arc<Throttle>,
}

/// Who asks for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The service: 429, or 503 with `Retry-After`.
    Asked,
    /// Nobody there.
    NoConnection,
}

/// A pause of the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// No request begins before then; `new` where this answer made it so.
    Until {
        /// When it is over.
        until: Instant,
        /// Whether it was not known before.
        new: bool,
    },
    /// Longer than can be waited: it was not begun. The service would be ready then.
    TooLong {
        /// How long it would have been.
        wait: Duration,
    },
}

impl Throttle {
    /// At most `ceiling` requests under way; no pause reaches beyond `deadline`.
    pub fn new(ceiling: usize, deadline: Option<Instant>) -> Arc<Self> {
        let state = State {
            not_before: Instant::now(),
            learnt: None,
            rounds: 0,
            idle: Duration::ZERO,
            limit: ceiling,
            ceiling,
            debt: 0,
            answers: 0,
        };
        Arc::new(Self { slots: Arc::new(Semaphore::new(ceiling)), deadline, state: Mutex::new(state) })
    }

    /// Waits for a slot and for the end of any pause. Slots are given in the order in which they were asked for.
    pub async fn enter(self: &Arc<Self>) -> Permit {
        // The semaphore is never closed, so there always is a permit in the end.
        let permit = Arc::clone(&self.slots).acquire_owned().await.ok();
        let slot = Permit { permit, throttle: Arc::clone(self) };
        // A slot that is held during a pause holds nobody up: no other request may begin either.
        loop {
            let until = self.state().not_before;
            if until <= Instant::now() {
                return slot;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// Pauses the run because of the answer to a request that began at `began`.
    pub fn pause(&self, cause: Cause, wait: Wait, began: Instant, roll: f64) -> Pause {
        let now = Instant::now();
        let mut state = self.state();
        let same_burst = state.learnt.is_some_and(|learnt| began <= learnt);
        let wait = match wait {
            Wait::Asked(asked) => asked,
            // The others of a burst tell nothing new: one back-off is for them all.
            _ if same_burst => Duration::ZERO,
            _ => backoff(state.rounds, roll),
        };
        let until = now + wait;
        let longer = until.saturating_duration_since(state.not_before.max(now));
        if state.idle + longer > LONGEST_IDLE || self.deadline.is_some_and(|deadline| until > deadline) {
            return Pause::TooLong { wait };
        }
        state.idle += longer;
        state.not_before = state.not_before.max(until);
        if !same_burst {
            let fewer = state.begin_burst(cause, now);
            state.debt += fewer - self.slots.forget_permits(fewer);
        }
        Pause::Until { until: state.not_before, new: !longer.is_zero() }
    }

    /// An answer came that asks for no pause.
    pub fn answered(&self) {
        let mut state = self.state();
        state.rounds = 0;
        if state.limit == state.ceiling {
            return;
        }
        state.answers += 1;
        if state.answers < ANSWERS_PER_STEP * state.limit {
            return;
        }
        state.answers = 0;
        state.limit += 1;
        if state.debt > 0 {
            state.debt -= 1;
        } else {
            self.slots.add_permits(1);
        }
    }

    /// A call was settled: the pauses so far were not in vain.
    pub fn settled(&self) {
        self.state().idle = Duration::ZERO;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes a new burst; says by how many slots the limit sinks with it.
    fn begin_burst(&mut self, cause: Cause, now: Instant) -> usize {
        self.learnt = Some(now);
        self.rounds += 1;
        if cause == Cause::NoConnection {
            return 0;
        }
        let before = self.limit;
        self.limit = (before / 2).max(1);
        self.answers = 0;
        before - self.limit
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.throttle.state();
        if state.debt > 0
            && let Some(permit) = self.permit.take()
        {
            state.debt -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn free(throttle: &Throttle) -> usize {
        throttle.slots.available_permits()
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_everyone_and_is_only_ever_lengthened() {
        let throttle = Throttle::new(4, None);
        let start = Instant::now();
        throttle.pause(Cause::Asked, Wait::Asked(5 * SECOND), start, 0.0);
        let pause = throttle.pause(Cause::Asked, Wait::Asked(SECOND), start, 0.0);
        assert_eq!(pause, Pause::Until { until: start + 5 * SECOND, new: false });
        throttle.enter().await;
        assert_eq!(start.elapsed(), 5 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_429s_halves_once_and_answers_win_it_back() {
        let throttle = Throttle::new(8, None);
        let slots = [throttle.enter().await, throttle.enter().await, throttle.enter().await];
        let began = Instant::now();
        tokio::time::advance(SECOND).await;
        for _ in &slots {
            throttle.pause(Cause::Asked, Wait::Asked(SECOND), began, 0.0);
        }
        assert_eq!(free(&throttle), 1);
        drop(slots);
        assert_eq!(free(&throttle), 4);
        for _ in 0..ANSWERS_PER_STEP * 8 * 10 {
            throttle.answered();
        }
        assert_eq!(free(&throttle), 8, "never above the ceiling");
    }

    #[tokio::test(start_paused = true)]
    async fn without_retry_after_the_run_backs_off_longer_each_round() {
        let throttle = Throttle::new(8, None);
        let mut waits = Vec::new();
        for _ in 0..4 {
            let began = Instant::now();
            tokio::time::advance(SECOND / 1000).await;
            let now = Instant::now();
            let Pause::Until { until, .. } =
                throttle.pause(Cause::NoConnection, Wait::RunBackoff, began, 1.0)
            else {
                panic!("too long")
            };
            // A second answer of the same burst changes nothing.
            let again = throttle.pause(Cause::NoConnection, Wait::RunBackoff, began, 1.0);
            assert_eq!(again, Pause::Until { until, new: false });
            waits.push((until - now).as_secs_f64());
            tokio::time::sleep_until(until).await;
        }
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0]);
        assert_eq!(free(&throttle), 8, "an outage teaches nothing about how many at once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_the_deadline_or_ten_idle_minutes_is_not_begun() {
        let now = Instant::now();
        let throttle = Throttle::new(1, Some(now + 10 * SECOND));
        let too_long = Pause::TooLong { wait: 11 * SECOND };
        assert_eq!(throttle.pause(Cause::Asked, Wait::Asked(11 * SECOND), now, 0.0), too_long);
        throttle.enter().await;
        assert_eq!(now.elapsed(), Duration::ZERO, "it was not begun");

        let throttle = Throttle::new(1, None);
        for round in 0..7 {
            tokio::time::advance(SECOND).await;
            let pause = throttle.pause(Cause::Asked, Wait::Asked(100 * SECOND), Instant::now(), 0.0);
            assert_eq!(matches!(pause, Pause::TooLong { .. }), round == 6, "{round}: {pause:?}");
            throttle.enter().await;
        }
        throttle.settled();
        let pause = throttle.pause(Cause::Asked, Wait::Asked(100 * SECOND), Instant::now(), 0.0);
        assert!(matches!(pause, Pause::Until { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_retry_after_does_not_overflow() {
        let throttle = Throttle::new(1, None);
        let asked = Wait::Asked(Duration::from_secs(u64::from(u32::MAX)));
        let pause = throttle.pause(Cause::Asked, asked, Instant::now(), 0.0);
        assert!(matches!(pause, Pause::TooLong { .. }));
    }
}
