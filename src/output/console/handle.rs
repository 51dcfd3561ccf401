//! Everything that goes to standard error, on a thread of its own: a blocked standard error must not delay the
//! run, and a closed one must not end it (`eprintln!` would panic).

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use colored::Color;
use indicatif::ProgressDrawTarget;
use tokio::sync::oneshot;

use super::shared::{Shared, Timing};
use super::stderr_thread::{Event, StderrThread};
use crate::model::exit::Exit;
use crate::model::outcome::Summary;
use crate::output::progress::PauseCause;
use crate::output::report::{FollowUp, summary_text};
use crate::output::style::Style;
use crate::output::terminal::LineWidth;
use crate::settings::{Format, Output, Verbosity};

/// How many lines may wait for a standard error that does not take them; details that come then are left out.
const WAITING_AT_MOST: u64 = 8192;

/// A handle to standard error; cheap to clone, and none of its methods ever waits unless it says so.
#[derive(Debug, Clone)]
pub struct Console {
    events: Sender<Event>,
    shared: Arc<Shared>,
}

impl Console {
    /// Begins the thread that writes to `out`, and draws the bar to `screen` where the settings allow one.
    /// Where the system gives no thread, nothing is shown.
    pub fn start(
        output: &Output,
        timing: Timing,
        out: impl Write + Send + 'static,
        screen: ProgressDrawTarget,
    ) -> Self {
        let (events, receiver) = mpsc::channel();
        let shared = Arc::new(Shared {
            volume: output.volume,
            verbose: output.verbose,
            style: Style::from(output.color.stderr),
            width: LineWidth::of_stream(output.terminals.stderr),
            is_text: output.format == Format::Text,
            patience: timing.patience,
            progress: Mutex::default(),
            waiting: AtomicU64::new(0),
            dropped: AtomicBool::new(false),
        });
        let draws = output.progress && output.volume == Verbosity::Normal;
        let scribe = StderrThread::new(out, Arc::clone(&shared), timing, draws.then_some(screen));
        // Without a thread there is no way left to say so.
        let _ = thread::Builder::new().name("console".into()).spawn(move || scribe.serve(&receiver));
        Self { events, shared }
    }

    /// [`Console::start`] with the process's own standard error.
    pub fn stderr(output: &Output) -> Self {
        Self::start(output, Timing::default(), std::io::stderr(), ProgressDrawTarget::stderr())
    }

    /// Whether details are shown (`-v`): to be asked before one is put together at some cost.
    pub fn is_verbose(&self) -> bool {
        self.shared.verbose && self.shared.volume < Verbosity::Silent
    }

    /// An error: always shown, with `error: ` before it.
    pub fn error(&self, text: &str) {
        self.labelled(Color::Red, "error:", text);
    }

    /// What to do about an error: always shown, with `hint: ` before it.
    pub fn hint(&self, text: &str) {
        self.labelled(Color::Cyan, "hint:", text);
    }

    /// A line that is always shown, as it is (the sandbox's banner).
    pub fn notice(&self, text: &str) {
        self.push(without_controls(text).into_owned());
    }

    /// A warning, with `warning: ` before it; not shown with `-q`.
    pub fn warn(&self, text: &str) {
        if self.shared.volume == Verbosity::Normal {
            self.labelled(Color::Yellow, "warning:", text);
        }
    }

    /// A warning that `-q` does not hide; not shown with `-qq`.
    pub fn important(&self, text: &str) {
        if self.shared.volume < Verbosity::Silent {
            self.labelled(Color::Yellow, "warning:", text);
        }
    }

    /// A detail; shown with `-v` only.
    pub fn detail(&self, text: &str) {
        if !self.is_verbose() {
            return;
        }
        if self.shared.waiting.load(Ordering::Relaxed) >= WAITING_AT_MOST {
            self.shared.dropped.store(true, Ordering::Relaxed);
        } else {
            self.push(without_controls(text).into_owned());
        }
    }

    /// Writes a line that is neither a warning nor an error; not shown with `-q`.
    pub fn info(&self, text: &str) {
        if self.shared.volume == Verbosity::Normal {
            self.push(without_controls(text).into_owned());
        }
    }

    /// Writes the summary and what follows it. With `-q` it is shown only where the exit code is not 0.
    pub fn summary(&self, summary: &Summary, follow_up: &FollowUp) {
        let shown = match self.shared.volume {
            Verbosity::Normal => true,
            Verbosity::Quiet => summary.exit != Exit::Ok,
            Verbosity::Silent => false,
        };
        if !shown {
            return;
        }
        let columns = self.shared.width.columns();
        self.push(summary_text(summary, self.shared.style, columns));
        if !self.shared.is_text {
            return;
        }
        for text in [follow_up.hints(self.shared.style, columns), self.support(follow_up, columns)] {
            if !text.is_empty() {
                self.push(text.trim_end().to_owned());
            }
        }
    }

    /// The block for support is for people; a script has the IDs in its report.
    fn support(&self, follow_up: &FollowUp, columns: Option<usize>) -> String {
        columns.map(|_| follow_up.support(self.shared.style)).unwrap_or_default()
    }

    /// Returns where the report goes: to standard output, and through this console where a progress line is drawn
    /// on the same terminal.
    pub fn report_output(&self, output: &Output) -> Box<dyn Write + Send> {
        if output.terminals.stdout && output.progress {
            Box::new(TerminalReport { events: self.events.clone() })
        } else {
            Box::new(io::stdout())
        }
    }

    /// Starts the clock after which the progress line is drawn. Before that, there may be a prompt.
    pub fn begin(&self) {
        let _ = self.events.send(Event::Begin);
    }

    /// Counts one result for the progress line.
    pub fn settled(&self, ok: bool) {
        self.shared.progress().settled(ok);
    }

    /// Sets how many calls there are in all.
    pub fn set_total(&self, total: u64) {
        self.shared.progress().set_total(total);
    }

    /// Takes a line of the input that gives no result out of the total.
    pub fn reduce_total(&self) {
        self.shared.progress().reduce_total();
    }

    /// Notes that the whole run pauses until `until`. To be called whenever the pause is set or prolonged: it is
    /// announced once, and the progress line shows it while it lasts.
    pub fn paused_until(&self, until: Instant, cause: PauseCause) {
        let line = self.shared.progress().paused(Instant::now(), until, cause);
        if let Some(line) = line.filter(|_| self.shared.volume == Verbosity::Normal) {
            self.push(line);
        }
    }

    /// Waits until all lines so far are written (before a prompt is shown), though not for ever.
    pub async fn flush(&self) {
        self.wait_for(Event::Flush).await;
    }

    /// Waits until all lines are written and the bar is gone, though not for ever. What comes after is not shown.
    pub async fn finish(&self) {
        if self.shared.dropped.load(Ordering::Relaxed) {
            self.warn("some lines of -v were dropped: standard error was blocked");
        }
        self.wait_for(Event::End).await;
    }

    async fn wait_for(&self, event: impl FnOnce(oneshot::Sender<()>) -> Event) {
        let (tell, told) = oneshot::channel();
        if self.events.send(event(tell)).is_ok() {
            // Given up or gone: either way there is nothing left to wait for.
            let _ = tokio::time::timeout(self.shared.patience, told).await;
        }
    }

    fn labelled(&self, color: Color, label: &str, text: &str) {
        self.push(format!("{} {}", self.shared.style.label(color, label), without_controls(text)));
    }

    fn push(&self, mut line: String) {
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        line.push('\n');
        let _ = self.events.send(Event::Line(line));
    }
}

/// Writes the report through the console's thread, which keeps the progress line below it.
struct TerminalReport {
    events: Sender<Event>,
}

impl Write for TerminalReport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (reply, written) = mpsc::sync_channel(1);
        let gone = || io::Error::from(ErrorKind::BrokenPipe);
        self.events.send(Event::Report(bytes.to_vec(), reply)).map_err(|_| gone())?;
        written.recv().map_err(|_| gone())??;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Line breaks are our own; any other control character could only come from outside.
fn without_controls(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n';
    if text.contains(harmful) { Cow::Owned(text.replace(harmful, "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
#[path = "console_tests.rs"]
mod tests;
