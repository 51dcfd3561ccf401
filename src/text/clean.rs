//! Text from outside, made safe to show: no control characters, a sane length.

use std::borrow::Cow;

/// The longest text from the service that is shown, in characters.
pub const MAX_SHOWN: usize = 300;

/// Strips control characters (line breaks become spaces), bidirectional overrides and other invisible
/// formatting, folds white space, and cuts what is longer than `max` characters, with an ellipsis.
pub fn clean(text: &str, max: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = c.is_whitespace() && !shown.is_empty() || space;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if count + usize::from(space) >= max {
            shown.push('…');
            return shown;
        }
        if std::mem::take(&mut space) {
            shown.push(' ');
            count += 1;
        }
        shown.push(c);
        count += 1;
    }
    shown
}

/// [`clean`] at the usual length; `None` where nothing is left.
pub fn clean_opt(text: &str) -> Option<String> {
    Some(clean(text, MAX_SHOWN)).filter(|t| !t.is_empty())
}

/// Characters that change how the text around them is shown without being seen themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// [`clean_opt`] without a secret that the text may echo. The secret is looked for after what is not seen is
/// stripped, and before the text is cut: neither may hide it from us and show it to others.
pub fn clean_without(text: &str, secret: &str) -> Option<String> {
    clean_opt(&redact(&clean(text, usize::MAX), secret))
}

/// Takes a secret out of a text: whole, in whatever spelling, or in a part that is long enough to be of use to
/// anybody.
pub fn redact<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    // What is shorter is no token that anybody was given, and stands in ordinary words.
    const SHORTEST: usize = 4;
    const TELLING: usize = 16;
    if secret.len() < SHORTEST || text.is_empty() {
        return Cow::Borrowed(text);
    }
    let hidden = super::redact::hide(text, secret);
    let text = if hidden == text { Cow::Borrowed(text) } else { Cow::Owned(hidden) };
    let between = |c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c));
    let is_part = |word: &str| word.len() >= TELLING && secret.contains(word);
    if !text.split(between).any(is_part) {
        return text;
    }
    let parts = text.split_inclusive(between).map(|part| match part.trim_end_matches(between) {
        word if is_part(word) => format!("***{}", &part[word.len()..]),
        _ => part.to_owned(),
    });
    Cow::Owned(parts.collect())
}

/// The longest text that is shown in one place, in characters: longer than any URL that can be built here.
const SHOWN_AT_MOST: usize = 2048;

/// `text` as it may be shown. Everything from outside was cleaned where it came in; this is the last border
/// before a terminal, and costs one look at each byte.
pub fn shown(text: &str) -> Cow<'_, str> {
    let harmless = text.len() <= SHOWN_AT_MOST && text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if harmless { Cow::Borrowed(text) } else { Cow::Owned(clean(text, SHOWN_AT_MOST)) }
}

/// What lies nearest to `word` among `known`, if anything is near enough to be meant.
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
    fn control_characters_go_and_white_space_folds() {
        assert_eq!(clean("a\x1b[31mb\r\n\tc\u{7}\u{202e}d", 100), "a[31mb cd");
        assert_eq!(clean("  \n ", 100), "");
        assert_eq!(clean("\u{0}\u{1} x", 100), "x");
    }

    #[test]
    fn a_secret_is_taken_out_whole_and_in_part() {
        let secret = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln";
        let table = [
            ("no token here", "no token here"),
            ("token eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln is bad", "token *** is bad"),
            ("x=\"eyJ0eXAiOiJKV1QifQ.eyJh\", y", "x=\"***\", y"),
            ("eyJ0eXAiOiJK", "eyJ0eXAiOiJK"),
        ];
        for (text, shown) in table {
            assert_eq!(redact(text, secret), shown);
        }
        assert_eq!(redact("abcdabcd", "abcd"), "******");
        assert_eq!(redact("abc", ""), "abc");
        assert_eq!(redact("message", "e"), "message");
        let hidden = clean_without("token MARK\u{7}ER\u{200b}TOKEN", "MARKERTOKEN");
        assert_eq!(hidden.as_deref(), Some("token ***"));
    }

    #[test]
    fn a_secret_is_taken_out_with_invisible_characters_in_it() {
        let secret = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln";
        for hidden in ["\u{202b}", "\u{7}", "\u{200b}\u{0}"] {
            let echo = secret.replacen("0eX", &format!("0{hidden}eX"), 1);
            let shown = |text: String| clean_without(&text, secret).unwrap();
            assert_eq!(shown(format!("bad {echo}, sent")), "bad ***, sent");
            assert_eq!(shown(format!("bad {echo}Xr, sent")), "bad ***Xr, sent");
        }
        assert_eq!(clean_without("\u{7}", secret), None);
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clean("äöüß", 3), "äöü…");
        assert_eq!(clean("äöü", 3), "äöü");
    }

    #[test]
    fn the_nearest_key_is_suggested_only_when_near() {
        assert_eq!(nearest("concurency", ["concurrency", "retries"]).as_deref(), Some("concurrency"));
        assert_eq!(nearest("zzz", ["concurrency", "retries"]), None);
    }
}
