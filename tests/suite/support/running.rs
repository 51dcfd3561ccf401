//! A run that is still going: written to, read from, sent signals; and killed when it takes too long.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::Done;

pub use nix::sys::signal::Signal;

/// No run of these tests takes longer than this; one that does is killed, and its test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A started run; dropping it kills the child.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    out: Lines,
    err: Lines,
    patience: Duration,
}

/// One of its output streams, read on a thread of its own so that the child never waits for the test.
struct Lines {
    new: Receiver<String>,
    seen: String,
}

impl Lines {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let (send, new) = channel();
        if let Some(stream) = stream {
            thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                let mut line = vec![];
                while stream.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                    let _ = send.send(String::from_utf8_lossy(&line).into_owned());
                    line.clear();
                }
            });
        }
        Self { new, seen: String::new() }
    }

    /// The next line, or `None` at the end of the stream.
    fn next(&mut self) -> Option<String> {
        let line = match self.new.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing more came; so far: {}", self.seen),
        };
        self.seen.push_str(&line);
        Some(line)
    }

    fn rest(mut self) -> String {
        while self.next().is_some() {}
        self.seen
    }
}

impl Running {
    /// Takes charge of a child with piped streams.
    pub fn new(mut child: Child) -> Self {
        let (stdin, out, err) =
            (child.stdin.take(), Lines::of(child.stdout.take()), Lines::of(child.stderr.take()));
        Self { child, stdin, out, err, patience: PATIENCE }
    }

    /// Lets it run for longer than tests usually may.
    pub fn patiently(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The most memory that it had so far, in KiB; 0 once it has ended.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.and_then(|peak| peak.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
    }

    /// Writes to its standard input. That it does not read all of it is its own affair.
    pub fn write(&mut self, text: impl AsRef<[u8]>) {
        let _ = self.stdin.as_mut().unwrap().write_all(text.as_ref());
    }

    /// Closes its standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// The next line of standard output, without waiting for the run's end.
    pub fn line(&mut self) -> String {
        self.out.next().expect("standard output has ended")
    }

    /// Waits until standard error has a line with this text.
    pub fn hears(&mut self, text: &str) {
        while !self.err.seen.contains(text) {
            assert!(self.err.next().is_some(), "never said {text:?}: {}", self.err.seen);
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Closes standard input and waits for the end.
    pub fn finish(mut self) -> Done {
        self.close_stdin();
        self.end()
    }

    /// Waits for the end with standard input left open.
    pub fn end(mut self) -> Done {
        let status = self.wait();
        let out = std::mem::replace(&mut self.out, Lines::of(None::<std::io::Empty>)).rest();
        let err = std::mem::replace(&mut self.err, Lines::of(None::<std::io::Empty>)).rest();
        // As a shell shows it.
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        Done::new(code, out, err)
    }

    fn wait(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < self.patience, "it never ended");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After its end this does nothing: the standard library remembers that the child was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
