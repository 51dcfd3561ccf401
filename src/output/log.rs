//! `--log`: each result as a JSON line at the end of a file, as it happens.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, Origin};
use crate::output::console::Console;
use crate::output::json::LogLine;
use crate::output::resume::starts_with_result;
use crate::output::write_queue::{Sink, write_all_retrying};

/// Lines that come faster than they are written are written together, up to this size.
const BATCH: usize = 64 * 1024;

/// The log, open to be appended to.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    /// How the user named it.
    name: String,
    /// Whether its last line lacks its end: an earlier run was killed in the middle of it.
    torn: bool,
    origin: Origin,
}

impl LogFile {
    /// Opens `path` to append to it; makes it where there is none. Nothing is written yet.
    ///
    /// # Errors
    /// Where the file cannot be opened for writing.
    pub fn open(path: &Path, origin: Origin) -> io::Result<Self> {
        if !may_append(path)? {
            return Err(io::Error::other(
                "its first line is not a result of hangup, so nothing is appended to it",
            ));
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let torn = is_torn(path, &file)?;
        Ok(Self { file, name: path.display().to_string(), torn, origin })
    }

    /// What writes results to it.
    pub(crate) fn sink(self, console: Console) -> LogSink<File> {
        LogSink {
            out: self.file,
            name: self.name,
            torn: self.torn,
            origin: self.origin,
            console,
            lines: Vec::new(),
            exit: Exit::Ok,
        }
    }
}

/// Returns whether the file at `path` is no regular one, is empty or does not exist yet, or is a log.
fn may_append(path: &Path) -> io::Result<bool> {
    let is_regular = std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() > 0);
    match File::open(path) {
        Ok(file) if is_regular => starts_with_result(BufReader::new(file)),
        // A log may be writable only.
        _ => Ok(true),
    }
}

/// Whether the file's last byte is not a line break. One that may be written but not read is taken as torn: the
/// reader does not mind an empty line.
fn is_torn(path: &Path, file: &File) -> io::Result<bool> {
    let about = file.metadata()?;
    if !about.is_file() || about.len() == 0 {
        return Ok(false);
    }
    let Ok(mut file) = File::open(path) else { return Ok(true) };
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Appends whole lines with one write, so that runs that share a log do not mix theirs.
pub(crate) struct LogSink<W> {
    out: W,
    name: String,
    torn: bool,
    origin: Origin,
    console: Console,
    lines: Vec<u8>,
    exit: Exit,
}

impl<W: Write> LogSink<W> {
    fn add(&mut self, result: &CallResult) -> io::Result<()> {
        if self.torn {
            self.lines.push(b'\n');
            self.torn = false;
        }
        serde_json::to_writer(&mut self.lines, &LogLine::new(result, &self.origin))?;
        self.lines.push(b'\n');
        Ok(())
    }

    /// Writes what was added. Lines that cannot be written are lost, but the next are tried: a disk may have room
    /// again.
    fn write(&mut self) {
        let written = write_all_retrying(&mut self.out, &self.lines);
        self.lines.clear();
        if let Err(error) = written {
            self.torn = true;
            self.fail(&error);
        }
    }

    fn fail(&mut self, error: &io::Error) {
        if self.exit == Exit::Ok {
            self.exit = Exit::Failed;
            self.console.error(&format!(
                "cannot write to the log {}: {error}; the calls go on, but --resume will not know them",
                self.name
            ));
        }
    }
}

impl<W: Write + Send + 'static> Sink<Arc<CallResult>> for LogSink<W> {
    fn take(&mut self, result: Arc<CallResult>) {
        if let Err(error) = self.add(&result) {
            self.fail(&error);
        }
        if self.lines.len() >= BATCH {
            self.write();
        }
    }

    fn idle(&mut self) {
        self.write();
    }

    fn end(mut self) -> Exit {
        self.write();
        self.exit
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
