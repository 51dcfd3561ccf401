//! Writing on a thread of its own, behind a bounded queue: a reader that does not read (`| less`) or a disk
//! that hangs must never delay the requests that are under way.
//!
//! Who will have something to write asks for room first, before the request is begun, and may have to wait
//! there; once there is room, the writing itself never waits. So a full queue holds back new calls only.

use std::io::{self, ErrorKind, Write};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::exit::Exit;

/// How many results may wait to be written, each with its room taken before its call is begun.
pub const CAPACITY: usize = 4096;

/// How long to leave a descriptor alone that another process has set to non-blocking, and that is full.
const FULL_FOR: Duration = Duration::from_millis(5);

/// What the thread does with what is queued.
pub trait Sink<T>: Send + 'static {
    /// Takes one item.
    fn take(&mut self, item: T);

    /// Nothing more is queued at the moment: what is still held back should be written now.
    fn idle(&mut self) {}

    /// Nothing more will come. Gives the exit code that the writing asks for.
    fn end(self) -> Exit;
}

/// A thread that writes, and the queue before it.
#[derive(Debug)]
pub struct Queue<T> {
    sender: mpsc::Sender<T>,
    done: oneshot::Receiver<Exit>,
    thread: Thread,
}

impl<T: Send + 'static> Queue<T> {
    /// Begins a thread that gives to `sink` what is queued. It wakes at most once in `pace`, so that under load
    /// many items are written at a time; the first item after a quiet spell is not held back.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(name: &str, capacity: usize, pace: Duration, sink: impl Sink<T>) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(capacity);
        let (tell, done) = oneshot::channel();
        let serving = move || {
            let exit = serve(receiver, sink, pace);
            // Nobody has to be waiting for it.
            let _ = tell.send(exit);
        };
        let handle = thread::Builder::new().name(name.to_owned()).spawn(serving)?;
        Ok(Self { sender, done, thread: handle.thread().clone() })
    }

    /// Waits until there is room for one more.
    pub async fn room(&self) -> Place<T> {
        Place(self.sender.clone().reserve_owned().await.ok())
    }

    /// Closes the queue and waits until all of it is written: for ever, where the reader does not read. The
    /// wait may be given up at any point; the thread is never joined.
    ///
    /// Every [`Place`] must be used or dropped by then.
    pub async fn close(self) -> Exit {
        drop(self.sender);
        self.thread.unpark();
        // A thread that ended without a word has panicked: what was queued is lost.
        self.done.await.unwrap_or(Exit::Failed)
    }
}

/// Room for one item.
#[derive(Debug)]
pub struct Place<T>(Option<mpsc::OwnedPermit<T>>);

impl<T> Place<T> {
    /// Puts the item into the queue, without waiting.
    pub fn send(self, item: T) {
        if let Some(permit) = self.0 {
            permit.send(item);
        }
    }
}

fn serve<T>(mut receiver: mpsc::Receiver<T>, mut sink: impl Sink<T>, pace: Duration) -> Exit {
    let mut written: Option<Instant> = None;
    while let Some(first) = receiver.blocking_recv() {
        let rest = written.map(|at| pace.saturating_sub(at.elapsed())).unwrap_or_default();
        if !rest.is_zero() {
            // Ends early when the queue is closed.
            thread::park_timeout(rest);
        }
        sink.take(first);
        while let Ok(next) = receiver.try_recv() {
            sink.take(next);
        }
        sink.idle();
        written = Some(Instant::now());
    }
    sink.end()
}

/// Writes all of `bytes` and flushes, also to a descriptor that another process has set to non-blocking: there
/// "try again" is no failure.
///
/// # Errors
/// Any other.
pub fn write_patiently(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match patiently(|| out.write(bytes))? {
            0 => return Err(ErrorKind::WriteZero.into()),
            n => bytes = bytes.get(n..).unwrap_or_default(),
        }
    }
    patiently(|| out.flush())
}

fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(FULL_FOR),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
