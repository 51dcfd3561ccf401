//! The thread behind a [`Console`](super::Console): the only one that touches standard error, and the one owner of
//! the terminal while a progress line is drawn.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Instant;

use indicatif::ProgressDrawTarget;
use tokio::sync::oneshot;

use super::shared::{Shared, Timing};
use crate::output::progress::ProgressLine;
use crate::output::write_queue::write_all_retrying;

#[derive(Debug)]
pub(super) enum Event {
    /// Write this to standard error, line break and all.
    Line(String),
    /// Write a part of the report to standard output, and send back the result.
    Report(Vec<u8>, SyncSender<io::Result<()>>),
    Begin,
    /// Reply when everything before it is written.
    Flush(oneshot::Sender<()>),
    /// Erase the progress line, reply, and end.
    End(oneshot::Sender<()>),
}

/// Writes lines, and draws the progress line below them.
pub(super) struct StderrThread<W> {
    out: W,
    shared: Arc<Shared>,
    timing: Timing,
    /// Where a progress line may be drawn, until one is.
    screen: Option<ProgressDrawTarget>,
    started: Option<Instant>,
    line: Option<ProgressLine>,
    drawn: Option<Instant>,
}

impl<W: Write> StderrThread<W> {
    pub(super) fn new(
        out: W,
        shared: Arc<Shared>,
        timing: Timing,
        screen: Option<ProgressDrawTarget>,
    ) -> Self {
        Self { out, shared, timing, screen, started: None, line: None, drawn: None }
    }

    pub(super) fn serve(mut self, events: &Receiver<Event>) {
        let done = loop {
            match self.next(events) {
                Ok(Event::Line(line)) => self.write_line(&line),
                Ok(Event::Report(bytes, reply)) => {
                    let written = self.above_progress(|_| write_all_retrying(&mut io::stdout(), &bytes));
                    // The report's writer may have been given up.
                    let _ = reply.send(written);
                }
                Ok(Event::Begin) => self.start(),
                // The caller may have stopped waiting.
                Ok(Event::Flush(done)) => _ = done.send(()),
                Ok(Event::End(done)) => break Some(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            self.draw(Instant::now());
        };
        if let Some(line) = &self.line {
            line.clear();
        }
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    /// Wakes up by itself only while there is a progress line to draw.
    fn next(&self, events: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        let draws = self.started.is_some() && (self.screen.is_some() || self.line.is_some());
        if draws {
            events.recv_timeout(self.timing.tick)
        } else {
            events.recv().map_err(|_| RecvTimeoutError::Disconnected)
        }
    }

    fn start(&mut self) {
        let now = Instant::now();
        self.started = Some(now);
        self.shared.progress().start(now);
    }

    /// Writes a line. If standard error is closed, there is nowhere to report it.
    fn write_line(&mut self, line: &str) {
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        self.above_progress(|out| _ = write_all_retrying(out, line.as_bytes()));
    }

    fn above_progress<T>(&mut self, write: impl FnOnce(&mut W) -> T) -> T {
        let out = &mut self.out;
        match &self.line {
            Some(line) => line.suspend(|| write(out)),
            None => write(out),
        }
    }

    fn draw(&mut self, now: Instant) {
        let Some(started) = self.started else { return };
        let early = now.saturating_duration_since(started) < self.timing.progress_after;
        let fresh = self.drawn.is_some_and(|at| now.saturating_duration_since(at) < self.timing.tick);
        if early || fresh {
            return;
        }
        if let Some(screen) = self.screen.take() {
            self.line = Some(ProgressLine::new(screen));
        }
        if let Some(line) = &self.line {
            let progress = self.shared.progress().clone();
            line.update(&progress, now);
            self.drawn = Some(now);
        }
    }
}
