//! Merges notifications by call, and reports the calls that are still active.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::call_history::{CallHistory, LastUpdate};
use super::notification::{Notification, Subject};
use crate::model::call::{AppId, BadCall, CallKey, CallRef};
use crate::model::outcome::{LastSeen, LeftAlone, Source};
use crate::text;

/// A call that the log leaves active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveCall {
    /// The call, as its last notification spells it.
    pub call: CallRef,
    /// The place of its last notification.
    pub source: Source,
    pub seen: LastSeen,
}

/// A notification whose ID names no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId {
    /// The text in the ID's place, cleaned and cut.
    pub text: String,
    /// The place of its first notification.
    pub source: Source,
    pub why: BadCall,
}

/// The calls that are still active according to notification logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActiveCallReport {
    /// Those that are old enough and of the right tenant, the oldest first; those without a time at the end.
    pub active: Vec<ActiveCall>,
    /// Invalid IDs, each once, in the order of the log.
    pub invalid: Vec<InvalidId>,
    pub left_alone: LeftAlone,
    /// How many calls have ended.
    pub ended: u64,
}

impl ActiveCallReport {
    /// Returns whether there are active calls and none of them has a time: then no age limit can ever work.
    pub const fn has_no_times(&self) -> bool {
        self.active.is_empty() && self.left_alone.no_time > 0 && self.left_alone.too_young == 0
    }
}

/// Merges notifications by call.
#[derive(Debug)]
pub struct ActiveCalls {
    app_id: Option<AppId>,
    calls: HashMap<CallKey, CallHistory>,
    invalid: HashMap<String, (u64, InvalidId)>,
}

impl ActiveCalls {
    /// Starts without any. `app_id` is the one for all calls (`--app-id`).
    pub fn new(app_id: Option<AppId>) -> Self {
        Self { app_id, calls: HashMap::new(), invalid: HashMap::new() }
    }

    /// Adds one notification of the document at `line`.
    pub(super) fn add(&mut self, notification: Notification, file: &Arc<str>, line: u64) {
        let source = || Source { file: Arc::clone(file), line };
        let time = notification.time.or(notification.text_time);
        match notification.subject {
            Subject::OtherTopic => {}
            Subject::Invalid { text, why } => {
                let text = text::clean(&text, text::MAX_SHOWN);
                let order = self.invalid.len() as u64;
                let invalid = InvalidId { text: text.clone(), source: source(), why };
                self.invalid.entry(text).or_insert((order, invalid));
            }
            Subject::Call(mut update) => {
                let app = update.call.app_id.take().filter(|_| self.app_id.is_none());
                self.history(&update.call, app).add(update, time, source);
            }
        }
    }

    /// Returns the history of the call, which has no app ID. A path with an app ID and one without mean the same
    /// call, so that the end under one is the end under the other; two app IDs mean two calls.
    fn history(&mut self, call: &CallRef, app: Option<AppId>) -> &mut CallHistory {
        let key = call.key();
        let Some(app) = app else { return self.calls.entry(key).or_default() };
        let under = |app: &AppId| call.clone().with_app_id(Some(app)).key();
        let known = self.calls.get(&key).and_then(|known| known.app.as_deref());
        let of_another = known.is_some_and(|known| under(known) != under(&app));
        let known = self.calls.entry(if of_another { under(&app) } else { key }).or_default();
        known.app.get_or_insert_with(|| Box::new(app));
        known
    }

    /// Reports the calls that are still active, as of `now`: with `tenant` those of that tenant, and with
    /// `older_than` those whose last notification is at least that old by the log's own time. An `older_than` of zero
    /// takes all.
    pub fn finish(
        self,
        older_than: Option<Duration>,
        tenant: Option<&str>,
        now: Timestamp,
    ) -> ActiveCallReport {
        let mut report = ActiveCallReport::default();
        let left = &mut report.left_alone;
        let older_than = older_than.filter(|age| !age.is_zero());
        for history in self.calls.into_values() {
            let (app, of_tenant) = (history.app.clone(), history.tenant);
            let Some(last) = history.into_active() else {
                report.ended += 1;
                continue;
            };
            let age = last.time.and_then(|time| Duration::try_from(now.duration_since(time)).ok());
            match (tenant, of_tenant) {
                (Some(_), None) => {
                    left.unknown_tenant += 1;
                    continue;
                }
                (Some(wanted), Some(own)) if wanted.parse() != Ok(own) => {
                    left.other_tenant += 1;
                    continue;
                }
                _ => {}
            }
            match older_than {
                Some(_) if last.time.is_none() => left.no_time += 1,
                Some(wanted) if age.is_none_or(|age| age < wanted) => left.too_young += 1,
                _ => {
                    let call = active(last, app.as_deref(), self.app_id.as_ref(), age, of_tenant);
                    report.active.push(call);
                }
            }
        }
        report.active.sort_by(|a, b| oldest_first(a).cmp(&oldest_first(b)));
        let mut invalid: Vec<_> = self.invalid.into_values().collect();
        invalid.sort_by_key(|(order, _)| *order);
        report.invalid = invalid.into_iter().map(|(_, invalid)| invalid).collect();
        report
    }
}

fn active(
    last: LastUpdate,
    app: Option<&AppId>,
    app_id: Option<&AppId>,
    age: Option<Duration>,
    tenant: Option<Uuid>,
) -> ActiveCall {
    let seen = LastSeen {
        state: last.state(),
        time: last.time,
        age,
        tenant_id: tenant.map(|tenant| tenant.to_string()),
    };
    ActiveCall { call: last.call.with_app_id(app).with_app_id(app_id), source: last.source, seen }
}

fn oldest_first(call: &ActiveCall) -> impl Ord + use<'_> {
    (call.seen.time.is_none(), call.seen.time, &call.source.file, call.source.line, call.call.id.as_str())
}
