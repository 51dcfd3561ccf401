//! A secret in another spelling: a form, JSON and HTML each escape some of its characters.

/// Takes `secret` out of `text`, each of its characters as it is or escaped in any of the usual ways.
pub(super) fn hide(text: &str, secret: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = spelled(rest, secret) {
            shown.push_str("***");
            rest = &rest[length..];
        } else {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shown
}

/// How much of the beginning of `text` is `secret`, in whatever spelling.
fn spelled(text: &str, secret: &str) -> Option<usize> {
    // More than one where a character is both itself and the beginning of an escape, such as `%` of `%25`.
    let mut ends = vec![0];
    for c in secret.chars() {
        let mut next = Vec::new();
        for end in ends {
            let rest = &text[end..];
            let escape = unescape(rest).filter(|(decoded, _)| *decoded == c).map(|(_, length)| length);
            next.extend(escape.map(|length| end + length));
            next.extend(percents(rest, c).map(|length| end + length));
            next.extend(
                (rest.starts_with(c) || c == ' ' && rest.starts_with('+')).then(|| end + c.len_utf8()),
            );
        }
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            return None;
        }
        ends = next;
    }
    ends.into_iter().max()
}

/// The length of `c` as a form or a URL escapes it, where `text` begins with that.
fn percents(text: &str, c: char) -> Option<usize> {
    let mut bytes = [0; 4];
    let bytes = c.encode_utf8(&mut bytes).as_bytes();
    let escapes = text.get(..3 * bytes.len())?.as_bytes().chunks(3);
    let same = |(escape, byte): (&[u8], &u8)| escape.eq_ignore_ascii_case(format!("%{byte:02x}").as_bytes());
    escapes.zip(bytes).all(same).then_some(3 * bytes.len())
}

/// The character that an escape of JSON or HTML at the beginning of `text` stands for, and the escape's length.
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
    use super::*;

    #[test]
    fn it_is_hidden_however_it_is_escaped() {
        let secret = "Ab8Q~x+y/z&\"<é %7E";
        for spelling in [
            secret,
            "Ab8Q%7Ex%2By%2Fz%26%22%3C%C3%A9+%257E",
            "Ab8Q%7ex%2by%2fz%26%22%3c%c3%a9%20%257E",
            "Ab8Q~x%2By/z%26%22%3Cé%20%257E",
            r#"Ab8Q~x\u002By\/z\u0026\"\u003c\u00E9 %7E"#,
            "Ab8Q~x+y/z&amp;&quot;&lt;&#233; %7E",
            "Ab8Q~x+y/z&#0038;&quot;&lt;é%20%7E",
            "Ab8Q~x&#x2B;y&#x2f;z&#38;&#34;&lt;é %7E",
        ] {
            let text = format!("a client_secret={spelling}&b=%7E");
            assert_eq!(hide(&text, secret), "a client_secret=***&b=%7E", "{spelling}");
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for text in ["", "50% off &", "\\", "\\u12", "&#;", "&#x110000;", "%", "é&é", "&ééééé;", "sec%72e"]
        {
            assert_eq!(hide(text, "secret"), text);
        }
        assert_eq!(hide("sec%72et%", "secret"), "***%");
    }
}
