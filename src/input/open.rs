//! Opens all inputs before the first request, so that nothing is sent where one cannot be opened.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::settings::InputFile;

/// An open input.
pub(super) struct Opened {
    /// The name as the user gave it.
    pub name: Arc<str>,
    pub reader: Box<dyn Read + Send>,
}

impl Opened {
    /// Opens a list of calls.
    ///
    /// # Errors
    /// A file that cannot be opened, or that is not a list of lines.
    pub fn list(file: &InputFile) -> Result<Self> {
        Self::open(file, not_a_list)
    }

    /// Opens a notification log, which may be compressed.
    ///
    /// # Errors
    /// A file that cannot be opened, or that is not UTF-8.
    pub fn log(file: &InputFile) -> Result<Self> {
        Self::open(file, |start| not_a_list(start).filter(|_| !start.starts_with(&GZIP_MAGIC)))
    }

    fn open(file: &InputFile, wrong: fn(&[u8]) -> Option<&'static str>) -> Result<Self> {
        match file {
            InputFile::Stdin if stdin_was_closed() => bail!("-: standard input is closed"),
            InputFile::Stdin => Ok(Self { name: "-".into(), reader: Box::new(io::stdin()) }),
            InputFile::Path(path) => {
                let name = path.to_string_lossy();
                let reader = open_file(path, wrong).with_context(|| format!("{name} cannot be read"))?;
                Ok(Self { name: name.into(), reader: Box::new(reader) })
            }
        }
    }
}

fn open_file(path: &Path, wrong: fn(&[u8]) -> Option<&'static str>) -> Result<File> {
    let mut file = File::open(path)?;
    let kind = file.metadata()?;
    if kind.is_dir() {
        bail!("it is a directory");
    }
    // A pipe is checked when it is read.
    if kind.is_file() {
        let mut start = Vec::new();
        file.by_ref().take(LOOKED_AT).read_to_end(&mut start)?;
        if let Some(why) = wrong(&start) {
            bail!(why);
        }
        file.seek(SeekFrom::Start(0))?;
    }
    Ok(file)
}

/// The first bytes of a gzip file.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The number of bytes at the start of a file that are checked before anything is sent.
const LOOKED_AT: u64 = 64 * 1024;

/// Returns what is wrong with an input that starts like this, if it is not a list of lines in UTF-8.
pub(super) fn not_a_list(start: &[u8]) -> Option<&'static str> {
    match start {
        _ if start.starts_with(&GZIP_MAGIC) => {
            Some("it is compressed: decompress it first (gzip -dc FILE | hangup -)")
        }
        // A byte order mark, or an ASCII character and a zero byte.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=127, ..] | [1..=127, 0, ..] => {
            Some("it is UTF-16: save it as UTF-8 (in PowerShell: Out-File -Encoding utf8)")
        }
        _ if start.contains(&0) => {
            Some("it has NUL characters: give one call per line (from NUL-separated input: tr '\\0' '\\n')")
        }
        _ => None,
    }
}

/// Whether standard input was closed when the process started. Rust's runtime then opens `/dev/null` in its place,
/// for reading and writing; a `/dev/null` that somebody gives as input is open for reading only.
#[cfg(unix)]
fn stdin_was_closed() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let (Ok(flags), Ok(stdin)) = (rustix::fs::fcntl_getfl(io::stdin()), rustix::fs::fstat(io::stdin()))
    else {
        return true;
    };
    let null = std::fs::metadata("/dev/null");
    let is_null = null.is_ok_and(|null| null.file_type().is_char_device() && null.rdev() == stdin.st_rdev);
    is_null && flags.contains(rustix::fs::OFlags::RDWR)
}

#[cfg(not(unix))]
const fn stdin_was_closed() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_utf16_and_nul_separated_input() {
        for start in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0b\0", b"\0a"] {
            assert!(not_a_list(start).is_some_and(|why| why.contains("UTF-16")), "{start:?}");
        }
        assert!(not_a_list(b"abc\0def\0").is_some_and(|why| why.contains("NUL")));
        for start in [&b"abc"[..], b"", b"a", b"\xef\xbb\xbfa"] {
            assert_eq!(not_a_list(start), None, "{start:?}");
        }
    }
}
