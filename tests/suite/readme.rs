//! What the README says is true of the binary: its examples, its help, its lists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::tls::Authority;
use crate::support::{Hangup, hangup};

const README: &str = include_str!("../../README.md");
const MANIFEST: &str = include_str!("../../Cargo.toml");
const RECORD: &str = include_str!("../data/bot.jsonl");

/// The fenced blocks of one language, each with its line in the README.
fn blocks(language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, String)> = None;
    for (n, line) in README.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some((info, n + 1, String::new())),
            (None, Some((_, _, text))) => text.extend([line, "\n"]),
            (Some(_), Some(_)) => {
                found
                    .extend(open.take().filter(|(info, ..)| *info == language).map(|(_, n, text)| (n, text)));
            }
            (None, None) => {}
        }
    }
    found
}

/// The rows of the table whose first column is headed `crate`, `code` and the like: their first cells.
fn first_cells(heading: &str) -> BTreeSet<String> {
    let from = README.split_once(heading).unwrap_or_else(|| panic!("no {heading}")).1;
    let table = from.split("\n## ").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells.map(|cell| cell.trim_matches('`').to_owned()).collect()
}

/// A line's words without what differs from run to run: times taken, ages, ids of requests.
fn pattern(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut kept = Vec::new();
    let mut in_age = false;
    for (n, word) in words.iter().enumerate() {
        let next = words.get(n + 1).map_or("", |next| next.trim_end_matches(','));
        let after_request = n > 0 && words[n - 1] == "request-id";
        in_age |= word.starts_with('(') && line.contains(" ago)");
        let is_time = matches!(next, "s" | "ms") && word.parse::<f64>().is_ok();
        kept.push(match *word {
            _ if in_age => "AGE",
            _ if is_time || after_request => "N",
            "ms" => "s",
            word => word,
        });
        in_age &= !word.ends_with("ago)");
    }
    kept.dedup();
    kept.join(" ")
}

/// The patterns of all lines. Calls end in any order, so only what is said counts, not when.
fn patterns(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text.lines().map(pattern).filter(|line| !line.is_empty()).collect();
    all.sort();
    all
}

/// A home with the example record in it and no token.
fn home() -> Hangup {
    hangup().no_token().file("bot.jsonl", RECORD)
}

/// Runs a line of a console, both outputs together; the exit code too.
fn console(home: &Hangup, line: &str) -> (String, i32) {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_hangup"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let template = home.command();
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("{{ {line}\n}} 2>&1")).env_clear().stdin(Stdio::null());
    shell.envs(template.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    let done = shell.current_dir(template.get_current_dir().unwrap()).output().unwrap();
    (String::from_utf8(done.stdout).unwrap(), done.status.code().unwrap())
}

fn check_block(at: usize, block: &str) {
    let home = home();
    let mut code = 0;
    for example in block.strip_prefix("$ ").unwrap_or_else(|| panic!("line {at}: no `$ `")).split("\n$ ") {
        let (line, expected) = example.split_once('\n').unwrap_or((example, ""));
        let (shown, ended) = console(&home, &line.replace("$?", &code.to_string()));
        assert_eq!(patterns(&shown), patterns(expected), "README.md:{at}: $ {line}\n{shown}");
        code = ended;
    }
}

#[test]
fn the_examples_do_what_they_show() {
    let examples = blocks("console");
    assert!(examples.len() >= 5, "{examples:#?}");
    for (at, block) in examples {
        check_block(at, &block);
    }
}

#[test]
fn the_shown_help_is_the_real_one() {
    let help = hangup().no_token().arg("--help").run();
    let shown: Vec<String> = blocks("text").into_iter().map(|(_, text)| text).collect();
    assert_eq!(shown, [help.exit(0).stdout.clone()], "put the output of `hangup --help` into README.md");
}

#[test]
fn every_direct_dependency_is_listed_and_none_besides() {
    let manifest: toml::Table = toml::from_str(MANIFEST).unwrap();
    let names = |section: &toml::Value| section.as_table().unwrap().keys().cloned().collect::<Vec<_>>();
    let for_unix = &manifest["target"]["cfg(unix)"]["dependencies"];
    let sections = [&manifest["dependencies"], &manifest["dev-dependencies"], for_unix];
    let mut real: BTreeSet<String> = sections.into_iter().flat_map(names).collect();
    real.insert("crate".to_owned());
    let mut listed = first_cells("## Dependencies");
    listed.retain(|cell| !cell.starts_with("---"));
    assert_eq!(listed, real);
}

#[test]
fn the_example_config_is_a_good_one() {
    let configs = blocks("toml");
    assert!(configs.len() >= 3);
    for (at, text) in &configs {
        let authority = Authority::new().pem;
        let root = |home: Hangup| home.file(".config/hangup/corporate-root.pem", &authority);
        let run = |config: &str| root(home()).config(config).args(["--dry-run", "a"]).run();
        assert_eq!(run(text).code, Some(0), "README.md:{at}");
        // What is commented out must be right as well.
        for line in text.lines().filter_map(|line| line.strip_prefix('#')) {
            if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
                let done = run(&format!("{line}\n"));
                assert_eq!(done.code, Some(0), "README.md:{at}: {key}: {done:#?}");
            }
        }
    }
    let profile = configs.iter().find(|(_, text)| text.contains("[profile.gov]")).unwrap();
    let gov = home().config(&profile.1).args(["--profile", "gov", "--dry-run", "a"]).run();
    gov.exit(0).shows("https://graph.microsoft.us/v1.0/communications/calls/a");
}

#[test]
fn every_outcome_and_exit_code_is_listed() {
    let outcomes = first_cells("## Outcomes");
    let document = home().args(["--sandbox", "a", "-o", "json"]).run().json();
    for outcome in document["summary"]["counts"].as_object().unwrap().keys() {
        let outcome = outcome.replace('_', "-");
        assert!(outcomes.contains(&outcome), "{outcome} is missing in {outcomes:?}");
    }
    let codes = first_cells("## Exit codes");
    for code in ["0", "1", "2", "3", "4", "5", "130", "143"] {
        assert!(codes.contains(code), "{code} is missing in {codes:?}");
    }
}

#[test]
fn every_file_that_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["completions", ".ci/run", "Cargo.lock", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(fs::exists(root.join(file)).unwrap(), "{file}");
    }
}
