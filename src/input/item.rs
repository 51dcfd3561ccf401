//! One item of the input: a call, or something that is reported instead.

use crate::model::call::CallRef;
use crate::model::outcome::{LastSeen, LeftAlone, Source};

/// One item of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Call(QueuedCall),
    /// A line that names no call.
    Invalid {
        /// The line, cleaned and cut.
        text: String,
        why: String,
        source: Source,
    },
    /// One of this tool's own results that needs no further request.
    AlreadyDone,
    /// The input could not be read any further; what was read before stands.
    Broken(String),
    Warning(String),
    /// A warning that `-q` does not hide.
    Important(String),
    /// How many active calls of the notification logs are left alone.
    LeftAlone(LeftAlone),
    /// Information to print beside the summary.
    Info(String),
    /// The input is not what it should be: nothing must be sent.
    Refused(String),
}

/// A call to end, and where it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedCall {
    pub call: CallRef,
    /// `None` for an argument.
    pub source: Option<Source>,
    /// The last update in the notification log, where the call comes from one.
    pub seen: Option<LastSeen>,
}
