//! The log, and the same command again with `--resume`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::support::schema::assert_valid;
use crate::support::{GUID, Graph, Hangup, Reply, Signal, app_token, calls, hangup};

fn lines(command: &Hangup) -> Vec<Value> {
    let lines: Vec<Value> =
        command.read("log").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_valid("log_line", line);
    }
    lines
}

#[test]
fn log_line_has_base_url_and_sandbox() {
    let graph = Graph::builder().always(GUID, [Reply::not_found()]).start();
    let command = hangup().file("list", "a/b\n").to(&graph).args(["--log", "log", "a", GUID, "-f", "list"]);
    command.run().exit(1);
    let lines = lines(&command);
    let outcomes: BTreeSet<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, BTreeSet::from(["ended", "not-found", "invalid"]));
    for line in &lines {
        assert_eq!((&line["base_url"], &line["sandbox"]), (&graph.base_url.clone().into(), &false.into()));
        assert!(line.get("client_request_id").is_some() && line["time"].is_string(), "{line:#}");
    }
}

#[test]
fn log_is_appended_to() {
    let graph = Graph::start();
    let command = hangup().file("log", "").to(&graph).args(["--log", "log", "a"]);
    command.run().exit(0);
    command.run().exit(0);
    assert_eq!(lines(&command).len(), 2);
    assert_eq!(graph.count("a"), 2, "without --resume all is sent");
}

#[test]
fn resume_sends_only_the_rest() {
    let graph = Graph::builder()
        .always(GUID, [Reply::not_found()])
        .script("bad", [Reply::status(400)])
        .script("away", [Reply::status(503)])
        .start();
    let args = ["--log", "log", "--resume", "--retries", "0", "-o", "json", "--ignore-not-found"];
    let command = hangup().env("HANGUP_TOKEN", app_token("app")).to(&graph).args(args);
    let command = command.args(["fine", GUID, "bad", "away"]);
    command.run().exit(1);
    let done = command.run();
    let summary = done.exit(0).summary();
    assert_eq!((&summary["counts"]["skipped"], &summary["counts"]["ended"]), (&2.into(), &2.into()));
    assert_eq!(["fine", GUID, "bad", "away"].map(|id| graph.count(id)), [1, 1, 2, 2]);
    assert_eq!(lines(&command).len(), 6, "what is skipped is not logged again");
    assert!(done.results("skipped").iter().all(|r| r["attempts"] == 0));
}

#[test]
fn resume_settles_not_found_for_the_same_token_only() {
    let graph = Graph::saying(Reply::not_found());
    let run = |app: &str, log: &str, ignore: &[&str]| {
        let command = hangup().env("HANGUP_TOKEN", app_token(app)).file("log", log).to(&graph);
        let command = command.args(["--log", "log", "--resume", GUID]).args(ignore.iter().copied());
        let before = graph.asked().len();
        command.run();
        (command.read("log"), graph.asked().len() - before)
    };
    let ignore = ["--ignore-not-found"];
    let (log, _) = run("app", "", &[]);
    assert_eq!(run("app", &log, &ignore).1, 0);
    assert_eq!(run("app", &log, &[]).1, 1, "without --ignore-not-found it is a failure to look at again");
    assert_eq!(run("other-app", &log, &ignore).1, 1);
    let saved = log.replace(r#","token_app_id":"app","token_tenant_id":"tenant""#, "");
    assert_ne!(saved, log);
    assert_eq!(run("app", &saved, &ignore).1, 1, "saved results have no token identity");
}

#[test]
fn refuses_to_append_to_inputs_and_other_files() {
    let graph = Graph::start();
    let command = hangup().file("list", "a\nb\n").to(&graph);
    let command = command.args(["-f", "list", "--log", "list"]);
    command.run().refuses("list is also an input");
    let command = command.instead(["--base-url", &graph.base_url, "--log", "list", "a"]);
    command.run().refuses("its first line is not a result of hangup");
    assert_eq!(command.read("list"), "a\nb\n");
    graph.expect_untouched();
}

#[test]
fn saved_results_serve_as_a_log() {
    let graph = Graph::start();
    let saved = hangup().to(&graph).args(["-o", "jsonl", "a", "b"]).run().exit(0).stdout.clone();
    let command = hangup().file("log", saved).to(&graph).args(["--log", "log", "--resume", "a", "b", "c"]);
    command.run().exit(0).says("1 ended, 2 skipped");
}

#[test]
fn resume_skips_other_spellings_of_a_guid() {
    let graph = Graph::start();
    let log = ["--log", "log", "--resume"];
    let command = hangup().to(&graph).args(log).arg("57DAB8B1894C409AB240BD8BEAE78896");
    command.run().exit(0);
    let command = command.arg("57dab8b1-894c-409a-b240-bd8beae78896");
    command.run().exit(0);
    assert_eq!(graph.asked().len(), 1);
}

#[test]
fn resume_ignores_lines_of_other_services() {
    let graph = Graph::start();
    let line = |base_url: &str, sandbox: bool, app_id: &str| {
        format!(
            "{{\"id\":\"a\",\"app_id\":{app_id},\"outcome\":\"ended\",\"base_url\":\"{base_url}\",\"sandbox\":{sandbox}}}\n"
        )
    };
    for elsewhere in [
        line("https://graph.microsoft.com", false, "null"),
        line(&graph.base_url, true, "null"),
        line(&graph.base_url, false, "\"another-app\""),
        line("https://graph.microsoft.com", false, "null") + "nonsense\n{}\n[]\n\n",
    ] {
        let before = graph.asked().len();
        let command = hangup().file("log", &elsewhere).to(&graph).args(["--log", "log", "--resume", "a"]);
        let done = command.run();
        assert_eq!(
            done.exit(0).times_said("no call is skipped"),
            usize::from(!elsewhere.contains("another"))
        );
        assert_eq!(graph.asked().len(), before + 1, "{elsewhere}");
    }
    let here = line(&graph.base_url, false, "null");
    let before = graph.asked().len();
    hangup().file("log", here).to(&graph).args(["--log", "log", "--resume", "a"]).run().exit(0);
    assert_eq!(graph.asked().len(), before, "but one of here does");
}

#[test]
fn resume_ignores_sandbox_lines() {
    let graph = Graph::start();
    let rehearsal = hangup().args(["--sandbox", "--log", "log", "--resume", "a"]);
    rehearsal.run().exit(0);
    assert_eq!(lines(&rehearsal)[0]["sandbox"], true);
    let log = rehearsal.path("log");
    hangup().to(&graph).arg("--log").arg(log).args(["--resume", "a"]).run().exit(0);
    assert_eq!(graph.count("a"), 1);
}

#[test]
fn log_with_cut_last_line_is_continued_on_a_new_line() {
    let graph = Graph::start();
    let command =
        hangup().file("log", "{\"id\":\"a\",\"outco").to(&graph).args(["--log", "log", "--resume", "a"]);
    command.run().exit(0);
    assert_eq!(graph.count("a"), 1);
    let text = command.read("log");
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["outcome"], "ended");
}

#[test]
fn resume_continues_a_killed_run() {
    let graph = Graph::saying(Reply::ended().after(Duration::from_millis(10)));
    let list = calls(300);
    let command = hangup().file("list", list).to(&graph);
    let command = command.args(["-j", "4", "--log", "log", "--resume", "-o", "json", "-f", "list"]);
    let running = command.spawn();
    graph.wait_for(60);
    running.signal(Signal::SIGKILL);
    assert_eq!(running.end().code, Some(137));
    let logged = command.read("log").lines().count();
    assert!(logged >= 40, "lines are written as results come: {logged}");
    let done = command.run();
    let skipped = done.exit(0).summary()["counts"]["skipped"].as_u64().unwrap();
    assert!(skipped + 1 >= logged as u64 && skipped < 300, "{skipped} skipped, {logged} logged");
}

#[test]
fn skipped_calls_do_not_count_for_max_calls() {
    let graph = Graph::start();
    let limited = |ids: &[&str], log: &str| {
        let command = hangup().file("log", log).to(&graph).args(["--log", "log", "--resume"]);
        let command = command.args(["--max-calls", "2"]).args(ids);
        (command.run(), command.read("log"))
    };
    let (done, log) = limited(&["a", "b"], "");
    done.exit(0);
    limited(&["a", "b", "c", "d", "e"], &log).0.refuses("--max-calls");
    limited(&["a", "b", "c", "d", "A"], &log).0.refuses("--max-calls");
    limited(&["a", "b", "c", "d", "c"], &log).0.exit(0).shows("skipped").says("2 ended, 2 skipped");
    assert_eq!(graph.asked().len(), 4);
}

#[test]
fn resume_needs_a_log() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--resume", "a"]).run().refuses("--log");
    graph.expect_untouched();
}

#[test]
fn unopenable_log_sends_nothing() {
    let graph = Graph::start();
    hangup().to(&graph).args(["--log", "nowhere/log", "a"]).run().refuses("nowhere/log");
    graph.expect_untouched();
}

#[test]
fn full_disk_is_reported_and_calls_go_on() {
    let graph = Graph::start();
    let done = hangup().to(&graph).args(["--log", "/dev/full", "-o", "json", "a", "b", "c"]).run();
    let summary: Value = done.exit(1).says("/dev/full").json()["summary"].clone();
    assert_eq!(summary["counts"]["ended"], 3);
    assert_eq!(graph.asked().len(), 3);
}
