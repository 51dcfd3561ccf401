//! Outputs that are closed, full or never read: the calls go on, and nothing panics.

use std::io::pipe;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Graph, Hangup, Reply, Running, Signal, calls, hangup};

#[test]
fn closed_stdout_reader_does_not_stop_the_run() {
    for format in ["text", "json", "jsonl"] {
        let graph = Graph::start();
        let hangup = hangup().file("list", calls(500)).to(&graph).args(["-o", format, "-f", "list"]);
        let mut command = hangup.command();
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let done = Running::new(command.spawn().unwrap()).end();
        assert_eq!(done.code, Some(0), "{format}: {done:?}");
        assert_eq!(graph.asked().len(), 500, "{format}");
    }
}

#[test]
fn closed_stderr_does_not_stop_the_run() {
    for args in [vec!["-v"], vec!["--sandbox"]] {
        for redirection in ["2>&-", "2>/dev/full"] {
            let graph = Graph::start().may_stay_unasked();
            let command = hangup().env("HANGUP_BASE_URL", &graph.base_url).redirect(redirection);
            let done = command.args(args.clone()).args(["a", "b"]).run();
            assert_eq!(done.stdout.lines().count(), 2, "{redirection}: {done:?}");
        }
    }
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let graph = Graph::saying(Reply::status(400));
    let hangup = hangup().to(&graph).args(["-v", "a"]);
    let mut command = hangup.command();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(writer);
    assert_eq!(Running::new(command.spawn().unwrap()).end().exit(1).stdout.lines().count(), 1);
}

#[test]
fn full_stdout_is_reported_and_calls_go_on() {
    for format in ["text", "json", "jsonl"] {
        let graph = Graph::start();
        let command = hangup().to(&graph).redirect(">/dev/full").args(["-o", format, "a", "b", "c"]);
        let done = command.run();
        assert_eq!(done.code, Some(1), "{format}: {done:?}");
        assert!(!done.stderr.is_empty());
        assert_eq!(graph.asked().len(), 3, "{format}");
    }
}

#[test]
fn closed_standard_streams_do_not_stop_the_run() {
    let graph = Graph::start();
    for redirection in [">&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"] {
        let before = graph.asked().len();
        let done = hangup().to(&graph).redirect(redirection).args(["a", "b"]).run();
        assert_eq!((done.code, graph.asked().len()), (Some(0), before + 2), "{redirection}");
    }
}

#[test]
fn help_into_closed_pipe_does_not_panic() {
    for args in [["--help"], ["--generate=bash"], ["--explain=8522"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let hangup = hangup().args(args);
        let mut command = hangup.command();
        command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let done = Running::new(command.spawn().unwrap()).end();
        assert!(matches!(done.code, Some(0 | 1)), "{args:?}: {done:?}");
    }
}

#[test]
fn unread_stdout_delays_no_signal() {
    let graph = Graph::start();
    let hangup = hangup().file("list", calls(20_000)).to(&graph).args(["-o", "jsonl", "-f", "list"]);
    let mut command = hangup.command();
    let (reader, writer) = pipe().unwrap();
    command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let mut running = Running::new(command.spawn().unwrap());
    drop(command);
    // The pipe holds 64 KiB, some 200 lines: after so many answers it has long been full.
    graph.wait_for(400);
    std::thread::sleep(Duration::from_millis(300));
    assert!(running.is_alive());
    running.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(1200));
    let second = Instant::now();
    running.signal(Signal::SIGINT);
    let done = running.end();
    assert_eq!(done.code, Some(130));
    assert!(second.elapsed() < Duration::from_secs(3), "{:?}", second.elapsed());
    drop(reader);
}

/// A run whose standard output is a pipe that nobody reads.
fn unread(graph: &Graph, list: usize, args: &[&str]) -> (Running, (std::io::PipeReader, Hangup)) {
    let hangup = hangup().file("list", calls(list)).to(graph).args(["-f", "list"]).args(args.to_vec());
    let mut command = hangup.command();
    let (reader, writer) = pipe().unwrap();
    command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let running = Running::new(command.spawn().unwrap());
    (running, (reader, hangup))
}

#[test]
fn unread_stdout_delays_no_call() {
    let graph = Graph::start();
    let (mut running, reader) = unread(&graph, 8000, &[]);
    graph.wait_for(8000);
    assert!(running.is_alive(), "its report is not read");
    drop(reader);
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn unread_stdout_delays_neither_deadline_nor_signal() {
    let graph = Graph::builder().default(|_| Reply::ended().after(Duration::from_millis(5))).start();
    let (deadline, _unread) = unread(&graph, 30_000, &["--deadline", "2s"]);
    let (signalled, _unread_too) = unread(&graph, 30_000, &[]);
    graph.wait_for(1000);
    signalled.signal(Signal::SIGTERM);
    assert_eq!(signalled.end().code, Some(143));
    assert_eq!(deadline.end().code, Some(5));
}
