use clap::CommandFactory;
use clap::error::ErrorKind;
use proptest::prelude::*;

use super::*;
use crate::settings::types::DryRun;

fn parsed(args: &[&str]) -> Result<Cli, clap::Error> {
    parse_args(["hangup"].iter().chain(args))
}

fn refused(args: &[&str]) -> String {
    let error = parsed(args).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn a_token_on_the_command_line_is_refused_and_never_shown() {
    let table: [&[&str]; 9] = [
        &["--token", "s3cret"],
        &["--token=s3cret"],
        &["--token", "s3cret", "--token", "s3cret"],
        &["id", "--token", "s3cret", "--bogus"],
        &["--bogus", "--token=s3cret"],
        &["--token"],
        &["--wait=nonsense", "--token", "s3cret"],
        &["--help", "--token", "s3cret"],
        &["-j", "0", "--token", "s3cret"],
    ];
    for args in table {
        let message = refused(args);
        assert!(!message.contains("s3cret"), "{message}");
        for word in ["no --token", "every user", "--token-file", "HANGUP_TOKEN"] {
            assert!(message.contains(word), "{message}");
        }
    }
}

#[test]
fn near_misses_of_token_do_not_show_it_either() {
    for args in [&["--tokens=s3cret"][..], &["--tokn", "s3cret"], &["--bearer=s3cret"], &["-ts3cret"]] {
        let message = refused(args);
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[test]
fn after_two_dashes_all_is_a_call() {
    assert_eq!(parsed(&["--", "--token"]).unwrap().calls.calls, ["--token"]);
}

proptest! {
    #[test]
    fn no_error_shows_what_was_given_as_token(before in "[a-z-]{0,8}", value in "[A-Za-z0-9._-]{12,40}") {
        for args in [vec!["--token", &value], vec![&before, "--token", &value], vec!["--token", &value, &before]] {
            let shown = parsed(&args).err().map(|error| format!("{error} {error:?}"));
            prop_assert!(shown.is_none_or(|text| !text.contains(&value)) || before == "--");
        }
        let message = refused(&[&format!("--token={value}")]);
        prop_assert!(!message.contains(&value));
    }
}

#[test]
fn errors_show_arguments_without_control_characters_and_secrets() {
    let token = "eyJhbGciOiJub25lIn0.s3cret.s3cret";
    for (arg, shown) in [
        (format!("--route={token}"), "eyJhbG…"),
        (format!("--{token}"), ""),
        ("--route=a\u{1b}[31m\u{202e}b".to_owned(), "'a[31mb'"),
        ("--output=x\nerror: y".to_owned(), "'x error: y'"),
    ] {
        let message = refused(&[&arg, "id"]);
        assert!(message.contains(shown), "{message}");
        assert!(!message.contains("s3cret") && !message.contains(['\u{1b}', '\u{202e}']), "{message}");
        assert!(!message.contains("\nerror: y"), "{message}");
    }
}

#[test]
fn bare_is_told_from_valued() {
    let wait = |args: &[&str]| parsed(args).unwrap().how.wait;
    assert_eq!(wait(&["id"]), None);
    assert_eq!(wait(&["--wait", "id"]), Some(None));
    assert_eq!(wait(&["--wait=90s", "id"]), Some(Some(std::time::Duration::from_secs(90))));
    let dry_run = |args: &[&str]| parsed(args).unwrap().how.dry_run;
    assert_eq!(dry_run(&["--dry-run", "id"]), Some(None));
    assert_eq!(dry_run(&["--dry-run=server", "id"]), Some(Some(DryRun::Server)));
}

#[test]
fn values_are_checked_and_the_option_is_named() {
    let table = [
        ("--concurrency=0", "--concurrency"),
        ("--concurrency=257", "--concurrency"),
        ("-jx", "--concurrency"),
        ("--retries=-1", "--retries"),
        ("--timeout=0", "--timeout"),
        ("--timeout=0s", "longer than 0"),
        ("--connect-timeout=0", "--connect-timeout"),
        ("--deadline=0", "--deadline"),
        ("--wait=0", "--wait"),
        ("--wait=", "--wait"),
        ("--wait=soon", "90s, 2m or 1h30m"),
        ("--dry-run=maybe", "client, server"),
        ("--app-id=a b", "--app-id"),
        ("--app-id=..", "--app-id"),
        ("--route=calls", "auto, app, applications, communications"),
        ("--api-version=v2", "beta, v1.0"),
        ("--cloud=mars", "global, usgov, dod"),
        ("--output=xml", "text, json, jsonl"),
        ("--color=sometimes", "auto, always, never"),
        ("--max-calls=-1", "--max-calls"),
        ("--generate=tcsh", "elvish"),
        ("--older-than=1h", "--from-notifications"),
    ];
    for (arg, word) in table {
        let message = refused(&[arg, "id"]);
        assert!(message.contains(word), "{arg}: {message}");
    }
}

#[test]
fn what_makes_no_sense_together_is_refused() {
    let table: [&[&str]; 6] = [
        &["-q", "-v", "id"],
        &["--generate", "bash", "--check"],
        &["--generate", "bash", "id"],
        &["--explain", "8522", "--check"],
        &["--explain", "8522", "id"],
        &["--resume", "--no-log", "id"],
    ];
    for args in table {
        let message = refused(args);
        assert!(message.contains("cannot be used with"), "{message}");
    }
}

#[test]
fn options_that_repeat_repeat() {
    let cli = parsed(&["-f", "a", "-f", "-", "-qq", "--from-notifications", "b", "-H", "A: b", "-"]).unwrap();
    assert_eq!(cli.calls.file.len(), 2);
    assert_eq!(cli.calls.from_notifications.len(), 1);
    assert_eq!(cli.output.quiet, 2);
    assert_eq!(cli.target.header.len(), 1);
    assert_eq!(cli.calls.calls, ["-"]);
}

#[test]
fn the_last_of_an_option_and_its_undoing_wins() {
    let cli = parsed(&["--no-wait", "--wait", "--no-ignore-not-found", "--ignore-not-found", "id"]).unwrap();
    assert!(!cli.how.undo.no_wait && !cli.how.undo.no_ignore_not_found);
    let cli = parsed(&["--wait", "--no-wait", "--log=a", "--no-log", "id"]).unwrap();
    assert_eq!((cli.how.wait, cli.output.log), (None, None));
}

#[test]
fn debug_shows_no_header() {
    let cli = parsed(&["-H", "X-Api-Key: s3cret", "id"]).unwrap();
    assert!(!format!("{cli:?}").contains("s3cret"));
}

#[test]
fn help_has_its_sections() {
    let help = parsed(&["--help"]).unwrap_err();
    assert_eq!((help.kind(), help.exit_code()), (ErrorKind::DisplayHelp, 0));
    let help = help.to_string();
    let headings = ["Which calls:", "Where to:", "Token:", "How:", "Output:", "Other:"];
    for section in headings.iter().chain(&["EXAMPLES", "EXIT CODES", "Usage: hangup [OPTIONS] [CALL]..."]) {
        assert!(help.contains(section), "{section}");
    }
    assert!(!help.contains("--token ") && !help.contains("  --no-"));
    assert!(help.lines().all(|line| line.chars().count() <= 100));
    let short = parsed(&["-h"]).unwrap_err().to_string();
    assert!(short.lines().count() < help.lines().count() / 2);
    assert!(!short.contains("EXAMPLES"));
}

#[test]
fn every_option_of_the_contract_is_there() {
    let command = Cli::command();
    let long: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    for option in [
        "file",
        "from-notifications",
        "older-than",
        "tenant",
        "max-calls",
        "interactive",
        "app-id",
        "route",
        "api-version",
        "cloud",
        "base-url",
        "header",
        "cacert",
        "token-file",
        "config",
        "profile",
        "concurrency",
        "retries",
        "timeout",
        "connect-timeout",
        "deadline",
        "fail-fast",
        "dry-run",
        "wait",
        "log",
        "resume",
        "ignore-not-found",
        "output",
        "quiet",
        "verbose",
        "color",
        "generate",
        "explain",
        "check",
        "sandbox",
        "help",
        "version",
    ] {
        assert!(long.contains(&option), "--{option}");
    }
    assert!(command.get_arguments().all(|arg| arg.is_hide_set() || arg.get_help().is_some()));
}

#[test]
fn the_examples_of_the_help_are_read() {
    for (what, line) in help::EXAMPLES {
        let line = line.rsplit("| ").next().unwrap();
        let cli = parse_args(line.split_whitespace());
        assert!(cli.is_ok(), "{what}: {}", cli.unwrap_err());
    }
}
