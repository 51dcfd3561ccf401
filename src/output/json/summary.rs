//! The summary at the end of `-o json`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::fields::millis;
use crate::model::outcome::{Counts, LeftAlone, Outcome, Summary};
use crate::text::shown;

/// The summary of a run.
#[derive(Debug, serde::Serialize, JsonSchema)]
#[schemars(rename = "summary")]
pub struct SummaryView<'a> {
    total: u64,
    counts: CountsView,
    duplicates: u64,
    input_complete: bool,
    stopped: Option<Cow<'a, str>>,
    retry_after_seconds: Option<u64>,
    already_done: u64,
    left_alone: LeftAloneView,
    duration_ms: u64,
    exit_code: u8,
    sandbox: bool,
    base_url: &'a str,
}

impl<'a> SummaryView<'a> {
    pub fn new(summary: &'a Summary) -> Self {
        Self {
            total: summary.counts.total(),
            counts: CountsView(summary.counts),
            duplicates: summary.duplicates,
            input_complete: summary.input_complete,
            stopped: summary.stopped.as_deref().map(shown),
            // Rounded up: a script that waits this long must not come back too early.
            retry_after_seconds: summary.retry_after.map(|wait| millis(wait).div_ceil(1000)),
            already_done: summary.already_done,
            left_alone: LeftAloneView::from(summary.left_alone),
            duration_ms: millis(summary.duration),
            exit_code: summary.exit.code(),
            sandbox: summary.sandbox,
            base_url: &summary.base_url,
        }
    }
}

#[derive(Debug, serde::Serialize, JsonSchema)]
#[schemars(rename = "left_alone")]
struct LeftAloneView {
    no_time: u64,
    too_young: u64,
    other_tenant: u64,
    unknown_tenant: u64,
}

impl From<LeftAlone> for LeftAloneView {
    fn from(LeftAlone { no_time, too_young, other_tenant, unknown_tenant }: LeftAlone) -> Self {
        Self { no_time, too_young, other_tenant, unknown_tenant }
    }
}

/// Every outcome by its name with `_` for `-`, so that `jq .summary.counts.not_found` works; zeros too.
#[derive(Debug)]
struct CountsView(Counts);

fn key(outcome: Outcome) -> String {
    outcome.name().replace('-', "_")
}

impl Serialize for CountsView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Outcome::ALL.iter().map(|outcome| (key(*outcome), self.0.of(*outcome))))
    }
}

impl JsonSchema for CountsView {
    fn schema_name() -> Cow<'static, str> {
        "counts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let count = || json!({"type": "integer", "minimum": 0});
        let properties: Map<String, Value> = Outcome::ALL.iter().map(|it| (key(*it), count())).collect();
        json_schema!({"type": "object", "properties": properties, "required": Outcome::ALL.map(key)})
    }
}
