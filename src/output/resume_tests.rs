use proptest::prelude::*;

use super::*;

const BASE: &str = "https://graph.microsoft.com";
const GUID: &str = "57dab8b1-894c-409a-b240-bd8beae78896";

fn origin(sandbox: bool) -> Origin {
    Origin { base_url: BASE.into(), sandbox }
}

fn line(id: &str, app: &str, outcome: &str, base: &str, sandbox: bool) -> String {
    format!(
        r#"{{"id":"{id}","app_id":{app},"outcome":"{outcome}","status":204,"base_url":"{base}","sandbox":{sandbox}}}"#
    )
}

fn ended(id: &str) -> String {
    line(id, "null", "ended", BASE, false)
}

fn not_found(id: &str, token: &str) -> String {
    let line = line(id, "null", "not-found", BASE, false);
    format!("{},{token}}}", line.trim_end_matches('}'))
}

fn key(text: &str) -> CallKey {
    CallRef::parse(text).unwrap().key()
}

fn read(log: impl AsRef<[u8]>) -> SettledCalls {
    SettledCalls::read_lines(log.as_ref(), &origin(false)).unwrap()
}

#[test]
fn settles_ended_calls_of_the_same_service() {
    let table = [
        (ended("a"), Some("a")),
        (line("a", r#""x""#, "ended", BASE, false), Some("/applications/x/calls/a")),
        (ended("57DAB8B1894C409AB240BD8BEAE78896"), Some(GUID)),
        (line("a", "null", "ended", "https://graph.microsoft.us", false), None),
        (line("a", "null", "ended", BASE, true), None),
        (line("a", "null", "still-active", BASE, false), None),
        (line("a", "null", "failed", BASE, false), None),
        (line("a", "null", "skipped", BASE, false), None),
        (line("../x", "null", "ended", BASE, false), None),
        (line("a", r#""..""#, "ended", BASE, false), None),
        (r#"{"id":"a","outcome":"ended"}"#.into(), None),
        (r#"{"id":["a"],"outcome":"ended","base_url":"","sandbox":false}"#.into(), None),
        ("[".repeat(100_000), None),
        ("null".into(), None),
        (String::new(), None),
    ];
    for (line, call) in table {
        assert_eq!(read(&line).ended, call.map(key).into_iter().collect(), "{line:.100}");
    }
    let mut sandbox = SettledCalls::default();
    assert!(sandbox.add(line("a", "null", "ended", BASE, true).as_bytes(), &origin(true)));
    assert!(sandbox.is_ended(&key("a")));
}

#[test]
fn not_found_is_settled_for_one_token() {
    let token = r#""token_app_id":"app","token_tenant_id":"tenant""#;
    let identity = TokenIdentity { app_id: "app".into(), tenant_id: "tenant".into() };
    let mut settled = read(not_found(GUID, token));
    assert_eq!(settled.not_found_with(&key(GUID)), Some(&identity));
    assert!(!settled.is_ended(&key(GUID)));
    settled.forget_not_found();
    assert_eq!(settled.not_found_with(&key(GUID)), None);
    for line in [
        not_found(GUID, r#""token_app_id":"app","token_tenant_id":null"#),
        line(GUID, "null", "not-found", BASE, false),
        not_found("junk", token),
    ] {
        assert!(read(&line).not_found.is_empty(), "{line}");
    }
}

#[test]
fn tells_a_log_without_usable_lines() {
    assert!(!read("").is_unusable);
    assert!(!read(ended("a")).is_unusable);
    assert!(!read(line("a", "null", "failed", BASE, false)).is_unusable);
    assert!(read("\n").is_unusable);
    assert!(read(line("a", "null", "ended", BASE, true)).is_unusable);
}

#[test]
fn ignores_cut_foreign_binary_and_huge_lines() {
    let mut log = Vec::new();
    for part in [
        ended("a").as_bytes(),
        b"\n\n\xff\xfe\0\x01 binary \n2026-01-01 a line of another program\r\n",
        ended("b").as_bytes(),
        b"\r\n",
        "x".repeat(3 * MAX_LINE).as_bytes(),
        b"\n",
        " ".repeat(MAX_LINE - 1).as_bytes(),
        b"\n",
        &ended("cut").as_bytes()[..40],
        b"\n",
        ended("c").as_bytes(),
    ] {
        log.extend_from_slice(part);
    }
    assert_eq!(read(log).ended, ["a", "b", "c"].map(key).into());
}

#[test]
fn a_line_that_is_too_long_is_not_taken_for_two() {
    assert!(read("x".repeat(MAX_LINE) + &ended("a") + "\n").ended.is_empty());
}

#[test]
fn missing_logs_are_empty_and_unreadable_ones_an_error() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        SettledCalls::read(&dir.path().join("none"), &origin(false)).unwrap(),
        SettledCalls::default()
    );
    assert!(SettledCalls::read(dir.path(), &origin(false)).is_err());
}

#[test]
fn recognizes_its_own_first_line() {
    let is_log = |text: &str| starts_with_result(text.as_bytes()).unwrap();
    assert!(is_log("") && is_log(&ended("a")) && is_log(&(ended("a") + "\nanything")));
    assert!(is_log(r#"{"id":"a","outco"#), "cut by a crash");
    assert!(!is_log("57dab8b1-894c-409a-b240-bd8beae78896\n"));
    assert!(!is_log("{\"id\":\"a\"}\n") && !is_log("{\"results\":[\n") && !is_log("\n"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(SettledCalls::read_lines(bytes.as_slice(), &origin(false)).is_ok());
        prop_assert!(starts_with_result(bytes.as_slice()).is_ok());
    }

    #[test]
    fn a_cut_line_names_no_call(end in 0usize..100) {
        let whole = ended("a");
        prop_assert!(read(&whole.as_bytes()[..end.min(whole.len() - 1)]).ended.is_empty());
    }
}
