//! The report: text, JSON, JSON lines; how much of it; colour; which stream.

use std::collections::BTreeSet;
use std::time::Duration;

use rexpect::session::spawn_command;
use serde_json::Value;

use crate::support::{GUID, Graph, Hangup, Reply, calls, hangup};

fn mixed() -> Graph {
    Graph::builder()
        .always("gone", [Reply::not_found()])
        .always("bad", [Reply::error(400, "BadRequest", "No good.")])
        .start()
}

const RESULT_KEYS: [&str; 16] = [
    "id",
    "app_id",
    "outcome",
    "ok",
    "status",
    "confirmed",
    "attempts",
    "duration_ms",
    "time",
    "route",
    "client_request_id",
    "request_id",
    "source",
    "error",
    "base_url",
    "sandbox",
];

#[test]
fn json_result_has_every_key() {
    for args in [["-o", "json"], ["-o", "jsonl"]] {
        let graph = mixed();
        let done = hangup().to(&graph).args(args).args(["--app-id", "app", "fine", "bad"]).run();
        let results =
            if args[1] == "json" { done.json()["results"].as_array().unwrap().clone() } else { done.jsonl() };
        assert_eq!(results.len(), 2);
        for result in results {
            for key in RESULT_KEYS {
                assert!(result.get(key).is_some(), "no {key}: {result:#}");
            }
            assert_eq!((&result["app_id"], &result["source"]), (&"app".into(), &Value::Null));
            let time: jiff::Timestamp = result["time"].as_str().unwrap().parse().unwrap();
            assert!(jiff::Timestamp::now().duration_since(time).as_secs().abs() < 60);
            assert!(result["time"].as_str().unwrap().ends_with('Z') && result["duration_ms"].is_u64());
        }
    }
}

#[test]
fn json_summary_has_every_key_and_outcome() {
    let graph = mixed();
    let done = hangup().to(&graph).args(["-o", "json", "a", "a", "gone", "bad"]).run();
    let summary = done.exit(1).summary();
    let expected = [
        ("total", Value::from(3)),
        ("duplicates", 1.into()),
        ("input_complete", true.into()),
        ("exit_code", 1.into()),
        ("sandbox", false.into()),
        ("base_url", graph.base_url.clone().into()),
    ];
    for (key, value) in expected {
        assert_eq!(summary[key], value, "{key}: {summary:#}");
    }
    assert!(summary["duration_ms"].is_u64());
    let mut outcomes: Vec<_> = summary["counts"].as_object().unwrap().keys().cloned().collect();
    outcomes.sort();
    let mut all = hangup::internals::Outcome::ALL.map(|outcome| outcome.name().replace('-', "_"));
    all.sort();
    assert_eq!(outcomes, all);
}

#[test]
fn jsonl_has_results_only() {
    let done = hangup().to(&mixed()).args(["-o", "jsonl", "a", "gone"]).run();
    let results = done.exit(4).jsonl();
    assert!(results.len() == 2 && results.iter().all(|r| r["outcome"].is_string()), "{done:?}");
}

#[test]
fn text_report_has_columns_and_summary_on_stderr() {
    let graph = mixed();
    let done = hangup().to(&graph).args(["-j1", "fine", "a-much-longer-call-id", "gone"]).run();
    done.exit(4).says("2 ended, 1 not found in ");
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{done:?}");
    assert!(!done.stdout.contains('\u{1b}') && !done.stdout.contains("in 0"), "{done:?}");
    let ids =
        ["fine", "a-much-longer-call-id", "gone"].map(|id| lines.iter().find_map(|l| l.find(id)).unwrap());
    assert!(ids.iter().all(|column| *column == ids[0]), "{done:?}");
}

#[test]
fn quiet_shows_failures_only() {
    let done = hangup().to(&mixed()).args(["-q", "fine", "gone"]).run();
    done.exit(4).shows("gone");
    assert_eq!(done.stdout.lines().count(), 1, "{done:?}");
    done.says("1 ended, 1 not found in ").says("hint: not found (1): ");
    let done = hangup().to(&mixed()).args(["-q", "-o", "jsonl", "fine", "gone"]).run();
    assert_eq!(done.exit(4).jsonl()[0]["id"], "gone");
    let done = hangup().to(&mixed()).args(["-q", "fine"]).run();
    assert_eq!((done.exit(0).stdout.as_str(), done.stderr.as_str()), ("", ""));
}

#[test]
fn quiet_document_has_failures_and_its_summary() {
    let done = hangup().to(&mixed()).args(["-q", "-o", "json", "fine", "gone"]).run();
    let document = done.exit(4).json();
    assert_eq!((&document["summary"]["total"], &document["results"][0]["id"]), (&2.into(), &"gone".into()));
    assert_eq!(document["results"].as_array().unwrap().len(), 1);
}

#[test]
fn quiet_hides_excused_not_found() {
    let graph = Graph::saying(Reply::not_found());
    let done = hangup().to(&graph).args(["-q", "--ignore-not-found", GUID]).run();
    assert_eq!((done.exit(0).stdout.as_str(), done.stderr.as_str()), ("", ""));
}

#[test]
fn qq_shows_only_errors_before_the_run() {
    let done = hangup().to(&mixed()).args(["-qq", "fine", "bad"]).run();
    assert_eq!((done.exit(1).stdout.as_str(), done.stderr.as_str()), ("", ""));
    assert!(!hangup().args(["-qq", "a/b"]).run().exit(2).no_report().stderr.is_empty());
    assert!(!hangup().no_token().args(["-qq", "a"]).run().exit(3).no_report().stderr.is_empty());
}

#[test]
fn verbose_shows_each_attempt() {
    let graph = Graph::builder().script("a", [Reply::error(503, "Away", "Back soon.")]).start();
    let done = hangup().to(&graph).args(["-v", "-o", "jsonl", "a"]).run();
    done.exit(0).says("503").says("204").says("22222222-0000-4000-8000-000000000503");
    assert_eq!(done.jsonl().len(), 1);
}

#[test]
fn color_only_on_terminals_or_on_request() {
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let graph = mixed();
        let command =
            env.iter().fold(hangup().to(&graph), |command, (name, value)| command.env(name, *value));
        let done = command.args(args).args(["fine", "bad"]).run();
        done.exit(1).stdout.contains("\u{1b}[")
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--color", "always", "-o", "jsonl"], &[]), "JSON is never coloured");
}

#[test]
fn exit_3_and_5_have_advice() {
    for (reply, exit) in [(Reply::status(401), 3), (Reply::status(503), 5)] {
        let done = hangup().to(&Graph::saying(reply)).args(["--retries", "0", "a"]).run();
        done.exit(exit);
        let well = hangup().to(&Graph::saying(Reply::status(400))).arg("a").run();
        assert!(done.stderr.lines().count() > well.stderr.lines().count(), "{done:?}");
    }
}

#[test]
fn usage_error_leaves_stdout_empty() {
    for format in ["text", "json", "jsonl"] {
        hangup().args(["-o", format, "a/b"]).run().exit(2).no_report();
    }
}

/// Runs a command on a pseudo-terminal of 80 columns, and returns what stays on the screen.
fn screen(command: &Hangup) -> Vec<String> {
    let mut command = command.command();
    command.env("COLUMNS", "80").env("TERM", "xterm");
    let mut session = spawn_command(command, Some(30_000)).unwrap();
    // rexpect reads each byte as a character.
    let bytes = session.exp_eof().unwrap().chars().map(|c| u8::try_from(c).unwrap()).collect();
    rendered(&String::from_utf8(bytes).unwrap())
}

/// Returns the lines that remain after carriage returns and erased lines; colours are left out.
fn rendered(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let shown = line.trim_end_matches('\r').rsplit("\u{1b}[2K").next().unwrap();
        let shown = shown.rsplit('\r').next().unwrap();
        let mut plain = String::new();
        let mut rest = shown;
        while let Some((before, escape)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = escape.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        lines.push(plain);
    }
    lines
}

#[test]
fn thirty_failures_of_two_kinds_fit_a_terminal() {
    let denied =
        Reply::error(403, "7504", "Insufficient enterprise tenant permissions, cannot access this API.");
    let failed =
        Reply::error(400, "8523", "Invalid argument in the request, which is explained at some length.");
    let mut graph = Graph::builder();
    let ids: Vec<String> = (0..30).map(|n| format!("57dab8b1-894c-409a-b240-bd8beae788{n:02}")).collect();
    for (n, id) in ids.iter().enumerate() {
        graph = graph.always(id, [if n % 2 == 0 { denied.clone() } else { failed.clone() }]);
    }
    let graph = graph.start();
    let lines = screen(&hangup().to(&graph).args(["--color", "never"]).args(&ids));
    let lines: Vec<_> = lines.iter().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() <= 44, "{} lines: {lines:#?}", lines.len());
    for line in &lines {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for id in &ids {
        assert!(lines.iter().any(|line| line.contains(id.as_str())), "{id} is cut: {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("hint: forbidden (15): ")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("For Microsoft support (3 of 15;")), "{lines:#?}");
}

#[test]
fn progress_stays_below_the_results_and_is_erased() {
    const CALLS: usize = 2000;
    let graph = Graph::saying(Reply::ended().after(Duration::from_millis(25)));
    let command = hangup().file("list", calls(CALLS)).to(&graph);
    let command = command.args(["--color", "never", "-f", "list"]);
    let mut with_terminal = command.command();
    with_terminal.env("COLUMNS", "80").env("TERM", "xterm");
    let mut session = spawn_command(with_terminal, Some(30_000)).unwrap();
    let text = session.exp_eof().unwrap();
    assert!(text.contains("/2,000  "), "the total is known from the start");
    let lines = rendered(&text);
    let mut seen: Vec<_> = lines.iter().filter(|line| line.starts_with("ended ")).cloned().collect();
    let ids: BTreeSet<_> =
        seen.iter().map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect();
    seen.dedup();
    assert_eq!((seen.len(), ids.len()), (CALLS, CALLS), "each result has its line, once");
    let others: Vec<_> = lines.iter().filter(|l| !l.is_empty() && !l.starts_with("ended ")).collect();
    assert!(others.len() == 1 && others[0].starts_with("2,000 ended in "), "{others:#?}");
}
