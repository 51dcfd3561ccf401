use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::model::outcome::{LastSeen, Outcome, Plan, Source};
use crate::output::report::samples::{ID, bare, error, full, origin, output, plan, seen, summary};
use crate::output::terminal::{LineWidth, text_width};

/// What a report over these results looks like, with its end.
fn written(format: Format, volume: Verbosity, results: &[CallResult], summary: Option<&Summary>) -> String {
    let mut report = Report::new(&output(format, volume), origin());
    let mut out = Vec::new();
    for result in results {
        report.result(&mut out, result).unwrap();
    }
    report.end(&mut out, summary).unwrap();
    String::from_utf8(out).unwrap()
}

fn text(results: &[CallResult]) -> String {
    written(Format::Text, Verbosity::Normal, results, None)
}

fn jsonl(result: &CallResult) -> Value {
    serde_json::from_str(&written(Format::Jsonl, Verbosity::Normal, std::slice::from_ref(result), None))
        .unwrap()
}

#[test]
fn every_outcome_has_its_line() {
    let lines = text(&Outcome::ALL.map(full));
    insta::assert_snapshot!(lines, @r"
    ended          57dab8b1-894c-409a-b240-bd8beae78896  204    85 ms
    skipped        57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms
    planned        57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms  DELETE https://graph/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896
    not-found      57dab8b1-894c-409a-b240-bd8beae78896  404    85 ms  8522: what happened  request-id req-1
    throttled      57dab8b1-894c-409a-b240-bd8beae78896  429    85 ms  8522: what happened  request-id req-1
    unavailable    57dab8b1-894c-409a-b240-bd8beae78896  503    85 ms  8522: what happened  request-id req-1
    failed         57dab8b1-894c-409a-b240-bd8beae78896  400    85 ms  8522: what happened  request-id req-1
    still-active   57dab8b1-894c-409a-b240-bd8beae78896  204    85 ms  8522: what happened  request-id req-1
    invalid        57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms  calls.txt:7  8522: what happened
    unauthorized   57dab8b1-894c-409a-b240-bd8beae78896  401    85 ms  8522: what happened  request-id req-1
    forbidden      57dab8b1-894c-409a-b240-bd8beae78896  403    85 ms  8522: what happened  request-id req-1
    not-attempted  57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms  8522: what happened
    ");
}

#[test]
fn what_a_dry_run_and_a_record_know_is_shown() {
    let source = Some(Source { file: "bot.log".into(), line: 12 });
    let asked = CallResult { plan: Some(plan(Some("terminating"))), ..full(Outcome::Planned) };
    let recorded = CallResult { seen: Some(seen()), source, ..full(Outcome::Planned) };
    let ended = CallResult { plan: None, outcome: Outcome::Ended, ..recorded.clone() };
    insta::assert_snapshot!(text(&[asked, recorded, ended]), @r"
    planned        57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms  state terminating  DELETE https://graph/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896
    planned        57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms  DELETE https://graph/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896  last seen established at 2026-03-01T09:00:00Z (3h 2m ago)  bot.log:12
    ended          57dab8b1-894c-409a-b240-bd8beae78896    -     0 ms  last seen established at 2026-03-01T09:00:00Z (3h 2m ago)  bot.log:12
    ");
}

#[test]
fn unconfirmed_ends_are_marked() {
    let line = text(&[CallResult { confirmed: Some(false), status: Some(404), ..full(Outcome::Ended) }]);
    assert!(line.ends_with("  not confirmed: a response was lost, then the call was gone\n"), "{line}");
}

#[test]
fn the_id_column_grows_with_ids_but_not_with_what_is_none() {
    let long = CallResult { id: "a".repeat(40), ..bare(Outcome::Ended) };
    let junk = CallResult { id: "no id ".repeat(20), ..full(Outcome::Invalid) };
    let lines = text(&[junk, bare(Outcome::Ended), long, bare(Outcome::Ended)]);
    let status_at: Vec<_> = lines.lines().map(|line| line.find("    -").unwrap()).skip(1).collect();
    assert_eq!(status_at, [15 + 36, 15 + 40, 15 + 40]);
}

#[test]
fn colours_outcomes_and_dims_times() {
    let mut report = Report::new(
        &Output {
            color: crate::settings::Streams { stdout: true, stderr: false },
            ..output(Format::Text, Verbosity::Normal)
        },
        origin(),
    );
    let mut out = Vec::new();
    report.result(&mut out, &bare(Outcome::Ended)).unwrap();
    let expected = format!("\x1b[32mended\x1b[0m          {ID}    -  \x1b[2m   0 ms\x1b[0m\n");
    assert_eq!(String::from_utf8(out).unwrap(), expected);
    assert!(!text(&Outcome::ALL.map(full)).contains('\x1b'));
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let nasty = "a\x1b]0;owned\x07\r\nended \u{9b}31m\u{202e}z";
    let result = CallResult {
        id: nasty.into(),
        request_id: Some(nasty.into()),
        source: Some(Source { file: nasty.into(), line: 1 }),
        error: Some(error(Some(nasty), nasty, Some(nasty))),
        plan: Some(Plan { method: "DELETE", url: nasty.into(), state: Some(nasty.into()) }),
        seen: Some(LastSeen { state: nasty.into(), time: None, age: None, tenant_id: None }),
        ..full(Outcome::Invalid)
    };
    let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    let line = text(std::slice::from_ref(&result));
    assert!(!line.contains(harmful) && line.lines().count() == 1, "{line:?}");
    let safe = "a]0;owned ended 31mz";
    let shown = jsonl(&result);
    for at in ["/id", "/request_id", "/error/code", "/error/message", "/error/hint", "/url", "/state"] {
        assert_eq!(shown.pointer(at).unwrap(), safe, "{at}");
    }
    let endless =
        CallResult { error: Some(error(None, &"x".repeat(1 << 20), None)), ..full(Outcome::Failed) };
    assert!(text(&[endless]).len() < 3000);
}

#[test]
fn a_result_has_its_fields_in_their_order() {
    let line = written(Format::Jsonl, Verbosity::Normal, &[full(Outcome::NotFound)], None);
    let expected = concat!(
        r#"{"id":"57dab8b1-894c-409a-b240-bd8beae78896","app_id":"my-app","outcome":"not-found","ok":false,"status":404,"#,
        r#""confirmed":null,"attempts":1,"duration_ms":85,"time":"2026-03-01T12:00:00.500Z","#,
        r#""route":"applications","client_request_id":"00000000-0000-4000-8000-000000000001","#,
        r#""request_id":"req-1","source":null,"#,
        r#""error":{"code":"8522","message":"what happened","hint":"what to do"},"#,
        r#""base_url":"https://graph.microsoft.com","sandbox":false}"#,
        "\n"
    );
    assert_eq!(line, expected);
}

#[test]
fn fields_that_are_not_known_are_null_and_never_missing() {
    let expected = json!({
        "id": ID, "app_id": null, "outcome": "not-attempted", "ok": false, "status": null, "confirmed": null, "attempts": 0,
        "duration_ms": 0, "time": "2026-03-01T12:00:00.500Z", "route": null, "client_request_id": null,
        "request_id": null, "source": null, "error": null, "base_url": "https://graph.microsoft.com", "sandbox": false
    });
    assert_eq!(jsonl(&bare(Outcome::NotAttempted)), expected);
    assert_eq!(jsonl(&full(Outcome::Ended))["confirmed"], true);
    assert_eq!(jsonl(&full(Outcome::Invalid))["source"], "calls.txt:7");
}

#[test]
fn every_outcome_is_named_alike_in_each_format() {
    for outcome in Outcome::ALL {
        let result = full(outcome);
        assert_eq!(jsonl(&result)["outcome"], outcome.name());
        assert!(text(std::slice::from_ref(&result)).starts_with(outcome.name()));
        let document = written(Format::Json, Verbosity::Normal, &[result], Some(&summary(&[outcome])));
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["results"][0]["outcome"], outcome.name());
        assert_eq!(document["summary"]["counts"][outcome.name().replace('-', "_")], 1);
    }
}

/// The keys after those that every result has.
fn extra(result: &CallResult) -> String {
    let line = written(Format::Jsonl, Verbosity::Normal, std::slice::from_ref(result), None);
    let (_, extra) = line.trim_end().trim_end_matches('}').split_once(r#""sandbox":false"#).unwrap();
    extra.to_owned()
}

#[test]
fn plan_and_record_add_their_fields_and_one_state() {
    let url = plan(None).url;
    let planned = full(Outcome::Planned);
    assert_eq!(extra(&planned), format!(r#","method":"DELETE","url":"{url}","state":null"#));
    let recorded = CallResult { seen: Some(seen()), ..planned.clone() };
    let since = r#""last_seen":"2026-03-01T09:00:00.000Z","age_seconds":10925,"tenant_id":"my-tenant""#;
    assert_eq!(
        extra(&recorded),
        format!(r#","method":"DELETE","url":"{url}","state":"established",{since}"#)
    );
    let asked = CallResult { plan: Some(plan(Some("terminated"))), ..recorded };
    assert_eq!(extra(&asked), format!(r#","method":"DELETE","url":"{url}","state":"terminated",{since}"#));
    let ended = CallResult { seen: Some(seen()), ..full(Outcome::Ended) };
    assert_eq!(extra(&ended), format!(r#","state":"established",{since}"#));
    let timeless = LastSeen { time: None, age: None, ..seen() };
    let ended = CallResult { seen: Some(timeless), ..full(Outcome::Ended) };
    assert_eq!(
        extra(&ended),
        r#","state":"established","last_seen":null,"age_seconds":null,"tenant_id":"my-tenant""#
    );
}

#[test]
fn the_document_is_valid_with_any_number_of_results() {
    for n in 0..4 {
        let results = vec![full(Outcome::Ended); n];
        let document =
            written(Format::Json, Verbosity::Normal, &results, Some(&summary(&vec![Outcome::Ended; n])));
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["results"].as_array().unwrap().len(), n);
        assert_eq!(document["summary"]["total"], n);
    }
}

#[test]
fn the_summary_has_its_fields_in_their_order() {
    let mut all = summary(&[Outcome::Ended, Outcome::Ended, Outcome::StillActive]);
    (all.duplicates, all.input_complete, all.exit, all.sandbox) = (3, false, Exit::Failed, true);
    (all.stopped, all.already_done, all.left_alone.no_time) = (Some("SIGINT".into()), 2, 1);
    all.retry_after = Some(Duration::from_millis(120_001));
    let expected = concat!(
        r#"{"results":[],"summary":{"total":3,"counts":{"ended":2,"skipped":0,"planned":0,"not_found":0,"#,
        r#""throttled":0,"unavailable":0,"failed":0,"still_active":1,"invalid":0,"unauthorized":0,"#,
        r#""forbidden":0,"not_attempted":0},"duplicates":3,"input_complete":false,"stopped":"SIGINT","#,
        r#""retry_after_seconds":121,"already_done":2,"left_alone":{"no_time":1,"too_young":0,"#,
        r#""other_tenant":0,"unknown_tenant":0},"duration_ms":412,"#,
        r#""exit_code":1,"sandbox":true,"base_url":"https://graph.microsoft.com"}}"#,
        "\n"
    );
    assert_eq!(written(Format::Json, Verbosity::Normal, &[], Some(&all)), expected);
}

#[test]
fn a_run_that_never_began_writes_nothing_and_one_cut_short_closes_its_document() {
    assert_eq!(written(Format::Json, Verbosity::Normal, &[], None), "");
    let cut = written(Format::Json, Verbosity::Normal, &[full(Outcome::Ended)], None);
    assert!(serde_json::from_str::<Value>(&cut).unwrap().get("summary").is_none());
}

#[test]
fn quiet_shows_failures_only_in_every_format() {
    let results = Outcome::ALL.map(full);
    let bad = results.iter().filter(|result| result.exit != Exit::Ok).count();
    let all = summary(&Outcome::ALL);
    let lines = |format, volume| written(format, volume, &results, Some(&all)).lines().count();
    for format in [Format::Text, Format::Jsonl] {
        assert_eq!(lines(format, Verbosity::Normal), 12);
        assert_eq!(lines(format, Verbosity::Quiet), bad);
        assert_eq!(lines(format, Verbosity::Silent), 0);
    }
    assert_eq!(lines(Format::Json, Verbosity::Quiet), bad + 2, "a document has its summary");
    assert_eq!(lines(Format::Json, Verbosity::Silent), 0);
    let fine = CallResult { exit: Exit::Ok, ..full(Outcome::NotFound) };
    assert_eq!(written(Format::Text, Verbosity::Quiet, &[fine], None), "");
}

/// The report on a terminal of 80 columns.
fn on_terminal(results: &[CallResult], verbose: bool) -> String {
    let mut table = Table::new(Style::Off, LineWidth::Fixed(80), verbose);
    let mut out = Vec::new();
    for result in results {
        table.line(&mut out, result).unwrap();
    }
    table.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn terminal_lines_never_wrap_and_ids_stay_whole() {
    let mut results = Outcome::ALL.map(full).to_vec();
    let long = error(Some("8522"), &"会議 and a long message ".repeat(20), None);
    results.extend(Outcome::ALL.map(|outcome| CallResult { error: Some(long.clone()), ..full(outcome) }));
    let text = on_terminal(&results, false);
    for line in text.lines() {
        assert!(text_width(line) <= 80, "{line}");
        assert!(line.contains(ID) || line.starts_with("not-attempted  2 calls  what happened"), "{line}");
    }
    insta::assert_snapshot!(text.lines().skip(3).step_by(12).collect::<Vec<_>>().join("\n"), @r"
    not-found      57dab8b1-894c-409a-b240-bd8beae78896  404    85 ms  8522: what h…
    throttled      57dab8b1-894c-409a-b240-bd8beae78896  429    85 ms  8522: 会議 a…
    ");
}

#[test]
fn terminal_shows_active_calls_as_a_table() {
    let source = |line| Some(Source { file: "logs/bot.log".into(), line });
    let planned = |line| CallResult { seen: Some(seen()), source: source(line), ..full(Outcome::Planned) };
    let unknown = LastSeen { time: None, age: None, ..seen() };
    let results = [planned(12), CallResult { seen: Some(unknown), ..planned(3) }];
    insta::assert_snapshot!(on_terminal(&results, false), @r"
    ID                                    STATE                 AGE  SOURCE
    57dab8b1-894c-409a-b240-bd8beae78896  established         3h 2m  logs/bot.log:12
    57dab8b1-894c-409a-b240-bd8beae78896  established       unknown  logs/bot.log:3
    ");
    assert!(on_terminal(&results, true).contains("\n  DELETE https://graph/"));
}

#[test]
fn errors_of_the_writer_come_back() {
    let mut full_disk: &mut [u8] = &mut [];
    for format in [Format::Text, Format::Json, Format::Jsonl] {
        let mut report = Report::new(&output(format, Verbosity::Normal), origin());
        assert!(report.result(&mut full_disk, &full(Outcome::Ended)).is_err(), "{format:?}");
    }
}
