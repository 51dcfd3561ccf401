//! Finds the explanation of a code, and the hint for a response.

use crate::text;

use super::explanation::{Explanation, Retry};
use super::status::{self, status_meaning};
use super::{end_codes, results, service, sign_in};

/// Returns what a code means: an error code (`8522`, `Forbidden`), an HTTP status, an end code (`408/8537`, or its
/// subcode alone), an outcome or an exit code.
///
/// Case, spaces and separators do not count. A bare number is looked up among the error codes first, then among the
/// statuses: `7504` is Graph's, `404` is HTTP's.
pub fn explain(code: &str) -> Option<Explanation> {
    // Two outcomes are spelled like a code of Graph's, except for case.
    if let Some(outcome) = results::OUTCOMES.iter().find(|known| known.codes.contains(&code.trim())) {
        return Some(*outcome);
    }
    let code = normalize(code);
    find(&code).or_else(|| {
        let (first, second) = code.split_once('/')?;
        // As in `404/8522`, a status and an error code of Graph's.
        let of_service = find_in(service::CODES, second)?;
        first.parse::<u16>().ok().map(|_| *of_service)
    })
}

fn find(code: &str) -> Option<Explanation> {
    let status = || {
        let number = code.parse().ok().filter(|status| (200..600).contains(status));
        let by_number = number.map(|status| &status_meaning(status).explanation);
        // `480` is not a status that Graph sends, but the first part of an end code.
        by_number
            .filter(|found| !is_fallback(found))
            .or_else(|| status::rows().map(|row| &row.explanation).find(|explanation| has(explanation, code)))
    };
    let fallback = || {
        let number = code.parse().ok().filter(|status| (400..600).contains(status))?;
        Some(&status_meaning(number).explanation)
    };
    let subcode = || {
        end_codes::CODES.iter().find(|known| {
            known.codes.iter().any(|known| known.split_once('/').is_some_and(|(_, sub)| sub == code))
        })
    };
    find_in(service::CODES, code)
        .or_else(|| find_in(sign_in::CODES, code))
        .or_else(status)
        .or_else(|| find_in(results::OUTCOMES, code))
        .or_else(|| find_in(results::EXIT_CODES, code))
        .or_else(|| find_in(end_codes::CODES, code))
        .or_else(fallback)
        .or_else(subcode)
        .copied()
}

fn find_in(codes: &'static [Explanation], code: &str) -> Option<&'static Explanation> {
    codes.iter().find(|known| has(known, code))
}

fn has(explanation: &Explanation, code: &str) -> bool {
    explanation.codes.iter().any(|known| normalize(known) == code)
}

/// Tells if an explanation is that of a whole class of statuses (`4xx`, `5xx`).
fn is_fallback(explanation: &Explanation) -> bool {
    explanation.codes.iter().all(|code| code.ends_with("xx"))
}

/// Returns the hint for a failed request: by the service's own code, else by the status.
pub fn hint(status: u16, code: Option<&str>) -> &'static str {
    let by_code = code.and_then(|code| {
        // A code that says that the call is gone does so only with its own statuses.
        let known = find_in(service::CODES, &normalize(code))?;
        (known.retry != Retry::Depends && service::says_gone(status, code) != Some(false)).then_some(known)
    });
    by_code.unwrap_or(&status_meaning(status).explanation).action
}

/// Returns what to say about an unknown code, with the nearest known one.
pub fn unknown(code: &str) -> String {
    let shown = text::clean(code, 60);
    let all = all().flat_map(|known| known.codes.iter().copied());
    let near =
        text::nearest(&shown, all).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    format!(
        "unknown code `{shown}`{near}: use an error code of the service (8522, 7504), an HTTP status (404), an end \
         code of a call (408/8537), an outcome (not-found) or an exit code (4)"
    )
}

/// Returns every explanation.
pub fn all() -> impl Iterator<Item = &'static Explanation> {
    let tables = [service::CODES, sign_in::CODES, end_codes::CODES, results::OUTCOMES, results::EXIT_CODES];
    tables.into_iter().flatten().chain(status::rows().map(|row| &row.explanation))
}

/// Reduces all spellings to one: lower case, the words of a name joined, numbers with `/` between them.
fn normalize(code: &str) -> String {
    const LABELS: [&str; 9] =
        ["http", "code", "subcode", "status", "diagcode", "error", "errorcode", "exit", "resultinfo"];
    let parts: Vec<String> = code
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::to_ascii_lowercase)
        .filter(|part| !part.is_empty() && !LABELS.contains(&part.as_str()))
        .collect();
    let numbers = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    parts.join(if numbers { "/" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::codes::Kind;
    use crate::model::exit::Exit;
    use crate::model::outcome::{NotFoundPolicy, Outcome};

    fn first(code: &str) -> &'static str {
        explain(code).unwrap_or_else(|| panic!("{code} is unknown")).codes[0]
    }

    fn kind(code: &str) -> Option<Kind> {
        explain(code).map(|known| known.kind)
    }

    #[test]
    fn explain_ignores_spelling() {
        for code in ["408/8537", " 408 / 8537 ", "408-8537", "408.8537", "code 408, subcode 8537", "8537"] {
            assert_eq!(first(code), "408/8537", "{code}");
        }
        for code in
            ["Authorization_RequestDenied", "authorization requestdenied", "403", "HTTP 403", "Forbidden"]
        {
            assert_eq!(first(code), "403", "{code}");
        }
    }

    #[test]
    fn explain_takes_codes_as_they_are_pasted() {
        for (pasted, code) in [
            ("DiagCode: 410#301005.@", "410/301005"),
            ("DiagCode: 500#1203002.@", "500/1203002"),
            ("3002#7106", "500/1203002"),
            ("DiagCode: 3002#7106.@", "500/1203002"),
            ("404/8522", "8522"),
            ("errorCode: 7503", "7503"),
            ("exit code 4", "4"),
            ("not found", "404"),
        ] {
            assert_eq!(first(pasted), code, "{pasted}");
        }
    }

    #[test]
    fn explain_prefers_service_codes_to_statuses_to_exit_codes_to_end_codes() {
        for (code, expected) in [
            ("8522", Kind::Service),
            ("7504", Kind::Service),
            ("408", Kind::Status),
            ("500", Kind::Status),
            ("599", Kind::Status),
            ("418", Kind::Status),
            ("0", Kind::ExitCode),
            ("143", Kind::ExitCode),
            ("480", Kind::EndCode),
            ("7000", Kind::EndCode),
            ("200/7000", Kind::EndCode),
            ("AADSTS700027", Kind::SignIn),
            ("forbidden", Kind::Outcome),
            ("Forbidden", Kind::Status),
        ] {
            assert_eq!(kind(code), Some(expected), "{code}");
        }
    }

    #[test]
    fn every_code_is_found_by_its_own_spelling_and_only_once() {
        for entry in all() {
            for code in entry.codes {
                assert_eq!(explain(code), Some(*entry), "{code}");
            }
            assert!(entry.meaning.ends_with(['.', ')']) && entry.action.ends_with(['.', ')']), "{entry}");
        }
    }

    #[test]
    fn every_outcome_and_exit_code_is_explained() {
        for outcome in Outcome::ALL {
            assert_eq!(kind(outcome.name()), Some(Kind::Outcome), "{outcome:?}");
            let exit = outcome.exit(NotFoundPolicy::Reported, Exit::Ok).code();
            let meaning = explain(outcome.name()).unwrap().meaning;
            let says_so = meaning.contains(&format!("Exit code {exit}")) || outcome == Outcome::NotAttempted;
            assert!(says_so, "{outcome:?}: {meaning}");
        }
        for code in [0, 1, 2, 3, 4, 5, 129, 130, 143] {
            assert_eq!(kind(&code.to_string()), Some(Kind::ExitCode), "{code}");
        }
    }

    #[test]
    fn every_documented_end_code_and_service_code_is_explained() {
        let end_codes = "0/0 200/0 200/4097 200/4521 200/5000 200/5300 200/5001 200/5003 200/5002 200/5007 200/5010 \
                         200/5012 200/5013 200/5014 200/5020 200/5030 200/5855 200/7000 200/10550 200/7015 200/18503 \
                         200/540000 200/560000 400/2203 403/510403 408/8537 408/8544 408/1106 408/10057 408/13025 \
                         408/4506 410/301004 410/301005 480/10037 480/10076 480/10077 480/10078 480/10134 480/10199 \
                         486/560486 487/0 487/10003 487/10004 487/10024 603/0 500/1005 500/1203002 500/1203003 \
                         500/3002 500/3003 500/7106 500/7117 500/1999";
        for code in end_codes.split_whitespace() {
            assert!(
                explain(code).is_some_and(|e| e.kind == Kind::EndCode && e.codes.contains(&code)),
                "{code}"
            );
        }
        let service_codes = "8522 9997 8528 8543 7500 7501 7502 7503 7504 7505 7506 7507 8517 8501 8585 8519 8520 8523 \
                             8583 8516 8529 8530 9001 9002 9003 9998 9999 UnknownError";
        for code in service_codes.split_whitespace() {
            assert_eq!(kind(code), Some(Kind::Service), "{code}");
        }
    }

    #[test]
    fn hint_is_by_the_services_code_then_by_the_status() {
        let action = |code| explain(code).unwrap().action;
        assert_eq!(hint(403, Some("7504")), action("7504"));
        assert_eq!(hint(403, Some("NobodyKnows")), action("403"));
        assert_eq!(hint(403, None), action("403"));
        assert_eq!(hint(404, Some("UnknownError")), action("404"));
        assert_eq!(hint(418, None), action("4xx"));
        assert_eq!(hint(404, Some("8537")), action("404"), "8537 is an end code, not one of an error object");
        assert_eq!(hint(405, Some("8522")), action("405"), "8522 means that the call is gone only with 404");
    }

    #[test]
    fn unknown_code_is_reported_with_the_nearest_known_one() {
        for code in ["8599", "", "\u{202e}", "999", "99", "408/8538", "nonsense"] {
            assert_eq!(explain(code), None, "{code}");
        }
        assert!(unknown("InvalidAuthToken").contains("`InvalidAuthenticationToken`"), "{}", unknown("x"));
        assert!(unknown("408/8538").contains("`408/8537`"));
        assert!(!unknown("\x1b[31m").contains('\x1b'));
    }
}
