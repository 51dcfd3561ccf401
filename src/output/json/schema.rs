//! The JSON Schema of every JSON form: one file, a definition per form.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::document::DocumentView;
use super::{CheckView, LogLine, ResultView};

/// Returns the schema (2020-12) of all forms. It allows unknown fields: a later version may add some.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let forms = [
        generator.subschema_for::<DocumentView<'_>>(),
        generator.subschema_for::<LogLine<'_>>(),
        generator.subschema_for::<ResultView<'_>>(),
        generator.subschema_for::<CheckView<'_>>(),
    ];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON output of hangup",
        "anyOf": forms,
        "$defs": generator.take_definitions(true),
    })
}
