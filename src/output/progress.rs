//! How far the run is: what is counted for it, and how it is drawn.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::outcome::{Counts, Outcome};
use crate::output::report::counts_phrase;
use crate::output::style::Paint;

/// A pause of the whole run that is no longer than this is not worth a line.
const WORTH_SAYING: Duration = Duration::from_secs(2);

/// How far the run is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    counts: Counts,
    total: Option<u64>,
    pause: Option<Pause>,
}

/// A pause of the whole run.
#[derive(Debug, Clone)]
struct Pause {
    until: Instant,
    why: String,
    said: bool,
}

impl Progress {
    /// Counts one result.
    pub fn settled(&mut self, outcome: Outcome) {
        self.counts.add(outcome);
    }

    /// Takes note of how many calls there are in all.
    pub fn total_known(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// Takes note of a pause; gives the line that tells of it, once a pause and only for one over two seconds.
    /// A pause that is prolonged while it lasts is the same pause.
    pub fn paused(&mut self, now: Instant, until: Instant, why: &str) -> Option<String> {
        let going_on = self.pause.take().filter(|pause| pause.until > now);
        let said = going_on.as_ref().is_some_and(|pause| pause.said);
        let until = going_on.map_or(until, |pause| pause.until.max(until));
        let rest = until.saturating_duration_since(now);
        let worth = !said && rest > WORTH_SAYING;
        self.pause = Some(Pause { until, why: why.to_owned(), said: said || worth });
        worth.then(|| pause_phrase(rest, why))
    }

    /// What stands beside the bar: the counts so far, and the pause while there is one.
    fn message(&self, now: Instant) -> String {
        let counts = counts_phrase(&self.counts, Paint::Off);
        match self.pause.as_ref().filter(|pause| pause.until > now) {
            Some(pause) if counts.is_empty() => pause_phrase(pause.until - now, &pause.why),
            Some(pause) => format!("{counts}; {}", pause_phrase(pause.until - now, &pause.why)),
            None => counts,
        }
    }
}

fn pause_phrase(rest: Duration, why: &str) -> String {
    // Rounded up: "paused 0 s" would say that it is over.
    format!("paused {} s: {why}", rest.as_millis().div_ceil(1000))
}

/// The bar on the terminal.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that is drawn to `target` from its first update on.
    pub fn new(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{spinner} {pos} done  {wide_msg}"));
        Self(bar)
    }

    /// Draws how far the run is.
    pub fn update(&self, progress: &Progress, now: Instant) {
        if let Some(total) = progress.total
            && self.0.length() != Some(total)
        {
            self.0.set_style(style("[{bar:20}] {pos}/{len}  {wide_msg}"));
            self.0.set_length(total);
        }
        self.0.set_position(progress.counts.total());
        self.0.set_message(progress.message(now));
        self.0.tick();
    }

    /// Takes the bar off the screen while `write` writes lines of its own.
    pub fn aside(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }

    /// Takes the bar off the screen for good.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_said_once_and_only_a_long_one() {
        let start = Instant::now();
        let at = |tenths: u64| start + Duration::from_millis(tenths * 100);
        // (now, until, said), one after the other.
        let table = [
            (0, 15, None),                                    // short
            (5, 125, Some("paused 12 s: the service asked")), // prolonged: now it is long
            (10, 200, None),                                  // prolonged again: the same pause
            (199, 150, None),                                 // not shortened
            (200, 220, None),                                 // a new one, of just two seconds
            (230, 251, Some("paused 3 s: the service asked")),
            (300, 340, Some("paused 4 s: the service asked")),
        ];
        let mut progress = Progress::default();
        for (now, until, said) in table {
            assert_eq!(progress.paused(at(now), at(until), "the service asked").as_deref(), said, "{now}");
        }
    }

    #[test]
    fn the_message_tells_counts_and_the_pause_while_it_lasts() {
        let now = Instant::now();
        let mut progress = Progress::default();
        assert_eq!(progress.message(now), "");
        progress.paused(now, now + Duration::from_millis(7500), "the service asked");
        assert_eq!(progress.message(now), "paused 8 s: the service asked");
        progress.settled(Outcome::Ended);
        progress.settled(Outcome::Failed);
        progress.settled(Outcome::Ended);
        let later = now + Duration::from_secs(5);
        assert_eq!(progress.message(later), "2 ended, 1 failed; paused 3 s: the service asked");
        assert_eq!(progress.message(now + Duration::from_secs(8)), "2 ended, 1 failed");
    }
}
