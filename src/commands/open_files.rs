//! Fits the concurrency to the limit of open files.

use crate::settings::Settings;

/// Files that are open beside the connections: standard streams, the event loop, the log, the resolver, a
/// `token_command` with its pipes.
const RESERVED: u64 = 20;

/// Lowers the concurrency where the limit of open files demands it. Returns the warning about that.
pub(super) fn fit(settings: &mut Settings) -> Option<String> {
    let limit = limit()?;
    let inputs = &settings.inputs;
    let files = (inputs.files.len() + inputs.notifications.len()) as u64;
    // Both ends of the sandbox's connections are in this process.
    let per_request = if settings.target.sandbox { 2 } else { 1 };
    let asked = settings.pace.concurrency;
    let fitting = most(limit, files, per_request);
    if asked <= fitting {
        return None;
    }
    settings.pace.concurrency = fitting;
    Some(format!(
        "concurrency lowered from {asked} to {fitting}: at most {limit} files may be open (`ulimit -n`)"
    ))
}

fn most(limit: u64, files: u64, per_request: u64) -> usize {
    let left = limit.saturating_sub(RESERVED + files) / per_request;
    usize::try_from(left).unwrap_or(usize::MAX).max(1)
}

#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_fits_open_file_limit() {
        for (limit, files, per_request, fitting) in
            [(1024, 0, 1, 1004), (32, 0, 1, 12), (32, 2, 2, 5), (21, 0, 1, 1), (3, 9, 1, 1)]
        {
            assert_eq!(most(limit, files, per_request), fitting, "{limit} {files} {per_request}");
        }
    }
}
