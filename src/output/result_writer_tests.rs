use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc;

use indicatif::ProgressDrawTarget;
use serde_json::Value;

use super::*;
use crate::output::console::Timing;
use crate::output::report::samples::{bare, full, origin, output, summary};
use crate::settings::{Format, Verbosity};

/// Bytes that are written by a thread and looked at by a test.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fails with this error, always.
struct Failing(ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands on what is written, and takes the next only when told.
struct Stuck(mpsc::Sender<String>, mpsc::Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(String::from_utf8(bytes.to_vec()).unwrap());
        self.1.recv().map_err(|_| io::Error::from(ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn console(err: &Shared) -> Console {
    let output = output(Format::Text, Verbosity::Silent);
    Console::start(&output, Timing::default(), err.clone(), ProgressDrawTarget::hidden())
}

fn log(path: &Path) -> LogFile {
    LogFile::open(path, origin()).unwrap()
}

/// Runs `results` through a report to `out` and a log; the exit code, and what was said on standard error.
async fn run(
    format: Format,
    out: impl Write + Send + 'static,
    log: Option<LogFile>,
    results: Vec<CallResult>,
) -> (Exit, String) {
    let err = Shared::default();
    let console = console(&err);
    let sink = ResultWriter::start(&output(format, Verbosity::Normal), origin(), out, log, &console).unwrap();
    let mut summary = summary(&results.iter().map(|result| result.outcome).collect::<Vec<_>>());
    for result in results {
        sink.room().await.settle(result);
        // Lets the writer catch up, so that each result is a write of its own.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sink.finish(&mut summary).await;
    console.finish().await;
    (summary.exit, err.text())
}

#[tokio::test]
async fn results_appear_as_they_happen() {
    let (said, saw) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let console = console(&Shared::default());
    let output = output(Format::Json, Verbosity::Normal);
    let results = ResultWriter::start(&output, origin(), Stuck(said, gate), None, &console).unwrap();
    results.room().await.settle(full(Outcome::Ended));
    let first = saw.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(first.starts_with("{\"results\":[\n{\"id\""), "{first}");
    drop(go);
}

#[tokio::test]
async fn a_reader_that_does_not_read_delays_no_result_and_the_end_can_be_given_up() {
    let (said, saw) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let console = console(&Shared::default());
    let output = output(Format::Jsonl, Verbosity::Normal);
    let results = ResultWriter::start(&output, origin(), Stuck(said, gate), None, &console).unwrap();
    results.room().await.settle(full(Outcome::Ended));
    saw.recv_timeout(Duration::from_secs(10)).unwrap();
    let mut rooms = Vec::new();
    for _ in 0..CAPACITY {
        rooms.push(results.room().await);
    }
    let soon = Duration::from_millis(20);
    assert!(tokio::time::timeout(soon, results.room()).await.is_err());
    for room in rooms {
        room.settle(full(Outcome::Ended));
    }
    let mut summary = summary(&[]);
    assert!(tokio::time::timeout(soon, results.finish(&mut summary)).await.is_err());
    drop(go);
}

#[tokio::test]
async fn many_results_cost_few_writes() {
    let (said, saw) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let console = console(&Shared::default());
    let results = ResultWriter::start(
        &output(Format::Text, Verbosity::Normal),
        origin(),
        Stuck(said, gate),
        None,
        &console,
    )
    .unwrap();
    for _ in 0..CAPACITY {
        results.room().await.settle(bare(Outcome::Ended));
    }
    (0..CAPACITY).for_each(|_| go.send(()).unwrap());
    results.finish(&mut summary(&[])).await;
    let writes: Vec<String> = saw.try_iter().collect();
    assert_eq!(writes.iter().map(|text| text.lines().count()).sum::<usize>(), CAPACITY);
    assert!(writes.len() < 100, "{} writes", writes.len());
}

#[tokio::test]
async fn a_closed_pipe_is_silent_and_no_failure() {
    let out = Failing(ErrorKind::BrokenPipe);
    let ended = vec![full(Outcome::Ended); 3];
    assert_eq!(run(Format::Json, out, None, ended).await, (Exit::Ok, String::new()));
}

#[tokio::test]
async fn any_other_write_error_is_said_once_and_is_a_failure() {
    for format in [Format::Text, Format::Json, Format::Jsonl] {
        let out = Failing(ErrorKind::StorageFull);
        let (exit, said) = run(format, out, None, vec![full(Outcome::Ended); 4]).await;
        assert_eq!(exit, Exit::Failed);
        assert_eq!(said, "error: cannot write to standard output: no storage space; the calls go on\n");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_under_either_is_a_failure_even_where_only_the_end_is_written() {
    let full_disk = || std::fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    let (exit, said) = run(Format::Json, full_disk(), None, Vec::new()).await;
    assert_eq!((exit, said.lines().count()), (Exit::Failed, 1));
    // The log's failure is known in time for the report's summary, and the calls went on.
    let out = Shared::default();
    let ended = vec![full(Outcome::Ended); 3];
    let (exit, said) = run(Format::Json, out.clone(), Some(log(Path::new("/dev/full"))), ended).await;
    assert_eq!(exit, Exit::Failed);
    assert!(said.starts_with("error: cannot write to the log /dev/full: No space left"), "{said}");
    assert_eq!(said.lines().count(), 1);
    let document: Value = serde_json::from_str(&out.text()).unwrap();
    assert_eq!(document["results"].as_array().unwrap().len(), 3);
    assert_eq!(document["summary"]["exit_code"], 1);
}

#[tokio::test]
async fn the_log_has_what_was_done_whatever_the_report_shows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.log");
    let all = Outcome::ALL.map(full).to_vec();
    run(Format::Text, Shared::default(), Some(log(&path)), all).await;
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let logged: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap().to_owned()).collect();
    let done = Outcome::ALL.iter().filter(|o| !matches!(o, Outcome::Planned | Outcome::Skipped));
    assert_eq!(logged, done.map(|outcome| outcome.name()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_run_that_is_dropped_before_it_began_leaves_standard_output_empty() {
    let out = Shared::default();
    let console = console(&Shared::default());
    let results =
        ResultWriter::start(&output(Format::Json, Verbosity::Normal), origin(), out.clone(), None, &console)
            .unwrap();
    let ResultWriter { report, summary, .. } = results;
    drop(summary);
    report.close().await;
    assert_eq!(out.text(), "");
}
