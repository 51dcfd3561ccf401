//! The thread behind a [`Console`](super::Console): the only one that touches standard error.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use indicatif::ProgressDrawTarget;
use tokio::sync::oneshot;

use super::handle::{Shared, Timing};
use crate::output::progress::Bar;
use crate::output::write_queue::write_all_retrying;

/// What the handles ask for.
#[derive(Debug)]
pub(super) enum Event {
    /// Write this, line break and all.
    Line(String),
    /// The run begins.
    Begin,
    /// Say when all before it is written.
    Flush(oneshot::Sender<()>),
    /// Take the bar away, say so, and end.
    End(oneshot::Sender<()>),
}

/// Writes lines, and draws the bar between them.
pub(super) struct StderrThread<W> {
    out: W,
    shared: Arc<Shared>,
    timing: Timing,
    /// Where a bar may be drawn, until one is.
    screen: Option<ProgressDrawTarget>,
    begun: Option<Instant>,
    bar: Option<Bar>,
    drawn: Option<Instant>,
}

impl<W: Write> StderrThread<W> {
    pub(super) fn new(
        out: W,
        shared: Arc<Shared>,
        timing: Timing,
        screen: Option<ProgressDrawTarget>,
    ) -> Self {
        Self { out, shared, timing, screen, begun: None, bar: None, drawn: None }
    }

    pub(super) fn serve(mut self, events: &Receiver<Event>) {
        let done = loop {
            match self.next(events) {
                Ok(Event::Line(line)) => self.line(&line),
                Ok(Event::Begin) => self.begun = Some(Instant::now()),
                // Who asked may have stopped waiting.
                Ok(Event::Flush(done)) => _ = done.send(()),
                Ok(Event::End(done)) => break Some(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            self.draw(Instant::now());
        };
        if let Some(bar) = &self.bar {
            bar.clear();
        }
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    /// Wakes up by itself only where there is a bar to draw.
    fn next(&self, events: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        let draws = self.begun.is_some() && (self.screen.is_some() || self.bar.is_some());
        if draws {
            events.recv_timeout(self.timing.tick)
        } else {
            events.recv().map_err(|_| RecvTimeoutError::Disconnected)
        }
    }

    /// Writes a line. Where standard error is closed there is nobody to tell.
    fn line(&mut self, line: &str) {
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        let out = &mut self.out;
        let mut write = || _ = write_all_retrying(out, line.as_bytes());
        match &self.bar {
            Some(bar) => bar.aside(write),
            None => write(),
        }
    }

    fn draw(&mut self, now: Instant) {
        let Some(begun) = self.begun else { return };
        let early = now.saturating_duration_since(begun) < self.timing.bar_after;
        let fresh = self.drawn.is_some_and(|at| now.saturating_duration_since(at) < self.timing.tick);
        if early || fresh {
            return;
        }
        if let Some(screen) = self.screen.take() {
            self.bar = Some(Bar::new(screen));
        }
        if let Some(bar) = &self.bar {
            let progress = self.shared.progress().clone();
            bar.update(&progress, now);
            self.drawn = Some(now);
        }
    }
}
