//! Calls from files and standard input, read as a stream.

use serde_json::Value;

use crate::support::{Graph, calls, hangup};

fn ids(graph: &Graph) -> Vec<String> {
    let mut ids: Vec<String> = graph.asked().iter().map(crate::support::Asked::id).collect();
    ids.sort();
    ids
}

#[test]
fn list_with_comments_and_blank_lines() {
    let graph = Graph::start();
    let list = "\u{feff}# stuck since Monday\r\none\r\n\r\n  two  \n\t/app/calls/three\n# end\nfour";
    hangup().file("list", list).to(&graph).args(["-f", "list"]).run().exit(0);
    assert_eq!(ids(&graph), ["four", "one", "three", "two"]);
}

#[test]
fn stdin_can_be_named_in_two_ways() {
    for args in [vec!["-"], vec!["-f", "-"], vec!["--file", "-"], vec!["--file=-"]] {
        let graph = Graph::start();
        hangup().stdin("a\nb\n").to(&graph).args(args).run().exit(0);
        assert_eq!(ids(&graph), ["a", "b"]);
    }
}

#[test]
fn files_arguments_and_stdin_add_up() {
    let graph = Graph::start();
    let command = hangup().file("l", "a\nb\n").file("m", "b\nc\n").stdin("d\na\n").to(&graph);
    let done = command.args(["-o", "json", "-f", "l", "-f", "m", "-", "e"]).run();
    assert_eq!(done.exit(0).summary()["duplicates"], 2);
    assert_eq!(ids(&graph), ["a", "b", "c", "d", "e"]);
}

#[test]
fn results_have_file_and_line() {
    let graph = Graph::start();
    let command = hangup().file("list", "# head\na\n").stdin("\n\nb\n").to(&graph);
    let done = command.args(["-o", "json", "-f", "list", "-", "c"]).run();
    let source = |id: &str| done.results("ended").iter().find(|r| r["id"] == id).unwrap()["source"].clone();
    assert_eq!((source("a"), source("b"), source("c")), ("list:2".into(), "-:3".into(), Value::Null));
}

#[test]
fn calls_are_sent_while_the_pipe_stays_open() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["-o", "jsonl", "-"]).spawn();
    for id in ["first", "second"] {
        running.write(format!("{id}\n"));
        assert!(running.line().contains(id));
    }
    assert!(running.is_alive());
    running.finish().exit(0).says("2 ended");
}

#[test]
fn text_report_is_not_buffered_in_a_pipe() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).arg("-").spawn();
    running.write("first\n");
    assert!(running.line().contains("first"));
    running.finish().exit(0);
}

#[test]
fn missing_file_sends_nothing() {
    let graph = Graph::start();
    let done = hangup().file("list", "a\n").to(&graph).args(["-f", "list", "-f", "nowhere", "b"]).run();
    done.refuses("nowhere");
    hangup().to(&graph).args(["-f", ".", "b"]).run().exit(2).no_report();
    graph.expect_untouched();
}

#[test]
fn invalid_line_is_a_result_and_the_rest_goes_on() {
    let graph = Graph::start();
    let command = hangup().file("list", "a\nb/c\n..\n/app/calls/\nd e\nf\n").to(&graph);
    let done = command.args(["-o", "json", "-f", "list"]).run();
    assert_eq!(done.exit(1).summary()["counts"]["invalid"], 4);
    let invalid = done.results("invalid");
    let sources: Vec<_> = invalid.iter().map(|r| r["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["list:2", "list:3", "list:4", "list:5"]);
    for result in &invalid {
        assert_eq!((&result["attempts"], &result["status"]), (&0.into(), &Value::Null));
        assert!(!result["error"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(ids(&graph), ["a", "f"]);
}

#[test]
fn overlong_and_binary_lines_are_invalid() {
    let graph = Graph::start();
    let mut list = vec![b'x'; 3 << 20];
    list.extend_from_slice(b"\na\n\xff\xfe\x00\x1b[31m\nb\n");
    let done = hangup().stdin(list).to(&graph).args(["-o", "json", "-"]).run();
    assert_eq!(done.exit(1).summary()["counts"]["invalid"], 2);
    assert!(done.stdout.len() < 8000 && !done.stdout.contains("\\u001b"), "{} bytes", done.stdout.len());
    assert_eq!(ids(&graph), ["a", "b"]);
}

#[test]
fn utf16_is_refused_with_a_hint() {
    let graph = Graph::start();
    for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
        let list = [&mark[..], b"a\0\n\0"].concat();
        let done = hangup().file("list", list).to(&graph).args(["-f", "list"]).run();
        assert!(matches!(done.code, Some(1 | 2)), "{done:?}");
        assert!(format!("{}{}", done.stdout, done.stderr).contains("UTF-16"), "{done:?}");
    }
    graph.expect_untouched();
}

#[test]
fn empty_list_is_a_success() {
    let graph = Graph::start();
    for list in ["", "\n\n", "# nothing today\n", "\u{feff}"] {
        let command = hangup().file("list", list).to(&graph).args(["-o", "json", "-f", "list"]);
        assert_eq!(command.run().exit(0).summary()["total"], 0);
        hangup().stdin(list).to(&graph).arg("-").run().exit(0);
    }
    graph.expect_untouched();
}

#[test]
fn max_calls_refuses_a_longer_list() {
    let graph = Graph::start();
    let limited = |max: &str| {
        hangup().stdin("a\nb\na\nc\n").to(&graph).args(["--max-calls", max, "-o", "json", "-"]).run()
    };
    limited("2").refuses("--max-calls");
    assert_eq!(graph.asked().len(), 0);
    assert_eq!(limited("3").exit(0).summary()["total"], 3, "a repeat is no call more");
}

#[test]
fn max_calls_reads_the_whole_list_first() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["--max-calls", "5", "-"]).spawn();
    running.write("a\n");
    // Long enough for a run that does not wait to have sent it: it would be there in a few milliseconds.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(graph.asked().len(), 0);
    running.write("b\n");
    running.finish().exit(0);
    assert_eq!(ids(&graph), ["a", "b"]);
}

#[test]
fn long_list_is_fully_accounted_for() {
    let graph = Graph::start();
    let list = calls(5000);
    let done = hangup().stdin(list).to(&graph).args(["-o", "json", "-"]).run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 5000);
    let mut asked = ids(&graph);
    asked.dedup();
    assert_eq!(asked.len(), 5000);
}

#[test]
fn pasted_lines_name_their_one_guid() {
    let graph = Graph::start();
    let guid = |n: u32| format!("57dab8b1-894c-409a-b240-{n:012}");
    let list = format!(
        "Call ID: {}\n\"{}\",\n{{{}}}\n- {} hangs since 9:00\n{{\"callId\":\"{}\"}}\nScenario-Id: {}\n{} {}\n",
        guid(1),
        guid(2),
        guid(3),
        guid(4),
        guid(5),
        guid(6),
        guid(7),
        guid(8)
    );
    let done = hangup().file("chat.txt", list).to(&graph).args(["-o", "json", "-f", "chat.txt"]).run();
    done.exit(1);
    assert_eq!((done.results("ended").len(), done.results("invalid").len()), (5, 2));
    assert_eq!(ids(&graph), (1..=5).map(guid).collect::<Vec<_>>());
}

#[test]
fn saved_results_are_a_list_of_what_is_left() {
    let graph = Graph::start();
    let first = hangup().to(&graph).args(["-o", "jsonl", "--dry-run", "a", "b"]).run();
    let planned = first.exit(0).stdout.clone();
    let second = hangup().file("plan.jsonl", &planned).to(&graph).args(["-f", "plan.jsonl"]).run();
    second.exit(0).says("2 ended");
}

#[test]
fn closed_standard_input_is_a_usage_error() {
    let graph = Graph::start();
    hangup().to(&graph).arg("-").redirect("<&-").run().refuses("standard input is closed");
    hangup().to(&graph).arg("-").redirect("</dev/null").run().exit(0);
    graph.expect_untouched();
}

#[test]
fn nul_separated_file_is_refused_before_anything_is_sent() {
    let graph = Graph::start();
    hangup().file("list", "abc\0def\0").to(&graph).args(["-f", "list", "c"]).run().refuses("NUL");
    graph.expect_untouched();
}
