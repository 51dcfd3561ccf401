//! `--wait`: after the service accepted, look until the call is really gone.

use std::time::Duration;

use tokio::time::Instant;

use super::call_task::CallTask;
use super::verdict::{Verdict, verdict};
use crate::http::attempt::{Answer, Attempt, is_retryable};
use crate::http::request::{Service, Verb};
use crate::http::retry::{self, Next, Whom};
use crate::model::outcome::{CallError, Outcome};
use crate::run::shutdown::Reason;
use crate::run::throttle::Cause;

/// The pause before the first look, and the longest between two.
const FIRST_POLL: Duration = Duration::from_millis(500);
const LONGEST_POLL: Duration = Duration::from_secs(5);

/// What a look at the call shows.
enum Look {
    Gone,
    /// Still there, in this state; or nothing could be seen, and why.
    There(CallError),
    /// Looking again would show nothing else.
    Hopeless(CallError),
}

/// Polls until the call is gone, or `patience` is over, or the run is stopped.
pub(super) async fn until_gone<S: Service>(
    life: &CallTask<'_, S>,
    ended: Verdict,
    patience: Duration,
) -> Verdict {
    let give_up = Instant::now() + patience;
    let mut pause = FIRST_POLL;
    let mut seen = CallError { message: "not looked at yet".into(), ..CallError::default() };
    loop {
        let now = Instant::now();
        if now >= give_up || !life.run.sleep(pause.min(give_up - now)).await {
            return still_active(ended, seen);
        }
        pause = (pause * 2).min(LONGEST_POLL);
        match tokio::time::timeout_at(give_up, look(life)).await {
            Err(_) => {
                let message = "looking whether it is gone: no answer before --wait was over".to_owned();
                return still_active(ended, CallError { message, ..seen });
            }
            Ok(None) => return still_active(ended, seen),
            Ok(Some(Look::Gone)) => return ended,
            Ok(Some(Look::There(what))) => seen = what,
            Ok(Some(Look::Hopeless(what))) => return still_active(ended, what),
        }
    }
}

fn still_active(ended: Verdict, error: CallError) -> Verdict {
    Verdict { outcome: Outcome::StillActive, confirmed: None, error: Some(error), ..ended }
}

/// One look; `None` where the run was stopped first.
async fn look<S: Service>(life: &CallTask<'_, S>) -> Option<Look> {
    let run = life.run;
    let _slot = run.enter().await?;
    let path = run.routing.path(life.route, &life.task.call)?;
    let token = match run.token().await? {
        Ok(token) => token,
        Err(error) => return Some(Look::Hopeless(Verdict::no_token(&error).error.unwrap_or_default())),
    };
    let began = Instant::now();
    let attempt = run.send(Verb::Get, &path, life.id, &token).await;
    run.tell_attempt(life.task, life.id, life.attempts, &path, &attempt, began);
    let look = read(&attempt);
    if let Next::Again(hold) | Next::Exhausted(Some(hold)) = retry::decide(&attempt, 0, 1)
        && hold.whom == Whom::Run
    {
        let cause =
            if matches!(attempt, Attempt::NotConnected(_)) { Cause::NoConnection } else { Cause::Asked };
        run.throttle.pause(cause, hold.wait, began, rand::random());
    }
    if matches!(&attempt, Attempt::Answered(answer) if answer.status == 401) {
        // The next look, if there is one, has the new token.
        let renewed = match run.renew(&token).await? {
            Ok(Some(new)) => new != token,
            _ => false,
        };
        if !renewed {
            run.stop.request(Reason::Unauthorized);
            return Some(Look::Hopeless(describe(&attempt)));
        }
    }
    Some(look)
}

fn read(attempt: &Attempt) -> Look {
    match attempt {
        Attempt::Answered(answer) if is_gone(answer) => Look::Gone,
        Attempt::Answered(answer) if answer.is_success() => {
            let state = answer.state.as_deref().unwrap_or("unknown");
            Look::There(CallError { message: format!("its state is `{state}`"), ..CallError::default() })
        }
        Attempt::Answered(answer) if answer.status == 401 || is_retryable(answer.status) => {
            Look::There(describe(attempt))
        }
        Attempt::Lost(_) | Attempt::NotConnected(_) => Look::There(describe(attempt)),
        _ => Look::Hopeless(describe(attempt)),
    }
}

fn is_gone(answer: &Answer) -> bool {
    let terminated = answer.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("terminated"));
    answer.is_not_found() || (answer.is_success() && terminated)
}

fn describe(attempt: &Attempt) -> CallError {
    let error = verdict(Verb::Get, attempt, false).error.unwrap_or_default();
    CallError { message: format!("looking whether it is gone: {}", error.message), ..error }
}
