//! Measures how fast a notification log is read, beside `serde_json` on the same file, and in how much memory.
//!
//! `cargo bench --bench notifications [-- MEGABYTES [--alone]]`; figures to look at, nothing that could fail.
//! `--alone` leaves the yardsticks away, for a profiler.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use hangup::internals::ActiveCalls;
use jiff::Timestamp;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Deserializer, Value, json};

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    // Without `--bench` it is a test run that happens to build it.
    if !args.any(|arg| arg == "--bench") {
        return Ok(());
    }
    let megabytes = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    let directory = tempfile::tempdir()?;
    for (name, escaped, others) in [
        ("bodies as JSON", false, 0),
        ("bodies as strings", true, 0),
        ("JSON log with 2% notifications", true, 49),
    ] {
        let path = directory.path().join("record.jsonl");
        let calls = generate(&path, megabytes << 20, escaped, others)?;
        println!("{name}: {megabytes} MiB, {calls} calls");
        compare(&path)?;
    }
    Ok(())
}

/// Writes a bot's log: each call from its beginning to its end, one in a thousand without an end, and so many other
/// lines after each notification.
fn generate(path: &Path, bytes: u64, escaped: bool, others: u64) -> io::Result<u64> {
    let mut file = BufWriter::new(File::create(path)?);
    let (mut written, mut calls) = (0, 0);
    while written < bytes {
        calls += 1;
        let states = ["incoming", "establishing", "established", "participants", "terminating", "terminated"];
        let last = if calls % 1000 == 0 { 3 } else { states.len() };
        for (n, state) in states.iter().enumerate().take(last) {
            let notification = record(calls, n as u64, state, escaped).to_string();
            for line in std::iter::once(notification).chain((0..others).map(|other| request(calls, other))) {
                written += line.len() as u64 + 1;
                writeln!(file, "{line}")?;
            }
        }
    }
    file.flush()?;
    Ok(calls)
}

/// A line about something else.
fn request(call: u64, n: u64) -> String {
    let seconds = i64::try_from(1_772_000_000 + call * 10).unwrap();
    json!({"time": Timestamp::from_second(seconds).unwrap().to_string(), "level": "info", "logger": "bot.media",
        "msg": "audio buffer sent", "request": {"method": "POST", "path": format!("/api/media/{n}"), "status": 202},
        "user": {"displayName": "Zoë Müller", "type": "day shift"}, "elapsed_ms": n * 3})
    .to_string()
}

fn record(call: u64, n: u64, state: &str, escaped: bool) -> Value {
    let id = format!("57dab8b1-894c-409a-b240-{call:012x}");
    let seconds = i64::try_from(1_772_000_000 + call * 10 + n).unwrap();
    let url = match state {
        "participants" => format!("/communications/calls/{id}/participants"),
        _ => format!("/communications/calls/{id}"),
    };
    let body = json!({"@odata.type": "#microsoft.graph.commsNotifications", "value": [{
        "@odata.type": "#microsoft.graph.commsNotification",
        "changeType": if state == "terminated" { "deleted" } else { "updated" },
        "resource": url.replace("communications", "app"), "resourceUrl": url,
        "resourceData": {"@odata.type": "#microsoft.graph.call", "@odata.id": url, "state": state,
            "@odata.etag": format!("W/\"{}\"", 5000 + n), "direction": "incoming",
            "source": {"identity": {"user": {"displayName": "Zoë Müller", "id": id}}, "region": "westus"},
            "chatInfo": {"threadId": "19:meeting_x@thread.v2", "messageId": "0"},
            "tenantId": "2432b57b-0abd-43db-aa7b-16eadd115d34"}}]});
    let body = if escaped { Value::String(body.to_string()) } else { body };
    json!({"time": Timestamp::from_second(seconds).unwrap().to_string(), "level": "info", "logger": "bot.calling",
        "msg": "notification", "request": {"method": "POST", "path": "/api/calls", "body": body}})
}

fn compare(path: &Path) -> io::Result<()> {
    let size = fs::metadata(path)?.len();
    let before = memory();
    measure("hangup, stream", size, || {
        let mut calls = ActiveCalls::new(None);
        let report =
            calls.read(File::open(path).unwrap(), &"record".into(), &AtomicBool::new(false)).unwrap();
        let found = calls.finish(Some(Duration::from_secs(7200)), None, Timestamp::now());
        format!(
            "{} notifications, {} active, {} ended",
            report.notifications,
            found.active.len(),
            found.ended
        )
    });
    println!("  peak memory {} KiB, {before} KiB before", memory());
    if std::env::args().any(|arg| arg == "--alone") {
        return Ok(());
    }
    let open = || BufReader::new(File::open(path).unwrap());
    measure("serde_json, stream, nothing kept", size, || reader::<IgnoredAny>(open()));
    measure("serde_json, stream, Value", size, || reader::<Value>(open()));
    let text = fs::read_to_string(path)?;
    measure("serde_json, in memory, nothing kept", size, || in_memory::<IgnoredAny>(&text));
    measure("serde_json, in memory, Value", size, || in_memory::<Value>(&text));
    Ok(())
}

fn reader<T: DeserializeOwned>(input: impl Read) -> String {
    format!("{} documents", Deserializer::from_reader(input).into_iter::<T>().map(Result::unwrap).count())
}

fn in_memory<T: DeserializeOwned>(text: &str) -> String {
    format!("{} documents", Deserializer::from_str(text).into_iter::<T>().map(Result::unwrap).count())
}

/// The best of three, by the processor's time: what else runs on the machine hardly counts in it.
fn measure(name: &str, bytes: u64, run: impl Fn() -> String) {
    let mut best = Duration::MAX;
    let mut said = String::new();
    for _ in 0..3 {
        let begin = spent();
        said = run();
        best = best.min(spent().saturating_sub(begin));
    }
    println!("  {name:36} {:7.0} MB/s  ({said})", bytes as f64 / 1e6 / best.as_secs_f64());
}

/// The processor's time so far (Linux), or else the clock's.
fn spent() -> Duration {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let status = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = status.split(' ').next().and_then(|n| n.parse().ok());
    nanoseconds.map_or_else(|| BEGIN.elapsed(), Duration::from_nanos)
}

/// The most memory that the process has had, in KiB (Linux).
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
