//! The run against a stand-in for the service, under a clock that only moves when everybody waits: whatever
//! is answered and whenever it is stopped, every call is in exactly one result, and each result is true.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use indicatif::ProgressDrawTarget;
use proptest::prelude::*;
use serde_json::Value;
use tokio::time::Instant;

use crate::auth::{SignIn, TokenProvider};
use crate::http::attempt::{Attempt, LostResponse, Response};
use crate::http::request::{CallRequest, Service, Verb};
use crate::input::{Feed, InputSpec};
use crate::model::call::CallRef;
use crate::model::exit::Exit;
use crate::model::outcome::{NotFoundPolicy, Origin, Outcome};
use crate::model::route::RouteChoice;
use crate::model::token::Token;
use crate::output::console::{Console, Timing};
use crate::output::result_writer::ResultWriter;
use crate::output::resume::SettledCalls;
use crate::run::shutdown::{Reason, Shutdown};
use crate::run::throttle::Throttle;
use crate::run::{Routing, Run, Tally, run};
use crate::settings::{Action, Cloud, Format, Limits, Output, Streams, TokenSource, Verbosity};

/// What the stand-in does with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Ends,
    EndsUnheard,
    UnheardAndUndone,
    Status(u16),
    Throttled(Option<u64>),
    NoConnection,
}

/// A service that ends calls, or says that it did not, and remembers the truth.
#[derive(Debug, Default)]
struct StandIn {
    script: HashMap<String, Vec<Reply>>,
    latency: Duration,
    truth: Mutex<Truth>,
}

#[derive(Debug, Default)]
struct Truth {
    ended: HashSet<String>,
    requests: HashMap<String, u32>,
    client_request_ids: HashMap<String, HashSet<String>>,
    under_way: usize,
    most_under_way: usize,
}

impl StandIn {
    fn reply(&self, id: &str) -> Reply {
        let mut truth = self.truth.lock().unwrap();
        let asked = truth.requests.entry(id.to_owned()).or_default();
        let script = self.script.get(id).map_or(&[][..], Vec::as_slice);
        let reply = script.get(*asked as usize).copied().unwrap_or(Reply::Ends);
        *asked += 1;
        if truth.ended.contains(id) && matches!(reply, Reply::Ends | Reply::EndsUnheard) {
            return Reply::Status(404);
        }
        if matches!(reply, Reply::Ends | Reply::EndsUnheard) {
            truth.ended.insert(id.to_owned());
        }
        reply
    }
}

impl Service for Arc<StandIn> {
    async fn send(&self, request: CallRequest<'_>) -> Attempt {
        assert_eq!(request.verb, Verb::Delete);
        let id = request.path.rsplit('/').next().unwrap().to_owned();
        {
            let mut truth = self.truth.lock().unwrap();
            truth.under_way += 1;
            truth.most_under_way = truth.most_under_way.max(truth.under_way);
            let ids = truth.client_request_ids.entry(id.clone()).or_default();
            ids.insert(request.client_request_id.to_string());
        }
        let guard = UnderWay(self);
        tokio::time::sleep(self.latency / 2).await;
        let reply = self.reply(&id);
        tokio::time::sleep(self.latency / 2).await;
        drop(guard);
        attempt(reply)
    }
}

struct UnderWay<'a>(&'a StandIn);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.truth.lock().unwrap().under_way -= 1;
    }
}

fn attempt(reply: Reply) -> Attempt {
    let answer = |status| Response { status, from_graph: true, ..Response::default() };
    match reply {
        Reply::Ends => Attempt::Answered(answer(204)),
        Reply::EndsUnheard | Reply::UnheardAndUndone => {
            Attempt::Lost(LostResponse { may_have_acted: true, status: None, reason: "reset".into() })
        }
        Reply::Status(status) => Attempt::Answered(answer(status)),
        Reply::Throttled(asked) => {
            Attempt::Answered(Response { retry_after: asked.map(Duration::from_secs), ..answer(429) })
        }
        Reply::NoConnection => Attempt::NotConnected("refused".into()),
    }
}

/// Standard output, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How one run is set up.
#[derive(Debug, Clone)]
struct Plan {
    script: Vec<Vec<Reply>>,
    concurrency: usize,
    retries: u32,
    fail_fast: bool,
    /// When the run drains, and how long after that it aborts; milliseconds.
    stop: Option<(u64, u64)>,
    deadline: Option<u64>,
}

struct Outcomes {
    results: Vec<Value>,
    total: u64,
    exit: Exit,
    reason: Option<Reason>,
    truth: Truth,
    took: Duration,
}

fn quiet() -> Output {
    let color = Streams::default();
    Output {
        format: Format::Jsonl,
        volume: Verbosity::Normal,
        verbose: false,
        color,
        terminals: color,
        progress: false,
    }
}

fn tokens() -> TokenProvider {
    let source = TokenSource::Ready { token: Token::parse("t").unwrap(), origin: "test".into() };
    let client = Box::new(|_| anyhow::bail!("no sign-in here"));
    let (retries, timeout) = (0, Duration::from_secs(1));
    TokenProvider::new(source, SignIn { cloud: Cloud::Global, client, retries, timeout, deadline: None })
}

async fn play(plan: &Plan) -> Outcomes {
    let ids: Vec<String> = (0..plan.script.len()).map(|n| format!("call-{n}")).collect();
    let script = ids.iter().cloned().zip(plan.script.iter().cloned()).collect();
    let service = Arc::new(StandIn { script, latency: Duration::from_millis(20), ..StandIn::default() });
    let began = Instant::now();
    let deadline = plan.deadline.map(|ms| began + Duration::from_millis(ms));
    let shutdown = Arc::new(Shutdown::default());
    let console = Console::start(&quiet(), Timing::default(), io::sink(), ProgressDrawTarget::hidden());
    let run_of = Run {
        service: Arc::clone(&service),
        tokens: Some(tokens()),
        routing: Routing::new(RouteChoice::Auto, None, Cloud::Global),
        limits: Limits {
            concurrency: plan.concurrency,
            retries: plan.retries,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            deadline: None,
        },
        action: Action::HangUp,
        wait: None,
        not_found: NotFoundPolicy::Reported,
        sandbox: true,
        fail_fast: plan.fail_fast,
        base_url: "https://graph.example".into(),
        settled_before: SettledCalls::default(),
        throttle: Throttle::new(plan.concurrency, deadline),
        shutdown: Arc::clone(&shutdown),
        tally: Tally::default(),
        console: console.clone(),
        cloud: Cloud::Global,
        token_identity: OnceLock::new(),
    };
    let ending = tokio::spawn(end_early(Arc::clone(&shutdown), plan.clone(), deadline));
    let calls = ids.iter().map(|id| CallRef::parse(id).unwrap()).collect();
    let feed = Feed::open(InputSpec { calls, ..InputSpec::default() }).unwrap();
    let kept = Kept::default();
    let origin = Origin { base_url: String::new(), sandbox: false };
    let results = ResultWriter::start(&quiet(), origin, kept.clone(), None, &console).unwrap();
    assert!(run(&run_of, feed, &results).await, "arguments are always read to their end");
    ending.abort();
    let took = began.elapsed();
    let counted = run_of.tally.counted();
    let mut summary = crate::model::outcome::Summary {
        counts: counted.counts,
        duplicates: counted.duplicates,
        input_complete: true,
        duration: Duration::ZERO,
        exit: counted.exit,
        sandbox: false,
        base_url: String::new(),
        stopped: None,
        retry_after: None,
        advice: None,
        already_done: 0,
        left_alone: crate::model::outcome::LeftAlone::default(),
    };
    results.finish(&mut summary).await;
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let results = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let truth = std::mem::take(&mut *service.truth.lock().unwrap());
    let exit = counted.exit.merge(shutdown.exit());
    Outcomes { results, total: counted.counts.total(), exit, reason: shutdown.reason(), truth, took }
}

async fn end_early(shutdown: Arc<Shutdown>, plan: Plan, deadline: Option<Instant>) {
    let stopping = async {
        let Some((after, cut_after)) = plan.stop else { return std::future::pending().await };
        tokio::time::sleep(Duration::from_millis(after)).await;
        shutdown.drain(Reason::Signal(Exit::Interrupted));
        tokio::time::sleep(Duration::from_millis(cut_after)).await;
        shutdown.abort();
    };
    let dying = async {
        let Some(deadline) = deadline else { return std::future::pending().await };
        tokio::time::sleep_until(deadline).await;
        shutdown.drain(Reason::Deadline(Duration::ZERO));
        shutdown.abort();
    };
    tokio::join!(stopping, dying);
}

fn paused<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

fn field<'a>(result: &'a Value, name: &str) -> &'a str {
    result[name].as_str().unwrap_or_default()
}

/// What must hold of every run, whatever happened in it.
fn check(plan: &Plan, outcomes: &Outcomes) {
    let ids: HashSet<&str> = outcomes.results.iter().map(|r| field(r, "id")).collect();
    assert_eq!(outcomes.results.len(), plan.script.len(), "one result a call");
    assert_eq!(ids.len(), plan.script.len(), "and no call twice");
    assert_eq!(outcomes.total, plan.script.len() as u64);
    assert!(outcomes.truth.most_under_way <= plan.concurrency);
    assert_eq!(outcomes.truth.under_way, 0);
    for result in &outcomes.results {
        let (id, outcome) = (field(result, "id"), field(result, "outcome"));
        let ended = outcomes.truth.ended.contains(id);
        let attempts = result["attempts"].as_u64().unwrap();
        let asked = u64::from(outcomes.truth.requests.get(id).copied().unwrap_or_default());
        match outcome {
            "ended" if result["confirmed"] == true => assert!(ended, "{result}"),
            "ended" => assert!(ended || script_undoes(plan, id), "{result}"),
            "not-attempted" => assert_eq!((attempts, asked, ended), (0, 0, false), "{result}"),
            "not-found" => assert!(!ended, "{result}"),
            _ => {}
        }
        // An attempt that was cut off before it reached the service counts as well.
        assert!(attempts >= asked, "{result}: the service saw {asked}");
        let spellings = outcomes.truth.client_request_ids.get(id).map_or(0, HashSet::len);
        assert!(spellings <= 1, "one client-request-id over all attempts");
    }
}

/// Whether a call's script loses an answer without having acted on it and says 404 later: the one case in which
/// `ended`, unconfirmed, is not what the service did.
fn script_undoes(plan: &Plan, id: &str) -> bool {
    let script = &plan.script[id.strip_prefix("call-").unwrap().parse::<usize>().unwrap()];
    script.iter().any(|r| matches!(r, Reply::UnheardAndUndone | Reply::Status(408 | 500 | 502 | 504)))
}

fn replies() -> impl Strategy<Value = Reply> {
    prop_oneof![
        4 => Just(Reply::Ends),
        2 => Just(Reply::EndsUnheard),
        1 => Just(Reply::UnheardAndUndone),
        2 => prop::sample::select(vec![400, 403, 404, 409, 500, 502, 503, 504, 425]).prop_map(Reply::Status),
        1 => prop::option::of(0..40u64).prop_map(Reply::Throttled),
        1 => Just(Reply::NoConnection),
    ]
}

fn plans() -> impl Strategy<Value = Plan> {
    let script = prop::collection::vec(prop::collection::vec(replies(), 0..6), 0..40);
    let stop = prop::option::of((0..3000u64, 0..100u64));
    let deadline = prop::option::of(0..5000u64);
    let unauthorized = prop::option::weighted(0.1, any::<prop::sample::Index>());
    (script, 1..8usize, 0..5u32, any::<bool>(), stop, deadline, unauthorized).prop_map(
        |(mut script, concurrency, retries, fail_fast, stop, deadline, unauthorized)| {
            if let Some(at) = unauthorized.filter(|_| !script.is_empty()) {
                let at = at.index(script.len());
                script[at] = vec![Reply::Status(401)];
            }
            Plan { script, concurrency, retries, fail_fast, stop, deadline }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn each_call_has_exactly_one_true_result(plan in plans()) {
        let outcomes = paused(play(&plan));
        check(&plan, &outcomes);
    }
}

fn plan(script: Vec<Vec<Reply>>) -> Plan {
    Plan { script, concurrency: 4, retries: 4, fail_fast: false, stop: None, deadline: None }
}

fn counts(outcomes: &Outcomes) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for result in &outcomes.results {
        *counts.entry(field(result, "outcome").to_owned()).or_default() += 1;
    }
    counts
}

fn counted(counts: &[(Outcome, usize)]) -> HashMap<String, usize> {
    counts.iter().map(|(outcome, n)| (outcome.name().to_owned(), *n)).collect()
}

#[test]
fn outage_stops_the_run_early() {
    let plan = plan(vec![vec![Reply::NoConnection; 9]; 10_000]);
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    assert_eq!(outcomes.exit, Exit::Temporary);
    assert!(matches!(outcomes.reason, Some(Reason::Outage(_))));
    let counts = counts(&outcomes);
    let tried = counts["unavailable"];
    // Between the tries of the first four, a few others have had theirs.
    assert!((4..=20).contains(&tried), "{counts:?}");
    assert_eq!(counts["not-attempted"], 10_000 - tried);
    assert!(outcomes.took < Duration::from_secs(60), "{:?}", outcomes.took);
}

#[test]
fn throttling_pauses_all_calls_and_uses_no_retry() {
    let mut script = vec![vec![]; 50];
    script[0] = vec![Reply::Throttled(Some(7)); 12];
    let plan = Plan { retries: 1, ..plan(script) };
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    assert_eq!(counts(&outcomes), counted(&[(Outcome::Ended, 50)]));
    assert_eq!(outcomes.exit, Exit::Ok);
    assert!(outcomes.took >= Duration::from_secs(12 * 7), "{:?}", outcomes.took);
}

#[test]
fn ten_minutes_held_up_without_progress_stop_the_run() {
    let plan = plan(vec![vec![Reply::Throttled(Some(250)); 99]; 9]);
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    assert_eq!(outcomes.exit, Exit::Temporary);
    assert!(matches!(outcomes.reason, Some(Reason::HeldUp(_))));
    assert!(outcomes.took <= Duration::from_secs(601), "{:?}", outcomes.took);
}

#[test]
fn pause_beyond_the_deadline_stops_the_run_at_once() {
    let plan = Plan { deadline: Some(10_000), ..plan(vec![vec![Reply::Throttled(Some(11)); 99]; 9]) };
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    assert_eq!(outcomes.reason, Some(Reason::Throttled(Duration::from_secs(11))));
    assert!(outcomes.took < Duration::from_secs(1), "{:?}", outcomes.took);
}

#[test]
fn one_unreachable_call_does_not_stop_the_others() {
    let mut script = vec![vec![]; 100];
    script[0] = vec![Reply::NoConnection; 9];
    let plan = plan(script);
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    let expected = counted(&[(Outcome::Ended, 99), (Outcome::Unavailable, 1)]);
    assert_eq!(counts(&outcomes), expected);
    assert_eq!(outcomes.reason, None);
}

#[test]
fn not_found_after_a_lost_response_is_ended_unconfirmed() {
    let plan = plan(vec![vec![Reply::EndsUnheard], vec![Reply::Status(404)]]);
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    let find = |id| outcomes.results.iter().find(|r| field(r, "id") == id).unwrap();
    let lost = find("call-0");
    assert_eq!((field(lost, "outcome"), &lost["confirmed"]), ("ended", &Value::Bool(false)));
    assert_eq!(field(find("call-1"), "outcome"), "not-found");
}

#[test]
fn retry_after_0_stops_the_run_after_ten_minutes_and_few_requests() {
    let plan = plan(vec![vec![Reply::Throttled(Some(0)); 9999]; 3]);
    let outcomes = paused(play(&plan));
    check(&plan, &outcomes);
    assert!(matches!(outcomes.reason, Some(Reason::HeldUp(_))), "{:?}", outcomes.reason);
    assert!(outcomes.took <= Duration::from_secs(610), "{:?}", outcomes.took);
    let requests: u32 = outcomes.truth.requests.values().sum();
    assert!(requests < 60, "{requests} requests");
}
