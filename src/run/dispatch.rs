//! From the feed to the calls' tasks: who is begun when, who is not begun at all, and who was named already.

use std::collections::HashSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::call_task::CallTask;
use super::context::{Run, Trail};
use super::verdict::Verdict;
use crate::http::request::Service;
use crate::input::{Feed, Item, QueuedCall};
use crate::model::call::{CallKey, CallRef};
use crate::model::codes;
use crate::model::exit::Exit;
use crate::model::outcome::{CallError, CallResult, Outcome, Source};
use crate::output::result_writer::{ResultSlot, ResultWriter};
use crate::run::shutdown::Stop;
use crate::run::throttle::Permit;
use crate::settings::Action;
use crate::text::counted;

/// So many calls are on their way at once, those that wait for their next attempt or look (`--wait`) among
/// them: memory has to be bounded, however many calls are stuck.
const MOST_OPEN: usize = 4096;

/// The input cannot be what was meant, and nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRejected(pub String);

/// What a whole list of calls holds, each once.
#[derive(Debug, Default)]
pub struct CallList {
    /// The calls that are to be sent.
    pub calls: Vec<CallRef>,
    /// How many others there are: an earlier run has settled them.
    pub settled: u64,
}

/// Reads the list to its end before anything is sent, or until the run is stopped. What was read is in the feed
/// again afterwards.
///
/// # Errors
/// [`InputRejected`] where more than `max_calls` calls are to be sent, or the input itself is refused.
pub async fn read_all(
    feed: &mut Feed,
    stop: &Stop,
    is_settled: impl Fn(&CallKey) -> bool,
    max_calls: Option<u64>,
) -> Result<CallList, InputRejected> {
    let (mut items, mut listed, mut seen) = (Vec::new(), CallList::default(), HashSet::new());
    while let Some(item) = stoppable(stop, feed.next()).await.flatten() {
        match &item {
            Item::Refused(why) => return Err(InputRejected(why.clone())),
            Item::Call(task) if !seen.insert(task.call.key()) => {}
            Item::Call(task) if is_settled(&task.call.key()) => listed.settled += 1,
            Item::Call(task) => listed.calls.push(task.call.clone()),
            _ => {}
        }
        if let Some(most) = max_calls.filter(|most| listed.calls.len() as u64 > *most) {
            return Err(InputRejected(format!(
                "more than {} to be sent (--max-calls); nothing was sent",
                counted(most, "call")
            )));
        }
        items.push(item);
    }
    feed.put_back(items);
    Ok(listed)
}

/// A future's output, or `None` once the run is stopped.
async fn stoppable<T>(stop: &Stop, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stop.requested() => None,
        output = future => Some(output),
    }
}

/// Feeds the calls to tasks of their own.
pub(super) struct Dispatcher<'a, S> {
    run: Arc<Run<S>>,
    feed: Feed,
    results: &'a ResultWriter,
    seen: HashSet<CallKey>,
    tasks: JoinSet<()>,
    broken: bool,
}

impl<'a, S: Service> Dispatcher<'a, S> {
    pub fn new(run: Arc<Run<S>>, feed: Feed, results: &'a ResultWriter) -> Self {
        Self { run, feed, results, seen: HashSet::new(), tasks: JoinSet::new(), broken: false }
    }

    /// Feeds until the input ends or the run is stopped, then waits for what was begun. Says whether the whole
    /// input was read.
    pub async fn feed(mut self) -> bool {
        while let Some((room, item)) = self.next().await {
            self.take(item, room).await;
            while self.tasks.len() >= MOST_OPEN && self.tasks.join_next().await.is_some() {}
            while self.tasks.try_join_next().is_some() {}
        }
        // What was read before a stop ends in a result too; after the end of input there is nothing left here.
        for item in self.feed.stop() {
            let room = self.results.room().await;
            self.take(item, room).await;
        }
        while self.tasks.join_next().await.is_some() {}
        self.feed.is_complete() && !self.broken
    }

    /// The next item, with room for its result: a report that nobody reads holds back new calls only.
    async fn next(&mut self) -> Option<(ResultSlot, Item)> {
        let room = stoppable(&self.run.stop, self.results.room()).await?;
        let item = stoppable(&self.run.stop, self.feed.next()).await??;
        Some((room, item))
    }

    async fn take(&mut self, item: Item, room: ResultSlot) {
        match item {
            Item::Call(task) => self.take_call(task, room).await,
            Item::Invalid { text, why, source } => self.settle(room, invalid(text, why, source)),
            Item::AlreadyDone => self.run.tally.add_already_done(),
            Item::Warning(text) => self.run.console.warn(&text),
            Item::Info(text) => self.run.console.summary(&text),
            Item::Broken(text) | Item::Refused(text) => {
                self.run.console.error(&text);
                self.run.tally.add_exit(Exit::Failed);
                self.broken = true;
            }
        }
    }

    async fn take_call(&mut self, task: QueuedCall, room: ResultSlot) {
        let key = task.call.key();
        let skipped = self.run.settled_before.contains(&key);
        if !self.seen.insert(key) {
            return self.run.tally.add_duplicate();
        }
        if skipped {
            return self.settle(room, self.unsent(&task, Verdict::bare(Outcome::Skipped, None)));
        }
        if self.run.action == Action::DryRunLocal {
            return self.settle(room, self.unsent(&task, Verdict::bare(Outcome::Planned, None)));
        }
        if let Some(slot) = self.run.enter().await {
            return self.begin(task, slot, room);
        }
        let verdict = Verdict::not_attempted(&self.run.stopped_by());
        self.settle(room, self.unsent(&task, verdict));
    }

    fn begin(&mut self, task: QueuedCall, slot: Permit, room: ResultSlot) {
        let run = Arc::clone(&self.run);
        self.tasks.spawn(async move {
            let result = one(&run, &task, slot).await;
            run.count(&result);
            room.settle(result);
        });
    }

    fn settle(&self, room: ResultSlot, result: CallResult) {
        self.run.count(&result);
        room.settle(result);
    }

    /// The result of a call for which nothing was sent.
    fn unsent(&self, task: &QueuedCall, verdict: Verdict) -> CallResult {
        let route = self.run.routing.route(&task.call);
        let trail = Trail { attempts: 0, began: Instant::now(), route, client_request_id: None };
        self.run.result(task, verdict, &trail)
    }
}

/// One call, from its first slot to its result. A bug that panics costs this call only, and is told.
async fn one<S: Service>(run: &Run<S>, task: &QueuedCall, slot: Permit) -> CallResult {
    let mut life = CallTask::new(run, task);
    let verdict = AssertUnwindSafe(life.live(slot)).catch_unwind().await;
    let verdict = verdict.unwrap_or_else(|_| {
        let message = "an internal error of hangup; the call may be ended or not".to_owned();
        Verdict::bare(Outcome::Failed, Some(CallError { message, ..CallError::default() }))
    });
    run.result(task, with_better_hint(task, run.sandbox, verdict), &life.trail())
}

/// Replaces the hint of a `not-found` where more is known about the call than its answer says.
fn with_better_hint(queued: &QueuedCall, sandbox: bool, mut verdict: Verdict) -> Verdict {
    if let Some(error) = verdict.error.as_mut().filter(|_| verdict.outcome == Outcome::NotFound) {
        if queued.seen.is_some() {
            error.hint = Some(codes::FORGOTTEN.to_owned());
        } else if !sandbox && !queued.call.is_guid() {
            error.hint = Some(codes::NOT_A_CALL_ID.to_owned());
        }
    }
    verdict
}

fn invalid(text: String, why: String, source: Source) -> CallResult {
    CallResult {
        id: text,
        app_id: None,
        outcome: Outcome::Invalid,
        status: None,
        confirmed: None,
        attempts: 0,
        duration: Duration::ZERO,
        time: Timestamp::now(),
        route: None,
        client_request_id: None,
        request_id: None,
        source: Some(source),
        error: Some(CallError { message: why, ..CallError::default() }),
        plan: None,
        seen: None,
        exit: Exit::Failed,
    }
}

/// Hangs up all calls of a feed: every call that is read is counted and handed over exactly once. Says whether
/// the whole input was read.
pub async fn run<S: Service>(run: Arc<Run<S>>, feed: Feed, results: &ResultWriter) -> bool {
    Dispatcher::new(run, feed, results).feed().await
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
