//! Parses one notification: the call that it is about, and what it says of it.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use super::entity::{Entity, Fields, Value, Wanted};
use super::field::Field;
use super::resource_path::{ResourcePath, is_communications};
use super::timestamp::RawTimestamp;
use crate::model::call::{BadCall, CallRef};
use crate::text;

/// The longest state that is kept, in characters; the service's own are half as long.
const MAX_STATE: usize = 40;

/// The change types as the calling SDK numbers them.
const CHANGE_TYPES: [&str; 3] = ["created", "updated", "deleted"];
/// The states as the calling SDK numbers them.
const STATES: [&str; 10] = [
    "incoming",
    "establishing",
    "ringing",
    "established",
    "hold",
    "transferring",
    "transferAccepted",
    "redirecting",
    "terminating",
    "terminated",
];

/// One notification, or the part of it that is about one entity.
#[derive(Debug)]
pub(super) struct Notification {
    pub subject: Subject,
    /// The time of the innermost object around it that has one.
    pub time: Option<Timestamp>,
    /// The time in the text in front of the JSON, for want of another.
    pub text_time: Option<Timestamp>,
}

/// What a notification is about.
#[derive(Debug)]
pub(super) enum Subject {
    Call(CallUpdate),
    /// Something else that the calling service reports, such as an emergency call.
    OtherTopic,
    /// An ID that names no call.
    Invalid {
        text: String,
        why: BadCall,
    },
}

/// What a notification says of a call.
#[derive(Debug)]
pub(super) struct CallUpdate {
    pub call: CallRef,
    /// It is about something below the call (its roster, an operation): a sign of life and nothing more.
    pub below: bool,
    /// `deleted` or `terminated`.
    pub ended: bool,
    /// `terminating`: the end is near.
    pub ending: bool,
    /// The state, as the service spells it.
    pub state: Option<Box<str>>,
    /// The number in the entity's etag: it grows with the call's changes.
    pub etag: Option<u64>,
    pub tenant: Option<Uuid>,
}

/// Any JSON object: it may be a notification, an entity, or a log entry with a time.
#[derive(Debug, Default)]
pub(super) struct Object<'de> {
    fields: Fields<'de>,
    time: Option<(u8, RawTimestamp<'de>)>,
}

impl<'de> Object<'de> {
    pub(super) const fn wants(field: Field) -> Wanted {
        match field {
            Field::Other => Wanted::Notifications,
            Field::ResourceData => Wanted::Entities,
            Field::AdditionalData => Wanted::Fields,
            _ => Wanted::Scalar,
        }
    }

    /// Takes a value. Of two under one name the first stands.
    pub(super) fn put(&mut self, field: Field, value: Value<'de>) {
        match (field, value) {
            (Field::ResourceData, Value::Entities(entities)) => self.fields.data.extend(entities),
            (Field::AdditionalData, Value::Fields(fields)) => self.fields.fill_from(*fields),
            (Field::Time(rank), Value::Scalar(time)) => self.put_time(rank, time),
            (_, Value::Scalar(scalar)) => self.put_scalar(field, scalar),
            _ => {}
        }
    }

    fn put_scalar(&mut self, field: Field, scalar: RawTimestamp<'de>) {
        let Fields { change, resource, url, own, .. } = &mut self.fields;
        let slot = match field {
            Field::ChangeType => change,
            Field::Resource => resource,
            Field::ResourceUrl => url,
            Field::OdataId => &mut own.odata_id,
            Field::OdataType => &mut own.odata_type,
            Field::OdataEtag => &mut own.etag,
            Field::Id => &mut own.id,
            Field::State => &mut own.state,
            Field::TenantId => &mut own.tenant,
            _ => return,
        };
        let value = match (field, scalar) {
            (Field::ChangeType, scalar) => name_of(scalar, &CHANGE_TYPES),
            (Field::State, scalar) => name_of(scalar, &STATES),
            (_, RawTimestamp::Text(text)) => Some(text),
            (_, RawTimestamp::Number(_)) => None,
        };
        if slot.is_none() {
            *slot = value;
        }
    }

    fn put_time(&mut self, rank: u8, time: RawTimestamp<'de>) {
        let better = match &self.time {
            None => true,
            Some((other, _)) if rank < *other => time.read().is_some(),
            Some((_, known)) => known.read().is_none(),
        };
        if better {
            self.time = Some((rank, time));
        }
    }

    /// Adds what this object says, if it is a notification about calls.
    pub(super) fn add_notifications(&self, notifications: &mut Vec<Notification>) {
        let Fields { change: Some(change), data, own, .. } = &self.fields else { return };
        let entities = if data.is_empty() { std::slice::from_ref(own) } else { data };
        for entity in entities {
            let Some(subject) = self.subject(change, entity) else { continue };
            let is_one =
                matches!(&subject, Subject::OtherTopic | Subject::Call(CallUpdate { below: true, .. }));
            notifications.push(Notification { subject, time: None, text_time: None });
            if is_one {
                // A roster is one notification, however many participants it lists.
                break;
            }
        }
    }

    /// Sets the time of those within this object for which no object further in has one.
    pub(super) fn set_time(&self, notifications: &mut [Notification]) {
        if let Some((_, raw)) = self.time.as_ref().filter(|_| !notifications.is_empty()) {
            let time = raw.read();
            for notification in notifications {
                notification.time = notification.time.or(time);
            }
        }
    }

    /// Returns the object as an entity.
    pub(super) fn into_entity(self) -> Entity<'de> {
        self.fields.own
    }

    pub(super) fn into_fields(self) -> Fields<'de> {
        self.fields
    }

    fn subject(&self, change: &str, entity: &Entity<'_>) -> Option<Subject> {
        let Fields { url, resource, .. } = &self.fields;
        let id = entity.id.as_deref();
        let named = [&entity.odata_id, url, resource].map(|text| ResourcePath::parse(text.as_deref()?, id));
        let paths = || named.iter().flatten();
        // A path that names the application says more than one that does not.
        let Some(best) = paths().find(|path| path.app.is_some()).or(paths().next()) else {
            let other = [url, resource].into_iter().flatten().any(|text| is_communications(text));
            return other.then_some(Subject::OtherTopic);
        };
        let call = best.call().or_else(|why| paths().find_map(|path| path.call().ok()).ok_or(why));
        Some(match call {
            Err(why) => Subject::Invalid { text: best.text.to_owned(), why },
            Ok(call) if paths().any(ResourcePath::is_below_call) || !entity.is_call() => {
                Subject::Call(update_below(call))
            }
            Ok(call) => Subject::Call(update(call, change, entity)),
        })
    }
}

/// Returns a scalar as a name, also where it is a number.
fn name_of<'de>(scalar: RawTimestamp<'de>, names: &[&'static str]) -> Option<Cow<'de, str>> {
    let nth = |number: usize| names.get(number).map(|name| Cow::Borrowed(*name));
    match scalar {
        RawTimestamp::Text(text) => match text.trim().parse() {
            Ok(number) => nth(number),
            Err(_) => Some(text),
        },
        // Compared as they are: a fraction is no number of a name.
        #[allow(clippy::cast_precision_loss)]
        RawTimestamp::Number(number) => {
            (0..names.len()).find(|n| (*n as f64 - number).abs() < 1e-9).and_then(nth)
        }
    }
}

const fn update_below(call: CallRef) -> CallUpdate {
    CallUpdate { call, below: true, ended: false, ending: false, state: None, etag: None, tenant: None }
}

fn update(call: CallRef, change: &str, entity: &Entity<'_>) -> CallUpdate {
    let state = entity.state.as_deref();
    let is = |name: &str| state.is_some_and(|state| state.trim().eq_ignore_ascii_case(name));
    CallUpdate {
        call,
        below: false,
        ended: is("terminated") || change.trim().eq_ignore_ascii_case("deleted"),
        ending: is("terminating"),
        state: state.and_then(clean_state),
        etag: entity.etag.as_deref().and_then(etag_number),
        tenant: entity.tenant.as_deref().and_then(|tenant| tenant.trim().parse().ok()),
    }
}

/// Returns a state as it is kept; nearly all are plain words, and there are millions.
fn clean_state(state: &str) -> Option<Box<str>> {
    let plain = state.len() <= MAX_STATE && state.bytes().all(|b| b.is_ascii_alphabetic());
    let kept: Box<str> = if plain { state.into() } else { text::clean(state, MAX_STATE).into() };
    (!kept.is_empty()).then_some(kept)
}

/// Returns the number in `W/"5445"`. An etag without one says nothing of order.
fn etag_number(etag: &str) -> Option<u64> {
    etag.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_etag_numbers() {
        assert_eq!(etag_number("W/\"5445\""), Some(5445));
        assert_eq!(etag_number("\"7\""), Some(7));
        assert_eq!(etag_number("W/\"abc\""), None);
    }

    #[test]
    fn names_numeric_states() {
        let of = |number| name_of(RawTimestamp::Number(number), &STATES);
        assert_eq!(of(3.0).as_deref(), Some("established"));
        assert_eq!(of(9.0).as_deref(), Some("terminated"));
        assert_eq!((of(10.0), of(0.5)), (None, None));
        assert_eq!(name_of(RawTimestamp::Text("8".into()), &STATES).as_deref(), Some("terminating"));
        assert_eq!(name_of(RawTimestamp::Text("hold".into()), &STATES).as_deref(), Some("hold"));
    }
}
