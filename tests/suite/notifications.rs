//! `--from-notifications`: the calls that a bot's record leaves active, and nothing else, are ended.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::day_log::{Format, day_log};
use crate::support::{GUID, Graph, Hangup, Reply, at_once, hangup};

/// The call of the specification page.
const OLD: &str = "57DAB8B1894C409AB240BD8BEAE78896";
const RECORD: &str = include_str!("../data/bot.jsonl");
const STUCK: &str = "57dab8b1-894c-409a-b240-bd8beae78896";

fn hours_ago(hours: u64) -> Timestamp {
    Timestamp::now() - Duration::from_secs(hours * 3600)
}

/// A body as posted by the new service, both spellings of the path in it.
fn body(id: &str, change: &str, state: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.commsNotifications", "value": [{
        "@odata.type": "#microsoft.graph.commsNotification", "changeType": change,
        "resource": format!("/app/calls/{id}"), "resourceUrl": format!("/communications/calls/{id}"),
        "resourceData": {"@odata.type": "#microsoft.graph.call", "state": state, "direction": "incoming",
            "callbackUri": "https://bot.example/calls", "chatInfo": {"threadId": "19:m@thread.v2"},
            "resultInfo": {"code": "200", "subcode": 7000, "message": "Call ended by the {bot}."}}}]})
}

/// A line of a log, the body escaped within it.
fn escaped(time: &str, body: &Value) -> String {
    json!({"time": time, "msg": "notification", "body": body.to_string()}).to_string() + "\n"
}

/// A line of a log in which a call was heard of so many hours ago.
fn heard(id: &str, state: &str, hours: u64) -> String {
    escaped(&hours_ago(hours).to_string(), &body(id, "updated", state))
}

/// Reads a record, with these options too.
fn reading(record: impl AsRef<[u8]>, options: &[&str]) -> Hangup {
    hangup().file("bot.log", record).args(["--from-notifications", "bot.log"]).args(options)
}

/// The ids that a record leaves active, in the order of the report.
fn active(record: impl AsRef<[u8]>) -> Vec<String> {
    let done = reading(record, &["--dry-run", "-o", "json"]).run();
    let planned = done.exit(0).results("planned");
    planned.iter().map(|result| result["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn specification_notifications_end_a_call() {
    let item = |change: &str, etag: &str, state: &str, more: &str| {
        format!(
            r##"{{
  "value": [
    {{
      "changeType": "{change}",
      "resource": "/app/calls/{OLD}",
      "resourceData": {{
        "@odata.type": "#microsoft.graph.call",
        "@odata.id": "/app/calls/{OLD}",
        "@odata.etag": "W/\"{etag}\"",
        "state": "{state}"{more}
      }}
    }}
  ]
}}
"##
        )
    };
    let terminating = item("updated", "5445", "terminating", "");
    let terminated = item("deleted", "5446", "terminated", ",\n\"terminationReason\": \"AppInitiated\"");
    assert_eq!(active(&terminating), [OLD]);
    assert!(active(terminating.clone() + &terminated).is_empty());
    assert!(active(terminated + &terminating).is_empty(), "delivered in another order");
}

#[test]
fn reads_any_layout() {
    let posted = body("a", "Updated", "Established");
    let pretty = serde_json::to_string_pretty(&posted).unwrap();
    let twice = json!({"log": json!({"body": posted.to_string()}).to_string()}).to_string();
    let deep = json!({"a": [{"b": {"c": posted}}]}).to_string();
    let listed = json!([body("a", "updated", "established"), body("b", "updated", "hold")]).to_string();
    at_once(
        [
            (posted.to_string(), vec!["a"]),
            (pretty, vec!["a"]),
            (twice, vec!["a"]),
            (deep, vec!["a"]),
            (format!("2026-03-01 INFO got {posted}\r\n"), vec!["a"]),
            (posted.to_string() + &body("b", "created", "incoming").to_string(), vec!["a", "b"]),
            (listed, vec!["a", "b"]),
        ],
        |(record, ids)| assert_eq!(active(&record), ids, "{record}"),
    );
}

#[test]
fn ends_win_in_any_order() {
    let live = escaped("2026-03-01T09:00:00Z", &body(STUCK, "updated", "established"));
    // The same GUID, as the old service spells it.
    let end = escaped("2026-03-01T09:10:00Z", &body(OLD, "Deleted", "TERMINATED"));
    let again = escaped("2026-03-01T09:20:00Z", &body(STUCK, "updated", "established"));
    let cut = &live[..live.len() - 30];
    at_once(
        [
            (format!("{live}{end}"), 0),
            (format!("{end}{live}{live}{end}{live}"), 0),
            (format!("{live}{cut}\n{end}"), 0),
            (format!("{end}{again}"), 1),
            (format!("{live}{cut}"), 1),
        ],
        |(record, left)| assert_eq!(active(&record).len(), left, "{record}"),
    );
}

#[test]
fn roster_updates_are_signs_of_life() {
    let part = |below: &str, change: &str| {
        json!({"value": [{"changeType": change, "resourceUrl": format!("/communications/calls/a/{below}"),
            "resourceData": [{"@odata.type": "#microsoft.graph.participant", "id": "p"}]}]})
        .to_string()
    };
    let roster = part("participants", "updated") + &part("operations/x", "deleted");
    assert_eq!(active(&roster), ["a"]);
    assert!(active(body("a", "deleted", "terminated").to_string() + &roster).is_empty());
    assert_eq!(active(roster.clone() + &body("a", "updated", "established").to_string() + &roster), ["a"]);
}

#[test]
fn older_than_leaves_young_and_timeless_calls_alone() {
    let graph = Graph::start();
    let timeless = body("timeless", "updated", "established").to_string() + "\n";
    let record = heard("old", "established", 3) + &heard("young", "established", 1) + &timeless;
    let done = reading(&record, &["--older-than", "2h"]).to(&graph).run();
    done.exit(0).shows("old").shows("(3h ago)").shows("bot.log:1");
    done.says("left alone: 1 call of unknown age, no readable timestamp");
    done.says("left alone: 1 call active less than 2h ago");
    assert_eq!(graph.lines(), ["DELETE /beta/app/calls/old"]);

    let all = Graph::start();
    reading(&record, &["--older-than", "0s"]).to(&all).run().exit(0);
    assert_eq!(all.asked().len(), 3);
}

#[test]
fn unknown_age_is_never_hung_up() {
    let graph = Graph::start();
    let unreadable = |id| escaped("2026-11-24 04:03:59,123", &body(id, "updated", "transferring"));
    let record = heard("a", "established", 3) + &unreadable("a");
    let refused = reading(&record, &["--older-than", "2h"]).to(&graph).run();
    refused.refuses("no active call has a readable timestamp").says("UTC offset");
    let partly = record + &heard("young", "established", 1);
    let done = reading(&partly, &["--older-than", "2h", "-q"]).to(&graph).run();
    done.exit(0).says("left alone: 1 call of unknown age");
    let young = heard("a", "established", 1) + &heard("b", "hold", 1);
    let done = reading(&young, &["--older-than", "1h30m"]).to(&graph).run();
    done.exit(0).says("left alone: 2 calls active less than 1h 30m ago");
    let quiet = reading(&young, &["--older-than", "1h30m", "-q"]).to(&graph).run();
    assert!(!quiet.exit(0).stderr.contains("left alone"), "{quiet:?}");
    graph.expect_untouched();
}

#[test]
fn reads_time_fields() {
    let three = hours_ago(3);
    let stamps = [
        ("time", json!(three.to_string())),
        ("timestamp", json!(three.as_second())),
        ("@timestamp", json!(three.as_millisecond())),
        ("ts", json!(three.as_duration().as_secs_f64())),
    ];
    at_once(stamps, |(name, stamp)| {
        let record = json!({name: stamp, "body": body("a", "updated", "established")}).to_string();
        let plan = |age| reading(&record, &["--dry-run", "-o", "json", "--older-than", age]).run();
        assert_eq!(plan("2h").exit(0).results("planned").len(), 1, "{name}");
        assert_eq!(plan("4h").exit(0).results("planned").len(), 0, "{name}");
    });
}

#[test]
fn refuses_without_older_than_or_notifications() {
    let graph = Graph::start();
    reading(RECORD, &[]).to(&graph).run().refuses("--older-than");
    let words = "hello\n{\"time\": 1}\n";
    reading(words, &["--older-than", "2h"])
        .to(&graph)
        .run()
        .refuses("bot.log")
        .says("contains no commsNotifications entry");
    // A record that was just rotated is empty: cron has nothing to complain of.
    reading("", &["--older-than", "2h"]).to(&graph).run().exit(0).no_report();
    hangup().to(&graph).args(["--from-notifications", "gone.log", "--dry-run"]).run().refuses("gone.log");
    graph.expect_untouched();
}

#[test]
fn dry_run_shows_state_time_age_and_source() {
    let graph = Graph::start();
    let text = reading(RECORD, &["--dry-run"]).no_token().to(&graph).run();
    text.exit(0).shows(STUCK).shows("last seen established at 2026-03-01T09:00:07Z").shows("bot.log:2");
    text.says("ignored 1 entry that contains no notification");
    let plan = reading(RECORD, &["--dry-run", "-o", "json"]).no_token().to(&graph).run().result();
    assert_eq!((&plan["state"], &plan["source"]), (&"established".into(), &"bot.log:2".into()));
    let time: Timestamp = plan["last_seen"].as_str().unwrap().parse().unwrap();
    assert_eq!(time, "2026-03-01T09:00:07Z".parse().unwrap());
    let age = Timestamp::now().as_second() - time.as_second();
    assert!((age - 5..=age).contains(&plan["age_seconds"].as_i64().unwrap()), "{plan:#}");
    graph.expect_untouched();
}

#[test]
fn notification_with_hostile_id_is_invalid() {
    let graph = Graph::start();
    let hostile =
        ["../users/x", "..", "a%2f..%2fusers", "%2e%2e", "a b", "a\u{0}b", "a\u{1b}[31m", "a%3Fx=1", "a;b"];
    let record: String = hostile.iter().map(|id| body(id, "updated", "established").to_string()).collect();
    let record = record + &body("good", "updated", "established").to_string();
    let done = reading(record, &["--older-than", "0s", "-o", "json"]).to(&graph).run();
    assert_eq!(done.exit(1).summary()["counts"]["ended"], 1);
    for invalid in done.results("invalid") {
        assert!(invalid["source"].as_str().unwrap().starts_with("bot.log:"), "{invalid:#}");
    }
    assert_eq!(graph.lines(), ["DELETE /beta/app/calls/good"]);
}

#[test]
fn never_contacts_the_notifications_host() {
    let (graph, other) = (Graph::start(), Graph::start());
    let record = json!({"value": [{"changeType": "updated",
        "resourceUrl": format!("{}/beta/app/calls/a", other.base_url),
        "resourceData": {"state": "established"}}]});
    reading(record.to_string(), &["--older-than", "0s"]).to(&graph).run().exit(0);
    assert_eq!(graph.lines(), ["DELETE /beta/app/calls/a"]);
    other.expect_untouched();
}

#[test]
fn combines_with_other_options() {
    let record = heard("a", "established", 3) + &heard("b", "established", 4);
    let few = Graph::start();
    let limited = reading(&record, &["--older-than", "2h", "--max-calls", "1"]);
    limited.to(&few).run().refuses("--max-calls");
    few.expect_untouched();

    let graph = Graph::builder().states("a", [Reply::not_found()]).states("b", [Reply::not_found()]).start();
    let options =
        ["--older-than", "2h", "--app-id", "app", "--log", "log", "--resume", "--wait", "-o", "json"];
    let command = reading(&record, &options).to(&graph);
    assert_eq!(command.run().exit(0).summary()["counts"]["ended"], 2);
    let deletes = |line: &&String| line.starts_with("DELETE");
    assert_eq!(graph.lines().iter().filter(deletes).collect::<Vec<_>>().len(), 2, "{:?}", graph.lines());
    assert!(graph.lines().iter().all(|line| line.contains("/beta/applications/app/calls/")));
    assert_eq!(command.run().exit(0).summary()["counts"]["skipped"], 2);
    assert_eq!(graph.lines().iter().filter(deletes).count(), 2);
}

#[test]
fn reads_several_files_and_stdin() {
    let graph = Graph::start();
    let end = escaped(&hours_ago(2).to_string(), &body("a", "deleted", "terminated"));
    let command = reading(heard("a", "established", 3) + &heard("b", "hold", 3), &["--older-than", "1h"]);
    command.args(["--from-notifications", "-"]).stdin(end).to(&graph).run().exit(0).shows("bot.log:2");
    assert_eq!(
        graph.lines(),
        ["DELETE /beta/app/calls/b"],
        "the end of the other stands in the other record"
    );
    let ended = hangup().file("log", heard("a", "terminated", 3)).to(&graph).args(["--older-than", "1h"]);
    let nothing = ended.args(["--from-notifications", "log", "-o", "json"]).run();
    assert_eq!(nothing.exit(0).summary()["total"], 0);
}

#[test]
fn explains_not_found_of_a_logged_call() {
    let graph = Graph::saying(Reply::not_found());
    let done = reading(heard("a", "established", 3), &["--older-than", "2h"]).to(&graph).run();
    done.exit(4).says("the log missed its last notification");
    let named = hangup().to(&graph).arg("a").run();
    assert!(!named.exit(4).stdout.contains("the log missed"), "{named:?}");
    reading(heard(GUID, "established", 3), &["--older-than", "2h", "--ignore-not-found"])
        .to(&graph)
        .run()
        .exit(0);
}

#[test]
fn day_of_a_healthy_bot_leaves_nothing_to_hang_up() {
    at_once(Format::ALL, |format| {
        let graph = Graph::start();
        let (log, _) = day_log(format, Timestamp::now(), false);
        let done = reading(&log, &["--older-than", "2h", "-o", "json"]).to(&graph).run();
        assert_eq!(done.exit(0).summary()["left_alone"]["too_young"], 20, "{format:?}");
        graph.expect_untouched();
    });
}

#[test]
fn every_forgotten_call_of_a_day_is_found() {
    at_once(Format::ALL, |format| {
        let (log, mut forgotten) = day_log(format, Timestamp::now(), true);
        let done = reading(&log, &["--older-than", "2h", "--dry-run", "-o", "json"]).run();
        let planned = done.exit(0).results("planned");
        let mut found: Vec<_> = planned.iter().map(|result| result["id"].as_str().unwrap()).collect();
        found.sort_unstable();
        forgotten.sort_unstable();
        assert_eq!(found, forgotten, "{format:?}");
    });
}

#[test]
fn reads_gzip_of_several_members() {
    let graph = Graph::start();
    let member = |text: String| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let log = [member(heard("a", "established", 3)), member(heard("b", "established", 3))].concat();
    let command = hangup().file("bot.log.gz", &log).args(["--from-notifications", "bot.log.gz"]);
    command.args(["--older-than", "2h"]).to(&graph).run().exit(0);
    assert_eq!(graph.asked().len(), 2);
    let cut = hangup().file("cut.gz", &log[..log.len() - 9]).args(["--from-notifications", "cut.gz"]);
    cut.args(["--older-than", "2h"]).to(&graph).run().refuses("cut.gz");
    assert_eq!(graph.asked().len(), 2);
    hangup().file("list.gz", &log).args(["-f", "list.gz"]).to(&graph).run().refuses("compressed");
}

#[test]
fn tenant_takes_only_the_calls_of_that_tenant() {
    let graph = Graph::start();
    let tenant = "2432b57b-0abd-43db-aa7b-16eadd115d34";
    let mut of_tenant = body("mine", "updated", "established");
    of_tenant["value"][0]["resourceData"]["tenantId"] = tenant.into();
    let mut of_other = body("other", "updated", "established");
    of_other["value"][0]["resourceData"]["tenantId"] = GUID.into();
    let log = format!("{of_tenant}\n{of_other}\n{}\n", body("unknown", "updated", "established"));
    let done = reading(&log, &["--older-than", "0s", "--tenant", tenant, "-o", "json"]).to(&graph).run();
    let summary = done.exit(0).summary();
    assert_eq!(
        (&summary["left_alone"]["other_tenant"], &summary["left_alone"]["unknown_tenant"]),
        (&1.into(), &1.into())
    );
    assert_eq!(graph.lines(), ["DELETE /beta/app/calls/mine"]);
    assert_eq!(done.results("ended")[0]["tenant_id"], tenant);
}
