//! Writing on a thread of its own, behind a bounded queue: a reader that does not read (`| less`) or a disk
//! that hangs must never delay the requests in flight.
//!
//! Who will have something to write asks for room first, before the request is started, and may have to wait
//! there; once there is room, the writing itself never waits. So a full queue holds back new calls only.

use std::io::{self, ErrorKind, Write};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::model::exit::Exit;

/// How many results may wait to be written, each with its room taken before its call is started: as many as a
/// long list has, so that a reader that pauses (`| less`) holds nothing up, in some 40 MB at the very most.
pub const CAPACITY: usize = 64 * 1024;

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
pub fn write_all_retrying(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc as std_mpsc;

    use super::*;

    /// Hands on what it takes, and how often there was a lull.
    struct Recorder {
        seen: std_mpsc::Sender<Seen>,
        /// Where there is one, nothing is taken before it says so.
        gate: Option<std_mpsc::Receiver<()>>,
    }

    #[derive(Debug, PartialEq)]
    enum Seen {
        Item(u32),
        Lull,
    }

    impl Sink<u32> for Recorder {
        fn take(&mut self, item: u32) {
            if let Some(gate) = &self.gate {
                gate.recv().unwrap();
            }
            self.seen.send(Seen::Item(item)).unwrap();
        }

        fn idle(&mut self) {
            self.seen.send(Seen::Lull).unwrap();
        }

        fn end(self) -> Exit {
            Exit::NotFound
        }
    }

    fn queue(capacity: usize, pace: Duration) -> (Queue<u32>, std_mpsc::Receiver<Seen>) {
        let (seen, got) = std_mpsc::channel();
        (Queue::start("test", capacity, pace, Recorder { seen, gate: None }).unwrap(), got)
    }

    #[tokio::test]
    async fn all_is_written_in_order_and_the_end_is_told() {
        let (queue, got) = queue(2, Duration::ZERO);
        for n in 0..100 {
            queue.room().await.send(n);
        }
        assert_eq!(queue.close().await, Exit::NotFound);
        let items: Vec<_> = got.iter().filter(|seen| *seen != Seen::Lull).collect();
        assert_eq!(items, (0..100).map(Seen::Item).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_full_queue_holds_back_who_asks_for_room_and_nobody_else() {
        let (seen, got) = std_mpsc::channel();
        let (open, gate) = std_mpsc::channel();
        let queue = Queue::start("test", 3, Duration::ZERO, Recorder { seen, gate: Some(gate) }).unwrap();
        let mut rooms = Vec::new();
        for _ in 0..3 {
            rooms.push(queue.room().await);
        }
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, queue.room()).await.is_err(), "there was room for a fourth");
        // Nothing is taken from the queue, and still none of these waits.
        for (n, room) in (0..).zip(rooms) {
            room.send(n);
        }
        // The end may be given up while the thread is stuck.
        for _ in 0..3 {
            open.send(()).unwrap();
        }
        queue.room().await.send(3);
        assert!(
            tokio::time::timeout(soon, queue.close()).await.is_err(),
            "the thread is stuck at the fourth"
        );
        open.send(()).unwrap();
        assert_eq!(got.iter().filter(|seen| *seen != Seen::Lull).count(), 4);
    }

    #[tokio::test]
    async fn room_that_is_not_used_is_given_back() {
        let (queue, _got) = queue(1, Duration::ZERO);
        for _ in 0..3 {
            drop(queue.room().await);
        }
        assert_eq!(queue.close().await, Exit::NotFound);
    }

    #[tokio::test]
    async fn what_comes_quickly_is_written_together_and_the_end_does_not_wait() {
        let (queue, got) = queue(CAPACITY, Duration::from_secs(600));
        queue.room().await.send(0);
        assert_eq!(got.recv(), Ok(Seen::Item(0)));
        assert_eq!(got.recv(), Ok(Seen::Lull), "the first is not held back");
        for n in 1..1000 {
            queue.room().await.send(n);
        }
        assert_eq!(queue.close().await, Exit::NotFound);
        assert_eq!(got.iter().filter(|seen| *seen == Seen::Lull).count(), 1);
    }

    #[tokio::test]
    async fn a_sink_that_panics_is_a_failure_and_not_a_hang() {
        struct Broken;
        impl Sink<u32> for Broken {
            fn take(&mut self, _: u32) {
                panic!("on purpose");
            }
            fn end(self) -> Exit {
                Exit::Ok
            }
        }
        let queue = Queue::start("test", 1, Duration::ZERO, Broken).unwrap();
        for n in 0..10 {
            queue.room().await.send(n);
        }
        assert_eq!(queue.close().await, Exit::Failed);
    }

    /// Takes one byte at a time, and only every other time.
    struct Moody(Vec<u8>, bool);

    impl Write for Moody {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.flush()?;
            self.0.extend(&bytes[..1]);
            Ok(1)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.1 = !self.1;
            if self.1 { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_descriptor_that_does_not_block_is_no_failure() {
        let mut out = Moody(Vec::new(), false);
        write_all_retrying(&mut out, b"abc").unwrap();
        assert_eq!(out.0, b"abc");
        let mut none: &mut [u8] = &mut [];
        assert_eq!(write_all_retrying(&mut none, b"abc").unwrap_err().kind(), ErrorKind::WriteZero);
    }
}
