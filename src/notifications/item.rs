//! What one notification says: of which call, and whether it ends it.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::stamp::Stamp;
use super::walk::{Value, Wanted};
use crate::call::{BadCall, CallRef};

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
        const KEYS: [(&str, Key); 13] = [
            ("changeType", Key::ChangeType),
            ("resource", Key::Resource),
            ("resourceUrl", Key::ResourceUrl),
            ("resourceData", Key::ResourceData),
            ("@odata.id", Key::OdataId),
            ("@odata.type", Key::OdataType),
            ("@odata.etag", Key::OdataEtag),
            ("id", Key::Id),
            ("state", Key::State),
            ("time", Key::Time(0)),
            ("timestamp", Key::Time(1)),
            ("@timestamp", Key::Time(2)),
            ("ts", Key::Time(3)),
        ];
        KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Key::Other, |(_, key)| *key)
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
            items.iter_mut().for_each(|item| item.time = item.time.or(time));
        }
    }

    /// The object as an entity.
    pub(super) fn into_entity(self) -> Entity<'de> {
        self.own
    }

    fn subject(&self, change: &str, entity: &Entity<'_>) -> Option<Subject> {
        let named = [&entity.odata_id, &self.url, &self.resource];
        let mut call = None;
        let mut bad = None;
        for text in named.into_iter().flatten() {
            match place(text) {
                Some(Ok(Place::Part)) => return Some(Subject::Part),
                // A path that names the application says more than one that does not.
                Some(Ok(Place::Call(found))) if found.app_id.is_some() => call = Some(found),
                Some(Ok(Place::Call(found))) => call = call.or(Some(found)),
                Some(Ok(Place::All)) => match CallRef::parse(entity.id.as_deref().unwrap_or_default()) {
                    Ok(found) => call = call.or(Some(found)),
                    Err(why) => bad = bad.or_else(|| Some((entity.id.as_deref()?.to_owned(), why))),
                },
                Some(Err(why)) => bad = bad.or_else(|| Some((text.to_string(), why))),
                None => {}
            }
        }
        match (call, bad) {
            _ if !entity.is_call() => Some(Subject::Part),
            (Some(call), _) => Some(Subject::Call(sighting(call, change, entity))),
            (None, Some((text, why))) => Some(Subject::Bad { text, why }),
            (None, None) => None,
        }
    }
}

fn sighting(call: CallRef, change: &str, entity: &Entity<'_>) -> Sighting {
    let state = entity.state.as_deref();
    let terminated = state.is_some_and(|state| state.trim().eq_ignore_ascii_case("terminated"));
    Sighting {
        call,
        ended: terminated || change.trim().eq_ignore_ascii_case("deleted"),
        state: state
            .map(|state| crate::text::clean(state, 40).into())
            .filter(|state: &Box<str>| !state.is_empty()),
        etag: entity.etag.as_deref().and_then(etag_number),
    }
}

/// `W/"5445"`: an etag that is no number says nothing of order.
fn etag_number(etag: &str) -> Option<u64> {
    etag.trim().trim_start_matches("W/").trim_matches('"').parse().ok()
}

/// What a path names.
enum Place {
    /// A call.
    Call(CallRef),
    /// Something below a call.
    Part,
    /// All calls: the entity's id says which.
    All,
}

/// Reads a resource's path or URL; `None` where it has nothing to do with calls.
fn place(text: &str) -> Option<Result<Place, BadCall>> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let path =
        path.split_once("://").map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let segments: Vec<&str> = path.split('/').collect();
    let calls = segments.iter().position(|segment| segment.eq_ignore_ascii_case("calls"))?;
    let (id, below) = segments[calls + 1..].split_first().unwrap_or((&"", &[]));
    if id.is_empty() && below.is_empty() {
        return Some(Ok(Place::All));
    }
    let spelled = match segments[..calls] {
        [.., applications, app] if applications.eq_ignore_ascii_case("applications") => {
            format!("/applications/{app}/calls/{id}")
        }
        _ => format!("/calls/{id}"),
    };
    Some(CallRef::parse(&spelled).and_then(|call| {
        if below.iter().any(|segment| matches!(*segment, "." | "..")) {
            return Err(BadCall::Dots);
        }
        Ok(if below.iter().all(|segment| segment.is_empty()) { Place::Call(call) } else { Place::Part })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> String {
        match place(text) {
            None => "nothing".into(),
            Some(Err(why)) => format!("bad: {why:?}"),
            Some(Ok(Place::All)) => "all".into(),
            Some(Ok(Place::Part)) => "part".into(),
            Some(Ok(Place::Call(call))) => match call.app_id {
                Some(app) => format!("{app} {}", call.id),
                None => call.id.to_string(),
            },
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
            ("/communications/calls", "all"),
            ("/communications/calls/", "all"),
            ("/communications/callRecords/A1", "nothing"),
            ("/users/calls", "all"),
            ("", "nothing"),
            ("/app/calls/..", "bad: Dots"),
            ("/app/calls/../users/x", "bad: Dots"),
            ("/app/calls/a/../../users/x", "bad: Dots"),
            ("/app/calls/a%2fb", "bad: Character('/')"),
            ("/app/calls/a b", "bad: Character(' ')"),
            ("/applications/../calls/a", "bad: Dots"),
            ("/app/calls//x", "bad: NotACallPath"),
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
