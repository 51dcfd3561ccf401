use std::io;
use std::sync::mpsc::Receiver;

use indicatif::TermLike;

use std::time::Duration;

use super::*;
use crate::output::progress::PauseCause;
use crate::output::report::samples::output;
use crate::settings::{Format, Streams};

/// What happens on a terminal: lines from the console and drawing by the bar, in one order.
#[derive(Debug, Clone, Default)]
struct Screen(Arc<Mutex<Vec<String>>>);

impl Screen {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.note(format!("line {}", String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        100
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        if !text.trim().is_empty() {
            self.note(format!("bar {}", text.trim_end()));
        }
        Ok(())
    }
    fn clear_line(&self) -> io::Result<()> {
        self.note("clear");
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn settings(volume: Verbosity, verbose: bool) -> Output {
    Output { verbose, ..output(Format::Text, volume) }
}

const SHORT: Timing = Timing {
    progress_after: Duration::ZERO,
    tick: Duration::from_millis(1),
    patience: Duration::from_secs(20),
};

/// What is on standard error after each kind of line was asked for.
async fn all_kinds(volume: Verbosity, verbose: bool) -> String {
    let screen = Screen::default();
    let target = ProgressDrawTarget::hidden();
    let console = Console::start(&settings(volume, verbose), SHORT, screen.clone(), target);
    console.notice("notice");
    console.warn("warn");
    console.detail("detail");
    console.paused_until(Instant::now() + Duration::from_millis(11_900), PauseCause::Throttled);
    console.error("error\nin two lines");
    console.hint("hint");
    console.info("info");
    console.finish().await;
    console.error("too late");
    screen.seen().iter().map(|line| line.trim_start_matches("line ")).collect()
}

#[tokio::test]
async fn each_volume_shows_what_it_should_in_order() {
    let always = "notice\nerror: error\nin two lines\nhint: hint\n";
    let normal = "notice\nwarning: warn\nthrottled: waiting 12 s as the service asked\nerror: error\nin two lines\nhint: hint\ninfo\n";
    assert_eq!(all_kinds(Verbosity::Normal, false).await, normal);
    assert_eq!(all_kinds(Verbosity::Normal, true).await, normal.replace("throttled", "detail\nthrottled"));
    assert_eq!(all_kinds(Verbosity::Quiet, false).await, always);
    assert_eq!(all_kinds(Verbosity::Quiet, true).await, always.replace("notice\n", "notice\ndetail\n"));
    assert_eq!(all_kinds(Verbosity::Silent, true).await, always);
}

#[tokio::test]
async fn labels_are_coloured_when_told_and_nothing_from_outside_is() {
    let screen = Screen::default();
    let output =
        Output { color: Streams { stdout: false, stderr: true }, ..settings(Verbosity::Normal, false) };
    let console = Console::start(&output, SHORT, screen.clone(), ProgressDrawTarget::hidden());
    console.error("no \x1b[2Jtricks");
    console.finish().await;
    assert_eq!(screen.seen(), ["line \x1b[1;31merror:\x1b[0m no [2Jtricks\n"]);
}

/// Waits until the screen shows what is looked for.
async fn until(screen: &Screen, found: impl Fn(&str) -> bool) {
    let shown = async {
        while !screen.seen().iter().any(|line| found(line)) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), shown).await.unwrap();
}

fn with_bar(timing: Timing) -> (Console, Screen) {
    let screen = Screen::default();
    let output = Output { progress: true, ..settings(Verbosity::Normal, false) };
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255);
    (Console::start(&output, timing, screen.clone(), target), screen)
}

#[tokio::test]
async fn the_bar_shows_counts_total_and_pause_and_goes_without_a_trace() {
    let (console, screen) = with_bar(SHORT);
    console.begin();
    console.settled(true);
    until(&screen, |line| line.contains("1 done")).await;
    console.set_total(4);
    console.settled(false);
    until(&screen, |line| line.contains("2/4  1 failed")).await;
    console.paused_until(Instant::now() + Duration::from_secs(60), PauseCause::Throttled);
    until(&screen, |line| {
        line.starts_with("bar") && line.contains("1 failed  throttled: waiting 1m as the service asked")
    })
    .await;
    console.warn("in between");
    console.finish().await;
    let seen = screen.seen();
    let at = seen.iter().position(|line| line == "line warning: in between\n").unwrap();
    assert_eq!(seen[at - 1], "clear", "a line is written where the bar was taken off");
    assert_eq!(seen.last().unwrap(), "clear");
}

#[tokio::test]
async fn there_is_no_bar_before_the_run_begins_nor_in_a_short_one() {
    let (console, screen) = with_bar(SHORT);
    console.settled(true);
    tokio::time::sleep(Duration::from_millis(30)).await;
    console.finish().await;
    assert!(screen.seen().is_empty());
    let (console, screen) = with_bar(Timing { progress_after: Duration::from_secs(600), ..SHORT });
    console.begin();
    console.settled(true);
    tokio::time::sleep(Duration::from_millis(30)).await;
    console.finish().await;
    assert!(screen.seen().is_empty());
}

/// A standard error that takes nothing until it is told to.
struct Wedged(Receiver<()>, Screen);

impl Write for Wedged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_wedged_standard_error_delays_nobody_and_loses_only_details() {
    let (release, gate) = mpsc::channel();
    let screen = Screen::default();
    let timing = Timing { patience: Duration::from_millis(20), ..SHORT };
    let wedged = Wedged(gate, screen.clone());
    let console =
        Console::start(&settings(Verbosity::Normal, true), timing, wedged, ProgressDrawTarget::hidden());
    (0..10_000).for_each(|n| console.detail(&n.to_string()));
    console.error("this one counts");
    console.flush().await;
    assert!(screen.seen().is_empty());
    drop(release);
    until(&screen, |line| line == "line error: this one counts\n").await;
    console.finish().await;
    let seen = screen.seen();
    assert!(seen.len() < 8300, "{} lines", seen.len());
    assert_eq!(
        seen.last().unwrap(),
        "line warning: some lines of -v were dropped: standard error was blocked\n"
    );
}

/// A standard error that is closed.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_closed_standard_error_ends_nothing() {
    let console =
        Console::start(&settings(Verbosity::Normal, true), SHORT, Closed, ProgressDrawTarget::hidden());
    (0..10).for_each(|_| console.error("unheard"));
    console.finish().await;
}
