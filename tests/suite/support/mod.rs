//! What every test of the binary uses: the command with a clean environment, and a scripted Graph.

pub mod command;
pub mod day_log;
pub mod done;
pub mod graph;
mod http1;
mod http2;
mod jwt;
pub mod mix;
pub mod proxy;
pub mod record;
pub mod reply;
pub mod running;
pub mod schema;
mod serve;
pub mod tls;

pub use command::{Hangup, MARKER, app_token, call_id, calls, hangup};
pub use done::Done;
pub use graph::Graph;
pub use jwt::verify_assertion;
pub use record::Asked;
pub use reply::Reply;
pub use running::{Running, Signal};

/// Tries all cases at once, since most of them only wait for a back-off; fails where one of them fails.
pub fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    let check = &check;
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || check(case));
        }
    });
}

/// A call ID as Graph gives them out: only those are excused when they are not found.
pub const GUID: &str = "57dab8b1-894c-409a-b240-bd8beae78896";
