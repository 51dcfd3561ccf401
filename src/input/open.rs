//! Input files: opened before the first request, so that a missing one is told while nothing was sent.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::settings::InputFile;

/// An input that is open.
pub(super) struct Opened {
    /// Its name as the user gave it.
    pub name: Arc<str>,
    /// What it holds.
    pub reader: Box<dyn Read + Send>,
}

impl Opened {
    pub fn open(file: &InputFile) -> Result<Self> {
        match file {
            InputFile::Stdin => Ok(Self { name: "-".into(), reader: Box::new(io::stdin()) }),
            InputFile::Path(path) => {
                let name = path.to_string_lossy();
                let reader = open_file(path).with_context(|| format!("{name} cannot be read"))?;
                Ok(Self { name: name.into(), reader: Box::new(reader) })
            }
        }
    }
}

fn open_file(path: &Path) -> Result<File> {
    let mut file = File::open(path)?;
    let kind = file.metadata()?;
    if kind.is_dir() {
        bail!("it is a directory");
    }
    // Of a pipe nothing can be looked at beforehand: it is looked at when it is read.
    if kind.is_file() {
        let mut start = [0; 2];
        let length = file.read(&mut start)?;
        if is_utf16(&start[..length]) {
            bail!(UTF16);
        }
        file.seek(SeekFrom::Start(0))?;
    }
    Ok(file)
}

/// What is said of UTF-16, wherever it is met.
pub(super) const UTF16: &str = "it is UTF-16: save it as UTF-8 (in PowerShell: Out-File -Encoding utf8)";

/// Whether a text begins as UTF-16 does: with its mark, or with an ASCII character and a zero.
pub(super) fn is_utf16(start: &[u8]) -> bool {
    matches!(start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=127, ..] | [1..=127, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_known_by_its_start() {
        for start in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0b\0", b"\0a"] {
            assert!(is_utf16(start));
        }
        for start in [&b"abc"[..], b"", b"a", b"\xef\xbb\xbfa", b"\0\0"] {
            assert!(!is_utf16(start));
        }
    }
}
