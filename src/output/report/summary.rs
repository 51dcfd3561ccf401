//! The summary in words, for standard error.

use colored::Color;

use crate::model::exit::Exit;
use crate::model::outcome::{Counts, Outcome, Summary};
use crate::output::style::{Style, outcome_color};
use crate::output::terminal::wrap;
use crate::text::{counted, format_duration, shown, thousands};

/// `3 ended, 1 not found`: outcomes that there are, by how many; empty where there are none.
pub fn counts_phrase(counts: &Counts, style: Style) -> String {
    let phrases = Outcome::ALL.into_iter().filter(|outcome| counts.of(*outcome) > 0).map(|outcome| {
        let words = format!("{} {}", thousands(counts.of(outcome)), outcome.name().replace('-', " "));
        style.color(outcome_color(outcome), &words)
    });
    phrases.collect::<Vec<_>>().join(", ")
}

/// The summary: one sentence; what stopped the run, if anything did; what to do next. No line break at the end.
pub fn summary_text(summary: &Summary, style: Style, columns: Option<usize>) -> String {
    let mut lines = vec![sentence(summary, style)];
    lines.extend(cut_short(summary).map(|why| style.color(Color::Yellow, &wrap(&why, columns, 2))));
    lines.extend(advice(summary).map(|what| {
        let hint = wrap(&format!("hint: {}", shown(what)), columns, 2);
        format!("{}{}", style.label(Color::Cyan, "hint:"), hint.trim_start_matches("hint:"))
    }));
    lines.join("\n")
}

fn sentence(summary: &Summary, style: Style) -> String {
    let totals = match (summary.counts.total(), summary.input_complete) {
        (0, true) => "nothing to do".to_owned(),
        (0, false) => "nothing done".to_owned(),
        _ => format!("{} in {}", counts_phrase(&summary.counts, style), format_duration(summary.duration)),
    };
    match summary.duplicates {
        0 => totals,
        n => format!("{totals} ({} not sent again)", counted(n, "duplicate")),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::report::samples::summary;

    fn told(summary: &Summary) -> String {
        summary_text(summary, Style::Off, None)
    }

    #[test]
    fn only_what_there_is_is_told() {
        let few = summary(&[Outcome::Ended, Outcome::NotFound, Outcome::Ended, Outcome::StillActive]);
        assert_eq!(told(&few), "2 ended, 1 not found, 1 still active in 0.4 s");
        assert_eq!(told(&summary(&[])), "nothing to do");
        assert_eq!(
            told(&Summary { input_complete: false, ..summary(&[]) }).lines().next(),
            Some("nothing done")
        );
    }

    #[test]
    fn duplicates_stops_and_unread_input_are_told() {
        let one = summary(&[Outcome::Ended]);
        let again = Summary { duplicates: 2, ..one.clone() };
        assert_eq!(told(&again), "1 ended in 0.4 s (2 duplicates not sent again)");
        let stopped = Summary { stopped: Some("deadline of 2 min reached".into()), ..one.clone() };
        assert_eq!(told(&stopped), "1 ended in 0.4 s\nstopped: deadline of 2 min reached");
        let unread = Summary { input_complete: false, ..stopped };
        assert!(
            told(&unread)
                .ends_with("\nstopped: deadline of 2 min reached; the input was not read to its end")
        );
        let unread = Summary { input_complete: false, ..one };
        assert!(told(&unread).ends_with("\nthe input was not read to its end"));
    }

    #[test]
    fn exits_3_and_5_say_what_to_do_next() {
        let one = summary(&[Outcome::Forbidden]);
        for (exit, hinted) in
            [(Exit::Denied, true), (Exit::Temporary, true), (Exit::Failed, false), (Exit::Ok, false)]
        {
            assert_eq!(told(&Summary { exit, ..one.clone() }).contains("\nhint: "), hinted, "{exit:?}");
        }
        let own = Summary { exit: Exit::Temporary, advice: Some("come back at 12:00".into()), ..one };
        assert_eq!(told(&own), "1 forbidden in 0.4 s\nhint: come back at 12:00");
    }

    #[test]
    fn outcomes_are_coloured_when_told() {
        let one = summary(&[Outcome::Ended]);
        assert_eq!(summary_text(&one, Style::On, None), "\x1b[32m1 ended\x1b[0m in 0.4 s");
    }
}
