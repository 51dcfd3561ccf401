//! Parses Graph's error bodies as they really come: missing, empty, HTML, truncated, nested, wrapped.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::text;

/// Long enough for any error object; the rest of a body is never read.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Deeper levels of `innererror` are ignored.
const MAX_DEPTH: usize = 8;

/// The contents of an error body, cleaned for display.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceError {
    /// `error.code`, or the code inside the message; `None` if empty.
    pub code: Option<String>,
    /// `error.message`.
    pub message: Option<String>,
    /// `request-id` of the innermost error that has one.
    pub request_id: Option<String>,
    /// Set if there is an error object with both a `code` and a `message`, even if empty: gateways send other shapes.
    pub is_graph: bool,
    /// `state`, if the body is that of a call.
    pub state: Option<String>,
    wrapped: Option<Wrapped>,
}

/// Parses an error body. A truncated body gives what came before the cut.
pub fn parse(body: &[u8]) -> ServiceError {
    let mut found = ServiceError::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    // An error here ends the parsing; what was found before it counts.
    let _ = Walk::new(&mut found, Place::Top, 0).deserialize(&mut json);
    found.unwrap_message();
    found
}

impl ServiceError {
    /// Takes code and message from the JSON in the message, where Graph often puts the actual ones.
    fn unwrap_message(&mut self) {
        let Some(inner) = self.wrapped.take() else { return };
        self.code = inner.code;
        self.message = inner.message.or(self.message.take());
    }
}

/// The code and message inside a message: `{"errorCode":"7503","message":"...","instanceAnnotations":[]}`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrapped {
    code: Option<String>,
    message: Option<String>,
}

impl Wrapped {
    fn parse(message: &str) -> Option<Self> {
        let object: Map<String, Value> = serde_json::from_str(message.trim()).ok()?;
        let text = |names: &[&str]| {
            let (_, value) =
                object.iter().find(|(key, _)| names.iter().any(|n| key.eq_ignore_ascii_case(n)))?;
            let number = || value.as_u64().map(|number| number.to_string());
            text::clean_opt(&value.as_str().map(str::to_owned).or_else(number)?)
        };
        let code = Some(text(&["errorCode", "code"])?);
        Some(Self { code, message: text(&["message", "errorMessage"]) })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Error,
    Inner,
}

/// Walks through the body and records what it finds, so that nothing is lost if the text ends early.
struct Walk<'a> {
    found: &'a mut ServiceError,
    place: Place,
    depth: usize,
    has_code: bool,
    has_message: bool,
}

impl<'a> Walk<'a> {
    fn new(found: &'a mut ServiceError, place: Place, depth: usize) -> Self {
        Self { found, place, depth, has_code: false, has_message: false }
    }

    fn within(&mut self, place: Place) -> Walk<'_> {
        Walk::new(self.found, place, self.depth + 1)
    }

    /// Handles one key and its value.
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match (self.place, key) {
            (Place::Top, "error") => map.next_value_seed(self.within(Place::Error)),
            (Place::Error | Place::Inner, "innererror") if self.depth < MAX_DEPTH => {
                map.next_value_seed(self.within(Place::Inner))
            }
            (Place::Top, "state") => keep(map, &mut self.found.state).map(drop),
            (Place::Error, "code") => {
                self.has_code = keep(map, &mut self.found.code)?;
                self.found.is_graph |= self.has_code && self.has_message;
                Ok(())
            }
            (Place::Error, "message") => {
                self.has_message = true;
                self.found.is_graph |= self.has_code;
                let value: Value = map.next_value()?;
                self.found.wrapped = value.as_str().and_then(Wrapped::parse);
                keep_value(&value, &mut self.found.message);
                Ok(())
            }
            (Place::Error | Place::Inner, "request-id") => keep(map, &mut self.found.request_id).map(drop),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// Keeps the next value if it is a string, or a number instead of one. Returns true for a string.
fn keep<'de, A: MapAccess<'de>>(map: &mut A, slot: &mut Option<String>) -> Result<bool, A::Error> {
    let value: Value = map.next_value()?;
    keep_value(&value, slot);
    Ok(value.is_string())
}

fn keep_value(value: &Value, slot: &mut Option<String>) {
    let text = match value {
        Value::String(text) => text::clean_opt(text),
        Value::Number(number) => text::clean_opt(&number.to_string()),
        _ => None,
    };
    if text.is_some() {
        *slot = text;
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of the service")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.entry(&key.to_ascii_lowercase(), &mut map)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = r#"{"error":{"code":"8522","message":"Call\u0007 not\nfound.","innerError":
        {"request-id":"r-1","innererror":{"request-id":"r-2","date":"2018-05-05T09:12:35"}}}}"#;

    fn of(code: Option<&str>, message: Option<&str>, request_id: Option<&str>) -> ServiceError {
        let owned = |t: Option<&str>| t.map(str::to_owned);
        let (code, message, request_id) = (owned(code), owned(message), owned(request_id));
        ServiceError { code, message, request_id, is_graph: true, state: None, wrapped: None }
    }

    #[test]
    fn bodies_as_they_come() {
        assert_eq!(parse(WHOLE.as_bytes()), of(Some("8522"), Some("Call not found."), Some("r-2")));
        let empty = parse(br#"{"error":{"code":"","message":null,"innerError":null}}"#);
        assert_eq!(empty, of(None, None, None));
        let odd = parse(br#"{"a":[1,{"error":{"code":"x"}}],"error":{"innererror":[7],"code":"c"}}"#);
        assert_eq!(odd, ServiceError { is_graph: false, ..of(Some("c"), None, None) });
        let cut = parse(br#"{"error":{"code":"8522","message":"Call not fo"#);
        assert_eq!(cut, of(Some("8522"), None, None));
    }

    #[test]
    fn what_is_not_graphs_is_not_taken_for_it() {
        for body in [
            "",
            "<html>502</html>",
            "{}",
            "null",
            "[]",
            r#"{"error":"no"}"#,
            r#"{"error":{"code":404,"message":"Not Found"}}"#,
            r#"{"code":"8522"}"#,
            r#"{"message":"404 not found","error":{"code":"route_not_found","type":"x"}}"#,
            "{\"error\":{\"code",
        ] {
            assert!(!parse(body.as_bytes()).is_graph, "{body}");
        }
    }

    #[test]
    fn a_code_that_is_a_number_is_shown_but_is_not_graphs() {
        let error = parse(br#"{"error":{"code":7504,"message":"m"}}"#);
        assert_eq!((error.code.as_deref(), error.is_graph), (Some("7504"), false));
    }

    #[test]
    fn masks_an_echoed_token() {
        text::register_secret("s3cret");
        let error = parse(br#"{"error":{"code":"s3cret","message":"bad s3cret"}}"#);
        assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("***"), Some("bad ***")));
    }

    #[test]
    fn unwraps_the_code_inside_the_message() {
        for inner in [
            r#"{"errorCode":"7503","message":"Not registered.","instanceAnnotations":[]}"#,
            r#"{"ErrorCode":"7503","Message":"Not registered."}"#,
            r#" {"errorCode":7503,"errorMessage":"Not\u0007 registered."}"#,
        ] {
            let body = serde_json::json!({"error": {"code": "UnknownError", "message": inner}}).to_string();
            assert_eq!(parse(body.as_bytes()), of(Some("7503"), Some("Not registered."), None), "{inner}");
        }
        for other in [r#"{"message":"no code"}"#, "{not json", "[1]", "plain"] {
            let body = serde_json::json!({"error": {"message": other, "code": "UnknownError"}}).to_string();
            assert_eq!(parse(body.as_bytes()), of(Some("UnknownError"), Some(other), None), "{other}");
        }
    }

    #[test]
    fn the_state_of_a_call_is_read() {
        let state = parse(br#"{"@odata.type":"x","state":"established","error":null}"#).state;
        assert_eq!(state.as_deref(), Some("established"));
    }

    #[test]
    fn nesting_without_end_is_survived() {
        let deep = format!("{{\"error\":{}", "{\"innererror\":".repeat(10_000));
        assert_eq!(parse(deep.as_bytes()), ServiceError::default());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_a_cut_never_changes_what_stood_before_it(at in 0..WHOLE.len()) {
            let cut = parse(&WHOLE.as_bytes()[..at]);
            let whole = parse(WHOLE.as_bytes());
            prop_assert!(cut.code.is_none() || cut.code == whole.code);
            prop_assert!(cut.message.is_none() || cut.message == whole.message);
        }

        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse(&body);
        }
    }
}
