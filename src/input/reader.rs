//! The reading thread: records of notifications first, then lists line by line.

use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::item::{Item, QueuedCall};
use super::lines::{Line, LineContext, MAX_LINE, invalid, parse_line, read_line};
use super::open::{Opened, not_a_list};
use crate::input::notifications::{ActiveCall, ActiveCalls, Found};

use crate::model::outcome::Source;
use crate::text::counted;

/// So many lines go out at a time: to hand over each by itself would wake a thread for each.
const BATCH: usize = 64;

/// The reading thread's side. Each step gives `None` once nobody wants any more.
pub(super) struct Reader {
    pub sender: mpsc::Sender<Vec<Item>>,
    pub stopped: Arc<AtomicBool>,
    pub context: LineContext,
    pub older_than: Option<Duration>,
}

impl Reader {
    /// Reads everything; `Some` where all of it was read to its end.
    pub fn read_all(&self, records: Vec<Opened>, lists: Vec<Opened>) -> Option<()> {
        if !records.is_empty() {
            self.read_records(records)?;
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

    /// Records are folded together: the end of a call may stand in another file than its beginning.
    fn read_records(&self, records: Vec<Opened>) -> Option<()> {
        let mut fold = ActiveCalls::new(self.context.app_id.clone());
        for record in records {
            let name = record.name;
            match fold.read(record.reader, &name, &self.stopped) {
                Ok(report) if report.is_no_record() => {
                    let why = "no notification in it (a record of commsNotifications was expected)";
                    self.send(Item::Refused(format!("--from-notifications: {name}: {why}")))?;
                }
                Ok(report) if report.others > 0 => {
                    let others = counted(report.others, "part");
                    let warning = format!("{name}: passed over {others} of it without a notification");
                    self.send(Item::Warning(warning))?;
                }
                Ok(_) => {}
                // A record with its end missing makes every call look active.
                Err(error) => self.send(Item::Refused(format!("--from-notifications: {name}: {error}")))?,
            }
        }
        self.send_found(fold.finish(self.older_than, Timestamp::now()))
    }

    /// Without it "nothing to do" would say that no call is active.
    fn younger(&self, number: u64) -> String {
        let calls = counted(number, "call");
        let are = if number == 1 { "is" } else { "are" };
        let age =
            humantime::format_duration(self.older_than.unwrap_or_default()).to_string().replace(' ', "");
        format!("{calls} {are} active but changed less than {age} ago: left alone")
    }

    fn send_found(&self, found: Found) -> Option<()> {
        if found.without_time > 0 {
            let calls = counted(found.without_time, "call");
            let why =
                "their last record has no time for it, or none that can be read (--older-than 0s takes all)";
            self.send(Item::Warning(format!("left alone {calls} of unknown age: {why}")))?;
        }
        if found.younger > 0 {
            self.send(Item::Info(self.younger(found.younger)))?;
        }
        for id in found.invalid {
            self.send(Item::Invalid {
                why: format!("names no call: {}", id.why),
                text: id.text,
                source: id.source,
            })?;
        }
        for ActiveCall { call, source, seen } in found.active {
            self.send(Item::Call(QueuedCall { call, source: Some(source), seen: Some(seen) }))?;
        }
        Some(())
    }
}
