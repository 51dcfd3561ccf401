//! The question before the first request, on a real pseudo-terminal.

use rexpect::session::{PtySession, spawn_command};

use crate::support::{Graph, Hangup, hangup};

/// Long enough for a loaded machine; an answer comes in milliseconds.
const PATIENCE: Option<u64> = Some(20_000);

fn asking(command: &Hangup) -> PtySession {
    spawn_command(command.command(), PATIENCE).unwrap()
}

fn exit_code(session: &PtySession) -> i32 {
    let status = session.process().wait().unwrap();
    let text = format!("{status:?}");
    // `Exited(Pid(7), 2)`: the second number. rexpect does not pass on the type that it comes in.
    text.trim_end_matches(')').rsplit(", ").next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn yes_sends_the_calls_shown() {
    let graph = Graph::start();
    let command = hangup().file("list", "first\nsecond\nthird\n").to(&graph).args(["-i", "-f", "list"]);
    let mut session = asking(&command);
    session.exp_string("3 calls").unwrap();
    session.exp_string("first").unwrap();
    session.send_line("y").unwrap();
    let rest = session.exp_eof().unwrap();
    assert!(rest.contains("ended"), "{rest}");
    assert_eq!(exit_code(&session), 0);
    assert_eq!(graph.asked().len(), 3);
}

#[test]
fn any_answer_but_yes_is_exit_2() {
    for answer in ["n", "", "no", "maybe", "yesterday"] {
        let graph = Graph::start();
        let command = hangup().to(&graph).args(["-i", "a"]);
        let mut session = asking(&command);
        session.exp_string("1 call").unwrap();
        session.send_line(answer).unwrap();
        session.exp_eof().unwrap();
        assert_eq!(exit_code(&session), 2, "{answer:?}");
        graph.expect_untouched();
    }
}

#[test]
fn no_terminal_is_exit_2() {
    let graph = Graph::start();
    let command = hangup().to(&graph).args(["--interactive", "a"]).detached();
    command.run().refuses("terminal");
    graph.expect_untouched();
}

#[test]
fn empty_list_asks_nothing() {
    let command = hangup().file("list", "").args(["--base-url", "http://127.0.0.1:1", "-i", "-f", "list"]);
    assert_eq!(command.detached().run().code, Some(0));
}

#[test]
fn notification_log_shows_state_and_age_before_asking() {
    let graph = Graph::start();
    let command = hangup().file("bot.jsonl", include_str!("../data/bot.jsonl")).to(&graph);
    let command = command.args(["-i", "--from-notifications", "bot.jsonl", "--older-than", "2h"]);
    let mut session = asking(&command);
    session.exp_string("1 call").unwrap();
    session.exp_string("57dab8b1-894c-409a-b240-bd8beae78896  established, last update").unwrap();
    session.send_line("y").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(exit_code(&session), 0);
    assert_eq!(graph.asked().len(), 1);
}
