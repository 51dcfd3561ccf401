//! An answer of the service: the body of an error, and `Retry-After` with `Date`. What is shown of it is clean,
//! short and without the token; what is cut off says no more than the whole.
#![no_main]

use std::time::{Duration, SystemTime};

use hangup::internals::parse_retry_after;
use hangup::internals::parse_error_body as parse;
use hangup::internals::{MAX_SHOWN, register_secret};
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "token-that-is-never-shown-0123456789";

fn check_body(body: &[u8]) {
    register_secret(TOKEN);
    let found = parse(body);
    for shown in [&found.code, &found.message, &found.request_id, &found.state].into_iter().flatten() {
        assert!(!shown.is_empty() && shown.chars().count() <= MAX_SHOWN + 1, "{shown:?}");
        assert!(!shown.contains(char::is_control) && !shown.contains(TOKEN), "{shown:?}");
    }
    let cut = parse(&body[..body.len() / 2]);
    assert!(found.is_graph || !cut.is_graph || found.code.is_some(), "what stood before a cut still stands");
}

fn check_retry_after(bytes: &[u8]) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let (value, date) = text.split_once('\n').map_or((&*text, None), |(value, date)| (value, Some(date)));
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let wait = parse_retry_after(value, date, now);
    if let Ok(seconds) = value.trim().parse::<u16>()
        && value.trim().bytes().all(|b| b.is_ascii_digit())
    {
        assert_eq!(wait, Some(Duration::from_secs(seconds.into())));
    }
    assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(u32::MAX.into())));
}

fuzz_target!(|bytes: &[u8]| {
    check_body(bytes);
    check_retry_after(bytes);
});
