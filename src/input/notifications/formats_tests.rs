//! Log formats as bots write them, and the shortcut of the stream, which must not change any result.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::day_log::{Format, day_log};
use crate::input::notifications::{ActiveCallReport, ActiveCalls, FileReport};
use crate::model::outcome::LeftAlone;

const LIVE: &str = "57dab8b1-894c-409a-b240-bd8beae78896";
const TENANT: &str = "2432b57b-0abd-43db-aa7b-16eadd115d34";

/// Files in `tests/data/notifications` with the same events, in different formats.
const SAME_EVENTS: [(&str, &[u8]); 7] = [
    ("sdk-text.log", include_bytes!("../../../tests/data/notifications/sdk-text.log")),
    ("logger-prefixed.log", include_bytes!("../../../tests/data/notifications/logger-prefixed.log")),
    ("tab-separated.log", include_bytes!("../../../tests/data/notifications/tab-separated.log")),
    ("serilog.clef", include_bytes!("../../../tests/data/notifications/serilog.clef")),
    ("azure-monitor.jsonl", include_bytes!("../../../tests/data/notifications/azure-monitor.jsonl")),
    ("sdk-camel.jsonl", include_bytes!("../../../tests/data/notifications/sdk-camel.jsonl")),
    ("sdk-pascal.jsonl", include_bytes!("../../../tests/data/notifications/sdk-pascal.jsonl")),
];

const SEEDS: [&[u8]; 7] = [
    include_bytes!("../../../tests/data/bot.jsonl"),
    include_bytes!("../../../fuzz/seeds/notifications/array"),
    include_bytes!("../../../fuzz/seeds/notifications/broken"),
    include_bytes!("../../../fuzz/seeds/notifications/new"),
    include_bytes!("../../../fuzz/seeds/notifications/old"),
    include_bytes!("../../../fuzz/seeds/notifications/quoted"),
    include_bytes!("../../../fuzz/seeds/notifications/utf16"),
];

fn now() -> Timestamp {
    "2024-07-15T16:40:07.5Z".parse().unwrap()
}

fn read(log: &[u8]) -> ActiveCalls {
    let mut calls = ActiveCalls::new(None);
    calls.read(log, &"bot.log".into(), &AtomicBool::new(false)).unwrap();
    calls
}

fn both(log: &[u8]) -> [Option<(FileReport, ActiveCallReport)>; 2] {
    let stop = AtomicBool::new(false);
    let name = "bot.log".into();
    let (mut short, mut full) = (ActiveCalls::new(None), ActiveCalls::new(None));
    let reports = [short.read(log, &name, &stop), full.read_every_line(log, &name, &stop)];
    let [short_report, full_report] = reports.map(Result::ok);
    [
        short_report.zip(Some(short.finish(None, None, now()))),
        full_report.zip(Some(full.finish(None, None, now()))),
    ]
}

#[test]
fn reads_times_states_and_tenants_of_every_format() {
    for (name, log) in SAME_EVENTS {
        let report = read(log).finish(Some(Duration::from_secs(3600)), None, now());
        let calls: Vec<_> = report.active.iter().map(|call| (call.call.id.as_str(), &call.seen)).collect();
        let [(LIVE, seen)] = calls[..] else { panic!("{name}: {report:#?}") };
        assert_eq!(seen.state, "established", "{name}");
        assert_eq!(seen.age, Some(Duration::from_secs(3600)), "{name}");
        assert_eq!(seen.tenant_id.as_deref(), Some(TENANT), "{name}");
        assert_eq!((report.ended, report.invalid.len()), (1, 0), "{name}");
        let younger = read(log).finish(Some(Duration::from_secs(3601)), None, now());
        assert_eq!(younger.left_alone, LeftAlone { too_young: 1, ..LeftAlone::default() }, "{name}");
    }
}

#[test]
fn filters_by_tenant() {
    let (_, log) = SAME_EVENTS[0];
    let left = |tenant: &str| {
        let report = read(log).finish(Some(Duration::from_secs(60)), Some(tenant), now());
        (report.active.len(), report.left_alone)
    };
    assert_eq!(left(&TENANT.to_uppercase()), (1, LeftAlone::default()));
    let other = LeftAlone { other_tenant: 1, ..LeftAlone::default() };
    assert_eq!(left("9f8c7b6a-5d4e-4f3a-8b2c-1d0e9f8a7b6c"), (0, other));
    let unnamed = br#"{"changeType":"updated","resource":"/app/calls/a","resourceData":{"state":"hold"}}"#;
    let report = read(unnamed).finish(None, Some(TENANT), now());
    assert_eq!(report.left_alone, LeftAlone { unknown_tenant: 1, ..LeftAlone::default() });
}

#[test]
fn text_time_serves_one_document_only() {
    let body =
        |id: &str| format!(r#"{{"changeType":"updated","resource":"/app/calls/{id}","resourceData":{{}}}}"#);
    let sdk = "$>2024-07-15T14:05:16Z Info: x";
    let times = |log: String| {
        let active = read(log.as_bytes()).finish(None, None, now()).active;
        let mut times: Vec<_> =
            active.iter().map(|c| (c.call.id.to_string(), c.seen.time.is_some())).collect();
        times.sort();
        times.into_iter().map(|(_, timed)| timed).collect::<Vec<_>>()
    };
    let (a, b) = (body("a"), body("b"));
    assert_eq!(times(format!("{sdk} {a} {b}")), [true, false]);
    assert_eq!(times(format!("{sdk}\n{a}\n{b}")), [true, false]);
    assert_eq!(times(format!("{sdk}\nHost: {{bot}}\n{a}")), [true]);
    assert_eq!(times(format!("{sdk}\n{{\"level\":\"info\"}}\n{a}")), [false]);
    assert_eq!(times(format!("{sdk}\n{{\"cut\":[\n{a}")), [false]);
    assert_eq!(times(format!("{sdk}\n2024-07-15 15:05:17,1 [3] got {a}")), [false]);
    assert_eq!(times(format!("2024-07-15T14:05:16Z {a}\n2024-07-15T14:05:17+00:00 {b}")), [true, true]);
    let message = format!("{sdk}\r\nrequest: POST /\r\n{a}");
    assert_eq!(times(serde_json::json!({ "msg": message }).to_string()), [true]);
}

#[test]
fn day_of_a_healthy_bot_leaves_nothing_to_hang_up() {
    for format in Format::ALL {
        for (with_forgotten, count) in [(false, 0), (true, 4)] {
            let (log, mut forgotten) = day_log(format, now(), with_forgotten);
            let report = read(log.as_bytes()).finish(Some(Duration::from_secs(7200)), None, now());
            let mut found: Vec<_> = report.active.iter().map(|call| call.call.id.to_string()).collect();
            found.sort();
            forgotten.sort();
            assert_eq!((found, forgotten.len()), (forgotten, count), "{format:?}");
            assert_eq!(report.left_alone, LeftAlone { too_young: 20, ..LeftAlone::default() }, "{format:?}");
            assert_eq!(report.ended, 120, "{format:?}");
        }
    }
}

#[test]
fn ignores_notifications_about_other_things() {
    let log = br#"{"value":[{"changeType":"created","resource":"communications/calls/getEmergencyEventsByPolicy(policyName='HQ')"}]}"#;
    let [report, _] = both(log);
    let (file, calls) = report.unwrap();
    assert_eq!((file.notifications, file.others), (1, 0));
    assert_eq!(calls, ActiveCallReport::default());
}

#[test]
fn shortcut_changes_nothing_in_fixtures_and_seeds() {
    for log in SAME_EVENTS.iter().map(|(_, log)| *log).chain(SEEDS) {
        // A seed's first two bytes are the fuzz target's own.
        for log in [log, log.get(2..).unwrap_or_default()] {
            let [short, full] = both(log);
            assert_eq!(short, full, "{}", String::from_utf8_lossy(log));
        }
    }
}

#[test]
fn nesting_that_never_closes_is_read_in_linear_time() {
    for part in ["{\"x\":[", "{\"x\":[\n", "{\"x\":\"{\\\"x\\\":[", "{\"x\":\n[", "$>{\n\"x\":[{}"] {
        let log = part.repeat((1 << 20) / part.len());
        let begin = std::time::Instant::now();
        read(log.as_bytes());
        // Far above what it takes, far below what it took when each level was read again.
        assert!(begin.elapsed() < Duration::from_secs(5), "{part:?}: {:?}", begin.elapsed());
    }
}

/// Parts of log lines, put together at random.
const PARTS: [&str; 26] = [
    "\n",
    "\n",
    "\r\n",
    " ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "{\"a\":1}",
    "{\"a\":\n",
    "}\n",
    "{bot}",
    "text ",
    "$>2024-07-15T14:05:16Z Info: x",
    "2024-07-15 15:05:16,299 [3] ",
    "info: x",
    "\\u0063",
    "{\"m\":\"{\\\"a\\\":1}\"}",
    r#"{"changeType":"updated","resource":"/app/calls/a","resourceData":{"state":"hold"}}"#,
    r#"{"\u0063hangeType":"deleted","resource":"/app/calls/b"}"#,
    r#""{\"changeType\":\"updated\",\"resource\":\"/app/calls/c\"}""#,
    "{\"changeType\":\"updated\",\n\"resource\":\"/app/calls/d\"\n}",
    "{\"a\":{\"b\":1}\n",
    "\"words\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn shortcut_changes_nothing(parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..24)) {
        let log = parts.concat();
        let [short, full] = both(log.as_bytes());
        prop_assert_eq!(short, full);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Chunks have a fixed size, so blanks in front move their ends.
    #[test]
    fn chunk_ends_change_nothing(
        parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 1..24),
        moved in 1_usize..200,
    ) {
        let log = parts.concat();
        let log = log.repeat(1 + (140 << 10) / log.len());
        let [short, full] = [1, moved].map(|blanks| both(format!("{}\n{log}", " ".repeat(blanks)).as_bytes()));
        prop_assert_eq!(&short, &full);
        prop_assert_eq!(&short[0], &short[1]);
    }
}

proptest! {
    /// Updates of the roster, whenever they are delivered, neither end a call nor revive an ended one.
    #[test]
    fn roster_updates_never_end_nor_revive(
        ended: bool,
        timed in proptest::collection::vec(any::<bool>(), 4),
        order in Just([0, 1, 2, 3, 4, 5, 6]).prop_shuffle(),
    ) {
        let entry = |minute: u32, timed: bool, change: &str, below: &str, state: &str| {
            let time = if timed { format!("2024-07-15T14:{minute:02}:00Z") } else { String::new() };
            format!(r#"{{"time":"{time}","changeType":"{change}","resource":"/app/calls/a{below}","resourceData":{{"state":"{state}"}}}}"#)
        };
        let (change, state) = if ended { ("deleted", "terminated") } else { ("updated", "hold") };
        let entries = [
            entry(1, true, "created", "", "establishing"),
            entry(2, true, "updated", "", "established"),
            entry(9, true, change, "", state),
            entry(5, timed[0], "updated", "/participants", ""),
            entry(30, timed[1], "deleted", "/operations/b", "terminated"),
            entry(40, timed[2], "updated", "/participants", "terminated"),
            entry(50, timed[3], "created", "/audioRoutingGroups", ""),
        ];
        let log = order.map(|n| entries[n].as_str()).join("\n");
        let report = read(log.as_bytes()).finish(None, None, now());
        prop_assert_eq!(report.active.len(), usize::from(!ended));
        if !ended && timed.iter().all(|timed| *timed) {
            prop_assert_eq!(report.active[0].seen.time, "2024-07-15T14:50:00Z".parse().ok());
            prop_assert_eq!(report.active[0].seen.state.as_str(), "hold");
        }
    }
}
