//! The summary in words, for standard error.

use std::time::Duration;

use colored::Color;

use super::shown;
use crate::exit::Exit;
use crate::outcome::{Counts, Outcome, Summary};
use crate::style::{Paint, color_of};
use crate::text::counted;

/// `3 ended, 1 not found`: outcomes that there are, by how many; empty where there are none.
pub fn counts_phrase(counts: &Counts, paint: Paint) -> String {
    let told = Outcome::ALL.into_iter().filter(|outcome| counts.of(*outcome) > 0).map(|outcome| {
        let words = format!("{} {}", counts.of(outcome), outcome.name().replace('-', " "));
        paint.put(color_of(outcome), &words)
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The summary: one sentence; what stopped the run, if anything did; what to do next. No line break at the end.
pub fn summary_text(summary: &Summary, paint: Paint) -> String {
    let mut lines = vec![sentence(summary, paint)];
    lines.extend(cut_short(summary).map(|why| paint.put(Color::Yellow, &why)));
    lines
        .extend(advice(summary).map(|what| format!("{} {}", paint.label(Color::Cyan, "hint:"), shown(what))));
    lines.join("\n")
}

fn sentence(summary: &Summary, paint: Paint) -> String {
    let told = match (summary.counts.total(), summary.input_complete) {
        (0, true) => "nothing to do".to_owned(),
        (0, false) => "nothing done".to_owned(),
        _ => format!("{} in {}", counts_phrase(&summary.counts, paint), spoken(summary.duration)),
    };
    match summary.duplicates {
        0 => told,
        n => format!("{told} ({} not sent again)", counted(n, "duplicate")),
    }
}

fn cut_short(summary: &Summary) -> Option<String> {
    let rest = "the input was not read to its end";
    match (&summary.stopped, summary.input_complete) {
        (Some(why), true) => Some(format!("stopped: {}", shown(why))),
        (Some(why), false) => Some(format!("stopped: {}; {rest}", shown(why))),
        (None, false) => Some(rest.to_owned()),
        (None, true) => None,
    }
}

/// What the run itself advises, else what its exit code does.
fn advice(summary: &Summary) -> Option<&str> {
    let usual = match summary.exit {
        Exit::Denied => Some("`hangup --check` shows the token in use and what it may do"),
        Exit::Temporary => Some("this is temporary: the same command later may work"),
        _ => None,
    };
    summary.advice.as_deref().or(usual)
}

/// A length of time as one says it: `12 ms`, `0.4 s`, `2 min 5 s`, `1 h 30 min`.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration < Duration::from_millis(100) => format!("{} ms", duration.as_millis()),
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
