//! Makes text from outside safe to show: no control characters, no secrets, a bounded length.

use std::borrow::Cow;

use super::redact::redact;

/// The longest text from the service that is shown, in characters.
pub const MAX_SHOWN: usize = 300;

/// Makes a text from outside safe to show: strips control characters (line breaks become spaces), bidirectional
/// overrides and other invisible characters, folds whitespace, masks secrets, and cuts what is longer than `max`
/// characters, with an ellipsis.
pub fn clean(text: &str, max: usize) -> String {
    let visible: Cow<'_, str> =
        if text.bytes().all(|b| b.is_ascii_graphic()) { text.into() } else { visible(text).into() };
    // Secrets are looked for after invisible characters are gone and before the text is cut: neither may hide a
    // secret from us and show it to others.
    cut(&redact(&visible), max)
}

fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = c.is_whitespace() && !shown.is_empty() || space;
        } else if !is_invisible(c) {
            if std::mem::take(&mut space) {
                shown.push(' ');
            }
            shown.push(c);
        }
    }
    shown
}

fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// Cleans a text and cuts it to [`MAX_SHOWN`] characters. Returns `None` if nothing is left.
pub fn clean_opt(text: &str) -> Option<String> {
    Some(clean(text, MAX_SHOWN)).filter(|t| !t.is_empty())
}

/// Unicode's `Default_Ignorable_Code_Point`, and the interlinear annotation characters: they change how the text
/// around them is shown, and are not seen themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The longest text that is shown in one place, in characters: longer than any URL that can be built here.
const SHOWN_AT_MOST: usize = 2048;

/// Returns `text` as it may be shown. Texts from outside are cleaned where they come in; this check is the last one
/// before the terminal, and costs one pass over the bytes.
pub fn shown(text: &str) -> Cow<'_, str> {
    let harmless = text.len() <= SHOWN_AT_MOST && text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if harmless { Cow::Borrowed(text) } else { Cow::Owned(clean(text, SHOWN_AT_MOST)) }
}

/// Returns the known word that is most similar to `word`, if one is similar enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Cow<'a, str>> {
    known
        .into_iter()
        .map(|k| (strsim::jaro_winkler(word, k), k))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| Cow::Borrowed(k))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_strips_control_characters_and_folds_whitespace() {
        assert_eq!(clean("a\x1b[31mb\r\n\tc\u{7}\u{202e}d", 100), "a[31mb cd");
        assert_eq!(clean("  \n ", 100), "");
        assert_eq!(clean("\u{0}\u{1} x", 100), "x");
    }

    #[test]
    fn masks_secrets_with_invisible_characters_in_them() {
        let secret = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln";
        crate::text::register_secret(secret);
        for hidden in ["\u{202b}", "\u{7}", "\u{200b}\u{0}", "\u{3164}", "\u{fe0f}", "\u{e0100}"] {
            let echo = secret.replacen("0eX", &format!("0{hidden}eX"), 1);
            assert_eq!(clean(&format!("bad {echo}, sent"), 100), "bad ***, sent", "{hidden:?}");
        }
    }

    #[test]
    fn clean_cuts_long_text_at_a_character() {
        assert_eq!(clean("äöüß", 3), "äöü…");
        assert_eq!(clean("äöü", 3), "äöü");
    }

    #[test]
    fn nearest_suggests_only_similar_words() {
        assert_eq!(nearest("concurency", ["concurrency", "retries"]).as_deref(), Some("concurrency"));
        assert_eq!(nearest("zzz", ["concurrency", "retries"]), None);
    }
}
