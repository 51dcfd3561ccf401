//! What the notifications about one call say together, in whatever order they were delivered.

use jiff::Timestamp;
use uuid::Uuid;

use super::notification::CallUpdate;
use crate::model::call::{AppId, CallRef};
use crate::model::outcome::Source;

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

/// The last update of a call that is not its end.
#[derive(Debug)]
pub(super) struct LastUpdate {
    pub call: CallRef,
    /// The time of the last notification; `None` if that has none, whatever the times of those before it.
    pub time: Option<Timestamp>,
    pub source: Source,
    etag: Option<u64>,
    state: Option<(Option<Timestamp>, Box<str>)>,
    /// The latest time of any notification.
    latest: Option<Timestamp>,
    evidence: Option<LivenessEvidence>,
}

/// The latest update that can show that the call is there again after an end: its time and etag.
type LivenessEvidence = (Timestamp, Option<u64>);

/// One call. Of those that have ended only the end is kept: there are many.
#[derive(Debug, Default)]
pub(super) struct CallHistory {
    pub app: Option<Box<AppId>>,
    pub tenant: Option<Uuid>,
    end: Option<Box<End>>,
    last: Option<Box<LastUpdate>>,
}

impl End {
    fn add(&mut self, time: Option<Timestamp>, etag: Option<u64>) {
        self.timeless |= time.is_none();
        self.time = self.time.max(time);
        self.etag = self.etag.max(etag);
    }

    /// Returns whether the end is before that time, by the clock of the log.
    fn is_before(&self, time: Option<Timestamp>) -> bool {
        !self.timeless && time > self.time
    }

    /// Returns whether the end holds in spite of the update. One of a version that does not surpass the end's was
    /// delivered late.
    fn outlasts(&self, update: &LastUpdate) -> bool {
        update.evidence.is_none_or(|(time, etag)| {
            !self.is_before(Some(time)) || self.etag.zip(etag).is_some_and(|(end, update)| end >= update)
        })
    }
}

impl LastUpdate {
    fn new(update: CallUpdate, time: Option<Timestamp>, source: Source) -> Self {
        let CallUpdate { call, below, ending, state, etag, .. } = update;
        // Updates of a roster, and of a call that is about to end, may be delivered after the end.
        let evidence = time.filter(|_| !ending && !below).map(|time| (time, etag));
        Self { call, time, source, etag, state: state.map(|state| (time, state)), latest: time, evidence }
    }

    /// Takes the later of the two; a state stays known until there is another one.
    fn merge(self, other: Self) -> Self {
        let latest = self.latest.max(other.latest);
        let evidence = self.evidence.max(other.evidence);
        let (first, last) = if self.is_followed_by(&other) { (self, other) } else { (other, self) };
        let state = match (first.state, last.state) {
            // The last update is that of a roster, and its state an older one.
            (Some(first), Some(last)) if last.0.is_some() && first.0 > last.0 => Some(first),
            (first, last) => last.or(first),
        };
        Self { state, latest, evidence, etag: last.etag.or(first.etag), ..last }
    }

    /// Returns whether `other`, which was read later, is later. One without a time is taken to be: the call may have
    /// changed just now, and must not be aged by an older notification. Then only what is surely later makes the age
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

    /// Returns the last state; `unknown` for a call of which only its roster or operations were reported.
    pub fn state(&self) -> String {
        self.state.as_ref().map_or_else(|| "unknown".to_owned(), |(_, state)| state.to_string())
    }
}

impl CallHistory {
    pub fn add(&mut self, update: CallUpdate, time: Option<Timestamp>, source: impl FnOnce() -> Source) {
        self.tenant = self.tenant.or(update.tenant);
        if update.ended {
            self.end.get_or_insert_default().add(time, update.etag);
        } else {
            let update = LastUpdate::new(update, time, source());
            self.last = Some(Box::new(match self.last.take() {
                Some(known) => known.merge(update),
                None => update,
            }));
        }
        // An end only ever moves later, so an update that is not after it now never will be.
        if let (Some(end), Some(last)) = (&self.end, &self.last)
            && !end.is_before(last.latest)
        {
            self.last = None;
        }
    }

    /// Returns the last update, unless the call has ended.
    pub fn into_active(self) -> Option<LastUpdate> {
        let ended = |last: &LastUpdate| self.end.is_some_and(|end| end.outlasts(last));
        self.last.filter(|last| !ended(last)).map(|last| *last)
    }
}
