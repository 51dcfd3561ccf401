//! Small files that hold a secret.

use std::io::Read;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use super::error::TokenError;
use crate::settings::files::shown;

/// The largest such file; no token, secret or certificate chain comes near it.
const MAX_FILE: u64 = 256 * 1024;

/// Reads a file whole, on a thread of its own: it may be a pipe that blocks.
pub(super) async fn read(what: &'static str, path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read_now(&owned)).await;
    let problem = match read {
        Ok(Ok(text)) => return Ok(text),
        Ok(Err(e)) => e.to_string(),
        Err(_) => "reading it broke off".to_owned(),
    };
    Err(TokenError::denied(format!("cannot read the {what} from `{}`: {problem}", shown(path))))
}

fn read_now(path: &Path) -> std::io::Result<Zeroizing<String>> {
    // One allocation at the size that is needed: a buffer that grows leaves copies behind.
    let file = std::fs::File::open(path)?;
    let size = file.metadata().map_or(0, |m| m.len()).clamp(4096, MAX_FILE + 1);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    if file.take(MAX_FILE + 1).read_to_string(&mut text)? as u64 > MAX_FILE {
        return Err(std::io::Error::other("it is far too large for one"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_read_is_named() {
        let error = read("client secret", Path::new("/nowhere/at\nall")).await.unwrap_err();
        let start = "cannot read the client secret from `/nowhere/at all`: ";
        assert!(error.message.starts_with(start), "{error}");
        assert_eq!(error.exit(), crate::model::exit::Exit::Denied);
    }

    #[tokio::test]
    async fn a_file_without_end_is_refused() {
        let error = read("token", Path::new("/dev/zero")).await.unwrap_err();
        assert!(error.message.contains("too large"), "{error}");
    }
}
