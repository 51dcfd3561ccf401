//! How many calls a list names, counted ahead for the progress line.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::lines::MAX_LINE;
use crate::settings::InputFile;

/// Counts the lines that may name a call. `None` unless every file is a regular one: reading a pipe would take its
/// lines away.
pub fn count_lines(files: &[InputFile]) -> Option<u64> {
    files.iter().map(count_file).sum()
}

fn count_file(file: &InputFile) -> Option<u64> {
    let InputFile::Path(path) = file else { return None };
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()))?;
    let (mut reader, mut line, mut count) = (BufReader::with_capacity(MAX_LINE, file), Vec::new(), 0);
    while reader.read_until(b'\n', &mut line).ok()? > 0 {
        let text = line.trim_ascii();
        count += u64::from(!text.is_empty() && !text.starts_with(b"#"));
        line.clear();
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_calls_of_regular_files_only() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("list");
        std::fs::write(&list, "# head\na\n\n  b  \r\nc").unwrap();
        let list = InputFile::Path(list);
        assert_eq!(count_lines(&[list.clone(), list.clone()]), Some(6));
        assert_eq!(count_lines(&[list, InputFile::Stdin]), None);
        assert_eq!(count_lines(&[InputFile::Path(dir.path().into())]), None);
    }
}
