//! Help, version, and the files that are generated from the command line's definition.

use std::fs;
use std::path::Path;

use crate::support::hangup;

#[test]
fn help_has_headings_examples_and_exit_codes() {
    let help = hangup().no_token().arg("--help").run();
    help.exit(0).shows("Usage").shows("CALL").shows("EXIT CODES").shows("--sandbox").shows("130");
    let headings = help.stdout.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).count();
    assert!(headings >= 5, "{headings} headings: {}", help.stdout);
    assert!(help.stdout.lines().any(|line| line.trim_start().starts_with("hangup ")), "no example");
    assert_eq!(help.stderr, "");
}

#[test]
fn short_help_is_shorter() {
    let short = hangup().no_token().arg("-h").run();
    let long = hangup().no_token().arg("--help").run();
    assert!(short.exit(0).stdout.len() * 3 < long.exit(0).stdout.len() * 2);
}

#[test]
fn version_is_the_packages() {
    let version = hangup().no_token().arg("--version").run();
    assert_eq!(version.exit(0).stdout, concat!("hangup ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let help =
        hangup().env("HANGUP_APP_ID", "zq-app").env("HANGUP_BASE_URL", "https://zq.example").arg("--help");
    assert!(!help.run().exit(0).stdout.contains("zq"));
}

#[test]
fn help_comes_before_a_broken_config() {
    hangup().no_token().config("nonsense = 1\n").arg("--help").run().exit(0);
}

#[test]
fn generated_files_are_up_to_date() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let files: Vec<String> =
        fs::read_dir(&kept).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(kept.join(file)).unwrap()).collect();
    for artifact in ["bash", "zsh", "fish", "powershell", "elvish", "man", "schema"] {
        let generated = hangup().no_token().args(["--generate", artifact]).run();
        generated.exit(0).shows("hangup");
        assert_eq!(generated.stderr, "");
        assert!(
            texts.contains(&generated.stdout),
            "completions/ has no up-to-date {artifact}; it has {files:?}"
        );
    }
    assert_eq!(files.len(), 7, "{files:?}");
}

#[test]
fn generate_unknown_artifact_is_a_usage_error() {
    hangup().args(["--generate", "tcsh"]).run().refuses("tcsh");
}

#[test]
fn codes_are_explained() {
    for (code, word) in
        [("8522", "ended"), ("408/8537", "keepAlive"), ("7504", "permission"), ("429", "throttl")]
    {
        let done = hangup().no_token().args(["--explain", code]).run();
        assert!(done.exit(0).stdout.to_lowercase().contains(&word.to_lowercase()), "{code}: {done:?}");
    }
    hangup().no_token().args(["--explain", "nonsense"]).run().refuses("nonsense");
}
