//! What follows the summary: each distinct hint once, and the IDs that Microsoft support asks for.

use std::fmt::Write as _;

use colored::Color;

use super::text::request_id;
use crate::model::outcome::{CallResult, Outcome};
use crate::output::style::Style;
use crate::output::terminal::wrap;
use crate::text::{shown, thousands};

/// Hints can come from the service, so their number has a bound.
const MAX_HINTS: usize = 32;
const MAX_SUPPORT_CALLS: usize = 3;

/// Collects the hints of a run's results, and the calls that support can look into.
#[derive(Debug, Default)]
pub struct FollowUp {
    hints: Vec<Hint>,
    support_total: u64,
    support: Vec<String>,
}

#[derive(Debug)]
struct Hint {
    outcome: Outcome,
    text: String,
    count: u64,
}

impl FollowUp {
    /// Adds what a result contributes.
    pub fn add(&mut self, result: &CallResult) {
        let Some(error) = &result.error else { return };
        if let Some(hint) = &error.hint {
            self.add_hint(result.outcome, hint);
        }
        if matches!(result.outcome, Outcome::Failed | Outcome::Unavailable | Outcome::Throttled)
            && let Some(id) = request_id(result)
        {
            self.support_total += 1;
            if self.support.len() < MAX_SUPPORT_CALLS {
                self.support.push(format!("  {}  {:.0}\n    {id}\n", shown(&result.id), result.time));
            }
        }
    }

    fn add_hint(&mut self, outcome: Outcome, text: &str) {
        let known = self.hints.iter_mut().find(|hint| hint.outcome == outcome && hint.text == text);
        if let Some(hint) = known {
            hint.count += 1;
        } else if self.hints.len() < MAX_HINTS {
            self.hints.push(Hint { outcome, text: text.to_owned(), count: 1 });
        }
    }

    /// Returns the hints, wrapped to `columns`: `hint: not found (31): ...`. Empty without hints.
    pub fn hints(&self, style: Style, columns: Option<usize>) -> String {
        let mut text = String::new();
        for Hint { outcome, text: hint, count } in &self.hints {
            let name = outcome.name().replace('-', " ");
            let line = format!("hint: {name} ({}): {}", thousands(*count), shown(hint));
            let line = wrap(&line, columns, 2);
            let _ =
                writeln!(text, "{}{}", style.label(Color::Cyan, "hint:"), line.trim_start_matches("hint:"));
        }
        text
    }

    /// Returns the block for Microsoft support; empty where no call is a case for it.
    pub fn support(&self, style: Style) -> String {
        let shown = self.support.len() as u64;
        let which = match self.support_total {
            0 => return String::new(),
            total if total == shown => String::new(),
            total => format!(" ({shown} of {}; -o jsonl or --log FILE has all)", thousands(total)),
        };
        format!("{}{which}:\n{}", style.bold("For Microsoft support"), self.support.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::report::samples::{error, full};

    fn follow_up(results: &[CallResult]) -> FollowUp {
        let mut follow_up = FollowUp::default();
        for result in results {
            follow_up.add(result);
        }
        follow_up
    }

    #[test]
    fn prints_each_hint_once_with_its_count() {
        let mut results = vec![full(Outcome::NotFound); 31];
        results.push(full(Outcome::Ended));
        results.push(CallResult {
            error: Some(error(None, "no", Some("look into it, and then into the other thing too"))),
            ..full(Outcome::Failed)
        });
        insta::assert_snapshot!(follow_up(&results).hints(Style::Off, Some(40)), @r"
        hint: not found (31): what to do
        hint: failed (1): look into it, and then
          into the other thing too
        ");
        assert_eq!(follow_up(&results).hints(Style::Off, None).lines().count(), 2);
        assert_eq!(follow_up(&[full(Outcome::Ended)]).hints(Style::Off, None), "");
    }

    #[test]
    fn shows_three_calls_to_support() {
        let results = vec![full(Outcome::Failed); 30];
        insta::assert_snapshot!(follow_up(&results[..1]).support(Style::Off), @r"
        For Microsoft support:
          57dab8b1-894c-409a-b240-bd8beae78896  2026-03-01T12:00:00Z
            request-id req-1
        ");
        let block = follow_up(&results).support(Style::Off);
        assert!(
            block.starts_with("For Microsoft support (3 of 30; -o jsonl or --log FILE has all):\n"),
            "{block}"
        );
        assert_eq!(block.lines().count(), 7);
        assert_eq!(follow_up(&[full(Outcome::NotFound)]).support(Style::Off), "");
    }
}
