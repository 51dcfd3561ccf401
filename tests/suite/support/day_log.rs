//! A day's log of a healthy bot, in the formats of common loggers.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A format in which bots log their notifications.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// JSON lines with the body as an object.
    Json,
    /// JSON lines with the body as a string.
    Clef,
    /// The calling SDK's text log, bodies pretty-printed.
    SdkText,
    /// One line of text with the body at its end.
    Tabs,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Json, Self::Clef, Self::SdkText, Self::Tabs];
}

/// How many minutes before the log's end the forgotten calls were last reported.
const FORGOTTEN: [i64; 4] = [125, 180, 600, 1300];

/// Returns a log of the 24 hours before `end`, and the IDs of the forgotten calls in it.
///
/// It has short calls that end, meetings of ten hours that go on and change nothing but their roster (at least once an
/// hour), notifications delivered late and twice, and much that is no notification.
pub fn day_log(format: Format, end: Timestamp, with_forgotten: bool) -> (String, Vec<String>) {
    let mut events: Vec<(i64, Value)> = Vec::new();
    for n in 0..120 {
        let (id, start) = (id(1, n), 1435 - n * 11);
        events.extend([
            (start, call(&id, "created", "establishing")),
            (start, call(&id, "updated", "established")),
        ]);
        events.extend((1..4).map(|m| (start - m * 20, roster(&id))));
        events.push((start - 70, call(&id, "updated", "terminating")));
        events.push((start - 71, call(&id, "deleted", "terminated")));
        // Delivered late, and again.
        events.push((start - 72, roster(&id)));
        events.push((start - 71, call(&id, "updated", "terminating")));
    }
    // The last of the short calls are still going on, which is no end.
    events.retain(|(minutes, _)| *minutes >= 1);
    for n in 0..20 {
        let (id, start) = (id(2, n), 700 - n);
        events.push((start, call(&id, "updated", "established")));
        events.extend((1..).map(|m| start - m * 55).take_while(|m| *m > 0).map(|m| (m, roster(&id))));
    }
    let forgotten: Vec<_> = if with_forgotten {
        FORGOTTEN.iter().zip(0..).map(|(minutes, n)| (id(3, n), *minutes)).collect()
    } else {
        Vec::new()
    };
    for (id, minutes) in &forgotten {
        events.push((minutes + 30, call(id, "updated", "established")));
        events.push((*minutes, roster(id)));
    }
    // Stable: what is reported in the same minute stays in order.
    events.sort_by_key(|(minutes, _)| -minutes);
    let mut log = String::new();
    for (minutes, body) in events {
        let time = end - SignedDuration::from_mins(minutes);
        write_entry(&mut log, format, time, &body);
    }
    (log, forgotten.into_iter().map(|(id, _)| id).collect())
}

fn id(kind: u8, n: i64) -> String {
    format!("57dab8b1-894c-409a-b24{kind}-{n:012x}")
}

fn call(id: &str, change: &str, state: &str) -> Value {
    json!({"value": [{"changeType": change, "resource": format!("/app/calls/{id}"),
        "resourceUrl": format!("/communications/calls/{id}"),
        "resourceData": {"@odata.type": "#microsoft.graph.call", "state": state}}]})
}

fn roster(id: &str) -> Value {
    json!({"value": [{"changeType": "updated", "resourceUrl": format!("/communications/calls/{id}/participants"),
        "resourceData": [{"@odata.type": "#microsoft.graph.participant", "id": "p", "isMuted": true}]}]})
}

fn write_entry(log: &mut String, format: Format, time: Timestamp, body: &Value) {
    let written = match format {
        Format::Json => writeln!(
            log,
            "{}\n{}",
            json!({"time": time.to_string(), "level": "info", "body": body}),
            json!({"time": time.to_string(), "level": "info", "msg": "handled"})
        ),
        Format::Clef => writeln!(
            log,
            "{}\n{}",
            json!({"@t": time.to_string(), "@mt": format!("$>{time} Info: Bot.cs:1 On\r\nrequest: POST /\r\n{body}")}),
            json!({"@t": time.to_string(), "@mt": "handled {Count} in {Elapsed}", "Count": 1})
        ),
        Format::SdkText => writeln!(
            log,
            "$>{time} Info: Bot.cs:1 On\r\nScenarioId: 1\r\nrequest: POST https://bot/api\r\n\r\n{body:#}\r\n$>{time} \
             Info: done {{ok}}\r\n"
        ),
        Format::Tabs => writeln!(log, "{time}\tINFO\t[Bot]\tMSG:{body}\n{time}\tINFO\t[Bot]\tMSG:handled"),
    };
    written.unwrap();
}
