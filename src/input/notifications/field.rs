//! The names in a JSON object that matter.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

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
