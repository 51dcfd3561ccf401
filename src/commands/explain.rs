//! `--explain`: prints what a code means.

use std::io::{self, Write};

use crate::model::codes;
use crate::settings::{CommandError, Format};

/// Writes the explanation of a code.
///
/// # Errors
/// The code is unknown.
pub fn explain(
    code: &str,
    format: Format,
) -> Result<impl FnOnce(&mut Vec<u8>) -> io::Result<()>, CommandError> {
    let explanation = codes::explain(code).ok_or_else(|| CommandError::usage(codes::unknown(code)))?;
    Ok(move |out: &mut Vec<u8>| match format {
        Format::Text => write!(out, "{explanation}"),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &explanation)?;
            writeln!(out)
        }
        Format::Jsonl => {
            serde_json::to_writer(&mut *out, &explanation)?;
            writeln!(out)
        }
    })
}
