//! Finds notifications in one JSON document, at any depth, without building the document.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::entity::{Entity, Value, Wanted};
use super::entry_time::{EntryTime, looks_like_object};
use super::json_stream::ParseResult;
use super::notification::{Notification, Object};
use super::timestamp::RawTimestamp;

/// How deep documents may nest, through strings that hold documents too.
const MAX_DEPTH: u32 = 120;
/// What a string that holds documents counts for in depth: three within each other are enough.
const STRING_DEPTH: u32 = 30;
/// How many broken documents in one string are passed over before the rest of it is given up.
const MAX_MISSES: u32 = 8;
/// The same over all strings of a document: without it, strings in strings would multiply the reading.
const MAX_REREADS: u32 = 64;

/// Reads the document at the beginning of `text`, and adds the notifications in it to `found`.
pub(super) fn document(text: &str, found: &mut Vec<Notification>) -> ParseResult {
    let mut rereads = MAX_REREADS;
    walk_document(text, Walk { found, rereads: &mut rereads, wanted: Wanted::Notifications, depth: 0 }).0
}

fn walk_document<'t>(text: &'t str, walk: Walk<'_>) -> (ParseResult, Option<Value<'t>>) {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = walk.deserialize(&mut json);
    // Only its stream knows where a deserializer stands.
    let length = json.into_iter::<IgnoredAny>().byte_offset();
    match read {
        Ok(value) => (ParseResult::Complete(length), Some(value)),
        Err(e) if e.is_eof() => (ParseResult::Incomplete, None),
        Err(_) => (ParseResult::Broken(length), None),
    }
}

/// The walk through one value.
struct Walk<'a> {
    found: &'a mut Vec<Notification>,
    /// How many broken documents in strings may still be passed over in the whole document.
    rereads: &'a mut u32,
    wanted: Wanted,
    depth: u32,
}

impl Walk<'_> {
    fn part(&mut self, wanted: Wanted) -> Walk<'_> {
        Walk { found: self.found, rereads: self.rereads, wanted, depth: self.depth + 1 }
    }

    /// Looks for documents in a string: loggers escape bodies, some of them twice, some with words before.
    fn look_into(&mut self, text: &str) -> Vec<Entity<'static>> {
        let mut entities = Vec::new();
        let mut at = 0;
        let mut misses = 0;
        // The time in front serves the first document only.
        let mut serves = true;
        while let Some(next) = next_document(&text[at..], at == 0) {
            at += next;
            let before = self.found.len();
            let part = Walk {
                found: self.found,
                rereads: self.rereads,
                wanted: self.wanted,
                depth: self.depth + STRING_DEPTH,
            };
            let (result, value) = walk_document(&text[at..], part);
            if let Some(Value::Entities(found)) = value {
                entities.extend(found.into_iter().map(Entity::into_owned));
            }
            if serves && before < self.found.len() {
                let time = EntryTime::in_text(&text[..at]);
                for one in &mut self.found[before..] {
                    one.text_time = one.text_time.max(time);
                }
            }
            serves &= !looks_like_object(&text.as_bytes()[at..]);
            if let ParseResult::Complete(length) = result {
                at += length;
                continue;
            }
            at += 1;
            misses += 1;
            *self.rereads = self.rereads.saturating_sub(1);
            if misses == MAX_MISSES || *self.rereads == 0 {
                break;
            }
        }
        entities
    }

    fn text(mut self, text: &str) -> Value<'static> {
        let holds_document =
            self.depth + STRING_DEPTH < MAX_DEPTH && memchr::memchr(b'{', text.as_bytes()).is_some();
        if !holds_document {
            return Value::Nothing;
        }
        Value::Entities(self.look_into(text))
    }
}

/// Where in a string the next document may begin; in quotes only where they are around all of it.
fn next_document(text: &str, quotes: bool) -> Option<usize> {
    if quotes && text.trim_start().starts_with('"') {
        return Some(text.len() - text.trim_start().len());
    }
    memchr::memchr(b'{', text.as_bytes())
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom("too deep"));
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::Scalar(RawTimestamp::Number(number)))
    }

    // Times are far below the numbers that a double cannot hold.
    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        // Negative: a time before 1970 is none.
        Ok(Value::Nothing)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        match self.wanted {
            Wanted::Scalar => Ok(Value::Scalar(RawTimestamp::Text(Cow::Borrowed(text)))),
            _ => Ok(self.text(text)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match self.wanted {
            Wanted::Scalar => Ok(Value::Scalar(RawTimestamp::Text(Cow::Owned(text.to_owned())))),
            _ => Ok(self.text(text)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        // A list where one scalar is expected is no scalar.
        let wanted = if self.wanted == Wanted::Entities { Wanted::Entities } else { Wanted::Notifications };
        let mut entities = Vec::new();
        while let Some(value) = list.next_element_seed(self.part(wanted))? {
            if let Value::Entities(found) = value {
                entities.extend(found);
            }
        }
        Ok(Value::Entities(entities))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = self.found.len();
        let mut object = Object::default();
        while let Some(field) = map.next_key()? {
            let value = map.next_value_seed(self.part(Object::wants(field)))?;
            object.put(field, value);
        }
        object.add_notifications(self.found);
        object.set_time(&mut self.found[first..]);
        Ok(match self.wanted {
            Wanted::Fields => Value::Fields(Box::new(object.into_fields())),
            Wanted::Entities => Value::Entities(vec![object.into_entity()]),
            _ => Value::Nothing,
        })
    }
}
