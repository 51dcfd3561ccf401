//! The config file: found, read, and checked as a whole.

pub mod file;
pub mod keys;
pub mod parse;
pub mod profile;
pub mod section;
pub mod source_text;
pub mod toml_values;
pub mod trust;

pub use file::{load, parse, place};
pub use profile::{Chosen, Config};
pub use section::{Located, Section, Source, Wait};
