//! Counts over all calls of a run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, Counts, LeftAlone};

/// Counts over the run.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Counted>);

/// What was counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Results by outcome.
    pub counts: Counts,
    /// Calls that were named again.
    pub duplicates: u64,
    /// Own results in the input that needed no further request.
    pub already_done: u64,
    /// Active calls of notification logs that are left alone.
    pub left_alone: LeftAlone,
    /// The merged exit code of all results.
    pub exit: Exit,
    responses: u64,
}

impl Tally {
    /// Counts a result.
    pub fn add(&self, result: &CallResult) {
        let mut counted = self.lock();
        counted.counts.add(result.outcome);
        counted.exit = counted.exit.merge(result.exit);
    }

    /// Counts a call that was named again.
    pub fn add_duplicate(&self) {
        self.lock().duplicates += 1;
    }

    /// Counts one of this tool's own results that needed no further request.
    pub fn add_already_done(&self) {
        self.lock().already_done += 1;
    }

    /// Sets the number of active calls that are left alone: there is one report for all notification logs.
    pub fn set_left_alone(&self, left_alone: LeftAlone) {
        self.lock().left_alone = left_alone;
    }

    /// Counts something that is not the result of a call but must show in the exit code.
    pub fn add_exit(&self, exit: Exit) {
        let mut counted = self.lock();
        counted.exit = counted.exit.merge(exit);
    }

    /// Counts a response of the service, whatever it says.
    pub fn add_response(&self) {
        self.lock().responses += 1;
    }

    pub fn responses(&self) -> u64 {
        self.lock().responses
    }

    /// All that was counted.
    pub fn counted(&self) -> Counted {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
