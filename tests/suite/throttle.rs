//! Throttling holds back the whole run, for as long as the service asks and no longer than makes sense.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Asked, Graph, Reply, at_once, calls, hangup};

/// The time from the first request to the second.
fn gap(asked: &[Asked]) -> Duration {
    asked[1].at - asked[0].at
}

#[test]
fn retry_after_is_never_undercut() {
    at_once([429, 503], |status| {
        let busy = Reply::error(status, "Busy", "Later.").header("Retry-After", "1");
        let graph = Graph::builder().script("a", [busy]).start();
        let done = hangup().to(&graph).args(["-j", "1", "-o", "json", "a", "b"]).run();
        assert_eq!(done.exit(0).summary()["counts"]["ended"], 2);
        assert!(gap(&graph.asked()) >= Duration::from_secs(1), "{status}: {:?}", gap(&graph.asked()));
    });
}

#[test]
fn throttled_call_pauses_the_whole_run() {
    let seen = AtomicUsize::new(0);
    let graph = Graph::builder()
        .default(move |_| match seen.fetch_add(1, Ordering::Relaxed) {
            40 => Reply::throttled("1"),
            _ => Reply::ended().after(Duration::from_millis(20)),
        })
        .start();
    let done = hangup().stdin(calls(200)).to(&graph).args(["-j", "8", "-o", "json", "-"]).run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 200);
    let asked = graph.asked();
    let paused = asked[40].at;
    // What was sent before the answer was there may still come in; a third of the pause is ample for that.
    let early = asked.iter().filter(|a| {
        let since = a.at.saturating_duration_since(paused);
        since > Duration::from_millis(350) && since < Duration::from_secs(1)
    });
    assert_eq!(early.count(), 0);
    assert_eq!(asked.len(), 201);
}

#[test]
fn retry_after_date_is_measured_against_the_response_date() {
    let throttled =
        Reply::throttled("Sun, 09 Sep 2001 01:46:42 GMT").header("Date", "Sun, 09 Sep 2001 01:46:40 GMT");
    let graph = Graph::builder().script("a", [throttled]).start();
    hangup().to(&graph).arg("a").run().exit(0);
    let gap = gap(&graph.asked());
    assert!((Duration::from_secs(2)..Duration::from_secs(8)).contains(&gap), "{gap:?}");
}

#[test]
fn invalid_or_past_retry_after_is_an_ordinary_back_off() {
    let past = "Sun, 09 Sep 2001 01:46:40 GMT";
    at_once(["", "soon", "-5", "0", "1e3", "0x10", "+", past, "\u{1f4a9}"], |value| {
        let graph = Graph::builder().script("a", [Reply::throttled(value)]).start();
        let done = hangup().to(&graph).args(["-o", "json", "a"]).run();
        assert_eq!(done.exit(0).result()["attempts"], 2, "{value:?}");
        assert!(done.summary()["duration_ms"].as_u64().unwrap() < 5000, "{value:?}");
    });
}

#[test]
fn missing_retry_after_is_an_ordinary_back_off() {
    let graph = Graph::builder().script("a", [Reply::status(429), Reply::status(429)]).start();
    assert_eq!(hangup().to(&graph).args(["-o", "json", "a"]).run().exit(0).result()["attempts"], 3);
}

#[test]
fn wait_over_ten_minutes_does_not_start() {
    let far = ["601", "31536000", "99999999999999999999999", "Mon, 01 Jan 3027 00:00:00 GMT"];
    for value in far {
        let graph = Graph::builder().default(move |_| Reply::throttled(value)).start();
        let done = hangup().to(&graph).args(["-j", "1", "-o", "json", "a", "b"]).run();
        let summary = done.exit(5).summary();
        assert_eq!(done.results("throttled")[0]["attempts"], 1, "{value}");
        assert_eq!(done.results("not-attempted").len(), 1, "{value}");
        assert!(summary["duration_ms"].as_u64().unwrap() < 5000, "{value}: {summary:#}");
        assert_eq!(graph.asked().len(), 1);
    }
}

#[test]
fn wait_beyond_the_deadline_does_not_start() {
    let graph = Graph::saying(Reply::throttled("60"));
    let done = hangup().to(&graph).args(["--deadline", "10s", "-j", "1", "-o", "json", "a", "b"]).run();
    let summary = done.exit(5).summary();
    assert!(summary["duration_ms"].as_u64().unwrap() < 5000, "{summary:#}");
    assert_eq!((graph.asked().len(), &summary["counts"]["throttled"]), (1, &1.into()));
}

#[test]
fn stop_for_throttling_says_when_to_come_back() {
    let done = hangup().to(&Graph::saying(Reply::throttled("3600"))).arg("a").run();
    let said = &done.exit(5).stderr;
    assert!(["1 h", "1h", "60 min", "3600 s"].iter().any(|time| said.contains(time)), "{said}");
}

#[test]
fn long_pause_is_reported_once() {
    at_once([("1", 0), ("3", 1)], |(seconds, times)| {
        let graph = Graph::builder().script("a", [Reply::throttled(seconds)]).start();
        let done = hangup().to(&graph).args(["-j", "4", "a", "b", "c", "d", "e", "f"]).run();
        assert_eq!(done.exit(0).times_said("throttled: waiting"), times, "{done:?}");
    });
}

/// Lets through so many requests in any one second.
fn limited(per_second: usize) -> impl Fn(&Asked) -> Reply + Send + Sync {
    let recent = Mutex::new(VecDeque::<Instant>::new());
    move |asked| {
        let mut recent = recent.lock().unwrap();
        while recent.front().is_some_and(|at| asked.at - *at > Duration::from_secs(1)) {
            recent.pop_front();
        }
        // The service counts those that it turns away, too.
        recent.push_back(asked.at);
        if recent.len() > per_second { Reply::throttled("1") } else { Reply::ended() }
    }
}

#[test]
fn rate_limit_wastes_few_requests() {
    let graph = Graph::builder().default(limited(200)).start();
    let done = hangup().stdin(calls(500)).to(&graph).args(["-o", "json", "-"]).run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 500);
    let wasted = graph.asked().len() - 500;
    assert!((1..=150).contains(&wasted), "{wasted} requests were turned away");
}
