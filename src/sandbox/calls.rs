//! What the simulated calls do, and what is remembered of them.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::answer::Fault;

/// How many calls are remembered: far more than any run has under way, at about 2 MB.
const REMEMBERED: usize = 65_536;

/// How long a `slow-` call takes to end.
const SLOW: Duration = Duration::from_secs(2);

/// How long a `lingering-` call is `terminating`.
const LINGER: Duration = Duration::from_secs(2);

/// How a call behaves, told by how its id begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Ends,
    Gone,
    Busy,
    Denied,
    Expired,
    Broken,
    Flaky,
    Slow,
    Lingering,
    Stuck,
}

impl Manner {
    const PREFIXES: [(&str, Self); 9] = [
        ("gone-", Self::Gone),
        ("busy-", Self::Busy),
        ("denied-", Self::Denied),
        ("expired-", Self::Expired),
        ("broken-", Self::Broken),
        ("flaky-", Self::Flaky),
        ("slow-", Self::Slow),
        ("lingering-", Self::Lingering),
        ("stuck-", Self::Stuck),
    ];

    fn of(id: &str) -> Self {
        let known = Self::PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix));
        known.map_or(Self::Ends, |(_, manner)| *manner)
    }

    /// How long a call still shows as `terminating` once it has been deleted.
    const fn lingers(self) -> Duration {
        match self {
            Self::Lingering => LINGER,
            Self::Stuck => Duration::MAX,
            _ => Duration::ZERO,
        }
    }
}

/// A call that is named in a request.
#[derive(Debug)]
pub(super) struct Named {
    /// The app id, on the route that has one.
    pub app_id: Option<String>,
    /// The call's id.
    pub id: String,
}

/// What is remembered of a call.
#[derive(Debug, Clone, Copy)]
enum Past {
    /// It was refused once (`busy-`, `flaky-`).
    Refused,
    /// It was deleted.
    Deleted(Instant),
}

/// The simulated calls.
#[derive(Debug, Default)]
pub(super) struct Calls {
    hasher: RandomState,
    memory: Mutex<Memory>,
}

impl Calls {
    /// Ends a call.
    pub async fn delete(&self, call: &Named) -> Result<(), Fault> {
        let manner = Manner::of(&call.id);
        self.state(call)?;
        if manner == Manner::Slow {
            // Before the call ends, not after: a client that gives up earlier has ended nothing.
            tokio::time::sleep(SLOW).await;
        }
        self.memory().remember(self.key(call), Past::Deleted(Instant::now()));
        Ok(())
    }

    /// The state that a call shows, or why there is none to show.
    pub fn state(&self, call: &Named) -> Result<&'static str, Fault> {
        let manner = Manner::of(&call.id);
        let key = self.key(call);
        let mut memory = self.memory();
        match (manner, memory.of(key)) {
            (Manner::Gone, _) => Err(Fault::NOT_FOUND),
            (Manner::Denied, _) => Err(Fault::DENIED),
            (Manner::Expired, _) => Err(Fault::EXPIRED),
            (Manner::Broken, _) => Err(Fault::BROKEN),
            (Manner::Busy, None) => Err(memory.refuse(key, Fault::BUSY)),
            (Manner::Flaky, None) => Err(memory.refuse(key, Fault::UNAVAILABLE)),
            (_, Some(Past::Deleted(when))) if when.elapsed() < manner.lingers() => Ok("terminating"),
            (_, Some(Past::Deleted(_))) => Err(Fault::NOT_FOUND),
            (_, None | Some(Past::Refused)) => Ok("established"),
        }
    }

    /// What a call is remembered by: its hash, since ids are long and only equality counts.
    fn key(&self, call: &Named) -> u64 {
        self.hasher.hash_one((&call.app_id, &call.id))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The past of the last calls, oldest first.
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
        // A second DELETE while a call lingers does not begin its end anew.
        if let Some(Past::Deleted(_)) = self.of(key) {
            return;
        }
        if self.pasts.insert(key, past).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.pasts.remove(&oldest);
        }
    }

    fn refuse(&mut self, key: u64, fault: Fault) -> Fault {
        self.remember(key, Past::Refused);
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_stays_flat_and_forgets_the_oldest_first() {
        let mut memory = Memory::default();
        for key in 0..=REMEMBERED as u64 {
            memory.remember(key, Past::Refused);
            memory.remember(key, Past::Refused);
        }
        assert_eq!((memory.pasts.len(), memory.order.len()), (REMEMBERED, REMEMBERED));
        assert!(memory.of(0).is_none() && memory.of(1).is_some());
    }
}
