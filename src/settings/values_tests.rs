//! One value at a time: durations, URLs, headers, words.

use std::time::Duration;

use proptest::prelude::*;

use crate::model::route::{Route, RouteChoice};
use crate::settings::headers::parse_line;
use crate::settings::urls::{authority, base_url};
use crate::settings::values::{app_id, boolean, cloud, duration, tenant_guid, time_limit, word};

#[test]
fn durations_have_units_or_are_seconds() {
    for (text, millis) in [
        ("90s", 90_000),
        ("2m", 120_000),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        ("250ms", 250),
        ("90", 90_000),
        (" 90 ", 90_000),
        ("1.5", 1_500),
        ("0", 0),
        ("0s", 0),
    ] {
        assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
    }
    for text in ["", " ", "s", "-1", "-1s", "90 parsecs", "1e3", "inf", "nan", "1.2.3", ".", "soon", "１"] {
        assert!(duration(text).unwrap_err().contains("90s, 2m or 1h30m"), "{text}");
    }
    assert!(duration("101years").unwrap_err().contains("100 years"));
    assert!(duration("99999999999999999999999999").is_err());
    assert!(time_limit("0").is_err() && time_limit("0s").is_err() && time_limit("1ms").is_ok());
}

#[test]
fn booleans_are_the_usual_words() {
    for (text, is) in [("1", true), ("TRUE", true), ("yes", true), ("On", true), ("0", false), ("off", false)]
    {
        assert_eq!(boolean(text), Ok(is));
    }
    assert!(["2", "y", "maybe"].iter().all(|text| boolean(text).is_err()));
}

#[test]
fn words_are_suggested() {
    assert_eq!(word("app"), Ok(RouteChoice::Pinned(Route::App)));
    assert!(word::<RouteChoice>("aplications").unwrap_err().contains("did you mean `applications`?"));
    assert!(!cloud("mars").unwrap_err().contains("china"));
    assert!(cloud("china").unwrap_err().contains("no call deletion"));
    assert!(app_id("a/b").unwrap_err().contains("invalid app ID `a/b`"));
}

#[test]
fn base_urls_are_https_or_on_this_machine() {
    for (given, taken) in [
        ("https://graph.microsoft.com", "https://graph.microsoft.com"),
        ("https://graph.microsoft.com/", "https://graph.microsoft.com"),
        ("HTTPS://Proxy.Example:8443/graph//", "https://proxy.example:8443/graph"),
        ("https://proxy.example/v1.0", "https://proxy.example/v1.0"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST/x", "http://localhost/x"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.9.8.7:1", "http://127.9.8.7:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        (" https://x.example ", "https://x.example"),
    ] {
        assert_eq!(base_url(given).as_deref(), Ok(taken), "{given}");
    }
    for (given, why) in [
        ("http://example.com", "loopback"),
        ("http://localhost.example.com", "loopback"),
        ("http://127.0.0.1.example.com", "loopback"),
        ("http://localhost.", "loopback"),
        ("http://0.0.0.0", "loopback"),
        ("http://[::ffff:127.0.0.1]", "loopback"),
        ("http://[::]", "loopback"),
        ("http://10.0.0.1", "loopback"),
        ("http://localhost@example.com", "user name"),
        ("https://me:s3cret@example.com", "user name"),
        ("https://@example.com", "user name"),
        ("https://example.com?x", "query"),
        ("https://example.com/?", "query"),
        ("https://example.com#", "fragment"),
        ("ftp://example.com", "https"),
        ("file:///etc/passwd", "host"),
        ("example.com", "https://"),
        ("localhost:8080", "https://"),
        ("https:example.com", "https://"),
        ("https://", "URL"),
        ("https:///x", "host"),
        ("https:// example.com", "spaces"),
        ("https://example.com\\@x", "backslashes"),
        ("https://exa\tmple.com", "spaces"),
        ("https://graph.microsoft.com/v1.0", "--api-version"),
        ("https://graph.microsoft.us/beta/", "--api-version"),
        ("", "https://"),
    ] {
        let message = base_url(given).unwrap_err();
        assert!(message.contains(why), "{given}: {message}");
        assert!(!message.contains("s3cret"));
    }
}

#[test]
fn an_authority_is_a_host_or_its_https_url() {
    assert_eq!(authority("login.example").as_deref(), Ok("https://login.example"));
    assert_eq!(authority("https://login.example/").as_deref(), Ok("https://login.example"));
    for bad in ["http://login.example", "http://localhost", "a b", "https://me@login.example", ""] {
        assert!(authority(bad).is_err(), "{bad}");
    }
}

#[test]
fn headers_are_checked_and_never_shown() {
    let read = |line| parse_line(line).map(|(name, value)| format!("{name}={}", value.to_str().unwrap()));
    assert_eq!(read("If-Match:W/\"a:b\"").as_deref(), Ok("if-match=W/\"a:b\""));
    assert_eq!(read(" Scenario-Id :  x y ").as_deref(), Ok("scenario-id=x y"));
    assert_eq!(read("X-Empty:").as_deref(), Ok("x-empty="));
    for name in [
        "Authorization",
        "Host",
        "CONTENT-LENGTH",
        "client-request-id",
        "Transfer-Encoding",
        "Connection",
        "Proxy-Authorization",
        "Upgrade",
        "TE",
        "Keep-Alive",
    ] {
        let message = parse_line(&format!("{name}: s3cret")).unwrap_err();
        assert!(message.contains("cannot be set") && !message.contains("s3cret"), "{message}");
    }
    for line in
        ["s3cret", "", ": s3cret", "s3 cret: x", "X: s3\ncret", "X: s3cret\u{7f}", "X: s3crét", "s3crét: x"]
    {
        let message = parse_line(line).unwrap_err();
        assert!(!message.contains("s3"), "{message}");
    }
    assert!(parse_line("X-Api-Key: s3cret").unwrap().1.is_sensitive());
    assert!(!parse_line("If-Match: x").unwrap().1.is_sensitive());
}

proptest! {
    #[test]
    fn a_base_url_that_is_taken_is_safe_to_build_on(text in "(https?://)?[a-z0-9.:@\\[\\]/?#% \\\\-]{0,40}") {
        if let Ok(url) = base_url(&text) {
            prop_assert!(!url.ends_with('/') && !url.contains(['?', '#', ' ', '\\']), "{}", url);
            let parsed = url::Url::parse(&url).unwrap();
            prop_assert!(parsed.username().is_empty() && parsed.password().is_none(), "{}", url);
            prop_assert_eq!(base_url(&url), Ok(url.clone()));
            prop_assert!(url.starts_with("https://") || base_url(&text.replacen("http:", "https:", 1)).is_ok());
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in ".{0,60}") {
        let _ = (duration(&text), boolean(&text), base_url(&text), authority(&text), parse_line(&text));
    }
}

#[test]
fn tenant_option_takes_guids_only() {
    let guid = "2432b57b-0abd-43db-aa7b-16eadd115d34";
    assert_eq!(tenant_guid(guid).as_deref(), Ok(guid));
    assert_eq!(tenant_guid("2432B57B0ABD43DBAA7B16EADD115D34").as_deref(), Ok(guid));
    for bad in ["contoso.com", "", "2432b57b"] {
        assert!(tenant_guid(bad).is_err(), "{bad}");
    }
}
