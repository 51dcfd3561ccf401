//! The reader of `--log`: it takes the lines that a run wrote, and nothing that merely looks like one.
#![no_main]

use hangup::internals::CallRef;
use hangup::internals::{settled_call, settled_in};
use libfuzzer_sys::fuzz_target;

const BASE: &str = "https://graph.microsoft.com";

/// A line as a run writes it, about whatever id.
fn line(id: &str) -> String {
    serde_json::json!({"id": id, "app_id": null, "outcome": "ended", "base_url": BASE, "sandbox": false}).to_string()
}

fuzz_target!(|bytes: &[u8]| {
    let settled = settled_in(bytes, BASE, false).expect("a slice can be read");
    let by_line = bytes.split(|byte| *byte == b'\n').filter_map(|line| settled_call(line, BASE, false));
    assert_eq!(settled, by_line.collect());

    let id = String::from_utf8_lossy(bytes);
    let call = settled_call(line(&id).as_bytes(), BASE, false);
    let parsed = CallRef::parse(&id).ok().filter(|_| !id.contains('/'));
    assert_eq!(call, parsed.map(|call| call.key()));

    // What was torn by a kill and gone on with on the next line loses no other line.
    let torn = [bytes, b"\n", line("next").as_bytes(), b"\n"].concat();
    let next = CallRef::parse("next").expect("an id").key();
    assert!(settled_in(torn.as_slice(), BASE, false).expect("a slice can be read").contains(&next));
});
