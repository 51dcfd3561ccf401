//! `--explain`: what a code means, in the words of the hints.

use crate::support::{GUID, Graph, Reply, hangup};

fn explain(code: &str) -> String {
    let done = hangup().no_token().args(["--explain", code]).run();
    assert_eq!(done.exit(0).stderr, "", "{code}");
    done.stdout
}

/// What stands behind `next:`.
fn next(code: &str) -> String {
    let text = explain(code);
    text.lines().find_map(|line| line.trim_start().strip_prefix("next:")).unwrap().trim().to_owned()
}

#[test]
fn each_explanation_has_meaning_retry_and_next() {
    for code in ["8522", "7504", "408/8537", "200/7000", "404", "429", "503"] {
        let text = explain(code);
        for part in ["meaning:", "retry:", "next:"] {
            assert!(text.contains(part), "{code}: {text}");
        }
        assert!(text.contains(code), "{code}: {text}");
    }
}

#[test]
fn every_end_code_of_the_service_is_known() {
    for codes in [
        "200/4097 200/4521 200/5000 200/5300 200/5001 200/5003 200/5002 200/5007 200/5010 200/5012 200/5013",
        "200/5014 200/5020 200/5030 200/5855 200/7000 200/10550 200/7015 200/18503 200/540000 200/560000",
        "408/8537 408/1106 408/10057 410/301005 480/10037 480/10076 480/10134 480/10199 500/1005",
    ] {
        for code in codes.split(' ') {
            assert!(explain(code).contains("end code"), "{code}");
        }
    }
}

#[test]
fn every_status_of_the_service_is_known() {
    for status in
        "400 401 402 403 404 405 406 409 410 411 412 413 415 416 422 423 429 500 501 502 503 504 507 509"
            .split(' ')
    {
        assert!(explain(status).contains("HTTP status"), "{status}");
    }
}

#[test]
fn a_hint_is_what_explain_says() {
    for (status, code, message) in
        [(404, "8522", "Call not found."), (403, "7504", "Insufficient enterprise tenant permissions")]
    {
        let graph = Graph::builder().script(GUID, [Reply::error(status, code, message)]).start();
        let result = hangup().to(&graph).args([GUID, "-o", "json"]).run().result();
        assert_eq!(result["error"]["hint"], next(code), "{result:#}");
    }
}

#[test]
fn an_unknown_code_says_so_and_names_a_near_one() {
    for unknown in ["999", "", "408/85370", "nonsense", "\u{1b}[31m"] {
        let done = hangup().no_token().args(["--explain", unknown]).run();
        done.refuses("no code that is known");
        assert!(!done.stderr.contains('\u{1b}'), "{done:?}");
    }
    hangup().no_token().args(["--explain", "8523"]).run().refuses("did you mean");
}

#[test]
fn it_needs_no_config_and_no_token() {
    let done = hangup().no_token().config("nonsense = 1\n").args(["--explain", "404"]).run();
    done.exit(0).shows("404");
}
