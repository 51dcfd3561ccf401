//! What one notification says: of which call, and whether it ends it.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::stamp::Stamp;
use super::walk::{Value, Wanted};
use crate::call::{BadCall, CallId, CallRef};
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
    Call(Sighting),
    /// Something below a call: it says nothing of the call's state.
    Part,
    /// What is no valid id.
    Bad { text: String, why: BadCall },
}

/// What it says of a call.
#[derive(Debug)]
pub(super) struct Sighting {
    /// The call.
    pub call: CallRef,
    /// `deleted` or `terminated`.
    pub ended: bool,
    /// The state, as the service spells it.
    pub state: Option<Box<str>>,
    /// The number in the entity's etag: it grows with the call's changes.
    pub etag: Option<u64>,
}

/// The names that matter, in any capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    ChangeType,
    Resource,
    ResourceUrl,
    ResourceData,
    OdataId,
    OdataType,
    OdataEtag,
    Id,
    State,
    /// With its rank: the lower one is preferred.
    Time(u8),
    Other,
}

impl Key {
    fn of(name: &str) -> Self {
        // Told apart by length first: this is asked for every name in a gigabyte.
        let known: &[(&str, Self)] = match name.len() {
            2 => &[("id", Self::Id), ("ts", Self::Time(3))],
            4 => &[("time", Self::Time(0))],
            5 => &[("state", Self::State)],
            8 => &[("resource", Self::Resource)],
            9 => &[("@odata.id", Self::OdataId), ("timestamp", Self::Time(1))],
            10 => &[("changeType", Self::ChangeType), ("@timestamp", Self::Time(2))],
            11 => &[
                ("resourceUrl", Self::ResourceUrl),
                ("@odata.type", Self::OdataType),
                ("@odata.etag", Self::OdataEtag),
            ],
            12 => &[("resourceData", Self::ResourceData)],
            _ => &[],
        };
        known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Self::Other, |(_, key)| *key)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key::of(name))
            }
        }
        json.deserialize_str(Name)
    }
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
    time: Option<(u8, Stamp<'de>)>,
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
        if let (None, Value::Scalar(Stamp::Text(text))) = (&field, value) {
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

fn sighting(call: CallRef, change: &str, entity: &Entity<'_>) -> Sighting {
    let state = entity.state.as_deref();
    let terminated = state.is_some_and(|state| state.trim().eq_ignore_ascii_case("terminated"));
    Sighting {
        call,
        ended: terminated || change.trim().eq_ignore_ascii_case("deleted"),
        state: state
            .map(|state| text::clean(state, MAX_STATE))
            .filter(|state| !state.is_empty())
            .map(Into::into),
        etag: entity.etag.as_deref().and_then(etag_number),
    }
}

/// `W/"5445"`: an etag that is no number says nothing of order.
fn etag_number(etag: &str) -> Option<u64> {
    etag.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

/// What a resource's path or URL names: a call, or something below one.
struct Place<'t> {
    /// The whole of it.
    text: &'t str,
    app: Option<&'t str>,
    id: &'t str,
    /// What follows the id.
    below: &'t str,
}

impl<'t> Place<'t> {
    /// `None` where it has nothing to do with calls. A path that names all calls means the one with the `id`.
    fn of(text: &'t str, id: Option<&'t str>) -> Option<Self> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let host_and_path = path.split_once("://").map(|(_, rest)| rest.split_once('/').unwrap_or_default());
        let path = host_and_path.map_or(path, |(_, path)| path);
        let (before, rest) = split_at_calls(path)?;
        let (before, app) = before.rsplit_once('/').unwrap_or(("", before));
        let collection = before.rsplit('/').next().unwrap_or_default();
        let app = collection.eq_ignore_ascii_case("applications").then_some(app);
        let (named, below) = rest.split_once('/').unwrap_or((rest, ""));
        match (named, below) {
            ("", "") => id.map(|id| Self { text: id, app, id, below }),
            _ => Some(Self { text, app, id: named, below }),
        }
    }

    fn is_part(&self) -> bool {
        self.below.bytes().any(|b| b != b'/')
    }

    fn call(&self) -> Result<CallRef, BadCall> {
        if self.below.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(BadCall::Dots);
        }
        match self.app {
            // The usual case, with nothing to decode. An id with a `/` in it is refused as a character.
            None if !self.id.contains('%') => Ok(CallRef { id: CallId::parse(self.id)?, app_id: None }),
            None => CallRef::parse(&format!("/calls/{}", self.id)),
            Some(app) => CallRef::parse(&format!("/applications/{app}/calls/{}", self.id)),
        }
    }
}

/// What is before and behind the segment `calls`.
fn split_at_calls(path: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for segment in path.split('/') {
        let end = at + segment.len();
        if segment.eq_ignore_ascii_case("calls") {
            let before = path[..at].strip_suffix('/').unwrap_or_default();
            return Some((before, path[end..].strip_prefix('/').unwrap_or_default()));
        }
        at = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> String {
        let Some(place) = Place::of(text, Some("own")) else { return "nothing".into() };
        match place.call() {
            Err(why) => format!("bad: {why:?}"),
            Ok(_) if place.is_part() => "part".into(),
            Ok(CallRef { id, app_id: Some(app) }) => format!("{app} {id}"),
            Ok(CallRef { id, app_id: None }) => id.to_string(),
        }
    }

    #[test]
    fn paths_name_calls_parts_of_calls_or_nothing() {
        for (text, name) in [
            ("/app/calls/A1", "A1"),
            ("/App/Calls/A1/", "A1"),
            ("communications/calls/A1?x=/y", "A1"),
            ("calls/A1", "A1"),
            ("/applications/B/calls/A1", "B A1"),
            ("/Applications/B/CALLS/A%311", "B A11"),
            ("https://calls/beta/app/calls/A1", "A1"),
            ("https://graph.microsoft.com", "nothing"),
            ("/communications/calls/A1/participants", "part"),
            ("/communications/calls/A1/operations/B2", "part"),
            ("/communications/calls", "own"),
            ("/communications/calls/", "own"),
            ("/communications/callRecords/A1", "nothing"),
            ("/users/calls", "own"),
            ("", "nothing"),
            ("/app/calls/..", "bad: Dots"),
            ("/app/calls/../users/x", "bad: Dots"),
            ("/app/calls/a/../../users/x", "bad: Dots"),
            ("/app/calls/a%2fb", "bad: Character('/')"),
            ("/app/calls/a b", "bad: Character(' ')"),
            ("/applications/../calls/a", "bad: Dots"),
            ("/app/calls//x", "bad: Empty"),
        ] {
            assert_eq!(named(text), name, "{text}");
        }
    }

    #[test]
    fn etags_are_numbers_or_nothing() {
        assert_eq!(etag_number("W/\"5445\""), Some(5445));
        assert_eq!(etag_number("\"7\""), Some(7));
        assert_eq!(etag_number("W/\"abc\""), None);
    }
}
