//! Where results go: to the report, and to the log where there is one.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, Origin, Outcome, Summary};
use crate::output::console::Console;
use crate::output::log::LogFile;
use crate::output::report::{FollowUp, Report};
use crate::output::write_queue::{CAPACITY, Place, Queue, Sink, write_all_retrying};
use crate::settings::Output;

/// The report is written at most this often: nobody sees the difference, and 10,000 results a second do not cost
/// 10,000 writes.
const FLUSH_INTERVAL: Duration = Duration::from_millis(2);

/// As much is written at a time as a pipe usually holds.
const BATCH: usize = 64 * 1024;

/// Takes the results of a run.
#[derive(Debug)]
pub struct ResultWriter {
    report: Queue<Arc<CallResult>>,
    log: Option<Queue<Arc<CallResult>>>,
    summary: oneshot::Sender<Summary>,
    follow_up: Arc<Mutex<FollowUp>>,
}

impl ResultWriter {
    /// Begins the threads that write. Nothing is written before the first result or [`ResultWriter::finish`], so that
    /// a run that fails before its first request leaves standard output empty.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        output: &Output,
        origin: Origin,
        out: impl Write + Send + 'static,
        log: Option<LogFile>,
        console: &Console,
    ) -> io::Result<Self> {
        let (tell, summary) = oneshot::channel();
        let sink = ReportSink::new(Report::new(output, origin), out, console.clone(), summary);
        let report = Queue::start("report", CAPACITY, FLUSH_INTERVAL, sink)?;
        // A line of the log is what `--resume` relies on after a crash: it is never held back.
        let log = log.map(|file| Queue::start("log", CAPACITY, Duration::ZERO, file.sink(console.clone())));
        Ok(Self { report, log: log.transpose()?, summary: tell, follow_up: Arc::default() })
    }

    /// Waits until there is room for one more result: ask for it before a call is started.
    pub async fn room(&self) -> ResultSlot {
        let report = self.report.room().await;
        let log = match &self.log {
            Some(log) => Some(log.room().await),
            None => None,
        };
        ResultSlot { report, log, follow_up: Arc::clone(&self.follow_up) }
    }

    /// Returns what follows the summary. It grows until the last result is settled.
    pub fn follow_up(&self) -> Arc<Mutex<FollowUp>> {
        Arc::clone(&self.follow_up)
    }

    /// Closes the log and then the report, with `summary` at its end, and waits until both are written. Write
    /// errors are merged into `summary.exit`; those of the log in time for the report to show them.
    ///
    /// This waits for as long as the reader of standard output does not read: give it up (drop it) on a signal.
    /// Every [`ResultSlot`] must be used or dropped by then.
    pub async fn finish(self, summary: &mut Summary) {
        if let Some(log) = self.log {
            summary.exit = summary.exit.merge(log.close().await);
        }
        // Where the thread is gone there is nobody to tell; its end says so.
        let _ = self.summary.send(summary.clone());
        summary.exit = summary.exit.merge(self.report.close().await);
    }
}

/// Room for one result, in the report and in the log.
#[derive(Debug)]
#[must_use = "a call that was given room ends in a result"]
pub struct ResultSlot {
    report: Place<Arc<CallResult>>,
    log: Option<Place<Arc<CallResult>>>,
    follow_up: Arc<Mutex<FollowUp>>,
}

impl ResultSlot {
    /// Hands over the result, without waiting.
    pub fn settle(self, result: CallResult) {
        if result.error.is_some() {
            self.follow_up.lock().unwrap_or_else(PoisonError::into_inner).add(&result);
        }
        let result = Arc::new(result);
        // The log says what was done, and these were not.
        let logged = !matches!(result.outcome, Outcome::Planned | Outcome::Skipped);
        if let Some(log) = self.log.filter(|_| logged) {
            log.send(Arc::clone(&result));
        }
        self.report.send(result);
    }
}

/// Writes the report in batches, until its reader is gone.
struct ReportSink<W> {
    report: Report,
    batch: Vec<u8>,
    /// `None` once writing has failed.
    out: Option<W>,
    console: Console,
    summary: Option<oneshot::Receiver<Summary>>,
    exit: Exit,
}

impl<W: Write + Send + 'static> ReportSink<W> {
    fn new(report: Report, out: W, console: Console, summary: oneshot::Receiver<Summary>) -> Self {
        Self { report, batch: Vec::new(), out: Some(out), console, summary: Some(summary), exit: Exit::Ok }
    }

    fn write(&mut self) {
        let Some(out) = self.out.as_mut().filter(|_| !self.batch.is_empty()) else { return };
        let written = write_all_retrying(out, &self.batch);
        self.batch.clear();
        self.check(written);
    }

    /// After an error nothing more is written: half a report with a gap in it helps nobody.
    fn check(&mut self, written: io::Result<()>) {
        let Err(error) = written else { return };
        self.out = None;
        // Who closed the pipe has seen enough (`| head`).
        if error.kind() != ErrorKind::BrokenPipe {
            self.exit = Exit::Failed;
            self.console.error(&format!("cannot write to standard output: {error}; the calls go on"));
        }
    }
}

impl<W: Write + Send + 'static> Sink<Arc<CallResult>> for ReportSink<W> {
    fn take(&mut self, result: Arc<CallResult>) {
        if self.out.is_none() {
            return;
        }
        let formatted = self.report.result(&mut self.batch, &result);
        self.check(formatted);
        if self.batch.len() >= BATCH {
            self.write();
        }
    }

    fn idle(&mut self) {
        self.write();
    }

    fn end(mut self) -> Exit {
        let summary = self.summary.take().and_then(|told| told.blocking_recv().ok());
        let formatted = self.report.end(&mut self.batch, summary.as_ref());
        self.check(formatted);
        self.write();
        self.exit
    }
}

#[cfg(test)]
#[path = "result_writer_tests.rs"]
mod tests;
