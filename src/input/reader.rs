//! The reading thread: notification logs first, then lists line by line.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::item::{Item, QueuedCall};
use super::lines::{Line, LineContext, MAX_LINE, invalid, parse_line, read_line};
use super::open::{GZIP_MAGIC, Opened, not_a_list};
use crate::input::notifications::{ActiveCall, ActiveCallReport, ActiveCalls};
use crate::model::outcome::Source;
use crate::text::{counted, format_duration, numbers::thousands};

/// So many lines go out at a time: to hand over each by itself would wake a thread for each.
const BATCH: usize = 64;

/// The reading thread's side. Each step gives `None` once nobody wants any more.
pub(super) struct Reader {
    pub sender: mpsc::Sender<Vec<Item>>,
    pub stopped: Arc<AtomicBool>,
    pub context: LineContext,
    pub older_than: Option<Duration>,
    pub tenant: Option<String>,
}

impl Reader {
    /// Reads everything; `Some` where all of it was read to its end.
    pub fn read_all(&self, logs: Vec<Opened>, lists: Vec<Opened>) -> Option<()> {
        if !logs.is_empty() {
            self.read_logs(logs)?;
        }
        let mut complete = true;
        for list in lists {
            let name = Arc::clone(&list.name);
            if let Err(error) = self.read_list(list)? {
                self.send(Item::Broken(format!("{name}: {error}")))?;
                complete = false;
            }
        }
        complete.then_some(())
    }

    fn send(&self, item: Item) -> Option<()> {
        self.send_all(vec![item])
    }

    fn send_all(&self, items: Vec<Item>) -> Option<()> {
        if items.is_empty() {
            return Some(());
        }
        self.sender.blocking_send(items).ok()
    }

    fn read_list(&self, list: Opened) -> Option<io::Result<()>> {
        let mut reader = BufReader::with_capacity(MAX_LINE, list.reader);
        match reader.fill_buf() {
            Ok(start) => {
                if let Some(why) = not_a_list(start) {
                    return Some(Err(io::Error::other(why)));
                }
            }
            Err(error) => return Some(Err(error)),
        }
        let (mut line, mut batch) = (Vec::new(), Vec::new());
        for number in 1.. {
            // What there is goes out before a read that may wait, so a pipe that stays open holds nothing back.
            if batch.len() >= BATCH || !reader.buffer().contains(&b'\n') {
                self.send_all(std::mem::take(&mut batch))?;
            }
            line.clear();
            let source = || Source { file: Arc::clone(&list.name), line: number };
            match read_line(&mut reader, &mut line) {
                Ok(Line::End) => break,
                Ok(Line::TooLong) => {
                    let why = format!("the line is longer than {} KiB", MAX_LINE / 1024);
                    batch.push(invalid(&line[..80], why, source()));
                }
                Ok(Line::Whole) => parse_line(&line, number == 1, &self.context, source, &mut batch),
                Err(error) => return Some(Err(error)),
            }
        }
        self.send_all(batch)?;
        Some(Ok(()))
    }

    /// All logs are read together: the end of a call may be in another file than its beginning.
    fn read_logs(&self, logs: Vec<Opened>) -> Option<()> {
        let mut calls = ActiveCalls::new(self.context.app_id.clone());
        for log in logs {
            let name = log.name;
            let read = decompressed(log.reader).and_then(|input| calls.read(input, &name, &self.stopped));
            match read {
                Ok(report) if report.is_not_a_log() => {
                    self.refuse(&format!("{name} contains no commsNotifications entry"))?;
                }
                Ok(report) if report.others > 0 => {
                    self.send(Item::Warning(format!("{name}: {}", ignored(report.others))))?;
                }
                Ok(_) => {}
                // A log whose end is missing makes every call look active.
                Err(error) => self.refuse(&format!("{name}: {error}"))?,
            }
        }
        self.send_report(calls.finish(self.older_than, self.tenant.as_deref(), Timestamp::now()))
    }

    fn refuse(&self, why: &str) -> Option<()> {
        self.send(Item::Refused(format!("--from-notifications: {why}")))
    }

    fn send_report(&self, report: ActiveCallReport) -> Option<()> {
        if report.has_no_times() {
            self.refuse(NO_TIMES)?;
        }
        self.send(Item::LeftAlone(report.left_alone))?;
        self.send_left_alone(&report)?;
        for id in report.invalid {
            let why = format!("not a call ID: {}", id.why);
            self.send(Item::Invalid { why, text: id.text, source: id.source })?;
        }
        for ActiveCall { call, source, seen } in report.active {
            self.send(Item::Call(QueuedCall { call, source: Some(source), seen: Some(seen) }))?;
        }
        Some(())
    }

    /// Without these lines "nothing to do" would say that no call is active.
    fn send_left_alone(&self, report: &ActiveCallReport) -> Option<()> {
        let left = report.left_alone;
        let calls = |number| counted(number, "call");
        if left.no_time > 0 {
            let calls = calls(left.no_time);
            let why = "no readable timestamp (`--older-than 0s` takes them)";
            self.send(Item::Important(format!("left alone: {calls} of unknown age, {why}")))?;
        }
        if left.too_young > 0 {
            let age = format_duration(self.older_than.unwrap_or_default());
            self.send(Item::Info(format!(
                "left alone: {} active less than {age} ago",
                calls(left.too_young)
            )))?;
        }
        if left.other_tenant > 0 {
            self.send(Item::Info(format!("left alone: {} of other tenants", calls(left.other_tenant))))?;
        }
        if left.unknown_tenant > 0 {
            let calls = calls(left.unknown_tenant);
            let why = "no notification names it";
            self.send(Item::Warning(format!("left alone: {calls} of an unknown tenant ({why})")))?;
        }
        Some(())
    }
}

fn ignored(entries: u64) -> String {
    match entries {
        1 => "ignored 1 entry that contains no notification".to_owned(),
        _ => format!("ignored {} entries that contain no notification", thousands(entries)),
    }
}

/// The message for a log that can never work with `--older-than`.
const NO_TIMES: &str = "no active call has a readable timestamp, so --older-than cannot apply; log the time with each \
    notification, with its UTC offset: as `time` in the same JSON object, or in front of the JSON \
    (2026-03-01T10:00:00Z); or use --older-than 0s to take all active calls";

/// Returns the input as it is, or decompressed if it is gzip, also one of several members.
fn decompressed(mut input: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    input.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut start)?;
    let is_gzip = start == GZIP_MAGIC;
    let whole = io::Cursor::new(start).chain(input);
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(BufReader::new(whole))) } else { Box::new(whole) })
}
