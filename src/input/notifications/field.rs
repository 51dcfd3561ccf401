//! The names in a JSON object that matter.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A name in a JSON object, matched without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    ChangeType,
    Resource,
    ResourceUrl,
    ResourceData,
    /// Where the calling SDK keeps the fields that its own types do not have.
    AdditionalData,
    OdataId,
    OdataType,
    OdataEtag,
    Id,
    State,
    TenantId,
    /// A time, with its rank: the lower one is preferred.
    Time(u8),
    Other,
}

impl Field {
    fn from_name(name: &str) -> Self {
        // Compared by length first: this runs for every name in a gigabyte.
        let known: &[(&str, Self)] = match name.len() {
            2 => &[("id", Self::Id), ("ts", Self::Time(3)), ("@t", Self::Time(4))],
            4 => &[("time", Self::Time(0))],
            5 => &[("state", Self::State)],
            8 => &[("resource", Self::Resource), ("tenantId", Self::TenantId)],
            9 => &[
                ("@odata.id", Self::OdataId),
                ("timestamp", Self::Time(1)),
                ("eventTime", Self::Time(6)),
                ("odataType", Self::OdataType),
            ],
            10 => &[("changeType", Self::ChangeType), ("@timestamp", Self::Time(2))],
            11 => &[
                ("resourceUrl", Self::ResourceUrl),
                ("@odata.type", Self::OdataType),
                ("@odata.etag", Self::OdataEtag),
            ],
            12 => &[("resourceData", Self::ResourceData)],
            13 => &[("TimeGenerated", Self::Time(5))],
            14 => &[("additionalData", Self::AdditionalData)],
            _ => &[],
        };
        known
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(Self::Other, |(_, field)| *field)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Field;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
                Ok(Field::from_name(name))
            }
        }
        json.deserialize_str(Name)
    }
}
