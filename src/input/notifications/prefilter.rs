//! Finds the places in a text at which a notification is possible, much faster than parsing it.

use std::ops::Range;

use memchr::memmem::Finder;

/// Every notification has this name.
const KEY: &[u8] = b"changetype";
/// The offset of the `y` in it: the rarest letter of the name in logs.
const KEY_Y: usize = 7;

/// Remembers the next place, so that a chunk is searched once, not once per line.
pub(super) struct Prefilter {
    escape: Finder<'static>,
    next_key: Option<usize>,
    next_escape: Option<usize>,
}

impl Prefilter {
    pub(super) fn new() -> Self {
        Self { escape: Finder::new(b"\\u00"), next_key: None, next_escape: None }
    }

    /// Forgets the places: the text has changed.
    pub(super) const fn reset(&mut self) {
        (self.next_key, self.next_escape) = (None, None);
    }

    /// Returns whether the part of the text may hold a notification: it has the name of a notification's field, or
    /// an escape that could spell a letter of it. Parts must be asked for in order.
    pub(super) fn may_match(&mut self, text: &[u8], part: Range<usize>) -> bool {
        let stale = |place: Option<usize>| place.is_none_or(|place| place < part.start);
        if stale(self.next_key) {
            self.next_key = Some(next_key(text, part.start));
        }
        if stale(self.next_escape) {
            self.next_escape = Some(self.next_escape(text, part.start));
        }
        self.next_key.min(self.next_escape).is_some_and(|next| next < part.end)
    }

    fn next_escape(&self, text: &[u8], from: usize) -> usize {
        // `\u0041` to `\u007a` are the ASCII letters; `\u005c` is a backslash, `\u007b` a `{`.
        let mut places = self.escape.find_iter(&text[from..]);
        let found = places.find(|place| text.get(from + place + 4).is_some_and(|b| matches!(b, b'4'..=b'7')));
        found.map_or(usize::MAX, |place| from + place)
    }
}

fn next_key(text: &[u8], from: usize) -> usize {
    let spells = |y: usize| {
        y.checked_sub(KEY_Y).filter(|start| {
            *start >= from
                && text.get(*start..start + KEY.len()).is_some_and(|name| name.eq_ignore_ascii_case(KEY))
        })
    };
    memchr::memchr2_iter(b'y', b'Y', &text[from..]).find_map(|y| spells(from + y)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_and_escapes_that_could_spell_them() {
        let may = |text: &str| Prefilter::new().may_match(text.as_bytes(), 0..text.len());
        for text in ["changeType", "x CHANGETYPE", "\\u0063hange", "\\\\u0063", "\\u005cu0063", "\"\\u007b\""]
        {
            assert!(may(text), "{text}");
        }
        for text in ["", "change type", "yyyy", "angeType", "\\u00e9\\u0022\\u2026", "hangeType"] {
            assert!(!may(text), "{text}");
        }
    }

    #[test]
    fn remembers_the_next_place() {
        let text = b"yes\nno\nchangetype\nno";
        let mut prefilter = Prefilter::new();
        let parts = [0..3, 4..6, 7..17, 18..20].map(|part| prefilter.may_match(text, part));
        assert_eq!(parts, [false, false, true, false]);
    }
}
