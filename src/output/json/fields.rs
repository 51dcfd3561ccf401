//! Types of single JSON fields, and how the schema describes them.

use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, Serializer};

use crate::model::outcome::Outcome;
use crate::model::route::Route;

/// A time in UTC by RFC 3339, always to the millisecond, so that texts sort as times do.
#[derive(Debug)]
pub struct Utc(pub Timestamp);

impl Serialize for Utc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// Serializes anything by its `Display`.
#[derive(Debug)]
pub struct AsText<T>(pub T);

impl<T: Display> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

const UTC: &str = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$";

pub(super) fn utc(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": UTC})
}

pub(super) fn utc_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": UTC})
}

pub(super) fn uuid_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    })
}

pub(super) fn app_id_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "minLength": 1})
}

pub(super) fn status_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["integer", "null"], "minimum": 100, "maximum": 999})
}

pub(super) fn source_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": r":\d+$"})
}

pub(super) fn outcome(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": Outcome::ALL.map(Outcome::name)})
}

pub(super) fn route_or_null(_: &mut SchemaGenerator) -> Schema {
    let names = [Route::App, Route::Applications, Route::Communications].map(Route::name);
    json_schema!({"enum": [names[0], names[1], names[2], null]})
}
