//! The state that a console and its thread share.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::output::progress::Progress;
use crate::output::style::Style;
use crate::output::terminal::LineWidth;
use crate::settings::Verbosity;

/// When and how often the bar is drawn, and how long the end waits.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// A run shorter than this shows no bar.
    pub progress_after: Duration,
    /// The bar is drawn this often.
    pub tick: Duration,
    /// A standard error that takes nothing for this long is given up at the end.
    pub patience: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            progress_after: Duration::from_secs(1),
            tick: Duration::from_millis(100),
            patience: Duration::from_secs(1),
        }
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    pub volume: Verbosity,
    pub verbose: bool,
    pub style: Style,
    pub width: LineWidth,
    pub is_text: bool,
    pub patience: Duration,
    pub progress: Mutex<Progress>,
    pub waiting: AtomicU64,
    pub dropped: AtomicBool,
}

impl Shared {
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
