//! Results and summaries as JSON, and the schema of every JSON form. Scripts rely on names and order of the fields.

pub mod check;
pub mod document;
pub mod fields;
pub mod log_line;
pub mod result;
pub mod schema;
pub mod summary;

pub use check::CheckView;
pub use document::Document;
pub use log_line::LogLine;
pub use result::ResultView;
pub use schema::schema;
pub use summary::SummaryView;
