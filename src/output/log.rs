//! `--log`: each result as a JSON line at the end of a file, as it happens.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use crate::model::exit::Exit;
use crate::model::outcome::{CallResult, Origin};
use crate::output::console::Console;
use crate::output::json::LogLine;
use crate::output::write_queue::{Sink, write_all_retrying};

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
        let file = OpenOptions::new().append(true).create(true).open(path)?;
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
            line: Vec::new(),
            exit: Exit::Ok,
        }
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

/// Appends lines, each with one write, so that runs that share a log do not mix theirs.
pub(crate) struct LogSink<W> {
    out: W,
    name: String,
    torn: bool,
    origin: Origin,
    console: Console,
    line: Vec<u8>,
    exit: Exit,
}

impl<W: Write> LogSink<W> {
    fn append(&mut self, result: &CallResult) -> io::Result<()> {
        self.line.clear();
        if self.torn {
            self.line.push(b'\n');
        }
        serde_json::to_writer(&mut self.line, &LogLine::new(result, &self.origin))?;
        self.line.push(b'\n');
        write_all_retrying(&mut self.out, &self.line)
    }
}

impl<W: Write + Send + 'static> Sink<Arc<CallResult>> for LogSink<W> {
    /// A line that cannot be written is lost, but the next is tried: a disk may have room again.
    fn take(&mut self, result: Arc<CallResult>) {
        let appended = self.append(&result);
        self.torn = appended.is_err();
        if let Err(error) = appended
            && self.exit == Exit::Ok
        {
            self.exit = Exit::Failed;
            self.console.error(&format!(
                "cannot write to the log {}: {error}; the calls go on, but `--resume` will not know of them",
                self.name
            ));
        }
    }

    fn end(self) -> Exit {
        self.exit
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
