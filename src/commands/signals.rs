//! SIGHUP, SIGINT, SIGQUIT and SIGTERM: received as events, and died of afterwards.

use std::io;

use crate::model::exit::Exit;

/// A signal that ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Hangup,
    Interrupt,
    /// Ctrl-\: the user does not want to wait.
    Quit,
    Terminate,
}

impl Signal {
    /// Returns the exit code that it asks for. SIGQUIT counts as SIGINT: dying of it would dump core, secrets included.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Hangup => Exit::Hangup,
            Self::Interrupt | Self::Quit => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

#[cfg(unix)]
pub use unix::{Signals, die_of};

#[cfg(not(unix))]
pub use elsewhere::{Signals, die_of};

#[cfg(unix)]
mod unix {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{self, SignalKind};

    use super::{Exit, Signal, io};

    /// The signals that end a run, from now on received here.
    #[derive(Debug)]
    pub struct Signals(Vec<(Signal, unix::Signal)>);

    impl Signals {
        /// Starts to listen. A signal that was ignored when the process started (`nohup`) stays ignored.
        ///
        /// # Errors
        /// The system does not allow it.
        pub fn listen() -> io::Result<Self> {
            let ignored = ignored_signals();
            let signals = [
                (Signal::Hangup, SignalKind::hangup()),
                (Signal::Interrupt, SignalKind::interrupt()),
                (Signal::Quit, SignalKind::quit()),
                (Signal::Terminate, SignalKind::terminate()),
            ];
            let heard = signals.into_iter().filter(|(_, kind)| !is_in(ignored, kind.as_raw_value()));
            heard.map(|(signal, kind)| Ok((signal, unix::signal(kind)?))).collect::<io::Result<_>>().map(Self)
        }

        /// Waits for the next one.
        pub async fn next(&mut self) -> Signal {
            poll_fn(|context| {
                for (signal, received) in &mut self.0 {
                    if received.poll_recv(context).is_ready() {
                        return Poll::Ready(*signal);
                    }
                }
                Poll::Pending
            })
            .await
        }
    }

    /// Returns the mask of the signals that are ignored; 0 where the system does not tell.
    fn ignored_signals() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    fn is_in(mask: u64, signal: i32) -> bool {
        u32::try_from(signal - 1).is_ok_and(|bit| mask.checked_shr(bit).unwrap_or(0) & 1 == 1)
    }

    /// Dies of the signal that an exit code reports, so that a shell or a supervisor sees that one; returns where there
    /// is none. The kernel does not let process 1 die of a signal: it has to exit with the number.
    pub fn die_of(exit: Exit) {
        let signal = match exit {
            Exit::Hangup => SignalKind::hangup(),
            Exit::Interrupted => SignalKind::interrupt(),
            Exit::Terminated => SignalKind::terminate(),
            _ => return,
        };
        if std::process::id() != 1 {
            let _ = signal_hook::low_level::emulate_default_handler(signal.as_raw_value());
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn reads_the_mask_of_ignored_signals() {
            // SIGHUP is 1, SIGPIPE 13.
            let mask = 0b1_0000_0000_0001;
            assert_eq!(
                [1, 2, 13, 15, 64, 65, 0].map(|signal| is_in(mask, signal)),
                [true, false, true, false, false, false, false]
            );
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{Exit, Signal, io};

    /// Ctrl-C, from now on received here.
    #[derive(Debug)]
    pub struct Signals;

    impl Signals {
        /// Starts to listen.
        ///
        /// # Errors
        /// None here.
        pub fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits for the next one.
        pub async fn next(&mut self) -> Signal {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Signal::Interrupt
        }
    }

    /// There are no signals here to die of.
    pub fn die_of(_: Exit) {}
}
