//! The defaults of options; the help shows them from here.

use std::time::Duration;

/// Enough to end a thousand calls in seconds, and a third of the calls that an app may have at once.
pub const DEFAULT_CONCURRENCY: u16 = 32;
pub const MAX_CONCURRENCY: u16 = 256;

/// With the back-off between them, this rides out some 15 seconds of trouble.
pub const DEFAULT_RETRIES: u32 = 4;

pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time that a bare `--wait` waits.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(60);
