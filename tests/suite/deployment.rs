//! The command lines in the files for deployment, run against the sandbox.

use std::fs;

use crate::support::{Hangup, hangup};

const RECORD: &str = include_str!("../data/bot.jsonl");

fn read(name: &str) -> String {
    fs::read_to_string(format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Replaces the paths of a deployed system with those of the test's home directory.
fn local(arg: &str) -> String {
    let arg = arg.replace("/var/log/bot/notifications.jsonl", "bot.jsonl");
    arg.replace("/var/lib/hangup/", "").replace("/var/spool/hangup/", "").replace("$HOME/", "")
}

fn sandbox() -> Hangup {
    let home = hangup().no_token().file("bot.jsonl", RECORD).file("calls.txt", "a\nb\n");
    home.file("hangup.toml", "").arg("--sandbox")
}

/// Runs a command line twice: the first run ends calls, the second one finds them in the log.
fn ends_calls_once(command: &Hangup) {
    let first = command.run();
    assert!(first.exit(0).stderr.contains("ended") || first.stdout.contains("ended"), "{first:#?}");
    command.run().exit(0);
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| local(word.trim_matches('"'))).collect()
}

#[test]
fn systemd_service_runs_as_shown() {
    let unit = read("systemd/hangup.service");
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/hangup ")).unwrap();
    let line = line.replace("/etc/hangup/config.toml", "hangup.toml");
    ends_calls_once(&sandbox().args(words(&line)));
}

#[test]
fn kubernetes_cronjob_runs_as_shown() {
    let manifest = read("kubernetes/cronjob.yaml");
    let args = manifest.lines().filter_map(|line| line.trim().strip_prefix("- --"));
    let mut command = sandbox().args(args.map(|arg| local(&format!("--{arg}"))));
    let lines: Vec<&str> = manifest.lines().map(str::trim).collect();
    for pair in lines.windows(2) {
        if let Some(name) = pair[0].strip_prefix("- name: HANGUP_") {
            let value = pair[1].strip_prefix("value: ").unwrap().trim_matches('"');
            command = command.env(&format!("HANGUP_{name}"), value);
        }
    }
    ends_calls_once(&command);
}

#[test]
fn crontab_lines_run_as_shown() {
    let page = read("cron.md");
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("*/")).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    for line in lines {
        let args = words(line.split_once(" hangup ").unwrap().1);
        // A summary of what was ended, which `-q` leaves out.
        ends_calls_once(&sandbox().args(args.into_iter().filter(|arg| arg != "-q")));
    }
}
