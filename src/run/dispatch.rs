//! Dispatches calls: removes duplicates, skips those an earlier run settled, stops on shutdown.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;

use super::call_task::CallTask;
use super::context::{CallContext, Run};
use super::shutdown::Shutdown;
use super::throttle::Permit;
use super::verdict::Verdict;
use crate::http::request::Service;
use crate::input::{Feed, Item, QueuedCall};
use crate::model::call::{CallKey, CallSet};
use crate::model::codes;
use crate::model::exit::Exit;
use crate::model::outcome::{CallError, CallResult, Outcome, Source};
use crate::output::result_writer::{ResultSlot, ResultWriter};
use crate::settings::Action;
use crate::text::counted;

/// How many calls may be open at once, those that wait for their next attempt or poll among them: memory has to be
/// bounded, however many calls are stuck.
const MAX_OPEN: usize = 4096;

/// The input cannot be what was meant, and nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRejected(pub String);

/// The calls of an input that was read to its end, each counted once.
#[derive(Debug, Default)]
pub struct CallList {
    /// How many calls are to be sent.
    pub to_send: u64,
    /// The first of them.
    pub first: Vec<QueuedCall>,
    /// How many others an earlier run has settled.
    pub settled: u64,
}

/// How many calls of a [`CallList`] are kept for showing.
const SAMPLE: usize = 20;

/// Reads the input to its end before anything is sent, or until the run is stopped. Afterwards the feed has all items
/// again.
///
/// # Errors
/// [`InputRejected`] where more than `max_calls` calls are to be sent, or the input itself is refused.
pub async fn read_all(
    feed: &mut Feed,
    shutdown: &Shutdown,
    is_settled: impl Fn(&CallKey) -> bool,
    max_calls: Option<u64>,
) -> Result<CallList, InputRejected> {
    let (mut items, mut list, mut seen) = (Vec::new(), CallList::default(), CallSet::default());
    while let Some(item) = unless_stopped(shutdown, feed.next()).await.flatten() {
        match &item {
            Item::Refused(why) => return Err(InputRejected(why.clone())),
            Item::Call(queued) if !seen.insert(queued.call.key()) => {}
            Item::Call(queued) if is_settled(&queued.call.key()) => list.settled += 1,
            Item::Call(queued) => {
                list.to_send += 1;
                list.first.extend((list.first.len() < SAMPLE).then(|| queued.clone()));
            }
            _ => {}
        }
        if let Some(limit) = max_calls.filter(|limit| list.to_send > *limit) {
            return Err(InputRejected(format!(
                "refusing to run: more than {} (--max-calls {limit}); nothing was sent",
                counted(limit, "call")
            )));
        }
        items.push(item);
    }
    feed.put_back(items);
    Ok(list)
}

/// Returns a future's output, or `None` once the run is stopped.
async fn unless_stopped<T>(shutdown: &Shutdown, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = shutdown.draining() => None,
        output = future => Some(output),
    }
}

/// Hangs up all calls of a feed: each is counted and reported exactly once. Returns whether the whole input was read.
pub async fn run<S: Service>(run: &Run<S>, feed: Feed, results: &ResultWriter) -> bool {
    let dispatcher = Dispatcher {
        run,
        feed,
        results,
        seen: CallSet::default(),
        open: FuturesUnordered::new(),
        input_broken: false,
    };
    dispatcher.dispatch().await
}

/// Starts the calls of a feed, and drives those that are open: polling them here costs less than a task for each.
struct Dispatcher<'a, S> {
    run: &'a Run<S>,
    feed: Feed,
    results: &'a ResultWriter,
    seen: CallSet,
    open: FuturesUnordered<LocalBoxFuture<'a, ()>>,
    input_broken: bool,
}

impl<S: Service> Dispatcher<'_, S> {
    /// Takes items until the input ends or the run is stopped, then waits for the open calls.
    async fn dispatch(mut self) -> bool {
        while let Some((slot, item)) = self.next().await {
            self.take(item, slot).await;
            while self.open.len() >= MAX_OPEN {
                self.open.next().await;
            }
        }
        // What was read before a stop needs a result too; at the end of the input there is nothing left here.
        for item in self.feed.stop() {
            let slot = alongside(&mut self.open, self.results.room()).await;
            self.take(item, slot).await;
        }
        while self.open.next().await.is_some() {}
        self.feed.is_complete() && !self.input_broken
    }

    /// Returns the next item, with a slot for its result: a report that nobody reads holds back new calls only.
    async fn next(&mut self) -> Option<(ResultSlot, Item)> {
        let shutdown = &self.run.shutdown;
        let slot = alongside(&mut self.open, unless_stopped(shutdown, self.results.room())).await?;
        let item = alongside(&mut self.open, unless_stopped(shutdown, self.feed.next())).await??;
        Some((slot, item))
    }

    async fn take(&mut self, item: Item, slot: ResultSlot) {
        match item {
            Item::Call(queued) => self.take_call(queued, slot).await,
            Item::Invalid { text, why, source } => settle(self.run, slot, invalid(text, why, source)),
            Item::AlreadyDone => {
                self.run.console.reduce_total();
                self.run.tally.add_already_done();
            }
            Item::Warning(text) => self.run.console.warn(&text),
            Item::Important(text) => self.run.console.important(&text),
            Item::LeftAlone(left_alone) => self.run.tally.set_left_alone(left_alone),
            Item::Info(text) => self.run.console.info(&text),
            Item::Broken(text) | Item::Refused(text) => {
                self.run.console.error(&text);
                self.run.tally.add_exit(Exit::Failed);
                self.input_broken = true;
            }
        }
    }

    async fn take_call(&mut self, queued: QueuedCall, slot: ResultSlot) {
        let key = queued.call.key();
        if !self.seen.insert(key.clone()) {
            self.run.console.reduce_total();
            return self.run.tally.add_duplicate();
        }
        let is_settled = alongside(&mut self.open, self.run.is_settled(&key)).await;
        let verdict = if is_settled {
            Verdict::bare(Outcome::Skipped, None)
        } else if self.run.action == Action::DryRunLocal {
            Verdict::bare(Outcome::Planned, None)
        } else if let Some(permit) = alongside(&mut self.open, self.run.acquire()).await {
            return self.open.push(run_call(self.run, queued, permit, slot).boxed_local());
        } else {
            self.run.not_attempted()
        };
        settle(self.run, slot, unsent_result(self.run, &queued, verdict));
    }
}

/// Awaits a future while the open calls go on.
async fn alongside<T>(open: &mut FuturesUnordered<impl Future>, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        tokio::select! {
            biased;
            output = &mut future => return output,
            Some(_) = open.next(), if !open.is_empty() => {}
        }
    }
}

/// Brings one call to its result, beginning with its first permit. A bug that panics costs this call only.
async fn run_call<S: Service>(run: &Run<S>, queued: QueuedCall, permit: Permit, slot: ResultSlot) {
    let mut task = CallTask::new(run, run.call(&queued));
    let verdict = AssertUnwindSafe(task.run(permit)).catch_unwind().await;
    let mut verdict = verdict.unwrap_or_else(|_| {
        let message = "an internal error of hangup; the call may have ended".to_owned();
        Verdict::bare(Outcome::Failed, Some(CallError { message, ..CallError::default() }))
    });
    if let (Outcome::NotFound, Some(error)) = (verdict.outcome, verdict.error.as_mut()) {
        error.hint = hint_on_not_found(run, &queued).or(error.hint.take());
    }
    settle(run, slot, run.result(&task.call, verdict));
}

/// Returns a better hint where more is known about a call than the response to its request says.
fn hint_on_not_found<S>(run: &Run<S>, queued: &QueuedCall) -> Option<String> {
    if queued.seen.is_some() {
        Some(codes::FORGOTTEN.to_owned())
    } else if !run.sandbox && !queued.call.is_guid() {
        Some(codes::NOT_A_CALL_ID.to_owned())
    } else {
        None
    }
}

fn settle<S: Service>(run: &Run<S>, slot: ResultSlot, result: CallResult) {
    run.count(&result);
    slot.settle(result);
}

/// Builds the result of a call for which nothing was sent.
fn unsent_result<S: Service>(run: &Run<S>, queued: &QueuedCall, verdict: Verdict) -> CallResult {
    run.result(&CallContext { client_request_id: None, ..run.call(queued) }, verdict)
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
        token: None,
        exit: Exit::Failed,
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
