//! The stream of calls: arguments, then files and standard input line by line, as they come.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::mpsc;

use super::item::{Item, QueuedCall};
use super::lines::LineContext;
use super::open::Opened;
use super::reader::Reader;
use crate::model::call::CallRef;
use crate::settings::InputFile;

/// So many batches are read ahead: enough to keep the requests going, few enough that a stop reads little.
const READ_AHEAD: usize = 4;

/// The calls of a run, read on a thread of their own so that a pipe that stays open holds nobody up.
#[derive(Debug)]
pub struct Feed {
    first: VecDeque<Item>,
    rest: mpsc::Receiver<Vec<Item>>,
    complete: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
}

/// What is to be read.
#[derive(Debug, Default)]
pub struct InputSpec {
    /// The calls that are arguments.
    pub calls: Vec<CallRef>,
    /// Lists, a call a line.
    pub files: Vec<InputFile>,
    /// Records of notifications.
    pub records: Vec<InputFile>,
    /// How long ago a record must have seen a call last.
    pub older_than: Option<Duration>,
    /// The tenant whose calls are taken.
    pub tenant: Option<String>,
    pub context: LineContext,
}

impl Feed {
    /// Opens every named file, then begins to read.
    ///
    /// # Errors
    /// A file that cannot be opened, is a directory or is UTF-16; the message names it.
    pub fn open(reading: InputSpec) -> Result<Self> {
        let lists = reading.files.iter().map(Opened::list).collect::<Result<Vec<_>>>()?;
        let records = reading.records.iter().map(Opened::log).collect::<Result<Vec<_>>>()?;
        let task = |call| Item::Call(QueuedCall { call, source: None, seen: None });
        let first = reading.calls.into_iter().map(task).collect();
        let (sender, rest) = mpsc::channel(READ_AHEAD);
        let complete = Arc::new(AtomicBool::new(lists.is_empty() && records.is_empty()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (context, older_than, tenant) = (reading.context, reading.older_than, reading.tenant);
        let reader = Reader { sender, stopped: Arc::clone(&stopped), context, older_than, tenant };
        if !complete.load(Ordering::Relaxed) {
            let complete = Arc::clone(&complete);
            let read = move || complete.store(reader.read_all(records, lists).is_some(), Ordering::Release);
            std::thread::Builder::new()
                .name("input".into())
                .spawn(read)
                .context("no thread for the input")?;
        }
        Ok(Self { first, rest, complete, stopped })
    }

    /// The next item; `None` at the end of all input. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Item> {
        while self.first.is_empty() {
            self.first.extend(self.rest.recv().await?);
        }
        self.first.pop_front()
    }

    /// Puts items back, to be the next ones.
    pub fn put_back(&mut self, items: impl IntoIterator<Item = Item>) {
        let mut items: VecDeque<_> = items.into_iter().collect();
        items.append(&mut self.first);
        self.first = items;
    }

    /// Ends the reading and gives what was read already.
    pub fn stop(&mut self) -> Vec<Item> {
        self.stopped.store(true, Ordering::Relaxed);
        self.rest.close();
        let mut items: Vec<_> = std::mem::take(&mut self.first).into();
        while let Ok(batch) = self.rest.try_recv() {
            items.extend(batch);
        }
        items
    }

    /// Whether all input was read to its end.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }
}
