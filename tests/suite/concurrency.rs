//! Concurrency: requests in flight, and connections.

use std::time::Duration;

use crate::support::tls::{Authority, Certificate};
use crate::support::{Graph, Hangup, Reply, at_once, call_id, calls, hangup};

fn slow(millis: u64) -> Reply {
    Reply::ended().after(Duration::from_millis(millis))
}

fn over_http2(graph: &Graph, authority: &Authority) -> Hangup {
    hangup().file("ca.pem", &authority.pem).to(graph).args(["--cacert", "ca.pem"])
}

#[test]
fn concurrency_limits_requests_in_flight() {
    for (limit, count, millis) in [(1, 5, 50), (4, 40, 50), (100, 250, 400)] {
        let graph = Graph::saying(slow(millis));
        hangup().stdin(calls(count)).to(&graph).args(["-j", &limit.to_string(), "-"]).run().exit(0);
        assert_eq!((graph.max_under_way(), graph.asked().len()), (limit, count));
    }
}

#[test]
fn default_concurrency_is_32() {
    let graph = Graph::saying(slow(200));
    hangup().stdin(calls(100)).to(&graph).arg("-").run().exit(0);
    assert_eq!(graph.max_under_way(), 32);
}

#[test]
fn config_sets_concurrency() {
    let graph = Graph::saying(slow(50));
    hangup().config("concurrency = 3\n").stdin(calls(12)).to(&graph).arg("-").run().exit(0);
    assert_eq!(graph.max_under_way(), 3);
}

#[test]
fn concurrency_outside_1_to_256_is_refused() {
    for limit in ["0", "257", "-1", "many"] {
        hangup().args([&format!("--concurrency={limit}"), "a"]).run().exit(2).no_report();
    }
}

#[test]
fn connections_are_reused() {
    let graph = Graph::start();
    hangup().stdin(calls(200)).to(&graph).args(["-j", "4", "-"]).run().exit(0);
    // One more now and then: a connection is free again only a moment after its answer was read.
    assert!(graph.connections() <= 8, "{}", graph.connections());
}

#[test]
fn http2_uses_one_connection() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).default(|_| slow(100)).start();
    over_http2(&graph, &authority).stdin(calls(200)).args(["-j", "64", "-"]).run().exit(0);
    assert_eq!((graph.connections(), graph.max_under_way()), (1, 64));
}

#[test]
fn goaway_opens_no_herd_of_connections() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).goaway_after(200).start();
    let command = over_http2(&graph, &authority).stdin(calls(1000)).args(["-j", "64", "-o", "json", "-"]);
    let done = command.run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 1000);
    assert!((4..=10).contains(&graph.connections()), "{} connections", graph.connections());
}

#[test]
fn refused_streams_are_retried_and_counted_as_attempts() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).script("a", [Reply::refuse(), Reply::refuse()]).start();
    let done = over_http2(&graph, &authority).args(["-o", "json", "a"]).run();
    let result = done.exit(0).result();
    assert_eq!((&result["outcome"], &result["confirmed"]), (&"ended".into(), &true.into()));
    assert_eq!(result["attempts"], 3);
    assert_eq!(graph.asked().len(), 3);
}

#[test]
fn not_found_after_goaway_with_an_error_code_is_not_found() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).goaway_first().always("a", [Reply::not_found()]).start();
    let done = over_http2(&graph, &authority).args(["-o", "json", "a"]).run();
    let result = done.exit(4).result();
    assert_eq!((&result["outcome"], &result["attempts"]), (&"not-found".into(), &2.into()));
    assert_eq!(graph.connections(), 2);
}

#[test]
fn goaway_shows_its_reason_code_without_debug_data() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).goaway_first().start().may_stay_unasked();
    let done = over_http2(&graph, &authority).args(["-v", "--retries", "0", "-o", "json", "a"]).run();
    done.exit(5).shows("HTTP/2 GOAWAY, ENHANCE_YOUR_CALM");
    assert!(!format!("{done:?}").contains("rejected"), "{done:?}");
}

#[test]
fn silent_http2_connection_is_given_up_after_a_timeout() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).script("a", [Reply::stall(), Reply::ended()]).start();
    let done = over_http2(&graph, &authority).args(["--timeout", "1s", "-o", "json", "a"]).run();
    assert_eq!(done.exit(0).result()["attempts"], 2);
    let connections: Vec<_> = graph.asked().iter().map(|asked| asked.connection).collect();
    assert_eq!(connections, [1, 2]);
}

#[test]
fn http1_connections_do_not_exceed_the_concurrency() {
    let authority = Authority::new();
    let graph = Graph::builder().tls(&authority, Certificate::Good).start();
    let command = over_http2(&graph, &authority).stdin(calls(400)).args(["-j", "8", "-qq", "-"]);
    command.run().exit(0);
    assert!(graph.connections() <= 8, "{} connections", graph.connections());
}

#[test]
fn concurrency_is_lowered_to_fit_the_open_file_limit() {
    let authority = Authority::new();
    let graph = Graph::builder().tls(&authority, Certificate::Good).start();
    let home = over_http2(&graph, &authority).file("list", calls(300)).args(["-f", "list"]);
    let command = home.command();
    let mut limited = std::process::Command::new("/bin/sh");
    limited.arg("-c").arg("ulimit -n 32 && exec \"$0\" \"$@\"").arg(command.get_program());
    limited.args(command.get_args()).env_clear().current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        limited.env(name, value.unwrap());
    }
    let output = limited.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("concurrency lowered from 32 to 11: at most 32 files may be open"), "{stderr}");
    assert_eq!(graph.asked().len(), 300);
}

#[test]
fn not_found_after_a_refused_stream_is_not_ended() {
    let authority = Authority::new();
    let graph = Graph::builder().http2(&authority).always("a", [Reply::refuse(), Reply::not_found()]).start();
    let done = over_http2(&graph, &authority).args(["-o", "json", "a"]).run();
    assert_eq!(done.exit(4).result()["outcome"], "not-found");
}

#[test]
fn slow_first_response_delays_no_other_call() {
    let authority = Authority::new();
    let first = || slow(1500);
    let plain = Graph::builder().script(&call_id(0), [first()]).start();
    let http2 = Graph::builder().http2(&authority).script(&call_id(0), [first()]).start();
    at_once([&plain, &http2], |graph| {
        let command = over_http2(graph, &authority).stdin(calls(50)).args(["-j", "4", "-o", "jsonl", "-"]);
        let results = command.run().exit(0).jsonl();
        assert_eq!(results.last().unwrap()["id"], call_id(0), "the others did not wait for it");
    });
}

#[test]
fn too_few_file_descriptors_are_reported() {
    let graph = Graph::start().may_stay_unasked();
    let done = hangup().to(&graph).arg("a").after("ulimit -n 12").run();
    done.exit(1).no_report().says("too few file descriptors (see `ulimit -n`)");
}
