//! When to try again: a pure decision, with the clock and the dice handed in.
//!
//! One layer: nothing else in the program repeats a request that may have reached the service.

use std::time::{Duration, SystemTime};

use crate::http::attempt::Attempt;
use crate::model::codes::status_meaning;

/// So much pause may add up without any call being settled; a longer one is for the caller to sit out.
pub const LONGEST_IDLE: Duration = Duration::from_secs(600);

/// The first back-off's upper bound: long enough for a gateway to pick another server.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// No back-off is longer: a call is stuck now, and somebody waits for it to end.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// What comes after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing would change the answer: it is the call's result.
    Settled,
    /// Another attempt could, and there is one left, after a wait.
    Again(Hold),
    /// Another attempt could, but none is left; what the answer asks of the rest of the run still holds.
    Exhausted(Option<Hold>),
}

/// A wait, and for whom it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Who waits.
    pub whom: Whom,
    /// How long.
    pub wait: Wait,
    /// Whether the attempt that follows uses up one of `--retries`.
    pub uses_retry: bool,
}

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// This call.
    Call,
    /// The whole run: the service asked for it, or cannot be reached.
    Run,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// What the service asked for, in full.
    Asked(Duration),
    /// The back-off of a call that has been retried so often.
    Backoff(u32),
    /// The run's own back-off: how often it was throttled or found nobody there, it knows itself.
    RunBackoff,
}

/// Decides on one attempt of a call that has used up `used` of `retries`.
pub fn decide(attempt: &Attempt, used: u32, retries: u32) -> Next {
    let Some(hold) = hold(attempt, used) else { return Next::Settled };
    // A throttled answer uses up no retry, but `--retries 0` is one attempt whatever comes.
    let left = if hold.uses_retry { used < retries } else { retries > 0 };
    match (left, hold.whom) {
        (true, _) => Next::Again(hold),
        (false, Whom::Run) => Next::Exhausted(Some(hold)),
        (false, Whom::Call) => Next::Exhausted(None),
    }
}

/// The wait that an attempt asks for; `None` where it is final.
fn hold(attempt: &Attempt, used: u32) -> Option<Hold> {
    let call = Hold { whom: Whom::Call, wait: Wait::Backoff(used), uses_retry: true };
    let run = Hold { whom: Whom::Run, wait: Wait::RunBackoff, uses_retry: true };
    match attempt {
        Attempt::Answered(answer) if status_meaning(answer.status).is_retryable() => {
            Some(match (answer.status, answer.retry_after) {
                (429, Some(asked)) => Hold { wait: Wait::Asked(asked), uses_retry: false, ..run },
                (429, None) => Hold { uses_retry: false, ..run },
                (503, Some(asked)) => Hold { wait: Wait::Asked(asked), ..run },
                (_, Some(asked)) => Hold { wait: Wait::Asked(asked), ..call },
                (_, None) => call,
            })
        }
        Attempt::Lost(_) => Some(call),
        Attempt::NotConnected(_) => Some(run),
        Attempt::Answered(_) | Attempt::CertificateRejected(_) | Attempt::CannotSend(_) => None,
    }
}

/// Full jitter: anything from nothing to the doubled bound, so that a herd spreads out.
///
/// `roll` is a number from 0 to 1.
pub fn backoff(times: u32, roll: f64) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << times.min(16)).min(LONGEST_BACKOFF);
    bound.mul_f64(roll.clamp(0.0, 1.0))
}

/// The longest wait that a `Retry-After` can ask for; more is cut to it, and is far beyond what is waited for.
const LONGEST_ASKED: Duration = Duration::from_secs(u32::MAX as u64);

/// Parses `Retry-After`: seconds, or an HTTP date, which is measured against the response's own `Date` because the
/// clocks of the two machines may differ. Of several values in one header, as in `30,120`, the longest counts.
pub fn parse_retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let wait = match parse_date(value.trim()) {
        Some(until) => {
            let from = date.and_then(|date| parse_date(date.trim())).unwrap_or(now);
            Some(until.duration_since(from).unwrap_or_default())
        }
        None => value.split(',').filter_map(|value| parse_seconds(value.trim())).max(),
    };
    wait.map(|wait| wait.min(LONGEST_ASKED))
}

/// Parses an HTTP date. One with the wrong day of the week counts too: to ignore it would be to undercut it.
fn parse_date(text: &str) -> Option<SystemTime> {
    const PARSER: jiff::fmt::rfc2822::DateTimeParser =
        jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let seconds = PARSER.parse_timestamp(text).ok()?.as_second();
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Whole seconds, as the standard has them; a fraction, as some gateways send it, is rounded up.
fn parse_seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let up = u64::from(fraction.bytes().any(|b| b != b'0'));
    // More digits than fit are not junk but a very long time.
    let seconds = whole.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds.saturating_add(up)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::attempt::{Answer, LostResponse};

    fn answered(status: u16, retry_after: Option<u64>) -> Attempt {
        let retry_after = retry_after.map(Duration::from_secs);
        Attempt::Answered(Answer { status, retry_after, ..Answer::default() })
    }

    fn lost() -> Attempt {
        Attempt::Lost(LostResponse { may_have_acted: true, status: None, reason: "reset".into() })
    }

    const ASKED: Wait = Wait::Asked(Duration::from_secs(7));

    fn again(whom: Whom, wait: Wait, uses_retry: bool) -> Next {
        Next::Again(Hold { whom, wait, uses_retry })
    }

    #[test]
    fn what_is_retried_and_who_waits() {
        let table = [
            (answered(429, Some(7)), again(Whom::Run, ASKED, false)),
            (answered(429, None), again(Whom::Run, Wait::RunBackoff, false)),
            (answered(503, Some(7)), again(Whom::Run, ASKED, true)),
            (answered(503, None), again(Whom::Call, Wait::Backoff(2), true)),
            (answered(500, Some(7)), again(Whom::Call, ASKED, true)),
            (answered(408, None), again(Whom::Call, Wait::Backoff(2), true)),
            (answered(425, None), again(Whom::Call, Wait::Backoff(2), true)),
            (answered(500, None), again(Whom::Call, Wait::Backoff(2), true)),
            (answered(502, None), again(Whom::Call, Wait::Backoff(2), true)),
            (answered(504, None), again(Whom::Call, Wait::Backoff(2), true)),
            (lost(), again(Whom::Call, Wait::Backoff(2), true)),
            (Attempt::NotConnected(String::new()), again(Whom::Run, Wait::RunBackoff, true)),
            (Attempt::CertificateRejected(String::new()), Next::Settled),
            (Attempt::CannotSend(String::new()), Next::Settled),
        ];
        for (attempt, next) in table {
            assert_eq!(decide(&attempt, 2, 4), next, "{attempt:?}");
        }
        for status in [200, 204, 301, 400, 401, 403, 404, 409, 410, 422, 423, 501, 505, 507] {
            assert_eq!(decide(&answered(status, Some(7)), 0, 4), Next::Settled, "{status}");
        }
    }

    #[test]
    fn retries_run_out_but_not_on_throttling() {
        assert_eq!(decide(&lost(), 4, 4), Next::Exhausted(None));
        assert_eq!(decide(&lost(), 0, 0), Next::Exhausted(None));
        assert_eq!(decide(&answered(429, Some(7)), 9, 4), again(Whom::Run, ASKED, false));
        let hold = Hold { whom: Whom::Run, wait: ASKED, uses_retry: false };
        assert_eq!(decide(&answered(429, Some(7)), 0, 0), Next::Exhausted(Some(hold)));
        let hold = Hold { uses_retry: true, ..hold };
        assert_eq!(decide(&answered(503, Some(7)), 4, 4), Next::Exhausted(Some(hold)));
    }

    #[test]
    fn the_bound_doubles_up_to_thirty_seconds() {
        let bounds: Vec<f64> = (0..9).map(|n| backoff(n, 1.0).as_secs_f64()).collect();
        assert_eq!(bounds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST_BACKOFF);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
        assert_eq!(backoff(3, 0.5), Duration::from_secs(2));
    }

    #[test]
    fn retry_after_in_all_its_spellings() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let date = "Tue, 14 Nov 2023 22:13:20 GMT";
        let skewed = "Tue, 14 Nov 2023 21:13:20 GMT";
        let table = [
            ("0", None, Some(0)),
            ("12", None, Some(12)),
            (" 12 ", None, Some(12)),
            ("1.2", None, Some(2)),
            ("1.0", None, Some(1)),
            ("30,120", None, Some(120)),
            ("120, 30", None, Some(120)),
            ("2.128, soon", None, Some(3)),
            (",", None, None),
            ("-5", None, None),
            ("", None, None),
            ("soon", None, None),
            ("1e3", None, None),
            ("99999999999999999999999", None, Some(u64::from(u32::MAX))),
            ("Tue, 14 Nov 2023 22:13:50 GMT", None, Some(30)),
            ("Tue, 14 Nov 2023 22:13:50 GMT", Some(date), Some(30)),
            ("Tue, 14 Nov 2023 21:13:50 GMT", Some(skewed), Some(30)),
            ("Tue, 14 Nov 2023 21:13:50 GMT", Some("junk"), Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(date), Some(0)),
            ("Wed, 14 Nov 2023 22:13:50 GMT", Some(date), Some(30)),
            ("Fri, 14 Nov 3023 22:13:20 GMT", Some(date), Some(u64::from(u32::MAX))),
        ];
        for (value, date, seconds) in table {
            let parsed = parse_retry_after(value, date, now);
            assert_eq!(parsed, seconds.map(Duration::from_secs), "{value:?} against {date:?}");
        }
    }

    proptest! {
        #[test]
        fn any_retry_after_is_survived(value in ".{0,40}", date in proptest::option::of(".{0,40}")) {
            parse_retry_after(&value, date.as_deref(), SystemTime::UNIX_EPOCH);
        }

        #[test]
        fn a_wait_that_is_asked_for_is_never_undercut(seconds in 0..100_000u64, used in 0..9u32) {
            let asked = Duration::from_secs(seconds);
            if let Next::Again(hold) = decide(&answered(429, Some(seconds)), used, 4) {
                prop_assert_eq!(hold.wait, Wait::Asked(asked));
            }
        }
    }
}
