//! What a finished run has left behind, and short ways to look at it.

use serde_json::Value;

use super::MARKER;
use super::schema::assert_valid;

/// A finished run.
#[derive(Debug)]
pub struct Done {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
}

impl Done {
    /// Takes what a run has left behind; fails where a token shows in it.
    pub fn new(code: Option<i32>, stdout: String, stderr: String) -> Self {
        for output in [&stdout, &stderr] {
            assert!(!output.contains(MARKER), "the token shows: {output}");
            assert!(!output.contains("panicked at"), "a panic: {output}");
        }
        Self { code, stdout, stderr }
    }

    /// Fails unless it ended with this exit code.
    #[track_caller]
    pub fn exit(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Fails unless standard output has this text.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no {text:?} on standard output: {self:#?}");
        self
    }

    /// Fails unless standard error has this text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} on standard error: {self:#?}");
        self
    }

    /// Fails unless standard error lacks this text.
    #[track_caller]
    pub fn never_says(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "{text:?} on standard error: {self:#?}");
        self
    }

    /// Fails unless standard output is empty.
    #[track_caller]
    pub fn no_report(&self) -> &Self {
        assert_eq!(self.stdout, "", "{self:#?}");
        self
    }

    /// Fails unless it is a usage error that says this: exit 2, no report.
    #[track_caller]
    pub fn refuses(&self, text: &str) -> &Self {
        self.exit(2).no_report().says(text)
    }

    /// How often a text stands on standard error.
    pub fn times_said(&self, text: &str) -> usize {
        self.stderr.matches(text).count()
    }

    /// The document of `-o json`.
    #[track_caller]
    pub fn json(&self) -> Value {
        let document =
            serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self:#?}"));
        if let Value::Object(fields) = &document
            && fields.contains_key("results")
        {
            assert_valid("document", &document);
        }
        document
    }

    /// The lines of `-o jsonl`.
    #[track_caller]
    pub fn jsonl(&self) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {self:#?}"));
        let results: Vec<Value> = self.stdout.lines().map(line).collect();
        for result in &results {
            assert_valid("result", result);
        }
        results
    }

    /// The one result of `-o json`.
    #[track_caller]
    pub fn result(&self) -> Value {
        let document = self.json();
        let results = document["results"].as_array().unwrap();
        assert_eq!(results.len(), 1, "{self:#?}");
        results[0].clone()
    }

    /// The results of `-o json` whose outcome is this one.
    #[track_caller]
    pub fn results(&self, outcome: &str) -> Vec<Value> {
        let document = self.json();
        let results = document["results"].as_array().unwrap().iter();
        results.filter(|r| r["outcome"] == outcome).cloned().collect()
    }

    /// The summary of `-o json`, once it adds up.
    #[track_caller]
    pub fn summary(&self) -> Value {
        let document = self.json();
        let summary = document["summary"].clone();
        let counts = summary["counts"].as_object().unwrap_or_else(|| panic!("no summary: {self:#?}"));
        let counted: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(summary["total"], counted, "{summary:#}");
        let results = document["results"].as_array().unwrap();
        assert_eq!(results.len() as u64, counted, "{summary:#}");
        for (outcome, count) in counts {
            let seen = results.iter().filter(|r| r["outcome"] == outcome.replace('_', "-")).count();
            assert_eq!(*count, seen, "{outcome}: {summary:#}");
        }
        assert_eq!(summary["exit_code"], self.code.unwrap(), "{summary:#}");
        summary
    }
}
