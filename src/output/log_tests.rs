use std::sync::Mutex;

use indicatif::ProgressDrawTarget;

use super::*;
use crate::model::call::{CallKey, CallRef};
use crate::model::outcome::{Outcome, TokenIdentity};
use crate::output::console::Timing;
use crate::output::report::samples::{ID, bare, full, output};
use crate::output::resume::SettledCalls;
use crate::settings::{Format, Verbosity};

const BASE: &str = "https://graph.microsoft.com";

fn origin(sandbox: bool) -> Origin {
    Origin { base_url: BASE.into(), sandbox }
}

fn console() -> Console {
    let output = output(Format::Text, Verbosity::Silent);
    Console::start(&output, Timing::default(), io::sink(), ProgressDrawTarget::hidden())
}

fn append(path: &Path, results: Vec<CallResult>) {
    let mut sink = LogFile::open(path, origin(true)).unwrap().sink(console());
    for result in results {
        sink.take(Arc::new(result));
    }
    assert_eq!(sink.end(), Exit::Ok);
}

/// The log after `results` were appended to what it held before.
fn after(before: &str, results: Vec<CallResult>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    std::fs::write(&path, before).unwrap();
    append(&path, results);
    std::fs::read_to_string(&path).unwrap()
}

#[test]
fn a_line_has_a_results_fields_and_which_run_it_is_of() {
    let line = after("", vec![full(Outcome::Ended)]);
    let expected = concat!(
        r#"{"id":"57dab8b1-894c-409a-b240-bd8beae78896","app_id":"my-app","outcome":"ended","ok":true,"status":204,"#,
        r#""confirmed":true,"attempts":1,"duration_ms":85,"time":"2026-03-01T12:00:00.500Z","#,
        r#""route":"applications","client_request_id":"00000000-0000-4000-8000-000000000001","#,
        r#""request_id":"req-1","source":null,"error":null,"#,
        r#""base_url":"https://graph.microsoft.com","sandbox":true,"#,
        r#""token_app_id":null,"token_tenant_id":null}"#,
        "\n"
    );
    assert_eq!(line, expected);
}

#[test]
fn a_line_that_was_cut_is_ended_first() {
    let line = after("", vec![bare(Outcome::Ended)]);
    assert_eq!(after("{\"id\":\"cu", vec![bare(Outcome::Ended)]), format!("{{\"id\":\"cu\n{line}"));
    assert_eq!(after(&line, vec![bare(Outcome::Ended)]), format!("{line}{line}"));
    assert_eq!(after("{\"id\":", Vec::new()), "{\"id\":", "nothing is written where there is nothing to say");
}

#[test]
fn resume_reads_what_is_logged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let token = TokenIdentity { app_id: "app".into(), tenant_id: "tenant".into() };
    for outcome in Outcome::ALL {
        append(&path, vec![CallResult { id: outcome.name().into(), ..bare(outcome) }]);
    }
    append(&path, vec![CallResult { token: Some(Arc::new(token.clone())), ..full(Outcome::NotFound) }]);
    let key = |text: &str| -> CallKey { CallRef::parse(text).unwrap().key() };
    let settled = SettledCalls::read(&path, &origin(true)).unwrap();
    let ended = Outcome::ALL.iter().filter(|outcome| settled.is_ended(&key(outcome.name())));
    assert_eq!(ended.collect::<Vec<_>>(), [&Outcome::Ended]);
    assert_eq!(settled.not_found_with(&key(&format!("/applications/my-app/calls/{ID}"))), Some(&token));
    assert!(SettledCalls::read(&path, &origin(false)).unwrap().is_unusable);
}

#[cfg(unix)]
#[test]
fn is_created_for_the_user_only_and_appends_to_logs_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    append(&path, vec![bare(Outcome::Ended)]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for foreign in ["57dab8b1-894c-409a-b240-bd8beae78896\n", "a\nb\n", "{}\n"] {
        std::fs::write(&path, foreign).unwrap();
        assert!(LogFile::open(&path, origin(true)).is_err(), "{foreign}");
    }
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    assert!(LogFile::open(dir.path(), origin(false)).is_err());
    assert!(LogFile::open(&dir.path().join("no/such/dir"), origin(false)).is_err());
}

/// A disk that is full for the second and third write, and each time takes a part.
#[derive(Clone, Default)]
struct FullForAWhile(Arc<Mutex<(u32, Vec<Vec<u8>>)>>);

impl Write for FullForAWhile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (count, writes) = &mut *self.0.lock().unwrap();
        *count += 1;
        match *count {
            2 => writes.push(bytes[..10].to_vec()),
            3 | 4 => return Err(io::ErrorKind::StorageFull.into()),
            _ => writes.push(bytes.to_vec()),
        }
        Ok(writes.last().map_or(0, Vec::len))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_was_full_goes_on_with_a_whole_line() {
    let disk = FullForAWhile::default();
    let (name, lines) = ("log".into(), Vec::new());
    let mut sink = LogSink {
        out: disk.clone(),
        name,
        torn: false,
        origin: origin(false),
        console: console(),
        lines,
        exit: Exit::Ok,
    };
    for id in ["a", "lost", "lost-too", "b"] {
        sink.take(Arc::new(CallResult { id: id.into(), ..bare(Outcome::Ended) }));
        sink.idle();
    }
    assert_eq!(sink.end(), Exit::Failed);
    let writes = disk.0.lock().unwrap().1.clone();
    assert_eq!(writes.len(), 3, "a line is one write");
    let text = String::from_utf8(writes.concat()).unwrap();
    let whole: Vec<_> = text.lines().filter(|line| line.ends_with('}')).map(|line| &line[..9]).collect();
    assert_eq!(whole, [r#"{"id":"a""#, r#"{"id":"b""#]);
}
