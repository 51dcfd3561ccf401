//! The kill test: SIGKILL after a random number of requests, then the same command again. With `--log --resume` every
//! call is ended, and none is sent again once its result was logged.

use std::collections::BTreeSet;
use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::support::mix::seed;
use crate::support::{Asked, Graph, Hangup, Reply, Signal, app_token, calls, hangup};

const CALLS: usize = 60;

/// What all rounds together have seen.
#[derive(Debug, Default)]
struct Seen {
    runs: usize,
    kills: usize,
    /// Kills that left some calls logged and others not.
    midway: usize,
    torn: usize,
    requests: usize,
    /// Requests about a call whose first request was answered, but killed before it was logged.
    repeated: usize,
}

/// The double, and the limit at which it stops answering the run that is to be killed.
struct Service {
    graph: Graph,
    limit: Arc<Mutex<Option<Limit>>>,
}

/// The number of requests of one run up to which the double answers; the last of them gets no response, so that the
/// run cannot end before it is killed.
struct Limit {
    mark: String,
    left: usize,
    reached: Sender<()>,
}

impl Limit {
    /// Counts a request. Returns true if it gets no response.
    fn count(&mut self, asked: &Asked) -> bool {
        if asked.header("scenario-id") != Some(&self.mark) {
            return false;
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            let _ = self.reached.send(());
        }
        self.left == 0
    }
}

impl Service {
    /// Ends a call once; after that it is gone. Answers late, so that a kill finds requests in flight.
    fn start() -> Self {
        let (gone, limit) = (Mutex::new(BTreeSet::new()), Arc::new(Mutex::new(None::<Limit>)));
        let shared = Arc::clone(&limit);
        let answer = move |asked: &Asked| {
            let new = gone.lock().unwrap().insert(asked.id());
            if shared.lock().unwrap().as_mut().is_some_and(|limit| limit.count(asked)) {
                return Reply::stall();
            }
            let reply = if new { Reply::ended() } else { Reply::not_found() };
            reply.after(Duration::from_millis(4))
        };
        Self { graph: Graph::builder().default(answer).start(), limit }
    }

    /// Stops answering a run from this request on. The channel reports that the request has arrived.
    fn stop_answering(&self, mark: &str, request: usize) -> Receiver<()> {
        let (reached, arrived) = channel();
        *self.limit.lock().unwrap() = Some(Limit { mark: mark.to_owned(), left: request, reached });
        arrived
    }
}

/// The calls that whole lines of the log show ended or not found.
fn logged(command: &Hangup) -> BTreeSet<String> {
    let log = fs::read_to_string(command.path("log")).unwrap_or_default();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let settled = lines.filter(|line| line["outcome"] == "ended" || line["outcome"] == "not-found");
    settled.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

/// As after a power cut: the log's last line is there in part.
fn tear(command: &Hangup, dice: &mut StdRng) -> bool {
    let mut log = fs::read(command.path("log")).unwrap_or_default();
    let last = log.iter().rev().skip(1).take_while(|byte| **byte != b'\n').count();
    if last < 2 || !dice.random_bool(0.25) {
        return false;
    }
    log.truncate(log.len() - dice.random_range(1..=last));
    fs::write(command.path("log"), log).unwrap();
    true
}

/// Kills the command once a random number of its requests has arrived, and up to a few responses later.
fn kill(command: &Hangup, service: &Service, dice: &mut StdRng, seen: &mut Seen) {
    let known = logged(command);
    let mark = mark(command, seen);
    let arrived = service.stop_answering(&mark, dice.random_range(1..=CALLS - known.len()));
    let mut running = command.spawn();
    arrived.recv_timeout(Duration::from_secs(20)).expect("the request never arrived");
    sleep(Duration::from_millis(dice.random_range(0..10)));
    assert!(running.is_alive(), "a run with a request in flight has ended");
    running.signal(Signal::SIGKILL);
    seen.kills += 1;
    running.end();
    nothing_again(&service.graph, &mark, &known);
    seen.midway += usize::from((1..CALLS).contains(&logged(command).len()));
    seen.torn += usize::from(tear(command, dice));
}

/// Gives the next run's requests a header of their own: those of a killed one may be read when it is long gone.
fn mark(command: &Hangup, seen: &mut Seen) -> String {
    seen.runs += 1;
    let mark = format!("run-{}", seen.runs);
    fs::write(command.path("config"), format!("headers = {{ Scenario-Id = \"{mark}\" }}")).unwrap();
    mark
}

/// Nothing that was logged before a run was sent by it.
#[track_caller]
fn nothing_again(graph: &Graph, mark: &str, known: &BTreeSet<String>) {
    let asked = graph.asked();
    let of_run = asked.iter().filter(|asked| asked.header("scenario-id") == Some(mark));
    let sent: Vec<String> = of_run.map(Asked::id).collect();
    let again: Vec<_> = sent.iter().filter(|id| known.contains(*id)).collect();
    assert!(again.is_empty(), "sent again after their results were logged: {again:?}");
    let once = sent.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(once, sent.len(), "a run in which nothing fails sends no call twice");
}

fn round(dice: &mut StdRng, seen: &mut Seen) {
    let service = Service::start();
    let graph = &service.graph;
    let args = ["-f", "list", "-j", "4", "--log", "log", "--resume", "--ignore-not-found"];
    let command = hangup()
        .env("HANGUP_TOKEN", app_token("app"))
        .file("list", calls(CALLS))
        .to(graph)
        .args(args)
        .args(["--config", "config", "-o", "json"]);
    for _ in 0..dice.random_range(1..=3) {
        kill(&command, &service, dice, seen);
    }
    let (known, mark) = (logged(&command), mark(&command, seen));
    let summary = command.run().exit(0).summary();
    assert_eq!((&summary["total"], &summary["counts"]["skipped"]), (&CALLS.into(), &known.len().into()));
    nothing_again(graph, &mark, &known);

    let all: BTreeSet<String> = calls(CALLS).lines().map(str::to_owned).collect();
    let asked: BTreeSet<String> = graph.asked().iter().map(Asked::id).collect();
    assert_eq!(asked, all, "every call was ended");
    assert_eq!(logged(&command), all, "and is in the log");
    let again = command.run().exit(0).summary();
    assert_eq!(again["counts"]["skipped"], CALLS, "nothing is left to be done");
    seen.requests += graph.asked().len();
    seen.repeated += graph.asked().len() - CALLS;
}

#[expect(clippy::print_stderr, reason = "the figures are what the test is run for")]
fn rounds(count: usize) -> Seen {
    let (mut dice, mut seen) = (StdRng::seed_from_u64(seed()), Seen::default());
    (0..count).for_each(|_| round(&mut dice, &mut seen));
    eprintln!("{count} rounds of {CALLS} calls: {seen:?}");
    seen
}

#[test]
fn resumes_killed_runs_without_gaps_or_repeats() {
    assert!(rounds(5).kills >= 5);
}

#[test]
#[ignore = "takes half a minute: cargo test --test suite kills:: -- --ignored --nocapture"]
fn resumes_a_hundred_rounds_of_kills() {
    let seen = rounds(100);
    assert!(
        seen.kills >= 100 && seen.midway >= 50,
        "too few kills with a part of the calls logged: {seen:?}"
    );
}
