//! `--explain`: what a code means, in the words of the hints.

use crate::support::{GUID, Graph, Reply, hangup};

fn explain(code: &str) -> String {
    let done = hangup().no_token().args(["--explain", code]).run();
    assert_eq!(done.exit(0).stderr, "", "{code}");
    done.stdout
}

/// Returns the text after `action:`.
fn action(code: &str) -> String {
    let text = explain(code);
    text.lines().find_map(|line| line.trim_start().strip_prefix("action:")).unwrap().trim().to_owned()
}

#[test]
fn explanation_has_meaning_retry_and_action() {
    for code in ["8522", "7504", "408/8537", "200/7000", "404", "429", "503", "not-found", "143"] {
        let text = explain(code);
        for part in ["meaning:", "retry:", "action:"] {
            assert!(text.contains(part), "{code}: {text}");
        }
        assert!(text.contains(code), "{code}: {text}");
    }
}

#[test]
fn explain_takes_codes_as_they_are_pasted() {
    assert!(explain("DiagCode: 410#301005.@").contains("410/301005"));
    assert!(explain("3002#7106").contains("media endpoint"));
    assert!(explain("UnknownError").contains("inside the message"));
}

#[test]
fn explain_as_json_has_the_same_parts() {
    let done = hangup().no_token().args(["--explain", "7505", "-o", "json"]).run();
    let json = done.exit(0).json();
    assert_eq!(
        (&json["codes"][0], &json["kind"], &json["retry"]),
        (&"7505".into(), &"service".into(), &"after-fix".into())
    );
    assert_eq!(json["action"], action("7505"));
    let line = hangup().no_token().args(["--explain", "7505", "-o", "jsonl"]).run();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line.exit(0).stdout).unwrap(), json);
    assert_eq!(line.stdout.lines().count(), 1);
}

#[test]
fn hint_is_the_action_that_explain_shows() {
    for (status, code, message) in
        [(404, "8522", "Call not found."), (403, "7504", "Insufficient enterprise tenant permissions")]
    {
        let graph = Graph::builder().script(GUID, [Reply::error(status, code, message)]).start();
        let result = hangup().to(&graph).args([GUID, "-o", "json"]).run().result();
        assert_eq!(result["error"]["hint"], action(code), "{result:#}");
    }
}

#[test]
fn unknown_code_suggests_a_known_one() {
    for unknown in ["999", "", "408/85370", "nonsense", "\u{1b}[31m"] {
        let done = hangup().no_token().args(["--explain", unknown]).run();
        done.refuses("unknown code");
        assert!(!done.stderr.contains('\u{1b}'), "{done:?}");
    }
    hangup().no_token().args(["--explain", "8599"]).run().refuses("did you mean");
}

#[test]
fn explain_needs_no_config_and_no_token() {
    let done = hangup().no_token().config("nonsense = 1\n").args(["--explain", "404"]).run();
    done.exit(0).shows("404");
}
