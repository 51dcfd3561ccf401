//! Finds notifications in one JSON document, at any depth, without building the document.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json_stream::ParseResult;
use super::notification::{Entity, Item, Object};
use super::timestamp::RawTimestamp;

/// How deep documents may nest, through strings that hold documents too.
const MAX_DEPTH: u32 = 120;
/// What a string that holds documents counts for in depth: three within each other are enough.
const STRING_DEPTH: u32 = 30;
/// How often a document is looked for in vain in one string.
const MAX_MISSES: u32 = 8;

/// Reads the document at the beginning of `text`, and adds the notifications in it to `items`.
pub(super) fn document(text: &str, items: &mut Vec<Item>) -> ParseResult {
    walk_document(text, Walk { items, wanted: Wanted::Notifications, depth: 0 }).0
}

fn walk_document<'t>(text: &'t str, walk: Walk<'_>) -> (ParseResult, Option<Value<'t>>) {
    let mut json = serde_json::Deserializer::from_str(text);
    match walk.deserialize(&mut json) {
        // Only its stream tells where a deserializer stands.
        Ok(value) => (ParseResult::Whole(json.into_iter::<IgnoredAny>().byte_offset()), Some(value)),
        Err(e) if e.is_eof() => (ParseResult::Cut, None),
        Err(_) => (ParseResult::Broken, None),
    }
}

/// What is wanted of a value, besides the notifications within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Nothing.
    Notifications,
    /// The value itself, if it is a text or a number.
    Scalar,
    /// The entity or entities that it describes: `resourceData`.
    Entities,
}

/// What was wanted of a value, where it was there.
#[derive(Debug)]
pub(super) enum Value<'de> {
    Nothing,
    Scalar(RawTimestamp<'de>),
    Entities(Vec<Entity<'de>>),
}

/// The walk through one value.
struct Walk<'a> {
    items: &'a mut Vec<Item>,
    wanted: Wanted,
    depth: u32,
}

impl Walk<'_> {
    fn part(&mut self, wanted: Wanted) -> Walk<'_> {
        Walk { items: self.items, wanted, depth: self.depth + 1 }
    }

    /// Looks for documents in a string: loggers escape bodies, some of them twice, some with words before.
    fn look_into(&mut self, text: &str) -> Vec<Entity<'static>> {
        let mut entities = Vec::new();
        let mut at = 0;
        let mut misses = 0;
        while let Some(next) = next_document(&text[at..], at == 0) {
            at += next;
            let part = Walk { items: self.items, wanted: self.wanted, depth: self.depth + STRING_DEPTH };
            let (tried, value) = walk_document(&text[at..], part);
            if let Some(Value::Entities(found)) = value {
                entities.extend(found.into_iter().map(Entity::into_owned));
            }
            if let ParseResult::Whole(length) = tried {
                at += length;
            } else {
                at += 1;
                misses += 1;
            }
            if misses == MAX_MISSES {
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
        let first = self.items.len();
        let mut object = Object::default();
        while let Some(key) = map.next_key()? {
            let value = map.next_value_seed(self.part(Object::wants(key)))?;
            object.put(key, value);
        }
        object.notify(self.items);
        object.date(&mut self.items[first..]);
        Ok(match self.wanted {
            Wanted::Entities => Value::Entities(vec![object.into_entity()]),
            _ => Value::Nothing,
        })
    }
}
