//! Numbers in prose: thousands separators and plurals.

/// Formats a number with thousands separators: `12,345`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number and its noun: `1 call`, `2,000 calls`.
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", thousands(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separates_thousands_and_forms_plurals() {
        let table = [
            (0, "0 calls"),
            (1, "1 call"),
            (999, "999 calls"),
            (1000, "1,000 calls"),
            (1_234_567, "1,234,567 calls"),
        ];
        for (n, text) in table {
            assert_eq!(counted(n, "call"), text);
        }
    }
}
