//! The published JSON Schema, against which every JSON output that the suite sees is checked.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../completions/hangup.schema.json");

static FORMS: LazyLock<HashMap<String, Validator>> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let definitions = &schema["$defs"];
    let validator = |form: &str| {
        let one = json!({"$ref": format!("#/$defs/{form}"), "$defs": definitions});
        jsonschema::draft202012::new(&one).unwrap()
    };
    definitions.as_object().unwrap().keys().map(|form| (form.clone(), validator(form))).collect()
});

/// Returns what is wrong with `value` as `form` (`document`, `result`, `log_line`, ...).
pub fn violations(form: &str, value: &Value) -> Vec<String> {
    FORMS[form].iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Fails unless `value` is a valid `form`.
#[track_caller]
pub fn assert_valid(form: &str, value: &Value) {
    let violations = violations(form, value);
    assert!(violations.is_empty(), "no valid {form}: {violations:#?}\n{value:#}");
}
