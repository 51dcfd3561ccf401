//! What a code means, whether to retry, and what to do next: one table for `--explain` and for the hints in
//! the results.

use std::fmt;
use std::io::{self, Write};

use crate::text;

use super::table;

/// What is known of one code, or of several that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The code and its other spellings; the first one is the one to show.
    pub codes: &'static [&'static str],
    /// What kind of code it is.
    pub kind: Kind,
    /// What it means.
    pub meaning: &'static str,
    /// Whether the same request may work when it is sent again.
    pub retry: Retry,
    /// What to do next; the hint of a result.
    pub next: &'static str,
}

/// Where a code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The `code` of Graph's error object, or of the sign-in service's.
    Service,
    /// An HTTP status.
    Status,
    /// How a call ended: `code/subcode` of a notification's `resultInfo`.
    End,
}

/// Whether the same request may work when it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The run does so by itself.
    Automatic,
    /// Not within the run; the same command later may work.
    Later,
    /// Only once something was mended.
    AfterFix,
    /// The same request gets the same answer.
    Never,
    /// There is nothing left to be done.
    NotNeeded,
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Automatic => "yes, and hangup does so by itself (--retries, --deadline)",
            Self::Later => "later: the same command may work then",
            Self::AfterFix => "not before the cause is mended",
            Self::Never => "no: the same request gets the same answer",
            Self::NotNeeded => "no need: nothing is left to be done",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "error code of the service",
            Self::Status => "HTTP status",
            Self::End => "end code of a call",
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.codes.join(", "), self.kind)?;
        writeln!(f, "  meaning: {}", self.meaning)?;
        writeln!(f, "  retry:   {}", self.retry)?;
        write!(f, "  next:    {}", self.next)
    }
}

impl Explanation {
    /// Writes it as `--explain` prints it, with a line break at the end.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn render(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{self}")
    }

    fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|known| normal(known) == code)
    }
}

/// What a code means: an error code (`8522`, `Forbidden`), an HTTP status, or an end code (`408/8537`, or its
/// second number alone). Case, spaces and the separator do not count. A bare number is looked for among the
/// error codes first: `7504` is the service's, `404` is HTTP's.
pub fn explain(code: &str) -> Option<Explanation> {
    let code = normal(code);
    let of = |kind| table::ALL.iter().find(|e| e.kind == kind && e.has(&code));
    let subcode = || {
        let ends = |known: &&str| known.rsplit('/').next() == Some(code.as_str());
        table::ALL.iter().find(|e| e.kind == Kind::End && e.codes.iter().any(ends))
    };
    of(Kind::Service).or_else(|| of(Kind::Status)).or_else(|| of(Kind::End)).or_else(subcode).copied()
}

/// The hint for an answer: by the service's own code where the table has it, else by the status, else by the
/// name of a status, which says less (`UnknownError` comes with any).
pub fn hint(status: Option<u16>, code: Option<&str>) -> Option<&'static str> {
    let code = code.map(normal);
    let status = status.map(|status| status.to_string());
    // Never an end code: those are told of in notifications, and one of the same spelling is chance.
    let of = |kind, code: Option<&String>| {
        table::ALL.iter().find(|e| e.kind == kind && code.is_some_and(|code| e.has(code)))
    };
    let found = of(Kind::Service, code.as_ref())
        .or_else(|| of(Kind::Status, status.as_ref()))
        .or_else(|| of(Kind::Status, code.as_ref()));
    found.map(|e| e.next)
}

/// What to say of a code that is in no table: with the nearest one that is.
pub fn unknown(code: &str) -> String {
    let shown = text::clean(code, 60);
    let all = table::ALL.iter().flat_map(|e| e.codes.iter().copied());
    let near =
        text::nearest(&shown, all).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    format!(
        "`{shown}` is no code that is known here{near}: give an error code of the service (8522, 7504), an HTTP \
         status (404), or an end code of a call (408/8537)"
    )
}

/// One spelling for all: lower case, the words of a name joined, numbers with `/` between them.
fn normal(code: &str) -> String {
    let parts: Vec<String> = code
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::to_ascii_lowercase)
        .filter(|part| !matches!(part.as_str(), "" | "http" | "code" | "subcode" | "status"))
        .collect();
    let numbers = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    parts.join(if numbers { "/" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(code: &str) -> &'static str {
        explain(code).unwrap_or_else(|| panic!("{code} is unknown")).codes[0]
    }

    #[test]
    fn spelling_does_not_count() {
        for code in ["408/8537", " 408 / 8537 ", "408-8537", "408.8537", "code 408, subcode 8537", "8537"] {
            assert_eq!(first(code), "408/8537", "{code}");
        }
        for code in ["Authorization_RequestDenied", "authorization requestdenied", "403", "HTTP 403"] {
            assert_eq!(first(code), "403", "{code}");
        }
    }

    #[test]
    fn a_bare_number_is_the_services_code_before_it_is_a_status_before_it_is_an_end_code() {
        for (code, kind) in [
            ("8522", Kind::Service),
            ("7504", Kind::Service),
            ("408", Kind::Status),
            ("500", Kind::Status),
            ("480", Kind::End),
            ("7000", Kind::End),
            ("200/7000", Kind::End),
        ] {
            assert_eq!(explain(code).map(|e| e.kind), Some(kind), "{code}");
        }
    }

    #[test]
    fn every_code_is_found_by_its_own_spelling_and_only_once() {
        for entry in table::ALL {
            for code in entry.codes {
                assert_eq!(explain(code), Some(*entry), "{code}");
            }
            assert!(entry.meaning.ends_with(['.', ')']) && entry.next.ends_with(['.', ')']), "{entry}");
        }
    }

    #[test]
    fn the_statuses_and_end_codes_that_are_documented_are_there() {
        for status in
            "400 401 402 403 404 405 406 408 409 410 411 412 413 415 416 422 423 425 429 500 501 502 \
                       503 504 507 509"
                .split_whitespace()
        {
            assert_eq!(explain(status).map(|e| e.kind), Some(Kind::Status), "{status}");
        }
        for end in "200/4097 200/4521 200/5000 200/5300 200/5001 200/5003 200/5002 200/5007 200/5010 200/5012 \
                    200/5013 200/5014 200/5020 200/5030 200/5855 200/7000 200/10550 200/7015 200/18503 \
                    200/540000 200/560000 408/8537 408/1106 408/10057 410/301005 480/10037 480/10076 480/10134 \
                    480/10199 500/1005"
            .split_whitespace()
        {
            assert!(explain(end).is_some_and(|e| e.kind == Kind::End && e.codes.contains(&end)), "{end}");
        }
    }

    #[test]
    fn a_hint_is_the_codes_before_it_is_the_statuses() {
        let next = |code| explain(code).map(|e| e.next);
        assert_eq!(hint(Some(403), Some("7504")), next("7504"));
        assert_eq!(hint(Some(403), Some("NobodyKnows")), next("403"));
        assert_eq!(hint(Some(403), None), next("403"));
        assert_eq!(hint(Some(404), Some("UnknownError")), next("404"));
        assert_eq!(hint(Some(418), None), None);
        assert_eq!(hint(None, Some("")), None);
        // `8537` is an end code, not one of an error object.
        assert_eq!(hint(Some(404), Some("8537")), next("404"));
    }

    #[test]
    fn an_unknown_code_is_said_to_be_one_with_the_nearest() {
        assert_eq!(explain("8523"), None);
        assert_eq!(explain(""), None);
        assert_eq!(explain("\u{202e}"), None);
        assert!(unknown("InvalidAuthToken").contains("`InvalidAuthenticationToken`"), "{}", unknown("x"));
        assert!(unknown("408/8538").contains("`408/8537`"));
        assert!(!unknown("\x1b[31m").contains('\x1b'));
    }

    #[test]
    fn it_is_shown_with_all_three_parts() {
        let mut out = Vec::new();
        explain("7504").unwrap().render(&mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(shown.starts_with("7504 (error code of the service)\n  meaning: "), "{shown}");
        assert!(shown.contains("\n  retry:   not before") && shown.contains("\n  next:    "), "{shown}");
    }
}
