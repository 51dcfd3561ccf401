//! The reader of `--log`: it takes the lines that a run wrote, and nothing that merely looks like one.
#![no_main]

use hangup::internals::{CallRef, Origin, SettledCalls};
use libfuzzer_sys::fuzz_target;

const BASE: &str = "https://graph.microsoft.com";

/// A line as a run writes it, about any ID.
fn line(id: &str) -> String {
    serde_json::json!({"id": id, "app_id": null, "outcome": "ended", "base_url": BASE, "sandbox": false}).to_string()
}

fuzz_target!(|bytes: &[u8]| {
    let origin = Origin { base_url: BASE.into(), sandbox: false };
    let read = |log: &[u8]| SettledCalls::read_lines(log, &origin).expect("a slice can be read");
    let settled = read(bytes);
    let mut by_line = SettledCalls::default();
    by_line.is_unusable = settled.is_unusable;
    for line in bytes.split(|byte| *byte == b'\n') {
        by_line.add(line, &origin);
    }
    assert!(settled == by_line);

    let id = String::from_utf8_lossy(bytes);
    if let Ok(call) = CallRef::parse(&id)
        && !id.contains('/')
    {
        assert!(read(line(&id).as_bytes()).is_ended(&call.key()));
    }

    // A line that a kill tore, and that the next run ended, loses no other line.
    let torn = [bytes, b"\n", line("next").as_bytes(), b"\n"].concat();
    assert!(read(&torn).is_ended(&CallRef::parse("next").expect("an ID").key()));
});
