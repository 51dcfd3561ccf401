//! The terminal's width, and texts fitted into it.

use terminal_size::{Width, terminal_size_of};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width where neither `COLUMNS` nor the terminal says one.
const DEFAULT_COLUMNS: usize = 80;

/// How many columns a line may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineWidth {
    /// No terminal: nothing is shortened.
    Unlimited,
    Fixed(usize),
    /// As wide as the terminal is at the moment, so that resizing is followed.
    Terminal,
}

impl LineWidth {
    /// Returns the width of a stream; `COLUMNS` wins over the terminal's own.
    pub fn of_stream(is_terminal: bool) -> Self {
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
        match columns.filter(|columns| *columns > 0) {
            _ if !is_terminal => Self::Unlimited,
            Some(columns) => Self::Fixed(columns),
            None => Self::Terminal,
        }
    }

    /// Returns the number of columns; `None` without a limit.
    pub fn columns(self) -> Option<usize> {
        match self {
            Self::Unlimited => None,
            Self::Fixed(columns) => Some(columns),
            Self::Terminal => {
                let size =
                    terminal_size_of(std::io::stdout()).or_else(|| terminal_size_of(std::io::stderr()));
                Some(size.map_or(DEFAULT_COLUMNS, |(Width(columns), _)| columns.into()))
            }
        }
    }
}

/// Returns the columns that a text takes.
pub fn text_width(text: &str) -> usize {
    text.width()
}

/// Shortens a text to at most `columns`, with an ellipsis.
pub fn shorten(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let start: String = text.chars().take_while(fits).collect();
    if columns == 0 { String::new() } else { format!("{}…", start.trim_end()) }
}

/// Breaks a text between words into lines of at most `columns`; all but the first are indented. A word that is
/// longer than a line stays in one piece.
pub fn wrap(text: &str, columns: Option<usize>, indent: usize) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    let (mut lines, mut used) = (String::new(), 0);
    for word in text.split(' ') {
        let width = word.width();
        if used > 0 && used + 1 + width > columns {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += width;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_by_columns() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdef", 5), "abcd…");
        assert_eq!(shorten("会議会議", 5), "会議…");
        assert_eq!(shorten("会議会議", 4), "会…");
        assert_eq!(shorten("one two", 5), "one…");
        assert_eq!(shorten("abc", 0), "");
    }

    #[test]
    fn wraps_at_words() {
        assert_eq!(wrap("one two three four", Some(9), 2), "one two\n  three\n  four");
        assert_eq!(wrap("one two", None, 2), "one two");
        assert_eq!(wrap("a-very-long-word b", Some(5), 2), "a-very-long-word\n  b");
    }

    #[test]
    fn pipes_have_no_width() {
        assert_eq!(LineWidth::of_stream(false).columns(), None);
        assert_eq!(LineWidth::Fixed(100).columns(), Some(100));
    }
}
