//! Tables as they travel and rest: CSV and TSV in UTF-8 or CP932, Parquet, SAS XPORT, Stata, FHIR resources, as Arrow
//! batches. No query engine.
//!
//! Reading is strict: a file that cannot be read as what it claims to be is refused with its line, never repaired.
//! No error carries a cell, a header of a delimited file, or the words of a foreign parser.

pub mod batches;
pub mod columns;
pub mod delimited;
pub mod ids;
pub mod parquet;
pub mod proven;
pub mod report;
pub mod resources;
pub mod schema;
pub mod screen;
pub mod sort;
pub mod statistical;

/// The most columns a table may have, whatever its format.
pub const MAX_COLUMNS: usize = 4096;
/// The most bytes one record of a delimited file may have.
pub const MAX_RECORD: usize = 16 * 1024 * 1024;
/// Bytes of text after which a batch has no further row, and the most that one row may have.
pub const BATCH_BYTES: usize = 64 * 1024 * 1024;
/// Rows of a batch, where the caller has no wish of its own.
pub const BATCH_ROWS: usize = 8192;
