//! The config file: found, read, and checked as a whole.

pub mod file;
pub mod parse;
pub mod profile;
pub mod section;
pub mod source_text;
pub mod toml_values;

pub use file::{Privacy, load, parse, place, shown};
pub use profile::{Chosen, Config};
pub use section::{Located, Section, Source, Wait};
