//! What one notification says: of which call, and whether it ends it.

use std::borrow::Cow;

use jiff::Timestamp;

use super::field::Key;
use super::json_walk::{Value, Wanted};
use super::resource_path::Place;
use super::timestamp::RawTimestamp;
use crate::model::call::{BadCall, CallRef};
use crate::text;

/// The longest state that is kept, in characters; the service's own are half as long.
const MAX_STATE: usize = 40;

/// One notification, or the part of it that is about one entity.
#[derive(Debug)]
pub(super) struct Item {
    /// What it is about.
    pub subject: Subject,
    /// The record's own time.
    pub time: Option<Timestamp>,
}

/// What a notification is about.
#[derive(Debug)]
pub(super) enum Subject {
    /// A call's own state.
    Call(CallUpdate),
    /// Something below a call: it says nothing of the call's state.
    Part,
    /// What is no valid id.
    Bad { text: String, why: BadCall },
}

/// What it says of a call.
#[derive(Debug)]
pub(super) struct CallUpdate {
    /// The call.
    pub call: CallRef,
    /// `deleted` or `terminated`.
    pub ended: bool,
    /// `terminating`: the end is near.
    pub ending: bool,
    /// The state, as the service spells it.
    pub state: Option<Box<str>>,
    /// The number in the entity's etag: it grows with the call's changes.
    pub etag: Option<u64>,
}

/// What is described by `resourceData`, or by one of its list.
#[derive(Debug, Default)]
pub(super) struct Entity<'de> {
    id: Option<Cow<'de, str>>,
    odata_id: Option<Cow<'de, str>>,
    odata_type: Option<Cow<'de, str>>,
    etag: Option<Cow<'de, str>>,
    state: Option<Cow<'de, str>>,
}

impl Entity<'_> {
    /// The same, on its own.
    pub(super) fn into_owned(self) -> Entity<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Entity {
            id: own(self.id),
            odata_id: own(self.odata_id),
            odata_type: own(self.odata_type),
            etag: own(self.etag),
            state: own(self.state),
        }
    }

    fn is_call(&self) -> bool {
        let ends_in_call =
            |kind: &str| kind.rsplit('.').next().is_some_and(|k| k.eq_ignore_ascii_case("call"));
        self.odata_type.as_deref().is_none_or(ends_in_call)
    }
}

/// Any JSON object: it may be a notification, an entity, or a record with a time.
#[derive(Debug, Default)]
pub(super) struct Object<'de> {
    change: Option<Cow<'de, str>>,
    resource: Option<Cow<'de, str>>,
    url: Option<Cow<'de, str>>,
    data: Vec<Entity<'de>>,
    own: Entity<'de>,
    time: Option<(u8, RawTimestamp<'de>)>,
}

impl<'de> Object<'de> {
    /// What is wanted of the value under `key`.
    pub(super) const fn wants(key: Key) -> Wanted {
        match key {
            Key::Other => Wanted::Notifications,
            Key::ResourceData => Wanted::Entities,
            _ => Wanted::Scalar,
        }
    }

    /// Takes a value. Of two under one name the first stands.
    pub(super) fn put(&mut self, key: Key, value: Value<'de>) {
        let field = match key {
            Key::Other => return,
            Key::ResourceData => return self.put_data(value),
            Key::Time(rank) => return self.put_time(rank, value),
            Key::ChangeType => &mut self.change,
            Key::Resource => &mut self.resource,
            Key::ResourceUrl => &mut self.url,
            Key::OdataId => &mut self.own.odata_id,
            Key::OdataType => &mut self.own.odata_type,
            Key::OdataEtag => &mut self.own.etag,
            Key::Id => &mut self.own.id,
            Key::State => &mut self.own.state,
        };
        if let (None, Value::Scalar(RawTimestamp::Text(text))) = (&field, value) {
            *field = Some(text);
        }
    }

    fn put_data(&mut self, value: Value<'de>) {
        if let Value::Entities(entities) = value {
            self.data.extend(entities);
        }
    }

    fn put_time(&mut self, rank: u8, value: Value<'de>) {
        let Value::Scalar(stamp) = value else { return };
        let better = match &self.time {
            None => true,
            Some((other, _)) if rank < *other => stamp.read().is_some(),
            Some((_, known)) => known.read().is_none(),
        };
        if better {
            self.time = Some((rank, stamp));
        }
    }

    /// Adds what this object says, if it is a notification about a call.
    pub(super) fn notify(&self, items: &mut Vec<Item>) {
        let Some(change) = &self.change else { return };
        let entities = if self.data.is_empty() { std::slice::from_ref(&self.own) } else { &self.data };
        for entity in entities {
            let Some(subject) = self.subject(change, entity) else { continue };
            let part = matches!(subject, Subject::Part);
            items.push(Item { subject, time: None });
            if part {
                // A roster is one notification, however many participants are in it.
                break;
            }
        }
    }

    /// Gives those found within this object its time, where none further in has one.
    pub(super) fn date(&self, items: &mut [Item]) {
        if let Some((_, stamp)) = self.time.as_ref().filter(|_| !items.is_empty()) {
            let time = stamp.read();
            for item in items {
                item.time = item.time.or(time);
            }
        }
    }

    /// The object as an entity.
    pub(super) fn into_entity(self) -> Entity<'de> {
        self.own
    }

    fn subject(&self, change: &str, entity: &Entity<'_>) -> Option<Subject> {
        let id = entity.id.as_deref();
        let named = [&entity.odata_id, &self.url, &self.resource].map(|text| Place::of(text.as_deref()?, id));
        let places = || named.iter().flatten();
        // A path that names the application says more than one that does not.
        let best = places().find(|place| place.app.is_some()).or(places().next())?;
        let call = best.call().or_else(|why| places().find_map(|place| place.call().ok()).ok_or(why));
        Some(match call {
            Err(why) => Subject::Bad { text: best.text.to_owned(), why },
            Ok(_) if places().any(Place::is_part) || !entity.is_call() => Subject::Part,
            Ok(call) => Subject::Call(sighting(call, change, entity)),
        })
    }
}

fn sighting(call: CallRef, change: &str, entity: &Entity<'_>) -> CallUpdate {
    let state = entity.state.as_deref();
    let is = |name: &str| state.is_some_and(|state| state.trim().eq_ignore_ascii_case(name));
    CallUpdate {
        call,
        ended: is("terminated") || change.trim().eq_ignore_ascii_case("deleted"),
        ending: is("terminating"),
        state: state.and_then(clean_state),
        etag: entity.etag.as_deref().and_then(etag_number),
    }
}

/// A state as it is kept; nearly all are plain words, and there are millions.
fn clean_state(state: &str) -> Option<Box<str>> {
    let plain = state.len() <= MAX_STATE && state.bytes().all(|b| b.is_ascii_alphabetic());
    let kept: Box<str> = if plain { state.into() } else { text::clean(state, MAX_STATE).into() };
    (!kept.is_empty()).then_some(kept)
}

/// `W/"5445"`: an etag that is no number says nothing of order.
fn etag_number(etag: &str) -> Option<u64> {
    etag.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_are_numbers_or_nothing() {
        assert_eq!(etag_number("W/\"5445\""), Some(5445));
        assert_eq!(etag_number("\"7\""), Some(7));
        assert_eq!(etag_number("W/\"abc\""), None);
    }
}
