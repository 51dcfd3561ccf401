//! The simulated calls: how they behave, and their history.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::fault::Fault;

/// How many calls are remembered: far more than any run has in flight, in about 2 MB.
const MAX_REMEMBERED: usize = 65_536;

/// How long a `slow-` call takes to end.
const SLOW: Duration = Duration::from_secs(2);

/// How long a `lingering-` call is `terminating`.
const LINGER: Duration = Duration::from_secs(2);

/// The behaviour of a call, chosen by the prefix of its ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Ends,
    Gone,
    Busy,
    Denied,
    WrongTenant,
    Expired,
    Broken,
    Flaky,
    Slow,
    Lingering,
    Stuck,
}

impl Behavior {
    const PREFIXES: [(&str, Self); 10] = [
        ("gone-", Self::Gone),
        ("busy-", Self::Busy),
        ("denied-", Self::Denied),
        ("tenant-", Self::WrongTenant),
        ("expired-", Self::Expired),
        ("broken-", Self::Broken),
        ("flaky-", Self::Flaky),
        ("slow-", Self::Slow),
        ("lingering-", Self::Lingering),
        ("stuck-", Self::Stuck),
    ];

    fn of(id: &str) -> Self {
        let known = Self::PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix));
        known.map_or(Self::Ends, |(_, behavior)| *behavior)
    }

    /// Returns how long a call stays `terminating` after a DELETE.
    const fn linger_time(self) -> Duration {
        match self {
            Self::Lingering => LINGER,
            Self::Stuck => Duration::MAX,
            _ => Duration::ZERO,
        }
    }
}

/// The call that a request is about.
#[derive(Debug)]
pub(super) struct RequestedCall {
    /// Only on the route by app ID.
    pub app_id: Option<String>,
    pub id: String,
}

/// What happened to a call before.
#[derive(Debug, Clone, Copy)]
enum Past {
    /// It failed once (`busy-`, `flaky-`).
    Failed,
    Deleted(Instant),
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    hasher: RandomState,
    memory: Mutex<Memory>,
}

impl Calls {
    /// Ends a call.
    pub async fn delete(&self, call: &RequestedCall) -> Result<(), Fault> {
        let behavior = Behavior::of(&call.id);
        self.state(call)?;
        if behavior == Behavior::Slow {
            // Before the call ends, not after: a client that gives up earlier has ended nothing.
            tokio::time::sleep(SLOW).await;
        }
        self.memory().remember(self.key(call), Past::Deleted(Instant::now()));
        Ok(())
    }

    /// Returns the state of a call, or the error that it responds with.
    pub fn state(&self, call: &RequestedCall) -> Result<&'static str, Fault> {
        let behavior = Behavior::of(&call.id);
        let key = self.key(call);
        let mut memory = self.memory();
        match (behavior, memory.of(key)) {
            (Behavior::Gone, _) => Err(Fault::NOT_FOUND),
            (Behavior::Denied, _) => Err(Fault::DENIED),
            (Behavior::WrongTenant, _) => Err(Fault::WRONG_TENANT),
            (Behavior::Expired, _) => Err(Fault::EXPIRED),
            (Behavior::Broken, _) => Err(Fault::BROKEN),
            (Behavior::Busy, None) => Err(memory.fail_once(key, Fault::BUSY)),
            (Behavior::Flaky, None) => Err(memory.fail_once(key, Fault::UNAVAILABLE)),
            (_, Some(Past::Deleted(when))) if when.elapsed() < behavior.linger_time() => Ok("terminating"),
            (_, Some(Past::Deleted(_))) => Err(Fault::NOT_FOUND),
            (_, None | Some(Past::Failed)) => Ok("established"),
        }
    }

    /// Returns the hash by which a call is remembered: IDs are long, and only equality counts.
    fn key(&self, call: &RequestedCall) -> u64 {
        self.hasher.hash_one((&call.app_id, &call.id))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The history of the latest calls, oldest first.
#[derive(Debug, Default)]
struct Memory {
    pasts: HashMap<u64, Past>,
    order: VecDeque<u64>,
}

impl Memory {
    fn of(&self, key: u64) -> Option<Past> {
        self.pasts.get(&key).copied()
    }

    fn remember(&mut self, key: u64, past: Past) {
        // A second DELETE does not restart the time for which a call lingers.
        if let Some(Past::Deleted(_)) = self.of(key) {
            return;
        }
        if self.pasts.insert(key, past).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MAX_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.pasts.remove(&oldest);
        }
    }

    fn fail_once(&mut self, key: u64, fault: Fault) -> Fault {
        self.remember(key, Past::Failed);
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_forgets_the_oldest_calls_first() {
        let mut memory = Memory::default();
        for key in 0..=MAX_REMEMBERED as u64 {
            memory.remember(key, Past::Failed);
            memory.remember(key, Past::Failed);
        }
        assert_eq!((memory.pasts.len(), memory.order.len()), (MAX_REMEMBERED, MAX_REMEMBERED));
        assert!(memory.of(0).is_none() && memory.of(1).is_some());
    }
}
