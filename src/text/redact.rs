//! Keeps secrets out of everything that is shown, whoever echoes them.
//!
//! Each secret is registered when it is read. Texts from outside are checked against all of them, also against those
//! that are no longer in use, in the usual spellings: as they are, percent-encoded, and escaped as in JSON or HTML.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// The number of consecutive characters of a secret that are never shown.
const WINDOW: usize = 16;
/// Shorter texts are not secrets, and would match parts of ordinary words.
const SHORTEST: usize = 4;

const MASK: &str = "***";
const WITHHELD: &str = "(withheld: it contains a secret)";

/// Hashes of all windows of all secrets; the secrets themselves are not kept.
#[derive(Default)]
struct Registry {
    /// By the window's length: shorter than [`WINDOW`] for a secret that is shorter itself.
    windows: BTreeMap<usize, HashSet<u64>>,
    /// Hashes of all chunks of the secrets that are at least [`WINDOW`] long.
    chunks: HashSet<u64>,
}

/// Wherever 16 characters of a secret are in a text, one of the text's consecutive chunks of this length is among them.
const CHUNK: usize = WINDOW / 2;

#[cfg(not(test))]
mod registry {
    use std::sync::{LazyLock, PoisonError, RwLock};

    use super::Registry;

    static REGISTRY: LazyLock<RwLock<Registry>> = LazyLock::new(RwLock::default);

    pub fn read<T>(read: impl FnOnce(&Registry) -> T) -> T {
        read(&REGISTRY.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn write(write: impl FnOnce(&mut Registry)) {
        write(&mut REGISTRY.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Unit tests share a process; the secrets of one must not mask the texts of another.
#[cfg(test)]
mod registry {
    use std::cell::RefCell;

    use super::Registry;

    thread_local!(static REGISTRY: RefCell<Registry> = RefCell::default());

    pub fn read<T>(read: impl FnOnce(&Registry) -> T) -> T {
        REGISTRY.with_borrow(read)
    }

    pub fn write(write: impl FnOnce(&mut Registry)) {
        REGISTRY.with_borrow_mut(write);
    }
}

/// Registers a secret: from now on no text shows it, nor any 16 consecutive characters of it.
pub fn register_secret(secret: &str) {
    let bytes = secret.trim().as_bytes();
    if bytes.len() < SHORTEST {
        return;
    }
    let length = bytes.len().min(WINDOW);
    registry::write(|registry| {
        registry.windows.entry(length).or_default().extend(bytes.windows(length).map(hash));
        if length == WINDOW {
            registry.chunks.extend(bytes.windows(CHUNK).map(hash));
        }
    });
}

/// Returns the text without any registered secret. Where a secret is hidden in escapes, the whole text is withheld.
pub fn redact(text: &str) -> Cow<'_, str> {
    registry::read(|registry| {
        if !registry.may_be_in(text) {
            return Cow::Borrowed(text);
        }
        if registry.is_hidden_in(text) {
            return Cow::Borrowed(WITHHELD);
        }
        registry.mask(text)
    })
}

impl Registry {
    /// Whether it is worth a closer look. Costs little: most texts are request IDs.
    fn may_be_in(&self, text: &str) -> bool {
        let Some((shortest, _)) = self.windows.first_key_value() else { return false };
        if text.len() < *shortest {
            return false;
        }
        *shortest < WINDOW
            || text.contains(['%', '\\', '&'])
            || text.as_bytes().chunks_exact(CHUNK).any(|chunk| self.chunks.contains(&hash(chunk)))
    }

    /// Whether a secret appears only once escapes are decoded, once or twice.
    fn is_hidden_in(&self, text: &str) -> bool {
        let plain = self.secret_bytes(text);
        // In a form `+` is a space; elsewhere it is itself.
        [' ', '+'].into_iter().any(|plus| {
            let once = decode(text, plus);
            let twice = once.as_deref().and_then(|once| decode(once, plus));
            [once, twice].iter().flatten().any(|decoded| self.secret_bytes(decoded) > plain)
        })
    }

    fn secret_bytes(&self, text: &str) -> usize {
        self.hits(text.as_bytes()).iter().map(Range::len).sum()
    }

    fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let hits = self.hits(text.as_bytes());
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for hit in hits {
            masked.push_str(&String::from_utf8_lossy(&text.as_bytes()[end..hit.start]));
            masked.push_str(MASK);
            end = hit.end;
        }
        masked.push_str(&String::from_utf8_lossy(&text.as_bytes()[end..]));
        Cow::Owned(masked)
    }

    /// Returns the parts of a text that belong to secrets, in order and without overlaps.
    fn hits(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut hits: Vec<Range<usize>> = Vec::new();
        for (length, hashes) in &self.windows {
            for (start, window) in text.windows(*length).enumerate() {
                if hashes.contains(&hash(window)) {
                    hits.push(start..start + length);
                }
            }
        }
        hits.sort_unstable_by_key(|hit| hit.start);
        hits.dedup_by(|next, before| {
            let overlaps = next.start <= before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
        hits
    }
}

/// Returns an FNV-1a hash. A chance collision only masks a text that need not have been masked.
fn hash(window: &[u8]) -> u64 {
    window
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// Decodes the escapes of URLs, forms, JSON and HTML in one pass, and `+` as `plus`. Returns `None` where there are
/// no escapes.
fn decode(text: &str, plus: char) -> Option<String> {
    if !text.contains(['%', '\\', '&']) {
        return None;
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if let Some((c, length)) = unescape(rest) {
            decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            length
        } else if let Some(byte) = percent(rest) {
            decoded.push(byte);
            3
        } else {
            let c = if first == '+' { plus } else { first };
            decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

fn percent(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('%')?.get(..2)?;
    u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

/// Returns the character that an escape of JSON or HTML at the start of a text stands for, and the escape's length.
fn unescape(text: &str) -> Option<(char, usize)> {
    if let Some(after) = text.strip_prefix('\\') {
        if let Some(after) = after.strip_prefix('u') {
            return Some((number(after.get(..4)?, 16)?, 6));
        }
        let c = after.chars().next()?;
        return Some((c, 1 + c.len_utf8()));
    }
    let after = text.strip_prefix('&')?;
    let name = &after[..after.bytes().take(10).position(|byte| byte == b';')?];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => match name.strip_prefix('#')? {
            digits if digits.starts_with(['x', 'X']) => number(&digits[1..], 16)?,
            digits => number(digits, 10)?,
        },
    };
    Some((c, name.len() + 2))
}

fn number(digits: &str, radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln";

    #[test]
    fn masks_any_16_characters_of_any_secret() {
        register_secret(TOKEN);
        register_secret("Ab8Q~old-client-secret");
        let table = [
            ("no token here", "no token here"),
            ("token eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln is bad", "token *** is bad"),
            ("x=\"eyJ0eXAiOiJKV1QifQ.eyJh\", y", "x=\"***\", y"),
            ("eyJ0eXAiOiJKV1Q", "eyJ0eXAiOiJKV1Q"),
            ("xeyJ0eXAiOiJKV1Qiy", "x***y"),
            ("old-client-secret and more", "*** and more"),
            ("ä eyJ0eXAiOiJKV1QifQ ä", "ä *** ä"),
        ];
        for (text, shown) in table {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn masks_short_secrets_as_a_whole() {
        register_secret("MARKER");
        register_secret("e");
        assert_eq!(redact("a MARKER b MARKE"), "a *** b MARKE");
        assert_eq!(redact("message"), "message");
    }

    #[test]
    fn withholds_a_text_in_which_escapes_hide_a_secret() {
        let secret = "Ab8Q~x+y/z&\"<é %7E";
        register_secret(secret);
        for spelling in [
            "Ab8Q%7Ex%2By%2Fz%26%22%3C%C3%A9+%257E",
            "Ab8Q%7ex%2by%2fz%26%22%3c%c3%a9%20%257E",
            r#"Ab8Q~x\u002By\/z\u0026\"\u003c\u00E9 %257E"#,
            "Ab8Q~x+y/z&amp;&quot;&lt;&#233; %257E",
            "Ab8Q~x&#x2B;y&#x2f;z&#38;&#34;&lt;é %257E",
        ] {
            let text = format!("a client_secret={spelling}&b=%7E");
            let shown = redact(&text);
            assert!(!shown.contains("Ab8Q"), "{spelling}: {shown}");
        }
        assert_eq!(redact("50% off & more \\ text of some length"), "50% off & more \\ text of some length");
    }

    proptest! {
        #[test]
        fn never_shows_16_characters(before in ".{0,20}", start in 0usize..20, length in 16usize..20, after in ".{0,20}") {
            register_secret(TOKEN);
            let part = &TOKEN[start..start + length];
            let text = format!("{before}{part}{after}");
            let shown = redact(&text).into_owned();
            prop_assert!((0..=length - 16).all(|at| !shown.contains(&part[at..at + 16])), "{}", shown);
        }
    }
}
