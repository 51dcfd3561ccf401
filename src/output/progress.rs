//! The progress line: what is counted for it, and how it is drawn.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::text::{format_duration, thousands};

/// A pause of the whole run that is no longer than this gets no line of its own.
const SHORT_PAUSE: Duration = Duration::from_secs(2);

/// Why the whole run pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseCause {
    Throttled,
    NoConnection,
}

/// How far the run is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    started: Option<Instant>,
    done: u64,
    failed: u64,
    total: Option<u64>,
    pause: Option<Pause>,
}

#[derive(Debug, Clone)]
struct Pause {
    until: Instant,
    cause: PauseCause,
    announced: bool,
}

impl Progress {
    pub fn start(&mut self, now: Instant) {
        self.started = Some(now);
    }

    /// Counts one result.
    pub fn settled(&mut self, ok: bool) {
        self.done += 1;
        self.failed += u64::from(!ok);
    }

    pub fn set_total(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// Takes a line that is no call of its own, such as a duplicate, out of the total.
    pub fn reduce_total(&mut self) {
        self.total = self.total.map(|total| total.saturating_sub(1));
    }

    /// Notes a pause. Returns the line that announces it, once per pause and only for one over two seconds. A pause
    /// that is prolonged while it lasts is the same pause.
    pub fn paused(&mut self, now: Instant, until: Instant, cause: PauseCause) -> Option<String> {
        let current = self.pause.take().filter(|pause| pause.until > now);
        let announced = current.as_ref().is_some_and(|pause| pause.announced);
        let until = current.map_or(until, |pause| pause.until.max(until));
        let rest = until.saturating_duration_since(now);
        let announce = !announced && rest > SHORT_PAUSE;
        self.pause = Some(Pause { until, cause, announced: announced || announce });
        announce.then(|| pause_text(rest, cause))
    }

    /// Returns the progress line: `604/2,000  12 failed  40/s  35 s left`.
    fn line(&self, now: Instant) -> String {
        let mut parts = vec![match self.total {
            Some(total) => format!("{}/{}", thousands(self.done), thousands(total.max(self.done))),
            None => format!("{} done", thousands(self.done)),
        }];
        if self.failed > 0 {
            parts.push(format!("{} failed", thousands(self.failed)));
        }
        match self.pause.as_ref().filter(|pause| pause.until > now) {
            Some(pause) => parts.push(pause_text(pause.until - now, pause.cause)),
            None => parts.extend(self.speed(now)),
        }
        parts.join("  ")
    }

    /// Returns calls per second so far, and the time left where the total is known.
    fn speed(&self, now: Instant) -> Vec<String> {
        let elapsed = now.saturating_duration_since(self.started.unwrap_or(now));
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        if self.done == 0 || millis == 0 {
            return Vec::new();
        }
        let per_minute = self.done.saturating_mul(60_000) / millis;
        let rate = if per_minute >= 60 {
            format!("{}/s", thousands(per_minute / 60))
        } else {
            format!("{per_minute}/min")
        };
        let left = self.total.map(|total| total.saturating_sub(self.done)).filter(|left| *left > 0);
        let left =
            left.map(|left| Duration::from_secs((left.saturating_mul(millis) / self.done).div_ceil(1000)));
        [Some(rate), left.map(|left| format!("{} left", format_duration(left)))]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn pause_text(rest: Duration, cause: PauseCause) -> String {
    // Rounded up: "waiting 0 s" would say that it is over.
    let rest = format_duration(Duration::from_secs(rest.as_secs() + u64::from(rest.subsec_nanos() > 0)));
    match cause {
        PauseCause::Throttled => format!("throttled: waiting {rest} as the service asked"),
        PauseCause::NoConnection => format!("no connection: trying again in {rest}"),
    }
}

/// The line at the bottom of the terminal.
#[derive(Debug)]
pub struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// Creates a line that is drawn to `target` from its first update on.
    pub fn new(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(
            ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self(bar)
    }

    pub fn update(&self, progress: &Progress, now: Instant) {
        self.0.set_message(progress.line(now));
        self.0.tick();
    }

    /// Takes the line off the screen while `write` writes lines of its own.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// Takes the line off the screen for good.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announces_long_pauses_once() {
        let start = Instant::now();
        let at = |tenths: u64| start + Duration::from_millis(tenths * 100);
        // (now, until, announced), one after the other.
        let table = [
            (0, 15, None),           // short
            (5, 125, Some("12 s")),  // prolonged: now it is long
            (10, 200, None),         // prolonged again: the same pause
            (199, 150, None),        // not shortened
            (200, 220, None),        // a new one, of just two seconds
            (230, 251, Some("3 s")), // rounded up
            (300, 340, Some("4 s")),
        ];
        let mut progress = Progress::default();
        for (now, until, rest) in table {
            let line = progress.paused(at(now), at(until), PauseCause::Throttled);
            let expected = rest.map(|rest| format!("throttled: waiting {rest} as the service asked"));
            assert_eq!(line, expected, "{now}");
        }
    }

    #[test]
    fn shows_counts_rate_and_time_left() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut progress = Progress::default();
        progress.start(start);
        assert_eq!(progress.line(start), "0 done");
        (0..604).for_each(|n| progress.settled(n >= 12));
        assert_eq!(progress.line(after(15)), "604 done  12 failed  40/s");
        progress.set_total(2001);
        progress.reduce_total();
        assert_eq!(progress.line(after(15)), "604/2,000  12 failed  40/s  35 s left");
        progress.paused(after(15), after(23), PauseCause::NoConnection);
        assert_eq!(progress.line(after(15)), "604/2,000  12 failed  no connection: trying again in 8 s");
        assert_eq!(progress.line(after(1200)), "604/2,000  12 failed  30/min  46m 14s left");
    }
}
