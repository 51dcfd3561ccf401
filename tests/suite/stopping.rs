//! Signals, the deadline, `--fail-fast`: every call ends in exactly one result, and each result is true.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{Done, GUID, Graph, Reply, Signal, calls, hangup};

fn ids(done: &Done, outcome: &str) -> BTreeSet<String> {
    done.results(outcome).iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn asked(graph: &Graph) -> BTreeSet<String> {
    graph.asked().iter().map(crate::support::Asked::id).collect()
}

#[test]
fn signal_under_load_loses_and_invents_no_result() {
    for (signal, exit) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let graph = Graph::saying(Reply::ended().after(Duration::from_millis(20)));
        let command =
            hangup().file("list", calls(3000)).to(&graph).args(["-j", "8", "-o", "json", "-f", "list"]);
        let running = command.spawn();
        graph.wait_for(100);
        running.signal(signal);
        let done = running.end();
        let summary = done.exit(exit).summary();
        assert_eq!(ids(&done, "ended"), asked(&graph), "what is in flight gets the time to finish");
        assert!(asked(&graph).len() < 3000, "nothing new is begun");
        let (counts, total) = (&summary["counts"], &summary["total"]);
        let settled = counts["ended"].as_u64().unwrap() + counts["not_attempted"].as_u64().unwrap();
        assert_eq!(total.as_u64(), Some(settled));
        assert!(done.results("not-attempted").iter().all(|r| r["attempts"] == 0));
    }
}

#[test]
fn signal_stops_reading_input() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["-o", "json", "-"]).spawn();
    running.write("a\nb\n");
    graph.wait_for(2);
    running.signal(Signal::SIGINT);
    let done = running.end();
    let summary = done.exit(130).summary();
    assert_eq!((&summary["input_complete"], &summary["counts"]["ended"]), (&false.into(), &2.into()));
    done.says("run the same command again with --ignore-not-found");
}

#[test]
fn signal_ends_a_run_waiting_for_input() {
    let graph = Graph::start().may_stay_unasked();
    let running = hangup().to(&graph).args(["-v", "-o", "json", "-"]).spawn();
    sleep(Duration::from_millis(300));
    running.signal(Signal::SIGTERM);
    assert_eq!(running.end().code, Some(143));
}

#[test]
fn first_signal_is_acknowledged_with_what_it_waits_for() {
    let graph = Graph::saying(Reply::stall());
    let mut running = hangup().to(&graph).args(["-o", "json", "a", "b"]).spawn();
    graph.wait_for_under_way(2);
    running.signal(Signal::SIGINT);
    running.hears("interrupted (SIGINT): waiting up to 5 s for 2 requests in flight");
    assert!(running.is_alive());
}

#[test]
fn later_signal_aborts_and_reports_each_call() {
    for later in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let graph = Graph::saying(Reply::stall());
        let mut running = hangup().to(&graph).args(["-o", "json", "a", "b"]).spawn();
        graph.wait_for_under_way(2);
        running.signal(Signal::SIGINT);
        running.hears("waiting");
        sleep(Duration::from_millis(1100));
        let second = Instant::now();
        running.signal(later);
        let done = running.end();
        assert!(second.elapsed() < Duration::from_secs(2), "{:?}", second.elapsed());
        assert_eq!(done.exit(130).results("unavailable").len(), 2);
        assert_eq!(done.summary()["stopped"], "interrupted (SIGINT)");
    }
}

#[test]
fn second_signal_within_a_second_is_the_same_signal() {
    let graph = Graph::saying(Reply::ended().after(Duration::from_millis(1500)));
    let mut running = hangup().to(&graph).args(["-o", "json", "a"]).spawn();
    graph.wait_for_under_way(1);
    running.signal(Signal::SIGTERM);
    running.hears("waiting");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.end().exit(143).result()["outcome"], "ended");
}

#[test]
fn sigquit_aborts_at_once() {
    let graph = Graph::saying(Reply::stall());
    let running = hangup().to(&graph).args(["-o", "json", "a"]).spawn();
    graph.wait_for_under_way(1);
    let signalled = Instant::now();
    running.signal(Signal::SIGQUIT);
    assert_eq!(running.end().exit(130).result()["outcome"], "unavailable");
    assert!(signalled.elapsed() < Duration::from_secs(3), "{:?}", signalled.elapsed());
}

#[test]
fn process_dies_of_the_signal() {
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        let graph = Graph::start().may_stay_unasked();
        let command = hangup().to(&graph).args(["-o", "json", "-"]);
        let mut child = command.command();
        let mut child =
            child.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        sleep(Duration::from_millis(300));
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        let _stdin = child.stdin.take();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (None, Some(signal as i32)));
    }
}

#[test]
fn ignored_signal_stays_ignored() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["-o", "json", "-"]).after("trap '' HUP").spawn();
    running.write("a\n");
    graph.wait_for(1);
    running.signal(Signal::SIGHUP);
    running.write("b\n");
    assert_eq!(running.finish().exit(0).summary()["counts"]["ended"], 2);
}

#[test]
fn process_1_exits_with_the_number_of_the_signal() {
    let namespace = ["--pid", "--fork", "--kill-child", "--mount-proc"];
    if !Command::new("unshare").args(namespace).arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: PID namespaces are not allowed here");
        return;
    }
    let graph = Graph::start().may_stay_unasked();
    let program = hangup().to(&graph).args(["-o", "json", "--deadline", "20s", "-"]).command();
    let mut unshare = Command::new("unshare");
    // A signal from outside the namespace reaches its process 1, which is found as the only child of unshare.
    unshare.args(namespace).arg(program.get_program()).args(program.get_args());
    unshare.env("HANGUP_TOKEN", "t").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut unshare = unshare.spawn().unwrap();
    sleep(Duration::from_millis(500));
    let children = format!("/proc/{0}/task/{0}/children", unshare.id());
    let child: i32 = std::fs::read_to_string(children).unwrap().trim().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child), Signal::SIGTERM).unwrap();
    let _stdin = unshare.stdin.take();
    assert_eq!(unshare.wait().unwrap().code(), Some(143));
}

#[test]
fn signal_while_connecting_ends_at_once_and_claims_nothing_was_sent() {
    // A listener that accepts nothing, with its backlog full: further connections hang.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let fillers: Vec<_> = (0..5000)
        .map_while(|_| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok())
        .collect();
    let url = format!("http://{address}");
    let running = hangup().args(["--base-url", &url, "-v", "-o", "json", "a", "b"]).spawn();
    sleep(Duration::from_millis(500));
    let signalled = Instant::now();
    running.signal(Signal::SIGINT);
    let done = running.end();
    assert!(signalled.elapsed() < Duration::from_secs(3), "{:?}", signalled.elapsed());
    for result in done.exit(130).results("unavailable") {
        assert!(result["error"]["message"].as_str().unwrap().contains("while connecting"), "{result}");
    }
    drop(fillers);
}

#[test]
fn grace_period_cuts_off_requests_in_flight() {
    let graph = Graph::builder().always("stuck", [Reply::stall()]).start();
    let running = hangup().to(&graph).args(["-j", "2", "-o", "json", "stuck", "fine"]).spawn();
    graph.wait_for(2);
    let started = Instant::now();
    running.signal(Signal::SIGINT);
    let done = running.end();
    assert!(
        (Duration::from_secs(4)..Duration::from_secs(10)).contains(&started.elapsed()),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(done.exit(130).results("unavailable")[0]["attempts"], 1);
    assert_eq!(done.summary()["counts"]["ended"], 1);
}

#[test]
fn signal_ends_a_pause() {
    let graph = Graph::saying(Reply::throttled("60"));
    let mut running = hangup().to(&graph).args(["-o", "json", "-j", "1", "a", "b"]).spawn();
    running.hears("throttled: waiting");
    let started = Instant::now();
    running.signal(Signal::SIGINT);
    let done = running.end();
    assert!(started.elapsed() < Duration::from_secs(4), "nothing is under way that needs the grace");
    assert_eq!(done.exit(130).results("throttled")[0]["attempts"], 1);
    assert_eq!(done.results("not-attempted").len(), 1);
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    for (reply, exit) in [(Reply::status(400), 1), (Reply::not_found(), 4), (Reply::status(403), 3)] {
        let graph = Graph::builder().always("b", [reply]).start();
        let args = ["--fail-fast", "-j", "1", "-o", "json", "a", "b", "c", "d"];
        let done = hangup().to(&graph).args(args).run();
        let summary = done.exit(exit).summary();
        assert_eq!(
            (&summary["counts"]["ended"], &summary["counts"]["not_attempted"]),
            (&1.into(), &2.into())
        );
        assert_eq!(asked(&graph).len(), 2);
    }
}

#[test]
fn fail_fast_ignores_excused_not_found() {
    let graph = Graph::builder().always(GUID, [Reply::not_found()]).start();
    let args = ["--fail-fast", "--ignore-not-found", "-j", "1", GUID, "b"];
    hangup().to(&graph).args(args).run().exit(0);
}

#[test]
fn deadline_cuts_off_requests_in_flight() {
    let graph = Graph::saying(Reply::stall());
    let args = ["--deadline", "600ms", "-j", "2", "-o", "json", "a", "b", "c"];
    let done = hangup().to(&graph).args(args).run();
    let summary = done.exit(5).summary();
    assert_eq!(
        (&summary["counts"]["unavailable"], &summary["counts"]["not_attempted"]),
        (&2.into(), &1.into())
    );
    assert!((600..5000).contains(&summary["duration_ms"].as_u64().unwrap()), "{summary:#}");
    assert_eq!(asked(&graph).len(), 2);
}

#[test]
fn deadline_counts_while_waiting_for_input() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["--deadline", "600ms", "-o", "json", "-"]).spawn();
    running.write("a\n");
    let done = running.end();
    let summary = done.exit(5).summary();
    assert_eq!((&summary["counts"]["ended"], &summary["input_complete"]), (&1.into(), &false.into()));
}

#[test]
fn unauthorized_ends_a_run_whose_input_stays_open() {
    let graph = Graph::saying(Reply::status(401));
    let mut running = hangup().to(&graph).args(["-o", "json", "-"]).spawn();
    running.write("a\n");
    let done = running.end();
    assert_eq!(done.exit(3).summary()["input_complete"], false);
    done.says("hangup --check");
}

#[test]
fn requests_in_flight_at_a_stop_are_never_not_attempted() {
    let slow = || Reply::ended().after(Duration::from_millis(300));
    let refused = Reply::status(401).after(Duration::from_millis(100));
    let graph = Graph::builder().always("a", [refused]).default(move |_| slow()).start();
    let command =
        hangup().file("list", calls(50)).to(&graph).args(["-j", "4", "-o", "json", "a", "-f", "list"]);
    let done = command.run();
    done.exit(3).summary();
    let mut attempted = ids(&done, "ended");
    attempted.extend(ids(&done, "unauthorized"));
    attempted.extend(ids(&done, "unavailable"));
    assert_eq!(attempted, asked(&graph));
}
