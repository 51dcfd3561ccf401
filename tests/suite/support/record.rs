//! What a double was asked, and what it answers to that.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;

use super::Reply;

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `DELETE`, `GET`, ...
    pub method: String,
    /// The request target as it stood there.
    pub path: String,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// How long its body was.
    pub body: usize,
    /// When it was there.
    pub at: Instant,
    /// On which connection, from 1.
    pub connection: usize,
}

impl Asked {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The call that it is about: the path's last segment, decoded.
    pub fn id(&self) -> String {
        let segment = self.path.rsplit('/').next().unwrap();
        percent_decode_str(segment).decode_utf8_lossy().into_owned()
    }
}

/// What a double answers where nothing is scripted.
pub type Fallback = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The answers scripted for one call and method.
pub struct Script {
    /// Those still to come.
    pub replies: VecDeque<Reply>,
    /// Whether the last one stays.
    pub last_stays: bool,
}

impl Script {
    fn next(&mut self) -> Option<Reply> {
        if self.last_stays && self.replies.len() == 1 {
            return self.replies.front().cloned();
        }
        self.replies.pop_front()
    }
}

/// What the double's tasks and the test share.
pub struct Shared {
    pub scripts: Mutex<HashMap<(String, String), Script>>,
    pub default: Fallback,
    record: Mutex<Record>,
    changed: Condvar,
    flooded: AtomicU64,
}

/// What was counted so far.
#[derive(Default)]
pub struct Record {
    pub asked: Vec<Asked>,
    pub connections: usize,
    pub under_way: usize,
    pub max_under_way: usize,
}

/// Counts a request as in flight until it is dropped.
pub struct UnderWay(Arc<Shared>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.record().under_way -= 1;
        self.0.changed.notify_all();
    }
}

impl Shared {
    /// With nothing recorded.
    pub fn new(scripts: HashMap<(String, String), Script>, default: Fallback) -> Arc<Self> {
        let (record, changed, flooded) = (Mutex::default(), Condvar::new(), AtomicU64::new(0));
        Arc::new(Self { scripts: Mutex::new(scripts), default, record, changed, flooded })
    }

    /// The record as it stands.
    pub fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Counts a connection and numbers it.
    pub fn connected(&self) -> usize {
        let mut record = self.record();
        record.connections += 1;
        record.connections
    }

    /// Records a request and says how to answer it.
    pub fn begin(self: &Arc<Self>, asked: Asked) -> (Reply, UnderWay) {
        let key = (asked.method.clone(), asked.id());
        let scripted = self.scripts.lock().unwrap().get_mut(&key).and_then(Script::next);
        let reply = scripted.unwrap_or_else(|| (self.default)(&asked));
        let mut record = self.record();
        record.asked.push(asked);
        record.under_way += 1;
        record.max_under_way = record.max_under_way.max(record.under_way);
        self.changed.notify_all();
        (reply, UnderWay(Arc::clone(self)))
    }

    /// Counts bytes of a flood that the client's side has taken.
    pub fn flood(&self, bytes: usize) {
        self.flooded.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn flooded(&self) -> u64 {
        self.flooded.load(Ordering::Relaxed)
    }

    /// Waits until the record is as the test wants it.
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Record) -> bool) {
        let patience = Duration::from_secs(20);
        let waiting = |record: &mut Record| !holds(record);
        let (record, timeout) = self.changed.wait_timeout_while(self.record(), patience, waiting).unwrap();
        let asked = record.asked.len();
        drop(record);
        assert!(!timeout.timed_out(), "the double waited for {what}; it got {asked} requests");
    }
}
