//! Stops: signals, the deadline, the first failure. Every call is in exactly one result, and none is told wrongly.

use std::collections::BTreeSet;
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
fn a_signal_under_load_loses_and_invents_nothing() {
    for (signal, exit) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let graph = Graph::saying(Reply::ended().after(Duration::from_millis(20)));
        let command =
            hangup().file("list", calls(3000)).to(&graph).args(["-j", "8", "-o", "json", "-f", "list"]);
        let running = command.spawn();
        graph.wait_for(100);
        running.signal(signal);
        let done = running.end();
        let summary = done.exit(exit).summary();
        assert_eq!(ids(&done, "ended"), asked(&graph), "what is under way gets the time to finish");
        assert!(asked(&graph).len() < 3000, "nothing new is begun");
        let (counts, total) = (&summary["counts"], &summary["total"]);
        let settled = counts["ended"].as_u64().unwrap() + counts["not-attempted"].as_u64().unwrap();
        assert_eq!(total.as_u64(), Some(settled));
        assert!(done.results("not-attempted").iter().all(|r| r["attempts"] == 0));
    }
}

#[test]
fn after_a_signal_no_more_input_is_read() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["-o", "json", "-"]).spawn();
    running.write("a\nb\n");
    graph.wait_for(2);
    running.signal(Signal::SIGINT);
    let done = running.end();
    let summary = done.exit(130).summary();
    assert_eq!((&summary["input_complete"], &summary["counts"]["ended"]), (&false.into(), &2.into()));
}

#[test]
fn an_idle_pipe_does_not_hold_up_a_signal() {
    let graph = Graph::start().may_stay_unasked();
    let running = hangup().to(&graph).args(["-v", "-o", "json", "-"]).spawn();
    sleep(Duration::from_millis(300));
    running.signal(Signal::SIGTERM);
    assert_eq!(running.end().code, Some(143));
}

#[test]
fn a_second_signal_ends_at_once() {
    let graph = Graph::saying(Reply::stall());
    let running = hangup().to(&graph).args(["-o", "json", "a", "b"]).spawn();
    graph.wait_for_under_way(2);
    let begun = Instant::now();
    running.signal(Signal::SIGINT);
    // Two of the same kind would become one if the first had not been taken yet.
    sleep(Duration::from_millis(300));
    running.signal(Signal::SIGINT);
    assert_eq!(running.end().code, Some(130));
    assert!(begun.elapsed() < Duration::from_secs(4), "the first signal's grace is 5 s");
}

#[test]
fn what_does_not_finish_in_its_grace_is_cut_and_said() {
    let graph = Graph::builder().always("stuck", [Reply::stall()]).start();
    let running = hangup().to(&graph).args(["-j", "2", "-o", "json", "stuck", "fine"]).spawn();
    graph.wait_for(2);
    let begun = Instant::now();
    running.signal(Signal::SIGINT);
    let done = running.end();
    assert!(
        (Duration::from_secs(4)..Duration::from_secs(10)).contains(&begun.elapsed()),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(done.exit(130).results("unavailable")[0]["attempts"], 1);
    assert_eq!(done.summary()["counts"]["ended"], 1);
}

#[test]
fn a_signal_ends_a_pause() {
    let graph = Graph::saying(Reply::throttled("60"));
    let mut running = hangup().to(&graph).args(["-o", "json", "-j", "1", "a", "b"]).spawn();
    running.hears("paused");
    let begun = Instant::now();
    running.signal(Signal::SIGINT);
    let done = running.end();
    assert!(begun.elapsed() < Duration::from_secs(4), "nothing is under way that needs the grace");
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
            (&summary["counts"]["ended"], &summary["counts"]["not-attempted"]),
            (&1.into(), &2.into())
        );
        assert_eq!(asked(&graph).len(), 2);
    }
}

#[test]
fn fail_fast_lets_pass_what_is_fine() {
    let graph = Graph::builder().always(GUID, [Reply::not_found()]).start();
    let args = ["--fail-fast", "--ignore-not-found", "-j", "1", GUID, "b"];
    hangup().to(&graph).args(args).run().exit(0);
}

#[test]
fn the_deadline_cuts_what_is_under_way() {
    let graph = Graph::saying(Reply::stall());
    let args = ["--deadline", "600ms", "-j", "2", "-o", "json", "a", "b", "c"];
    let done = hangup().to(&graph).args(args).run();
    let summary = done.exit(5).summary();
    assert_eq!(
        (&summary["counts"]["unavailable"], &summary["counts"]["not-attempted"]),
        (&2.into(), &1.into())
    );
    assert!((600..5000).contains(&summary["duration_ms"].as_u64().unwrap()), "{summary:#}");
    assert_eq!(asked(&graph).len(), 2);
}

#[test]
fn the_deadline_counts_while_input_is_awaited() {
    let graph = Graph::start();
    let mut running = hangup().to(&graph).args(["--deadline", "600ms", "-o", "json", "-"]).spawn();
    running.write("a\n");
    let done = running.end();
    let summary = done.exit(5).summary();
    assert_eq!((&summary["counts"]["ended"], &summary["input_complete"]), (&1.into(), &false.into()));
}

#[test]
fn a_401_ends_a_run_whose_input_stays_open() {
    let graph = Graph::saying(Reply::status(401));
    let mut running = hangup().to(&graph).args(["-o", "json", "-"]).spawn();
    running.write("a\n");
    let done = running.end();
    assert_eq!(done.exit(3).summary()["input_complete"], false);
}

#[test]
fn what_was_under_way_when_the_run_stopped_is_never_called_unattempted() {
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
