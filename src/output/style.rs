//! Colour, decided for each stream on its own.
//!
//! `colored` itself decides once for the whole process, by standard output; only its codes are taken here.

use colored::Color;

use crate::model::outcome::Outcome;

/// Whether what is written to one stream may be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With escape sequences.
    On,
    /// Plain text.
    Off,
}

impl Paint {
    /// `text` in a colour.
    pub fn put(self, color: Color, text: &str) -> String {
        match self {
            Self::On => format!("\x1b[{}m{text}\x1b[0m", color.to_fg_str()),
            Self::Off => text.to_owned(),
        }
    }

    /// `text` in a colour and bold: the word that a line begins with.
    pub fn label(self, color: Color, text: &str) -> String {
        match self {
            Self::On => format!("\x1b[1;{}m{text}\x1b[0m", color.to_fg_str()),
            Self::Off => text.to_owned(),
        }
    }
}

impl From<bool> for Paint {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// The colour in which an outcome is named: green is well, yellow may be looked at, red must be.
pub const fn color_of(outcome: Outcome) -> Color {
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
        assert_eq!(Paint::On.put(Color::Green, "ended"), "\x1b[32mended\x1b[0m");
        assert_eq!(Paint::On.label(Color::Red, "error:"), "\x1b[1;31merror:\x1b[0m");
        assert_eq!(Paint::Off.put(Color::Green, "ended"), "ended");
        assert_eq!(Paint::from(false).label(Color::Red, "error:"), "error:");
    }
}
