//! The fault suite: many calls to a service of which a tenth of the answers are bad. Every call is in exactly one
//! result, all that could be ended were, and what is said of each is compared with what the service did.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::mix::{Mix, Protocol, seed};
use crate::support::tls::{Authority, Certificate};
use crate::support::{Done, Graph, Hangup, at_once, calls, hangup};

/// A run's most memory. That of a debug build without faults is 17 MiB; all floods together were 100 GiB.
const MOST_MEMORY_KIB: u64 = 64 << 10;

struct Size {
    calls: usize,
    /// How often one call can fail.
    faults: usize,
    timeout: &'static str,
}

const SMALL: Size = Size { calls: 500, faults: 1, timeout: "1s" };
const BIG: Size = Size { calls: 10_000, faults: 3, timeout: "1s" };

fn server(protocol: Protocol, mix: &Arc<Mix>, authority: &Authority) -> Graph {
    let mix = Arc::clone(mix);
    let graph = Graph::builder().default(move |asked| mix.answer(asked));
    match protocol {
        Protocol::Http1 => graph.start(),
        Protocol::Http2 => graph.http2(authority).goaway_after(300).dies_after(200).start(),
    }
}

/// Runs to its end, with the most memory it had on the way, in KiB.
fn run(command: &Hangup, list: &str) -> (Done, u64) {
    let mut running = command.spawn().patiently(Duration::from_secs(600));
    running.write(list);
    running.close_stdin();
    let mut peak = 0;
    while running.is_alive() {
        peak = peak.max(running.peak_memory());
        sleep(Duration::from_millis(10));
    }
    (running.finish(), peak)
}

fn ids(done: &Done, outcomes: &[&str]) -> BTreeSet<String> {
    let results = outcomes.iter().flat_map(|outcome| done.results(outcome));
    results.map(|result| result["id"].as_str().unwrap().to_owned()).collect()
}

#[expect(clippy::print_stderr, reason = "the figures are what the suite is run for")]
fn check(protocol: Protocol, size: &Size) {
    let (authority, started) = (Authority::new(), Instant::now());
    let mix = Arc::new(Mix::new(protocol, size.calls, size.faults, seed()));
    let graph = server(protocol, &mix, &authority);
    let command = hangup().file("ca.pem", &authority.pem).to(&graph).args(["--cacert", "ca.pem"]);
    let command = command.args(["-j", "64", "--timeout", size.timeout, "--retries", "8", "-o", "json", "-"]);
    let (done, peak) = run(&command, &calls(size.calls));
    let counts = done.summary()["counts"].clone();

    let all: BTreeSet<String> = calls(size.calls).lines().map(str::to_owned).collect();
    let (ended, refused) = (ids(&done, &["ended"]), ids(&done, &["failed", "forbidden"]));
    assert_eq!(ended, mix.ended(), "what is told as ended is what the service has ended");
    assert_eq!(ended, mix.endable(), "all that could be ended was: {counts:#}");
    assert_eq!(refused, &all - &ended, "the rest was refused: {counts:#}");
    assert_eq!(done.summary()["total"], size.calls, "one result a call");
    assert!(peak < MOST_MEMORY_KIB, "{peak} KiB");
    let (answers, faulty) = mix.answers();
    assert!(faulty * 20 > size.calls, "{faulty} faults in {answers} answers are too few to tell anything");
    let unconfirmed = done.results("ended").iter().filter(|r| r["confirmed"] == false).count();
    eprintln!(
        "{protocol:?}: {} calls, {answers} answers, {faulty} of them faulty, {} connections, {} MiB of floods \
         taken; {} ended ({unconfirmed} unconfirmed), {} refused; {} overtaken; {peak} KiB, {:.1} s",
        size.calls,
        graph.connections(),
        graph.flooded() >> 20,
        ended.len(),
        refused.len(),
        overtaken(&done, &graph),
        started.elapsed().as_secs_f64(),
    );
}

/// How many results came before one that had been asked for earlier.
fn overtaken(done: &Done, graph: &Graph) -> usize {
    let order: Vec<String> = graph.asked().iter().map(crate::support::Asked::id).collect();
    let place = |id: &str| order.iter().position(|asked| asked == id);
    let results = done.json();
    let places: Vec<_> = results["results"].as_array().unwrap().iter().take(2000).collect();
    let places: Vec<_> = places.iter().map(|r| place(r["id"].as_str().unwrap())).collect();
    places.windows(2).filter(|pair| pair[0] > pair[1]).count()
}

#[test]
fn faulty_responses_to_500_calls() {
    at_once([Protocol::Http1, Protocol::Http2], |protocol| check(protocol, &SMALL));
}

#[test]
#[ignore = "takes half a minute: cargo test --test suite faults:: -- --ignored --nocapture"]
fn faulty_responses_to_10000_calls() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        check(protocol, &BIG);
    }
}

#[test]
fn certificate_rejected_during_a_run_stops_it() {
    at_once([Certificate::Expired, Certificate::WrongHost], |certificate| {
        let authority = Authority::new();
        let mix = Arc::new(Mix::new(Protocol::Http1, 200, 1, seed()));
        let served = Arc::clone(&mix);
        let graph = Graph::builder().default(move |asked| served.answer(asked));
        let graph = graph.tls(&authority, Certificate::Good).later(5, &authority, certificate).start();
        let command = hangup().file("ca.pem", &authority.pem).to(&graph).args(["--cacert", "ca.pem"]);
        let command = command.args(["-j", "4", "--timeout", "1s", "-o", "json", "-"]).stdin(calls(200));
        let done = command.run();
        done.exit(1).summary();
        assert!(done.stdout.contains("certificate"), "{certificate:?}: {done:#?}");
        let asked: BTreeSet<String> = graph.asked().iter().map(crate::support::Asked::id).collect();
        let untouched = ids(&done, &["not-attempted"]);
        assert!(untouched.is_disjoint(&asked) && !untouched.is_empty(), "{certificate:?}");
        assert!(ids(&done, &["ended"]).is_subset(&mix.ended()), "{certificate:?}");
        // Where an answer was lost, the retry ran into the bad certificate: ended, but nobody can know.
        let unknown: BTreeSet<String> = ids(&done, &["failed", "unavailable"]);
        assert!(mix.ended().is_subset(&(&ids(&done, &["ended"]) | &unknown)), "{certificate:?}");
    });
}
