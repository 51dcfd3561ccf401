//! Colour, decided for each stream on its own.
//!
//! `colored` itself decides once for the whole process, by standard output; only its codes are taken here.

use colored::Color;

use crate::model::outcome::Outcome;

/// Whether what is written to one stream may be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// With escape sequences.
    On,
    /// Plain text.
    Off,
}

impl Style {
    /// Returns `text` in a colour.
    pub fn color(self, color: Color, text: &str) -> String {
        self.escape(&color.to_fg_str(), text)
    }

    /// Returns `text` bold and in a colour: the word at the start of a line.
    pub fn label(self, color: Color, text: &str) -> String {
        self.escape(&format!("1;{}", color.to_fg_str()), text)
    }

    /// Returns `text` dimmed: what matters less.
    pub fn dim(self, text: &str) -> String {
        self.escape("2", text)
    }

    /// Returns `text` bold.
    pub fn bold(self, text: &str) -> String {
        self.escape("1", text)
    }

    fn escape(self, codes: &str, text: &str) -> String {
        match self {
            Self::On if !text.is_empty() => format!("\x1b[{codes}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

impl From<bool> for Style {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// Returns the colour of an outcome: green for success, yellow for what may need a look, red for failures.
pub const fn outcome_color(outcome: Outcome) -> Color {
    match outcome {
        Outcome::Ended => Color::Green,
        Outcome::Skipped | Outcome::Planned => Color::Cyan,
        Outcome::NotFound
        | Outcome::Throttled
        | Outcome::Unavailable
        | Outcome::StillActive
        | Outcome::NotAttempted => Color::Yellow,
        Outcome::Failed | Outcome::Invalid | Outcome::Unauthorized | Outcome::Forbidden => Color::Red,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_is_coloured_whatever_the_process_thinks() {
        assert_eq!(Style::On.color(Color::Green, "ended"), "\x1b[32mended\x1b[0m");
        assert_eq!(Style::On.label(Color::Red, "error:"), "\x1b[1;31merror:\x1b[0m");
        assert_eq!(Style::Off.color(Color::Green, "ended"), "ended");
        assert_eq!(Style::from(false).label(Color::Red, "error:"), "error:");
    }
}
