//! What all notifications say of each call together, in whatever order they were delivered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::notification::{CallUpdate, Item, Subject};
use crate::model::call::{AppId, BadCall, CallKey, CallRef};
use crate::model::outcome::{LastSeen, Source};
use crate::text;

/// A call that the record leaves active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveCall {
    /// The call, as its last notification spells it.
    pub call: CallRef,
    /// Where its last notification is.
    pub source: Source,
    /// What that says.
    pub seen: LastSeen,
}

/// A notification whose id is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId {
    /// What stands in the id's place, cleaned and cut.
    pub text: String,
    /// Where it was first seen.
    pub source: Source,
    /// What is wrong with it.
    pub why: BadCall,
}

/// What a record leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The calls that are still active and old enough, the oldest first; those without a time at the end.
    pub active: Vec<ActiveCall>,
    /// What is no id, each once, in the order of the record.
    pub invalid: Vec<InvalidId>,
    /// Active calls that are left alone because their last record has no time.
    pub without_time: u64,
    /// Active calls that are left alone because their last change is not old enough.
    pub younger: u64,
    /// Calls that have ended.
    pub ended: u64,
}

/// What is known of the end of a call.
#[derive(Debug, Default)]
struct End {
    /// The latest time of it.
    time: Option<Timestamp>,
    /// The highest etag of it.
    etag: Option<u64>,
    /// Some notification of it has no time: nothing can be shown to be later.
    timeless: bool,
}

/// The last sign of life of a call.
#[derive(Debug)]
struct Life {
    call: CallRef,
    /// The time of the last record; none where that has none, whatever the times of those before it.
    time: Option<Timestamp>,
    etag: Option<u64>,
    state: Option<Box<str>>,
    source: Source,
    /// The latest time of any record.
    latest: Option<Timestamp>,
    /// The latest record that can show that the call is there again after an end.
    proof: Option<Proof>,
}

/// The time of a record and its etag: the later the greater.
type Proof = (Timestamp, Option<u64>);

/// One call. Of those that have ended no more is kept than it takes to know it: there are many.
#[derive(Debug, Default)]
struct Call {
    app: Option<Box<AppId>>,
    end: Option<Box<End>>,
    life: Option<Box<Life>>,
}

impl End {
    fn add(&mut self, time: Option<Timestamp>, etag: Option<u64>) {
        self.timeless |= time.is_none();
        self.time = self.time.max(time);
        self.etag = self.etag.max(etag);
    }

    /// Whether the end is before that time, by the clock of the log.
    fn is_before(&self, time: Option<Timestamp>) -> bool {
        !self.timeless && time > self.time
    }

    /// Whether the end stands against the sign of life. One of a version that does not surpass the end's was
    /// delivered late.
    fn overtakes(&self, life: &Life) -> bool {
        life.proof.is_none_or(|(time, etag)| {
            !self.is_before(Some(time)) || self.etag.zip(etag).is_some_and(|(end, life)| end >= life)
        })
    }
}

impl Life {
    /// Takes the later of the two; a state stays known until there is another one.
    fn merge(self, other: Self) -> Self {
        let latest = self.latest.max(other.latest);
        let proof = self.proof.max(other.proof);
        let (first, last) = if self.is_followed_by(&other) { (self, other) } else { (other, self) };
        Self { state: last.state.or(first.state), latest, proof, ..last }
    }

    /// Whether `other`, which was read later, is later. One without a time is taken to be: the call may have
    /// changed just now, and must not be aged by an older record. Then only what is surely later makes the age
    /// known again. The order of files says nothing: rotated ones are often named newest first.
    fn is_followed_by(&self, other: &Self) -> bool {
        match (self.time, other.time) {
            (_, None) => true,
            (Some(_), Some(_)) => (other.time, other.etag) >= (self.time, self.etag),
            (None, Some(_)) => {
                let of_older_version = self.etag.zip(other.etag).is_some_and(|(known, new)| new < known);
                other.time > self.latest && self.source.file == other.source.file && !of_older_version
            }
        }
    }
}

impl Call {
    fn add(&mut self, sighting: CallUpdate, time: Option<Timestamp>, source: impl FnOnce() -> Source) {
        let CallUpdate { call, ended, ending, state, etag } = sighting;
        if ended {
            self.end.get_or_insert_default().add(time, etag);
        } else {
            // A call that is about to end is no proof of another life: that is told late, of the end that is known.
            let proof = time.filter(|_| !ending).map(|time| (time, etag));
            let life = Life { call, time, etag, state, source: source(), latest: time, proof };
            self.life = Some(Box::new(match self.life.take() {
                Some(known) => known.merge(life),
                None => life,
            }));
        }
        // An end only ever moves later, so a sign of life that is not after it now never will be.
        if let (Some(end), Some(life)) = (&self.end, &self.life)
            && !end.is_before(life.latest)
        {
            self.life = None;
        }
    }

    /// The sign of life that no end has overtaken.
    fn active(self) -> Option<Life> {
        let overtaken = |life: &Life| self.end.is_some_and(|end| end.overtakes(life));
        self.life.filter(|life| !overtaken(life)).map(|life| *life)
    }
}

/// Folds notifications by call.
#[derive(Debug)]
pub struct ActiveCalls {
    app_id: Option<AppId>,
    calls: HashMap<CallKey, Call>,
    invalid: HashMap<String, (u64, InvalidId)>,
}

impl ActiveCalls {
    /// An empty one. `app_id` is the one for all calls (`--app-id`).
    pub fn new(app_id: Option<AppId>) -> Self {
        Self { app_id, calls: HashMap::new(), invalid: HashMap::new() }
    }

    /// Adds one notification of the document at `line`.
    pub(super) fn add(&mut self, item: Item, file: &Arc<str>, line: u64) {
        let source = || Source { file: Arc::clone(file), line };
        match item.subject {
            Subject::Part => {}
            Subject::Bad { text, why } => {
                let text = text::clean(&text, text::MAX_SHOWN);
                let order = self.invalid.len() as u64;
                let invalid = InvalidId { text: text.clone(), source: source(), why };
                self.invalid.entry(text).or_insert((order, invalid));
            }
            Subject::Call(mut sighting) => {
                let app = sighting.call.app_id.take().filter(|_| self.app_id.is_none());
                self.call(&sighting.call, app).add(sighting, item.time, source);
            }
        }
    }

    /// The call with the id, which has no app id. A path with an app id and one without mean the same call, so
    /// that the end under one is the end under the other; two app ids mean two calls.
    fn call(&mut self, call: &CallRef, app: Option<AppId>) -> &mut Call {
        let key = call.key();
        let Some(app) = app else { return self.calls.entry(key).or_default() };
        let under = |app: &AppId| call.clone().with_app_id(Some(app)).key();
        let known = self.calls.get(&key).and_then(|known| known.app.as_deref());
        let of_another = known.is_some_and(|known| under(known) != under(&app));
        let known = self.calls.entry(if of_another { under(&app) } else { key }).or_default();
        known.app.get_or_insert_with(|| Box::new(app));
        known
    }

    /// The calls that are still active, as of `now`. With `older_than` only those whose last change is at least
    /// that old by the record's own time; with none, or with zero, all.
    pub fn finish(self, older_than: Option<Duration>, now: Timestamp) -> Found {
        let mut found = Found::default();
        let wanted = older_than.filter(|age| !age.is_zero());
        for call in self.calls.into_values() {
            let app = call.app.clone();
            let Some(life) = call.active() else {
                found.ended += 1;
                continue;
            };
            let age = life.time.and_then(|time| Duration::try_from(now.duration_since(time)).ok());
            match wanted {
                Some(_) if life.time.is_none() => found.without_time += 1,
                Some(wanted) if age.is_none_or(|age| age < wanted) => found.younger += 1,
                _ => found.active.push(active(life, app.as_deref(), self.app_id.as_ref(), age)),
            }
        }
        found.active.sort_by(|a, b| oldest_first(a).cmp(&oldest_first(b)));
        let mut invalid: Vec<_> = self.invalid.into_values().collect();
        invalid.sort_by_key(|(order, _)| *order);
        found.invalid = invalid.into_iter().map(|(_, invalid)| invalid).collect();
        found
    }
}

fn active(life: Life, app: Option<&AppId>, app_id: Option<&AppId>, age: Option<Duration>) -> ActiveCall {
    let Life { call, time, state, source, .. } = life;
    // A call that was never told of with a state has at least been there.
    let state = state.map_or_else(|| "unknown".to_owned(), String::from);
    ActiveCall {
        call: call.with_app_id(app).with_app_id(app_id),
        source,
        seen: LastSeen { state, time, age, tenant_id: None },
    }
}

fn oldest_first(call: &ActiveCall) -> impl Ord + use<'_> {
    (call.seen.time.is_none(), call.seen.time, &call.source.file, call.source.line, call.call.id.as_str())
}
