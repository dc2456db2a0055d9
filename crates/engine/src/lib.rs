//! Import, person directory, link and SQL over person-sorted tables, on DataFusion.

pub mod evaluate;
pub mod guard;
pub mod import;
pub mod link;
pub mod picture;
pub mod query;
pub mod report;

mod columnar;
mod directory;

pub use columnar::FileError;

/// 提供用ID of either kind, as bytes.
pub(crate) type Id = [u8; 32];
