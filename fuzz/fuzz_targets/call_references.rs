//! A call as somebody names it: whatever stands there, the URL's path has the segments that the route has.
#![no_main]

use hangup::internals::{Item, LineContext, parse_line};
use hangup::internals::CallRef;
use hangup::internals::{find_call, shown_input};
use hangup::internals::Source;
use hangup::internals::{Route, call_path as path};
use libfuzzer_sys::fuzz_target;

fn is_safe(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b);
    !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
}

fn check_path(route: Route, call: &CallRef) {
    let segments = 3 + usize::from(route == Route::Applications) + 1;
    let path = path(route, None, call);
    assert_eq!(path.is_none(), route == Route::Applications && call.app_id.is_none());
    let Some(path) = path else { return };
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    assert_eq!(parts.len(), segments, "{path}");
    assert!(parts.iter().all(|part| is_safe(part)), "{path}");
}

fn check(text: &str) {
    match find_call(text) {
        Ok(found) => {
            let call = found.call;
            for route in [Route::App, Route::Applications, Route::Communications] {
                check_path(route, &call);
            }
            let again = CallRef::parse(call.id.as_str()).expect("an id names its call");
            assert_eq!(again.id, call.id);
            let (spelled, other) = (call.id.as_str(), call.id.as_str().to_uppercase());
            let same = CallRef::parse(&other).is_ok_and(|other| other.key() == again.key());
            let guid = spelled.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
            assert!(!same || guid || spelled == other, "case counts but in GUIDs: {spelled}");
        }
        Err(why) => {
            let said = format!("{}: {why}", shown_input(text));
            assert!(said.len() < 1000 && !said.contains(char::is_control), "{said:?}");
        }
    }
}

fuzz_target!(|line: &[u8]| {
    check(&String::from_utf8_lossy(line));
    for first in [true, false] {
        let (context, mut items) = (LineContext::default(), Vec::new());
        parse_line(line, first, &context, || Source { file: "list".into(), line: 1 }, &mut items);
        for item in items {
            let Item::Invalid { text, why, .. } = item else { continue };
            assert!(!text.contains(char::is_control) && !why.contains(char::is_control), "{text:?} {why:?}");
        }
    }
});
