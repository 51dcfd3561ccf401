//! Files that settings name: readable, private where they hold a secret, and never a secret themselves.

use std::path::Path;

use super::CommandError;
use crate::model::call_text::{secret_in, shown_input};
use crate::text;

/// Refuses a text that looks like a token or a client secret where a file's name is expected.
///
/// # Errors
/// Shows the first characters of the text only.
pub fn refuse_secret(path: &str) -> Result<(), String> {
    match secret_in(path) {
        Some(_) => Err(format!(
            "`{}` looks like a token or a secret: put it into a file and name the file",
            shown_input(path)
        )),
        None => Ok(()),
    }
}

/// Returns a path as errors show it.
pub fn shown(path: &Path) -> String {
    text::clean(&path.to_string_lossy(), text::MAX_SHOWN)
}

/// Checks that a file can be read, so that it fails at the start and not at the first call. A pipe, which can be
/// read only once, is not opened.
///
/// # Errors
/// Names `who` and the path.
pub fn check_readable(who: &str, path: &Path) -> Result<(), CommandError> {
    refuse_secret(&path.to_string_lossy()).map_err(|why| CommandError::usage(format!("{who}: {why}")))?;
    let tried = std::fs::metadata(path).and_then(|metadata| match metadata {
        found if found.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
        found if found.is_file() => std::fs::File::open(path).map(drop),
        _ => Ok(()),
    });
    tried.map_err(|error| CommandError::denied(format!("{who}: cannot read {}: {error}", shown(path))))
}

/// Returns a warning if users other than the owner and the group may read or write a file that holds a secret.
#[cfg(unix)]
pub fn exposure_warning(who: &str, path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let verb = match metadata.permissions().mode() & 0o006 {
        0 => return None,
        0o004 => "read",
        _ => "write",
    };
    let file = shown(path);
    Some(format!("{who}: other users may {verb} {file}; to fix it: chmod 600 {}", quoted(&file)))
}

#[cfg(not(unix))]
pub fn exposure_warning(_: &str, _: &Path) -> Option<String> {
    None
}

/// Quotes a path for a shell, if it needs it.
pub fn quoted(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+".contains(&b);
    if path.bytes().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
