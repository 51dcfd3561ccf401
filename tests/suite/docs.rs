//! README and docs/ against the binary: examples, help, config samples, lists.
//!
//! `HANGUP_BLESS=1 cargo test --test suite docs::` writes the real output under each example.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::tls::Authority;
use crate::support::{Hangup, hangup};

const MANIFEST: &str = include_str!("../../Cargo.toml");
const RECORD: &str = include_str!("../data/bot.jsonl");

const FILES: [&str; 7] = [
    "README.md",
    "docs/config.md",
    "docs/dependencies.md",
    "docs/options.md",
    "docs/outcomes.md",
    "docs/performance.md",
    "docs/sandbox.md",
];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap()
}

/// Returns the fenced blocks of one language, each with its file.
fn blocks(language: &str) -> Vec<(&'static str, String)> {
    let fence = format!("```{language}\n");
    let mut found = Vec::new();
    for file in FILES {
        let text = read(file);
        for (before, rest) in text.match_indices(&fence).map(|(at, _)| text.split_at(at)) {
            // Blocks in a list are indented.
            let indent = before.rsplit('\n').next().unwrap();
            let block = rest[fence.len()..].split("```").next().unwrap().lines();
            let line = |line: &str| line.strip_prefix(indent).unwrap_or(line).to_owned() + "\n";
            let mut block: Vec<String> = block.map(line).collect();
            block.pop_if(|last| !indent.is_empty() && last.trim().is_empty());
            found.push((file, block.concat()));
        }
    }
    found
}

/// Returns the first cells of the table under a heading.
fn first_cells(file: &str, heading: &str) -> BTreeSet<String> {
    let text = read(file);
    let from = text.split_once(heading).unwrap_or_else(|| panic!("no {heading}")).1;
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

/// Runs the commands of a console block; returns the block with their real output.
fn run_block(file: &str, block: &str) -> String {
    let home = home();
    let (mut code, mut real) = (0, String::new());
    for example in block.strip_prefix("$ ").unwrap_or_else(|| panic!("{file}: no `$ `")).split("\n$ ") {
        let line = example.lines().next().unwrap_or_default();
        let (shown, ended) = console(&home, &line.replace("$?", &code.to_string()));
        real.extend(["$ ", line, "\n", &shown]);
        code = ended;
    }
    real
}

#[test]
fn examples_show_the_real_output() {
    let examples = blocks("console");
    assert!(examples.len() >= 5, "{examples:#?}");
    for (file, block) in examples {
        let real = run_block(file, &block);
        if std::env::var_os("HANGUP_BLESS").is_some() {
            if patterns(&real) != patterns(&block) {
                fs::write(path(file), read(file).replace(&block, &real)).unwrap();
            }
        } else {
            assert_eq!(
                patterns(&real),
                patterns(&block),
                "{file} (HANGUP_BLESS=1 writes the real output)\n{real}"
            );
        }
    }
}

#[test]
fn options_are_the_real_help() {
    let help = hangup().no_token().arg("--help").run().exit(0).stdout.clone();
    let file = "docs/options.md";
    // Not by `blocks`, which takes an indentation away.
    let text = read(file);
    let shown = text.split_once("```text\n").and_then(|(_, rest)| rest.split("```").next()).unwrap();
    if std::env::var_os("HANGUP_BLESS").is_some() {
        fs::write(path(file), text.replace(shown, &help)).unwrap();
    } else {
        assert_eq!(shown, help, "HANGUP_BLESS=1 writes the real one");
    }
}

#[test]
fn dependency_table_is_complete() {
    let manifest: toml::Table = toml::from_str(MANIFEST).unwrap();
    let names = |section: &toml::Value| section.as_table().unwrap().keys().cloned().collect::<Vec<_>>();
    let for_unix = &manifest["target"]["cfg(unix)"]["dependencies"];
    let sections = [&manifest["dependencies"], &manifest["dev-dependencies"], for_unix];
    let mut real: BTreeSet<String> = sections.into_iter().flat_map(names).collect();
    real.insert("crate".to_owned());
    let mut listed = first_cells("docs/dependencies.md", "# Dependencies");
    listed.retain(|cell| !cell.starts_with("---"));
    assert_eq!(listed, real);
}

#[test]
fn config_samples_are_valid() {
    let configs = blocks("toml");
    assert!(configs.len() >= 2);
    for (at, text) in &configs {
        let authority = Authority::new().pem;
        let root = |home: Hangup| home.file(".config/hangup/corporate-root.pem", &authority);
        let run = |config: &str| root(home()).config(config).args(["--dry-run", "a"]).run();
        assert_eq!(run(text).code, Some(0), "{at}");
        // What is commented out must be right as well.
        for line in text.lines().filter_map(|line| line.strip_prefix('#')) {
            if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
                let done = run(&format!("{line}\n"));
                assert_eq!(done.code, Some(0), "{at}: {key}: {done:#?}");
            }
        }
    }
    let profile = configs.iter().find(|(_, text)| text.contains("[profile.gov]")).unwrap();
    let gov = home().config(&profile.1).args(["--profile", "gov", "--dry-run", "a"]).run();
    gov.exit(0).shows("https://graph.microsoft.us/v1.0/communications/calls/a");
}

#[test]
fn outcomes_and_exit_codes_are_listed() {
    let outcomes = first_cells("docs/outcomes.md", "## Outcomes");
    let document = home().args(["--sandbox", "a", "-o", "json"]).run().json();
    for outcome in document["summary"]["counts"].as_object().unwrap().keys() {
        let outcome = outcome.replace('_', "-");
        assert!(outcomes.contains(&outcome), "{outcome} is missing in {outcomes:?}");
    }
    let codes = first_cells("README.md", "## Exit codes");
    for code in ["0", "1", "2", "3", "4", "5", "129, 130, 143"] {
        assert!(codes.contains(code), "{code} is missing in {codes:?}");
    }
}

#[test]
fn readme_is_short_and_its_links_work() {
    let readme = read("README.md");
    assert!(readme.lines().count() < 300);
    for link in readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(link.starts_with("http") || path(link).exists(), "{link}");
    }
}
